"""Where things go in an edit: what changes keeps its place, what comes or moves finds one, a load goes along."""

from typing import Literal

from mini4o.storybook import relations
from mini4o.storybook.backdrop import ground, water
from mini4o.storybook.compose import MARGIN, bound_pose, box_of, fits, free_pose, support
from mini4o.storybook.dice import Dice
from mini4o.storybook.edit_values import Goal
from mini4o.storybook.kinds.registry import Kind
from mini4o.storybook.relations import Box
from mini4o.storybook.scene import BONDS, Facing, Facts, Pose, Relation, Scene, Setting

TRIES = 32  # places that are tried for a thing that comes or moves
FAR = 12.0  # what moves, moves at least so far (page units)
SIDE = 0.32  # the left and the right side of a page: this share of its width
OFF_SIDE = 0.45  # what is moved to a side was at least so far from it


class Places:
    """The poses of a scene while an edit is made. Indices are those of the facts after it."""

    def __init__(self, before: Scene, facts: Facts, poses: list[Pose | None], dice: Dice) -> None:
        self.before = before
        self.facts = facts
        self.poses = poses
        self._dice = dice

    def put(self, index: int, pose: Pose | None, mirrored: bool = False) -> bool:
        """Puts a thing somewhere, and what it carries along with it; False, and nothing is done, if that does not fit.

        Args:
            index: the thing.
            pose: its pose; None does not fit.
            mirrored: whether the thing has turned, and what stands on it with it.
        """
        was = list(self.poses)
        loads = [bond for bond in self.facts.bonds if bond.carrier == index]
        for each in (index, *(bond.carried for bond in loads)):
            self.poses[each] = None
        if self._placed(index, pose) and all(self._placed(bond.carried, self._along(bond, mirrored)) for bond in loads):
            return True
        self.poses[:] = was
        return False

    def _placed(self, index: int, pose: Pose | None) -> bool:
        width, height = self.before.width, self.before.height
        if pose is None or not fits(self.facts, self.poses, index, pose, width, height):
            return False
        self.poses[index] = pose
        return True

    def _along(self, bond: Relation, mirrored: bool) -> Pose | None:
        """Where a load is, now that its carrier has its new pose: at the same share of its top, opening or hand."""
        share = self._share(bond)
        like = self.before.poses[bond.carried]
        return bound_pose(self.facts, self.poses, bond, self._dice, like, 1 - share if mirrored else share)

    def _share(self, bond: Relation) -> float:
        """How far along the top or opening of its carrier a thing stood before the edit; of no matter in a hand."""
        if bond.name == "holding":
            return 0.5
        base, pose = self.before.poses[bond.carrier], self.before.poses[bond.carried]
        low, high, _ = support(self.before.facts, bond, base, pose.variant, pose.scale)
        return (pose.x - low) / (high - low) if high > low else 0.5

    def kept(self, index: int, like: Pose) -> Pose | None:
        """The pose of a thing that changes where it is; in a hand, or on something, its new shape is held anew."""
        bond = self._bond(index)
        return like if bond is None else bound_pose(self.facts, self.poses, bond, self._dice, like, self._share(bond))

    def instead(self, index: int, like: Pose) -> Pose | None:
        """The pose of a thing that takes another's place: base on base, or in the sky middle on middle."""
        old, new = self.before.facts.things[index], self.facts.things[index]
        if self._bond(index) is not None:
            return self.kept(index, like)
        if zone(old.of, self.facts.setting) != zone(new.of, self.facts.setting):
            return None
        if not new.of.flies:
            return like
        was, will = self.before.box(index), box_of(new, like)
        x = like.x + (was[0] + was[2] - will[0] - will[2]) / 2
        y = like.y + (was[1] + was[3] - will[1] - will[3]) / 2
        sky = ground(self.facts.setting.place) * self.before.height + MARGIN
        return like.model_copy(update={"x": x, "y": y}) if y + will[1] - like.y > sky else None

    def search(self, index: int, goal: Goal | None, like: Pose | None, moves: bool = False) -> bool:
        """Finds a place that has a goal.

        Args:
            index: the thing.
            goal: where it is to be; anywhere if None.
            like: a pose whose scale and variant it takes.
            moves: that it was at `like`: it goes a clear way from there, to where it clearly was not.
        """
        was = self.before.box(index) if moves else None
        if goal is not None and was is not None and self._has(index, goal, was, past=True):
            return False
        bond = self._bond(index)
        # What stood by itself first tries to stay at its depth, so that it only moves to the side.
        stood = moves and all(each.carried != index for each in self.before.facts.bonds)
        for step in range(TRIES):
            if bond is not None:
                pose = bound_pose(self.facts, self.poses, bond, self._dice, like)
            else:
                pose = free_pose(self.facts, index, self._dice, self.before.width, self.before.height, like)
                if pose is not None and like is not None and stood and step < TRIES // 2:
                    pose = pose.model_copy(update={"y": like.y, "depth": like.depth})
                if pose is not None and goal is not None:
                    pose = self._aimed(index, pose, goal)
            if pose is None:
                continue
            box = box_of(self.facts.things[index], pose)
            if was is not None and abs(box[0] + box[2] - was[0] - was[2]) + abs(box[1] + box[3] - was[1] - was[3]) < (
                2 * FAR
            ):
                continue
            if (goal is None or self._has(index, goal, box)) and self.put(index, pose):
                return True
        return False

    def _aimed(self, index: int, pose: Pose, goal: Goal) -> Pose | None:
        """A free pose shifted to where a goal is."""
        width, box = self.before.width, box_of(self.facts.things[index], pose)
        half = (box[2] - box[0]) / 2
        if goal.other is None:
            low, high = (half, SIDE * width) if goal.side == "left" else ((1 - SIDE) * width, width - half)
        else:
            there = self.poses[goal.other]
            if there is None:
                return None
            target = box_of(self.facts.things[goal.other], there)
            if goal.relation == "next to":
                gap = half + self._dice.between(1, relations.GAP - 1)
                low = high = self._dice.pick((target[0] - gap, target[2] + gap))
                y = there.y + self._dice.between(-3, 3)
                pose = pose.model_copy(update={"y": y, "depth": 1000 - y})
            else:  # not only left of its middle: what is to the left of a house is not in front of its left wall
                low, high = (half, target[0]) if goal.relation == "left of" else (target[2], width - half)
        if low > high:
            return None
        return pose.model_copy(update={"x": pose.x + self._dice.between(low, high) - (box[0] + box[2]) / 2})

    def _has(self, index: int, goal: Goal, box: Box, past: bool = False) -> bool:
        """Whether a thing in a box has a goal; with `past`, whether that could be said of it before the edit."""
        if goal.relation in BONDS:
            return not past
        if goal.other is None or goal.relation is None:
            assert goal.side is not None
            return _aside(box, goal.side, self.before.width) <= (OFF_SIDE if past else SIDE)
        there = self.poses[goal.other]
        if there is None:
            return False
        stand = all(
            not self.facts.things[each].of.flies and all(bond.carried != each for bond in self.facts.bonds)
            for each in (index, goal.other)
        )
        target = box_of(self.facts.things[goal.other], there)
        return relations.holds(goal.relation, box, target, stand) is True

    def _bond(self, index: int) -> Relation | None:
        return next((bond for bond in self.facts.bonds if bond.carried == index), None)


def zone(kind: Kind, setting: Setting) -> Literal["sky", "water", "ground"]:
    """Where things of a kind are that nobody carries."""
    if kind.flies:
        return "sky"
    return "water" if "water" in kind.where and water(setting.place) is not None else "ground"


def _aside(box: Box, side: Facing, width: float) -> float:
    """How far the middle of a box is from a side of the page, as a share of its width."""
    middle = (box[0] + box[2]) / 2 / width
    return middle if side == "left" else 1 - middle
