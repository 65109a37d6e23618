"""The edits as values: each is one change of a scene, of a thing (by its index) or of the setting."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from mini4o.storybook.palette import Colour
from mini4o.storybook.scene import Facing, Pose, RelationName, Season, Size, Thing, Time, Weather


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Index = Annotated[int, Field(ge=0)]


class Goal(_Value):
    """Where a thing is to go: into a relation to another thing, or to a side of the page; one of the two.

    With "holding" it is the other thing that holds.
    """

    relation: RelationName | None = None
    other: _Index | None = None
    side: Facing | None = None


class Add(_Value):
    """One more thing, listed at `index`; at a place by chance that has the goal, or at `pose` if that is given.

    Of `like`, if that is given, it takes scale and variant: it is known from another picture.
    """

    type: Literal["add"] = "add"
    thing: Thing
    index: _Index
    goal: Goal | None = None
    pose: Pose | None = None
    like: Pose | None = None


class Remove(_Value):
    """One thing goes. What carries something cannot."""

    type: Literal["remove"] = "remove"
    index: _Index


class Recolour(_Value):
    """Another colour."""

    type: Literal["recolour"] = "recolour"
    index: _Index
    colour: Colour


class Replace(_Value):
    """A thing of another kind at the same place."""

    type: Literal["replace"] = "replace"
    index: _Index
    thing: Thing


class Resize(_Value):
    """Another size, standing where it stood."""

    type: Literal["resize"] = "resize"
    index: _Index
    size: Size


class Move(_Value):
    """To another place, with all that it carries."""

    type: Literal["move"] = "move"
    index: _Index
    goal: Goal


class Turn(_Value):
    """Facing the other way."""

    type: Literal["turn"] = "turn"
    index: _Index
    facing: Facing


class SetState(_Value):
    """Another state: open, asleep, lit …"""

    type: Literal["state"] = "state"
    index: _Index
    state: str


class SetText(_Value):
    """Other letters and digits."""

    type: Literal["text"] = "text"
    index: _Index
    text: str


class SetWeather(_Value):
    """Other weather."""

    type: Literal["weather"] = "weather"
    weather: Weather


class SetSeason(_Value):
    """Another season."""

    type: Literal["season"] = "season"
    season: Season


class SetTime(_Value):
    """Day or night."""

    type: Literal["time"] = "time"
    time: Time


ThingEdit: TypeAlias = Remove | Recolour | Replace | Resize | Move | Turn | SetState | SetText
SettingEdit: TypeAlias = SetWeather | SetSeason | SetTime
Edit: TypeAlias = Annotated[Add | ThingEdit | SettingEdit, Field(discriminator="type")]
SETTING_EDITS = (SetWeather, SetSeason, SetTime)
