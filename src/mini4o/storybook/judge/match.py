"""How well does a thing at a place explain the picture? Comparing, and fitting place, size, colour and guise."""

import math
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mini4o.storybook.judge.stamp import Fit, Floats, Stamp, guises, stamp
from mini4o.storybook.judge.view import View
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.palette import COLOURS, PAINT, Colour

FAR = 110.0  # a pixel this far (RGB distance) from what was predicted is plainly something else
_LOST = 0.45  # what is no better than this with its place looked for is not worth more effort
_TOLD = 0.75  # a pixel of which so much is as predicted is explained
_EVIDENCE = 36.0  # square page units (15 pixels at 64 pixels a side)
_PAINTS = np.asarray([PAINT[colour] for colour in COLOURS], np.float32)
_LIGHTS, _TINTS = _PAINTS.mean(axis=1), _PAINTS - _PAINTS.mean(axis=1, keepdims=True)
_WASHED = 0.5  # a colour may have lost so much of its tint
_LIGHT = 0.6  # what a difference in lightness counts beside one in tint (3 if all channels counted alike)
_RGB = {colour: np.asarray(rgb, np.float32)[:, None, None] for colour, rgb in PAINT.items()}


@dataclass(frozen=True)
class Match:
    """How well a fit explains the picture.

    Attributes:
        fit: the guise and its place.
        colour: the colour in which it was compared; None for kinds without one.
        score: 1 if all that is visible is as predicted, 0 if nothing is; the own colour and the rest (geometric mean).
        visible: how many pixels of it are visible.
        hidden: the share of it that is hidden or off the page.
    """

    fit: Fit
    colour: Colour | None
    score: float = 0.0
    visible: float = 0.0
    hidden: float = 1.0

    @property
    def weight(self) -> float:
        """Where to begin among matches of different things: with what explains more of the picture."""
        return self.score * math.sqrt(math.sqrt(self.visible))

    @property
    def worth(self) -> float:
        """What the match is worth beside others of the same thing: it must not win by hiding what is wrong with it."""
        return self.score * math.sqrt(math.sqrt(max(0.0, 1 - self.hidden)))


def match(view: View, fit: Fit, colour: Colour | None, reach: int = 0) -> Match:
    """The best match of a guise in a colour within `reach` whole pixels (both ways) of a fit."""
    if reach:
        fit = replace(fit, x=float(round(fit.x)), y=float(round(fit.y)))
    made = stamp(fit, view.soft)
    high, wide = made.keep.shape
    top, left = made.top + view.frame - reach, made.left + view.frame - reach
    rows, columns = slice(top, top + high + 2 * reach), slice(left, left + wide + 2 * reach)
    if top < 0 or left < 0 or rows.stop > view.free.shape[0] or columns.stop > view.free.shape[1]:
        return Match(fit, colour)
    good, free = _good(view, made, colour, rows, columns)
    count = (2 * reach + 1) ** 2
    weight = made.weight.reshape(2, -1)
    total = free.reshape(count, -1) @ weight.T
    right = (good * free).reshape(count, -1) @ weight.T
    visible = total.sum(axis=1)
    shares = right / np.maximum(total, 1e-3)
    # a part that is hardly visible, or that the thing does not have, says nothing
    score = np.where(
        total[:, 0] < 0.02 * visible,
        shares[:, 1],
        np.where(total[:, 1] < 0.02 * visible, shares[:, 0], np.sqrt(shares[:, 0] * shares[:, 1])),
    )
    score[visible < 1] = 0
    best = int((score * np.sqrt(np.sqrt(visible))).argmax())
    down, across = divmod(best, 2 * reach + 1)
    moved = replace(fit, x=fit.x + across - reach, y=fit.y + down - reach) if reach else fit
    return Match(moved, colour, float(score[best]), float(visible[best]), 1 - float(visible[best]) / made.whole)


