"""Drawings, by the claims that the request makes."""

from mini4o.conversation.parts import ImageGen
from mini4o.evaluation.storybook.candidates import Candidate
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.evaluation.storybook.trial import MISSING, Judged, Rows, Trial, claims_of, drawn, reasons
from mini4o.generation.session import Reply, Wish
from mini4o.storybook.judge.verdicts import Verdict, all_hold, judge
from mini4o.storybook.tasks.base import Item

THINKING = "think_then_draw"
DIRECT = f"{THINKING}/without a thought"


def drawing(candidate: Candidate, exam: Exam, key: Key) -> Trial:
    """A picture drawn after words, after a thought, or after a picture.

    Marks: `right`, all claims of the request hold; `claims`, one by one. Without a picture none does. What is to be
    drawn after a thought is drawn a second time without one; that is a row of its own.
    """
    item = exam.item(key)
    rows: Rows = {}
    replies: list[Reply] = []
    why: list[str] = []
    judged: list[Judged] = []
    for row, think in {THINKING: True, DIRECT: False}.items() if key.part == THINKING else ((key.part, False),):
        wish = Wish(draw="force", think=think, size=target(item).size)
        replies.append(candidate.reply(item.conversation[:1], wish, key))
        claims, picture = claims_of(item.facts["claims"]), drawn(replies[-1])
        verdicts = judge(picture, claims) if picture is not None else [Verdict(each, False, MISSING) for each in claims]
        if picture is not None:
            judged.append(Judged(tuple(verdicts)))
        held = [each.holds for each in verdicts]
        rows[row] = {"right": [all_hold(held)], "claims": held}
        why += reasons(verdicts) if row == key.part else []
    return Trial(candidate.name, key, tuple(replies), rows, tuple(why), tuple(judged))


def target(item: Item) -> ImageGen:
    """What the sample itself draws in its last turn."""
    return next(part for part in item.conversation[-1].content if isinstance(part, ImageGen))
