"""What a thing may look like: small stamps of it, at any place on the pixel grid, with its colour left open.

A stamp predicts pixels as `fixed + keep * colour + (1 - cover) * behind`. It is linear in the colour, so the colour
that fits best is a division and not a search.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

import numpy as np
import PIL.Image
import PIL.ImageDraw
from numpy.typing import NDArray

from mini4o.storybook.kinds import KINDS
from mini4o.storybook.kinds.registry import Look
from mini4o.storybook.pen import Paint
from mini4o.storybook.scene import Facing

Floats = NDArray[np.float32]

_DETAIL = 3  # pixels a page unit of the drawings that stamps are reduced from
_FINE = 3  # the places of stamps are thirds of a pixel
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


def guises(kind: str) -> list[Guise]:
    """Every facing, state and variant of a kind; without text."""
    of = KINDS[kind]
    facings: tuple[Facing | None, ...] = ("right", "left") if of.faces else (None,)
    return [
        Guise(kind, Look(state, "" if of.text else None, variant), facing)
        for facing in facings
        for state in of.states or (None,)
        for variant in range(of.variants)
    ]


def extent(guise: Guise) -> tuple[float, float, float, float]:
    """Left, bottom, right, top in page units at medium size."""
    look = guise.look if not guise.look.text else replace(guise.look, text="")  # letters are within the rest
    left, bottom, right, top = KINDS[guise.kind].extent(look)
    return (-right, bottom, -left, top) if guise.facing == "left" else (left, bottom, right, top)


def stamp(fit: Fit, soft: bool = True) -> Stamp:
    """The stamp of a guise at a place, to a third of a pixel and 3 % of its size; softened as soft views are."""
    step = round(math.log(fit.scale) / _STEP)
    column, row = math.floor(fit.x), math.floor(fit.y)
    across, down = round((fit.x - column) * _FINE), round((fit.y - row) * _FINE)
    made = _painted(fit.guise, step, across, down, soft)
    left, top = column + made.left, row + made.top
    if fit.strength == 1:
        return Stamp(made.fixed, made.keep, made.open, made.weight, made.whole, left, top)
    fixed, keep, cover = (fit.strength * each for each in (made.fixed, made.keep, 1 - made.open))
    return Stamp(fixed, keep, 1 - cover, made.weight, made.whole, left, top)


@lru_cache(maxsize=12000)
def _painted(guise: Guise, step: int, across: int, down: int, soft: bool) -> Stamp:
    """A stamp whose base is `across` and `down` thirds of a pixel from a corner of the grid; its own first pixel."""
    scale = math.exp(step * _STEP)
    left, bottom, right, top = extent(guise)
    columns = math.floor(scale * left + across / _FINE) - soft, math.ceil(scale * right + across / _FINE) + soft
    rows = math.floor(-scale * top + down / _FINE) - soft, math.ceil(-scale * bottom + down / _FINE) + soft
    fine, first_column, first_row = _drawing(guise)
    grow = _DETAIL / scale  # pixels of the drawing in a pixel of the stamp
    sums_across = _means(columns, grow, across * grow / _FINE + first_column, fine.shape[2], soft)
    sums_down = _means(rows, grow, down * grow / _FINE + first_row, fine.shape[1], soft)
    maps = sums_down @ fine.astype(np.float32) @ sums_across.T
    maps[3:] = np.minimum(maps[3:] / np.float32(255), 1)
    fixed, cover, keep = maps[:3], maps[3], maps[4]
    counts = cover
    if guise.look.text == "":  # some text, nobody knows which: the mean of a few, and it counts for little
        most = KINDS[guise.kind].text
        texts = [
            replace(guise, look=replace(guise.look, text=letter * n)) for letter in "8L" for n in range(1, most + 1)
        ]
        written = np.stack([_painted(each, step, across, down, soft).fixed for each in texts])
        places = np.nonzero(np.abs(fixed - written).sum(axis=1).max(axis=0) > 10)
        fixed = written.mean(axis=0)
        counts = cover.copy()
        counts[places[0].min() : places[0].max() + 1, places[1].min() : places[1].max() + 1] *= _LETTERS
    weight = np.stack([counts * keep, counts * (1 - keep)])
    return Stamp(fixed, keep, 1 - cover, weight, float(counts.sum()), columns[0], rows[0])


def _means(span: tuple[int, int], grow: float, shift: float, length: int, soft: bool) -> Floats:
    """Weights `(pixels of a stamp, pixels of a drawing)` that take the means of a drawing in one direction.

    Args:
        span: first and last pixel of the stamp.
        grow: pixels of the drawing in one of the stamp.
        shift: where the stamp's origin is, in pixels of the drawing before its first.
        length: pixels of the drawing.
        soft: whether the stamp is to be softened.
    """
    edges = np.arange(span[0] - soft, span[1] + soft + 1) * grow - shift
    below = np.clip(edges[:, None] - np.arange(length), 0, 1)  # how much of each pixel lies before each edge
    share = (below[1:] - below[:-1]) / grow
    if soft:
        share = (share[:-2] + 2 * share[1:-1] + share[2:]) / 4
    return cast(Floats, share.astype(np.float32))


@lru_cache(maxsize=2000)
def _drawing(guise: Guise) -> tuple[NDArray[np.uint8], int, int]:
    """A guise in full detail, `(5, height, width)`: RGB without the own colour, cover, own colour.

    With it the place of its first pixel beside the middle of its base.
    """
    text = guise.look.text or ""
    if len(text.strip()) > 1:  # letters do not touch, so a text is the blank thing and what each of them changes
        alone = [" " * place + letter + " " * (len(text) - place - 1) for place, letter in enumerate(text)]
        written = [_drawing(replace(guise, look=replace(guise.look, text=each))) for each in (" " * len(text), *alone)]
        blank, first_column, first_row = written[0]
        return blank + sum(maps - blank for maps, _, _ in written[1:]), first_column, first_row
    left, bottom, right, top = extent(guise)
    first_column, first_row = math.floor(_DETAIL * left) - 1, math.floor(-_DETAIL * top) - 1
    size = math.ceil(_DETAIL * right) + 2 - first_column, math.ceil(-_DETAIL * bottom) + 2 - first_row
    # CMYK stands for four plain channels
    colours, keeps = PIL.Image.new("CMYK", size), PIL.Image.new("L", size)
    draw, draw_keep = PIL.ImageDraw.Draw(colours), PIL.ImageDraw.Draw(keeps)
    turn = -_DETAIL if guise.facing == "left" else _DETAIL
    for shape in KINDS[guise.kind].shapes(guise.look):
        flat = [(x, y) for x, y in (shape.points * (turn, -_DETAIL) - (first_column, first_row)).tolist()]
        if isinstance(shape.fill, Paint):
            rest = 1 - shape.fill.keep
            red, green, blue = (round(rest * part) for part in shape.fill.other)
            kept = round(255 * shape.fill.keep)
        else:
            (red, green, blue), kept = shape.fill, 0
        draw.polygon(flat, fill=(red, green, blue, 255))
        draw_keep.polygon(flat, fill=kept)
    maps = np.concatenate([np.moveaxis(np.asarray(colours), -1, 0), np.asarray(keeps)[None]])
    return maps, first_column, first_row
