"""Where may such a thing be? A coarse look over the whole picture by correlation with small stamps."""

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from mini4o.storybook.judge.stamp import Fit, Floats, Guise, guises, softened, stamp
from mini4o.storybook.judge.view import View

Spectrum = NDArray[np.complex64]

COARSE = 40  # the coarse look is at pictures with a shorter side of so many pixels
SIZES = (0.67, 0.73, 0.84, 0.96, 1.04, 1.19, 1.34, 1.46)  # page units a unit of the drawing that it tries
_FLOOR = 150  # squared RGB distance per pixel that is not worth explaining
_UNLIKE = 8000  # squared RGB distance per pixel of what is nothing like the thing
_EDGE = 8  # pixels beyond the page, for things that are cut
_FIRST_GAIN = 0.05  # a candidate explains at least this share of what the backdrop leaves unexplained
_ALIKE = 0.03  # guises whose coarse stamps differ by less than this share are looked for as one


@dataclass(frozen=True)
class Page:
    """A view as the coarse look sees it.

    Attributes:
        coarse: pixels of its shorter side.
        sizes: page units a unit of the drawing, in which things are looked for.
        grow: pixels of the view in one of its own.
        shape: its rows and columns, with a small frame.
        spectrum: `(5, rows, columns // 2 + 1)`: its colours from -128 to 127; how much there is to be explained for a
            thing, and how much of it the backdrop leaves unexplained (squared RGB distances).
    """

    coarse: int
    sizes: tuple[float, ...]
    grow: float
    shape: tuple[int, int]
    spectrum: Spectrum


def coarse_page(view: View, coarse: int = COARSE, sizes: tuple[float, ...] = SIZES) -> Page:
    """The view reduced to a shorter side of so many pixels, to look for things of several kinds in it."""
    width, height = view.size
    grow = min(view.size) / coarse
    size = round(width / grow), round(height / grow)
    pixels, behind = (_reduced(maps, view, size) for maps in (view.pixels, view.behind))
    channels = pixels - 128
    maps = np.concatenate([channels, (channels**2).sum(axis=0)[None], ((pixels - behind) ** 2).sum(axis=0)[None]])
    return Page(coarse, sizes, grow, (maps.shape[1], maps.shape[2]), _spectrum(maps))


def candidates(page: Page, kind: str, most: int) -> list[Fit]:
    """The places in the view that look most like a thing of the kind, the best first."""
    rows, columns = page.shape
    bank = _bank(kind, page.coarse, page.sizes, rows, columns)
    here, grow = page.spectrum, page.grow
    seen, empty, own = (
        np.fft.irfft2(each, s=(rows, columns))
        for each in (
            np.conj(bank.weight) * here[3] - 2 * (np.conj(bank.fixed) * here[:3]).sum(axis=1),
            np.conj(bank.weight) * here[4],
            np.conj(bank.keep)[:, None] * here[:3],
        )
    )
    own -= bank.keep_fixed[..., None, None]
    error = seen + bank.fixed_power[:, None, None] - (own**2).sum(axis=1) / bank.keep_power[:, None, None]
    # the share of what the backdrop leaves unexplained that the thing explains
    gain = 1 - error / np.maximum(empty, bank.whole[:, None, None] * _FLOOR)
    # a plain patch of something large explains a small thing's own colour, but not its outline
    alike = np.clip(1 - error / (bank.whole[:, None, None] * _UNLIKE), 0.1, 1)
    score = np.where(gain > _FIRST_GAIN, gain * alike * (bank.whole**0.1)[:, None, None], 0)
    for index, (_, _, (high, wide), _) in enumerate(bank.entries):  # the stamp has to be on the map
        score[index, rows - high + 1 :] = 0
        score[index, :, columns - wide + 1 :] = 0
    peak = score > 0
    peak[:, 1:] &= score[:, 1:] >= score[:, :-1]
    peak[:, :-1] &= score[:, :-1] >= score[:, 1:]
    peak[..., 1:] &= score[..., 1:] >= score[..., :-1]
    peak[..., :-1] &= score[..., :-1] >= score[..., 1:]
    best = np.flatnonzero(peak)
    best = best[np.argsort(-score.ravel()[best])]
    entry, row, column = np.unravel_index(best, score.shape)
    boxes = np.stack([column, row, column, row], axis=1) + bank.boxes[entry]
    kept: list[Fit] = []
    while len(boxes) and len(kept) < most:
        guise, scale, _, at = bank.entries[entry[0]]
        x, y = float(column[0]) + at[0] - _EDGE, float(row[0]) + at[1] - _EDGE
        kept.append(Fit(guise, x * grow, y * grow, scale * grow))
        others = ~(_same(boxes[0], boxes) & (bank.looks[entry] == bank.looks[entry[0]]))
        boxes, entry, row, column = boxes[others], entry[others], row[others], column[others]
    return kept


