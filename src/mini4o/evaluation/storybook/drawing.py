"""Drawings, by the claims that the request makes."""

from mini4o.conversation.parts import ImageGen
from mini4o.evaluation.storybook.candidates import Candidate
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.evaluation.storybook.trial import Trial, all_hold, claims_of, drawn
from mini4o.generation.session import Wish
from mini4o.storybook.judge.verdicts import judge
from mini4o.storybook.tasks.base import Item


def drawing(candidate: Candidate, exam: Exam, key: Key) -> Trial:
    """A picture drawn after words, after a thought, or after a picture.

    Marks: `right`, all claims of the request hold; `claims`, one by one. Without a picture none does.
    """
    item = exam.item(key)
    wish = Wish(draw="force", think=key.part == "think_then_draw", size=target(item).size)
    reply = candidate.reply(item.conversation[:1], wish, key)
    claims, picture = claims_of(item.facts["claims"]), drawn(reply)
    held: list[bool | None] = [False for _ in claims]
    if picture is not None:
        held = [each.holds for each in judge(picture, claims)]
    return Trial(candidate.name, key, (reply,), {key.part: {"right": [all_hold(held)], "claims": held}})


def target(item: Item) -> ImageGen:
    """What the sample itself draws in its last turn."""
    return next(part for part in item.conversation[-1].content if isinstance(part, ImageGen))
