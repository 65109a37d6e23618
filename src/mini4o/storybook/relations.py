"""When does a relation hold? By the boxes of two things, with room for doubt: what is doubtful is never asked or said.

One definition serves the world, which makes relations clearly true, and the judge, which sees them in a picture.
Boxes are (left, bottom, right, top) in page units, y upwards.
"""

from typing import TypeAlias

from mini4o.storybook.scene import RelationName, Scene

Box: TypeAlias = tuple[float, float, float, float]

OPPOSITE: dict[RelationName, RelationName] = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
    "in front of": "behind",
    "behind": "in front of",
    "next to": "next to",
}
SIDES: tuple[RelationName, ...] = ("left of", "right of")
CLEAR = 12.0  # centres this far apart are clearly left and right of each other
GAP = 9.0  # things standing with at most this much between them are next to each other
LEVEL = 7.0  # and with bases that differ by at most this much


def holds(name: RelationName, a: Box, b: Box, both_stand: bool, slack: float = 0.0) -> bool | None:
    """Whether `a` is `name` `b`; None where people might disagree.

    Args:
        name: the relation.
        a: box of the first thing.
        b: box of the second thing.
        both_stand: whether both stand on the ground or float on water, so that lower on the page means nearer.
        slack: page units by which boxes may be wrong, in favour of the relation.
    """
    if name in ("right of", "below", "behind"):
        return holds(OPPOSITE[name], b, a, both_stand, slack)
    across = (b[0] + b[2] - a[0] - a[2]) / 2
    shared = min(a[2], b[2]) - max(a[0], b[0])  # below 0: the gap between them
    width = min(a[2] - a[0], b[2] - b[0])
    if name == "left of":
        return _clearly(across, CLEAR - slack, -CLEAR / 2)
    if name == "above":
        if both_stand:  # what stands further back is higher on the page, but not above
            return None
        lifted = a[1] - (b[1] + b[3]) / 2
        return (
            (True if shared > 0 else None)
            if lifted >= 2 - slack
            else (False if (a[1] + a[3]) < (b[1] + b[3]) else None)
        )
    if name == "in front of":
        if not both_stand or shared < 0.2 * width - slack:
            return None if both_stand and shared > 0 else False
        nearer = b[1] - a[1]
        meets = min(a[3], b[3]) - max(a[1], b[1]) >= 0.2 * min(a[3] - a[1], b[3] - b[1]) - slack
        return _clearly(nearer, 2.0 - 0.4 * slack, -2.0) if meets else (False if nearer < 0 else None)
    # next to: side by side on one level, nothing much between, nothing much hidden
    if not both_stand:
        return None
    level = abs(a[1] - b[1])
    if -2 - slack <= -shared <= GAP + slack and level <= LEVEL + slack:
        return True
    return False if -shared > 2.5 * GAP or level > 3 * LEVEL else None


def _clearly(value: float, yes: float, no: float) -> bool | None:
    return True if value >= yes else False if value <= no else None


def between(scene: Scene, name: RelationName, a: int, b: int) -> bool | None:
    """`holds` for two things of a scene."""
    stand = set(standing(scene))
    return holds(name, scene.box(a), scene.box(b), a in stand and b in stand)


def standing(scene: Scene) -> list[int]:
    """The things that stand on the ground, the floor or the water by themselves."""
    carried = {bond.carried for bond in scene.facts.bonds}
    return [index for index, thing in enumerate(scene.facts.things) if index not in carried and not thing.of.flies]
