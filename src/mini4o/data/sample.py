"""One training sample, and what a data set is."""

from dataclasses import dataclass
from typing import Protocol

from mini4o.conversation.parts import Conversation


@dataclass(frozen=True)
class Sample:
    """A conversation and where it came from, as `"train.jsonl:12"`, so that an error can name the line."""

    conversation: Conversation
    origin: str


class Samples(Protocol):
    """A data set with random access. The same index gives the same sample for ever; pictures are paths, not pixels."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Sample: ...
