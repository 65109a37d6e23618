"""Questions of several steps: things found by way of other things."""

from typing import Literal

from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.palette import COLOURS
from mini4o.storybook.relations import OPPOSITE
from mini4o.storybook.scene import Bond, Facts, RelationName
from mini4o.storybook.splits import Split
from mini4o.storybook.tasks.questions.plans import (
    FAMILIES,
    Aspect,
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
from mini4o.storybook.tasks.questions.plans_related import confused
from mini4o.storybook.tasks.questions.programs import Program, Step, Value
from mini4o.storybook.tasks.questions.staging import (
    TIGHT,
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

_HOPS: tuple[RelationName, ...] = ("left of", "right of", "in front of", "behind")


def _from(name: str, *steps: int, inverse: bool = False) -> Step:
    """The step that goes from one certain thing to those in a relation to it."""
    return {"op": "relate", "name": name, "in": list(steps), **({"inverse": True} if inverse else {})}


def _anchor(dice: Dice, split: Split, unlike: str) -> tuple[Noun, Noun | None] | None:
    """Something by which another thing is found, and perhaps its twin in another colour."""
    kind = dice.pick(at_home(split))
    if kind == unlike or confused(kind, unlike):
        return None
    known = colours(split, kind)
    if dice.happens(0.6) or len(known) < 2 or kind in UNIQUE or unseen(split, kind, count=2):
        return Noun(kind=kind), None
    one, other = dice.sample(known, 2)
    return Noun(kind=kind, colour=one), Noun(kind=kind, colour=other)


def beside(aspect: Aspect) -> Maker:
    """ "What colour is the cat to the left of the blue house?" There is another cat, on the other side."""

    def maker(dice: Dice, split: Split) -> Plan | None:
        kind = dice.pick(having(split, aspect))
        known, name = values(dice, split, kind, aspect), dice.pick(_HOPS, (2, 2, 1, 1))
        anchors = _anchor(dice, split, kind)
        if kind in UNIQUE or unseen(split, kind, count=2) or anchors is None:
            return None
        anchor, twin = anchors
        in_line = name in ("in front of", "behind")
        if not settings(split, frozenset({kind, anchor.kind}))[0]:
            return None
        zones = {KINDS[each].flies or "water" in KINDS[each].where for each in (kind, anchor.kind)}
        if in_line and (len(zones) > 1 or KINDS[kind].flies):
            return None

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            on = stage(dice, split, (kind, anchor.kind))
            if on is None:
                return None
            there = on.add(like(dice, anchor))
            on.relate(name, on.add(made(dice, kind, **{aspect: value})), there)
            on.relate(OPPOSITE[name], on.add(made(dice, kind, **{aspect: other_than(dice, known, str(value))})), there)
            if twin is not None:
                on.add(like(dice, twin))
            shown = tuple(str(decoy) for decoy in decoys) if aspect == "colour" else ()
            on.extras(dice, dice.below(3), (kind, anchor.kind), colours=shown)
            on.squeeze(room=TIGHT)
            return on.facts

        return Plan(
            skeleton=f"multihop/{aspect}",
            phrase=phrase_for(aspect, kind),
            choices=known,
            program=[
                *seek_one(anchor),
                seek(Noun(kind=kind)),
                _from(name, 1, 2),
                {"op": "unique", "in": [3]},
                {"op": "query", "what": aspect, "in": [4]},
            ],
            draw=draw,
            slots=lambda voice: {"noun": voice.grammar.related(voice.noun(kind), name, voice.noun(anchor))},
            said=aspect,
            kind=kind,
            open=aspect == "text",
        )

    return maker


def on_either_side(what: Literal["kind", "count"]) -> Maker:
    """ "Which animal is to the left of the house?", "How many animals are to the left of the house?" """

    def maker(dice: Dice, split: Split) -> Plan | None:
        family, name = dice.pick(FAMILIES), dice.pick(_HOPS[:2])
        anchors = _anchor(dice, split, family)
        if anchors is None or KINDS[anchors[0].kind].family == family or confused(family, anchors[0].kind):
            return None
        anchor, twin = anchors
        members = tuple(
            each for each in at_home(split) if KINDS[each].family == family and _together(split, each, anchor.kind)
        )
        choices: tuple[Value, ...] = members if what == "kind" else (0, 1, 2, 3)
        if len(members) < 2:
            return None

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            on = stage(dice, split, (str(value) if what == "kind" else dice.pick(members), anchor.kind))
            if on is None:
                return None
            here = [each for each in members if on.holds(each)]
            shown = [str(decoy) for decoy in decoys if what == "kind" and on.holds(str(decoy))]
            inside = [str(value)] if what == "kind" else [dice.pick(here) for _ in range(int(value))]
            outside = shown[:3] or [dice.pick(here) for _ in range(dice.below(3) + (what == "kind"))]
            if what == "kind" and value in outside:
                return None
            there = on.add(like(dice, anchor))
            for each in inside:
                on.relate(name, on.add(made(dice, each)), there)
            for each in outside:
                on.relate(OPPOSITE[name], on.add(made(dice, each)), there)
            if twin is not None:
                on.add(like(dice, twin))
            on.extras(dice, dice.below(2), (family, anchor.kind))
            on.squeeze(room=TIGHT)
            return on.facts

        found: Program = [*seek_one(anchor), seek(family), _from(name, 1, 2)]
        ends: Program = [{"op": "unique", "in": [3]}, {"op": "query", "what": "kind", "in": [4]}]
        return Plan(
            skeleton="multihop/which" if what == "kind" else "multihop/count",
            choices=choices,
            program=[*found, *(ends if what == "kind" else [{"op": "count", "in": [3]}])],
            draw=draw,
            slots=lambda voice: {
                "one": voice.noun(family),
                "many": voice.plural(family),
                "measure": voice.measure(family),
                "relation": voice.grammar.relation(name),
                "b": voice.noun(anchor),
            },
            said="any" if what == "kind" else "count",
            counted=family,
        )

    return maker


def _together(split: Split, *kinds: str) -> bool:
    return bool(settings(split, frozenset(kinds))[0])


def load_of(bond: Bond, what: Literal["kind", "colour"]) -> Maker:
    """ "What is the girl in red holding?", "What colour is the thing on the blue table?" There are two of these."""

    def maker(dice: Dice, split: Split) -> Plan | None:
        holders = [name for name in at_home(split) if loads(bond, name) and not unseen(split, name, count=2)]
        if not holders:
            return None
        carrier = dice.pick(holders)
        paints = colours(split, carrier)
        kinds = tuple(
            each for each in loads(bond, carrier) if settings(split, frozenset({carrier}), frozenset({each}))[0]
        )
        if len(paints) < 2 or len(kinds) < 2:
            return None
        noun, other = (Noun(kind=carrier, colour=colour) for colour in dice.sample(paints, 2))
        hues = tuple(colour for colour in COLOURS if any(colour in colours(split, each) for each in kinds))

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            kind = str(value)
            if what == "colour":
                kind = dice.pick([each for each in kinds if value in colours(split, each)])
            on = stage(dice, split, (carrier,), (kind,))
            if on is None:
                return None
            on.carry(bond, made(dice, kind, colour=value if what == "colour" else None), like(dice, noun))
            rest = [str(decoy) for decoy in decoys]
            if what == "kind":
                second = made(dice, dice.pick(rest) if rest else other_than(dice, kinds, kind))
            else:
                second = made(dice, dice.pick(kinds))
                if second.colour in (None, value):
                    return None
            on.carry(bond, second, like(dice, other))
            shown = {"kinds": rest} if what == "kind" else {"colours": rest}
            on.extras(dice, dice.below(3), (carrier, kind), **shown)
            on.squeeze(0, 1, 2, 3)
            return on.facts

        return Plan(
            skeleton=f"multihop/{bond}/{what}",
            phrase=f"attribute/{bond}" if what == "kind" else "attribute/colour",
            choices=kinds if what == "kind" else hues,
            program=[
                *seek_one(noun),
                _from(bond, 1, inverse=bond == "holding"),
                {"op": "unique", "in": [2]},
                {"op": "query", "what": what, "in": [3]},
            ],
            draw=draw,
            slots=about(noun) if what == "kind" else lambda voice: {"noun": voice.load(bond, noun)},
            said=what,
        )

    return maker
