"""What a thing may look like: small stamps of it, at any place on the pixel grid, with its colour left open.

A stamp predicts pixels as `fixed + keep * colour + (1 - cover) * behind`. It is linear in the colour, so the colour
that fits best is a division and not a search.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import PIL.Image
import PIL.ImageDraw
from numpy.typing import NDArray

from mini4o.storybook.kinds import KINDS
from mini4o.storybook.kinds.registry import Look
from mini4o.storybook.pen import Paint
from mini4o.storybook.scene import Facing

Floats = NDArray[np.float32]

_FINE = 3  # stamps are painted at three times their size: their places are thirds of a pixel
_LETTERS = 0.3  # what pixels count where letters may be, while nobody knows which
_STEP = math.log(1.03)  # their sizes are steps of 3 %


@dataclass(frozen=True)
class Guise:
    """One of the ways in which things of a kind come, colour and size left open."""

    kind: str
    look: Look
    facing: Facing | None


@dataclass(frozen=True)
class Stamp:
    """A guise as pixels.

    Attributes:
        fixed: `(3, h, w)`, 0 to 255, what does not depend on the colour.
        keep: `(h, w)`, how much of the colour shows.
        open: `(h, w)`, how much of a pixel the thing leaves to what is behind it.
        weight: `(2, h, w)`, how much a pixel counts for the own colour, and for the rest (outline, eyes, wheels …). A
            pixel counts as far as the thing covers it, and less where letters may be and none are given.
        whole: the sum of what pixels count.
        left: column of the stamp's first pixel in the picture.
        top: row of the stamp's first pixel.
    """

    fixed: Floats
    keep: Floats
    open: Floats
    weight: Floats
    whole: float
    left: int
    top: int


@dataclass(frozen=True)
class Fit:
    """Where a guise is put: the middle of its base in pixels from the upper left corner, and pixels a drawing unit.

    It may be faint: of a `strength` below 1 what is behind shows through.
    """

    guise: Guise
    x: float
    y: float
    scale: float
    strength: float = 1.0

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels of the whole thing."""
        left, bottom, right, top = extent(self.guise)
        return (
            self.x + self.scale * left,
            self.y - self.scale * top,
            self.x + self.scale * right,
            self.y - self.scale * bottom,
        )


def softened(maps: Floats) -> Floats:
    """`(…, height, width)` averaged with the neighbours (1 2 1 both ways), so that half a pixel does not matter."""
    before, after = maps[..., :1, :], maps[..., -1:, :]
    tall = np.concatenate([before, maps, after], axis=-2)
    maps = tall[..., :-2, :] + 2 * tall[..., 1:-1, :] + tall[..., 2:, :]
    wide = np.concatenate([maps[..., :1], maps, maps[..., -1:]], axis=-1)
    mean: Floats = (wide[..., :-2] + 2 * wide[..., 1:-1] + wide[..., 2:]) * np.float32(1 / 16)
    return mean


def guises(kind: str, variants: bool = False) -> list[Guise]:
    """Every facing and state of a kind (without text), in its first variant or in all."""
    of = KINDS[kind]
    facings: tuple[Facing | None, ...] = ("right", "left") if of.faces else (None,)
    return [
        Guise(kind, Look(state, "" if of.text else None, variant), facing)
        for facing in facings
        for state in of.states or (None,)
        for variant in range(of.variants if variants else 1)
    ]


def extent(guise: Guise) -> tuple[float, float, float, float]:
    """Left, bottom, right, top in page units at medium size."""
    left, bottom, right, top = KINDS[guise.kind].extent(guise.look)
    return (-right, bottom, -left, top) if guise.facing == "left" else (left, bottom, right, top)


