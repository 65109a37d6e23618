"""Files of a text encoder's states, made once, so that training needs no text encoder.

index.json            which encoder made them, for which DiT, and the shards
000000.safetensors    CAPTION.states and, where there is one, CAPTION.pooled; CAPTION is the SHA-256 of its words
"""

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mini4o.conversation.layout import TextStates
from mini4o.errors import DataError, first_problem
from mini4o.model.dit import Dit
from mini4o.pretrained.text_encoder import TextEncoder, fingerprint

INDEX = "index.json"
SHARD_BYTES = 256 * 2**20
AT_ONCE = 16  # captions that the encoder is given together
COMMAND = "mini4o data states"

Progress = Callable[[int, int], None]


class Shard(BaseModel):
    """A shard, as the index lists it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^\d{6}\.safetensors$")]
    count: int
    bytes: int
    square: float  # mean over all values of its states, squared


class Index(BaseModel):
    """What a folder of states is.

    kind: the family of the DiT; entrance: the fingerprint of its matrix that the states enter by.
    pipeline, revision: what made them; dtype: of the states.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    kind: str
    entrance: str
    pipeline: str
    revision: str | None
    dtype: str
    versions: dict[str, str]
    finished: bool = False
    shards: tuple[Shard, ...] = ()

    @property
    def scale(self) -> float:
        """Root mean square of the states' values, each shard weighed by its captions: for `connector.norm_scale`."""
        count = sum(shard.count for shard in self.shards)
        return math.sqrt(sum(shard.square * shard.count for shard in self.shards) / max(1, count))

    @property
    def maker(self) -> dict[str, Any]:
        """What has to be the same of states that lie in one folder."""
        return self.model_dump(include={"format", "kind", "entrance", "dtype"})


def key_of(caption: str) -> str:
    """The name of a caption in the files."""
    return hashlib.sha256(caption.encode()).hexdigest()


