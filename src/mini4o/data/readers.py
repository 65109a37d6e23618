"""Reading conversations from a JSONL file, one conversation a line.

    {"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}], "id": "any"}

A bare list of messages is a line too; `facts` are kept beside the conversation, other keys are ignored.
"""

import json
import logging
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from enum import IntFlag
from pathlib import Path
from typing import Any, Literal

from mini4o.conversation.captions import caption_of
from mini4o.conversation.parts import (
    Conversation,
    Image,
    ImageGen,
    ImageSource,
    Text,
    Think,
    parse_conversation,
    trained,
)
from mini4o.data.sample import Sample, Samples
from mini4o.errors import ConversationError, DataError

log = logging.getLogger("mini4o")

OnBad = Literal["stop", "skip"]
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_REASONS_LOGGED = 5
_URI = re.compile(r"data:|[a-z][a-z0-9+.-]+://", re.IGNORECASE)


class Teaches(IntFlag):
    """What of a conversation carries loss: words, a picture to draw, the opening of a drawing; and whether it is one
    drawing of one caption."""

    NOTHING = 0
    TEXT = 1
    IMAGE = 2
    OPENING = 4
    CAPTIONED = 8


Check = Callable[[Conversation], None]


class BadRecords:
    """What becomes of records that cannot be used: the first one stops, or they are counted and a few are logged.

    Args:
        on_bad: "stop" or "skip".
        what: what a record is called: "line", "sample".
    """

    def __init__(self, on_bad: OnBad, what: str) -> None:
        self.count = 0
        self._on_bad, self._what = on_bad, what

    def add(self, where: str, reason: str) -> None:
        """One more.

        Raises:
            DataError: `on_bad` is "stop".
        """
        if self._on_bad == "stop":
            advice = f"mend the {self._what}, or set `on_bad: skip` to leave such {self._what}s out and count them"
            raise DataError(f"{where}: {reason}; {advice}")
        self.count += 1
        if self.count <= _REASONS_LOGGED:
            log.warning("%s: skipped: %s", where, reason)


