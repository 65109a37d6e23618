"""WebDataset shards: plain tar files in which the files of a sample share a name: `000012.json`, `000012.0.png` …

Ours hold `KEY.json` with `messages`, `facts` and `scenes`, and the pictures that the messages name, `KEY.0.png` … Those
of others are read where a sample is one picture with a caption, `KEY.jpg` with `KEY.txt` or with a `caption` in
`KEY.json`: it becomes two conversations, one that reads the picture and one that draws it.
"""

import hashlib
import io
import json
import os
import tarfile
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from mini4o.conversation.images import load_image
from mini4o.conversation.parts import Conversation, Image, ImageGen, ImageSource
from mini4o.data.convert import captioned
from mini4o.data.readers import (
    BadRecords,
    Check,
    JsonlData,
    OnBad,
    facts_of,
    is_path,
    parse_json,
    parse_record,
    teaches,
)
from mini4o.data.sample import Sample
from mini4o.errors import ConversationError, DataError, first_problem
from mini4o.storybook.scene import Scene

MANIFEST = "manifest.json"
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
_scenes = TypeAdapter(tuple[Scene, ...])


class Shard(BaseModel):
    """A shard, as a manifest lists it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    count: int
    bytes: int
    sha256: str


class Contents(BaseModel):
    """What a reader needs of a manifest: the finished shards, and whether these are all."""

    model_config = ConfigDict(frozen=True)

    shards: tuple[Shard, ...]
    finished: bool


@dataclass(frozen=True)
class _Record:
    """A sample as its texts have it: pictures are still names of files."""

    conversations: list[Conversation]
    facts: dict[str, Any]
    scenes: tuple[Scene, ...]


class ShardData:
    """Shards as a data set with random access.

    Opening goes through the headers of every shard and checks every sample against the contract, as `JsonlData` does
    with lines; what stays in memory is 18 bytes a conversation. A sample is read in one piece when it is asked for, its
    pictures as the bytes of their files. An instance can be pickled and shared with worker processes.

    Args:
        path: a `.tar` file, or a folder of them; in a folder with a `manifest.json` the shards that it lists.
        on_bad: "stop" raises at the first broken sample; "skip" leaves them out and counts them in `skipped`.
        check: raises a ConversationError for a conversation that cannot be used; its sample counts as broken.

    Attributes:
        teaches: what each conversation has to learn from, as bits of `readers.Teaches`.
        skipped: how many samples were left out as broken.

    Raises:
        DataError: there are no shards, they are not finished, one cannot be read, a sample is broken and `on_bad` is
            "stop", or nothing can be used.
    """

    def __init__(self, path: Path | str, on_bad: OnBad = "stop", check: Check | None = None) -> None:
        self.path = Path(path)
        self.teaches = array("B")
        self._starts, self._ends = array("q"), array("q")  # bytes of the shard that hold a conversation's sample
        self._ways = array("b")  # which of the sample's conversations it is
        self._firsts: list[int] = []  # the first conversation of each shard
        bad = BadRecords(on_bad, "sample")
        counts = _shards_at(self.path)
        self._shards = [shard.absolute() for shard in counts]
        for shard, count in counts.items():
            self._firsts.append(len(self))
            self._scan(shard, count, bad, check)
        self.skipped = bad.count
        if not len(self):
            raise DataError(f"{self.path}: nothing in it can be used; a sample is KEY.json and the pictures it names")

    def _scan(self, shard: Path, count: int | None, bad: BadRecords, check: Check | None) -> None:
        seen = 0
        try:
            with shard.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
                for key, members in _samples(tar):
                    seen += 1
                    try:
                        record = _parsed({name: _content(tar, member) for name, member in _texts(members)}, members)
                        if check is not None:
                            for conversation in record.conversations:
                                check(conversation)
                    except (DataError, ConversationError) as error:
                        bad.add(f"{shard}:{key}", str(error))
                        continue
                    for way, conversation in enumerate(record.conversations):
                        self.teaches.append(teaches(conversation))
                        self._starts.append(min(member.offset for member in members.values()))
                        self._ends.append(max(map(_end, members.values())))
                        self._ways.append(way)
            if count is not None and seen != count:
                bad.add(str(shard), f"holds {seen} samples where {MANIFEST} says {count}")
        except OSError as error:
            raise DataError(f"{shard}: cannot be read ({error.strerror or error})") from None
        except tarfile.TarError as error:
            bad.add(str(shard), f"is no tar file, or is cut off or damaged ({error})")

    def __repr__(self) -> str:
        return f"ShardData('{self.path}')"

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: int) -> Sample:
        """The sample at `index` (0 … len - 1), its pictures as bytes.

        Raises:
            IndexError: no such sample.
            DataError: the shard is gone, or the sample no longer reads as it did when the data set was opened.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"{self.path} has {len(self)} samples, not {index + 1}")
        shard = self._shards[bisect_right(self._firsts, index) - 1]
        start = self._starts[index]
        try:
            with shard.open("rb") as file:
                file.seek(start)
                block = io.BytesIO(file.read(self._ends[index] - start))
            with tarfile.open(fileobj=block, mode="r:") as tar:
                key, members = next(_samples(tar))
                files = {name: _content(tar, member) for name, member in members.items()}
            record = _parsed({name: files[name] for name, _ in _texts(members)}, files)
            conversation = _with_pictures(record.conversations[self._ways[index]], lambda name: files.get(name, name))
        except OSError as error:
            raise DataError(f"{shard}: cannot be read any more ({error.strerror or error})") from None
        except (tarfile.TarError, StopIteration, LookupError, DataError, ConversationError) as error:
            raise DataError(f"{shard}: sample {index + 1}: changed since the data set was opened ({error})") from None
        return Sample(conversation, f"{shard.name}:{key}", record.scenes, record.facts, self.path.stem)


