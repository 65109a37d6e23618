"""Facts become a scene: every thing gets its place on the page, so that all stated relations clearly hold."""

from collections.abc import Callable, Sequence

from mini4o.errors import Mini4oError
from mini4o.storybook import relations
from mini4o.storybook.backdrop import VERSIONS, ground, water
from mini4o.storybook.dice import Dice
from mini4o.storybook.relations import Box
from mini4o.storybook.scene import SCALE, Facts, Pose, Relation, Scene, Thing

MARGIN = 1.0  # page units that stay free at the edges
SCALES = (0.94, 1.0, 1.06)  # sizes are not exact
HIDDEN = 0.3  # at most this share of a thing's box is shared with others, where nothing is said of it
PLACE_TRIES, PAGE_TRIES = 24, 12


class SceneError(Mini4oError):
    """A scene that cannot be built: more things than fit, or relations that cannot all hold."""


def compose(facts: Facts, dice: Dice, width: float = 100.0, height: float = 100.0) -> Scene:
    """Facts on a page of `width` by `height` page units (the shorter is 100).

    Things are put down one after the other, those first on which others depend and then the largest; a place is drawn
    until it fits, at most 24 times, and a page that cannot be finished is begun anew, at most 12 times.

    Raises:
        SceneError: it does not fit.
    """
    backdrop = dice.below(VERSIONS)
    for _ in range(PAGE_TRIES):
        poses = _page(facts, dice, width, height)
        if poses is None:
            continue
        scene = Scene.model_construct(facts=facts, poses=poses, width=width, height=height, backdrop=backdrop)
        if all(fulfilled(scene, relation) for relation in facts.relations):
            return scene
    names = ", ".join(thing.kind for thing in facts.things)
    raise SceneError(f"{names}: no place on a page of {width:g} by {height:g} for all of them as they are related")


def place_one(scene: Scene, index: int, dice: Dice, accept: Callable[[Scene], bool] = lambda _: True) -> Scene:
    """The scene with one thing at a new place (and what it carries), everything else where it is.

    Raises:
        SceneError: there is no free place that is accepted.
    """
    for _ in range(PLACE_TRIES * 4):
        poses: list[Pose | None] = list(scene.poses)
        moved = [index, *(bond.carried for bond in scene.facts.bonds if bond.carrier == index)]
        for each in moved:
            poses[each] = None
        if not all(_put(scene.facts, poses, each, dice, scene.width, scene.height, 1) for each in moved):
            continue
        changed = scene.model_copy(update={"poses": tuple(poses)})
        if all(fulfilled(changed, relation) for relation in scene.facts.relations) and accept(changed):
            return changed
    raise SceneError(f"{scene.facts.things[index].kind}: no free place for it on the page")


def fulfilled(scene: Scene, relation: Relation) -> bool:
    """Whether a stated relation clearly holds on the page."""
    if relation in scene.facts.bonds:
        return True  # by the way bound things are placed
    return relations.between(scene, relation.name, relation.a, relation.b) is True


def _page(facts: Facts, dice: Dice, width: float, height: float) -> tuple[Pose, ...] | None:
    carried = {bond.carried for bond in facts.bonds}
    order = sorted(
        range(len(facts.things)),
        key=lambda index: (index in carried, -SCALE[facts.things[index].size] * _span(facts.things[index])),
    )
    poses: list[Pose | None] = [None] * len(facts.things)
    for index in order:
        if not _put(facts, poses, index, dice, width, height, PLACE_TRIES):
            return None
    return tuple(pose for pose in poses if pose is not None)


def _put(
    facts: Facts, poses: list[Pose | None], index: int, dice: Dice, width: float, height: float, tries: int
) -> bool:
    """Finds a pose for one thing beside those that have one."""
    bond = next((bond for bond in facts.bonds if bond.carried == index), None)
    for _ in range(tries):
        pose = bound_pose(facts, poses, bond, dice) if bond else free_pose(facts, index, dice, width, height)
        if pose is not None and fits(facts, poses, index, pose, width, height):
            poses[index] = pose
            return True
    return False


def free_pose(
    facts: Facts, index: int, dice: Dice, width: float, height: float, like: Pose | None = None
) -> Pose | None:
    """Any pose of a thing by itself, where its kind may be; with the variant and scale of `like`, if given."""
    thing = facts.things[index]
    variant, jitter = (dice.below(thing.of.variants), dice.pick(SCALES)) if like is None else (like.variant, like.scale)
    scale = SCALE[thing.size] * jitter
    left, bottom, right, top = _extent(thing, variant, scale)
    place = facts.setting.place
    horizon = ground(place) * height
    if thing.of.flies:
        low, high = horizon + 2 - bottom, height - MARGIN - top
    elif "water" in thing.of.where and (band := water(place)) is not None:
        low, high = band[0] * height + 1, band[1] * height - 4
    else:
        band = water(place)
        low, high = MARGIN - bottom, (horizon - 3 if band is None else band[0] * height - 2)
        high = min(high, height - MARGIN - top)
    start, end = MARGIN - left, width - MARGIN - right
    if low > high or start > end:
        return None
    y = dice.between(low, high)
    depth = 0.0 if thing.of.flies else 1000 - y
    return Pose.model_construct(x=dice.between(start, end), y=y, scale=jitter, variant=variant, depth=depth)


