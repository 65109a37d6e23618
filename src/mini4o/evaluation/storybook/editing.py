"""Edits: whether what was asked for is done, and everything else kept."""

from typing import Any

import PIL.Image

from mini4o.conversation.parts import Conversation, Message
from mini4o.evaluation.storybook.candidates import Candidate, shown
from mini4o.evaluation.storybook.drawing import target
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.evaluation.storybook.trial import MISSING, Judged, Trial, claims_of, drawn, fitted, reasons
from mini4o.generation.session import Reply, Wish
from mini4o.storybook.edits import changed_mask
from mini4o.storybook.judge.edits import judge_edit
from mini4o.storybook.judge.verdicts import all_hold, judge
from mini4o.storybook.scene import Scene

TOLD = 4  # rounds that have rows of their own; there are few later ones
Marks = dict[str, list[bool | None]]


def edit(candidate: Candidate, exam: Exam, key: Key) -> Trial:
    """One edit; the source is named, as whoever uses `Mini4o.edit` does.

    Marks: `done`, `kept`, and `both`, which alone counts: a copy is kept, and a new picture may be done. Of `several`
    pictures that become one all new picture, nothing is to be kept.
    """
    item = exam.item(key)
    wish = Wish(draw="force", source=target(item).source)
    reply = candidate.reply(item.conversation[:1], wish, key)
    claims, mask, picture = item.facts["claims"], item.facts["mask"], drawn(reply)
    if mask is not None:
        before, after = (item.scenes[number] for number in mask)
        marks, why, judged = _marks(shown(item.conversation[:1])[mask[0]], picture, claims, before, after)
    elif picture is None:
        marks, why, judged = {"done": [False], "both": [False]}, [MISSING], ()
    else:
        verdicts = judge(picture, claims_of(claims))
        done = all_hold(each.holds for each in verdicts)
        marks, why, judged = {"done": [done], "both": [done]}, reasons(verdicts), (Judged(tuple(verdicts)),)
    pooled = "all edits" if key.part.startswith("edit_") else f"{key.part}/{item.facts['type']}"
    return Trial(candidate.name, key, (reply,), {key.part: marks, pooled: marks}, tuple(why), judged)


def rounds(candidate: Candidate, exam: Exam, key: Key) -> Trial:
    """Several edits on the candidate's own pictures; where an edit starts from is for it to find out.

    Each round is compared with the candidate's own picture that it should start from, mostly the latest; after a turn
    without a picture that is still the one before. Rows: all rounds, each by its number, and chains, in which every
    round has to be right: the whole one, and its first two, three and four rounds.
    """
    item = exam.item(key)
    told = {each["message"]: each for each in item.facts["rounds"]}
    messages: Conversation = []
    pictures: list[PIL.Image.Image] = []
    replies: list[Reply] = []
    marks: list[Marks] = []
    why: list[str] = []
    judged: list[Judged] = []
    for number, message in enumerate(item.conversation):
        if message.role == "user":
            messages.append(message)
            pictures = pictures or shown(messages)
            continue
        edit = told.get(number)  # None: a turn in words
        replies.append(candidate.reply(messages, Wish(draw="auto" if edit else "never"), key))
        messages.append(Message(role="assistant", content=replies[-1].parts))
        if edit:
            picture, before, after = drawn(replies[-1]), item.scenes[edit["before"]], item.scenes[edit["after"]]
            marked, wrong, told_of = _marks(pictures[edit["before"]], picture, edit["claims"], before, after)
            marks.append(marked)
            judged += told_of
            why += [f"round {len(marks)}: {reason}" for reason in wrong]
            pictures.append(pictures[-1] if picture is None else fitted(picture, pictures[0].size))
    rows = {f"rounds/round {number}": each for number, each in enumerate(marks[:TOLD], start=1)}
    rows["rounds"] = {name: [mark for each in marks for mark in each[name]] for name in ("done", "kept", "both")}
    both = rows["rounds"]["both"]
    for count in range(2, min(TOLD, len(both)) + 1):
        rows[f"rounds/first {count}"] = {"both": [all_hold(both[:count])]}
    rows["rounds/whole chain"] = {"both": [all_hold(both)]}
    return Trial(candidate.name, key, tuple(replies), rows, tuple(why), tuple(judged))


def _marks(
    before: PIL.Image.Image, result: PIL.Image.Image | None, claims: list[Any], scene: Scene, changed: Scene
) -> tuple[Marks, list[str], tuple[Judged, ...]]:
    """The marks of one edit of a picture, what was wrong, and what the judge said if there was a result; `scene` and
    `changed` are what the world's own edit starts from and makes."""
    if result is None:
        return {"done": [False], "kept": [False], "both": [False]}, [MISSING], ()
    mask = changed_mask(scene, changed, min(before.size))
    verdict = judge_edit(before, fitted(result, before.size), claims_of(claims), mask)
    why = reasons(verdict.verdicts)
    if not verdict.kept:
        why.append(f"not kept: {verdict.changed:.1%} of the pixels that should stay are others")
    marks: Marks = {"done": [verdict.done], "kept": [verdict.kept], "both": [all_hold((verdict.done, verdict.kept))]}
    return marks, why, (Judged(tuple(verdict.verdicts), before, verdict.kept),)
