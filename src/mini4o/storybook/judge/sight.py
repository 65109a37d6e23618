"""What a picture shows of some kinds: every such thing with its place and properties, those in front first."""

import math
from dataclasses import dataclass, replace

from mini4o.storybook.judge.coarse import SIZES, candidates, coarse_page
from mini4o.storybook.judge.match import (
    Match,
    explained,
    explains,
    in_best_colour,
    in_best_guise,
    match,
    over,
    refine,
    resized,
    stands_out,
    without,
)
from mini4o.storybook.judge.stamp import Fit, Guise
from mini4o.storybook.judge.view import View
from mini4o.storybook.kinds import FIRST_VOLUME
from mini4o.storybook.palette import Colour
from mini4o.storybook.relations import Box
from mini4o.storybook.scene import SCALE, Size

# How alike a thing has to be to be accepted: the share of its visible part that is as it should be.
ACCEPTED = 0.66  # for large things
SMALL, LARGE = 0.24, 1000.0  # and up to 0.24 more for what is smaller than 1000 square page units
DOUBT = 0.4  # and 0.4 times the share of it that is hidden more: what is left has to be the more alike
ENOUGH = 0.9  # but never more than this
LETTERED = 0.08  # but so much less where letters are expected, which are not looked at yet

# How alike it has to be to be looked at further.
HOPELESS = 0.5  # what is no better than this at first sight is not
LOST = -0.4  # nor what stands out as little as this at first sight
PROMISING = 0.55  # larger or smaller things are not tried in the place of what is worse than this
PLAIN = 0.92  # if so much of it is as it should be, it is nothing else
SURE = 0.96  # what is as good as this is not looked at again
FAINT = (0.7, 0.5)  # things may be as faint as this
PLAINLY = 0.88  # but then they have to be as much as this as they should be

# What has to be there.
OUTSTANDING = 0.4  # at least this share of what tells a thing from what is behind it
HIDDEN = 0.62  # of a thing that is hidden more than this nothing is said
GUESSED = 0.8  # the same at first sight, when its place is not known well
VISIBLE = 60.0  # the same if less than so many square page units of it are visible (25 pixels at 64 pixels a side)

# How many are looked for.
MOST = 32  # things of a kind
RESIZED = 3  # times that a larger or smaller thing is moved to each side
DOUBLE = 0.75  # two sightings of a kind that share so much of the smaller one are one thing
RIVALS = 4  # things of every other kind that may be seen in a doubtful place
RIVALS_COARSE = 32  # they are looked for at so many pixels a side, in every second size
RIVALS_TRIED = 4  # so many of all kinds are tried there
RECOLOURED = 0.05  # a sharper look gives a thing another colour only if it is so much more alike
INSTEAD = 0.5  # if they cover at least so much of it
RIVAL = 0.2  # with a rival behind it a thing has to tell at least this share of what sets it apart


@dataclass(frozen=True)
class Sighting:
    """A thing that was seen.

    Attributes:
        match: its fit and how well it explains the picture.
        colour: its colour; None for kinds without one.
        size: its size.
        box: left, bottom, right, top in page units, y upwards.
        unit: pixels a page unit where it was seen.
    """

    match: Match
    colour: Colour | None
    size: Size
    box: Box
    unit: float

    @property
    def guise(self) -> Guise:
        """Kind, state, facing."""
        return self.match.fit.guise


