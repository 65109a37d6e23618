"""What tests of conversations share: a user's message, the two wishes, pictures compared by their pixels."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import PIL.Image

from mini4o.generation.session import Wish

Pictures = Callable[..., PIL.Image.Image]
FORCE, NEVER = Wish(draw="force"), Wish(draw="never")


def user(*parts: Any) -> dict[str, Any]:
    """A user's message; strings are text, all else is a picture to read."""
    return {
        "role": "user",
        "content": [
            {"type": "text", "text": part} if isinstance(part, str) else {"type": "image", "image": part}
            for part in parts
        ],
    }


def same(one: Sequence[PIL.Image.Image], two: Sequence[PIL.Image.Image]) -> bool:
    """Whether the pictures are equal, pixel by pixel."""
    return len(one) == len(two) and all(np.array_equal(np.array(a), np.array(b)) for a, b in zip(one, two, strict=True))
