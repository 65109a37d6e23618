"""Edits by chance: what might be asked of a scene, type by type. Only facts are looked at; whether the page has room is
seen when an edit is applied."""

from collections.abc import Callable, Iterator
from typing import Literal, get_args

from mini4o.storybook import imagine
from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.edits import (
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
    zone,
)
from mini4o.storybook.kinds import FIRST_VOLUME, KINDS
from mini4o.storybook.kinds.registry import Kind
from mini4o.storybook.scene import BONDS, SEASONAL, Facts, RelationName, Season, Size, Thing, Weather, can
from mini4o.storybook.tasks.describing import Property, noun, sayable
from mini4o.storybook.tasks.questions.programs import ALIKE, echoed

EditType = Literal[
    "add",
    "remove",
    "recolour",
    "replace",
    "resize",
    "move",
    "turn",
    "state",
    "text",
    "weather",
    "season",
    "time",
]
EDIT_TYPES: tuple[EditType, ...] = get_args(EditType)

MOST = 7  # things in one scene
SINGLE = ("sun", "moon", "rainbow")  # one at most
Whither = RelationName | Literal["left", "right", "anywhere"]  # into a relation, to a side of the page, or free
# How often a thing is added, or moved, to each of these.
ADDED: dict[Whither, float] = {
    "anywhere": 5.0,
    "left of": 1.5,
    "right of": 1.5,
    "next to": 1.0,
    "on": 1.0,
    "inside": 0.7,
    "holding": 1.0,
    "left": 1.0,
    "right": 1.0,
}
MOVED: dict[Whither, float] = {name: share for name, share in ADDED.items() if name != "anywhere"}
# How a thing may be told from others, the best first; a medium size is never said.
_WAYS: tuple[tuple[Property, ...], ...] = (
    (),
    ("text",),
    ("colour",),
    ("size",),
    ("state",),
    ("colour", "size"),
    ("colour", "state"),
    ("size", "state"),
)


def names(facts: Facts, index: int) -> Iterator[Noun]:
    """The nouns that mean one thing of a scene and no other, the shortest first."""
    thing = facts.things[index]
    alike = [other.kind for other in facts.things if other.kind in ALIKE.get(thing.kind, ())]
    for said in _WAYS:
        if not all(sayable(thing, name) for name in said) or ("size" in said and thing.size == "medium"):
            continue
        if not said and echoed(thing.kind, facts.setting):
            continue
        words = noun(thing, *said)
        meant = [words, *(words.model_copy(update={"kind": kind}) for kind in alike)]
        if sum(any(each.fits(other) for each in meant) for other in facts.things) == 1:
            yield words


def name_of(facts: Facts, index: int, dice: Dice, hide: Property | None = None) -> Noun | None:
    """How one thing is called: mostly briefly, now and then in a longer way; None if nothing tells it apart.

    Args:
        facts: the facts.
        index: the thing.
        dice: the stream.
        hide: a property that is better not said, as that which is about to change; it is said only in need.
    """
    ways = list(dict.fromkeys(names(facts, index)))
    if hide is not None:
        ways = [way for way in ways if getattr(way, hide) is None] or ways
    if not ways:
        return None
    shortest = [way for way in ways if _length(way) == _length(ways[0])]
    longer = [way for way in ways if _length(way) == _length(ways[0]) + 1]
    return dice.pick(longer) if longer and dice.happens(0.2) else dice.pick(shortest)


def _length(words: Noun) -> int:
    """How many properties a phrase tells; that a tree has leaves needs no word where their colour is told."""
    told = words.model_dump(exclude_none=True)
    return len(told) - (words.kind == "tree" and {"colour", "state"} <= set(told))


def whither(type_: EditType, dice: Dice) -> Whither:
    """Where a thing is to be put by an edit of a type; "anywhere" if it is not put at all."""
    shares = ADDED if type_ == "add" else MOVED
    return dice.pick(list(shares), list(shares.values())) if type_ in ("add", "move") else "anywhere"


def suited(type_: EditType, to: Whither, dice: Dice) -> Facts | None:
    """Facts by chance that have what an edit of a type needs; None if the drawn setting cannot have it."""
    has = _HAS.get(type_)
    if to not in BONDS and has is None:
        return imagine.facts(dice, repeats=0.35)
    facts = imagine.facts(dice, count=dice.below(3))
    kinds, needed = imagine.kinds_for(facts.setting), list[Thing]()
    if has is not None:
        needed = [imagine.thing(dice, dice.pick([kind for kind in kinds if has(kind)]))]
    else:
        carriers = [kind for kind in kinds if _offers(to, kind)]
        if not carriers:
            return None
        carrier = imagine.thing(dice, dice.pick(carriers))
        needed = [carrier if carrier.size != "small" else carrier.model_copy(update={"size": "medium"})]
        loads = [kind for kind in kinds if (kind.grip is not None if to == "holding" else kind.small)]
        if type_ == "move":
            needed.append(imagine.thing(dice, dice.pick(loads)))
    things = (*facts.things, *needed)
    return Facts.model_construct(setting=facts.setting, things=things, relations=facts.relations)


