"""Every kind of thing: it can be drawn in all its guises, looks like no other, and is what its entry says."""

from collections import Counter
from itertools import combinations
from typing import get_args

import numpy as np
import pytest
from probes import apart, looks, painted

from mini4o.storybook.imagine import kinds_for
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.kinds.registry import Family, Kind, Look, Where
from mini4o.storybook.palette import COLOURS, INK, PAINT
from mini4o.storybook.pen import Paint
from mini4o.storybook.scene import BONDS, SCALE, Setting, can
from mini4o.storybook.versions import WORLDS

UNIT = 0.64  # pixels a page unit in a picture of 64 pixels
GUISES = [(kind, look) for kind in KINDS.values() for look in looks(kind)]
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def usual(kind: Kind) -> list[Look]:
    """Every state, in the first variant."""
    return [look for look in looks(kind) if look.variant == 0]


def test_there_are_enough_of_them() -> None:
    families = Counter(kind.family for kind in KINDS.values())
    assert len(KINDS) >= 32 and len(families) >= 7
    assert set(families) == set(get_args(Family))
    assert all(name == kind.name for name, kind in KINDS.items())


def test_versions_list_kinds_that_there_are() -> None:
    for world in WORLDS.values():
        assert set(world.kinds) <= set(KINDS)
        assert len(set(world.kinds)) == len(world.kinds) >= 32


@every_kind
def test_all_guises_can_be_drawn(kind: Kind) -> None:
    """Of finite points, in a sane number of shapes, with a sane extent about the middle of the base."""
    for look in looks(kind):
        shapes = kind.shapes(look)
        assert 2 <= len(shapes) <= 120, look
        for shape in shapes:
            assert shape.points.ndim == 2 and shape.points.shape[1] == 2 and len(shape.points) >= 3
            assert np.isfinite(shape.points).all()
        left, bottom, right, top = kind.extent(look)
        assert 15 <= right - left <= 64 and 15 <= top - bottom <= 56, look
        assert -6 <= bottom <= 0, look  # it stands on y = 0, but for its outline and what lies in front of it
        assert abs(left + right) <= 14, look
        assert kind.shapes(look) is shapes  # drawn once


@every_kind
def test_outer_edges_are_ink(kind: Kind) -> None:
    """What reaches furthest in each direction is an outline (or a line in ink)."""
    for look in usual(kind):
        left, bottom, right, top = kind.extent(look)
        ink = np.concatenate([shape.points for shape in kind.shapes(look) if shape.fill == INK])
        assert [*ink.min(axis=0), *ink.max(axis=0)] == pytest.approx([left, bottom, right, top], abs=1), look


@every_kind
def test_the_colour_that_is_spoken_of_is_what_one_sees(kind: Kind) -> None:
    """At least 0.3 of what a thing covers changes with its colour."""
    assert len(set(kind.colours)) == len(kind.colours)
    assert not kind.colours or len(kind.colours) >= 2
    for look in looks(kind):
        shapes = kind.shapes(look)
        if not kind.colours:
            assert not any(isinstance(shape.fill, Paint) for shape in shapes)
            continue
        black, white = (painted(shapes, (level, level, level), 2.0) for level in (0, 255))
        changing = (white - black)[..., 0] > 100
        assert changing.sum() >= 0.3 * (black[..., 3] > 0.5).sum(), look


@every_kind
def test_hands_tops_and_openings_are_within_reach(kind: Kind) -> None:
    for look in looks(kind):
        left, bottom, right, top = kind.extent(look)
        if kind.hand is not None:  # held out to the right, on the hand that is drawn
            x, y = kind.hand
            assert right - 6 <= x <= right and bottom + 8 < y < top - 8
            assert _covers(kind, look, x, y)
        if kind.grip is not None:  # on the thing, low enough that a hand does not hide it
            x, y = kind.grip
            assert left < x < right and bottom < y <= bottom + 0.55 * (top - bottom)
            assert _covers(kind, look, x, y)
        for span in (kind.top, kind.inside):
            if span is not None:
                start, end, height = span
                assert left < start < end < right and end - start >= 18
                assert 8 < height < top


