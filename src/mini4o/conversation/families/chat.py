"""The protocol that the conversation side of every backbone family keeps."""

from collections.abc import Mapping
from typing import Any, Protocol

import PIL.Image

from mini4o.conversation.layout import ReadImage
from mini4o.conversation.parts import Role
from mini4o.errors import ImageError

SMALLEST_SIDE = 4  # pixels; below that a picture is a mistake, not a picture


class Chat(Protocol):
    """What the builder must know of a family.

    system: the system prompt that the family's template writes if the conversation brings none; None if it writes none.
    lead: what stands between a turn's header and text that the turn begins with.
    think: the control tokens around a thought; our own where the family has none.
    image_pad: the token that stands for a piece of a picture that is read.
    nearest: for each of our own control tokens the family's token nearest in meaning, whose row it begins as.

    Args:
        processor: the family's image processor of `transformers`.
        tile_tokens: image tokens of a tile, in families that cut pictures into tiles of one size.
    """

    system: str | None
    lead: str
    think: tuple[str, str]
    image_pad: str
    nearest: Mapping[str, str]

    def __init__(self, processor: Any, tile_tokens: int | None = None) -> None: ...

    def opening(self, role: Role, first: bool) -> tuple[str, str]:
        """Control token, which may be none, and text that open a turn; `first`: of the whole document."""
        ...

    def closing(self) -> tuple[str, str]:
        """Control token and text that close a turn; the token is what an assistant learns to stop with."""
        ...

    def read(self, picture: PIL.Image.Image, name: str) -> ReadImage:
        """A picture, resized, normalised and cut up by the family's own processor, and how it is laid out.

        Raises:
            ImageError: too small or too elongated to be read.
        """
        ...


def processed(processor: Any, picture: PIL.Image.Image, name: str, **options: Any) -> Any:
    """What a family's image processor makes of a picture.

    Raises:
        ImageError: too small or too elongated to be read.
    """
    if min(picture.size) < SMALLEST_SIDE:
        width, height = picture.size
        raise ImageError(f"{name}: {width}x{height} pixels is too small to read, {SMALLEST_SIDE} a side at least")
    try:
        return processor(images=[picture], return_tensors="pt", **options)
    except ValueError as error:
        raise ImageError(f"{name}: cannot be read by the model: {error}") from None