def stamp(fit: Fit, soft: bool = True) -> Stamp:
    """The stamp of a guise at a place, to a third of a pixel and 3 % of its size; softened as soft views are."""
    step = round(math.log(fit.scale) / _STEP)
    column, row = math.floor(fit.x), math.floor(fit.y)
    across, down = round((fit.x - column) * _FINE), round((fit.y - row) * _FINE)
    made = _painted(fit.guise, step, across, down, soft)
    left, top = column + made.left, row + made.top
    if fit.strength == 1:
        return replace(made, left=left, top=top)
    fixed, keep, cover = (fit.strength * each for each in (made.fixed, made.keep, 1 - made.open))
    return Stamp(fixed, keep, 1 - cover, made.weight, made.whole, left, top)


@lru_cache(maxsize=8000)
def _painted(guise: Guise, step: int, across: int, down: int, soft: bool) -> Stamp:
    """A stamp whose base is `across` and `down` thirds of a pixel from a corner of the grid; its own first pixel."""
    fine, first_column, first_row = _fine(guise, step)
    # one pixel of margin was left on the upper left, from which the shift is taken
    width, height = fine[0].size
    box = (_FINE - across, _FINE - down, width - across, height - down)
    pixels, keep = (np.asarray(part.reduce(_FINE, box), dtype=np.float32) for part in fine)
    maps: Floats = np.concatenate([np.moveaxis(pixels, -1, 0), keep[None]])
    maps[3:] /= np.float32(255)
    if soft:
        wide = np.zeros((5, maps.shape[1] + 2, maps.shape[2] + 2), np.float32)
        wide[:, 1:-1, 1:-1] = maps
        maps = softened(wide)
        first_column, first_row = first_column - 1, first_row - 1
    fixed, cover, keep = maps[:3], maps[3], maps[4]
    counts = cover
    if guise.look.text == "":  # some text, nobody knows which: the mean of a few, and it counts for little
        most = KINDS[guise.kind].text
        texts = [
            replace(guise, look=replace(guise.look, text=letter * n)) for letter in "8L" for n in range(1, most + 1)
        ]
        written = np.stack([_painted(each, step, across, down, soft).fixed for each in texts])
        rows, columns = np.nonzero(np.abs(fixed - written).sum(axis=1).max(axis=0) > 10)
        fixed = written.mean(axis=0)
        counts = cover.copy()
        counts[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] *= _LETTERS
    weight = np.stack([counts * keep, counts * (1 - keep)])
    return Stamp(fixed, keep, 1 - cover, weight, float(counts.sum()), first_column, first_row)


@lru_cache(maxsize=6000)
def _fine(guise: Guise, step: int) -> tuple[tuple[PIL.Image.Image, PIL.Image.Image], int, int]:
    """At three times the size: RGB without the own colour and cover; how much own colour shows."""
    scale = math.exp(step * _STEP)
    left, bottom, right, top = extent(guise)
    first_column, first_row = math.floor(scale * left) - 1, math.floor(-scale * top) - 1
    width, height = math.ceil(scale * right) + 2 - first_column, math.ceil(-scale * bottom) + 2 - first_row
    size = ((width + 1) * _FINE, (height + 1) * _FINE)
    # CMYK stands for four plain channels: RGBA would be averaged as colours under an alpha
    colours, keeps = PIL.Image.new("CMYK", size), PIL.Image.new("L", size)
    draw, draw_keep = PIL.ImageDraw.Draw(colours), PIL.ImageDraw.Draw(keeps)
    turn = -scale if guise.facing == "left" else scale
    for shape in KINDS[guise.kind].shapes(guise.look):
        points = shape.points * (turn * _FINE, -scale * _FINE) + ((1 - first_column) * _FINE, (1 - first_row) * _FINE)
        flat = [(x, y) for x, y in points.tolist()]
        if isinstance(shape.fill, Paint):
            rest = 1 - shape.fill.keep
            red, green, blue = (round(rest * part) for part in shape.fill.other)
            kept = round(255 * shape.fill.keep)
        else:
            (red, green, blue), kept = shape.fill, 0
        draw.polygon(flat, fill=(red, green, blue, 255))
        draw_keep.polygon(flat, fill=kept)
    return (colours, keeps), first_column, first_row