def _covers(kind: Kind, look: Look, x: float, y: float) -> bool:
    """Whether a thing is drawn at a place, or within a page unit of it."""
    cover = painted(kind.shapes(look), INK, 2.0)[..., 3]
    row, column = round(cover.shape[0] - 2 * (y + 6)), round(cover.shape[1] / 2 + 2 * x)
    return bool((cover[row - 2 : row + 3, column - 2 : column + 3] > 0.5).any())


@every_kind
def test_what_may_be_said_of_it_goes_together(kind: Kind) -> None:
    assert set(kind.where) <= set(get_args(Where)) and kind.where
    assert set(kind.colours) <= set(COLOURS)
    assert len(kind.states) != 1 and len(set(kind.states)) == len(kind.states)
    assert kind.variants >= 1
    for look in looks(kind):
        if kind.small:  # fits on a chair and into a box, at small size
            left, bottom, right, top = kind.extent(look)
            assert right - left <= 40 and top - bottom <= 34, look
            assert SCALE["small"] * (right - left) <= SCALE["large"] * 28, look
    if kind.text:
        assert not kind.faces  # nothing written is ever mirrored


def test_every_kind_has_a_place_and_every_bond_two_kinds() -> None:
    places = (
        Setting(place="meadow", season="summer", weather="clear"),
        Setting(place="lake", weather="clear"),
        Setting(place="lake", weather="clear", time="night"),
        Setting(place="kitchen"),
    )
    assert {kind.name for place in places for kind in kinds_for(place)} == set(KINDS)
    for bond in BONDS:
        assert any(can(bond, a, b) for a in KINDS.values() for b in KINDS.values()), bond


def test_no_two_kinds_look_alike_at_64_pixels() -> None:
    """In the same colour, at the same place, in any state and either facing, at medium and at small size."""
    for scale in (SCALE["medium"], SCALE["small"]):
        drawn = [
            (kind.name, painted(kind.shapes(look), PAINT["blue"], UNIT * scale, turn))
            for kind in KINDS.values()
            for look in usual(kind)
            for turn in ((1, -1) if kind.faces else (1,))
        ]
        for (a, first), (b, second) in combinations(drawn, 2):
            assert a == b or apart(first, second) > 25, (a, b, scale)


@every_kind
def test_states_facings_and_letters_can_be_seen_at_64_pixels(kind: Kind) -> None:
    colour = PAINT["blue"]
    for first, second in combinations(usual(kind), 2):
        pictures = [painted(kind.shapes(look), colour, UNIT) for look in (first, second)]
        assert apart(*pictures) > 8, (first.state, second.state)
    for look in usual(kind) if kind.faces else []:
        right, left = (painted(kind.shapes(look), colour, UNIT, turn) for turn in (1, -1))
        assert apart(right, left) > 20, look
    for letters in combinations(("A", "8", "W", "AW", "A8")[: None if kind.text > 1 else 3], 2) if kind.text else []:
        pictures = [painted(kind.shapes(Look(text=text)), colour, 2 * UNIT) for text in letters]
        assert apart(*pictures) > 3, letters


@every_kind
def test_variants_are_the_same_kind(kind: Kind) -> None:
    """They differ, but less than one kind from another."""
    for first, second in combinations((look for look in looks(kind) if look.state == usual(kind)[0].state), 2):
        pictures = [painted(kind.shapes(look), PAINT["blue"], 2 * UNIT) for look in (first, second)]
        assert 0.1 < apart(*pictures) < 25, (first, second)


def test_no_two_colours_of_a_kind_look_alike() -> None:
    for kind in KINDS.values():
        shapes = kind.shapes(next(looks(kind)))
        pictures = {colour: painted(shapes, PAINT[colour], UNIT) for colour in kind.colours}
        for a, b in combinations(kind.colours, 2):
            assert apart(pictures[a], pictures[b]) > 8, (kind.name, a, b)
