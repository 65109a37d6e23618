"""Other people's data as our JSONL: LLaVA / MiniMind-V JSON, a folder of pictures with captions, our own JSONL checked.

What cannot be used is left out and counted with its reason; nothing is repaired by guessing.
"""

import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from mini4o.conversation.images import load_image
from mini4o.conversation.parts import Conversation, Image, ImageGen, ImageSource, Message, Part, Role, Text
from mini4o.data.readers import is_path, parse_json, parse_record, resolve_pictures, stripped
from mini4o.errors import ConversationError, DataError, ImageError

Format = Literal["auto", "jsonl", "llava", "folder"]
Directions = Literal["both", "read", "draw"]

READ_REQUEST = "Describe this picture."
_EXAMPLES = 5
_MARK = "<image>"
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
_SPEAKERS: dict[str, Role] = {
    "human": "user",
    "gpt": "assistant",
    "user": "user",
    "assistant": "assistant",
    "system": "system",
}


@dataclass
class LeftOut:
    """Records left out for one reason: how many, and where the first few are."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What a conversion did: the format it read, conversations written, and records left out by reason."""

    format: str
    kept: int = 0
    left_out: dict[str, LeftOut] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The report as lines of text."""
        total = sum(entry.count for entry in self.left_out.values())
        return [f"{self.kept} conversations from {self.format}, {total} records left out"] + [
            f"  {entry.count} left out, {reason}: {', '.join(entry.examples)}{', …' * (entry.count > _EXAMPLES)}"
            for reason, entry in self.left_out.items()
        ]


class _Unfit(Exception):
    """A record to leave out: a reason that many records share, and what is special about this one."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


# A record with the place it came from, or the reason why there is none.
_Record = tuple[str, Any]
_Named = tuple[Any, Conversation]  # the record's id (None without one) and a conversation


def convert(
    source: Path | str,
    out: Path | str,
    *,
    format: Format = "auto",
    image_root: Path | str | None = None,
    copy_images: bool = False,
    directions: Directions = "both",
    check: bool = True,
) -> Report:
    """Write the conversations of `source` to the JSONL file `out`.

    A `.jsonl` file is read line by line; any other file is read as JSON in one piece (text only: a picture is opened
    to check it and let go). `out` is written aside and renamed, so it is there whole or not at all.

    Args:
        source: a JSONL or JSON file, or a folder of `name.png|jpg|jpeg|webp|gif` with captions `name.txt`.
        out: the `.jsonl` file to write; its pictures are named relative to its folder.
        format: "auto" tells by the source: a folder, LLaVA records (`conversations`) or ours (`messages`).
        image_root: the folder that relative picture paths of a file start from; the file's own folder by default.
        copy_images: copy picture files to `<out without .jsonl>_images/`, so that the data set can be moved.
        directions: what a captioned picture becomes: a conversation that reads it, one that draws it, or both.
        check: open every picture, and leave records with a missing or broken one out.

    Raises:
        DataError: the source cannot be read or is of no known format, nothing in it can be used, or `out` exists or
            cannot be written.
    """
    source, out = Path(source), Path(out)
    images = out.with_name(f"{out.stem}_images")
    if source.suffix.lower() in _PICTURES and source.is_file():
        raise DataError(f"{source}: is a picture; give the folder it is in, with captions beside it (name.txt)")
    if out.suffix != ".jsonl":
        raise DataError(f"{out}: the output is a JSONL file; give it a name that ends in .jsonl")
    for existing in (out, images) if copy_images else (out,):
        if existing.exists():
            raise DataError(f"{existing}: exists already and is not overwritten; choose another name or remove it")
    try:
        format, records = _open(source, format)
        reader: dict[str, Callable[[Any], list[_Named]]] = {
            "jsonl": partial(_own, root=Path(image_root or source.parent).absolute()),
            "llava": partial(_llava, root=Path(image_root or source.parent).absolute()),
            "folder": partial(_captioned, directions=directions),
        }
        out.parent.mkdir(parents=True, exist_ok=True)
        return _write(source, out, images, Report(format), records, reader[format], copy_images, check)
    except OSError as error:
        place = out if str(error.filename or "").endswith(".part") else error.filename or out
        raise DataError(f"{place}: {error.strerror or error}; nothing was written") from None


def _write(
    source: Path,
    out: Path,
    images: Path,
    report: Report,
    records: Iterable[_Record],
    reader: Callable[[Any], list[_Named]],
    copy_images: bool,
    check: bool,
) -> Report:
    aside = out.with_name(f".{out.name}.{os.getpid()}.part")
    images_aside = out.with_name(f".{images.name}.{os.getpid()}.part")
    pictures = _Pictures(out, images, images_aside if copy_images else None, check)
    try:
        with aside.open("wb") as file:
            for origin, record in records:
                try:
                    if isinstance(record, _Unfit):
                        raise record
                    lines = [_line(name, conversation, pictures) for name, conversation in reader(record)]
                except _Unfit as unfit:
                    entry = report.left_out.setdefault(unfit.reason, LeftOut())
                    entry.count += 1
                    if entry.count <= _EXAMPLES:
                        entry.examples.append(f"{origin} ({unfit.detail})" if unfit.detail else origin)
                else:
                    file.writelines(lines)
                    report.kept += len(lines)
        if not report.kept:
            reasons = "; ".join(line.strip() for line in report.lines()[1:])
            raise DataError(f"{source}: nothing in it can be used ({reasons or 'it has no records'})")
        if images_aside.exists():
            images_aside.rename(images)
        aside.rename(out)
        return report
    finally:
        aside.unlink(missing_ok=True)
        shutil.rmtree(images_aside, ignore_errors=True)


