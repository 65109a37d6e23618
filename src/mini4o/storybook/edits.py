"""Edits: one change of a scene each. What an edit does not name keeps its exact pose, so its pixels stay the same."""

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from mini4o.errors import first_problem
from mini4o.storybook import imagine
from mini4o.storybook.compose import SceneError, fulfilled
from mini4o.storybook.dice import Dice
from mini4o.storybook.edit_places import Places, zone
from mini4o.storybook.edit_values import (
    SETTING_EDITS,
    Add,
    Edit,
    Goal,
    Move,
    Recolour,
    Remove,
    Replace,
    Resize,
    SetSeason,
    SetState,
    SetText,
    SetTime,
    SettingEdit,
    SetWeather,
    ThingEdit,
    Turn,
)
from mini4o.storybook.render import labels, render
from mini4o.storybook.scene import BONDS, Facts, Relation, Scene, Setting, Thing

__all__ = [
    "SETTING_EDITS",
    "Add",
    "Edit",
    "Goal",
    "Move",
    "Recolour",
    "Remove",
    "Replace",
    "Resize",
    "SetSeason",
    "SetState",
    "SetText",
    "SetTime",
    "SetWeather",
    "SettingEdit",
    "ThingEdit",
    "Turn",
    "apply",
    "changed_mask",
    "edited",
    "zone",
]


def edited(facts: Facts, edit: Edit) -> Facts:
    """The facts after an edit.

    Raises:
        SceneError: these facts cannot be: a property that the kind lacks, a sun at night, a carrier that goes.
    """
    try:
        after = _edited(facts, edit)
    except ValidationError as error:
        raise SceneError(f"{edit.type}: {first_problem(error)}") from None
    out = imagine.out_of_sight(after.setting)
    for thing in after.things:
        if thing.kind in out:
            raise SceneError(f"{edit.type}: there can be no {thing.kind} in {after.setting.key}")
    return after


def _edited(facts: Facts, edit: Edit) -> Facts:
    things, bonds = list(facts.things), facts.relations
    if isinstance(edit, SETTING_EDITS):
        change = edit.model_dump(exclude={"type"})
        setting = Setting.model_validate(facts.setting.model_dump() | change)
        return Facts(setting=setting, things=facts.things, relations=facts.relations)
    index = edit.index
    if isinstance(edit, Add):
        things.insert(index, edit.thing)
        bonds = _renumbered(bonds, index, 1)
        bonds += _bond(index, _renumbered_goal(edit))
    elif isinstance(edit, Remove):
        if any(bond.carrier == index for bond in facts.bonds):
            raise SceneError(f"remove: the {things[index].kind} carries something")
        del things[index]
        bonds = _renumbered(tuple(each for each in bonds if index not in (each.a, each.b)), index, -1)
    elif isinstance(edit, Move):
        stays = tuple(each for each in bonds if index not in (each.a, each.b))
        loads = tuple(bond for bond in facts.bonds if bond.carrier == index)
        bonds = stays + loads + _bond(index, edit.goal)
    elif isinstance(edit, Replace):
        if any(bond.carrier == index for bond in facts.bonds):
            raise SceneError(f"replace: the {things[index].kind} carries something")
        things[index] = edit.thing
    else:
        change = edit.model_dump(exclude={"type", "index"})
        things[index] = Thing.model_validate(things[index].model_dump() | change)
    return Facts(setting=facts.setting, things=tuple(things), relations=bonds)


def _bond(index: int, goal: Goal | None) -> tuple[Relation, ...]:
    """The relation of facts that a goal makes: only bonds; directions are seen on the page."""
    if goal is None or goal.other is None or goal.relation not in BONDS:
        return ()
    a, b = (goal.other, index) if goal.relation == "holding" else (index, goal.other)
    return (Relation(name=goal.relation, a=a, b=b),)


def _renumbered(relations_: tuple[Relation, ...], index: int, by: int) -> tuple[Relation, ...]:
    """The relations after a thing came (by 1) or went (by -1) at an index."""
    return tuple(
        Relation(name=each.name, a=each.a + by * (each.a >= index), b=each.b + by * (each.b >= index))
        for each in relations_
    )


def _renumbered_goal(edit: Add) -> Goal | None:
    """The goal with the index that the other thing has after the new one came."""
    if edit.goal is None or edit.goal.other is None:
        return edit.goal
    return edit.goal.model_copy(update={"other": edit.goal.other + (edit.goal.other >= edit.index)})


def apply(scene: Scene, edit: Edit, dice: Dice) -> Scene:
    """The scene after an edit.

    Args:
        scene: the scene before; it stays as it is.
        edit: what changes.
        dice: for the place of what comes or moves, and for the variant of what replaces something.

    Raises:
        SceneError: these facts cannot be, or the page has no place for them, or a thing is already where it should go.
    """
    facts = edited(scene.facts, edit)
    places = Places(scene, facts, list(scene.poses), dice)
    if isinstance(edit, Remove):
        del places.poses[edit.index]
    elif not isinstance(edit, (*SETTING_EDITS, Recolour)) and not _settled(places, edit, dice):
        raise SceneError(f"{edit.type}: no place for the {facts.things[edit.index].kind}")
    after = Scene.model_construct(
        facts=facts,
        poses=tuple(pose for pose in places.poses if pose is not None),
        width=scene.width,
        height=scene.height,
        backdrop=scene.backdrop,
    )
    for relation in facts.relations:
        if not fulfilled(after, relation):
            raise SceneError(f"{edit.type}: then nothing is {relation.name} any more")
    return after


def _settled(places: Places, edit: Add | ThingEdit, dice: Dice) -> bool:
    """Gives the thing that an edit is about its pose; False if it has no place."""
    if isinstance(edit, Add):
        places.poses.insert(edit.index, None)
        if edit.pose is not None:
            return places.put(edit.index, edit.pose)
        return places.search(edit.index, _renumbered_goal(edit), edit.like)
    like = places.before.poses[edit.index]
    if isinstance(edit, Move):
        return places.search(edit.index, edit.goal, like, moves=True)
    if isinstance(edit, Replace):
        like = like.model_copy(update={"variant": dice.below(edit.thing.of.variants)})
        return places.put(edit.index, places.instead(edit.index, like))
    return places.put(edit.index, places.kept(edit.index, like), mirrored=isinstance(edit, Turn))


def changed_mask(before: Scene, after: Scene, short: int = 64) -> NDArray[np.bool_]:
    """What changed between two scenes on pages of one size, `(height, width)`.

    Every pixel that shows a thing which only one of the scenes has just so, or the backdrop where the setting differs,
    and every other pixel that is not the same: outside the mask the pictures are equal.
    """
    differs = np.asarray(render(before, short)) != np.asarray(render(after, short))
    mask: NDArray[np.bool_] = differs.any(axis=2)
    shown = labels(before, short), labels(after, short)
    for scene, others, seen in zip((before, after), (after, before), shown, strict=True):
        there = [(thing.key, pose) for thing, pose in zip(others.facts.things, others.poses, strict=True)]
        for index, (thing, pose) in enumerate(zip(scene.facts.things, scene.poses, strict=True)):
            if (thing.key, pose) in there:
                there.remove((thing.key, pose))
            else:
                mask |= seen == index + 1
    if before.facts.setting != after.facts.setting:
        mask |= (shown[0] == 0) | (shown[1] == 0)
    return mask
