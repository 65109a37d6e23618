"""An edit in words: the instruction, what it claims of the picture after it, and the thoughts of who plans it."""

from dataclasses import dataclass

from mini4o.storybook.claims import Claim, Lacks, Noun, Plays, Related, Shows, Sits
from mini4o.storybook.dice import Dice
from mini4o.storybook.edits import (
    SETTING_EDITS,
    Add,
    Edit,
    Goal,
    Move,
    Recolour,
    Remove,
    Replace,
    Resize,
    SetSeason,
    SetState,
    SetText,
    SetTime,
    SetWeather,
    Turn,
)
from mini4o.storybook.imagine import SIZES
from mini4o.storybook.language import grammar, phrasebook
from mini4o.storybook.language.words import Grammar, Phrases, say
from mini4o.storybook.scene import BONDS, Facts, Scene, Thing
from mini4o.storybook.splits import Language
from mini4o.storybook.tasks.describing import OF_A_PART, PROPERTIES, Property, noun
from mini4o.storybook.tasks.editing.proposing import name_of, names

THOUGHT = 0.25  # how often one thinks before one draws
_CHANGES: dict[str, Property] = {
    "recolour": "colour",
    "resize": "size",
    "turn": "facing",
    "state": "state",
    "text": "text",
}


@dataclass(frozen=True)
class Order:
    """An instruction.

    Attributes:
        text: its words.
        skeleton: what kind of instruction it is.
        claims: what must hold afterwards.
        said: what it calls the thing that it is about; of a thing to add, what it says of it. None for the setting.
        slots: the words in its gaps.
    """

    text: str
    skeleton: str
    claims: tuple[Claim, ...]
    said: Noun | None
    slots: dict[str, str]


def order(
    before: Facts, after: Facts, edit: Edit, dice: Dice, language: Language, known: tuple[Noun, str] | None = None
) -> Order | None:
    """An edit as an instruction; None if its things cannot be told from others.

    Args:
        before: the facts before.
        after: the facts after.
        edit: the edit.
        dice: the stream.
        language: the language.
        known: how the thing is called, if that is settled: what is meant, and the words, perhaps a pronoun.
    """
    words, ways = grammar(language), phrasebook("editing", language)
    slots: dict[str, str] = {}
    said: Noun | None = None
    if isinstance(edit, Add):
        said = described(edit.thing, dice, small=edit.goal is not None and edit.goal.relation in BONDS)
        slots = {"thing": words.noun(said)}
    elif not isinstance(edit, SETTING_EDITS):
        if known is None:
            said = name_of(before, edit.index, dice, _hidden(before.things[edit.index], edit))
            if said is None:
                return None
            known = said, words.noun(said, article="the")
        said, slots["thing"] = known
    other: Noun | None = None
    goal = edit.goal if isinstance(edit, (Add, Move)) else None
    if goal is not None and goal.other is not None:
        other = name_of(before, goal.other, dice)
        if other is None:
            return None
        slots["other"] = words.noun(other, article="the")
    if goal is not None and goal.relation != "holding":
        slots["where"] = where(goal, isinstance(edit, Move), slots, dice, ways)
    new: Noun | None = None
    if isinstance(edit, Replace):
        new = described(edit.thing, dice, small=True)
        slots["new"] = words.noun(new)
    slots |= _values(before, edit, words)
    skeleton = _skeleton(before, edit, said, dice)
    group = "edit_states" if isinstance(edit, SetState) else "editing"
    text = say(phrasebook(group, language), skeleton, dice, **slots)
    return Order(text, skeleton, tuple(_claims(before, after, edit, said, other, new)), said, slots)


def described(thing: Thing, dice: Dice, small: bool = False) -> Noun:
    """What is said of a thing that is to come: its text, a state or size that is not the usual, mostly its colour.

    Args:
        thing: the thing.
        dice: the stream.
        small: that its size follows from its place, and so goes unsaid.
    """
    said: list[Property] = []
    if thing.colour is not None and dice.happens(0.75):
        said.append("colour")
    if thing.state is not None and (thing.state != thing.of.states[0] or dice.happens(0.2)):
        said.append("state")
    if thing.text is not None:
        said.append("text")
    if thing.size != "medium" and not small:
        said.append("size")
    if thing.facing is not None and dice.happens(0.2):
        said.append("facing")
    return noun(thing, *said)


