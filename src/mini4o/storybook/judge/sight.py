"""What a picture shows of some kinds: every such thing with its place and properties, those in front first."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from mini4o.storybook.judge.find import (
    COARSE,
    Match,
    View,
    candidates,
    explained,
    in_best_colour,
    in_best_guise,
    match,
    reduced,
    refine,
    without,
)
from mini4o.storybook.judge.stamp import Fit, Guise, extent, guises
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.palette import Colour
from mini4o.storybook.relations import Box
from mini4o.storybook.scene import SCALE, Size

ACCEPTED = 0.62  # a thing is seen if at least this much of its visible part is as it should be
PROMISING = 0.55  # what is worse than this is not worth trying larger or smaller things in its place
HOPELESS = 0.45  # what is no better than this at first sight is not looked at any further
DOUBT = 0.4  # and this much more times the share of it that is hidden: what is left has to be the more alike
PLAIN = 0.9  # and if so much is, it is nothing else
WORTH = 0.15  # a thing explains at least this share of its visible pixels better than the backdrop does
RIVAL = 1.02  # another kind that explains so many times the pixels of the same place is what is seen there
HIDDEN = 0.62  # of a thing that is hidden more than this nothing is said
VISIBLE = 60.0  # the same if less than so many square page units of it are visible (25 pixels at 64 pixels a side)
MOST = 16  # things of a kind that are looked for


@dataclass(frozen=True)
class Sighting:
    """A thing that was seen.

    Attributes:
        match: its fit and how well it explains the picture.
        colour: its colour; None for kinds without one.
        size: its size.
        box: left, bottom, right, top in page units, y upwards.
    """

    match: Match
    colour: Colour | None
    size: Size
    box: Box

    @property
    def guise(self) -> Guise:
        """Kind, state, facing."""
        return self.match.fit.guise


def sightings(view: View, kinds: list[str]) -> list[Sighting]:
    """The things of these kinds in a picture.

    They are looked for at 64 pixels a side; in a larger picture their places and guises are then adjusted.
    """
    grow = min(view.pixels.shape[:2]) / COARSE
    if grow <= 1.25:
        return [_seen(view, found) for found in _found(view, kinds)]
    seen = []
    for found in _found(reduced(view), kinds):
        fit = replace(found.fit, x=found.fit.x * grow, y=found.fit.y * grow, scale=found.fit.scale * grow)
        sharp = in_best_guise(view, replace(found, fit=fit))
        seen.append(_seen(view, sharp))
        view = without(view, sharp)
    return seen


def _found(view: View, kinds: list[str]) -> list[Match]:
    """Things, each with the pixels that it explains taken from those that come after it.

    What explains most comes first. What looks wrong may be a thing that is hidden in part: it is looked at again once
    the thing that hides it is known.
    """
    rough = [in_best_colour(view, fit, among=1) for kind in kinds for fit in candidates(view, kind, MOST)]
    found: list[Match] = []
    refused: list[Match] = []
    while rough:
        first = max(rough, key=_weight)
        rough.remove(first)
        best = refine(view, first.fit) if first.score > HOPELESS else first
        if PROMISING < best.score < PLAIN:  # a smaller or larger one of its kind may fit better at this place
            same = [
                each for each in rough if each.fit.guise.kind == first.fit.guise.kind and _meet(each.fit, first.fit)
            ]
            same.sort(key=lambda each: -each.score)
            tried = [best, *(refine(view, each.fit) for each in same[:2]), *stretched(view, best)]
            best = max(tried, key=lambda each: explained(view, each))
        if best.score < ACCEPTED + DOUBT * best.hidden:
            refused.append(first)
            continue
        best = in_best_guise(view, best)
        plain_backdrop = explained(view, best) < WORTH * best.visible
        if plain_backdrop or too_little(view, best) or (best.score < PLAIN and is_something_else(view, best)):
            refused.append(first)
            continue
        found.append(best)
        view = without(view, best)
        # what this thing hides in part may now be told by the rest
        again = [each for each in (*rough, *refused) if _meet(each.fit, best.fit)]
        rough = [each for each in rough if each not in again] + [
            in_best_colour(view, each.fit, among=1) for each in again
        ]
        refused = [each for each in refused if each not in again]
    return found


def stretched(view: View, found: Match) -> list[Match]:
    """Larger things of which a match may be a part: what is hidden in part is often taken for something smaller."""
    left, top, right, bottom = found.fit.box()
    larger = []
    for grow in (1.2, 1.45):
        fit = replace(found.fit, scale=found.fit.scale * grow)
        wide, high = (right - left) * (grow - 1), (bottom - top) * (grow - 1)
        middle, base = found.fit.x, found.fit.y
        across = (middle - left) * (grow - 1)  # so that the left edge stays
        for x in (middle + across, middle + across - wide):
            for y in (base, base + high):
                larger.append(match(view, replace(fit, x=x, y=y), found.colour))
    larger.sort(key=lambda each: -each.score)
    return [refine(view, each.fit, rounds=2) for each in larger[:2]]


def _weight(found: Match) -> float:
    """Among matches of one place, the one that explains more of the picture is to be preferred a little."""
    return found.score * math.sqrt(math.sqrt(found.visible))


def too_little(view: View, found: Match) -> bool:
    """Whether too little of a thing is visible to say anything of it."""
    return found.hidden > HIDDEN or found.visible < VISIBLE * view.unit**2


def is_something_else(view: View, found: Match) -> bool:
    """Whether another kind explains the place of a match better."""
    left, top, right, bottom = found.fit.box()
    tall, wide = bottom - top, right - left
    tried: list[Match] = []
    for guise in _all_guises():
        if guise.kind == found.fit.guise.kind:
            continue
        low_x, low_y, high_x, high_y = extent(guise)
        scale = math.sqrt(tall * wide / ((high_y - low_y) * (high_x - low_x)))
        if not (0.7 < scale * (high_y - low_y) / tall < 1.43) or not 0.5 < scale / view.unit < 1.9:
            continue
        x, y = (left + right) / 2 - scale * (low_x + high_x) / 2, (top + bottom) / 2 + scale * (low_y + high_y) / 2
        tried.append(in_best_colour(view, Fit(guise, x, y, scale), among=1))
    tried.sort(key=lambda each: -each.score)
    worth = explained(view, found)
    for other in tried[:3]:
        better = refine(view, other.fit, rounds=2)
        if better.score > found.score and explained(view, better) > RIVAL * worth:
            return True
    return False


def _seen(view: View, found: Match) -> Sighting:
    height = view.pixels.shape[0]
    left, top, right, bottom = (each / view.unit for each in found.fit.box())
    page = height / view.unit
    wanted = math.log(found.fit.scale / view.unit)
    size = min(SCALE, key=lambda each: abs(math.log(SCALE[each]) - wanted))
    return Sighting(found, found.colour, size, (left, page - bottom, right, page - top))


@lru_cache(maxsize=1)
def _all_guises() -> list[Guise]:
    return [guise for kind in KINDS for guise in guises(kind)]


def _meet(a: Fit, b: Fit) -> bool:
    one, two = a.box(), b.box()
    return min(one[2], two[2]) > max(one[0], two[0]) and min(one[3], two[3]) > max(one[1], two[1])