def _good(view: View, made: Stamp, colour: Colour | None, rows: slice, columns: slice) -> tuple[Floats, Floats]:
    """How much of each pixel is as predicted (0 to 1) and how free it is, for every place `(down, across, h, w)`."""
    size = made.keep.shape

    def places(maps: Floats) -> Floats:
        shape = (*maps.shape[:-2], maps.shape[-2] - size[0] + 1, maps.shape[-1] - size[1] + 1, *size)
        return as_strided(maps, shape, (*maps.strides, *maps.strides[-2:]), writeable=False)

    shown = _shown(made, colour)
    off = places(view.pixels[:, rows, columns]) - shown[:, None, None]
    off -= made.open * places(view.behind[:, rows, columns])
    off *= off
    error = off.sum(axis=0)
    error *= 1 / FAR**2
    np.minimum(error, 1, out=error)
    return 1 - error, places(view.free[rows, columns])


def _shown(made: Stamp, colour: Colour | None) -> Floats:
    """What a thing in a colour adds to a picture, `(3, h, w)`."""
    return made.fixed if colour is None else made.fixed + made.keep * _RGB[colour]


def _at(view: View, made: Stamp) -> tuple[slice, slice] | None:
    """Which rows and columns of a view a stamp is on; None beyond the frame."""
    top, left = made.top + view.frame, made.left + view.frame
    high, wide = made.keep.shape
    if top < 0 or left < 0 or top + high > view.free.shape[0] or left + wide > view.free.shape[1]:
        return None
    return slice(top, top + high), slice(left, left + wide)


def in_best_colour(view: View, fit: Fit, among: int = 3, reach: int = 0) -> Match:
    """The match in the colour that explains the picture best, of so many that are near to what its own part shows."""
    if not KINDS[fit.guise.kind].colours:
        return match(view, fit, None, reach)
    if reach:
        fit = replace(fit, x=float(round(fit.x)), y=float(round(fit.y)))
    made = stamp(fit, view.soft)
    at = _at(view, made)
    if at is None:
        return Match(fit, COLOURS[0])
    shown = _colour_shown(view, made, at)
    tried = (match(view, fit, COLOURS[index], reach) for index in _paints_like(shown)[:among])
    return max(tried, key=lambda each: each.score)