def _hidden(thing: Thing, edit: Edit) -> Property | None:
    """What is better not said of a thing: what changes; but "make the red ball blue" is fine."""
    if isinstance(edit, Recolour) and thing.of.family != "people" and thing.kind != "tree":
        return None
    return _CHANGES.get(edit.type)


def where(goal: Goal, towards: bool, slots: dict[str, str], dice: Dice, ways: Phrases) -> str:
    """A goal in words: where something comes to be, or whither it goes."""
    key = f"{'to' if towards else 'at'}_{goal.side or str(goal.relation).replace(' ', '_')}"
    return dice.pick(ways[key]).format(**slots)


def _values(before: Facts, edit: Edit, words: Grammar) -> dict[str, str]:
    if isinstance(edit, Recolour):
        return {"colour": words.value("colour", edit.colour)}
    if isinstance(edit, SetText):
        return {"text": edit.text, "old": str(before.things[edit.index].text)}
    if isinstance(edit, SetSeason):
        return {"season": words.value("season", edit.season)}
    return {}


def _skeleton(before: Facts, edit: Edit, said: Noun | None, dice: Dice) -> str:
    """Which phrasings say this edit."""
    if isinstance(edit, (Add, Move)) and edit.goal is not None:
        return f"{edit.type}_{'holding' if edit.goal.relation == 'holding' else 'at'}"
    if isinstance(edit, Add) and said is not None and any(said.fits(thing) for thing in before.things):
        return "add_another"
    if isinstance(edit, SetWeather):
        return f"{before.setting.weather}_ends" if edit.weather == "clear" else f"weather_{edit.weather}"
    if isinstance(edit, SetTime):
        return f"time_{edit.time}"
    if isinstance(edit, (Add, Move, Remove, Replace, SetText, SetSeason)):
        return edit.type
    thing = before.things[edit.index]
    if isinstance(edit, SetState):
        group = thing.of.family if thing.of.family in ("people", "animals") else thing.kind
        return f"{group}_{edit.state}"
    if isinstance(edit, Turn):
        return "turn_around" if dice.happens(0.4) else f"turn_{edit.facing}"
    if isinstance(edit, Resize):
        step = SIZES.index(edit.size) - SIZES.index(thing.size)
        if abs(step) == 1 and dice.happens(0.85 if edit.size == "medium" else 0.6):
            return "bigger" if step > 0 else "smaller"
        return edit.size
    return _painted(thing)


def _painted(thing: Thing) -> str:
    """How one speaks of its colour: as that of clothes, of leaves, or its own."""
    if thing.of.family == "people":
        return "recolour_person"
    return "recolour_tree" if thing.kind == "tree" else "recolour"


def _claims(
    before: Facts, after: Facts, edit: Edit, said: Noun | None, other: Noun | None, new: Noun | None
) -> list[Claim]:
    """What must hold afterwards of what an edit is about."""
    if isinstance(edit, SETTING_EDITS):
        return [Plays.model_validate(edit.model_dump(exclude={"type"}))]
    assert said is not None
    if isinstance(edit, Remove):
        left = counted(Noun(kind=said.kind), after)
        return [*absent(said, after), *([left] if left.count else [])]
    if isinstance(edit, Replace):
        assert new is not None
        return [counted(new, after), *absent(said, after)]
    if isinstance(edit, (Add, Move)):
        claims: list[Claim] = [counted(said, after)]
        if other is not None and edit.goal is not None and edit.goal.relation is not None:
            a, b = (other, said) if edit.goal.relation == "holding" else (said, other)
            claims.append(Related(name=edit.goal.relation, a=a, b=b))
        if edit.goal is not None and edit.goal.side is not None:
            claims.append(Sits(noun=said, side=edit.goal.side))
        return claims
    changed = _CHANGES[edit.type]
    names: list[Property] = [name for name in PROPERTIES if name == changed or getattr(said, name) is not None]
    return [
        counted(noun(after.things[edit.index], *names), after),
        *absent(noun(before.things[edit.index], changed), after),
    ]


def counted(said: Noun, facts: Facts) -> Shows:
    """That there are as many of a noun as facts have; the count is left out where there is none."""
    return Shows(noun=said, count=sum(said.fits(thing) for thing in facts.things) or None)


