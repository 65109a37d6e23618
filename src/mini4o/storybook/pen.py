"""The pen: kinds of things draw with it, once, in page units; what it records is painted at any size and place.

A page unit is a hundredth of the picture's short side, for a thing of medium size. The origin is the middle of the
thing's base, x grows to the right, y grows upwards, and things face right. Everything becomes polygons: so a picture,
its instance masks and the stamps of the judge are all drawn from the same shapes.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mini4o.storybook.palette import INK, RGB
from mini4o.storybook.strokes import STROKES

Points: TypeAlias = Sequence[tuple[float, float]]
Array: TypeAlias = NDArray[np.float64]

OUTLINE = 1.5  # width of the outline in page units


@dataclass(frozen=True)
class Paint:
    """The thing's own colour, mixed: `keep` of it and the rest of `other`. So a template is linear in the colour."""

    keep: float
    other: RGB

    def on(self, colour: RGB) -> RGB:
        """The RGB for a thing of this colour."""
        red, green, blue = (round(self.keep * a + (1 - self.keep) * b) for a, b in zip(colour, self.other, strict=True))
        return red, green, blue


MAIN = Paint(1.0, INK)
SHADE = Paint(0.8, INK)  # the side away from the light
TINT = Paint(0.6, (255, 252, 244))  # the side towards it
Fill: TypeAlias = RGB | Paint


@dataclass(frozen=True)
class Shape:
    """A filled polygon `(points, 2)` in page units."""

    points: Array
    fill: Fill


