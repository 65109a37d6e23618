"""Questions about how things stand to each other: relations, comparisons, and where things and scenes are."""

from typing import Literal

from mini4o.storybook import imagine
from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import FIRST_VOLUME, KINDS
from mini4o.storybook.relations import OPPOSITE, SIDES
from mini4o.storybook.scene import BONDS, Bond, Facts, RelationName
from mini4o.storybook.splits import Split
from mini4o.storybook.tasks.questions.plans import EXTREMES, Maker, Plan, about, seek, seek_one
from mini4o.storybook.tasks.questions.programs import ALIKE, WATERS, Program, Value
from mini4o.storybook.tasks.questions.staging import (
    ROOM,
    TIGHT,
    UNIQUE,
    at_home,
    carriers,
    colours,
    like,
    loads,
    made,
    settings,
    stage,
    unseen,
)


def two(dice: Dice, split: Split, flying: bool | None = None, same: float = 0.25) -> tuple[Noun, Noun] | None:
    """Two things that can be in one picture, told apart by their kinds or, with chance `same`, by their colours.

    Args:
        dice: the stream.
        split: the split.
        flying: whether both fly (True) or both stand (False); anything goes if None.
        same: how often both are of one kind.
    """
    kinds = [kind for kind in at_home(split) if flying is None or KINDS[kind].flies == flying]
    first = dice.pick(kinds)
    if dice.happens(same):
        known = colours(split, first)
        if len(known) < 2 or first in UNIQUE or unseen(split, first, count=2):
            return None
        one, other = dice.sample(known, 2)
        return Noun(kind=first, colour=one), Noun(kind=first, colour=other)
    second = dice.pick(kinds)
    if second == first or confused(first, second) or not settings(split, frozenset({first, second}))[0]:
        return None
    if flying is False and ("water" in KINDS[first].where) != ("water" in KINDS[second].where):
        return None  # what floats is never in front of what stands on the shore
    return Noun(kind=first), Noun(kind=second)


def confused(a: str, b: str) -> bool:
    """Whether one kind might be taken for the other."""
    return b in ALIKE.get(a, ()) or a in ALIKE.get(b, ())


def both(pair: tuple[Noun, Noun]) -> Program:
    """The steps that look for two certain things; they are steps 1 and 3."""
    return [*seek_one(pair[0]), *seek_one(pair[1], at=2)]


# ---- is the cat to the left of the house?


def directed(name: RelationName) -> Maker:
    """ "Is the cat to the left of the house?"; if not, the opposite clearly holds, or they clearly are apart."""

    def maker(dice: Dice, split: Split) -> Plan | None:
        pair = two(dice, split, flying={"left of": None, "right of": None}.get(name, name in ("above", "below")))
        if pair is None:
            return None

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            on = stage(dice, split, {noun.kind for noun in pair})
            if on is None:
                return None
            a, b = (on.add(like(dice, noun)) for noun in pair)
            if value or name != "next to":
                on.relate(name if value else OPPOSITE[name], a, b)
            on.extras(dice, dice.below(3), {noun.kind for noun in pair})
            on.squeeze(room=ROOM if name in SIDES else TIGHT)
            return on.facts

        return Plan(
            skeleton=f"relation/{name}",
            phrase="relation/direction",
            choices=(True, False),
            program=[*both(pair), {"op": "related", "name": name, "in": [1, 3]}],
            draw=draw,
            slots=lambda voice: {**about(*pair)(voice), "relation": voice.grammar.relation(name)},
            said="answer",
        )

    return maker


def bound(bond: Bond) -> Maker:
    """ "Is the ball on the table?", "Is the girl holding a kite?"; if not, it is with something else or by itself."""

    def maker(dice: Dice, split: Split) -> Plan | None:
        load = dice.pick([name for name in FIRST_VOLUME if carriers(bond, name)])
        carrier = dice.pick(carriers(bond, load))
        if not settings(split, frozenset({carrier}), frozenset({load}))[0]:
            return None
        nouns = (Noun(kind=load), Noun(kind=carrier))
        a, b = reversed(nouns) if bond == "holding" else nouns
        elsewhere = [(name, other) for name in BONDS for other in carriers(name, load) if other != carrier]
        elsewhere = [each for each in elsewhere if settings(split, frozenset({carrier, each[1]}), frozenset({load}))[0]]

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            away = dice.pick(elsewhere) if elsewhere and dice.happens(0.75) else None
            on = stage(dice, split, {carrier, *((away[1],) if away else ())}, (load,))
            if on is None:
                return None
            if value:
                on.carry(bond, made(dice, load), made(dice, carrier))
            elif away is not None:
                on.carry(away[0], made(dice, load), made(dice, away[1]))
            elif on.holds(load):
                on.add(made(dice, load))
            else:
                return None
            # The carrier that is not theirs is there as well, mostly with something else.
            free = (bond, carrier) if not value else away
            if free is not None:
                others = [each for each in loads(*free) if each != load and not confused(each, load)]
                if others and dice.happens(0.6):
                    on.carry(free[0], made(dice, dice.pick(others)), made(dice, free[1]))
                else:
                    on.add(made(dice, free[1]))
            on.extras(dice, dice.below(2), {load, carrier, *((away[1],) if away else ())})
            return on.facts

        return Plan(
            skeleton=f"relation/{bond}",
            choices=(True, False),
            program=[*both((a, b)), {"op": "related", "name": bond, "in": [1, 3]}],
            draw=draw,
            slots=about(a, b),
            said="answer",
        )

    return maker