def open_data(path: Path, on_bad: OnBad = "stop", check: Check | None = None) -> JsonlData | ShardData:
    """The data set at a path: shards if it is a folder or a `.tar` file, else a JSONL file."""
    if path.is_dir() or path.suffix == ".tar":
        return ShardData(path, on_bad, check)
    return JsonlData(path, on_bad, check)


def write_shard(path: Path, samples: Iterable[tuple[str, Sample]], told: Callable[[], None] = lambda: None) -> Shard:
    """Write samples, each under its key, as one tar file: aside and renamed, the same bytes for the same samples.

    Args:
        told: called after each sample.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    count = 0
    try:
        with aside.open("w+b") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                for key, sample in samples:
                    for name, content in _files(key, sample).items():
                        member = tarfile.TarInfo(name)  # of no owner, group or time
                        member.size = len(content)
                        tar.addfile(member, io.BytesIO(content))
                    count += 1
                    told()
            file.flush()
            os.fsync(file.fileno())  # else a power cut could leave the name without the content
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    return Shard(name=path.name, count=count, bytes=size, sha256=digest)


def _files(key: str, sample: Sample) -> dict[str, bytes]:
    """The files of a sample: the JSON first, then each different picture once."""
    pictures: dict[bytes, str] = {}

    def placed(source: ImageSource) -> str:
        file = io.BytesIO()
        load_image(source).save(file, "PNG")
        return pictures.setdefault(file.getvalue(), f"{key}.{len(pictures)}.png")

    messages = [
        {"role": message.role, "content": [part.model_dump(exclude_none=True) for part in message.content]}
        for message in _with_pictures(sample.conversation, placed)
    ]
    scenes = [scene.model_dump(mode="json", exclude_defaults=True) for scene in sample.scenes]
    record = {"id": sample.origin, "messages": messages, "facts": dict(sample.facts), "scenes": scenes}
    text = json.dumps(record, ensure_ascii=False).encode()
    return {f"{key}.json": text, **{name: content for content, name in pictures.items()}}


def _with_pictures(conversation: Conversation, placed: Callable[[Any], ImageSource]) -> Conversation:
    """The conversation with each picture replaced by what `placed` makes of it."""

    def changed(part: Any) -> Any:
        if isinstance(part, Image | ImageGen) and part.image is not None:
            return part.model_copy(update={"image": placed(part.image)})
        return part

    return [
        message.model_copy(update={"content": tuple(changed(part) for part in message.content)})
        for message in conversation
    ]


def _shards_at(path: Path) -> dict[Path, int | None]:
    """The shards at a path in order, with the number of samples that a manifest says they hold."""
    if not path.is_dir():
        return {path: None}
    manifest = path / MANIFEST
    try:
        contents = Contents.model_validate_json(manifest.read_bytes())
    except FileNotFoundError:
        shards = sorted(path.glob("*.tar"))
        if not shards:
            raise DataError(f"{path}: a folder without {MANIFEST} or .tar files is no data set; name a file") from None
        return dict.fromkeys(shards)
    except OSError as error:
        raise DataError(f"{manifest}: cannot be read ({error.strerror or error})") from None
    except ValidationError as error:
        raise DataError(f"{manifest}: is no list of shards ({first_problem(error)})") from None
    if not contents.finished:
        raise DataError(f"{path}: is not finished; the command that began it goes on with it")
    return {path / shard.name: shard.count for shard in contents.shards}


def _samples(tar: tarfile.TarFile) -> Iterator[tuple[str, dict[str, tarfile.TarInfo]]]:
    """Key and files, by name, of each sample: neighbours whose paths are the same up to the first dot of the name."""
    key, members = "", dict[str, tarfile.TarInfo]()
    while (member := tar.next()) is not None:
        tar.members.clear()  # type: ignore[attr-defined]  # it would keep every header it has read
        folder, slash, name = member.name.rpartition("/")
        stem = name.partition(".")[0]
        if not (member.isreg() and stem):
            continue
        if members and folder + slash + stem != key:
            yield key, members
            members = {}
        key = folder + slash + stem
        members[name] = member
    if members:
        yield key, members


def _texts(members: Mapping[str, tarfile.TarInfo]) -> Iterator[tuple[str, tarfile.TarInfo]]:
    return ((name, member) for name, member in members.items() if name.lower().endswith((".json", ".txt")))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return b"" if file is None else file.read()


def _end(member: tarfile.TarInfo) -> int:
    """Where the blocks of a file end."""
    blocks = -(-member.size // tarfile.BLOCKSIZE)
    return member.offset_data + blocks * tarfile.BLOCKSIZE


def _parsed(texts: Mapping[str, bytes], names: Collection[str]) -> _Record:
    """What the texts of a sample say, `names` being all its files.

    Raises:
        DataError, ConversationError: they break the contract, or name a picture that is not there.
    """
    values = [parse_json(content) for name, content in texts.items() if name.lower().endswith(".json")]
    value = values[0] if values else {}
    if not (isinstance(value, list) or (isinstance(value, dict) and "messages" in value)):
        return _Record(_of_caption(texts, value, names), {}, ())
    conversation, _ = parse_record(value)
    for part in (part for message in conversation for part in message.content):
        if isinstance(part, Image | ImageGen) and is_path(part.image) and part.image not in names:
            raise DataError(f"names the picture {part.image!r}, which the sample does not hold")
    try:
        scenes = _scenes.validate_python(value.get("scenes", ()) if isinstance(value, dict) else ())
    except ValidationError as error:
        raise DataError(f"scene {first_problem(error)}") from None
    return _Record([conversation], facts_of(value), scenes)


def _of_caption(texts: Mapping[str, bytes], value: Any, names: Collection[str]) -> list[Conversation]:
    pictures = [name for name in names if name.lower().endswith(_PICTURES)]
    captions = [content.decode("utf-8", "replace") for name, content in texts.items() if name.lower().endswith(".txt")]
    captions += [value["caption"]] if isinstance(value, dict) and isinstance(value.get("caption"), str) else []
    if len(pictures) != 1 or not captions or not captions[0].strip():
        raise DataError("neither JSON with 'messages' nor one picture with a caption")
    return list(captioned(pictures[0], captions[0].strip()).values())