class Pen:
    """Records shapes, back to front.

    Shapes with an outline are drawn twice: as an ink shape grown by the outline's width, then as themselves. Inside
    `with pen.joined():` all the ink comes first, so that parts grow together into one silhouette.
    """

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self._fills: list[Shape] | None = None

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Parts drawn inside share one outline."""
        self._fills = []
        try:
            yield
        finally:
            self.shapes += self._fills
            self._fills = None

    def polygon(self, points: Points, fill: Fill, outline: bool = True) -> None:
        """A polygon with straight sides, its corners in either direction of turn."""
        self._add(np.asarray(points, dtype=np.float64), fill, outline)

    def blob(self, points: Points, fill: Fill, outline: bool = True) -> None:
        """A soft closed curve through the points (a closed Catmull-Rom spline, four steps between points)."""
        through = np.asarray(points, dtype=np.float64)
        before, after, beyond = (np.roll(through, shift, axis=0) for shift in (1, -1, -2))
        steps = []
        for t in (0.0, 0.25, 0.5, 0.75):
            steps.append(
                0.5
                * (
                    2 * through
                    + (after - before) * t
                    + (2 * before - 5 * through + 4 * after - beyond) * t**2
                    + (3 * through - before - 3 * after + beyond) * t**3
                )
            )
        self._add(np.stack(steps, axis=1).reshape(-1, 2), fill, outline)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Fill, outline: bool = True) -> None:
        """An ellipse about (x, y)."""
        self.sector(x, y, rx, ry, 0, 360, fill, outline)

    def circle(self, x: float, y: float, r: float, fill: Fill, outline: bool = True) -> None:
        """A circle about (x, y)."""
        self.sector(x, y, r, r, 0, 360, fill, outline)

    def sector(
        self, x: float, y: float, rx: float, ry: float, start: float, end: float, fill: Fill, outline: bool = True
    ) -> None:
        """The part of an ellipse between two angles (degrees, anticlockwise from the right), closed by its chord."""
        count = max(6, round(28 * (end - start) / 360))
        whole = end - start >= 360
        angles = np.radians(np.linspace(start, end, count, endpoint=not whole))
        self._add(np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], axis=1), fill, outline)

    def box(
        self, left: float, bottom: float, right: float, top: float, fill: Fill, outline: bool = True, round: float = 0
    ) -> None:
        """A rectangle, its corners rounded by a radius of `round`."""
        r = min(round, (right - left) / 2, (top - bottom) / 2)
        if r <= 0:
            self.polygon([(left, bottom), (right, bottom), (right, top), (left, top)], fill, outline)
            return
        corners = [
            (right - r, top - r, 0),
            (left + r, top - r, 90),
            (left + r, bottom + r, 180),
            (right - r, bottom + r, 270),
        ]
        points = [
            (x + r * math.cos(math.radians(start + step)), y + r * math.sin(math.radians(start + step)))
            for x, y, start in corners
            for step in (0, 30, 60, 90)
        ]
        self.polygon(points, fill, outline)

    def line(self, points: Points, width: float, fill: Fill = INK, outline: bool = False) -> None:
        """A stroke through the points with round ends and joints."""
        for (x0, y0), (x1, y1) in pairwise(points):
            along = math.atan2(y1 - y0, x1 - x0)
            r = width / 2
            turns = (90, 150, 210, 270)
            ends = [(x0, y0, turn) for turn in turns] + [(x1, y1, turn + 180) for turn in turns]
            capsule = [
                (x + r * math.cos(along + math.radians(turn)), y + r * math.sin(along + math.radians(turn)))
                for x, y, turn in ends
            ]
            self._add(np.asarray(capsule), fill, outline)

    def curve(self, points: Points, width: float, fill: Fill = INK, outline: bool = False) -> None:
        """A stroke along a soft open curve through the points."""
        through = [points[0], *points, points[-1]]
        path: list[tuple[float, float]] = []
        for before, start, end, beyond in zip(through[:-3], through[1:-2], through[2:-1], through[3:], strict=True):
            for t in (0.0, 0.25, 0.5, 0.75):
                path.append(
                    (
                        _spline(before[0], start[0], end[0], beyond[0], t),
                        _spline(before[1], start[1], end[1], beyond[1], t),
                    )
                )
        self.line([*path, points[-1]], width, fill, outline)

    def text(self, text: str, x: float, y: float, height: float, width: float, fill: Fill = INK) -> None:
        """Capital letters and digits, centred on (x, y), at most `width` wide, drawn as strokes."""
        if not text:
            return
        advance, wide = 0.86 * height, 0.6 * height
        whole = advance * (len(text) - 1) + wide
        scale = min(1.0, width / whole)
        left = x - scale * whole / 2
        for place, letter in enumerate(text):
            for stroke in STROKES[letter]:
                self.line(
                    [(left + scale * (advance * place + wide * u), y + height * (v - 0.5)) for u, v in stroke],
                    0.14 * height,
                    fill,
                )

    def _add(self, points: Array, fill: Fill, outline: bool) -> None:
        points = points.round(6)  # sines differ in their last bit from machine to machine; scenes must not
        if outline:
            self.shapes.append(Shape(grown(points, OUTLINE).round(6), INK))
        fills = self.shapes if self._fills is None else self._fills
        fills.append(Shape(points, fill))


def grown(points: Array, by: float) -> Array:
    """The polygon with every side moved outwards by `by`, its corners mitred up to twice that far."""
    points = points[np.any(points != np.roll(points, 1, axis=0), axis=1)]  # a side without length has no direction
    after = np.roll(points, -1, axis=0)
    area = float(np.sum(points[:, 0] * after[:, 1] - after[:, 0] * points[:, 1]))
    sides = after - points
    lengths = np.maximum(np.linalg.norm(sides, axis=1, keepdims=True), 1e-9)
    normals = np.stack([sides[:, 1], -sides[:, 0]], axis=1) / lengths * (1 if area >= 0 else -1)
    both = normals + np.roll(normals, 1, axis=0)
    size = np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-9)
    # |both| is 2 cos(half the turn); a mitre is as long as 1 / cos(half the turn)
    outer: Array = points + both / size * by * np.minimum(2 / size, 2.0)
    return outer


def _spline(before: float, start: float, end: float, beyond: float, t: float) -> float:
    return 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - beyond) * t**2
        + (3 * start - before - 3 * end + beyond) * t**3
    )
