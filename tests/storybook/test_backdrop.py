"""Backdrops: every setting has some, they are told apart, and an edit of the time or season changes nothing else."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from probes import KITCHEN, LAKE, MEADOW, lab

from mini4o.storybook.backdrop import VERSIONS, ground, paint_backdrop, water
from mini4o.storybook.imagine import all_settings
from mini4o.storybook.palette import INK
from mini4o.storybook.scene import INDOORS, SEASONAL, ZONES, Setting

SETTINGS = all_settings()


def small(setting: Setting, version: int = 0) -> NDArray[np.float64]:
    """As 64 x 64 pixels."""
    return np.asarray(paint_backdrop(setting, version, 192, 192).reduce(3), dtype=np.float64)


def changed(setting: Setting, **other: str) -> Setting:
    return Setting.model_validate(setting.model_dump() | other)


@pytest.mark.parametrize("setting", SETTINGS, ids=[setting.key for setting in SETTINGS])
def test_every_setting_has_its_versions(setting: Setting) -> None:
    """Each a picture of its own, the same bytes every time, of any size."""
    pictures = [paint_backdrop(setting, version, 96, 96) for version in range(VERSIONS)]
    for version, image in enumerate(pictures):
        assert image.mode == "RGB" and image.size == (96, 96)
        assert paint_backdrop(setting, version, 96, 96).tobytes() == image.tobytes()
    for one, other in combinations(pictures, 2):
        assert np.abs(np.asarray(one, dtype=np.int16) - np.asarray(other, dtype=np.int16)).mean() > 1


@pytest.mark.parametrize("place", ZONES)
@pytest.mark.parametrize("size", [(32, 32), (400, 100), (100, 400), (161, 97)], ids=str)
def test_pages_of_any_shape(place: str, size: tuple[int, int]) -> None:
    setting = next(setting for setting in SETTINGS if setting.place == place)
    image = paint_backdrop(setting, 1, *size)
    assert image.size == size
    pixels = np.asarray(image)
    assert (pixels.reshape(-1, 3).max(axis=1) > 0).all()  # nothing is left unpainted
    if size == (400, 100):  # what is far to the right is as lively as what is on the left
        left, right = (len(np.unique(half.reshape(-1, 3), axis=0)) for half in np.split(pixels, 2, axis=1))
        assert 0.5 < left / right < 2


def test_settings_are_told_apart() -> None:
    """By the mean difference of their pictures at 64 pixels; weather the least, by what falls and the light."""
    pictures = {setting: small(setting) for setting in SETTINGS}
    for (a, first), (b, second) in combinations(pictures.items(), 2):
        assert np.abs(first - second).mean() > 4, (a.key, b.key)


def test_night_is_darker_and_rain_is_paler() -> None:
    for setting in SETTINGS:
        here = small(setting)
        if setting.time == "day":
            assert small(changed(setting, time="night")).mean() < 0.75 * here.mean(), setting.key
        if setting.weather == "clear":
            rain = small(changed(setting, weather="rain"))
            assert np.ptp(rain, axis=2).mean() < np.ptp(here, axis=2).mean(), setting.key


def explained(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """The share of pixels whose colour in one picture follows from that in another: the same shapes, other paint."""
    keys, colours = (image.reshape(-1, 3).astype(np.int64) @ (65536, 256, 1) for image in (one, other))
    hits = 0
    for key in np.unique(keys):
        hits += int(np.unique(colours[keys == key], return_counts=True)[1].max())
    return hits / len(keys)


@pytest.mark.parametrize("version", range(VERSIONS))
@pytest.mark.parametrize("place", ZONES)
def test_a_version_keeps_its_shapes(place: str, version: int) -> None:
    """Hills, houses and windows stay where they are by day and night, and all year round."""
    setting = next(setting for setting in SETTINGS if setting.place == place and setting.weather in (None, "clear"))
    here, night, another = (
        np.asarray(paint_backdrop(each, which, 96, 96))
        for each, which in (
            (setting, version),
            (changed(setting, time="night"), version),
            (changed(setting, time="night"), (version + 1) % VERSIONS),
        )
    )
    assert explained(here, night) > max(0.88, 0.07 + explained(here, another))  # stars and lit windows are new
    for season in ("spring", "summer", "autumn", "winter") if place in SEASONAL else ():
        other = np.asarray(paint_backdrop(changed(setting, season=season), version, 96, 96))
        assert explained(here, other) > 0.99, season


def test_nothing_in_a_backdrop_is_outlined() -> None:
    """By day no pixel is near the ink: outlines belong to things."""
    for setting in SETTINGS:
        if setting.time == "day":
            for version in range(VERSIONS):
                colours = np.unique(np.asarray(paint_backdrop(setting, version, 64, 64)).reshape(-1, 3), axis=0)
                darkest = min(colours.tolist(), key=sum)
                assert np.linalg.norm(lab(tuple(darkest)) - lab(INK)) > 35, (setting.key, darkest)


def test_where_the_ground_begins_and_where_water_is() -> None:
    for place in ZONES:
        assert 0.3 < ground(place) < 0.6
        assert (ground(place) < 0.45) is (place in INDOORS)
        band = water(place)
        assert (band is not None) is ("water" in ZONES[place])
        if band is not None:
            assert 0.1 < band[0] < band[1] <= ground(place)


def test_water_is_where_it_is_said_to_be() -> None:
    """Between its edges the picture is blue, below them it is not."""
    for setting in (LAKE, Setting(place="beach", weather="clear")):
        band = water(setting.place)
        assert band is not None
        rows = small(setting)[::-1].mean(axis=1)  # from below
        blue = rows[:, 2] - rows[:, 0]
        low, high = (round(64 * edge) for edge in band)
        assert (blue[low + 3 : high - 2] > 20).all() and (blue[: low - 4] < 0).all()


@pytest.mark.parametrize("version", [-1, VERSIONS])
def test_there_is_no_other_version(version: int) -> None:
    with pytest.raises(ValueError, match="the versions are 0 to 2"):
        paint_backdrop(MEADOW, version, 64, 64)


def test_wide_pages_only_add_more() -> None:
    """Stars, streaks and flakes lie where they lay; so does a wall's paper."""
    for setting in (changed(MEADOW, season="winter", weather="snow"), KITCHEN):
        narrow, wide = (np.asarray(paint_backdrop(setting, 0, width, 192), dtype=np.int16) for width in (256, 512))
        same = (narrow == wide[:, :256]).all(axis=2)
        assert same[:80].mean() > 0.7
