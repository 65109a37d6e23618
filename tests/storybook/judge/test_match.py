"""Stamps against the world's own pictures."""

import numpy as np
import pytest

from mini4o.storybook.judge.match import Match, in_best_colour, match, refine
from mini4o.storybook.judge.stamp import Fit, Guise, stamp
from mini4o.storybook.judge.view import View, look_at
from mini4o.storybook.render import render
from mini4o.storybook.scene import Facts, Pose, Scene, Setting, Thing

MEADOW = Setting(place="meadow", season="summer", weather="clear")
THINGS = (
    Thing(kind="cat", colour="orange", facing="left", state="awake"),
    Thing(kind="house", colour="blue", size="large", state="open"),
    Thing(kind="ball", colour="red", size="small"),
    Thing(kind="king", colour="purple", state="sad"),
    Thing(kind="sign", colour="blue", text="B8X"),
    Thing(kind="flag", colour="green", text="7"),
)


def shown(thing: Thing, size: int, soft: bool = True) -> tuple[View, Fit]:
    """A view of a page with one thing, and the fit that is exactly right."""
    scene = Scene(facts=Facts(setting=MEADOW, things=(thing,), relations=()), poses=(Pose(x=47.3, y=20.9),))
    view = look_at(render(scene, size), MEADOW, scene.backdrop, soft)
    unit = size / 100
    x, y, scale = 47.3 * unit, size - 20.9 * unit, scene.scale(0) * unit
    return view, Fit(Guise(thing.kind, scene.look(0), thing.facing), x, y, scale)


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.kind)
def test_a_stamp_is_what_the_world_draws(thing: Thing, size: int) -> None:
    view, fit = shown(thing, size)
    found = match(view, fit, thing.colour)
    assert found.score > 0.93
    assert found.hidden < 0.01


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.kind)
def test_the_colour_is_found_and_the_place_from_a_pixel_away(thing: Thing) -> None:
    view, fit = shown(thing, 64)
    near = Fit(fit.guise, fit.x + 1.0, fit.y - 0.8, fit.scale * 1.05)
    found = refine(view, near)
    assert found.colour == thing.colour == in_best_colour(view, fit).colour
    assert abs(found.fit.x - fit.x) < 0.6 and abs(found.fit.y - fit.y) < 0.6
    assert 0.94 < found.fit.scale / fit.scale < 1.06


def test_places_are_tried_a_hop_apart() -> None:
    view, fit = shown(THINGS[0], 64)
    far = Fit(fit.guise, round(fit.x) + 6.0, round(fit.y) - 3.0, fit.scale)
    found = match(view, far, "orange", reach=2, hop=3)
    assert (found.fit.x, found.fit.y) == (round(fit.x), round(fit.y))


def test_what_is_beyond_the_frame_is_no_match() -> None:
    view, fit = shown(THINGS[0], 64)
    assert match(view, Fit(fit.guise, -200.0, 30.0, fit.scale), "orange") == Match(
        Fit(fit.guise, -200.0, 30.0, fit.scale), "orange"
    )


def test_a_stamp_is_faint_by_its_strength() -> None:
    _, fit = shown(THINGS[0], 64)
    whole, faint = stamp(fit), stamp(Fit(fit.guise, fit.x, fit.y, fit.scale, 0.5))
    assert np.allclose(faint.fixed, whole.fixed / 2)
    assert np.allclose(1 - faint.open, (1 - whole.open) / 2, atol=1e-6)
    assert (whole.weight >= 0).all() and (whole.open >= 0).all()
