"""One sample put to one candidate, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import PIL.Image
from pydantic import TypeAdapter

from mini4o.conversation.parts import Message, Text
from mini4o.evaluation.storybook.exam import Key
from mini4o.generation.session import Reply
from mini4o.storybook.claims import Claim, Lacks, Plays, Related, Shows
from mini4o.storybook.judge.verdicts import Verdict
from mini4o.storybook.language import grammar

# For each row of the report its marks by name: whether each thing that was to be right is; None if nobody can tell.
Rows: TypeAlias = dict[str, dict[str, list[bool | None]]]

MISSING = "no picture was drawn"

claims_of = TypeAdapter(list[Claim]).validate_python  # claims from the plain values of facts


@dataclass(frozen=True)
class Judged:
    """One picture and what the judge says of it.

    Attributes:
        verdicts: on the claims that the request makes.
        before: the picture that it is to be an edit of, as the judge compared it; None where nothing was to be kept.
        kept: whether everything else was kept; None likewise.
    """

    verdicts: tuple[Verdict, ...]
    before: PIL.Image.Image | None = None
    kept: bool | None = None


@dataclass(frozen=True)
class Trial:
    """What came of one sample.

    Attributes:
        candidate: who was asked, by name.
        key: what, by its first request.
        replies: all that was replied.
        rows: the marks.
        why: what was wrong, in a few words each, where that is not plain from the answer.
        judged: of every reply with a picture that the judge was shown.
    """

    candidate: str
    key: Key
    replies: tuple[Reply, ...]
    rows: Rows
    why: tuple[str, ...] = ()
    judged: tuple[Judged, ...] = ()


def words_of(message: Message) -> str:
    """The text of a message."""
    return "".join(part.text for part in message.content if isinstance(part, Text))


def fitted(picture: PIL.Image.Image, size: tuple[int, int]) -> PIL.Image.Image:
    """A picture brought to the size of the sample's pictures, which not every model draws."""
    return picture if picture.size == size else picture.resize(size, PIL.Image.Resampling.BICUBIC)


def drawn(reply: Reply) -> PIL.Image.Image | None:
    """The picture of a reply, the last if there are several."""
    return reply.images[-1] if reply.images else None


def reasons(verdicts: Iterable[Verdict]) -> list[str]:
    """Which claims failed, and why the judge says so; each reason once."""
    return list(dict.fromkeys(f"{in_words(each.claim)}: {each.why}" for each in verdicts if each.holds is False))


def in_words(claim: Claim) -> str:
    """A claim in plain English, so that two people mean the same by it."""
    say = grammar("en")
    match claim:
        case Plays():
            return say.plays(claim)
        case Shows():
            if claim.count is None:
                return say.noun(claim.noun)
            one = f"one {say.noun(claim.noun, article='none')}"
            return f"exactly {one if claim.count == 1 else say.noun(claim.noun, claim.count)}"
        case Lacks():
            return f"no {say.noun(claim.noun, article='none')}"
        case Related():
            return say.related(say.noun(claim.a), claim.name, say.noun(claim.b))
    return f"{say.noun(claim.noun)} on the {claim.side} of the picture"
