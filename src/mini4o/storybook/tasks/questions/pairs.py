"""Two pictures that differ in one fact: find the difference, and counterfactual pairs of questions."""

from dataclasses import dataclass
from typing import Any

from mini4o.errors import DataError
from mini4o.storybook.claims import Noun
from mini4o.storybook.compose import SceneError, compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.edits import SETTING_EDITS, Add, Edit, Move, Remove, Replace, apply, edited
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.language.words import Article
from mini4o.storybook.scene import Facts, Scene
from mini4o.storybook.splits import Split, split_of
from mini4o.storybook.tasks.base import Item, Request, Task, page
from mini4o.storybook.tasks.editing.proposing import EDIT_TYPES, EditType, Whither, names, propose, suited, whither
from mini4o.storybook.tasks.questions.asking import Staged, item, pondered, staged, talk, thoughts, told
from mini4o.storybook.tasks.questions.plans import Maker, seek, seek_one
from mini4o.storybook.tasks.questions.programs import Program, answer, execute
from mini4o.storybook.tasks.questions.single import MAKERS, TWO_CHANGES
from mini4o.storybook.tasks.questions.voice import Voice

_PAIR, _SPOT = "pair", "spot_difference"
_EDITS: dict[Split, int] = {"train": 60, "val": 600, "test": 400, "heldout": 100}  # that are looked at, a picture
_PICTURES, _QUESTIONS = 30, 12  # a question, an item
_DRAWS = 40_000
_PAIRED: dict[Maker, float] = {
    maker: weight
    for task in ("ask_exist", "ask_attribute", "ask_count", "ask_relation", "ask_compare", "ask_where", "ask_multihop")
    for maker, weight in MAKERS[task].items()
    if maker not in TWO_CHANGES
}
_SEEN: tuple[EditType, ...] = tuple(type_ for type_ in EDIT_TYPES if type_ != "move")  # what can be said in a few words
_PROPERTIES = {"recolour": "colour", "resize": "size", "turn": "facing", "state": "state", "text": "text"}
_OF_ONE: tuple[EditType, ...] = ("recolour", "resize", "turn", "state", "text")  # the thing stays and is another
_NEW: tuple[Article, ...] = ("a", "any")  # how one speaks of a new thing: 多了一块积木, and 多了积木 is right as well
_CERTAIN: tuple[EditType, ...] = ("time", "weather", "season", "turn")  # there is hardly any choice


def _proposed(
    facts: Facts, split: Split, dice: Dice, type_: EditType, to: Whither = "anywhere", index: int | None = None
) -> Edit | None:
    """An edit by chance, of one thing if its index is given, that leaves the facts in the split; None if none did."""
    edit = propose(facts, type_, dice, to, index)
    try:
        return edit if edit is not None and split_of(edited(facts, edit)) == split else None
    except SceneError:
        return None


# ---- the same question, two answers


def pair(request: Request) -> tuple[Item, Item]:
    """The same question about two pictures that differ in one fact; the answers differ. In any order."""
    dice = request.dice(_PAIR)
    for _ in range(_QUESTIONS):
        maker = dice.pick(list(_PAIRED), list(_PAIRED.values()))
        for _ in range(_PICTURES):
            done = staged(dice, request.split, {maker: 1.0})
            other = _otherwise(done, request.split, dice)
            if other is None:
                continue
            ordered = [done, other] if dice.happens(0.5) else [other, done]
            first, second = (item(request, _PAIR, each, request.dice(_PAIR, "words")) for each in ordered)
            return first, second
    raise DataError(f"no pair of pictures of the split {request.split!r} for {_QUESTIONS} kinds of questions")


def _otherwise(done: Staged, split: Split, dice: Dice) -> Staged | None:
    """The picture with one change that changes the answer; None if many changes did not."""
    trace = execute(done.plan.program, done.scene) or []
    asked = sorted({index for found in trace if isinstance(found, tuple) for index in found})
    for _ in range(_EDITS[split]):
        type_ = dice.pick(EDIT_TYPES)
        index = dice.pick(asked) if asked and dice.happens(0.8) else None
        edit = _proposed(done.scene.facts, split, dice, type_, whither(type_, dice), index)
        if edit is None:
            continue
        try:
            after = apply(done.scene, edit, dice)
        except SceneError:
            continue
        value = answer(done.plan.program, after)
        if value is not None and value != done.value and (done.plan.open or value in done.plan.choices):
            return Staged(done.plan, value, after)
    return None


# ---- spot the difference


@dataclass(frozen=True)
class _Change:
    """A difference that can be said.

    Attributes:
        program: shows it, looking at both pictures.
        type: what kind of edit made it.
        noun: what it is about, as it is called in both pictures; None for the setting.
        before: the value that was, or the noun of what was there.
        after: the value that is, or the noun of what is there.
        kind: the kind of thing that has the values.
    """

    program: Program
    type: str
    noun: Noun | None
    before: str | Noun | None
    after: str | Noun | None
    kind: str | None = None


