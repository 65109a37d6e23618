"""Arithmetic in word problems: one step or two, whole numbers from 1 to 30."""

from collections.abc import Sequence

from mini4o.storybook.claims import Noun, Plays
from mini4o.storybook.dice import Dice
from mini4o.storybook.imagine import PLACES
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.scene import ZONES, Place
from mini4o.storybook.tasks.text.talk import Desk, Exchange, Write

MOST = 30
GOODS = (
    "apple",
    "banana",
    "carrot",
    "cake",
    "ice_cream",
    "ball",
    "balloon",
    "kite",
    "block",
    "flower",
    "star",
    "heart",
)
EATEN = ("apple", "banana", "carrot", "cake", "ice_cream")
PACKED = ("apple", "banana", "carrot", "ball", "block", "star", "heart")
WALKERS = ("girl", "boy", "cat", "dog", "rabbit", "frog", "turtle", "duck", "elephant")
FLYERS = ("bird", "butterfly", "plane", "balloon")
OWNERS = ("girl", "boy", "king", "cook")


def _problem(
    desk: Desk, skeleton: str, kind: str, numbers: Sequence[int], steps: Sequence[str], answer: int, **slots: str
) -> Exchange:
    """A problem whose steps are equations such as "7 + 5 = 12"; `kind` is what its answer counts."""
    things = desk.grammar.value("countable", kind)
    question = desk.say(skeleton, things=things, **slots)
    if len(steps) == 1:
        thought = desk.say("one_step", step=steps[0])
    else:
        thought = desk.say("two_steps", first=steps[0], second=steps[1])
    amount = desk.grammar.amount(kind, answer)
    content = f"{kind} {sorted(numbers)}"
    return Exchange(skeleton, question, desk.say("result", amount=amount, number=answer), str(answer), thought, content)


def _parts(dice: Dice, count: int = 2) -> list[int]:
    """So many numbers from 2 that add up to at most 30."""
    while True:
        numbers = [2 + dice.below(16) for _ in range(count)]
        if sum(numbers) <= MOST:
            return numbers


def _where(desk: Desk, kind: str) -> str:
    """A place where such things may be, as an adverbial."""
    places: list[Place] = [place for place in PLACES if set(ZONES[place]) & set(KINDS[kind].where)]
    return desk.grammar.plays(Plays(place=desk.dice.pick(places)))


def _owners(desk: Desk) -> dict[str, str]:
    """Two people, each as "a girl" and as "the girl"."""
    a, b = desk.dice.sample(OWNERS, 2)
    noun = desk.grammar.noun
    return {
        "who": noun(Noun(kind=a)),
        "the_who": noun(Noun(kind=a), article="the"),
        "other": noun(Noun(kind=b)),
        "the_other": noun(Noun(kind=b), article="the"),
    }


def _come(desk: Desk) -> Exchange:
    kind, (a, b) = desk.dice.pick((*WALKERS, *FLYERS[:2])), _parts(desk.dice)
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), "where": _where(desk, kind)}
    return _problem(desk, "come", kind, (a, b), (f"{a} + {b} = {a + b}",), a + b, **slots)


def _go(desk: Desk) -> Exchange:
    kind = desk.dice.pick((*WALKERS, *FLYERS))
    b, rest = _parts(desk.dice)
    a = b + rest
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), "where": _where(desk, kind)}
    skeleton = "fly" if kind in FLYERS else "go"
    return _problem(desk, skeleton, kind, (a, b), (f"{a} - {b} = {rest}",), rest, **slots)


def _together(desk: Desk) -> Exchange:
    kind, (a, b) = desk.dice.pick(GOODS), _parts(desk.dice)
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), **_owners(desk)}
    return _problem(desk, "together", kind, (a, b), (f"{a} + {b} = {a + b}",), a + b, **slots)


def _difference(desk: Desk) -> Exchange:
    kind = desk.dice.pick(GOODS)
    b, more = _parts(desk.dice)
    a = b + more
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), **_owners(desk)}
    return _problem(desk, "difference", kind, (a, b), (f"{a} - {b} = {more}",), more, **slots)


def _eaten(desk: Desk) -> Exchange:
    kind = desk.dice.pick(EATEN)
    b, rest = _parts(desk.dice)
    a = b + rest
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), **_owners(desk)}
    return _problem(desk, "eaten", kind, (a, b), (f"{a} - {b} = {rest}",), rest, **slots)


