"""Editing: a picture, one instruction, and the picture after it, with the mask of what changes."""

from collections.abc import Iterator
from functools import partial
from itertools import islice

from mini4o.conversation.parts import Image, ImageGen, Message, Text, Think
from mini4o.errors import DataError
from mini4o.storybook.claims import Noun
from mini4o.storybook.compose import SceneError, compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.edits import Edit, apply, edited
from mini4o.storybook.scene import Facts, Scene
from mini4o.storybook.splits import Language, Split, split_of
from mini4o.storybook.tasks.base import Item, Request, Task, page, picture_of
from mini4o.storybook.tasks.editing.proposing import EDIT_TYPES, EditType, Whither, propose, suited, whither
from mini4o.storybook.tasks.editing.wording import THOUGHT, Order, order, thought

TRIES = 40_000  # facts drawn before an edit is given up: a small split seldom holds both scenes
PROPOSALS = 24  # edits tried with the facts of one scene
PAGES = 4  # and with its page


def edit_item(type_: EditType, request: Request) -> Item:
    """One edit of a type.

    `facts`: the edit, its type, the claims that hold afterwards, and as `mask` the two scenes for `changed_mask`.
    """
    task = f"edit_{type_}"
    dice = request.dice(task)
    before, after, edit, told = _pair(request.split, request.language, type_, dice)
    pictures = [picture_of(scene, request) for scene in (before, after)]
    thinks = dice.happens(THOUGHT)
    first = [Think(text=thought(before, after, edit, told, dice, request.language))] if thinks else []
    conversation = [
        Message(role="user", content=(Image(image=pictures[0]), Text(text=told.text))),
        Message(role="assistant", content=(*first, ImageGen(image=pictures[1], source=(1,)), Image(image=pictures[1]))),
    ]
    facts = {
        "task": task,
        "skeleton": told.skeleton,
        "type": type_,
        "edit": edit.model_dump(mode="json", exclude_none=True),
        "claims": [claim.model_dump(mode="json") for claim in told.claims],
        "mask": [0, 1],
    }
    return Item(conversation, (before, after), facts)


def _pair(split: Split, language: Language, type_: EditType, dice: Dice) -> tuple[Scene, Scene, Edit, Order]:
    """Two scenes of a split that differ by one edit. Facts are cheap and pages are not, so facts come first."""
    size, to = page(dice), whither(type_, dice)
    for _ in range(TRIES):
        facts = suited(type_, to, dice)
        if facts is None or split_of(facts) != split:
            continue
        before: Scene | None = None
        for edit, told in islice(orders(facts, type_, to, split, language, dice), PAGES):
            try:
                before = before or compose(facts, dice, *size)
            except SceneError:
                break
            try:
                return before, apply(before, edit, dice), edit, told
            except SceneError:
                continue
    raise DataError(f"edit_{type_}: no two scenes of the split {split!r} in {TRIES} tries")


def orders(
    facts: Facts,
    type_: EditType,
    to: Whither,
    split: Split,
    language: Language,
    dice: Dice,
    tries: int = PROPOSALS,
    known: tuple[int, Noun, str] | None = None,
) -> Iterator[tuple[Edit, Order]]:
    """Different edits of a type that stay in the split, with instructions that are clear.

    Args:
        facts: the facts before.
        type_: the type.
        to: where a thing that comes or moves is to be.
        split: the split.
        language: the language of the instructions.
        dice: the stream.
        tries: from how many proposals.
        known: the thing to edit, what is meant by its name, and its name; any thing if None.
    """
    index, name = (None, None) if known is None else (known[0], known[1:])
    seen: set[Edit] = set()
    for _ in range(tries):
        edit = propose(facts, type_, dice, to, index)
        if edit is None or edit in seen:
            continue
        seen.add(edit)
        try:
            after = edited(facts, edit)
        except SceneError:
            continue
        told = order(facts, after, edit, dice, language, name) if split_of(after) == split else None
        if told is not None:
            yield edit, told


TASKS: dict[str, Task] = {f"edit_{type_}": partial(edit_item, type_) for type_ in EDIT_TYPES}
