"""Where is such a thing? A coarse look over the picture by correlation, then a fine fit of position, size and guise."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from mini4o.storybook.judge.stamp import Fit, Floats, Guise, Stamp, guises, stamp
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.palette import COLOURS, PAINT, Colour

Spectrum = NDArray[np.complex64]
_Part = tuple[slice, slice]

COARSE = 64  # the coarse look is at pictures with a shorter side of so many pixels
SIZES = (0.66, 0.78, 0.92, 1.08, 1.27, 1.48)  # page units a unit of the drawing that the coarse look tries
_FRAME = 4  # pixels that are added on all sides for the coarse look
_FIRST_GAIN = 0.15  # a candidate explains at least this share of what the backdrop leaves unexplained
_PAINTS = np.asarray([PAINT[colour] for colour in COLOURS], np.float32)
_RGB = {colour: np.asarray(rgb, np.float32) for colour, rgb in PAINT.items()}
FAR = 110.0  # a pixel this far (RGB distance) from what was predicted is plainly something else


@dataclass(frozen=True)
class View:
    """A picture as the judge works on it.

    Attributes:
        pixels: `(height, width, 3)`, 0 to 255.
        behind: the backdrop, same shape.
        free: `(height, width)`, 1 where a pixel is not yet known to show some thing in front.
    """

    pixels: Floats
    behind: Floats
    free: Floats

    @property
    def unit(self) -> float:
        """Pixels a page unit."""
        return float(min(self.pixels.shape[:2])) / 100


@dataclass(frozen=True)
class Match:
    """How well a fit explains the picture.

    Attributes:
        fit: the guise and its place.
        score: 1 if all that is visible is as predicted, 0 if nothing is; the own colour and the rest (geometric mean).
        colour: the colour in which it was compared; None for kinds without one.
        visible: how many pixels of it are visible.
        hidden: the share of it that is hidden or off the page.
    """

    fit: Fit
    score: float
    colour: Colour | None
    visible: float
    hidden: float


def match(view: View, fit: Fit, colour: Colour | None) -> Match:
    """Compares the picture with a fit in a colour (None for kinds without one)."""
    made = stamp(fit)
    there, inside = _overlap(view, made)
    if there is None:
        return Match(fit, 0.0, colour, 0.0, 1.0)
    good = _good(view, made, colour, there, inside)
    free = view.free[there].ravel()
    parts = made.parts[inside].reshape(-1, 2)
    (total, own), (all_good, own_good) = (free @ parts).tolist(), ((good.ravel() * free) @ parts).tolist()
    if total < 1:
        score = 0.0
    elif own < 0.02 * total:
        score = all_good / total
    else:
        score = math.sqrt(own_good / own * (all_good - own_good) / max(total - own, 1e-3))
    return Match(fit, score, colour, total, 1 - total / made.whole)


def without(view: View, found: Match) -> View:
    """The view in which the pixels that a match explains are no longer free to be something else."""
    made = stamp(found.fit)
    there, inside = _overlap(view, made)
    if there is None:
        return view
    explained = (_good(view, made, found.colour, there, inside) > 0.6) & (made.open[inside][..., 0] < 0.9)
    free = view.free.copy()
    free[there] *= ~explained
    return replace(view, free=free)


def _overlap(view: View, made: Stamp) -> tuple[_Part | None, _Part]:
    """Which part of the picture a stamp covers, and which part of the stamp is in the picture; None if nothing is."""
    height, width = view.pixels.shape[:2]
    rows, columns = made.keep.shape
    top, left = max(0, -made.top), max(0, -made.left)
    bottom, right = min(rows, height - made.top), min(columns, width - made.left)
    inside = (slice(top, bottom), slice(left, right))
    if bottom <= top or right <= left:
        return None, inside
    return (slice(made.top + top, made.top + bottom), slice(made.left + left, made.left + right)), inside


def _good(view: View, made: Stamp, colour: Colour | None, there: _Part, inside: _Part) -> Floats:
    """How much of each pixel is as predicted, `(h, w)` from 0 to 1."""
    off = view.pixels[there] - made.fixed[inside] - made.open[inside] * view.behind[there]
    if colour is not None:
        off -= made.keep[inside][..., None] * _RGB[colour]
    return cast(Floats, 1 - np.minimum(np.einsum("hwc,hwc->hw", off, off) / FAR**2, 1))


def in_best_colour(view: View, fit: Fit, among: int = 3) -> Match:
    """The match in the colour that explains the picture best, of so many that are near to what its own part shows."""
    if not KINDS[fit.guise.kind].colours:
        return match(view, fit, None)
    made = stamp(fit)
    there, inside = _overlap(view, made)
    if there is None:
        return match(view, fit, COLOURS[0])
    own = made.parts[inside][..., 1] * view.free[there]
    off = view.pixels[there] - made.fixed[inside] - made.open[inside] * view.behind[there]
    shown = np.einsum("hw,hwc->c", own, off) / max(float((own * made.keep[inside]).sum()), 1e-3)
    nearest = np.argsort(((_PAINTS - shown) ** 2).sum(axis=-1))[:among]
    return max((match(view, fit, COLOURS[index]) for index in nearest.tolist()), key=lambda each: each.score)


def candidates(view: View, kind: str, most: int) -> list[Fit]:
    """The places that look most like a thing of the kind, the best first."""
    height, width = view.pixels.shape[:2]
    small = view if min(height, width) == COARSE else reduced(view)
    pixels, behind = _softened(_framed(small.pixels)), _softened(_framed(small.behind))
    rows, columns = pixels.shape[:2]
    bank = _bank(kind, rows, columns)
    off_backdrop = ((pixels - behind) ** 2).sum(axis=-1)
    pixels = pixels - 128
    power, off = _spectrum((pixels**2).sum(axis=-1)), _spectrum(off_backdrop)
    channels = _spectrum(np.moveaxis(pixels, -1, 0))
    size = (rows, columns)
    seen = np.fft.irfft2(np.conj(bank.weight) * power, s=size)
    seen -= 2 * np.fft.irfft2((np.conj(bank.fixed) * channels).sum(axis=1), s=size)
    seen += bank.fixed_power[:, None, None]
    own = np.fft.irfft2(np.conj(bank.keep)[:, None] * channels, s=size) - bank.keep_fixed[..., None, None]
    error = seen - (own**2).sum(axis=1) / bank.keep_power[:, None, None]
    empty = np.fft.irfft2(np.conj(bank.weight) * off, s=size)
    # the share of what the backdrop leaves unexplained that the thing explains
    gain = 1 - error / np.maximum(empty, bank.weight_sum[:, None, None] * 400)
    score = np.where(gain > _FIRST_GAIN, gain * (bank.weight_sum**0.25)[:, None, None], 0)
    for index, (_, _, (high, wide), _) in enumerate(bank.entries):  # the stamp has to be on the page
        score[index, rows - high + 1 :] = 0
        score[index, :, columns - wide + 1 :] = 0
    peak = score > 0
    for axis in (1, 2):
        for by in (1, -1):
            peak &= score >= np.roll(score, by, axis)
    best = np.flatnonzero(peak)
    best = best[np.argsort(-score.ravel()[best])]
    entry, row, column = np.unravel_index(best, score.shape)
    boxes = np.stack([column, row, column, row], axis=1) + bank.boxes[entry]
    kept: list[Fit] = []
    grow = min(height, width) / COARSE
    while len(boxes) and len(kept) < most:
        guise, scale, _, at = bank.entries[entry[0]]
        x, y = float(column[0]) + at[0] - _FRAME, float(row[0]) + at[1] - _FRAME
        kept.append(Fit(guise, x * grow, y * grow, scale * grow))
        others = ~_same(boxes[0], boxes)
        boxes, entry, row, column = boxes[others], entry[others], row[others], column[others]
    return kept


def refine(view: View, fit: Fit, rounds: int = 3) -> Match:
    """Moves and resizes a fit while that explains the picture better, in the colour that does at the start."""
    best = in_best_colour(view, fit)
    step, stretch = view.unit * 1.6, 0.09
    for _ in range(rounds):
        for _ in range(3):
            moved = best
            now = best.fit
            half = stretch * (now.y - now.box()[1]) / 2  # to grow about the middle and not about the base
            for across, down, by in (
                (step, 0, 0),
                (-step, 0, 0),
                (0, step, 0),
                (0, -step, 0),
                (0, 0, stretch),
                (0, 0, -stretch),
                (0, half, stretch),
                (0, -half, -stretch),
            ):
                trial = replace(now, x=now.x + across, y=now.y + down, scale=now.scale * (1 + by))
                tried = match(view, trial, best.colour)
                if tried.score > moved.score:
                    moved = tried
            if moved is best:
                break
            best = moved
        step, stretch = step / 2, stretch / 1.7
    return best


def in_best_guise(view: View, found: Match) -> Match:
    """The same place in the state, facing, variant and colour that explain the picture best.

    Guises differ in how much they cover (a lit lamp has rays), so it is not the share that counts but how many pixels
    more than by the backdrop are explained.
    """
    best = in_best_colour(view, found.fit, among=len(COLOURS))
    every = guises(found.fit.guise.kind, variants=True)
    if len(every) > 1:
        worth = {guise: explained(view, replace(best, fit=replace(best.fit, guise=guise))) for guise in every}
        best = replace(best, fit=replace(best.fit, guise=max(every, key=lambda guise: worth[guise])))
    return refine(view, best.fit, rounds=2)


def explained(view: View, found: Match) -> float:
    """How many free pixels the thing explains that the backdrop does not, less those of which the opposite is true."""
    made = stamp(found.fit)
    there, inside = _overlap(view, made)
    if there is None:
        return 0.0
    off = view.pixels[there] - view.behind[there]
    empty = 1 - np.minimum(np.einsum("hwc,hwc->hw", off, off) / FAR**2, 1)
    more = _good(view, made, found.colour, there, inside) - empty
    return float((more * made.parts[inside][..., 0] * view.free[there]).sum())


def _same(box: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Which boxes `(n, 4)` are of the same thing as `box`: they share 0.4 of what they cover together."""
    across = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    down = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    shared = np.maximum(across, 0) * np.maximum(down, 0)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return cast(NDArray[np.bool_], shared >= 0.4 * ((box[2] - box[0]) * (box[3] - box[1]) + area - shared))