def spot_difference(request: Request) -> Item:
    """Two pictures of the same page: what differs, which thing differs, or are they the same?"""
    dice = request.dice(_SPOT)
    what = dice.pick(("what", "which", "same"), (2, 1, 1))
    alike = what == "same" and dice.happens(0.5)
    types = _OF_ONE if what == "which" else _SEEN
    wanted = dice.pick(types)  # first, so that common types do not crowd out the others
    size = page(dice)
    for _ in range(_DRAWS):
        facts = suited(wanted, "anywhere", dice)
        if facts is None or split_of(facts) != request.split:
            continue
        edit = None
        for _ in range(1 if wanted in _CERTAIN else _EDITS[request.split] // 10):
            edit = edit or _proposed(facts, request.split, dice, wanted)
        if edit is None and not alike:
            continue
        try:
            before = compose(facts, dice, *size)
            after = before if alike or edit is None else apply(before, edit, dice)
        except SceneError:
            continue
        change = None if alike or edit is None else _change(edit, before, after)
        if alike or change is not None:
            return _two_pictures(request, dice, (before, after), what, change)
    raise DataError(f"no two pictures of the split {request.split!r} in {_DRAWS} draws")


def _change(edit: Edit, before: Scene, after: Scene) -> _Change | None:
    """An edit as a difference of two scenes; None if it cannot be said, or not without doubt."""
    change = _change_of_setting(edit, before, after) or _change_of_thing(edit, before, after)
    if change is None:
        return None
    trace = execute(change.program, before, after)
    return change if trace is not None and trace[-1] is False else None


def _change_of_setting(edit: Edit, before: Scene, after: Scene) -> _Change | None:
    if not isinstance(edit, SETTING_EDITS):
        return None
    program: Program = [{"op": "scene", "what": edit.type, "scene": number} for number in (0, 1)]
    program.append({"op": "compare", "how": "same", "in": [0, 1]})
    was, is_ = (getattr(scene.facts.setting, edit.type) for scene in (before, after))
    return _Change(program, edit.type, None, was, is_)


def _change_of_thing(edit: Edit, before: Scene, after: Scene) -> _Change | None:
    if isinstance(edit, (*SETTING_EDITS, Move)):
        return None
    index = edit.index
    old = [] if isinstance(edit, Add) else list(names(before.facts, index))
    new = [] if isinstance(edit, Remove) else list(names(after.facts, index))
    if isinstance(edit, Add):
        return _Change(_there(new[0]), edit.type, new[0], None, new[0]) if new else None
    if isinstance(edit, Remove):
        return _Change(_there(old[0]), edit.type, old[0], old[0], None) if old else None
    if isinstance(edit, Replace):
        return _Change(_there(old[0], new[0]), edit.type, old[0], old[0], new[0]) if old and new else None
    name = _PROPERTIES[edit.type]
    called = next((noun for noun in old if noun in new and getattr(noun, name) is None), None)
    if called is None:
        return None
    program: Program = []
    for number in (0, 1):
        query = {"op": "query", "what": name, "in": [3 * number + 1], "scene": number}
        program += [{**step, "scene": number} for step in seek_one(called, at=3 * number)] + [query]
    program.append({"op": "compare", "how": "same", "in": [2, 5]})
    was, is_ = (getattr(scene.facts.things[index], name) for scene in (before, after))
    return _Change(program, edit.type, called, was, is_, called.kind)


def _there(*nouns: Noun) -> Program:
    """The steps that look for things in both pictures, one after the other, and compare what they find of the last."""
    program: Program = []
    for noun in nouns:
        for number in (0, 1):
            program += [{**seek(noun), "scene": number}, {"op": "exist", "in": [len(program)]}]
    return [*program, {"op": "compare", "how": "same", "in": [len(program) - 3, len(program) - 1]}]


def _two_pictures(request: Request, dice: Dice, scenes: tuple[Scene, Scene], what: str, change: _Change | None) -> Item:
    """The conversation about two pictures; `change` is what differs, if anything does."""
    voice = Voice(request.language)
    program: Program = [{"op": "identical"}]
    choices: list[str] = []
    if what == "same" or change is None:
        choices = [voice.yes_no("answer", truth, "difference/same")[0] for truth in (True, False)]
        said = voice.yes_no("answer", change is None, "difference/same")
    else:
        program = change.program
        said = _said(change, voice)
        if what == "which" and change.noun is not None:
            said = [voice.noun(change.noun), voice.noun(change.noun, 1, "none"), voice.noun(change.noun.kind)]
    question = voice.ask(f"difference/{what}", dice)
    facts = told(_SPOT, f"difference/{what}", question, list(dict.fromkeys(said)), program, choices)
    facts["change"] = None if change is None else _plain(change)
    asked, thinking = pondered(question, voice, dice)
    thought = thoughts(program, scenes, voice, dice) if thinking else ""
    return Item(talk(request, scenes, asked, thought, said[0]), scenes, facts)


def _plain(change: _Change) -> dict[str, Any]:
    """A change as plain JSON values."""
    values = {"noun": change.noun, "before": change.before, "after": change.after}
    return {
        "type": change.type,
        **{
            key: value.model_dump(exclude_none=True) if isinstance(value, Noun) else value
            for key, value in values.items()
        },
    }


def _said(change: _Change, voice: Voice) -> list[str]:
    """A change in words, the answer first."""
    family = None if change.noun is None else KINDS[change.noun.kind].family
    keys = [f"change/{change.type}/{special}" for special in (change.kind, family, change.after)]
    key = next((key for key in keys if key in voice.answers), f"change/{change.type}")
    ways = [*voice.answers[key], *voice.answers.get(f"change/{change.type}/{change.before}/{change.after}", ())]
    said = []
    for article in _NEW:
        slots = {
            "noun": "" if change.noun is None else voice.noun(change.noun, 1, "the" if change.before else article),
            "before": _word(change, change.before, voice, article),
            "after": _word(change, change.after, voice, article),
        }
        said += [each.format(**slots) for each in ways]
    return said


def _word(change: _Change, value: str | Noun | None, voice: Voice, article: Article) -> str:
    if value is None or isinstance(value, Noun):
        return "" if value is None else voice.noun(value, 1, article)
    return voice.value(_PROPERTIES.get(change.type, change.type), value, change.kind)[0]


TASKS: dict[str, Task] = {_SPOT: spot_difference}