def _groups(desk: Desk) -> tuple[str, int, int, dict[str, str]]:
    """So many baskets or boxes with as many things in each."""
    dice, kind = desk.dice, desk.dice.pick(PACKED)
    count = 2 + dice.below(5)
    each = 2 + dice.below(MOST // count - 2 if MOST // count > 2 else 1)
    slots = {
        "boxes": desk.grammar.amount(dice.pick(("basket", "box")), count),
        "each": desk.grammar.amount(kind, each),
    }
    return kind, count, each, slots


def _times(desk: Desk) -> Exchange:
    kind, count, each, slots = _groups(desk)
    total = count * each
    return _problem(desk, "times", kind, (count, each), (f"{count} × {each} = {total}",), total, **slots)


def _share(desk: Desk) -> Exchange:
    dice, kind = desk.dice, desk.dice.pick(GOODS)
    people, each = 2 + dice.below(4), 1 + dice.below(6)
    total = people * each
    slots = {"a": desk.grammar.amount(kind, total), "people": desk.grammar.amount(dice.pick(OWNERS), people)}
    return _problem(desk, "share", kind, (people, total), (f"{total} ÷ {people} = {each}",), each, **slots)


def _get_give(desk: Desk) -> Exchange:
    kind, (a, b) = desk.dice.pick(GOODS), _parts(desk.dice)
    c = 2 + desk.dice.below(a + b - 2)
    slots = {name: desk.grammar.amount(kind, number) for name, number in (("a", a), ("b", b), ("c", c))}
    steps = (f"{a} + {b} = {a + b}", f"{a + b} - {c} = {a + b - c}")
    return _problem(desk, "get_give", kind, (a, b, c), steps, a + b - c, **slots, **_owners(desk))


def _times_plus(desk: Desk) -> Exchange:
    kind, count, each, slots = _groups(desk)
    total = count * each
    if total + 2 > MOST:
        return _times_plus(desk)
    c = 2 + desk.dice.below(min(9, MOST - total - 1))
    steps = (f"{count} × {each} = {total}", f"{total} + {c} = {total + c}")
    slots["c"] = desk.grammar.amount(kind, c)
    return _problem(desk, "times_plus", kind, (count, each, c), steps, total + c, **slots)


def _times_minus(desk: Desk) -> Exchange:
    kind, count, each, slots = _groups(desk)
    total = count * each
    c = 2 + desk.dice.below(min(9, total - 2))
    steps = (f"{count} × {each} = {total}", f"{total} - {c} = {total - c}")
    slots["c"] = desk.grammar.amount(kind, c)
    return _problem(desk, "times_minus", kind, (count, each, c), steps, total - c, **slots)


def _more_together(desk: Desk) -> Exchange:
    """One has some, the other so many more: how many have they together?"""
    kind = desk.dice.pick(GOODS)
    a, b = 2 + desk.dice.below(11), 2 + desk.dice.below(5)
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), **_owners(desk)}
    steps = (f"{a} + {b} = {a + b}", f"{a} + {a + b} = {2 * a + b}")
    return _problem(desk, "more_together", kind, (a, b), steps, 2 * a + b, **slots)


def _three(desk: Desk) -> Exchange:
    """Three kinds of one family, counted together."""
    family = desk.dice.pick((EATEN, WALKERS[2:]))
    kinds, (a, b, c) = desk.dice.sample(family, 3), _parts(desk.dice, 3)
    said = [desk.grammar.amount(kind, number) for kind, number in zip(kinds, (a, b, c), strict=True)]
    skeleton = "three_foods" if family is EATEN else "three_animals"
    total = a + b + c
    steps = (f"{a} + {b} = {a + b}", f"{a + b} + {c} = {total}")
    question = desk.say(skeleton, a=said[0], b=said[1], c=said[2])
    thought = desk.say("two_steps", first=steps[0], second=steps[1])
    return Exchange(
        skeleton, question, desk.say("total", number=total), str(total), thought, f"{sorted(kinds)} {sorted((a, b, c))}"
    )


SUMS: tuple[Write, ...] = (
    _come,
    _go,
    _together,
    _difference,
    _eaten,
    _times,
    _share,
    _get_give,
    _times_plus,
    _times_minus,
    _more_together,
    _three,
)
