"""Questions about what there is: existence, number, and the properties of one thing."""

from typing import Literal

from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import FIRST_VOLUME, KINDS
from mini4o.storybook.scene import Bond, Facts, Thing
from mini4o.storybook.splits import Split
from mini4o.storybook.tasks.questions import staging
from mini4o.storybook.tasks.questions.plans import (
    FAMILIES,
    Aspect,
    Draw,
    Maker,
    Plan,
    about,
    having,
    other_than,
    phrase_for,
    seek,
    seek_one,
    values,
)
from mini4o.storybook.tasks.questions.programs import ALIKE, Program, Value
from mini4o.storybook.tasks.questions.staging import (
    UNIQUE,
    at_home,
    colours,
    like,
    loads,
    made,
    settings,
    stage,
    unseen,
)

# ---- is there …?


def exist(aspect: Aspect | None) -> Maker:
    """ "Is there a cat?", or with a property: "Is there a red ball?" Near misses are there in either case."""

    def maker(dice: Dice, split: Split) -> Plan | None:
        kind = dice.pick(at_home(split, counted=True) if aspect is None else having(split, aspect, counted=True))
        siblings = [each for each in _siblings(kind) if settings(split, frozenset({kind, each}))[0]]
        known: tuple[str, ...] = ()
        if aspect is None and not siblings:
            return None
        if aspect is not None:
            known = values(dice, split, kind, aspect)
            if kind in UNIQUE or unseen(split, kind, count=2):
                return None
        noun = Noun(kind=kind) if aspect is None else Noun.model_validate({"kind": kind, aspect: dice.pick(known)})

        def near(dice: Dice, meant: Thing) -> Thing:
            """A thing that differs in the property that was said, or else in its kind."""
            if aspect is not None and (not siblings or dice.happens(0.6)):
                return meant.model_copy(update={aspect: other_than(dice, known, getattr(meant, aspect))})
            return _as_like(dice, dice.pick(siblings), meant)

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            on = stage(dice, split, (kind,), counted=(kind,))
            if on is None:
                return None
            meant = like(dice, noun)
            around = [near(dice, meant) for _ in range(dice.pick((1, 2), (2, 1)) + (not value))]
            if not all(on.holds(thing.kind) for thing in around):
                return None
            for thing in [meant, *around] if value else around:
                on.add(thing)
            on.extras(dice, dice.below(3), (kind, *siblings))
            on.squeeze()
            return on.facts

        return Plan(
            skeleton=f"exist/{aspect or 'kind'}",
            phrase="exist",
            choices=(True, False),
            program=[seek(noun), {"op": "exist", "in": [0]}],
            draw=draw,
            slots=lambda voice: {"noun": voice.any(noun)},
            said="exists",
        )

    return maker


def only(there: bool) -> Maker:
    """ "Which of these is in the picture?", or is not, of four kinds; a question with answers to choose from."""

    def maker(dice: Dice, split: Split) -> Plan | None:
        four = tuple(dice.sample([kind for kind in at_home(split, counted=True) if kind not in UNIQUE], 4))
        if any(b in ALIKE.get(a, ()) for a in four for b in four):
            return None
        shown = frozenset(four)
        if not settings(split, shown, frozenset(), shown)[0]:
            return None

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            on = stage(dice, split, four, counted=four)
            if on is None:
                return None
            for kind in four:
                if (kind == value) == there:
                    on.add(made(dice, kind))
            on.extras(dice, dice.below(3) + there, four)
            on.squeeze()
            return on.facts

        program: Program = []
        for index, kind in enumerate(four):
            program += [seek(Noun(kind=kind)), {"op": "exist", "in": [2 * index]}]
        program.append({"op": "only", "how": there, "of": list(four), "in": [1, 3, 5, 7]})
        return Plan(
            skeleton=f"exist/{'which' if there else 'missing'}",
            choices=four,
            program=program,
            draw=draw,
            slots=lambda voice: {},
            said="any",
        )

    return maker


def _siblings(kind: str) -> list[str]:
    """Kinds of the same family that nobody takes for this one."""
    out = {kind, *ALIKE.get(kind, ()), *UNIQUE}
    return [name for name, of in FIRST_VOLUME.items() if of.family == KINDS[kind].family and name not in out]


def _as_like(dice: Dice, kind: str, meant: Thing) -> Thing:
    """A thing of another kind that has the colour, size, state and facing of a thing, where its kind can."""
    of = KINDS[kind]
    return made(
        dice,
        kind,
        size=meant.size,
        colour=meant.colour if meant.colour in of.colours else None,
        facing=meant.facing if of.faces else None,
        state=meant.state if meant.state in of.states else None,
    )


# ---- how many …?


def count(what: Literal["kind", "colour", "family"]) -> Maker:
    """ "How many cats are there?", "… red balls …?", "… animals …?" """

    def maker(dice: Dice, split: Split) -> Plan | None:
        if what == "family":
            family = dice.pick(FAMILIES)
            return _count_plan(family, family, 4, _family(split, family))
        kind = dice.pick(at_home(split, counted=True))
        most = staging.most(kind)
        if kind in UNIQUE:
            return None
        if what == "kind":
            if any(unseen(split, kind, count=many) for many in range(2, most + 1)):
                return None
            return _count_plan(Noun(kind=kind), kind, most, _alone(split, kind))
        known = colours(split, kind)
        if len(known) < 2:
            return None
        colour = dice.pick(known)
        return _count_plan(Noun(kind=kind, colour=colour), kind, most, _among(split, kind, colour))

    def _count_plan(counted: Noun | str, kind: str, most: int, draw: Draw) -> Plan:
        return Plan(
            skeleton=f"count/{what}",
            phrase="count",
            choices=tuple(range(most + 1)),
            program=[seek(counted), {"op": "count", "in": [0]}],
            draw=draw,
            slots=lambda voice: {"many": voice.plural(counted), "measure": voice.measure(kind)},
            said="count",
            counted=counted,
        )

    return maker