def propose(facts: Facts, type_: EditType, dice: Dice, to: Whither, index: int | None = None) -> Edit | None:
    """An edit by chance; None if it came to nothing.

    Args:
        facts: the facts before.
        type_: the type of the edit.
        dice: the stream.
        to: for a thing that comes or moves: where it is to be.
        index: the thing to edit; any if None.
    """
    if type_ in _OF_SETTING:
        return _OF_SETTING[type_](facts, dice)
    if type_ == "add":
        return _add(facts, dice, to)
    if index is None:
        if not facts.things:
            return None
        index = dice.below(len(facts.things))
    return _move(facts, dice, index, to) if type_ == "move" else _OF_THING[type_](facts, dice, index)


def _add(facts: Facts, dice: Dice, to: Whither) -> Edit | None:
    goal = _goal(facts, dice, None, to)
    if len(facts.things) >= MOST or (goal is None and to != "anywhere"):
        return None
    if goal is not None and goal.relation in BONDS:
        kinds = tuple(kind for kind in FIRST_VOLUME.values() if _carries(facts, goal, kind.name))
    else:
        kinds = imagine.kinds_for(facts.setting)
        if goal is not None and goal.other is not None:  # side by side with its like: no frog left of a rainbow
            level = zone(facts.things[goal.other].of, facts.setting)
            kinds = tuple(kind for kind in kinds if zone(kind, facts.setting) == level)
    family = dice.pick(sorted({kind.family for kind in kinds}))
    kind = dice.pick([kind for kind in kinds if kind.family == family])
    there = [thing.of for thing in facts.things if thing.of in kinds]
    if there and dice.happens(0.2):  # another one
        kind = dice.pick(there)
    if kind.name in SINGLE and any(thing.kind == kind.name for thing in facts.things):
        return None
    thing = imagine.thing(dice, kind)
    if goal is not None and goal.other is not None and goal.relation in BONDS:
        thing = thing if bearable(thing.size, facts.things[goal.other]) else thing.model_copy(update={"size": "small"})
    elif thing.size == "large" and len(facts.things) > 3:
        thing = thing.model_copy(update={"size": "medium"})
    return Add(thing=thing, index=len(facts.things), goal=goal)


def _goal(facts: Facts, dice: Dice, index: int | None, to: Whither) -> Goal | None:
    """A place of a kind as a goal; None if the scene has none. It is next to what stands, or on what is still empty."""
    if to == "anywhere":
        return None
    if to == "left" or to == "right":
        return Goal(side=to)
    others = [each for each in range(len(facts.things)) if each != index]
    if to in BONDS:
        busy = {bond.carrier for bond in facts.bonds} | {bond.carried for bond in facts.bonds}
        others = [each for each in others if each not in busy and _offers(to, facts.things[each].of)]
        if to != "holding":
            others = [each for each in others if facts.things[each].size != "small"]
    else:
        carried = {bond.carried for bond in facts.bonds}
        others = [each for each in others if each not in carried]
    return Goal(relation=to, other=dice.pick(others)) if others else None


def goal_for(facts: Facts, dice: Dice, thing: Thing, to: Whither, index: int | None = None) -> Goal | None:
    """A place as a goal for a thing; None if there is none.

    Args:
        facts: the facts.
        dice: the stream.
        thing: the thing.
        to: what place.
        index: its index, if it is there already.
    """
    goal = _goal(facts, dice, index, to)
    if goal is None or goal.other is None:
        return goal
    if goal.relation in BONDS:
        carrier = facts.things[goal.other]
        return goal if _carries(facts, goal, thing.kind) and bearable(thing.size, carrier) else None
    # Side by side only with its like: a boat is not put to the left of a balloon.
    level = zone(facts.things[goal.other].of, facts.setting)
    return goal if zone(thing.of, facts.setting) == level else None


def bearable(size: Size, carrier: Thing) -> bool:
    """Whether a thing of a size may be carried without hiding what carries it."""
    return size == "small" or (size == "medium" and carrier.size != "small")


def _offers(to: Whither, kind: Kind) -> bool:
    if to == "holding":
        return kind.hand is not None
    return (kind.top if to == "on" else kind.inside) is not None


def _carries(facts: Facts, goal: Goal, name: str) -> bool:
    """Whether a thing of a kind can be where a goal puts it on, into or in the hand of something."""
    assert goal.relation is not None and goal.other is not None
    kind, carrier = KINDS[name], facts.things[goal.other].of
    return can(goal.relation, carrier, kind) if goal.relation == "holding" else can(goal.relation, kind, carrier)


