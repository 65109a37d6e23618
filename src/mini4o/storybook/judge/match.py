"""How well does a thing at a place explain the picture? Comparing, and fitting place, size, colour and guise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mini4o.storybook.judge.stamp import Fit, Floats, Stamp, guises, stamp
from mini4o.storybook.judge.view import FAR, View
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.palette import COLOURS, PAINT, Colour

_LOST = 0.45  # what is no better than this with its place looked for is not worth more effort
_TOLD = 0.75  # a pixel of which so much is as predicted is explained
_EVIDENCE = 36.0  # square page units (15 pixels at 64 pixels a side)
_PAINTS = np.asarray([PAINT[colour] for colour in COLOURS], np.float32)
_LIGHTS, _TINTS = _PAINTS.mean(axis=1), _PAINTS - _PAINTS.mean(axis=1, keepdims=True)
_WASHED = 0.5  # a colour may have lost so much of its tint
_LIGHT = 0.6  # what a difference in lightness counts beside one in tint (3 if all channels counted alike)
_TINT_POWERS = np.maximum((_TINTS**2).sum(axis=1), 1.0)
_RGB = {colour: np.asarray(rgb, np.float32) for colour, rgb in PAINT.items()}


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


def match(view: View, fit: Fit, colour: Colour | None, reach: int = 0, hop: int = 1) -> Match:
    """The best match of a guise in a colour at a fit, or `reach` times both ways around it, `hop` pixels apart."""
    fit = _on_grid(fit) if reach else fit
    laid = _lay(view, fit, reach, hop)
    return _best(laid, fit, [colour]) if laid else Match(fit, colour)


def in_best_colour(view: View, fit: Fit, among: int = 3, reach: int = 0) -> Match:
    """The match in the colour that explains the picture best, of so many that are near to what its own part shows."""
    colours = KINDS[fit.guise.kind].colours
    fit = _on_grid(fit) if reach else fit
    laid = _lay(view, fit, reach)
    if laid is None:
        return Match(fit, colours[0] if colours else None)
    return _best(laid, fit, _colours_like(_colour_shown(laid))[:among] if colours else [None])


def _on_grid(fit: Fit) -> Fit:
    """The fit at whole pixels, from where whole pixels are searched."""
    return Fit(fit.guise, float(round(fit.x)), float(round(fit.y)), fit.scale, fit.strength)


@dataclass(frozen=True)
class _Laid:
    """A stamp of `p` pixels laid on a view at `n` places: every one within reach, row by row.

    Attributes:
        made: the stamp.
        at: the rows and columns of the view that all places cover.
        hop: pixels between places.
        weight: `(2, p)`, its weight.
        keep: `(p,)`, how much of its own colour shows.
        rest: `(3, n, p)`, what the picture shows there beyond what is fixed and what is behind: the own colour, if it
            is there.
        free: `(n, p)`, how free the pixels are.
    """

    made: Stamp
    at: tuple[slice, slice]
    hop: int
    weight: Floats
    keep: Floats
    rest: Floats
    free: Floats

    def good(self, colour: Colour | None) -> Floats:
        """How much of each pixel is as predicted, `(n, p)` from 0 to 1."""
        error: Floats = (self.rest**2).sum(axis=0)
        if colour is not None:  # the distance to keep * colour, multiplied out
            own = _RGB[colour]
            error += self.keep * (self.keep * (own @ own) - 2 * (own @ self.rest.reshape(3, -1)).reshape(error.shape))
        error *= -1 / FAR**2
        error += 1
        return np.maximum(error, 0, out=error)


def _lay(view: View, fit: Fit, reach: int = 0, hop: int = 1) -> _Laid | None:
    """A stamp on a view at a fit and at all places within reach; None if some are beyond the frame."""
    made = stamp(fit, view.soft)
    at = _at(view, made, reach * hop)
    if at is None:
        return None
    size, steps = made.keep.shape, 2 * reach + 1
    pixels, behind, free = (
        _windows(maps[..., *at], size, steps, hop) for maps in (view.pixels, view.behind, view.free)
    )
    rest = pixels - made.open * behind
    rest -= made.fixed[:, None, None]
    count = steps * steps
    weight = made.weight.reshape(2, -1)
    return _Laid(made, at, hop, weight, made.keep.ravel(), rest.reshape(3, count, -1), free.reshape(count, -1))


def _windows(maps: Floats, size: tuple[int, ...], steps: int, hop: int) -> Floats:
    """Windows of a size in maps `(…, rows, columns)`, `hop` pixels apart: `(…, steps, steps, *size)`; no copy."""
    if steps == 1:
        return maps[..., None, None, :, :]
    *more, down, across = maps.strides
    strides = (*more, hop * down, hop * across, down, across)
    return as_strided(maps, (*maps.shape[:-2], steps, steps, *size), strides)


def _at(view: View, made: Stamp, reach: int = 0) -> tuple[slice, slice] | None:
    """Which rows and columns of a view a stamp is on if it is moved within reach; None if some are beyond the frame."""
    top, left = made.top + view.frame - reach, made.left + view.frame - reach
    bottom, right = top + made.keep.shape[0] + 2 * reach, left + made.keep.shape[1] + 2 * reach
    if top < 0 or left < 0 or bottom > view.free.shape[0] or right > view.free.shape[1]:
        return None
    return slice(top, bottom), slice(left, right)


def _best(laid: _Laid, fit: Fit, colours: Sequence[Colour | None]) -> Match:
    """The best place in the best of some colours, of a stamp that was laid around a fit."""
    total = laid.free @ laid.weight.T
    visible = total.sum(axis=1)
    seen = total > 0.02 * visible[:, None]  # a part that is hardly visible, or that the thing lacks, says nothing
    best = Match(fit, colours[0])
    for colour in colours:
        right = (laid.good(colour) * laid.free) @ laid.weight.T
        shares = right / np.maximum(total, 1e-3)
        own, other = shares[:, 0], shares[:, 1]
        score = np.where(seen.all(axis=1), np.sqrt(own * other), np.where(seen[:, 0], own, other))
        score[visible < 1] = 0
        place = int((score * np.sqrt(np.sqrt(visible))).argmax())
        if score[place] > best.score:
            moved, shown = _moved(fit, place, len(score), laid.hop), float(visible[place])
            best = Match(moved, colour, float(score[place]), shown, 1 - shown / laid.made.whole)
    return best


def _moved(fit: Fit, place: int, places: int, hop: int) -> Fit:
    """The fit at one of the places that are tried around it."""
    if places == 1:
        return fit
    steps = math.isqrt(places)
    down, across = (hop * (step - steps // 2) for step in divmod(place, steps))
    return Fit(fit.guise, fit.x + across, fit.y + down, fit.scale, fit.strength)


def _colour_shown(laid: _Laid) -> Floats:
    """The colour `(3,)` of the part of the picture that should have the thing's own: the median where that is pure."""
    middle = len(laid.free) // 2
    rest, own = laid.rest[:, middle], laid.weight[0] * laid.free[middle]
    pure = (laid.keep > 0.6) & (own > 0.2)
    count = np.count_nonzero(pure)
    if count >= 6:
        return np.partition(rest[:, pure] / laid.keep[pure], count // 2, axis=1)[:, count // 2]
    return cast(Floats, rest @ own / max(float(own @ laid.keep), 1e-3))


def _colours_like(shown: Floats) -> list[Colour]:
    """All colours, the most like first. A colour may be washed out, and darker or lighter than it should."""
    light = shown.mean()
    tint = shown - light
    strength = np.clip(_TINTS @ tint / _TINT_POWERS, _WASHED, 1)
    off = ((tint - strength[:, None] * _TINTS) ** 2).sum(axis=1) + _LIGHT * (light - _LIGHTS) ** 2
    return [COLOURS[index] for index in np.argsort(off)]


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
        before, best = best, max(best, *tried, key=lambda each: each.worth)
    # if nothing of the last round was better, its nudges would be tried again
    return best if best is before else max(best, *_nudged(view, best), key=lambda each: each.worth)


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
    """A refined match in the state, facing, variant and colour that explain the picture best, refined again if so.

    Guises differ in how much they cover (a lit lamp has rays), so it is not the share that counts but how many pixels
    more than by the backdrop are explained.
    """
    best = in_best_colour(view, found.fit, among=2)
    every = guises(found.fit.guise.kind)
    if len(every) > 1:
        worth = {guise: explained(view, replace(best, fit=replace(best.fit, guise=guise))) for guise in every}
        best = replace(best, fit=replace(best.fit, guise=max(every, key=lambda guise: worth[guise])))
    same = best.fit.guise == found.fit.guise and best.colour == found.colour
    return best if same else refine(view, best.fit)


def explained(view: View, found: Match) -> float:
    """How many free pixels the thing explains that the backdrop does not, less those of which the opposite is true."""
    laid = _lay(view, found.fit)
    return float(_gain(view, laid, found.colour).sum()) if laid else 0.0


def explains(view: View, found: Match) -> float:
    """How much of what tells the thing from what is behind it is there: 1 all of it, 0 none."""
    gain, should = _gain_of_all(view, found)
    return float(gain.sum() / max(1.0, should.sum()))


def stands_out(view: View, found: Match) -> float:
    """How much of what tells the thing from what is behind it is there, in the worse of its two parts: 1 all, 0 none.

    It is none if all that tells them apart comes to less than a few pixels.
    """
    gain, should = _gain_of_all(view, found)
    if gain.sum() < _EVIDENCE * view.unit**2:
        return min(0.0, float(gain.sum() / max(1.0, should.sum())))
    told = should > 0.1 * should.sum()
    return float((gain[told] / should[told]).min())


def _gain(view: View, laid: _Laid, colour: Colour | None) -> Floats:
    """Of the own colour and the rest `(2,)`: free pixels explained beyond what the backdrop explains."""
    more = laid.good(colour)[0] - view.empty[laid.at].ravel()
    return cast(Floats, laid.weight @ (more * laid.free[0]))


def _gain_of_all(view: View, found: Match) -> tuple[Floats, Floats]:
    """The gain `(2,)` of a match, and what it would be if the thing were there as predicted."""
    laid = _lay(view, found.fit)
    if laid is None:
        return np.zeros(2, np.float32), np.ones(2, np.float32)
    off = _shown(laid.made, found.colour) + (laid.made.open - 1) * view.behind[:, *laid.at]
    apart = np.minimum((off**2).sum(axis=0) / FAR**2, 1).ravel()
    return _gain(view, laid, found.colour), cast(Floats, laid.weight @ (apart * laid.free[0]))


def _shown(made: Stamp, colour: Colour | None) -> Floats:
    """What a thing in a colour adds to a picture, `(3, h, w)`."""
    return made.fixed if colour is None else made.fixed + made.keep * _RGB[colour][:, None, None]


def over(view: View, found: Match) -> View:
    """The view with a thing painted into what is behind."""
    laid = _lay(view, found.fit)
    return replace(view, behind=_behind(view, laid, found.colour)) if laid else view


def without(view: View, found: Match) -> View:
    """The view in which a match is told: it is behind what comes next, and pixels that it explains are not free."""
    laid = _lay(view, found.fit)
    if laid is None:
        return view
    told = (laid.good(found.colour)[0] > _TOLD).reshape(laid.made.keep.shape) & (laid.made.open < 0.9)
    free = view.free.copy()
    free[laid.at] *= ~told
    return replace(view, behind=_behind(view, laid, found.colour), free=free)


def _behind(view: View, laid: _Laid, colour: Colour | None) -> Floats:
    """What is behind in a view, with a thing painted into it."""
    behind = view.behind.copy()
    behind[:, *laid.at] = laid.made.open * behind[:, *laid.at] + _shown(laid.made, colour)
    return behind