def _alone(split: Split, kind: str) -> Draw:
    """So many of a kind, and others."""

    def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
        on = stage(dice, split, (kind,), counted=(kind,))
        if on is None:
            return None
        for _ in range(int(value)):
            on.add(made(dice, kind))
        on.extras(dice, dice.below(4), (kind,))
        on.squeeze()
        return on.facts

    return draw


def _among(split: Split, kind: str, colour: str) -> Draw:
    """So many of a kind and colour, others of the kind in other colours, others of the colour."""

    def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
        on = stage(dice, split, (kind,), counted=(kind,))
        more = staging.number(dice, split, kind, range(4 if value == 0 else 3), already=int(value))
        if on is None or more is None:
            return None
        for index in range(int(value) + more):
            hue = colour if index < int(value) else other_than(dice, colours(split, kind), colour)
            on.add(made(dice, kind, colour=hue))
        on.extras(dice, dice.below(3), (kind,), colours=(colour,))
        on.squeeze()
        return on.facts

    return draw


def _family(split: Split, family: str) -> Draw:
    """So many of a family, and others."""
    members = tuple(name for name in at_home(split) if KINDS[name].family == family)

    def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
        on = stage(dice, split, (dice.pick(members),))
        if on is None:
            return None
        here = [name for name in members if on.holds(name)]
        for _ in range(int(value)):
            on.add(made(dice, dice.pick(here)))
        on.extras(dice, dice.below(4), (family,))
        on.squeeze()
        return on.facts

    return draw


# ---- what is it like?


def attribute(aspect: Aspect) -> Maker:
    """ "What colour is the cat?"; half of the time there are two of the kind, and another property tells them apart."""

    def maker(dice: Dice, split: Split) -> Plan | None:
        kind = dice.pick(having(split, aspect))
        known = values(dice, split, kind, aspect)
        telling: Aspect | None = None
        mark: tuple[str, ...] = ()
        if dice.happens(0.5) and kind not in UNIQUE and not unseen(split, kind, count=2):
            others: tuple[Aspect, ...] = ("colour", "size", "facing", "state")
            chosen: Aspect = dice.pick([other for other in others if other != aspect])
            telling, mark = chosen, values(dice, split, kind, chosen)
            if len(mark) < 2 or (kind == "tree" and {aspect, chosen} == {"colour", "state"}):  # leaves have colours
                return None
        noun = Noun.model_validate({"kind": kind, **({telling: dice.pick(mark)} if telling else {})})

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            on = stage(dice, split, (kind,))
            if on is None:
                return None
            on.add(made(dice, **{**noun.model_dump(), aspect: value}))
            if telling is not None:
                twin = {
                    telling: other_than(dice, mark, getattr(noun, telling)),
                    aspect: other_than(dice, known, str(value)),
                }
                on.add(made(dice, kind, **twin))
            shown = tuple(str(decoy) for decoy in decoys) if aspect == "colour" else ()
            on.extras(dice, len(shown) or dice.below(4), (kind,), colours=shown)
            on.squeeze(0, *([1] if telling else []))
            return on.facts

        return Plan(
            skeleton=f"attribute/{aspect}",
            phrase=phrase_for(aspect, kind),
            choices=known,
            program=[*seek_one(noun), {"op": "query", "what": aspect, "in": [1]}],
            draw=draw,
            slots=about(noun),
            said=aspect,
            kind=kind,
            open=aspect == "text",
        )

    return maker


def carried(bond: Bond) -> Maker:
    """ "What is on the table?", "… in the basket?", "… the girl holding?" """

    def maker(dice: Dice, split: Split) -> Plan | None:
        holders = [name for name in at_home(split) if loads(bond, name)]
        if not holders:
            return None
        carrier = dice.pick(holders)
        known = tuple(
            each for each in loads(bond, carrier) if settings(split, frozenset({carrier}), frozenset({each}))[0]
        )

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            kind = str(value)
            on = stage(dice, split, (carrier,), (kind,))
            if on is None:
                return None
            on.carry(bond, made(dice, kind), made(dice, carrier))
            shown = tuple(str(decoy) for decoy in decoys)
            on.extras(dice, len(shown) or dice.below(4), (carrier, kind), kinds=shown)
            on.squeeze(0, 1)
            return on.facts

        noun = Noun(kind=carrier)
        relate = {"op": "relate", "name": bond, "in": [1], **({"inverse": True} if bond == "holding" else {})}
        return Plan(
            skeleton=f"attribute/{bond}",
            choices=known,
            program=[
                *seek_one(noun),
                relate,
                {"op": "unique", "in": [2]},
                {"op": "query", "what": "kind", "in": [3]},
            ],
            draw=draw,
            slots=about(noun),
            said="kind",
        )

    return maker
