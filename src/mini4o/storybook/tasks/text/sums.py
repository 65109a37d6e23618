"""Arithmetic in word problems: one step or two, whole numbers from 1 to 30, and of nothing more than there may be."""

from collections.abc import Sequence

from mini4o.storybook.claims import Noun, Plays
from mini4o.storybook.dice import Dice
from mini4o.storybook.imagine import PLACES
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.scene import INDOORS, ZONES, Place
from mini4o.storybook.tasks.text.talk import Desk, Exchange, Write

AT_ONCE = 6  # girls or cats in a room; apples that one eats
# How many there may be in one story: what somebody has, …
GOODS = {
    "apple": 30,
    "banana": 24,
    "carrot": 30,
    "cake": 12,
    "ice_cream": 12,
    "ball": 20,
    "balloon": 20,
    "kite": 10,
    "block": 30,
    "flower": 30,
    "star": 30,
    "heart": 30,
}
EATEN = ("apple", "banana", "carrot", "cake", "ice_cream")
PACKED = ("apple", "banana", "carrot", "ball", "block", "star", "heart")
# … and what is outdoors.
WALKERS = {
    "girl": 12,
    "boy": 12,
    "cat": 12,
    "dog": 12,
    "rabbit": 20,
    "frog": 20,
    "turtle": 12,
    "duck": 20,
    "elephant": 8,
}
FLYERS = {"bird": 24, "butterfly": 24, "plane": 8, "balloon": 20}
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
    reply, also = desk.say("result", amount=amount, number=answer), desk.ways("result", amount=amount, number=answer)
    return Exchange(skeleton, question, reply, str(answer), thought, content, also=(amount, *also))


def _parts(dice: Dice, most: int) -> tuple[int, int]:
    """Two numbers from 2 that add up to at most so much."""
    total = 4 + dice.below(most - 3)
    first = 2 + dice.below(total - 3)
    return first, total - first


def _scenery(desk: Desk, kind: str, most: int) -> tuple[str, int]:
    """A place where such things may be, as an adverbial, and how many there may be there; at most so many."""
    places: list[Place] = [place for place in PLACES if set(ZONES[place]) & set(KINDS[kind].where)]
    place = desk.dice.pick(places)
    return desk.grammar.plays(Plays(place=place)), AT_ONCE if place in INDOORS else most


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
    known = WALKERS | {kind: FLYERS[kind] for kind in ("bird", "butterfly")}
    kind = desk.dice.pick(list(known))
    where, most = _scenery(desk, kind, known[kind])
    a, b = _parts(desk.dice, most)
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), "where": where}
    return _problem(desk, "come", kind, (a, b), (f"{a} + {b} = {a + b}",), a + b, **slots)


def _go(desk: Desk) -> Exchange:
    known = WALKERS | FLYERS
    kind = desk.dice.pick(list(known))
    where, most = _scenery(desk, kind, known[kind])
    b, rest = _parts(desk.dice, most)
    a = b + rest
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), "where": where}
    skeleton = "fly" if kind in FLYERS else "go"
    return _problem(desk, skeleton, kind, (a, b), (f"{a} - {b} = {rest}",), rest, **slots)


def _together(desk: Desk) -> Exchange:
    kind = desk.dice.pick(list(GOODS))
    a, b = _parts(desk.dice, GOODS[kind])
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), **_owners(desk)}
    return _problem(desk, "together", kind, (a, b), (f"{a} + {b} = {a + b}",), a + b, **slots)


def _difference(desk: Desk) -> Exchange:
    kind = desk.dice.pick(list(GOODS))
    b, more = _parts(desk.dice, GOODS[kind])
    a = b + more
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), **_owners(desk)}
    return _problem(desk, "difference", kind, (a, b), (f"{a} - {b} = {more}",), more, **slots)


def _eaten(desk: Desk) -> Exchange:
    kind = desk.dice.pick(EATEN)
    b = 2 + desk.dice.below(min(AT_ONCE, GOODS[kind] // 4) - 1)  # nobody eats a dozen cakes
    rest = 1 + desk.dice.below(GOODS[kind] - b)
    a = b + rest
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), **_owners(desk)}
    return _problem(desk, "eaten", kind, (a, b), (f"{a} - {b} = {rest}",), rest, **slots)


def _groups(desk: Desk) -> tuple[str, int, int, dict[str, str]]:
    """So many baskets or boxes with as many things in each."""
    dice, kind = desk.dice, desk.dice.pick(PACKED)
    count = 2 + dice.below(5)
    each = 2 + dice.below(GOODS[kind] // count - 1)
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
    dice, kind = desk.dice, desk.dice.pick(list(GOODS))
    people = 2 + dice.below(4)
    each = 1 + dice.below(min(6, GOODS[kind] // people))
    total = people * each
    slots = {"a": desk.grammar.amount(kind, total), "people": desk.grammar.amount(dice.pick(OWNERS), people)}
    return _problem(desk, "share", kind, (people, total), (f"{total} ÷ {people} = {each}",), each, **slots)


def _get_give(desk: Desk) -> Exchange:
    kind = desk.dice.pick(list(GOODS))
    a, b = _parts(desk.dice, GOODS[kind])
    c = 2 + desk.dice.below(a + b - 2)
    slots = {name: desk.grammar.amount(kind, number) for name, number in (("a", a), ("b", b), ("c", c))}
    steps = (f"{a} + {b} = {a + b}", f"{a + b} - {c} = {a + b - c}")
    return _problem(desk, "get_give", kind, (a, b, c), steps, a + b - c, **slots, **_owners(desk))


def _times_plus(desk: Desk) -> Exchange:
    kind, count, each, slots = _groups(desk)
    total = count * each
    if total + 2 > GOODS[kind]:
        return _times_plus(desk)
    c = 2 + desk.dice.below(min(9, GOODS[kind] - total - 1))
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
    kind = desk.dice.pick(list(GOODS))
    b = 2 + desk.dice.below(min(5, GOODS[kind] // 2 - 3))
    a = 2 + desk.dice.below((GOODS[kind] - b) // 2 - 1)
    slots = {"a": desk.grammar.amount(kind, a), "b": desk.grammar.amount(kind, b), **_owners(desk)}
    steps = (f"{a} + {b} = {a + b}", f"{a} + {a + b} = {2 * a + b}")
    return _problem(desk, "more_together", kind, (a, b), steps, 2 * a + b, **slots)


def _three(desk: Desk) -> Exchange:
    """Three kinds of one family, counted together."""
    foods = desk.dice.happens(0.5)
    kinds = desk.dice.sample(EATEN if foods else list(WALKERS)[2:], 3)
    a, b, c = (2 + desk.dice.below(min(9, (GOODS if foods else WALKERS)[kind] - 1)) for kind in kinds)
    said = [desk.grammar.amount(kind, number) for kind, number in zip(kinds, (a, b, c), strict=True)]
    skeleton = "three_foods" if foods else "three_animals"
    total = a + b + c
    steps = (f"{a} + {b} = {a + b}", f"{a + b} + {c} = {total}")
    question = desk.say(skeleton, a=said[0], b=said[1], c=said[2])
    thought = desk.say("two_steps", first=steps[0], second=steps[1])
    content, also = f"{sorted(kinds)} {sorted((a, b, c))}", desk.ways("total", number=total)
    return Exchange(skeleton, question, desk.say("total", number=total), str(total), thought, content, also=also)


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