def absent(said: Noun, facts: Facts) -> list[Claim]:
    """That there is none of a noun, where facts have none."""
    return [] if any(said.fits(thing) for thing in facts.things) else [Lacks(noun=said)]


def thought(before: Scene, after: Scene, edit: Edit, told: Order, dice: Dice, language: Language) -> str:
    """What somebody thinks who was given an instruction: what changes, where it is, what stays."""
    words, ways = grammar(language), phrasebook("edit_thoughts", language)
    slots = dict(told.slots)
    said = told.said
    if isinstance(edit, Recolour):  # "the ball is red now" tells more than "the red ball is red now"
        said = name_of(before.facts, edit.index, dice, "colour") or said
    if said is not None and not isinstance(edit, Add):
        slots["thing"] = words.noun(said, article="the")  # in full, where the instruction had a pronoun
    slots |= _old_and_new(before, edit, words)
    sentences = [say(ways, f"change_{_thought_of(edit, before.facts, said)}", dice, **slots)]
    sided = isinstance(edit, Add) and edit.goal is not None and edit.goal.side is not None  # the place has been told
    if not (sided or isinstance(edit, SETTING_EDITS)):
        scene = after if isinstance(edit, Add) else before
        middle = (scene.box(edit.index)[0] + scene.box(edit.index)[2]) / 2 / scene.width
        moment = "comes" if isinstance(edit, Add) else "is"
        sentences.append(say(ways, f"{moment}_{_column(middle)}", dice))
    sentences.append(_staying(before.facts, after.facts, edit, words, ways, dice))
    return words.joined(sentences)


def _column(middle: float) -> str:
    """Where in the picture something is whose middle is at this share of the width."""
    columns = ((0.35, "left"), (0.42, "middle_left"), (0.58, "middle"), (0.65, "middle_right"))
    return next((name for end, name in columns if middle < end), "right")


def _thought_of(edit: Edit, before: Facts, said: Noun | None) -> str:
    """Which phrasings tell what changes; `said` is what they call the thing."""
    if isinstance(edit, (Recolour, SetState)):
        thing = before.things[edit.index]
        known = "" if said is None or getattr(said, _CHANGES[edit.type]) is None else "_known"  # the name has told it
        if isinstance(edit, Recolour):
            return f"{_painted(thing)}{known}"
        return f"state{f'_{thing.kind}' if thing.kind in OF_A_PART else ''}{known}"
    if isinstance(edit, (Add, Move)) and edit.goal is not None:
        return f"{edit.type}_{'holding' if edit.goal.relation == 'holding' else 'at'}"
    return edit.type


def _old_and_new(before: Scene, edit: Edit, words: Grammar) -> dict[str, str]:
    """The values that an edit changes, as words."""
    if isinstance(edit, SETTING_EDITS):
        return {
            "was": words.value(edit.type, getattr(before.facts.setting, edit.type)),
            "will": words.value(edit.type, getattr(edit, edit.type)),
        }
    if edit.type not in _CHANGES:
        return {}
    thing, name = before.facts.things[edit.index], _CHANGES[edit.type]
    was, will = getattr(thing, name), getattr(edit, name)
    return {"was": words.value(name, was, thing.kind), "will": words.value(name, will, thing.kind)}


def _staying(before: Facts, after: Facts, edit: Edit, words: Grammar, ways: Phrases, dice: Dice) -> str:
    """That all else stays; by name where that is short and means the same in both pictures, without what a goal has
    named just before."""
    index = None if isinstance(edit, (Add, *SETTING_EDITS)) else edit.index
    goal = edit.goal if isinstance(edit, (Add, Move)) else None
    touched = {index, goal and goal.other, *(bond.carried for bond in before.bonds if bond.carrier == index)}
    others = [each for each in range(len(before.things)) if each not in touched]
    nouns = [_lasting(name_of(before, each, dice), after) for each in others]
    if not 1 <= len(nouns) <= 2 or None in nouns or dice.happens(0.4):
        return say(ways, "stays", dice)
    named = words.listed([words.noun(each, article="the") for each in nouns if each is not None])
    return say(ways, "stays_one" if len(nouns) == 1 else "stays_two", dice, others=named)


def _lasting(name: Noun | None, after: Facts) -> Noun | None:
    """A name that means just one thing of a picture, if it does of the next one too: not "the girl" when one comes."""
    lasts = name is not None and any(name in names(after, index) for index in range(len(after.things)))
    return name if lasts else None