def side(ways: tuple[RelationName, ...]) -> Maker:
    """ "On which side of the house is the cat?", or, of four ways, "Where is the cat, seen from the house?" """
    skeleton = "relation/side" if len(ways) == 2 else "where/seen_from"

    def maker(dice: Dice, split: Split) -> Plan | None:
        pair = two(dice, split, flying=None if len(ways) == 2 else False)
        if pair is None:
            return None

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            on = stage(dice, split, {noun.kind for noun in pair})
            if on is None:
                return None
            a, b = (on.add(like(dice, noun)) for noun in pair)
            on.relate(next(way for way in ways if way == value), a, b)
            on.extras(dice, dice.below(3), {noun.kind for noun in pair})
            on.squeeze(room=ROOM if len(ways) == 2 else TIGHT)
            return on.facts

        return Plan(
            skeleton=skeleton,
            choices=ways,
            program=[*both(pair), {"op": "seen_from", "in": [1, 3]}],
            draw=draw,
            slots=about(*pair),
            said="side" if len(ways) == 2 else "seen_from",
            nouns=pair,
        )

    return maker


def which(how: Literal["left of", "right of", "larger"]) -> Maker:
    """ "Which is further to the left, the cat or the house?", "Which ball is larger, the red one or the blue one?" """

    def maker(dice: Dice, split: Split) -> Plan | None:
        pair = two(dice, split, same=1.0 if how == "larger" else 0.25)
        if pair is None or (how == "larger" and KINDS[pair[0].kind].family in ("people", "sky")):
            return None

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            on = stage(dice, split, {noun.kind for noun in pair})
            if on is None:
                return None
            first, second = (like(dice, noun) for noun in pair)
            if how == "larger":
                sizes = EXTREMES if value == "second" else EXTREMES[::-1]
                first, second = (
                    thing.model_copy(update={"size": size}) for thing, size in zip((first, second), sizes, strict=True)
                )
            a, b = on.add(first), on.add(second)
            if how != "larger":
                on.relate(how if value == "first" else OPPOSITE[how], a, b)
            on.extras(dice, dice.below(3), {noun.kind for noun in pair})
            on.squeeze(*((0, 1) if how == "larger" else ()))
            return on.facts

        return Plan(
            skeleton=f"{'compare' if how == 'larger' else 'relation'}/{how}",
            choices=("first", "second"),
            program=[*both(pair), {"op": "which", "how": how, "in": [1, 3]}],
            draw=draw,
            slots=about(*pair),
            said="noun",
            nouns=pair,
        )

    return maker


# ---- comparisons


def numbers(how: Literal["more", "fewer", "same", "which"]) -> Maker:
    """ "Are there more cats than dogs?", "… fewer …?", "… as many …?", "Are there more cats or more dogs?" """

    def maker(dice: Dice, split: Split) -> Plan | None:
        kinds = [kind for kind in at_home(split, counted=True) if kind not in UNIQUE]
        a, b = dice.sample(kinds, 2)
        if confused(a, b) or not settings(split, frozenset({a, b}), frozenset(), frozenset({a, b}))[0]:
            return None
        fair = {kind: [many for many in range(5) if not unseen(split, kind, count=many)] for kind in (a, b)}
        together = [(n, m) for n in fair[a] for m in fair[b] if 1 <= n + m <= 6]

        known: dict[Value, list[tuple[int, int]]] = {}
        for n, m in together:
            if how != "which":
                known.setdefault(n == m if how == "same" else n > m if how == "more" else n < m, []).append((n, m))
            elif n != m:
                known.setdefault("first" if n > m else "second", []).append((n, m))
        choices: tuple[Value, ...] = ("first", "second") if how == "which" else (True, False)
        if not all(choice in known for choice in choices):
            return None

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            on = stage(dice, split, {a, b}, counted={a, b})
            if on is None:
                return None
            n, m = dice.pick(known[value])
            for kind in (a,) * n + (b,) * m:
                on.add(made(dice, kind))
            on.extras(dice, dice.below(3), {a, b})
            on.squeeze()
            return on.facts

        compared = {"op": "which", "how": "more"} if how == "which" else {"op": "compare", "how": how}
        counts: Program = [{"op": "count", "in": [0]}, seek(Noun(kind=b)), {"op": "count", "in": [2]}]
        return Plan(
            skeleton=f"compare/{how if how != 'same' else 'as_many'}",
            choices=choices,
            program=[seek(Noun(kind=a)), *counts, {**compared, "in": [1, 3]}],
            draw=draw,
            slots=lambda voice: {"a": voice.plural(a), "b": voice.plural(b)},
            said="plural" if how == "which" else "answer",
            nouns=(Noun(kind=a), Noun(kind=b)),
        )

    return maker