def bound_pose(
    facts: Facts,
    poses: Sequence[Pose | None],
    bond: Relation,
    dice: Dice,
    like: Pose | None = None,
    share: float | None = None,
) -> Pose | None:
    """A pose on, inside or in the hand of the thing that carries it; None if it is too wide for that.

    Args:
        facts: the facts.
        poses: the poses so far.
        bond: what binds the two.
        dice: the stream.
        like: a pose whose variant and scale it takes.
        share: how far along the carrier's top or opening it stands, from 0 to 1; by chance if None.
    """
    thing, carrier, base = facts.things[bond.carried], facts.things[bond.carrier], poses[bond.carrier]
    variant, jitter = (dice.below(thing.of.variants), dice.pick(SCALES)) if like is None else (like.variant, like.scale)
    if base is None:
        return None
    scale, by = SCALE[thing.size] * jitter, SCALE[carrier.size] * base.scale
    if bond.name == "holding":
        hand, grip = carrier.of.hand, thing.of.grip
        assert hand is not None and grip is not None
        turn = -1 if carrier.facing == "left" else 1
        x, y = base.x + turn * by * hand[0] - scale * grip[0], base.y + by * hand[1] - scale * grip[1]
        return Pose.model_construct(x=x, y=y, scale=jitter, variant=variant, depth=base.depth + 0.01)
    low, high, y = support(facts, bond, base, variant, jitter)
    if low > high:
        return None
    x = low + (high - low) * (dice.between(0, 1) if share is None else share)
    if bond.name == "inside":
        y -= 0.4 * _extent(thing, variant, scale)[3]
    depth = base.depth + (0.01 if bond.name == "on" else -0.01)
    return Pose.model_construct(x=x, y=y, scale=jitter, variant=variant, depth=depth)


def support(facts: Facts, bond: Relation, base: Pose, variant: int, jitter: float) -> tuple[float, float, float]:
    """Between which x a thing may stand on or in the carrier at `base`, and the height of that top or opening."""
    thing, carrier = facts.things[bond.carried], facts.things[bond.carrier]
    by = SCALE[carrier.size] * base.scale
    left, _, right, _ = _extent(thing, variant, SCALE[thing.size] * jitter)
    span = carrier.of.top if bond.name == "on" else carrier.of.inside
    assert span is not None
    start, end = (-span[1], -span[0]) if carrier.facing == "left" else span[:2]
    low, high = base.x + by * start, base.x + by * end
    reach = min(-left, right)  # on something, the middle is supported; inside, all of it is between the walls
    low, high = (low + 0.6 * reach, high - 0.6 * reach) if bond.name == "on" else (low - left, high - right)
    return low, high, base.y + by * span[2]


def fits(facts: Facts, poses: Sequence[Pose | None], index: int, pose: Pose, width: float, height: float) -> bool:
    """On the page, its relations clear, and hiding no other too much nor hidden by it."""
    a = box_of(facts.things[index], pose)
    if a[0] < 0 or a[1] < 0 or a[2] > width or a[3] > height:
        return False
    shared = 0.0
    for other, there in enumerate(poses):
        if there is None:
            continue
        names = {
            relation.name: relation.a == index
            for relation in facts.relations
            if {relation.a, relation.b} == {index, other}
        }
        b = box_of(facts.things[other], there)
        stand = not (facts.things[index].of.flies or facts.things[other].of.flies)
        if not names.keys() & {"on", "inside", "holding"}:
            overlap = _overlap(a, b)
            shared += overlap
            if overlap > 0.6 or (shared > HIDDEN and not names.keys() & {"in front of", "behind"}):
                return False
        for name, forward in names.items():
            if name in relations.OPPOSITE:
                first, second = (a, b) if forward else (b, a)
                if relations.holds(name, first, second, stand) is not True:
                    return False
    return True


def _overlap(a: Box, b: Box) -> float:
    """The shared area as a share of the smaller box."""
    shared = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return shared / min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def _extent(thing: Thing, variant: int, scale: float) -> Box:
    from mini4o.storybook.kinds.registry import Look

    left, bottom, right, top = thing.of.extent(Look(thing.state, thing.text, variant))
    if thing.facing == "left":
        left, right = -right, -left
    return scale * left, scale * bottom, scale * right, scale * top


def box_of(thing: Thing, pose: Pose) -> Box:
    """Left, bottom, right, top of a thing in a pose."""
    left, bottom, right, top = _extent(thing, pose.variant, SCALE[thing.size] * pose.scale)
    return pose.x + left, pose.y + bottom, pose.x + right, pose.y + top


def _span(thing: Thing) -> float:
    left, bottom, right, top = _extent(thing, 0, 1.0)
    return max(right - left, top - bottom)
