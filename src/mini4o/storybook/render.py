"""A scene becomes pixels, masks and boxes. Pure functions; the same scene and size give the same bytes."""

from functools import lru_cache

import numpy as np
import PIL.Image
import PIL.ImageDraw
from numpy.typing import NDArray

from mini4o.storybook.backdrop import paint_backdrop
from mini4o.storybook.palette import INK, PAINT, RGB
from mini4o.storybook.pen import Array, Paint
from mini4o.storybook.scene import Scene, Setting

_FINE = 192  # the short side is painted at this many pixels or more and then averaged down: smooth edges


def page_size(scene: Scene, short: int) -> tuple[int, int]:
    """Width and height in pixels of a scene's picture whose shorter side is `short`."""
    return round(scene.width * short / 100), round(scene.height * short / 100)


def render(scene: Scene, short: int = 64) -> PIL.Image.Image:
    """The picture, RGB, its shorter side `short` pixels long."""
    width, height = page_size(scene, short)
    times = _times(short)
    canvas = _backdrop(scene.facts.setting, scene.backdrop, width * times, height * times).copy()
    draw = PIL.ImageDraw.Draw(canvas)
    for index in scene.order:
        colour = _rgb(scene, index)
        for points, fill in _polygons(scene, index, short * times, height * times):
            draw.polygon(points, fill=fill.on(colour) if isinstance(fill, Paint) else fill)
    return canvas.reduce(times)


def labels(scene: Scene, short: int = 64) -> NDArray[np.uint8]:
    """Which thing each pixel shows, `(height, width)`: 0 is the backdrop, `index + 1` a thing."""
    width, height = page_size(scene, short)
    times = _times(short)
    canvas = PIL.Image.new("L", (width * times, height * times))
    draw = PIL.ImageDraw.Draw(canvas)
    for index in scene.order:
        for points, _ in _polygons(scene, index, short * times, height * times):
            draw.polygon(points, fill=index + 1)
    return np.asarray(canvas)[times // 2 :: times, times // 2 :: times]


def mask(scene: Scene, index: int, short: int = 64) -> NDArray[np.bool_]:
    """The whole of one thing, `(height, width)`, also where others hide it."""
    alone = scene.model_copy(
        update={
            "facts": scene.facts.model_copy(update={"things": (scene.facts.things[index],), "relations": ()}),
            "poses": (scene.poses[index],),
        }
    )
    return labels(alone, short) > 0


def full_box(scene: Scene, index: int, short: int = 64) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in pixels of the whole thing, hidden or not, kept to the page."""
    left, bottom, right, top = scene.box(index)
    unit = short / 100
    return (
        max(0.0, left) * unit,
        max(0.0, scene.height - top) * unit,
        min(scene.width, right) * unit,
        min(scene.height, scene.height - bottom) * unit,
    )


def visible_box(shown: NDArray[np.uint8], index: int) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom in pixels of what `labels` shows of a thing; None if it shows nothing of it."""
    rows, columns = np.nonzero(shown == index + 1)
    if not rows.size:
        return None
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def _times(short: int) -> int:
    return max(2, -(-_FINE // short))


def _rgb(scene: Scene, index: int) -> RGB:
    colour = scene.facts.things[index].colour
    return INK if colour is None else PAINT[colour]


def _polygons(scene: Scene, index: int, short: int, height: int) -> list[tuple[list[tuple[float, float]], RGB | Paint]]:
    """The polygons of a thing in pixels, back to front, for a page of `height` whose shorter side is `short`."""
    thing, pose = scene.facts.things[index], scene.poses[index]
    unit = short / 100
    points, bounds, fills = _packed(thing.of.name, scene.look(index))
    scale = scene.scale(index) * unit
    placed = points * (-scale if thing.facing == "left" else scale, -scale)
    placed += (pose.x * unit, height - pose.y * unit)
    flat = [(x, y) for x, y in placed.tolist()]
    return [(flat[start:end], fill) for start, end, fill in zip(bounds[:-1], bounds[1:], fills, strict=True)]


@lru_cache(maxsize=4096)
def _packed(name: str, look: object) -> tuple[Array, list[int], list[RGB | Paint]]:
    from mini4o.storybook.kinds import KINDS

    shapes = KINDS[name].shapes(look)  # type: ignore[arg-type]
    bounds = np.cumsum([0, *(len(shape.points) for shape in shapes)]).tolist()
    return np.concatenate([shape.points for shape in shapes]), bounds, [shape.fill for shape in shapes]


@lru_cache(maxsize=256)
def _backdrop(setting: Setting, version: int, width: int, height: int) -> PIL.Image.Image:
    return paint_backdrop(setting, version, width, height)