@dataclass(frozen=True)
class _Bank:
    """The spectra of all coarse stamps of a kind, `(stamps, …, rows, columns // 2 + 1)`, and their sums."""

    entries: list[tuple[Guise, float, tuple[int, int], tuple[int, int]]]
    boxes: Floats  # left, top, right, bottom of each thing in its stamp
    weight: Spectrum
    fixed: Spectrum
    keep: Spectrum
    weight_sum: Floats
    fixed_power: Floats
    keep_fixed: Floats
    keep_power: Floats


@lru_cache(maxsize=256)
def _bank(kind: str, rows: int, columns: int) -> _Bank:
    entries, boxes, weights, fixeds, keeps = [], [], [], [], []
    unit = COARSE / 100
    for guise in guises(kind, variants=True):
        for size in SIZES:
            made = stamp(Fit(guise, 0.0, 0.0, size * unit))
            high, wide = made.keep.shape
            cover = 1 - made.open[..., 0]
            if high > rows or wide > columns:
                continue
            weight = np.where(cover > 0.6, made.parts[..., 0], 0)
            keep = _softened(made.keep)
            fixed = _softened(made.fixed) - 128 * (_softened(cover) - keep)[..., None]  # pixels are counted from 128
            entries.append((guise, size * unit, (high, wide), (-made.left, -made.top)))
            left, top, right, bottom = Fit(guise, -made.left, -made.top, size * unit).box()
            boxes.append((left, top, right, bottom))
            pad = ((0, rows - high), (0, columns - wide))
            weights.append(np.pad(weight, pad))
            keeps.append(np.pad(weight * keep, pad))
            fixeds.append(np.pad(weight[..., None] * fixed, (*pad, (0, 0))))
    if not entries:
        empty = np.zeros((0, rows, columns // 2 + 1), np.complex64)
        none = np.zeros(0, np.float32)
        return _Bank(
            [],
            np.zeros((0, 4), np.float32),
            empty,
            np.zeros((0, 3, *empty.shape[1:]), np.complex64),
            empty,
            none,
            none,
            np.zeros((0, 3), np.float32),
            none,
        )
    weight, keep, fixed = np.stack(weights), np.stack(keeps), np.moveaxis(np.stack(fixeds), -1, 1)
    per_weight = np.maximum(weight, 1e-6)
    return _Bank(
        entries,
        np.asarray(boxes, np.float32),
        _spectrum(weight),
        _spectrum(fixed),
        _spectrum(keep),
        cast(Floats, weight.sum(axis=(1, 2))),
        cast(Floats, (fixed**2 / per_weight[:, None]).sum(axis=(1, 2, 3))),
        cast(Floats, (keep[:, None] * fixed / per_weight[:, None]).sum(axis=(2, 3))),
        cast(Floats, np.maximum((keep**2 / per_weight).sum(axis=(1, 2)), 1.0)),
    )


def _spectrum(maps: Floats) -> Spectrum:
    return cast(Spectrum, np.fft.rfft2(maps.astype(np.float32)).astype(np.complex64))


def reduced(view: View) -> View:
    """A view at the size of the coarse look."""
    height, width = view.pixels.shape[:2]
    size = round(width * COARSE / min(height, width)), round(height * COARSE / min(height, width))

    def smaller(picture: Floats) -> Floats:
        image = PIL.Image.fromarray(picture.astype(np.uint8)).resize(size, PIL.Image.Resampling.BOX)
        return np.asarray(image, dtype=np.float32)

    return View(smaller(view.pixels), smaller(view.behind), np.ones((size[1], size[0]), np.float32))


def _framed(picture: Floats) -> Floats:
    """With some pixels more on all sides, for stamps whose margin is over the edge."""
    return np.pad(picture, ((_FRAME, _FRAME), (_FRAME, _FRAME), (0, 0)), mode="edge")


def _softened(maps: Floats) -> Floats:
    """Averaged with the neighbours (1 2 1 in both directions), so that half a pixel more or less does not matter."""
    for axis in (0, 1):
        pad = [(0, 0)] * maps.ndim
        pad[axis] = (1, 1)
        wide = np.pad(maps, pad, mode="edge")
        before, after = [slice(None)] * maps.ndim, [slice(None)] * maps.ndim
        before[axis], after[axis] = slice(0, -2), slice(2, None)
        maps = cast(Floats, (wide[tuple(before)] + 2 * maps + wide[tuple(after)]) / 4)
    return maps