def _reduced(maps: Floats, view: View, size: tuple[int, int]) -> Floats:
    """The page of a `(3, height, width)` map at a coarse size, softened, with a small frame."""
    rows, columns = slice(view.frame, -view.frame), slice(view.frame, -view.frame)
    page = np.clip(np.moveaxis(maps[:, rows, columns], 0, -1), 0, 255).astype(np.uint8)
    small = PIL.Image.fromarray(page).resize(size, PIL.Image.Resampling.BOX)
    pad = ((0, 0), (_EDGE, _EDGE), (_EDGE, _EDGE))
    return np.pad(softened(np.moveaxis(np.asarray(small, dtype=np.float32), -1, 0)), pad, mode="edge")


def _same(box: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Which boxes `(n, 4)` are of the same thing as `box`: they share 0.6 of what they cover together."""
    across = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    down = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    shared = np.maximum(across, 0) * np.maximum(down, 0)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return cast(NDArray[np.bool_], shared >= 0.6 * ((box[2] - box[0]) * (box[3] - box[1]) + area - shared))


@dataclass(frozen=True)
class _Bank:
    """The spectra of all coarse stamps of a kind, `(stamps, …, rows, columns // 2 + 1)`, and their sums."""

    entries: list[tuple[Guise, float, tuple[int, int], tuple[int, int]]]
    boxes: Floats  # left, top, right, bottom of each thing in its stamp
    looks: NDArray[np.int64]  # number of the guise
    weight: Spectrum
    fixed: Spectrum
    keep: Spectrum
    whole: Floats
    fixed_power: Floats
    keep_fixed: Floats
    keep_power: Floats


@lru_cache(maxsize=256)
def _bank(kind: str, coarse: int, sizes: tuple[float, ...], rows: int, columns: int) -> _Bank:
    entries, boxes, looks, weights, fixeds, keeps = [], [], [], [], [], []
    unit = coarse / 100
    for look, guise in enumerate(_distinct(kind)):
        for size in sizes:
            made = stamp(Fit(guise, 0.0, 0.0, size * unit))
            high, wide = made.keep.shape
            if high > rows or wide > columns:
                continue
            cover = 1 - made.open
            weight = np.where(cover > 0.5, made.weight.sum(axis=0), 0)
            fixed = made.fixed - 128 * (cover - made.keep)  # pixels are counted from 128
            entries.append((guise, size * unit, (high, wide), (-made.left, -made.top)))
            looks.append(look)
            boxes.append(Fit(guise, -made.left, -made.top, size * unit).box())
            pad = ((0, rows - high), (0, columns - wide))
            weights.append(np.pad(weight, pad))
            keeps.append(np.pad(weight * made.keep, pad))
            fixeds.append(np.pad(weight * fixed, ((0, 0), *pad)))
    weight, keep, fixed = np.stack(weights), np.stack(keeps), np.stack(fixeds)
    per_weight = np.maximum(weight, 1e-6)
    return _Bank(
        entries,
        np.asarray(boxes, np.float32),
        np.asarray(looks),
        _spectrum(weight),
        _spectrum(fixed),
        _spectrum(keep),
        cast(Floats, weight.sum(axis=(1, 2))),
        cast(Floats, (fixed**2 / per_weight[:, None]).sum(axis=(1, 2, 3))),
        cast(Floats, (keep[:, None] * fixed / per_weight[:, None]).sum(axis=(2, 3))),
        cast(Floats, np.maximum((keep**2 / per_weight).sum(axis=(1, 2)), 1.0)),
    )


@lru_cache(maxsize=256)
def _distinct(kind: str) -> list[Guise]:
    """The guises of a kind that look different from far away: of those that are alike, one."""
    kept: list[tuple[Guise, Floats]] = []
    for guise in guises(kind):
        made = stamp(Fit(guise, 0.0, 0.0, COARSE / 100))
        map_ = np.zeros((5, 3 * COARSE, 3 * COARSE), np.float32)
        rows = slice(2 * COARSE + made.top, 2 * COARSE + made.top + made.keep.shape[0])
        columns = slice(COARSE + made.left, COARSE + made.left + made.keep.shape[1])
        map_[:, rows, columns] = np.concatenate([made.fixed / 255, made.keep[None], made.open[None] - 1])
        if all(float(((map_ - other) ** 2).sum()) > _ALIKE * float((map_**2).sum()) for _, other in kept):
            kept.append((guise, map_))
    return [guise for guise, _ in kept]


def _spectrum(maps: Floats) -> Spectrum:
    return cast(Spectrum, np.fft.rfft2(maps.astype(np.float32)).astype(np.complex64))
