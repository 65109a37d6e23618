"""Several pictures in, one out: a thing of the first in the second, a colour or the weather of the second in the first,
things of both in a new picture."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

from mini4o.conversation.parts import Image, ImageGen, Message, Text, Think
from mini4o.errors import DataError
from mini4o.storybook import imagine
from mini4o.storybook.backdrop import VERSIONS
from mini4o.storybook.claims import Claim, Noun, Plays, Related
from mini4o.storybook.compose import SceneError, compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.edits import Add, Edit, Goal, Recolour, SetSeason, SetTime, SetWeather, apply, edited
from mini4o.storybook.language import grammar, phrasebook
from mini4o.storybook.language.words import say
from mini4o.storybook.scene import BONDS, Facts, RelationName, Scene, Setting, Thing
from mini4o.storybook.splits import Language, Split, split_of
from mini4o.storybook.tasks.base import Item, Request, Task, page, picture_of
from mini4o.storybook.tasks.describing import noun
from mini4o.storybook.tasks.editing.proposing import MOST, SINGLE, goal_for, name_of, whither
from mini4o.storybook.tasks.editing.wording import THOUGHT, absent, counted, where

TRIES = 20_000  # pairs of facts, and draws of each
PLANS = 8  # requests tried with a pair of facts
_SIDE_BY_SIDE: tuple[RelationName, ...] = ("left of", "right of", "next to")


@dataclass(frozen=True)
class Plan:
    """What is asked for.

    Attributes:
        skeleton: which phrasings say it.
        base: the picture (0 or 1) that is changed, or the setting of a new one.
        edits: what is done to it, in turn.
        taken: for edits that add a thing: the picture (0 or 1) and the index that it has there.
        slots: the words in the gaps of the phrasings.
        claims: what must hold in the end, besides `shows`.
        shows: things that must be seen in the end.
    """

    skeleton: str
    base: int | Setting
    edits: tuple[Edit, ...]
    taken: tuple[tuple[int, int], ...]
    slots: dict[str, str]
    claims: tuple[Claim, ...]
    shows: tuple[Noun, ...] = ()


Maker: TypeAlias = Callable[[Facts, Facts, Dice, Language], Plan | None]


def several(request: Request) -> Item:
    """Two pictures and a request that needs both.

    `facts`: type, skeleton, edits, claims, and as `mask` the scene that is changed and the one that comes of it; None
    if the picture is all new.
    """
    dice = request.dice("several")
    kind = dice.pick(list(_MAKERS), [share for _, share in _MAKERS.values()])
    plan, scenes = _drawn(request.split, request.language, _MAKERS[kind][0], dice)
    pictures = [picture_of(scene, request) for scene in scenes]
    ways = phrasebook("several", request.language)
    text = say(ways, plan.skeleton, dice, **plan.slots)
    thinks = dice.happens(THOUGHT)
    thoughts = [Think(text=say(ways, f"think_{plan.skeleton}", dice, **plan.slots))] if thinks else []
    drawn = (ImageGen(image=pictures[2], source=(1, 2)), Image(image=pictures[2]))
    conversation = [
        Message(role="user", content=(Image(image=pictures[0]), Image(image=pictures[1]), Text(text=text))),
        Message(role="assistant", content=(*thoughts, *drawn)),
    ]
    claims = [*plan.claims, *(counted(each, scenes[2].facts) for each in plan.shows)]
    facts: dict[str, Any] = {
        "task": "several",
        "skeleton": plan.skeleton,
        "type": kind,
        "edits": [edit.model_dump(mode="json", exclude_none=True, exclude={"like"}) for edit in plan.edits],
        "claims": [claim.model_dump(mode="json") for claim in claims],
        "source": [1, 2],
        "mask": [plan.base, 2] if isinstance(plan.base, int) else None,
    }
    return Item(conversation, scenes, facts)


def _drawn(split: Split, language: Language, maker: Maker, dice: Dice) -> tuple[Plan, tuple[Scene, Scene, Scene]]:
    """A plan and its three scenes, all of the split; pages are made only for facts that are in it."""
    size = page(dice)
    for _ in range(TRIES):
        first, second = _facts(split, dice), _facts(split, dice)
        for _ in range(PLANS):
            plan = maker(first, second, dice, language)
            if plan is None or not _stays(plan, (first, second), split):
                continue
            try:
                given = compose(first, dice, *size), compose(second, dice, *size)
                return plan, (*given, _made(plan, given, dice))
            except SceneError:
                break
    raise DataError(f"several: no three scenes of the split {split!r} in {TRIES} tries")


def _facts(split: Split, dice: Dice) -> Facts:
    """Facts of the split, with few things, so that there is room for one more."""
    for _ in range(TRIES):
        facts = imagine.facts(dice, count=dice.pick((1, 2, 3), (3, 2, 1)))
        if split_of(facts) == split:
            return facts
    raise DataError(f"several: no facts of the split {split!r} in {TRIES} tries")


def _stays(plan: Plan, given: tuple[Facts, Facts], split: Split) -> bool:
    """Whether what is asked for is possible and stays in the split."""
    base = given[plan.base] if isinstance(plan.base, int) else Facts(setting=plan.base)
    try:
        return split_of(reduce(edited, plan.edits, base)) == split
    except SceneError:
        return False


def _made(plan: Plan, given: tuple[Scene, Scene], dice: Dice) -> Scene:
    """The scene that is asked for."""
    if isinstance(plan.base, int):
        scene = given[plan.base]
    else:
        blank, size = Facts(setting=plan.base), given[0]
        scene = Scene(facts=blank, poses=(), width=size.width, height=size.height, backdrop=dice.below(VERSIONS))
    taken = iter(plan.taken)
    for edit in plan.edits:
        if isinstance(edit, Add):
            picture, index = next(taken)
            edit = edit.model_copy(update={"like": given[picture].poses[index]})
        scene = apply(scene, edit, dice)
    return scene


def _known(facts: Facts, dice: Dice, language: Language) -> tuple[int, Noun, str] | None:
    """A thing of a picture that carries nothing, its noun and its name."""
    carriers = {bond.carrier for bond in facts.bonds}
    free = [index for index in range(len(facts.things)) if index not in carriers]
    index = dice.pick(free)
    said = name_of(facts, index, dice)
    return None if said is None else (index, said, grammar(language).noun(said, article="the"))


def _mixed_up(one: Noun, a: Thing, other: Noun, b: Thing) -> bool:
    """Whether the name of a thing of one picture may also mean a certain thing of the other: no bus is drawn to the
    left of "the bus"."""
    return one.fits(b) or other.fits(a)


def _looks(thing: Thing) -> Noun:
    """What must be kept of a thing that comes from another picture."""
    looks = noun(thing, "colour", "state", "text")
    return looks if thing.size == "medium" else looks.model_copy(update={"size": thing.size})


def _into(first: Facts, second: Facts, dice: Dice, language: Language) -> Plan | None:
    """A thing of the first picture comes into the second, perhaps to a certain place."""
    known = _known(first, dice, language)
    if known is None or len(second.things) >= MOST:
        return None
    index, called, name = known
    thing, words = first.things[index], grammar(language)
    if thing.kind in SINGLE and any(each.kind == thing.kind for each in second.things):
        return None
    bonds = [goal for goal in (goal_for(second, dice, thing, bond) for bond in BONDS) if goal is not None]
    to = whither("add", dice)
    goal = dice.pick(bonds) if bonds and dice.happens(0.5) else goal_for(second, dice, thing, to)  # bonds seldom fit
    if goal is None and to != "anywhere":
        return None
    said = _looks(thing)
    slots = {
        "thing": name,
        "looks": words.noun(said),
        "place": words.value("place", second.setting.place),
    }
    claims: tuple[Claim, ...] = ()
    if goal is not None and goal.other is not None and goal.relation is not None:
        other = name_of(second, goal.other, dice)
        if other is None or _mixed_up(called, thing, other, second.things[goal.other]):
            return None
        slots["other"] = words.noun(other, article="the")
        ends = (other, said) if goal.relation == "holding" else (said, other)
        claims = (Related(name=goal.relation, a=ends[0], b=ends[1]),)
    skeleton = "into"
    if goal is not None:
        skeleton = "into_holding" if goal.relation == "holding" else "into_at"
    if skeleton == "into_at" and goal is not None:
        slots["where"] = where(goal, False, slots, dice, phrasebook("editing", language))
    edit = Add(thing=thing, index=len(second.things), goal=goal)
    return Plan(skeleton, 1, (edit,), ((0, index),), slots, claims, (said,))


def _coloured(first: Facts, second: Facts, dice: Dice, language: Language) -> Plan | None:
    """A thing of the first picture takes the colour of one of the second."""
    pairs = []
    for facts in (first, second):
        plain = [
            index
            for index, thing in enumerate(facts.things)
            if thing.colour is not None and thing.of.family != "people" and thing.kind != "tree"
        ]
        if not plain:
            return None
        index = dice.pick(plain)
        said = name_of(facts, index, dice, "colour")
        if said is None or (facts is second and said.colour is not None):  # its colour is to be seen, not read
            return None
        pairs.append((index, said))
    (index, said), (model, model_said) = pairs
    thing, colour = first.things[index], second.things[model].colour
    if colour is None or colour == thing.colour or colour not in thing.of.colours:
        return None
    words = grammar(language)
    slots = {
        "thing": words.noun(said, article="the"),
        "other": words.noun(model_said, article="the"),
        "colour": words.value("colour", colour),
    }
    edit = Recolour(index=index, colour=colour)
    after = edited(first, edit)
    shows = said.model_copy(update={"colour": colour})
    return Plan("coloured", 0, (edit,), (), slots, tuple(absent(noun(thing, "colour"), after)), (shows,))


def _like_setting(first: Facts, second: Facts, dice: Dice, language: Language) -> Plan | None:
    """The first picture takes the weather, season or time of day of the second."""
    name = dice.pick(("time", "weather", "season"))
    value = getattr(second.setting, name)
    if value is None or getattr(first.setting, name) in (None, value):
        return None
    edit = _SETTERS[name].model_validate({name: value})
    slots = {"value": grammar(language).value(name, value)}
    return Plan(f"like_{name}", 0, (edit,), (), slots, (Plays.model_validate({name: value}),))


def _together(first: Facts, second: Facts, dice: Dice, language: Language) -> Plan | None:
    """A thing of each picture, both in a new one."""
    chosen = [_known(facts, dice, language) for facts in (first, second)]
    if chosen[0] is None or chosen[1] is None:
        return None
    (a, a_called, a_name), (b, b_called, b_name) = chosen[0], chosen[1]
    one, two, words = first.things[a], second.things[b], grammar(language)
    if _looks(one) == _looks(two) or (one.kind == two.kind and one.kind in SINGLE):
        return None
    setting = imagine.setting(dice)
    told = {name: getattr(setting, name) for name in ("time", "season", "weather") if dice.happens(0.5)}
    scenery = Plays(place=setting.place, **told)
    goal: Goal | None = None
    base = Facts(setting=setting, things=())
    claims: list[Claim] = [scenery]
    slots = {"a": a_name, "b": b_name, "scenery": words.plays(scenery)}
    slots |= {"a_looks": words.noun(_looks(one)), "b_looks": words.noun(_looks(two))}
    try:
        base = edited(base, Add(thing=two, index=0))
    except SceneError:
        return None
    skeleton = "together"
    if dice.happens(0.6):
        goals = [goal_for(base, dice, one, to) for to in (*_SIDE_BY_SIDE, *BONDS, *BONDS)]  # bonds seldom fit
        goal = dice.pick([each for each in goals if each is not None] or [None])
        if goal is None or goal.relation is None or _mixed_up(a_called, one, b_called, two):
            return None
        ends = (_looks(two), _looks(one)) if goal.relation == "holding" else (_looks(one), _looks(two))
        claims.append(Related(name=goal.relation, a=ends[0], b=ends[1]))
        skeleton = "together_at"
        ends_said = (b_name, a_name) if goal.relation == "holding" else (a_name, b_name)
        slots["clause"] = words.clause(ends_said[0], goal.relation, ends_said[1])
    edits: tuple[Edit, ...] = (Add(thing=two, index=0), Add(thing=one, index=1, goal=goal))
    return Plan(skeleton, setting, edits, ((1, b), (0, a)), slots, tuple(claims), (_looks(one), _looks(two)))


_SETTERS: dict[str, type[SetTime] | type[SetWeather] | type[SetSeason]] = {
    "time": SetTime,
    "weather": SetWeather,
    "season": SetSeason,
}
_MAKERS: dict[str, tuple[Maker, float]] = {
    "into": (_into, 4.0),
    "coloured": (_coloured, 2.0),
    "like_setting": (_like_setting, 1.0),
    "together": (_together, 3.0),
}
TASKS: dict[str, Task] = {"several": several}
