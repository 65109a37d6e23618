"""Parts of a model that are those of a checkpoint elsewhere, unchanged: they are kept by reference, not as a copy.

A part is as coarse as backbone, DiT or codec. The specification says where it comes from (`pretrained`, `revision`); a
`Reference` adds by which its files are recognised, and its values in memory.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from mini4o.errors import CheckpointError
from mini4o.model.dit import SOURCE
from mini4o.model.net import ADAPTER_WEIGHT, Net
from mini4o.model.spec import BackboneSpec, ModelSpec, PartSpec
from mini4o.pretrained.backbone import Checkpoint
from mini4o.pretrained.hub import is_id
from mini4o.pretrained.parts import Part

PARTS = ("backbone", "dit", "codec")


@dataclass(frozen=True)
class Reference:
    """
    hashes: SHA-256 of the checkpoint's configuration and of each of its files of weights, by name.
    mark: of the values that were read; see `mark`.
    """

    hashes: dict[str, str]
    mark: int


def refer(net: Net, part: str, found: Checkpoint | Part) -> Reference:
    """The reference for a part of a net that was read from a checkpoint just now."""
    return Reference(hashes(found), mark(net, part))


def hashes(found: Checkpoint | Part) -> dict[str, str]:
    """SHA-256 of a checkpoint's configuration and of each of its files of weights, by name."""
    return {path.name: _known(path) for path in (found.folder / "config.json", *found.files)}


def check(found: Mapping[str, str], expected: Mapping[str, str], part: str, name: str, who: str) -> None:
    """Hold a checkpoint to the hashes that it had.

    Args:
        name: of the checkpoint. who: whose part it is, such as a model's folder.

    Raises:
        CheckpointError: it is another now; names the first file that differs.
    """
    for file in sorted(expected.keys() | found.keys()):
        if found.get(file) != expected.get(file):
            problem = "is gone" if file not in found else "is new" if file not in expected else "has changed"
            raise CheckpointError(
                f"{who}: its {part} is that of {name}, which is another since ({file} {problem}); put it back as it was"
            )


def origin(spec: BackboneSpec | PartSpec) -> str:
    """Where a part comes from, for people."""
    return f"{spec.pretrained} at {spec.revision}" if spec.revision else str(spec.pretrained)


def called(spec: BackboneSpec | PartSpec) -> str:
    """The name of a part's checkpoint on other machines too: an id, or of a folder the last of its path."""
    name = str(spec.pretrained)
    return name if is_id(name) and not of_folder(spec) else Path(name).expanduser().resolve().name


def part_spec(spec: ModelSpec, part: str) -> BackboneSpec | PartSpec:
    """What a specification says of a part."""
    parts: dict[str, BackboneSpec | PartSpec] = {"backbone": spec.backbone, "dit": spec.dit, "codec": spec.codec}
    return parts[part]


def of_folder(spec: BackboneSpec | PartSpec) -> bool:
    """Whether a pretrained part comes from a folder of this machine, not from the Hub, where anyone can get it."""
    return Path(str(spec.pretrained)).expanduser().is_dir()


def owns(part: str, name: str) -> bool:
    """Whether a tensor of a net, by its name, comes with the checkpoint of a part; source slots and adapters do not."""
    return name.startswith(f"{part}.") and SOURCE not in name and not ADAPTER_WEIGHT.search(name)


def mark(net: Net, part: str) -> int:
    """A number that changes when the values of a part do: from the sums of the bits of its tensors, each read as an
    integer. It takes one pass over them, keeps nothing, and is the same on any device."""
    return hash(tuple(sorted(_sum_of_bits(value) for name, value in net.state_dict().items() if owns(part, name))))


def _sum_of_bits(value: Tensor) -> int:
    integer = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[value.element_size()]
    return int(value.detach().contiguous().view(integer).sum(dtype=torch.int64))


def sha256(path: Path) -> str:
    """Of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known(path: Path) -> str:
    """The same of a file of gigabytes, which is read once as long as it stays as it is by size and time."""
    stat = path.stat()
    return _known_by(path.resolve(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)
def _known_by(path: Path, _size: int, _changed: int) -> str:
    return sha256(path)