def _line(name: Any, conversation: Conversation, pictures: "_Pictures") -> bytes:
    for part in (part for message in conversation for part in message.content):
        if isinstance(part, Image | ImageGen) and part.image is not None:
            pictures.check(part.image)
    messages = [
        {"role": message.role, "content": [_plain(part, pictures) for part in message.content]}
        for message in conversation
    ]
    line = ({} if name is None else {"id": name}) | {"messages": messages}
    try:
        return json.dumps(line, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        raise _Unfit("text or a path that is not Unicode") from None


def _plain(part: Part, pictures: "_Pictures") -> dict[str, Any]:
    plain: dict[str, Any] = {"type": part.type, **part.model_dump(exclude_defaults=True)}
    if isinstance(part, Image | ImageGen) and part.image is not None:
        plain["image"] = pictures.placed(part.image)
    return plain


class _Pictures:
    """Checks pictures, copies them if that is asked for, and names them as `out` has to."""

    def __init__(self, out: Path, images: Path, copy_to: Path | None, check: bool) -> None:
        self._folder = out.parent.resolve()
        self._images, self._copy_to, self._opens = images, copy_to, check
        self._checked: set[str] = set()  # a picture that many records share is opened once
        self._placed: dict[str, str] = {}  # and copied once

    def check(self, source: ImageSource) -> None:
        """Leave the record out whose picture is missing or broken."""
        name = str(source)
        if name in self._checked:
            return
        if is_path(name) and (self._opens or self._copy_to) and not os.path.exists(name):
            raise _Unfit("a picture file is missing", name)
        if self._opens:
            try:
                load_image(name)
            except ImageError as error:
                raise _Unfit("a picture cannot be read", str(error)) from None
        if is_path(name):
            self._checked.add(name)

    def placed(self, source: ImageSource) -> str:
        """What `out` writes for a picture: a path relative to its folder; data URIs and URLs stay."""
        name = str(source)
        if not is_path(name):
            return name
        if name not in self._placed:
            self._placed[name] = self._copied(Path(name)) if self._copy_to else self._relative(Path(name))
        return self._placed[name]

    def _copied(self, path: Path) -> str:
        assert self._copy_to is not None
        self._copy_to.mkdir(exist_ok=True)
        name = f"{len(self._placed) + 1:06d}-{path.name}"
        shutil.copyfile(path, self._copy_to / name)
        return f"{self._images.name}/{name}"

    def _relative(self, path: Path) -> str:
        try:
            # Folders are resolved because `..` after a symbolic link leads elsewhere; the file keeps its own name.
            return Path(os.path.relpath(path.parent.resolve() / path.name, self._folder)).as_posix()
        except ValueError:  # another drive
            return str(path)


def _open(source: Path, format: Format) -> tuple[Format, Iterable[_Record]]:
    """The format of a source, and its records."""
    if not source.exists():
        raise DataError(f"{source}: no such file or folder")
    if source.is_dir() != (format == "folder") and format != "auto":
        raise DataError(f"{source}: the format '{format}' is not a {'folder' if source.is_dir() else 'file'}")
    if source.is_dir():
        return "folder", _captioned_files(source)
    records = iter(_json_lines(source) if source.suffix == ".jsonl" else _json_records(source))
    if format != "auto":
        return format, records
    seen: list[_Record] = []
    for record in records:
        seen.append(record)
        value = record[1]
        if isinstance(value, list) or (isinstance(value, dict) and "messages" in value):
            return "jsonl", itertools.chain(seen, records)
        if isinstance(value, dict) and "conversations" in value:
            return "llava", itertools.chain(seen, records)
    raise DataError(
        f"{source}: no conversation in it; a record is a list of messages, or an object with 'messages' (ours) "
        f"or with 'conversations' (LLaVA)"
    )


def _json_lines(path: Path) -> Iterator[_Record]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if content := stripped(line, number):
                try:
                    yield f"{path.name}:{number}", parse_json(content)
                except DataError as error:
                    yield f"{path.name}:{number}", _Unfit("a line that is not JSON", str(error))


def _json_records(path: Path) -> Iterable[_Record]:
    """A JSON list of records, one record, or lines of JSON under another name than `.jsonl`."""
    try:
        value = json.loads(path.read_bytes().decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            return _json_lines(path)
        raise DataError(f"{path}:{error.lineno}: not JSON ({error.msg})") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not JSON in UTF-8 ({error})") from None
    is_record = not isinstance(value, list) or (value and isinstance(value[0], dict) and "role" in value[0])
    return ((f"{path.name}[{index}]", record) for index, record in enumerate([value] if is_record else value))


def _own(record: Any, root: Path) -> list[_Named]:
    try:
        conversation, name = parse_record(record)
    except (DataError, ConversationError) as error:
        raise _Unfit("not a conversation", str(error)) from None
    return [(name, resolve_pictures(conversation, root))]


def _llava(record: Any, root: Path) -> list[_Named]:
    """One record. `<image>` stands for the next picture: to read in a human turn, to draw and then read in a gpt's."""
    turns = record.get("conversations") if isinstance(record, dict) else None
    if not isinstance(turns, list) or not turns:
        raise _Unfit("no list of 'conversations'")
    spoken = [_turn(turn) for turn in turns]
    speakers = [role for role, _ in spoken]
    exchange = speakers[1:] if speakers[0] == "system" else speakers
    if exchange != [("user", "assistant")[place % 2] for place in range(len(exchange))]:
        raise _Unfit("turns that do not alternate human, gpt, human, …")
    if "assistant" not in exchange:
        raise _Unfit("no gpt turn")
    pictures = _llava_pictures(record.get("image"), root)
    marks = sum(text.count(_MARK) for role, text in spoken if role != "system")
    if pictures and not marks:  # some sets leave the mark out: the pictures come before the first question
        first = speakers.index("user")
        spoken[first] = ("user", _MARK * len(pictures) + spoken[first][1])
    elif marks != len(pictures):
        raise _Unfit("the numbers of <image> and of pictures disagree", f"{marks} and {len(pictures)}")
    waiting = iter(pictures)
    messages = [Message(role=role, content=tuple(_parts(role, text, waiting))) for role, text in spoken]
    return [(record.get("id"), messages)]


def _turn(turn: Any) -> tuple[Role, str]:
    """Role and text of `{"from", "value"}` (LLaVA) or `{"role", "content"}` (MiniMind-V)."""
    speaker, text = (
        (turn.get("from", turn.get("role")), turn.get("value", turn.get("content")))
        if isinstance(turn, dict)
        else (None, None)
    )
    if not isinstance(speaker, str) or speaker not in _SPEAKERS:
        raise _Unfit("a turn from someone unknown", repr(speaker)[:80])
    if not isinstance(text, str) or not text.strip():
        raise _Unfit("an empty turn")
    return _SPEAKERS[speaker], text


def _parts(role: Role, text: str, pictures: Iterator[str]) -> Iterator[Part]:
    if role == "system":  # no marks are looked for here
        yield Text(text=text)
        return
    for place, piece in enumerate(pieces := text.split(_MARK)):
        if place:
            picture = next(pictures)
            if role == "assistant":
                yield ImageGen(image=picture)
            yield Image(image=picture)
            piece = piece.lstrip("\r\n")  # the line break that these formats write around a mark
        if place < len(pieces) - 1:
            piece = piece.rstrip("\r\n")
        if piece.strip():
            yield Text(text=piece)


def _llava_pictures(given: Any, root: Path) -> list[str]:
    """Paths from a string, a list, or (MiniMind-V) a string with commas that is not itself the name of a file."""
    if isinstance(given, str) and is_path(given) and "," in given and not (root / given).exists():
        given = [name.strip() for name in given.split(",")]
    names = [given] if isinstance(given, str) and given else given or []
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise _Unfit("an 'image' that is neither a path nor a list of paths")
    return [str(root / name) if is_path(name) else name for name in names]


def _captioned_files(folder: Path) -> Iterator[_Record]:
    """The pictures directly in a folder (hidden files apart), and captions that belong to none."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    pictures = [path for path in files if path.suffix.lower() in _PICTURES]
    if not pictures:
        raise DataError(f"{folder}: no pictures in the folder; expected name{'|'.join(_PICTURES)} with name.txt")
    captions = {path.with_suffix(".txt") for path in pictures}
    yield from ((path.name, path) for path in pictures)
    for path in files:
        if path.suffix == ".txt" and path not in captions:
            yield path.name, _Unfit("a caption without a picture")


def _captioned(picture: Path, directions: Directions) -> list[_Named]:
    try:
        caption = picture.with_suffix(".txt").read_bytes().decode("utf-8-sig").strip()
    except FileNotFoundError:
        raise _Unfit("a picture without a caption") from None
    except UnicodeDecodeError:
        raise _Unfit("a caption that is not UTF-8") from None
    if not caption:
        raise _Unfit("an empty caption")
    both = captioned(str(picture.absolute()), caption)
    return [(f"{picture.stem}-{way}", turns) for way, turns in both.items() if directions in (way, "both")]


def captioned(picture: ImageSource, caption: str) -> dict[str, Conversation]:
    """What a picture with a caption becomes: one conversation that reads it, and one that draws it."""
    read = [
        Message(role="user", content=(Image(image=picture), Text(text=READ_REQUEST))),
        Message(role="assistant", content=(Text(text=caption),)),
    ]
    draw = [
        Message(role="user", content=(Text(text=caption),)),
        Message(role="assistant", content=(ImageGen(image=picture), Image(image=picture))),
    ]
    return {"read": read, "draw": draw}
