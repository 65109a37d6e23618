"""One sample put to one candidate, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import PIL.Image
from pydantic import TypeAdapter

from mini4o.evaluation.storybook.exam import Key
from mini4o.generation.session import Reply
from mini4o.storybook.claims import Claim

# For each row of the report its marks by name: whether each thing that was to be right is; None if nobody can tell.
Rows: TypeAlias = dict[str, dict[str, list[bool | None]]]

claims_of = TypeAdapter(list[Claim]).validate_python  # claims from the plain values of facts


@dataclass(frozen=True)
class Trial:
    """What came of one sample.

    Attributes:
        candidate: who was asked, by name.
        key: what, by its first request.
        replies: all that was replied.
        rows: the marks.
    """

    candidate: str
    key: Key
    replies: tuple[Reply, ...]
    rows: Rows


def all_hold(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether all hold; None if some cannot be told and no other one fails."""
    held = list(verdicts)
    return False if False in held else None if None in held else True


def drawn(reply: Reply) -> PIL.Image.Image | None:
    """The picture of a reply, the last if there are several."""
    return reply.images[-1] if reply.images else None
