"""Facts made to order: a setting that suits, the things that are asked about, and others that only stand around.

Whatever depends on the split alone (which colours, places and numbers of a kind it may show) is settled here before a
question is chosen, so that every answer to a chosen question can be had.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from mini4o.storybook import imagine
from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import FIRST_VOLUME, KINDS
from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import Colour
from mini4o.storybook.scene import (
    SCALE,
    Bond,
    Facts,
    Relation,
    RelationName,
    Setting,
    Thing,
    can,
)
from mini4o.storybook.splits import Split, held_out
from mini4o.storybook.tasks.describing import sayable
from mini4o.storybook.tasks.questions.programs import ALIKE, echoed

UNIQUE = ("sun", "moon", "rainbow")  # one at most in a sky
ROOM = 5200.0  # page units squared that the boxes of all things may have together
TIGHT = 2600.0  # the same where relations leave few places
_HANDY = 1100.0  # five things whose boxes are smaller find room on any page


class Stage:
    """Facts in the making. Things are added one by one; `facts` are all of them."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.things: list[Thing] = []
        self.relations: list[Relation] = []

    def add(self, thing: Thing) -> int:
        """Puts one more thing there and tells its index."""
        self.things.append(thing)
        return len(self.things) - 1

    def relate(self, name: RelationName, a: int, b: int) -> None:
        """States a relation of two things."""
        self.relations.append(Relation.model_construct(name=name, a=a, b=b))

    def carry(self, bond: Bond, load: Thing, carrier: Thing) -> int:
        """Adds two things, one carried by the other, of sizes that go together, and tells the load's index."""
        size = carrier.size if bond == "holding" or carrier.size != "small" else "medium"
        under = self.add(carrier.model_copy(update={"size": size}))
        small = size != "large" or load.size == "large"
        over = self.add(load.model_copy(update={"size": "small"}) if small else load)
        self.relate(bond, *((under, over) if bond == "holding" else (over, under)))
        return over

    def extras(
        self,
        dice: Dice,
        count: int,
        unlike: Collection[str] = (),
        kinds: Iterable[str] = (),
        colours: Iterable[str] = (),
    ) -> None:
        """Adds up to `count` things of different kinds by chance.

        Args:
            dice: the stream.
            count: how many.
            unlike: kinds and families that none of them may be, nor be taken for.
            kinds: kinds that come first, where they can be.
            colours: colours that they take in turn, where they can.
        """
        out = set(unlike).union(*(ALIKE.get(name, ()) for name in unlike), *(_taken_for(name) for name in unlike))
        if any(thing.kind in UNIQUE for thing in self.things):
            out.update(UNIQUE)
        first, left = set(kinds), list(colours)
        free = [kind for kind in imagine.kinds_for(self.setting) if kind.name not in out and kind.family not in out]
        for kind in sorted(dice.shuffled(free), key=lambda kind: kind.name not in first)[:count]:
            colour = next((colour for colour in left if colour in kind.colours), None)
            if colour is not None:
                left.remove(colour)
            self.add(made(dice, kind.name, colour=colour))

    def holds(self, kind: str) -> bool:
        """Whether a kind can be there by itself."""
        return KINDS[kind] in imagine.kinds_for(self.setting)

    def squeeze(self, *keep: int, room: float = ROOM) -> None:
        """Makes the largest things smaller until all fit into so much room; not those to keep."""
        sizes = [thing.size for thing in self.things]
        areas = [_area(thing.kind) for thing in self.things]
        while sum(area * SCALE[size] ** 2 for area, size in zip(areas, sizes, strict=True)) > room:
            free = [index for index, size in enumerate(sizes) if size != "small" and index not in keep]
            if not free:
                break
            largest = max(free, key=lambda index: areas[index] * SCALE[sizes[index]])
            sizes[largest] = "medium" if sizes[largest] == "large" else "small"
            self.things[largest] = self.things[largest].model_copy(update={"size": sizes[largest]})

    @property
    def facts(self) -> Facts:
        """All of it."""
        return Facts.model_construct(setting=self.setting, things=tuple(self.things), relations=tuple(self.relations))


def made(dice: Dice, kind: str, **said: Any) -> Thing:
    """A thing of a kind with these properties, the others by chance; a tree whose colour is said has its leaves."""
    thing = imagine.thing(dice, KINDS[kind]).model_copy(update={name: value for name, value in said.items() if value})
    return thing if not said.get("colour") or sayable(thing, "colour") else thing.model_copy(update={"state": "leafy"})


def like(dice: Dice, wanted: Noun) -> Thing:
    """A thing that a noun means."""
    return made(dice, **wanted.model_dump())


