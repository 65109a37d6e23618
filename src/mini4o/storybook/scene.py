"""The scene graph: what there is (facts), and where it is (poses). Everything else is a function of it.

Page units: a hundredth of the picture's short side; x from the left edge, y upwards from the bottom edge.
"""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mini4o.storybook.kinds import KINDS
from mini4o.storybook.kinds.registry import Kind, Look, Where
from mini4o.storybook.palette import Colour

Size = Literal["small", "medium", "large"]
Facing = Literal["left", "right"]
Place = Literal["meadow", "garden", "street", "beach", "lake", "bedroom", "kitchen"]
Time = Literal["day", "night"]
Season = Literal["spring", "summer", "autumn", "winter"]
Weather = Literal["clear", "rain", "snow"]
Bond = Literal["on", "inside", "holding"]  # one thing is placed by the other and moves with it
Direction = Literal["left of", "right of", "above", "below", "in front of", "behind", "next to"]
RelationName: TypeAlias = Bond | Direction

BONDS: tuple[Bond, ...] = get_args(Bond)
INDOORS: tuple[Place, ...] = ("bedroom", "kitchen")
SEASONAL: tuple[Place, ...] = ("meadow", "garden", "street")  # where grass, leaves or snow tell the season
ZONES: dict[Place, tuple[Where, ...]] = {
    "meadow": ("land", "sky"),
    "garden": ("land", "sky"),
    "street": ("land", "sky"),
    "beach": ("land", "water", "sky"),
    "lake": ("land", "water", "sky"),
    "bedroom": ("floor",),
    "kitchen": ("floor",),
}
SCALE: dict[Size, float] = {"small": 0.7, "medium": 1.0, "large": 1.4}


_TURNED: dict[str, RelationName] = {"right of": "left of", "below": "above", "behind": "in front of"}


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed, without what was cached of the original: its hash, its bonds."""
        copy = super().model_copy(update=update, deep=deep)
        for name in copy.__dict__.keys() - type(copy).model_fields.keys():
            del copy.__dict__[name]
        return copy


class Setting(_Value):
    """Where and when. Indoors there is no weather; only grass and trees tell a season."""

    place: Place
    time: Time = "day"
    season: Season | None = None
    weather: Weather | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if (self.weather is None) != (self.place in INDOORS):
            raise ValueError(f"{self.place}: weather is for outdoor places, and they need it")
        if (self.season is None) != (self.place not in SEASONAL):
            raise ValueError(f"{self.place}: a season is for {', '.join(SEASONAL)}, and they need it")
        if self.weather == "snow" and self.season != "winter":
            raise ValueError("snow falls in winter only")
        return self

    @property
    def key(self) -> str:
        """All of it as text."""
        return f"{self.place}/{self.time}/{self.season}/{self.weather}"


class Thing(_Value):
    """One thing and all that may be said of it. What its kind does not have (colour, state …) is None."""

    kind: str
    colour: Colour | None = None
    size: Size = "medium"
    facing: Facing | None = None
    state: str | None = None
    text: Annotated[str, Field(pattern="^[A-Z0-9]{1,3}$")] | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        kind = KINDS.get(self.kind)
        if kind is None:
            raise ValueError(f"no kind {self.kind!r}; the kinds are {', '.join(KINDS)}")
        if self.colour not in (kind.colours or (None,)):
            raise ValueError(f"{self.kind}: colour {self.colour!r} is not one of {', '.join(kind.colours) or 'none'}")
        if self.state not in (kind.states or (None,)):
            raise ValueError(f"{self.kind}: state {self.state!r} is not one of {', '.join(kind.states) or 'none'}")
        if (self.facing is not None) != kind.faces:
            raise ValueError(f"{self.kind}: {'needs a' if kind.faces else 'has no'} facing")
        if (self.text is not None) != bool(kind.text) or len(self.text or "") > kind.text:
            raise ValueError(f"{self.kind}: needs {f'1 to {kind.text} letters' if kind.text else 'no'} text")
        return self

    @property
    def key(self) -> str:
        """All of it as text."""
        return f"{self.kind}/{self.colour}/{self.size}/{self.facing}/{self.state}/{self.text}"

    @property
    def of(self) -> Kind:
        """Its kind."""
        return KINDS[self.kind]

    @property
    def shown_colour(self) -> Colour | None:
        """Its colour if that is to be seen: a tree's is that of leaves, which a bare one does not bear."""
        return None if self.kind == "tree" and self.state == "bare" else self.colour


class Relation(_Value):
    """`things[a]` is in the relation to `things[b]`."""

    name: RelationName
    a: Annotated[int, Field(ge=0)]
    b: Annotated[int, Field(ge=0)]

    @property
    def carried(self) -> int:
        """Of a bond: the thing that goes where the other goes."""
        return self.b if self.name == "holding" else self.a

    @property
    def carrier(self) -> int:
        """Of a bond: the thing that the other goes with."""
        return self.a if self.name == "holding" else self.b