class _Rivals:
    """Places where a picture may show things of all kinds; looked for when first asked for."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._found: list[Fit] | None = None

    def instead(self, view: View, doubtful: Match) -> bool:
        """Whether something else is seen where a thing is: with that behind it, the thing no longer stands out."""
        if self._found is None:
            page = coarse_page(self._view, RIVALS_COARSE, SIZES[::2])
            self._found = [fit for kind in FIRST_VOLUME for fit in candidates(page, kind, RIVALS)]
        near = [
            in_best_colour(view, fit, among=1, reach=1)
            for fit in self._found
            if fit.guise.kind != doubtful.fit.guise.kind and _overlap(fit, doubtful.fit) > INSTEAD * _area(doubtful.fit)
        ]
        near.sort(key=lambda each: -explained(view, each))
        for each in near[:RIVALS_TRIED]:
            rival = in_best_guise(view, refine(view, each.fit))
            if rival.score > doubtful.score and explains(over(view, rival), doubtful) < RIVAL:
                return True
        return False


def sightings(view: View, kinds: list[str]) -> list[Sighting]:
    """The things of these kinds in a picture, what explains most of it first.

    A thing takes the pixels that it explains from those that come after it. What looks wrong may be a thing that is
    hidden in part: it is looked at again once the thing that hides it is known.
    """
    whole, rivals, page = view, _Rivals(view), coarse_page(view)
    rough = [in_best_colour(view, fit, among=1, reach=1) for kind in kinds for fit in candidates(page, kind, MOST)]
    found: list[Match] = []
    refused: list[Match] = []
    while rough:
        first = max(rough, key=lambda each: each.weight)
        rough.remove(first)
        if first.score < HOPELESS or too_little(view, first, GUESSED) or stands_out(view, first) < LOST:
            refused.append(first)
            continue
        best = _best_at(view, first, rivals)
        if best is None:
            refused.append(first)
            continue
        found.append(best)
        view = without(view, best)
        rough, touched = _parted(rough, best)
        refused, touched_too = _parted(refused, best)
        again = [each.fit for each in touched + touched_too if not _same(each.fit, best.fit)]
        rough += [in_best_colour(view, fit, among=1, reach=1) for fit in again]
    return [_seen(whole, each) for each in _reconsidered(whole, found)]


def _reconsidered(view: View, found: list[Match]) -> list[Match]:
    """The same things, those that others hide in part adjusted now that all are known.

    What is hidden in part is easily taken for something smaller, and a fit may end at a size that is nearly as good:
    larger and smaller things are tried at the same place.
    """
    kept = list(found)
    for best in found:
        if best.score > SURE:
            continue
        hiding = [each for each in kept if each is not best and _overlap(each.fit, best.fit)]
        if not hiding:
            continue
        left = view
        for each in hiding:
            left = without(left, each)
        tried = [refine(left, best.fit), *(refine(left, each.fit) for each in _resized(left, best))]
        better = in_best_guise(left, max(tried, key=lambda each: explained(left, each)))
        kept = [better if each is best else each for each in kept if each is not best or _accepted(left, better)]
    return kept


def _resized(view: View, best: Match) -> list[Match]:
    """Larger and smaller things where a match is, those that explain most first.

    They are looked for from where they share a corner with it to where they share the opposite one.
    """
    left, top, right, bottom = best.fit.box()
    tried = []
    for grow in (0.83, 1.2, 1.45):
        most = max(right - left, bottom - top) * abs(grow - 1) / 2
        hop = max(1, round(most / RESIZED))
        tried.append(match(view, resized(best.fit, grow), best.colour, RESIZED, hop))
    return sorted(tried, key=lambda each: -explained(view, each))


def sharpened(view: View, seen: list[Sighting]) -> list[Sighting]:
    """Things that were seen in a smaller view of the same page, adjusted to a larger one."""
    sharp = []
    for each in seen:
        fit = each.match.fit
        grow = view.unit / each.unit
        larger = replace(fit, x=fit.x * grow, y=fit.y * grow, scale=fit.scale * grow)
        best = in_best_guise(view, refine(view, larger))
        if best.colour != each.colour:
            before = match(view, best.fit, each.colour)
            best = before if before.score > best.score - RECOLOURED else best
        view = without(view, best)
        sharp.append(_seen(view, best))
    return sharp


def _best_at(view: View, first: Match, rivals: _Rivals) -> Match | None:
    """The thing of its kind that is seen where a rough match is; None if there is none."""
    best = refine(view, first.fit)
    if best.score < PROMISING + DOUBT * best.hidden:
        return None
    if best.score < SURE:  # a smaller or larger one may fit better at this place
        tried = [best, *(refine(view, each.fit) for each in _resized(view, best)[:2])]
        best = max(tried, key=lambda each: explained(view, each))
        faint = [match(view, replace(best.fit, strength=strength), best.colour) for strength in FAINT]
        fitted = [refine(view, each.fit) for each in faint if each.score > best.score]
        plain = [each for each in fitted if each.score > PLAINLY + DOUBT * each.hidden]
        best = max([best, *plain], key=lambda each: explained(view, each))
    best = in_best_guise(view, best)
    if not _accepted(view, best):
        return None
    return None if best.score < PLAIN and rivals.instead(view, best) else best


def _accepted(view: View, found: Match) -> bool:
    """Whether enough of a thing is there, looks as it should and stands out from what is behind it."""
    whole = found.visible / max(1 - found.hidden, 0.1) / view.unit**2
    few = 1 - min(1.0, whole / LARGE)
    lettered = found.fit.guise.look.text == ""
    wanted = ACCEPTED + SMALL * few + DOUBT * found.hidden - LETTERED * lettered
    alike = found.score >= min(wanted, ENOUGH)
    return alike and not too_little(view, found) and stands_out(view, found) >= OUTSTANDING


def too_little(view: View, found: Match, hidden: float = HIDDEN) -> bool:
    """Whether too little of a thing is visible to say anything of it."""
    return found.hidden > hidden or found.visible < VISIBLE * view.unit**2


def _seen(view: View, found: Match) -> Sighting:
    left, top, right, bottom = (each / view.unit for each in found.fit.box())
    page = view.size[1] / view.unit
    wanted = math.log(found.fit.scale / view.unit)
    size = min(SCALE, key=lambda each: abs(math.log(SCALE[each]) - wanted))
    return Sighting(found, found.colour, size, (left, page - bottom, right, page - top), view.unit)


def _area(fit: Fit) -> float:
    """Square pixels of a fit's box."""
    left, top, right, bottom = fit.box()
    return (right - left) * (bottom - top)


def _overlap(a: Fit, b: Fit) -> float:
    """Square pixels that the boxes of two fits share."""
    one, two = a.box(), b.box()
    across, down = min(one[2], two[2]) - max(one[0], two[0]), min(one[3], two[3]) - max(one[1], two[1])
    return max(across, 0.0) * max(down, 0.0)


def _parted(matches: list[Match], best: Match) -> tuple[list[Match], list[Match]]:
    """The matches that are elsewhere than the best one, and those that overlap it."""
    overlaps = [_overlap(each.fit, best.fit) > 0 for each in matches]
    pairs = list(zip(matches, overlaps, strict=True))
    return [each for each, overlap in pairs if not overlap], [each for each, overlap in pairs if overlap]


def _same(a: Fit, b: Fit) -> bool:
    """Whether two fits can only be of one thing: the same kind on much the same place."""
    return a.guise.kind == b.guise.kind and _overlap(a, b) > DOUBLE * min(_area(a), _area(b))
