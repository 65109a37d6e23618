"""Names and short hashes by which reports say what they are of."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from mini4o.pretrained.adapters import file_hashes
from mini4o.pretrained.index import read_index


def digest(*texts: str) -> str:
    """16 hexadecimal digits."""
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:16]


def model_hash(folder: Path, adapters: Sequence[Path] = ()) -> str:
    """A hash of all files of a model that are not to be edited, and of those of adapters that are stacked on it."""
    stacked = [value for adapter in adapters for value in file_hashes(adapter)]
    return digest(*sorted(read_index(folder)["hashes"].values()), *stacked)


def model_name(name: str | Path, adapters: Sequence[Path] = ()) -> str:
    """A model with the adapters that are stacked on it, for people."""
    return f"{name} with {', '.join(map(str, adapters))}" if adapters else str(name)
