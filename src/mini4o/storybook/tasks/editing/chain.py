"""A chain of pictures, each made from an earlier one, and what is remembered: who is who, who went, who came."""

from dataclasses import dataclass, field

from mini4o.storybook.claims import Claim, Lacks, Noun, Plays
from mini4o.storybook.compose import SceneError
from mini4o.storybook.dice import Dice
from mini4o.storybook.edits import (
    Add,
    Edit,
    Goal,
    Recolour,
    Remove,
    Replace,
    Resize,
    SetState,
    SetText,
    Turn,
    apply,
    edited,
)
from mini4o.storybook.imagine import SIZES
from mini4o.storybook.scene import Bond, Facts, Pose, Scene, Thing
from mini4o.storybook.splits import Language, Split, split_of
from mini4o.storybook.tasks.describing import noun, sayable
from mini4o.storybook.tasks.editing.asides import Aside
from mini4o.storybook.tasks.editing.proposing import keeps_loads
from mini4o.storybook.tasks.editing.wording import Order, counted


@dataclass(frozen=True)
class Gone:
    """A thing that was removed, as it was, and what carried it."""

    who: int
    thing: Thing
    pose: Pose
    index: int
    bond: Bond | None = None
    carrier: int | None = None  # who
    carrier_pose: Pose | None = None


@dataclass(frozen=True)
class State:
    """A picture of the chain.

    Attributes:
        scene: the scene.
        who: for each thing a number that it keeps for all its life.
        gone: what was removed until then and is not back.
        added: who was added until then.
    """

    scene: Scene
    who: tuple[int, ...]
    gone: tuple[Gone, ...] = ()
    added: tuple[int, ...] = ()

    @property
    def facts(self) -> Facts:
        """The facts of its scene."""
        return self.scene.facts


@dataclass(frozen=True)
class Round:
    """An instruction, and the picture that it asks for.

    Attributes:
        text: the instruction.
        type: the type of its edit; "undo", "first" or "restore" for what is no edit of its own.
        reference: how it refers to its thing, or back: by name, by pronoun, to what was done before …
        skeleton: which phrasings were used.
        source: the number of the picture that it starts from, counted from 1.
        state: the picture that it asks for.
        claims: what must hold then.
        edit: the edit of the source.
        order: the edit in words that name everything.
        pronoun: the pronoun it uses.
        about: who may be "it" in the next round.
    """

    text: str
    type: str
    reference: str
    skeleton: str
    source: int
    state: State
    claims: tuple[Claim, ...]
    edit: Edit | None = None
    order: Order | None = None
    pronoun: str | None = None
    about: int | None = None


@dataclass
class Chain:
    """The rounds so far. `about` and `last` are what the next instruction may refer to; idle talk can end that."""

    split: Split
    language: Language
    dice: Dice
    states: list[State]
    rounds: list[Round] = field(default_factory=list)
    about: int | None = None
    last: Round | None = None
    asides: dict[int, Aside] = field(default_factory=dict)  # what is only said, after which round

    @property
    def now(self) -> State:
        """The latest picture."""
        return self.states[-1]

    @property
    def latest(self) -> int:
        """The number of the latest picture, counted from 1."""
        return len(self.states)

    def index(self, who: int | None) -> int | None:
        """The index of a thing in the latest picture; None if it is not there."""
        return self.now.who.index(who) if who in self.now.who else None

    def append(self, done: Round) -> None:
        """Adds a round."""
        self.rounds.append(done)
        self.states.append(done.state)
        self.about, self.last = done.about, done

    def after(self, state: State, edit: Edit) -> State | None:
        """The state after an edit; None if it leaves the split or does not fit."""
        try:
            if split_of(edited(state.facts, edit)) != self.split:
                return None
            scene = apply(state.scene, edit, self.dice)
        except SceneError:
            return None
        who, gone, added = list(state.who), state.gone, state.added
        if isinstance(edit, (Add, Replace)):
            new = 1 + max(max(each.who, default=0) for each in self.states)
            new = max(new, 1 + max((each.who for known in self.states for each in known.gone), default=0))
            if isinstance(edit, Replace):
                who[edit.index] = new
            else:
                back = next((each.who for each in gone if each.pose == edit.pose and each.thing == edit.thing), None)
                who.insert(edit.index, new if back is None else back)
                gone = tuple(each for each in gone if each.who != back)
                added += (new,) if back is None else ()
        elif isinstance(edit, Remove):
            gone += (_gone(state, edit.index),)
            del who[edit.index]
        return State(scene, tuple(who), gone, added)


