"""What several tests of the storybook need: every guise of a kind, scenes by chance, shapes as pixels, colours seen."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import PIL.Image
import PIL.ImageDraw
from numpy.typing import NDArray

from mini4o.storybook import imagine
from mini4o.storybook.compose import SceneError, compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import RGB
from mini4o.storybook.pen import Paint, Shape
from mini4o.storybook.scene import Facts, Pose, Relation, Scene, Setting, Thing

MEADOW = Setting(place="meadow", season="summer", weather="clear")
KITCHEN = Setting(place="kitchen")
LAKE = Setting(place="lake", weather="clear")
PAGES = ((100.0, 100.0), (100.0 * 5 / 3, 100.0), (100.0, 100.0 * 5 / 3))

BALL = Thing(kind="ball", colour="red", size="small")
CAT = Thing(kind="cat", colour="grey", facing="right", state="awake")
GIRL = Thing(kind="girl", colour="blue", state="happy")
CHAIR = Thing(kind="chair", colour="brown", facing="left")
BOX = Thing(kind="box", colour="yellow")
HOUSE = Thing(kind="house", colour="red", state="closed")


def looks(kind: Kind, text: str = "A8W") -> Iterator[Look]:
    """Every state and variant of a kind."""
    for state in kind.states or (None,):
        for variant in range(kind.variants):
            yield Look(state, text[: kind.text] if kind.text else None, variant)


def facts_of(*things: Thing, where: Setting = MEADOW, related: Sequence[tuple[str, int, int]] = ()) -> Facts:
    """Facts, validated."""
    relations = tuple(Relation.model_validate({"name": name, "a": a, "b": b}) for name, a, b in related)
    return Facts(setting=where, things=things, relations=relations)


def scene_of(facts: Facts, *places: tuple[float, float], width: float = 100.0, height: float = 100.0) -> Scene:
    """Facts with things at these places, the lower ones in front."""
    poses = tuple(Pose(x=x, y=y, depth=1000 - y) for x, y in places)
    return Scene(facts=facts, poses=poses, width=width, height=height)


@lru_cache
def scenes(count: int) -> tuple[Scene, ...]:
    """Scenes by chance, every third on a wide or a tall page; the same in every run."""
    found: list[Scene] = []
    dice = Dice(0, "tests of the storybook")
    while len(found) < count:
        try:
            found.append(compose(imagine.facts(dice), dice, *PAGES[len(found) % 3]))
        except SceneError:
            continue
    return tuple(found)


def painted(shapes: Sequence[Shape], colour: RGB, unit: float, turn: int = 1) -> NDArray[np.float64]:
    """Shapes as `(height, width, 4)`, red, green and blue from 0 to 255 times the cover, and the cover from 0 to 1.

    The middle of the bottom edge is the middle of their base. Painted four times as fine and averaged down, as
    pictures are.

    Args:
        shapes: back to front, within 40 page units of the origin's left and right, and up to 60 above it.
        colour: the colour of what is in the thing's own colour.
        unit: pixels a page unit.
        turn: -1 to face left.
    """
    width, height = round(80 * unit), round(66 * unit)
    canvas = PIL.Image.new("RGBX", (4 * width, 4 * height))
    draw = PIL.ImageDraw.Draw(canvas)
    for shape in shapes:
        rgb = shape.fill.on(colour) if isinstance(shape.fill, Paint) else shape.fill
        points = [(2 * width + 4 * unit * turn * x, 4 * (height - unit * (y + 6))) for x, y in shape.points.tolist()]
        draw.polygon(points, fill=(*rgb, 255))
    pixels = np.asarray(canvas.reduce(4), dtype=np.float64)
    return np.concatenate([pixels[..., :3], pixels[..., 3:] / 255], axis=2)


def apart(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """How much two of what `painted` makes differ: levels of 255 a pixel, over all pixels that either covers."""
    return float(np.abs(a[..., :3] - b[..., :3]).mean(axis=2).sum() / np.maximum(a[..., 3], b[..., 3]).sum())


def lab(colour: RGB) -> NDArray[np.float64]:
    """sRGB as CIE L*a*b* under D65, in which equal distances look about equally large."""
    values = np.asarray(colour) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    to_xyz = [(0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041)]
    xyz = np.asarray(to_xyz) @ linear / (0.95047, 1.0, 1.08883)
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