def stage(
    dice: Dice, split: Split, standing: Iterable[str], carried: Iterable[str] = (), counted: Iterable[str] = ()
) -> Stage | None:
    """An empty stage whose setting suits; None if there is none. For the arguments see `settings`."""
    fitting, weights = settings(split, frozenset(standing), frozenset(carried), frozenset(counted))
    return Stage(dice.pick(fitting, weights)) if fitting else None


@lru_cache(maxsize=4096)
def settings(
    split: Split, standing: frozenset[str], carried: frozenset[str] = frozenset(), counted: frozenset[str] = frozenset()
) -> tuple[tuple[Setting, ...], tuple[float, ...]]:
    """The settings where these kinds can be, and how often each is to come.

    Args:
        split: the split, which may hold out kinds at places.
        standing: kinds that are there by themselves.
        carried: kinds that something carries.
        counted: kinds that are counted or may be missing, so that the backdrop must not show their like.
    """
    fitting = []
    for setting, weight in _all_settings():
        kinds = {kind.name for kind in imagine.kinds_for(setting)}
        if not standing <= kinds or any(echoed(name, setting) for name in counted):
            continue
        if not any(unseen(split, name, place=setting.place) for name in standing | carried | counted):
            fitting.append((setting, weight))
    return tuple(setting for setting, _ in fitting), tuple(weight for _, weight in fitting)


@lru_cache(maxsize=1)
def _all_settings() -> list[tuple[Setting, float]]:
    """Every setting with its weight: all places alike, day and clear weather twice as often as their opposites."""
    found: list[tuple[Setting, float]] = []
    for setting in imagine.all_settings():
        weight = 2.0 if setting.time == "day" else 1.0
        weight *= 1 / 4 if setting.season else 1
        weight *= {None: 3, "clear": 2, "rain": 1, "snow": 1}[setting.weather]
        found.append((setting, weight / 2 if setting.season == "winter" and setting.weather != "clear" else weight))
    return found


@lru_cache(maxsize=64)
def _taken_for(name: str) -> frozenset[str]:
    """What would be in doubt beside things of this kind."""
    return frozenset(other for other, alike in ALIKE.items() if name in alike)


@lru_cache(maxsize=64)
def _area(kind: str) -> float:
    """Page units squared of the box around a thing of medium size."""
    of = KINDS[kind]
    left, bottom, right, top = of.extent(Look(of.states[0] if of.states else None, "A" if of.text else None))
    return (right - left) * (top - bottom)


def most(kind: str) -> int:
    """How many of a kind are asked for at the outside."""
    return 5 if _area(kind) < _HANDY else 4


@lru_cache(maxsize=8192)
def unseen(split: Split, kind: str, colour: str | None = None, place: str | None = None, count: int = 1) -> bool:
    """Whether a split may not show so many of a kind, or one of this colour, or one at this place.

    In the split of held-out combinations nothing is forbidden.
    """
    if split == "heldout":
        return False
    thing = Thing.model_construct(kind=kind, colour=colour)
    where = Setting.model_construct(place=place or imagine.PLACES[0])
    rare = held_out(Facts.model_construct(setting=where, things=(thing,) * count))
    asked = {f"{kind} × {colour}"} if colour else set()
    asked |= {f"{kind} × {place}"} if place else set()
    asked |= {f"{count} × {kind}"} if count > 1 else set()
    return bool(asked & set(rare))


@lru_cache(maxsize=1024)
def colours(split: Split, kind: str) -> tuple[Colour, ...]:
    """The colours in which a split may show a kind."""
    return tuple(colour for colour in KINDS[kind].colours if not unseen(split, kind, colour))


def number(dice: Dice, split: Split, kind: str, options: Iterable[int], already: int = 0) -> int | None:
    """One of the numbers such that the split may show so many of a kind besides those already there."""
    allowed = [extra for extra in options if not unseen(split, kind, count=already + extra)]
    return dice.pick(allowed) if allowed else None


@lru_cache(maxsize=64)
def at_home(split: Split, counted: bool = False) -> tuple[str, ...]:
    """The kinds that can be somewhere by themselves; with `counted`, where the backdrop shows nothing like them."""
    return tuple(
        name
        for name in FIRST_VOLUME
        if settings(split, frozenset({name}), frozenset(), frozenset({name}) if counted else frozenset())[0]
    )


@lru_cache(maxsize=256)
def carriers(bond: Bond, load: str) -> tuple[str, ...]:
    """The kinds that can carry a kind so."""
    return tuple(name for name, kind in FIRST_VOLUME.items() if _fits(bond, KINDS[load], kind))


@lru_cache(maxsize=256)
def loads(bond: Bond, carrier: str) -> tuple[str, ...]:
    """The kinds that a kind can carry so."""
    return tuple(name for name, kind in FIRST_VOLUME.items() if _fits(bond, kind, KINDS[carrier]))


def _fits(bond: Bond, load: Kind, carrier: Kind) -> bool:
    return can(bond, carrier, load) if bond == "holding" else can(bond, load, carrier)