def _gone(state: State, index: int) -> Gone:
    """What is remembered of a thing that goes."""
    scene = state.scene
    known = state.who[index], scene.facts.things[index], scene.poses[index], index
    bond = next((bond for bond in scene.facts.bonds if bond.carried == index), None)
    if bond is None:
        return Gone(*known)
    return Gone(*known, bond.name, state.who[bond.carrier], scene.poses[bond.carrier])  # type: ignore[arg-type]


def back(state: State, gone: Gone) -> Add | None:
    """The edit that brings a thing back to its old place; None if what carried it is elsewhere or busy."""
    index = min(gone.index, len(state.who))
    if gone.bond is None:
        return Add(thing=gone.thing, index=index, pose=gone.pose)
    if gone.carrier not in state.who:
        return None
    carrier = state.who.index(gone.carrier)
    if state.scene.poses[carrier] != gone.carrier_pose or any(bond.carrier == carrier for bond in state.facts.bonds):
        return None
    return Add(thing=gone.thing, index=index, pose=gone.pose, goal=Goal(relation=gone.bond, other=carrier))


def likewise(last: Round, facts: Facts, index: int) -> Edit | None:
    """The same edit of another thing; None if it cannot be done to it, or would change nothing."""
    thing, edit = facts.things[index], last.edit
    carries = [bond for bond in facts.bonds if bond.carrier == index]
    if isinstance(edit, Recolour):
        # Clothes, leaves and paint are told in different ways, so they are no "same" for each other.
        alike = thing.kind == "tree" if last.skeleton == "recolour_tree" else thing.kind != "tree"
        alike = alike and (thing.of.family == "people") == (last.skeleton == "recolour_person")
        able = alike and edit.colour in thing.of.colours and edit.colour != thing.colour and sayable(thing, "colour")
        return Recolour(index=index, colour=edit.colour) if able else None
    if isinstance(edit, Resize):
        step = {"bigger": 1, "smaller": -1}.get(last.skeleton)
        place = SIZES.index(edit.size) if step is None else SIZES.index(thing.size) + step
        if not 0 <= place < len(SIZES) or SIZES[place] == thing.size:
            return None
        return Resize(index=index, size=SIZES[place]) if keeps_loads(facts, index, SIZES[place]) else None
    if isinstance(edit, Turn) and thing.facing is not None:
        facing = edit.facing
        if last.skeleton == "turn_around":
            facing = "left" if thing.facing == "right" else "right"
        return Turn(index=index, facing=facing) if facing != thing.facing else None
    if isinstance(edit, SetState):
        able = edit.state in thing.of.states and edit.state != thing.state
        able = able and all(bond.name == "holding" for bond in carries)
        return SetState(index=index, state=edit.state) if able else None
    if isinstance(edit, SetText) and thing.text is not None:
        able = edit.text != thing.text and len(edit.text) <= thing.of.text
        return SetText(index=index, text=edit.text) if able else None
    if isinstance(edit, Remove):
        return Remove(index=index) if len(facts.things) > 1 and not carries else None
    return None


def full(thing: Thing) -> Noun:
    """All that can be said of a thing."""
    return noun(thing, "colour", "size", "facing", "state", "text")


def differences(before: Facts, after: Facts) -> tuple[Claim, ...]:
    """What holds after a step back: of things and the setting, whatever was not so before."""
    claims: list[Claim] = []
    had, has = [full(thing) for thing in before.things], [full(thing) for thing in after.things]
    claims += [counted(each, after) for each in dict.fromkeys(has) if has.count(each) != had.count(each)]
    claims += [Lacks(noun=each) for each in dict.fromkeys(had) if each not in has]
    names = ("place", "time", "season", "weather")
    changed = {name: getattr(after.setting, name) for name in names}
    changed = {name: now for name, now in changed.items() if now != getattr(before.setting, name) and now is not None}
    return (*claims, Plays.model_validate(changed)) if changed else tuple(claims)