class StateFiles:
    """States by caption. It can be pickled and shared with worker processes.

    Raises:
        DataError: there are no such files, they are not finished, or a shard is not what the index says.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = _read_index(folder)
        if not self.index.finished:
            raise DataError(f"{folder}: is not finished; the command that began it goes on with it")
        self._shard_of: dict[str, str] = {}
        for shard in self.index.shards:
            self._shard_of |= dict.fromkeys(_keys(folder, shard, self.index), shard.name)
        self._open: dict[str, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_open": {}}

    def __len__(self) -> int:
        return len(self._shard_of)

    def __contains__(self, caption: str) -> bool:
        return key_of(caption) in self._shard_of

    def __getitem__(self, caption: str) -> TextStates:
        """
        Raises:
            DataError: there are no states of this caption, or the file is gone.
        """
        key = key_of(caption)
        name = self._shard_of.get(key)
        if name is None:
            start = caption if len(caption) < 60 else f"{caption[:60]} …"
            raise DataError(
                f"{self.folder} has no states of the caption {start!r}; add them with: {COMMAND} DATA "
                f"--dit {self.index.pipeline} -o {self.folder}"
            )
        try:
            if name not in self._open:
                self._open[name] = safe_open(self.folder / name, "pt")
            file = self._open[name]
            pooled = f"{key}.pooled"
            has_pooled = pooled in file.keys()  # noqa: SIM118  (it is no dictionary)
            return TextStates(file.get_tensor(f"{key}.states"), file.get_tensor(pooled) if has_pooled else None)
        except (OSError, SafetensorError) as error:
            raise DataError(f"{self.folder / name}: cannot be read any more ({error})") from None

    def check(self, dit: Dit) -> None:
        """Refuse the states for a DiT that was not trained with the text encoder that made them.

        Raises:
            DataError: it is of another family, or the matrix by which states enter is another one.
        """
        # With adapters on it, the matrix itself is one step further down.
        weights = {name.replace(".base_layer.", "."): value for name, value in dit.model.named_parameters()}
        if self.index.kind == dit.kind and fingerprint(weights[dit.entrance]) == self.index.entrance:
            return
        one = f"a {self.index.kind}" if self.index.kind != dit.kind else "other weights"
        raise DataError(
            f"{self.folder}: holds states by the text encoder of {self.index.pipeline}, made for {one}, not for this "
            f"{dit.kind}; make others with: {COMMAND} DATA --dit PIPELINE -o FOLDER"
        )


def make_states(
    folder: Path,
    encoder: TextEncoder,
    captions: Iterable[str],
    progress: Progress | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> StateFiles:
    """Write the states of captions, and those of the empty one, which guidance compares with.

    A shard appears whole, and is then listed in the index. A call that was interrupted is repeated: captions whose
    states are there are left out, so one that finds all of its work does nothing, and another data set can be added.

    Args:
        folder: to make or to go on with.
        progress: called with (captions done, captions in all).

    Raises:
        DataError: the folder holds something else, or states by another encoder, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, encoder, list(dict.fromkeys(["", *captions])), progress, shard_bytes)
    except FileExistsError:
        raise DataError(f"{folder}: is a file; name a new folder") from None
    except (OSError, SafetensorError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DataError(f"{folder}: could not be written ({reason}); free some space, then run it again") from None
    return StateFiles(folder)


def _write(
    folder: Path, encoder: TextEncoder, captions: list[str], progress: Progress | None, shard_bytes: int
) -> None:
    index = _begun(folder, encoder)
    there = {key for shard in index.shards for key in _keys(folder, shard, index)}
    todo = [caption for caption in captions if key_of(caption) not in there]
    for stray in folder.glob(".*.part"):
        stray.unlink()
    _write_index(folder, index.model_copy(update={"finished": not todo}))
    tensors: dict[str, Tensor] = {}
    for start in range(0, len(todo), AT_ONCE):
        some = todo[start : start + AT_ONCE]
        for key, found in zip(map(key_of, some), encoder(some), strict=True):
            tensors[f"{key}.states"] = found.states.contiguous()
            if found.pooled is not None:
                tensors[f"{key}.pooled"] = found.pooled.contiguous()
        done = start + len(some)
        if done == len(todo) or sum(tensor.nbytes for tensor in tensors.values()) >= shard_bytes:
            shards = (*index.shards, _write_shard(folder, index, tensors))
            index = index.model_copy(update={"shards": shards, "finished": done == len(todo)})
            _write_index(folder, index)
            tensors = {}
        if progress is not None:
            progress(len(captions) - len(todo) + done, len(captions))


def _begun(folder: Path, encoder: TextEncoder) -> Index:
    """The index of an earlier call with the same encoder, or a new one."""
    new = Index(
        kind=encoder.kind,
        entrance=encoder.entrance,
        pipeline=encoder.name,
        revision=encoder.revision,
        dtype=encoder.dtype,
        versions={name: version(name) for name in ("diffusers", "transformers", "torch")},
    )
    if not any(folder.iterdir()):
        return new
    old = _read_index(folder)
    if old.maker != new.maker:
        changed = [name for name, value in new.maker.items() if old.maker[name] != value]
        raise DataError(
            f"{folder}: holds states of another text encoder ({old.pipeline}: other {', '.join(changed)}); "
            "choose another folder"
        )
    return old


def _read_index(folder: Path) -> Index:
    try:
        return Index.model_validate_json((folder / INDEX).read_bytes())
    except FileNotFoundError:
        raise DataError(
            f"{folder}: holds no {INDEX}, so it is no folder of text states; make one with: {COMMAND} DATA "
            f"--dit PIPELINE -o {folder}"
        ) from None
    except OSError as error:
        raise DataError(f"{folder / INDEX}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        raise DataError(f"{folder / INDEX}: is no index of text states ({first_problem(error)})") from None


def _write_index(folder: Path, index: Index) -> None:
    aside = folder / f".{INDEX}.part"
    aside.write_text(index.model_dump_json(indent=1) + "\n", encoding="utf-8")
    aside.replace(folder / INDEX)


def _write_shard(folder: Path, index: Index, tensors: dict[str, Tensor]) -> Shard:
    """All states at hand as one file: aside and renamed. Its header says what made it, as the index does."""
    name = f"{len(index.shards):06d}.safetensors"
    aside = folder / f".{name}.part"
    save_file(tensors, aside, {"maker": _maker(index)})
    with aside.open("rb") as file:
        os.fsync(file.fileno())  # else a power cut could leave the name without the content
    aside.replace(folder / name)
    states = [tensor.float().square() for key, tensor in tensors.items() if key.endswith(".states")]
    square = sum(float(each.sum()) for each in states) / sum(each.numel() for each in states)
    return Shard(name=name, count=len(states), bytes=(folder / name).stat().st_size, square=square)


def _keys(folder: Path, shard: Shard, index: Index) -> list[str]:
    """The captions of a shard, by name.

    Raises:
        DataError: it is missing, cut off, of another encoder, or holds other captions than the index says.
    """
    path = folder / shard.name
    again = "delete the folder and make it again"
    try:
        with safe_open(path, "pt") as file:
            maker = (file.metadata() or {}).get("maker")
            keys = [key.removesuffix(".states") for key in file.keys() if key.endswith(".states")]  # noqa: SIM118
    except FileNotFoundError:
        raise DataError(f"{path}: is missing; {again}") from None
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path}: is damaged or cut off ({error}); {again}") from None
    if maker != _maker(index):
        raise DataError(f"{path}: is by another text encoder than {INDEX} says; {again}")
    if len(keys) != shard.count or path.stat().st_size != shard.bytes:
        raise DataError(f"{path}: holds other states than {INDEX} says; {again}")
    return keys


def _maker(index: Index) -> str:
    return json.dumps(index.maker, sort_keys=True)
