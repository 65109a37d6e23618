"""Questions about pictures that might have been."""

from typing import Literal

from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.relations import OPPOSITE
from mini4o.storybook.scene import Facts, RelationName
from mini4o.storybook.splits import Split
from mini4o.storybook.tasks.questions import staging
from mini4o.storybook.tasks.questions.plans import (
    FAMILIES,
    Maker,
    Plan,
    about,
    other_than,
    seek,
    seek_one,
)
from mini4o.storybook.tasks.questions.plans_related import both, confused, two
from mini4o.storybook.tasks.questions.programs import Value
from mini4o.storybook.tasks.questions.staging import UNIQUE, at_home, colours, like, made, stage, unseen


def removed(what: Literal["kind", "family"]) -> Maker:
    """ "If the two red balls were taken away, how many balls would be left?" (or, of two cats, how many animals)"""

    def maker(dice: Dice, split: Split) -> Plan | None:
        gone, choices = dice.pick((1, 2)), (0, 1, 2, 3)
        kinds = [kind for kind in at_home(split, counted=True) if kind not in UNIQUE]
        if what == "family":
            family = dice.pick(FAMILIES)
            kinds = [kind for kind in kinds if KINDS[kind].family == family]
        kind = dice.pick(kinds)
        known = colours(split, kind)
        if len(known) < 2 or any(unseen(split, kind, count=gone + left) for left in choices):
            return None
        colour = dice.pick(known)
        taken = Noun(kind=kind) if what == "family" else Noun(kind=kind, colour=colour)
        whole: Noun | str = KINDS[kind].family if what == "family" else Noun(kind=kind)

        def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
            on = stage(dice, split, (kind,), counted=(kind,))
            if on is None:
                return None
            for _ in range(gone):
                on.add(like(dice, taken))
            others = [each for each in kinds if each != kind and not confused(kind, each) and on.holds(each)]
            for _ in range(int(value)):
                if what == "family" and not others:
                    return None
                on.add(
                    made(dice, dice.pick(others))
                    if what == "family"
                    else made(dice, kind, colour=other_than(dice, known, colour))
                )
            on.extras(dice, dice.below(3), (kind, *([whole] if isinstance(whole, str) else [])))
            on.squeeze()
            return on.facts

        counted = whole if isinstance(whole, str) else whole.kind
        return Plan(
            skeleton=f"counterfactual/removed/{what}",
            phrase="counterfactual/removed",
            choices=choices,
            program=[
                seek(whole),
                {**seek(taken, 0), "exactly": gone},
                {"op": "without", "in": [0, 1]},
                {"op": "count", "in": [2]},
            ],
            draw=draw,
            slots=lambda voice: {
                "noun": voice.noun(taken, gone),
                "many": voice.plural(whole),
                "measure": voice.measure(counted),
            },
            said="count",
            counted=counted,
        )

    return maker


def added(dice: Dice, split: Split) -> Plan | None:
    """ "If two more cats came, how many cats would there be?" """
    kind, more = dice.pick(at_home(split, counted=True)), dice.pick((1, 2))
    now = range(4)
    if kind in UNIQUE or any(unseen(split, kind, count=many) for many in now):
        return None

    def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
        on = stage(dice, split, (kind,), counted=(kind,))
        if on is None:
            return None
        for _ in range(int(value) - more):
            on.add(made(dice, kind))
        on.extras(dice, dice.below(3), (kind,))
        on.squeeze()
        return on.facts

    noun = Noun(kind=kind)
    return Plan(
        skeleton="counterfactual/added",
        choices=tuple(many + more for many in now),
        program=[seek(noun), {"op": "count", "in": [0]}, {"op": "add", "in": [1], "by": more}],
        draw=draw,
        slots=lambda voice: {
            "noun": voice.noun(noun, more, "a"),
            "many": voice.plural(noun),
            "measure": voice.measure(kind),
        },
        said="count",
        counted=kind,
    )


def still(dice: Dice, split: Split) -> Plan | None:
    """ "If the blue cat went away, would there still be a cat?" """
    kind = dice.pick(at_home(split, counted=True))
    known = colours(split, kind)
    if len(known) < 2 or kind in UNIQUE or unseen(split, kind, count=2):
        return None
    taken, whole = Noun(kind=kind, colour=dice.pick(known)), Noun(kind=kind)

    def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
        on = stage(dice, split, (kind,), counted=(kind,))
        if on is None:
            return None
        on.add(like(dice, taken))
        more = staging.number(dice, split, kind, (1, 2), already=1) if value else 0
        if more is None:
            return None
        for _ in range(more):
            on.add(made(dice, kind, colour=other_than(dice, known, taken.colour)))
        on.extras(dice, dice.below(3) + (not value), (kind,), colours=(str(taken.colour),))
        on.squeeze()
        return on.facts

    return Plan(
        skeleton="counterfactual/still",
        choices=(True, False),
        program=[
            seek(whole),
            seek(taken, 0),
            {"op": "unique", "in": [1]},
            {"op": "without", "in": [0, 2]},
            {"op": "exist", "in": [3]},
        ],
        draw=draw,
        slots=lambda voice: {"noun": voice.noun(taken), "one": voice.any(whole)},
        said="exists",
    )


def turned(dice: Dice, split: Split) -> Plan | None:
    """ "If the cat turned around, which way would it face?" """
    kind = dice.pick(
        [name for name in at_home(split) if KINDS[name].faces and KINDS[name].family in ("animals", "vehicles")]
    )
    noun = Noun(kind=kind)

    def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
        on = stage(dice, split, (kind,))
        if on is None:
            return None
        on.add(made(dice, kind, facing="left" if value == "right" else "right"))
        on.extras(dice, dice.below(4), (kind,))
        on.squeeze()
        return on.facts

    return Plan(
        skeleton="counterfactual/turned",
        choices=("left", "right"),
        program=[*seek_one(noun), {"op": "query", "what": "facing", "in": [1]}, {"op": "turned", "in": [2]}],
        draw=draw,
        slots=about(noun),
        said="facing",
        kind=kind,
    )


def swapped(dice: Dice, split: Split) -> Plan | None:
    """ "If the cat and the ball swapped places, which of them would be further to the left?" """
    pair = two(dice, split, flying=False)
    name: RelationName = dice.pick(("left of", "right of"))
    if pair is None:
        return None

    def draw(dice: Dice, value: Value, decoys: tuple[Value, ...]) -> Facts | None:
        on = stage(dice, split, {noun.kind for noun in pair})
        if on is None:
            return None
        a, b = (on.add(like(dice, noun)) for noun in pair)
        on.relate(OPPOSITE[name] if value == "first" else name, a, b)
        on.extras(dice, dice.below(3), {noun.kind for noun in pair})
        on.squeeze()
        return on.facts

    return Plan(
        skeleton="counterfactual/swapped",
        choices=("first", "second"),
        program=[*both(pair), {"op": "which", "how": name, "in": [1, 3]}, {"op": "turned", "in": [4]}],
        draw=draw,
        slots=lambda voice: {**about(*pair)(voice), "relation": voice.grammar.relation(name)},
        phrase=f"counterfactual/swapped/{name}",
        said="noun",
        nouns=pair,
    )