def same_colour(dice: Dice, split: Split) -> Plan | None:
    """ "Do the car and the house have the same colour?" """
    pair = two(dice, split, same=0.0)
    if pair is None or any(KINDS[noun.kind].family == "people" or noun.kind == "tree" for noun in pair):
        return None
    a, b = (colours(split, noun.kind) for noun in pair)
    shared = [colour for colour in a if colour in b]
    apart = [(one, other) for one in a for other in b if one != other]
    if not shared or not apart:
        return None

    def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
        on = stage(dice, split, {noun.kind for noun in pair})
        if on is None:
            return None
        painted = (dice.pick(shared),) * 2 if value else dice.pick(apart)
        for noun, colour in zip(pair, painted, strict=True):
            on.add(made(dice, noun.kind, colour=colour))
        on.extras(dice, dice.below(3), {noun.kind for noun in pair}, colours=painted)
        on.squeeze()
        return on.facts

    first, second = ({"op": "query", "what": "colour", "in": [at]} for at in (1, 4))
    return Plan(
        skeleton="compare/colour",
        choices=(True, False),
        program=[
            *seek_one(pair[0]),
            first,
            *seek_one(pair[1], at=3),
            second,
            {"op": "compare", "how": "same", "in": [2, 5]},
        ],
        draw=draw,
        slots=about(*pair),
        said="answer",
    )


# ---- where is it?


def place_of(dice: Dice, split: Split) -> Plan | None:
    """ "Where is the ball?": on, in or in the hand of something; in the sky; on the water or on land."""
    kind = dice.pick(list(FIRST_VOLUME))
    known: list[str] = []
    for bond in BONDS:
        for carrier in carriers(bond, kind):
            if settings(split, frozenset({carrier}), frozenset({kind}))[0]:
                known.append(f"{bond}/{carrier}")
    if KINDS[kind].flies and known:
        known.append("sky")
    if set(KINDS[kind].where) >= {"water", "land"}:
        by_water = {setting.place in WATERS for setting in settings(split, frozenset({kind}))[0]}
        known = ["water", "land"] if len(by_water) == 2 else []
    if len(known) < 2:
        return None

    def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
        name, _, carrier = str(value).partition("/")
        if carrier:
            bond = next(each for each in BONDS if each == name)
            on = stage(dice, split, (carrier,), (kind,))
            if on is None:
                return None
            on.carry(bond, made(dice, kind), made(dice, carrier))
        else:
            on = stage(dice, split, (kind,))
            if on is None or (name != "sky" and (name == "water") != (on.setting.place in WATERS)):
                return None
            on.add(made(dice, kind))
        shown = tuple(str(decoy).partition("/")[2] for decoy in decoys)
        on.extras(
            dice,
            len(shown) or dice.below(4),
            {kind, carrier},
            kinds=shown or [each.partition("/")[2] for each in known],
        )
        on.squeeze(0, 1)
        return on.facts

    noun = Noun(kind=kind)
    return Plan(
        skeleton="where/thing",
        choices=tuple(known),
        program=[*seek_one(noun), {"op": "query", "what": "where", "in": [1]}],
        draw=draw,
        slots=about(noun),
        said="where",
    )


def of_setting(what: Literal["place", "time", "season", "weather"]) -> Maker:
    """ "Where is this?", "Is it day or night?", "Which season is it?", "What is the weather like?" """

    def maker(dice: Dice, split: Split) -> Plan | None:
        every, weights = settings(split, frozenset())
        known = tuple(dict.fromkeys(getattr(setting, what) for setting in every if getattr(setting, what)))

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            fitting = [index for index, setting in enumerate(every) if getattr(setting, what) == value]
            where = every[dice.pick(fitting, [weights[index] for index in fitting])]
            return imagine.facts(dice, where=where)

        return Plan(
            skeleton=f"where/{what}",
            choices=known,
            program=[{"op": "scene", "what": what}],
            draw=draw,
            slots=lambda voice: {},
            said=what,
        )

    return maker
