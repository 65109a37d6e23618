"""Planted errors: facts with exactly one thing wrong, which a judge must not accept for the right ones."""

from collections.abc import Callable
from typing import Literal, get_args

from mini4o.storybook import imagine
from mini4o.storybook.claims import Claim, Noun, Plays, Related, Shows
from mini4o.storybook.dice import Dice
from mini4o.storybook.relations import OPPOSITE
from mini4o.storybook.scene import Facts, Relation, Thing

Error = Literal["colour", "kind", "missing", "too many", "swapped", "size", "letter", "state", "facing", "setting"]
ERRORS: tuple[Error, ...] = get_args(Error)


def all_claims(facts: Facts) -> list[Claim]:
    """Everything that facts say, as claims: each sort of thing with its number, every relation, the setting."""
    nouns = [_noun(thing) for thing in facts.things]
    claims: list[Claim] = [Shows(noun=noun, count=nouns.count(noun)) for noun in dict.fromkeys(nouns)]
    claims += [Related(name=each.name, a=nouns[each.a], b=nouns[each.b]) for each in facts.relations]
    where = facts.setting
    return [*claims, Plays(place=where.place, time=where.time, season=where.season, weather=where.weather)]


def plant(facts: Facts, error: Error, dice: Dice) -> tuple[Facts, int] | None:
    """The facts with one error, and the thing that it is about (-1: none); None if there is nothing to get wrong so."""
    return _PLANTS[error](facts, dice)


def _noun(thing: Thing) -> Noun:
    return Noun(**{**thing.model_dump(), "colour": thing.shown_colour})


def _with(facts: Facts, index: int, **changes: object) -> tuple[Facts, int]:
    things = list(facts.things)
    things[index] = Thing(**{**things[index].model_dump(), **changes})
    return facts.model_copy(update={"things": tuple(things)}), index


def _colour(facts: Facts, dice: Dice) -> tuple[Facts, int] | None:
    index = dice.below(len(facts.things))
    thing = facts.things[index]
    others = [colour for colour in thing.of.colours if thing.shown_colour not in (None, colour)]
    return _with(facts, index, colour=dice.pick(others)) if others else None


def _kind(facts: Facts, dice: Dice) -> tuple[Facts, int] | None:
    index = dice.below(len(facts.things))
    if any(index in (bond.a, bond.b) for bond in facts.bonds):
        return None
    old = facts.things[index]
    kinds = [kind for kind in imagine.kinds_for(facts.setting) if kind.name != old.kind and kind.flies == old.of.flies]
    new = imagine.thing(dice, dice.pick(kinds))
    return _with(
        facts, index, **{**new.model_dump(), **({"colour": old.colour} if old.colour in new.of.colours else {})}
    )


def _missing(facts: Facts, dice: Dice) -> tuple[Facts, int] | None:
    index = dice.below(len(facts.things))
    if len(facts.things) < 2 or any(index == bond.carrier for bond in facts.bonds):
        return None
    kept = [each for each in range(len(facts.things)) if each != index]
    relations = tuple(
        Relation(name=each.name, a=kept.index(each.a), b=kept.index(each.b))
        for each in facts.relations
        if index not in (each.a, each.b)
    )
    return Facts.model_construct(
        setting=facts.setting, things=tuple(facts.things[each] for each in kept), relations=relations
    ), -1


def _too_many(facts: Facts, dice: Dice) -> tuple[Facts, int] | None:
    free = [i for i in range(len(facts.things)) if not any(i == bond.carried for bond in facts.bonds)]
    index = dice.pick(free)
    return facts.model_copy(update={"things": (*facts.things, facts.things[index])}), len(facts.things)


def _swapped(facts: Facts, dice: Dice) -> tuple[Facts, int] | None:
    turned = [
        place
        for place, each in enumerate(facts.relations)
        if OPPOSITE.get(each.name, each.name) != each.name and facts.things[each.a] != facts.things[each.b]
    ]
    if not turned:
        return None
    place = dice.pick(turned)
    relations = list(facts.relations)
    relations[place] = relations[place].model_copy(update={"name": OPPOSITE[relations[place].name]})
    return facts.model_copy(update={"relations": tuple(relations)}), -1


def _size(facts: Facts, dice: Dice) -> tuple[Facts, int] | None:
    index = dice.below(len(facts.things))
    return _with(facts, index, size=dice.pick([size for size in imagine.SIZES if size != facts.things[index].size]))


def _letter(facts: Facts, dice: Dice) -> tuple[Facts, int] | None:
    signs = [index for index, thing in enumerate(facts.things) if thing.text]
    if not signs:
        return None
    index = dice.pick(signs)
    text = facts.things[index].text or ""
    place = dice.below(len(text))
    other = dice.pick([letter for letter in imagine.LETTERS if letter != text[place]])
    return _with(facts, index, text=text[:place] + other + text[place + 1 :])


def _state(facts: Facts, dice: Dice) -> tuple[Facts, int] | None:
    able = [index for index, thing in enumerate(facts.things) if len(thing.of.states) > 1]
    if not able:
        return None
    index = dice.pick(able)
    thing = facts.things[index]
    return _with(facts, index, state=dice.pick([state for state in thing.of.states if state != thing.state]))


def _facing(facts: Facts, dice: Dice) -> tuple[Facts, int] | None:
    able = [index for index, thing in enumerate(facts.things) if thing.facing]
    if not able:
        return None
    index = dice.pick(able)
    return _with(facts, index, facing="left" if facts.things[index].facing == "right" else "right")


def _setting(facts: Facts, dice: Dice) -> tuple[Facts, int] | None:
    others = [each for each in imagine.all_settings() if each != facts.setting]
    where = dice.pick(others)
    allowed = {kind.name for kind in imagine.kinds_for(where)}
    carried = {bond.carried for bond in facts.bonds}
    if any(thing.kind not in allowed for index, thing in enumerate(facts.things) if index not in carried):
        return None
    return facts.model_copy(update={"setting": where}), -1


_PLANTS: dict[Error, Callable[[Facts, Dice], tuple[Facts, int] | None]] = {
    "colour": _colour,
    "kind": _kind,
    "missing": _missing,
    "too many": _too_many,
    "swapped": _swapped,
    "size": _size,
    "letter": _letter,
    "state": _state,
    "facing": _facing,
    "setting": _setting,
}