def can(bond: RelationName, a: Kind, b: Kind) -> bool:
    """Whether things of these kinds can be bound so."""
    if bond == "holding":
        return a.hand is not None and b.grip is not None
    return a.small and (b.top if bond == "on" else b.inside) is not None


def _one_way(relation: Relation) -> tuple[RelationName, int, int]:
    """Name and ends of a relation: of "a is right of b" and "b is left of a" always the latter."""
    if relation.name in _TURNED:
        return _TURNED[relation.name], relation.b, relation.a
    if relation.name == "next to":
        return relation.name, min(relation.a, relation.b), max(relation.a, relation.b)
    return relation.name, relation.a, relation.b


class Facts(_Value):
    """What a scene shows, without saying where on the page. Splits are made by its hash."""

    setting: Setting
    things: tuple[Thing, ...] = ()
    relations: tuple[Relation, ...] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for relation in self.relations:
            if relation.a == relation.b or max(relation.a, relation.b) >= len(self.things):
                raise ValueError(f"{relation.name}: needs two different things of the {len(self.things)}")
        carried: set[int] = set()
        for bond in self.bonds:
            a, b = self.things[bond.a], self.things[bond.b]
            if not can(bond.name, a.of, b.of):
                raise ValueError(f"a {a.kind} cannot be {bond.name} a {b.kind}")
            if bond.carried in carried:
                raise ValueError(f"the {self.things[bond.carried].kind} is already on, inside or held by something")
            carried.add(bond.carried)
        carriers = {bond.carrier for bond in self.bonds}
        if carriers & carried:
            raise ValueError("what is carried cannot carry")
        for index, thing in enumerate(self.things):
            if index not in carried and not set(thing.of.where) & set(ZONES[self.setting.place]):
                raise ValueError(f"a {thing.kind} cannot be in a {self.setting.place} by itself")
        return self

    @cached_property
    def bonds(self) -> tuple[Relation, ...]:
        """The relations by which one thing is placed by another."""
        return tuple(relation for relation in self.relations if relation.name in BONDS)

    @cached_property
    def hash(self) -> str:
        """16 hexadecimal digits; neither the order of the things counts nor the end from which a relation is told."""
        told = [thing.key for thing in self.things]
        related = []
        for name, a, b in {_one_way(relation) for relation in self.relations}:
            ends = told[a], told[b]
            related.append((name, *(sorted(ends) if name == "next to" else ends)))
        text = repr((self.setting.key, sorted(told), sorted(related)))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Pose(_Value):
    """Where a thing is: the middle of its base, a scale beside its size's, its variant, its depth (more is nearer)."""

    x: float
    y: float
    scale: Annotated[float, Field(gt=0)] = 1.0
    variant: Annotated[int, Field(ge=0)] = 0
    depth: float = 0.0


class Scene(_Value):
    """Facts on a page: one pose for each thing; width and height of the page in page units, the shorter being 100."""

    facts: Facts
    poses: tuple[Pose, ...]
    width: float = 100.0
    height: float = 100.0
    backdrop: Annotated[int, Field(ge=0)] = 0  # which of the setting's backdrops

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if len(self.poses) != len(self.facts.things):
            raise ValueError(f"{len(self.facts.things)} things need as many poses, not {len(self.poses)}")
        for thing, pose in zip(self.facts.things, self.poses, strict=True):
            if pose.variant >= thing.of.variants:
                raise ValueError(f"{thing.kind}: variant {pose.variant} is not one of its {thing.of.variants}")
        if min(self.width, self.height) != 100 or max(self.width, self.height) > 400:
            raise ValueError("the shorter side of a page is 100, the longer at most 400")
        return self

    @property
    def order(self) -> list[int]:
        """Indices of the things, back to front."""
        return sorted(range(len(self.poses)), key=lambda index: (self.poses[index].depth, index))

    def look(self, index: int) -> Look:
        """What the drawing of a thing depends on besides its colour."""
        thing = self.facts.things[index]
        return Look(thing.state, thing.text, self.poses[index].variant)

    def scale(self, index: int) -> float:
        """Page units a unit of the thing's drawing."""
        return SCALE[self.facts.things[index].size] * self.poses[index].scale

    def box(self, index: int) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of the whole thing in page units, hidden or not, on the page or not."""
        thing, pose, scale = self.facts.things[index], self.poses[index], self.scale(index)
        left, bottom, right, top = thing.of.extent(self.look(index))
        if thing.facing == "left":
            left, right = -right, -left
        return pose.x + scale * left, pose.y + scale * bottom, pose.x + scale * right, pose.y + scale * top

    @cached_property
    def hash(self) -> str:
        """16 hexadecimal digits of everything, places included."""
        places = [(pose.x, pose.y, pose.scale, pose.variant, pose.depth) for pose in self.poses]
        told = ([thing.key for thing in self.facts.things], self.facts.relations, places)
        text = repr((self.facts.setting.key, told, self.width, self.height, self.backdrop))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
