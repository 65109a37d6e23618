"""The paints are never in doubt, and the pen's shapes are what their names say."""

import math
from itertools import combinations

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from probes import apart, lab, looks, painted

from mini4o.storybook import pen as pen_module
from mini4o.storybook.imagine import LETTERS
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.palette import COLOURS, INK, PAINT
from mini4o.storybook.pen import MAIN, OUTLINE, SHADE, TINT, Array, Pen, grown
from mini4o.storybook.strokes import STROKES

WHITE = (255, 255, 255)


# ---- colours


def test_lab_is_that_of_the_books() -> None:
    """Two values that every table of the conversion has."""
    assert lab((255, 0, 0)) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert lab((255, 255, 255)) == pytest.approx([100, 0, 0], abs=0.02)


def test_paints_are_apart() -> None:
    assert set(PAINT) == set(COLOURS)
    for a, b in combinations(COLOURS, 2):
        assert np.linalg.norm(lab(PAINT[a]) - lab(PAINT[b])) >= 25, (a, b)
    for name in COLOURS:  # and none is lost in the outline
        assert np.linalg.norm(lab(PAINT[name]) - lab(INK)) >= 25, name


def test_light_and_shade_keep_a_colour_what_it_is() -> None:
    for name, colour in PAINT.items():
        light, middle, dark = (lab(paint.on(colour))[0] for paint in (TINT, MAIN, SHADE))
        assert dark < middle < light, name
        assert MAIN.on(colour) == colour
        nearest = min(COLOURS, key=lambda other: float(np.linalg.norm(lab(SHADE.on(colour)) - lab(PAINT[other]))))
        assert nearest == name or np.linalg.norm(lab(SHADE.on(colour)) - lab(colour)) < 25, name


# ---- outlines


def raster(points: Array, low: Array, size: tuple[int, int], fine: int = 12) -> NDArray[np.bool_]:
    canvas = PIL.Image.new("1", size)
    PIL.ImageDraw.Draw(canvas).polygon([tuple(point) for point in ((points - low) * fine).tolist()], fill=1)
    return np.asarray(canvas)


def outside(points: Array, outer: Array) -> float:
    """The share of a polygon that is not within another."""
    both = np.concatenate([points, outer])
    low = both.min(axis=0) - 1
    columns, rows = np.ceil((both.max(axis=0) + 1 - low) * 12).astype(int).tolist()
    inner, cover = (raster(each, low, (columns, rows)) for each in (points, outer))
    return float((inner & ~cover).sum() / max(1, inner.sum()))


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 29), min_size=3, max_size=12), st.booleans(), st.booleans(), st.floats(0.3, 1))
def test_grown_polygons_contain_the_original(turns: set[int], back: bool, twice: bool, flat: float) -> None:
    """Corners on an ellipse, in either direction of turn; also if each is given twice."""
    angles = [math.tau * turn / 30 for turn in sorted(turns, reverse=back)]
    points = np.array([(20 * math.cos(angle), 20 * flat * math.sin(angle)) for angle in angles])
    outer = grown(np.repeat(points, 2, axis=0) if twice else points, OUTLINE)
    assert np.isfinite(outer).all()
    assert outside(points, outer) == 0
    reach = np.linalg.norm(outer - points, axis=1)
    assert (reach >= 0.99 * OUTLINE).all() and (reach <= 2.01 * OUTLINE).all()


def test_a_grown_square_is_a_larger_square() -> None:
    square = np.array([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)])
    larger = np.array([(-1.5, -1.5), (11.5, -1.5), (11.5, 11.5), (-1.5, 11.5)])
    assert grown(square, 1.5) == pytest.approx(larger)
    assert grown(square[::-1], 1.5) == pytest.approx(larger[::-1])


