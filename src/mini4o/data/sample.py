"""One training sample, and what a data set is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mini4o.conversation.parts import Conversation
from mini4o.storybook.scene import Scene


@dataclass(frozen=True)
class Sample:
    """A conversation and what is known of it.

    Attributes:
        conversation: its messages.
        origin: where it came from, as `"train.jsonl:12"`, so that an error can name the line.
        task: what it teaches, for a log to count it under: of the storybook its task, else the name of the file.
        scenes: of a picture of the storybook what it shows: a scene for each picture, in the order in which pictures
            appear (a drawing and the picture read again after it count once).
        facts: what else was written beside the messages, for scoring and for the reader of `mini4o data show`.
    """

    conversation: Conversation
    origin: str
    scenes: tuple[Scene, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    task: str = ""


class Samples(Protocol):
    """A data set with random access. The same index gives the same sample for ever. It keeps no pixels: pictures are
    paths, or are read or drawn when a sample is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Sample: ...
