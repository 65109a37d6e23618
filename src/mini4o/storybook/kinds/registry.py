"""What a kind of thing is: how it is drawn, what may be said of it, where it may be."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np

from mini4o.storybook.palette import COLOURS, Colour
from mini4o.storybook.pen import Array, Pen, Shape

Family = Literal["people", "animals", "plants", "home", "vehicles", "food", "toys", "sky", "signs"]
Where = Literal["land", "water", "sky", "floor"]  # outdoors on land, on water, in the sky; indoors on the floor
Span: TypeAlias = tuple[float, float, float]  # left, right, height above the base, in page units
Spot: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Look:
    """What a drawing depends on besides the colour: state, text on it, and which of the kind's variants it is."""

    state: str | None = None
    text: str | None = None
    variant: int = 0


Draw: TypeAlias = Callable[[Pen, Look], None]


@dataclass(frozen=True)
class Kind:
    """A kind of thing.

    Args:
        name: its name, a key of the languages' tables.
        family: the family it belongs to.
        draw: draws it in page units, facing right, standing on y = 0.
        colours: the colours it may have; none means that its colour is never spoken of.
        states: what it may be, the usual first; none means that there is nothing to say.
        faces: whether it has a left and a right, and so can be turned.
        variants: how many versions there are that nobody speaks of (hair, skin, spots).
        where: where it may stand or float by itself.
        top: the surface on which small things may stand.
        inside: the opening into which small things may be put; what is below its height hides them.
        hand: the point of a hand that can hold something.
        grip: where it is held, for things that fit a hand.
        small: whether it is small enough to stand on, or be inside, something.
        text: how many letters and digits it carries at most.
    """

    name: str
    family: Family
    draw: Draw
    colours: tuple[Colour, ...] = COLOURS
    states: tuple[str, ...] = ()
    faces: bool = False
    variants: int = 1
    where: tuple[Where, ...] = ("land", "floor")
    top: Span | None = None
    inside: Span | None = None
    hand: Spot | None = None
    grip: Spot | None = None
    small: bool = False
    text: int = 0

    @property
    def flies(self) -> bool:
        """Whether it is in the sky when nobody holds it."""
        return self.where == ("sky",)

    def shapes(self, look: Look) -> tuple[Shape, ...]:
        """Its polygons in page units, back to front; drawn once and kept."""
        return _shapes(self, look)

    def extent(self, look: Look) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of all its shapes in page units, facing right, at medium size."""
        return _extent(self, look)

    def __hash__(self) -> int:
        return hash(self.name)


@lru_cache(maxsize=4096)
def _shapes(kind: Kind, look: Look) -> tuple[Shape, ...]:
    pen = Pen()
    kind.draw(pen, look)
    return tuple(pen.shapes)


@lru_cache(maxsize=4096)
def _extent(kind: Kind, look: Look) -> tuple[float, float, float, float]:
    points: Array = np.concatenate([shape.points for shape in kind.shapes(look)])
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    return float(left), float(bottom), float(right), float(top)