def _move(facts: Facts, dice: Dice, index: int, to: Whither) -> Edit | None:
    goal = goal_for(facts, dice, facts.things[index], to, index)
    loaded = any(bond.carrier == index for bond in facts.bonds)
    if goal is None or (goal.relation in BONDS and loaded):
        return None
    return Move(index=index, goal=goal)


def _remove(facts: Facts, dice: Dice, index: int) -> Edit | None:
    carries = any(bond.carrier == index for bond in facts.bonds)
    return None if carries or len(facts.things) < 2 else Remove(index=index)


def _recolour(facts: Facts, dice: Dice, index: int) -> Edit | None:
    thing = facts.things[index]
    others = [colour for colour in thing.of.colours if colour != thing.colour]
    if not others or not sayable(thing, "colour"):
        return None
    return Recolour(index=index, colour=dice.pick(others))


def _replace(facts: Facts, dice: Dice, index: int) -> Edit | None:
    if any(bond.carrier == index for bond in facts.bonds):
        return None
    old = facts.things[index]
    bond = next((bond for bond in facts.bonds if bond.carried == index), None)
    if bond is not None:
        goal = Goal(relation=bond.name, other=bond.carrier)
        kinds = tuple(kind for kind in FIRST_VOLUME.values() if _carries(facts, goal, kind.name))
    else:
        there = {thing.kind for thing in facts.things if thing.kind in SINGLE}
        kinds = tuple(kind for kind in imagine.kinds_for(facts.setting) if kind.name not in there)
    kinds = tuple(kind for kind in kinds if kind.name != old.kind)
    family = dice.pick(sorted({kind.family for kind in kinds}))
    new = imagine.thing(dice, dice.pick([kind for kind in kinds if kind.family == family]))
    update = {"size": old.size} | ({"facing": old.facing} if old.facing and new.facing else {})
    new = new.model_copy(update=update)
    if bond is None and zone(old.of, facts.setting) != zone(new.of, facts.setting):
        return None
    return Replace(index=index, thing=new)


def _resize(facts: Facts, dice: Dice, index: int) -> Edit | None:
    size = dice.pick([size for size in imagine.SIZES if size != facts.things[index].size])
    return Resize(index=index, size=size) if keeps_loads(facts, index, size) else None


def keeps_loads(facts: Facts, index: int, size: Size) -> bool:
    """Whether a thing can have a size and still carry or be carried."""
    resized = facts.things[index].model_copy(update={"size": size})
    return all(
        bearable(facts.things[bond.carried].size, resized)
        if bond.carrier == index
        else bearable(size, facts.things[bond.carrier])
        for bond in facts.bonds
        if index in (bond.carrier, bond.carried)
    )


def _turn(facts: Facts, dice: Dice, index: int) -> Edit | None:
    facing = facts.things[index].facing
    return None if facing is None else Turn(index=index, facing="left" if facing == "right" else "right")


def _state(facts: Facts, dice: Dice, index: int) -> Edit | None:
    thing = facts.things[index]
    others = [state for state in thing.of.states if state != thing.state]
    under_load = any(bond.carrier == index and bond.name != "holding" for bond in facts.bonds)
    return SetState(index=index, state=dice.pick(others)) if others and not under_load else None


def _text(facts: Facts, dice: Dice, index: int) -> Edit | None:
    thing = facts.things[index]
    if thing.text is None:
        return None
    new = imagine.text(dice, thing.of.text)
    return SetText(index=index, text=new) if new != thing.text else None


def _weather(facts: Facts, dice: Dice) -> Edit | None:
    now = facts.setting.weather
    others: list[Weather] = ["clear", "rain", *(("snow",) if facts.setting.season == "winter" else ())]
    return None if now is None else SetWeather(weather=dice.pick([each for each in others if each != now]))


def _season(facts: Facts, dice: Dice) -> Edit | None:
    if facts.setting.place not in SEASONAL or facts.setting.weather == "snow":
        return None
    others: list[Season] = [season for season in imagine.SEASONS if season != facts.setting.season]
    return SetSeason(season=dice.pick(others))


def _time(facts: Facts, dice: Dice) -> Edit | None:
    return SetTime(time="night" if facts.setting.time == "day" else "day")


_HAS: dict[EditType, Callable[[Kind], object]] = {  # what an edit needs that few kinds have
    "turn": lambda kind: kind.faces,
    "state": lambda kind: kind.states,
    "text": lambda kind: kind.text,
}
_OF_SETTING: dict[EditType, Callable[[Facts, Dice], Edit | None]] = {
    "weather": _weather,
    "season": _season,
    "time": _time,
}
_OF_THING: dict[EditType, Callable[[Facts, Dice, int], Edit | None]] = {
    "remove": _remove,
    "recolour": _recolour,
    "replace": _replace,
    "resize": _resize,
    "turn": _turn,
    "state": _state,
    "text": _text,
}
