"""Claims: what a request states of a picture, one by one. The judge is told nothing else: no place, seed or scene."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from mini4o.storybook.palette import Colour
from mini4o.storybook.scene import Facing, Facts, Place, RelationName, Season, Setting, Size, Thing, Time, Weather


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Noun(_Value):
    """Things meant by a phrase: a kind and those of its properties that were said. None: not said."""

    kind: str
    colour: Colour | None = None
    size: Size | None = None
    facing: Facing | None = None
    state: str | None = None
    text: str | None = None

    def fits(self, thing: Thing) -> bool:
        """Whether the phrase may mean this thing."""
        return all(
            said is None or said == getattr(thing, name)
            for name, said in (
                ("kind", self.kind),
                ("colour", self.colour),
                ("size", self.size),
                ("facing", self.facing),
                ("state", self.state),
                ("text", self.text),
            )
        )


class Shows(_Value):
    """The picture shows such a thing: exactly `count`, or at least one if it is None."""

    type: Literal["shows"] = "shows"
    noun: Noun
    count: Annotated[int, Field(ge=1)] | None = None


class Lacks(_Value):
    """The picture shows no such thing."""

    type: Literal["lacks"] = "lacks"
    noun: Noun


class Related(_Value):
    """Some `a` is in the relation to some `b`."""

    type: Literal["related"] = "related"
    name: RelationName
    a: Noun
    b: Noun


class Sits(_Value):
    """Some such thing is on the left or on the right of the picture."""

    type: Literal["sits"] = "sits"
    noun: Noun
    side: Facing


class Plays(_Value):
    """The setting, as far as it was said."""

    type: Literal["plays"] = "plays"
    place: Place | None = None
    time: Time | None = None
    season: Season | None = None
    weather: Weather | None = None

    def fits(self, setting: Setting) -> bool:
        """Whether the setting is as said."""
        said = self.model_dump(exclude={"type"}, exclude_none=True)
        return all(getattr(setting, name) == value for name, value in said.items())


Claim: TypeAlias = Annotated[Shows | Lacks | Related | Sits | Plays, Field(discriminator="type")]


def noun(thing: Thing, *said: Literal["colour", "size", "facing", "state", "text"]) -> Noun:
    """The phrase that says the kind of a thing and these of its properties."""
    return Noun(kind=thing.kind, **{name: getattr(thing, name) for name in said})


def true_of(claim: Claim, facts: Facts) -> bool | None:
    """Whether a claim is true of facts; None for directions and sides, of which facts without places say nothing."""
    if isinstance(claim, Plays):
        return claim.fits(facts.setting)
    if isinstance(claim, Lacks):
        return not any(claim.noun.fits(thing) for thing in facts.things)
    if isinstance(claim, Shows):
        count = sum(claim.noun.fits(thing) for thing in facts.things)
        return count == claim.count if claim.count is not None else count > 0
    if isinstance(claim, Sits):
        return None if any(claim.noun.fits(thing) for thing in facts.things) else False
    for relation in facts.relations:
        ends = claim.a.fits(facts.things[relation.a]) and claim.b.fits(facts.things[relation.b])
        if relation.name == claim.name and ends:
            return True
    return None if claim.name not in ("on", "inside", "holding") else False