def test_every_outline_of_every_kind_contains_what_it_is_round(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs: list[tuple[str, Array, Array]] = []
    name = ""

    def noted(points: Array, by: float) -> Array:
        outer = grown(points, by)
        pairs.append((name, points, outer))
        return outer

    monkeypatch.setattr(pen_module, "grown", noted)
    for kind in KINDS.values():
        name = kind.name
        for state in kind.states or (None,):
            kind.draw(Pen(), next(look for look in looks(kind) if look.state == state))
    assert len(pairs) > 300
    for name, points, outer in pairs:
        assert outside(points, outer) == 0, name


def test_joined_parts_share_one_outline() -> None:
    """Two boxes that overlap: drawn apart, ink runs between them; joined, none does, and the outside is the same."""

    def boxes(pen: Pen) -> None:
        pen.box(-12, 0, 2, 12, WHITE)
        pen.box(-2, 0, 12, 12, WHITE)

    alone, joined = Pen(), Pen()
    boxes(alone)
    with joined.joined():
        boxes(joined)
    alone_pixels, joined_pixels = (painted(pen.shapes, WHITE, 2.0) for pen in (alone, joined))
    assert np.array_equal(alone_pixels[..., 3], joined_pixels[..., 3])
    inside = np.s_[-34:-14, 60:100]  # 20 x 10 units about the seam
    assert (alone_pixels[inside][..., 0] < 128).any()
    assert (joined_pixels[inside][..., :3] == 255).all()
    assert [shape.fill for shape in joined.shapes] == [INK, INK, WHITE, WHITE]


def test_after_joined_parts_the_pen_draws_as_before() -> None:
    pen = Pen()
    with pytest.raises(RuntimeError), pen.joined():
        raise RuntimeError
    pen.circle(0, 5, 3, MAIN)
    assert [shape.fill for shape in pen.shapes] == [INK, MAIN]


# ---- shapes


def covered(shapes: Pen) -> tuple[float, float, float, float]:
    points = np.concatenate([shape.points for shape in shapes.shapes])
    return (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())


def test_shapes_are_where_they_are_said_to_be() -> None:
    pen = Pen()
    pen.box(-4, 1, 6, 9, MAIN, outline=False, round=2)
    assert covered(pen) == pytest.approx((-4, 1, 6, 9))
    pen = Pen()
    pen.box(-4, 1, 6, 9, MAIN, outline=False, round=99)  # no rounder than half its shorter side
    assert covered(pen) == pytest.approx((-4, 1, 6, 9))
    pen = Pen()
    pen.ellipse(2, 10, 6, 4, MAIN, outline=False)
    assert covered(pen) == pytest.approx((-4, 6, 8, 14), abs=0.1)
    pen = Pen()
    pen.sector(0, 0, 5, 5, 0, 180, MAIN, outline=False)
    assert covered(pen) == pytest.approx((-5, 0, 5, 5), abs=0.1)
    pen = Pen()
    pen.line([(0, 0), (10, 0), (10, 6)], 2)
    assert covered(pen) == pytest.approx((-1, -1, 11, 7), abs=0.15)
    assert len(pen.shapes) == 2


def test_curves_go_through_their_points() -> None:
    through = [(-6.0, 0.0), (0.0, 4.0), (6.0, 0.0), (0.0, -9.0)]
    pen = Pen()
    pen.blob(through, MAIN, outline=False)
    outline = pen.shapes[0].points
    for point in through:
        assert np.linalg.norm(outline - point, axis=1).min() < 1e-9
    pen = Pen()
    pen.curve(through, 2)
    middles = np.array([shape.points.mean(axis=0) for shape in pen.shapes])
    assert all(np.linalg.norm(middles - point, axis=1).min() < 1.3 for point in through)
    left, bottom, right, top = covered(pen)
    assert left == pytest.approx(-7, abs=0.3) and bottom == pytest.approx(-10, abs=0.3) and right > 6 and top > 4


# ---- letters


def written(text: str, height: float = 6.0, width: float = 99.0) -> Pen:
    pen = Pen()
    pen.text(text, 0, 20, height, width)
    return pen


def test_there_are_strokes_for_all_letters() -> None:
    assert set(LETTERS) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == set(STROKES) - {" "}
    for letter in LETTERS:
        left, bottom, right, top = covered(written(letter, height=10))
        assert 20 - 5.8 < bottom < 20 - 4 and 20 + 4 < top < 20 + 5.8, letter  # its height and half a stroke
        assert -3.8 < left < -1.5 and 1.5 < right < 3.8, letter
    assert not written("").shapes and not written(" ").shapes


def test_any_two_letters_are_apart_at_six_pixels() -> None:
    pictures = {letter: painted(written(letter).shapes, INK, 1.0)[..., 3] for letter in LETTERS}
    for a, b in combinations(LETTERS, 2):
        differing = np.abs(pictures[a] - pictures[b]).sum() / (pictures[a].sum() + pictures[b].sum())
        assert differing > 0.1, (a, b)


@pytest.mark.parametrize("text", ["W", "8W", "WWW"])
@pytest.mark.parametrize("width", [8.0, 20.0, 60.0])
def test_words_keep_to_their_width(text: str, width: float) -> None:
    left, bottom, right, top = covered(written(text, height=11, width=width))
    half = width / 2 + 0.07 * 11
    assert -half <= left + 1e-6 and right - 1e-6 <= half
    assert left == pytest.approx(-right, abs=0.2)
    assert top - bottom == pytest.approx(11 * 1.14, abs=0.3)


def test_pixels_are_linear_in_the_colour() -> None:
    """The same thing in two colours differs only where it is of its own colour: a template is linear in the colour."""
    shapes = KINDS["ball"].shapes(next(looks(KINDS["ball"])))
    red, blue, between = (painted(shapes, colour, 1.0) for colour in ((200, 0, 0), (0, 0, 200), (100, 0, 100)))
    assert apart(red, blue) > 30
    assert np.abs((red + blue) / 2 - between).max() <= 1
