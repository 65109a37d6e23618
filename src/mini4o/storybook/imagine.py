"""Facts by chance: settings and things that go together, some of them in relations.

All of it is of the first volume (world `storybook-1`), so kinds and places that come later change nothing here.
"""

import math
from collections import Counter
from functools import lru_cache

from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import FIRST_VOLUME
from mini4o.storybook.kinds.registry import Kind
from mini4o.storybook.scene import (
    BONDS,
    INDOORS,
    SEASONAL,
    ZONES,
    Bond,
    Facts,
    Place,
    Relation,
    Season,
    Setting,
    Size,
    Thing,
    Weather,
    can,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# what is rude in a language that is spoken here is not written on signs
_UNKIND = "ASS|CUM|DIE|FAG|FCK|FUC|FUK|KKK|NAZ|NIG|SEX|SUK|TIT|WTF|88|HH|SS|SB|CNM|MMP|NMB|TMD"
SIZES: tuple[Size, ...] = ("small", "medium", "large")
SIZE_WEIGHTS = (1.0, 2.0, 1.0)
PLACES: tuple[Place, ...] = ("meadow", "garden", "street", "beach", "lake", "bedroom", "kitchen")
SEASONS: tuple[Season, ...] = ("spring", "summer", "autumn", "winter")


def setting(dice: Dice) -> Setting:
    """Any setting; two in three are by day, two in three of the outdoor ones in clear weather."""
    place = dice.pick(PLACES)
    season = dice.pick(SEASONS) if place in SEASONAL else None
    weather: Weather | None = None
    if place not in INDOORS:
        weather = "clear" if dice.happens(2 / 3) else "snow" if season == "winter" else "rain"
    return Setting.model_construct(
        place=place, time="day" if dice.happens(2 / 3) else "night", season=season, weather=weather
    )


@lru_cache(maxsize=256)
def kinds_for(where: Setting) -> tuple[Kind, ...]:
    """The kinds that may be there by themselves."""
    zones, out = set(ZONES[where.place]), out_of_sight(where)
    return tuple(kind for kind in FIRST_VOLUME.values() if kind.name not in out and zones & set(kind.where))


def out_of_sight(where: Setting) -> set[str]:
    """What the sky does not show then: no sun at night or in bad weather, no moon by day."""
    out = {"moon", *(("rainbow",) if where.weather == "snow" else ())} if where.time == "day" else {"sun", "rainbow"}
    return {*out, "sun"} if where.weather in ("rain", "snow") else out


def thing(dice: Dice, kind: Kind) -> Thing:
    """A thing of a kind, its colour, size, facing, state and text by chance."""
    return Thing.model_construct(
        kind=kind.name,
        colour=dice.pick(kind.colours) if kind.colours else None,
        size=dice.pick(SIZES, SIZE_WEIGHTS),
        facing=dice.pick(("left", "right")) if kind.faces else None,
        state=dice.pick(kind.states) if kind.states else None,
        text=text(dice, kind.text) if kind.text else None,
    )


def text(dice: Dice, most: int) -> str:
    """One to `most` letters and digits, fewer more often."""
    count = dice.pick(range(1, most + 1), range(most, 0, -1))
    while (letters := "".join(dice.pick(LETTERS) for _ in range(count))) in _UNKIND.split("|"):
        pass
    return letters


def facts(dice: Dice, count: int | None = None, where: Setting | None = None, repeats: float = 0.25) -> Facts:
    """Facts by chance.

    Args:
        dice: the stream.
        count: how many things stand, fly or float by themselves; 1 to 4 if None. What they carry comes on top.
        where: the setting, by chance if None.
        repeats: how often the next thing is of the kind of an earlier one, so that there is something to count.
    """
    where = where or setting(dice)
    kinds = kinds_for(where)
    families = Counter(kind.family for kind in kinds)
    weights = [1 / math.sqrt(families[kind.family]) for kind in kinds]
    things: list[Thing] = []
    relations: list[Relation] = []
    for _ in range(dice.pick((1, 2, 3, 4), (2, 3, 3, 2)) if count is None else count):
        if things and dice.happens(repeats):
            kind = dice.pick([each.of for each in things if set(each.of.where) & set(ZONES[where.place])])
        else:
            kind = dice.pick(kinds, weights)  # a family of four kinds comes twice as often as one of a single kind
        if kind.family == "sky" and kind.name != "cloud" and any(each.kind == kind.name for each in things):
            kind = dice.pick([kind for kind in kinds if kind.family != "sky"])
        things.append(thing(dice, kind))
        if dice.happens(0.35):
            carry(dice, things, relations)
    return Facts.model_construct(setting=where, things=tuple(things), relations=tuple(relations))


def carry(dice: Dice, things: list[Thing], relations: list[Relation]) -> None:
    """Gives the last thing something to hold, or puts something on it or into it, if it can have that."""
    carrier = things[-1]
    names = [name for name in BONDS if _could(name, carrier)]
    if not names:
        return
    name = dice.pick(names)
    pairs = [
        kind
        for kind in FIRST_VOLUME.values()
        if (can(name, carrier.of, kind) if name == "holding" else can(name, kind, carrier.of))
    ]
    load = thing(dice, dice.pick(pairs))
    load = load.model_copy(update={"size": "medium" if carrier.size == "large" and dice.happens(0.5) else "small"})
    things.append(load)
    here, there = len(things) - 2, len(things) - 1
    ends = (here, there) if name == "holding" else (there, here)
    relations.append(Relation.model_construct(name=name, a=ends[0], b=ends[1]))


def _could(name: Bond, carrier: Thing) -> bool:
    kind = carrier.of
    if name == "holding":
        return kind.hand is not None
    return (kind.top if name == "on" else kind.inside) is not None and carrier.size != "small"


def all_settings() -> list[Setting]:
    """Every possible setting."""
    return [
        Setting(place=place, time=time, season=season, weather=weather)
        for place in PLACES
        for time in ("day", "night")
        for season in (SEASONS if place in SEASONAL else (None,))
        for weather in (
            (None,) if place in INDOORS else ("clear", "rain", "snow") if season == "winter" else ("clear", "rain")
        )
    ]