class JsonlData:
    """A JSONL file of conversations as a data set: `data[i]` seeks to a line and parses it.

    Opening reads the file once and checks every line against the contract; what stays in memory is one 64-bit offset
    for each good line. Relative picture paths are taken from the file's folder; pictures are not opened here. The file
    is opened for each access (about 5 µs, less than parsing a line), so an instance can be pickled and shared with
    worker processes.

    Args:
        path: the JSONL file, UTF-8 with or without a byte order mark; blank lines are allowed.
        on_bad: "stop" raises at the first broken line; "skip" leaves broken lines out and counts them in `skipped`.
        check: raises a ConversationError for a conversation that cannot be used; its line counts as broken.

    Attributes:
        teaches: what each sample has to learn from, as bits of `Teaches`.
        skipped: how many lines were left out as broken.

    Raises:
        DataError: the file is missing or holds no conversation, or a line is broken and `on_bad` is "stop".
    """

    def __init__(self, path: Path | str, on_bad: OnBad = "stop", check: Check | None = None) -> None:
        self.path = Path(path)
        self.teaches = array("B")
        self._check = check
        self._file = self.path.absolute()  # a relative path must still lead there after a change of directory
        self._offsets = array("q")  # bytes from the start of the file to each good line
        self._gaps = array("q")  # for each blank or broken line, how many good lines stand before it
        self.skipped = self._scan(BadRecords(on_bad, "line"))
        self._check = None  # done with; it need not be what can be pickled

    def _scan(self, bad: BadRecords) -> int:
        """Finds the good lines; returns how many were broken."""
        number = 0
        try:
            with self.path.open("rb") as file:
                offset = 0
                for number, line in enumerate(file, start=1):
                    if stripped(line, number) and self._takes(line, number, bad):
                        self._offsets.append(offset)
                    else:
                        self._gaps.append(len(self._offsets))
                    offset += len(line)
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read ({error.strerror or error})") from None
        if bad.count:
            log.warning("%s: skipped %d of %d lines", self.path, bad.count, number)
        if not self._offsets:
            what = f"no conversation of its {number} lines can be used" if number else "the file is empty"
            raise DataError(f"{self.path}: {what}; a data set needs at least one conversation a line")
        return bad.count

    def _takes(self, line: bytes, number: int, bad: BadRecords) -> bool:
        try:
            conversation, _ = parse_line(stripped(line, number))
            if self._check is not None:
                self._check(conversation)
        except (DataError, ConversationError) as error:
            bad.add(f"{self.path}:{number}", str(error))
            return False
        self.teaches.append(teaches(conversation))
        return True

    def __repr__(self) -> str:
        return f"JsonlData('{self.path}')"

    def __len__(self) -> int:
        return len(self._offsets)

    def __getitem__(self, index: int) -> Sample:
        """The sample at `index` (0 … len - 1), its picture paths absolute.

        Raises:
            IndexError: no such sample.
            DataError: the file is gone, or the line no longer reads as it did when the data set was opened.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"{self.path} has {len(self)} samples, not {index + 1}")
        number = index + 1 + bisect_right(self._gaps, index)
        try:
            with self._file.open("rb") as file:
                file.seek(self._offsets[index])
                value = parse_json(stripped(file.readline(), number))
            conversation, _ = parse_record(value)
        except OSError as error:
            raise DataError(f"{self.path}: cannot be read any more ({error.strerror or error})") from None
        except (DataError, ConversationError) as error:
            raise DataError(f"{self.path}:{number}: changed since the data set was opened ({error})") from None
        conversation = resolve_pictures(conversation, self._file.parent)
        return Sample(conversation, f"{self.path.name}:{number}", facts=facts_of(value), task=self.path.stem)


def stripped(line: bytes, number: int) -> bytes:
    """A line (counted from 1) without the space around it and, if it is the first, without a byte order mark."""
    return (line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line).strip()


def parse_json(line: bytes) -> Any:
    """The value of one line of JSON in UTF-8.

    Raises:
        DataError: not UTF-8, not JSON, or text with half of a surrogate pair, which no tokenizer can encode.
    """
    try:
        value = json.loads(line.decode())
        if b"\\ud" in line.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise DataError(f"not UTF-8 (byte {error.start + 1})") from None
    except UnicodeEncodeError:
        raise DataError("a \\ud… escape that is half a character") from None
    except json.JSONDecodeError as error:
        raise DataError(f"not JSON ({error.msg} at character {error.pos + 1})") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"not JSON that can be read ({error})") from None
    return value


def parse_line(line: bytes) -> tuple[Conversation, Any]:
    """The conversation of one line and its `id` (None without one).

    Raises:
        DataError: not JSON, or neither a list of messages nor an object with `messages`.
        ConversationError: a message or part that the contract does not know.
    """
    return parse_record(parse_json(line))


def parse_record(value: Any) -> tuple[Conversation, Any]:
    """As `parse_line`, from the JSON value."""
    if isinstance(value, dict):
        if "messages" not in value:
            raise DataError("no 'messages' in the object")
        return parse_conversation(value["messages"]), value.get("id")
    if not isinstance(value, list):
        raise DataError("neither a list of messages nor an object with 'messages'")
    return parse_conversation(value), None


def facts_of(value: Any) -> dict[str, Any]:
    """The `facts` of a record, if it has some."""
    facts = value.get("facts") if isinstance(value, dict) else None
    return facts if isinstance(facts, dict) else {}


def is_path(source: ImageSource | None) -> bool:
    """Whether a picture is given as a path: as a string that is neither a data URI nor a URL."""
    return isinstance(source, str) and not _URI.match(source)


def resolve_pictures(conversation: Conversation, folder: Path) -> Conversation:
    """The conversation with its picture paths joined to `folder`; absolute paths, data URIs and URLs stay."""

    def resolved(part: Any) -> Any:
        if isinstance(part, Image | ImageGen) and is_path(part.image):
            return part.model_copy(update={"image": str(folder / str(part.image))})
        return part

    return [
        message.model_copy(update={"content": tuple(resolved(part) for part in message.content)})
        for message in conversation
    ]


def teaches(conversation: Conversation) -> Teaches:
    """What of a conversation carries loss."""
    found = Teaches.NOTHING if caption_of(conversation) is None else Teaches.CAPTIONED
    for message in conversation:
        for part in message.content:
            if not trained(message.role, part):
                continue
            if not isinstance(part, ImageGen):
                found |= Teaches.TEXT
            else:
                found |= Teaches.OPENING if part.image is None else Teaches.OPENING | Teaches.IMAGE
    return found


def texts(data: Samples, limit: int | None = None) -> Iterator[str]:
    """Texts and thoughts of a data set in order, of the first `limit` samples, to train a tokenizer on."""
    for index in range(len(data) if limit is None else min(limit, len(data))):
        for message in data[index].conversation:
            yield from (part.text for part in message.content if isinstance(part, Text | Think))
