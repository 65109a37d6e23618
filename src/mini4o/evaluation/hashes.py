"""Short hashes by which reports name what they are of."""

import hashlib
from typing import Any


def digest(*texts: str) -> str:
    """16 hexadecimal digits."""
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:16]


def model_hash(index: dict[str, Any]) -> str:
    """A hash of all files of a model that are not to be edited. index: what `read_index` gives."""
    return digest(*sorted(index["hashes"].values()))
