"""Where a scene plays: sky and ground, wall and floor, in pastel paper shapes without ink (only things have outlines).

Lengths are page units (hundredths of the short side, from the lower left corner), bands are shares of the height. A
version of a place keeps its hills, houses or windows in every season, weather and time of day, so that an edit of one
of these changes nothing else.
"""

import math
from collections.abc import Callable

import PIL.Image

from mini4o.storybook.canvas import BEACH, FLOOR, HORIZON, SHORE, SKIES, STAR, VERSIONS, Page, mixed
from mini4o.storybook.palette import RGB
from mini4o.storybook.places import PLACES
from mini4o.storybook.scene import INDOORS, Place, Setting

__all__ = ["VERSIONS", "ground", "paint_backdrop", "water"]

_FLAKE: dict[str, RGB] = {"day": (255, 255, 255), "night": (226, 232, 246)}
_STREAK: dict[str, RGB] = {"day": (228, 237, 247), "night": (134, 148, 184)}


def ground(place: Place) -> float:
    """The line between sky and ground, or wall and floor, as a share of the page's height from below."""
    return FLOOR if place in INDOORS else HORIZON


def water(place: Place) -> tuple[float, float] | None:
    """Lower and upper edge of the water as shares of the page's height from below; land is in front of it."""
    return {"beach": (BEACH, HORIZON), "lake": (SHORE, HORIZON)}.get(place)


def paint_backdrop(setting: Setting, version: int, width: int, height: int) -> PIL.Image.Image:
    """The setting without things, RGB, `width` by `height` pixels; the same bytes for the same arguments.

    Raises:
        ValueError: there is no such version.
    """
    if not 0 <= version < VERSIONS:
        raise ValueError(f"backdrop version {version}: the versions are 0 to {VERSIONS - 1}")
    page = Page(setting, version, width, height)
    if setting.place not in INDOORS:
        _sky(page)
    PLACES[setting.place](page)
    if setting.weather in _FALLING:
        _FALLING[setting.weather](page)
    return page.image


def _sky(page: Page) -> None:
    """Down to the horizon: lighter at its foot; on a clear night with stars."""
    top, foot = SKIES[page.setting.time, page.setting.weather]
    columns, rows = page.image.size
    end = math.ceil(rows * (1 - HORIZON))
    for row in range(end):
        page.draw.rectangle((0, row, columns, row), fill=mixed(foot, top, row / end))
    if page.night and page.setting.weather == "clear":
        for x, y, chance in page.scatter(10, 15, HORIZON * page.height + 8, page.height):
            r = 0.5 + 0.7 * chance
            if chance < 0.5:
                page.ellipse(x, y, r, r, STAR)
            else:
                thin = 0.35 * r
                across, along = (2 * r, thin), (thin, 2 * r)
                for rx, ry in (across, along):
                    page.polygon([(x - rx, y), (x, y - ry), (x + rx, y), (x, y + ry)], STAR)


def _rain(page: Page) -> None:
    """Slanted streaks over everything, a few puddles under them."""
    colour = _STREAK[page.setting.time]
    for x, y, chance in page.scatter(20, 17, 2, 0.2 * page.height):
        if chance < 0.6:
            page.ellipse(x, y, 5 + 4 * chance, 1.2 + chance, mixed(colour, SKIES[page.setting.time, "rain"][1], 0.3))
    for x, y, chance in page.scatter(23, 9.5, -4, page.height + 4):
        length = 4 + 3 * chance
        page.polygon(
            [(x, y), (x + 0.8, y), (x + 0.8 + 0.4 * length, y + length), (x + 0.4 * length, y + length)], colour
        )


def _snow(page: Page) -> None:
    """Big flakes over everything."""
    for x, y, chance in page.scatter(26, 9, 0, page.height):
        r = 0.9 + 0.9 * chance
        page.ellipse(x, y, r, r, _FLAKE[page.setting.time])


_FALLING: dict[str | None, Callable[[Page], None]] = {"rain": _rain, "snow": _snow}