def _colour_shown(view: View, made: Stamp, at: tuple[slice, slice]) -> Floats:
    """The colour `(3,)` of the part of the picture that should have the thing's own: the median where that is pure."""
    off = view.pixels[:, *at] - made.fixed - made.open * view.behind[:, *at]
    own = made.weight[0] * view.free[at]
    pure = (made.keep > 0.6) & (own > 0.2)
    count = np.count_nonzero(pure)
    if count >= 6:
        return np.partition(off[:, pure] / made.keep[pure], count // 2, axis=1)[:, count // 2]
    return cast(Floats, np.einsum("hw,chw->c", own, off) / max(float((own * made.keep).sum()), 1e-3))


def _paints_like(shown: Floats) -> list[int]:
    """Numbers of the paints, the most like first. A colour may be washed out, and darker or lighter than it should."""
    light, tint = shown.mean(), shown - shown.mean()
    strength = np.clip(_TINTS @ tint / np.maximum((_TINTS**2).sum(axis=1), 1.0), _WASHED, 1)
    off = ((tint - strength[:, None] * _TINTS) ** 2).sum(axis=1) + _LIGHT * (light - _LIGHTS) ** 2
    return cast(list[int], np.argsort(off).tolist())


def refine(view: View, fit: Fit) -> Match:
    """The match of a guise near a fit: moved and resized while that explains the picture better."""
    best = in_best_colour(view, fit, reach=2)
    if best.score < _LOST:
        return best
    for stretch, reach in ((0.09, 1), (0.05, 1), (0.03, 0)):
        tried = [
            match(view, resized(best.fit, factor), best.colour, reach) for factor in (1 + stretch, 1 / (1 + stretch))
        ]
        if reach == 0:
            tried += _nudged(view, best)
        best = max(best, *tried, key=lambda each: each.worth)
    return max(best, *_nudged(view, best), key=lambda each: each.worth)


def _nudged(view: View, best: Match) -> list[Match]:
    """The same a third of a pixel to all sides."""
    third = 1 / 3
    return [
        match(view, replace(best.fit, x=best.fit.x + x, y=best.fit.y + y), best.colour)
        for x, y in ((third, 0), (-third, 0), (0, third), (0, -third))
    ]


def resized(fit: Fit, by: float) -> Fit:
    """Larger or smaller about its middle."""
    left, top, right, bottom = fit.box()
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    return replace(
        fit, x=middle_x + (fit.x - middle_x) * by, y=middle_y + (fit.y - middle_y) * by, scale=fit.scale * by
    )


def in_best_guise(view: View, found: Match) -> Match:
    """The same place in the state, facing, variant and colour that explain the picture best.

    Guises differ in how much they cover (a lit lamp has rays), so it is not the share that counts but how many pixels
    more than by the backdrop are explained.
    """
    best = in_best_colour(view, found.fit, among=2)
    every = guises(found.fit.guise.kind, variants=True)
    if len(every) > 1:
        worth = {guise: explained(view, replace(best, fit=replace(best.fit, guise=guise))) for guise in every}
        best = replace(best, fit=replace(best.fit, guise=max(every, key=lambda guise: worth[guise])))
    return refine(view, best.fit)


def explained(view: View, found: Match) -> float:
    """How many free pixels the thing explains that the backdrop does not, less those of which the opposite is true."""
    return float(_gain(view, found)[0].sum())


def _gain(view: View, found: Match) -> tuple[Floats, Floats]:
    """Of the own colour and the rest `(2,)`: free pixels explained beyond the backdrop; those that should be."""
    made = stamp(found.fit, view.soft)
    at = _at(view, made)
    if at is None:
        return np.zeros(2, np.float32), np.ones(2, np.float32)
    good, free = _good(view, made, found.colour, *at)
    shown = _shown(made, found.colour)
    behind = view.behind[:, *at]
    empty = 1 - np.minimum(((view.pixels[:, *at] - behind) ** 2).sum(axis=0) / FAR**2, 1)
    should = np.minimum(((shown + (made.open - 1) * behind) ** 2).sum(axis=0) / FAR**2, 1)
    weight = (made.weight * free[0, 0]).reshape(2, -1)
    return cast(Floats, weight @ (good[0, 0] - empty).ravel()), cast(Floats, weight @ should.ravel())


def explains(view: View, found: Match) -> float:
    """How much of what tells the thing from what is behind it is there: 1 all of it, 0 none."""
    gain, should = _gain(view, found)
    return float(gain.sum() / max(1.0, should.sum()))


def stands_out(view: View, found: Match) -> float:
    """How much of what tells the thing from what is behind it is there, in the worse of its two parts: 1 all, 0 none.

    It is none if all that tells them apart comes to less than a few pixels.
    """
    gain, should = _gain(view, found)
    if gain.sum() < _EVIDENCE * view.unit**2:
        return min(0.0, float(gain.sum() / max(1.0, should.sum())))
    told = should > 0.1 * should.sum()
    return float((gain[told] / should[told]).min())


def over(view: View, found: Match) -> View:
    """The view with a thing painted into what is behind."""
    made = stamp(found.fit, view.soft)
    at = _at(view, made)
    if at is None:
        return view
    behind = view.behind.copy()
    behind[:, *at] = made.open * behind[:, *at] + _shown(made, found.colour)
    return replace(view, behind=behind)


def without(view: View, found: Match) -> View:
    """The view in which a match is told: it is behind what comes next, and pixels that it explains are not free."""
    made = stamp(found.fit, view.soft)
    at = _at(view, made)
    if at is None:
        return view
    good, _ = _good(view, made, found.colour, *at)
    free = view.free.copy()
    free[at] *= ~((good[0, 0] > _TOLD) & (made.open < 0.9))
    return replace(over(view, found), free=free)
