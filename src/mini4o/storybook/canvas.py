"""The canvas of a backdrop: its size in page units, the light of the time and weather, soft shapes without ink."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import PIL.Image
import PIL.ImageDraw

from mini4o.storybook.palette import RGB
from mini4o.storybook.scene import INDOORS, Season, Setting

VERSIONS = 3  # how many backdrops each setting has

HORIZON, FLOOR = 0.5, 0.42  # where the sky ends outdoors, where the wall ends indoors
BEACH, SHORE = 0.36, 0.22  # where the sand begins at the sea, the grass at the lake


@dataclass(frozen=True)
class Greens:
    """What a season paints: hills far away, the ground and its nearer folds, hedges and trees, dots on the ground."""

    far: RGB
    grass: RGB
    near: RGB
    leaf: RGB
    dots: tuple[RGB, RGB]


SEASONS: dict[Season, Greens] = {
    "spring": Greens(
        far=(210, 234, 190),
        grass=(204, 234, 160),
        near=(182, 220, 132),
        leaf=(162, 208, 140),
        dots=((255, 255, 252), (252, 208, 222)),
    ),
    "summer": Greens(
        far=(172, 212, 146),
        grass=(158, 204, 108),
        near=(140, 192, 90),
        leaf=(140, 190, 116),
        dots=((250, 238, 166), (246, 196, 176)),
    ),
    "autumn": Greens(
        far=(240, 214, 164),
        grass=(236, 202, 124),
        near=(230, 190, 110),
        leaf=(230, 160, 112),
        dots=((216, 134, 96), (246, 214, 134)),
    ),
    "winter": Greens(
        far=(184, 198, 230),
        grass=(204, 214, 240),
        near=(190, 203, 235),
        leaf=(166, 188, 212),
        dots=((236, 242, 252), (194, 206, 232)),
    ),
}
LAND = SEASONS["summer"]  # where no season is told

# Top and foot of the sky.
SKIES: dict[tuple[str, str | None], tuple[RGB, RGB]] = {
    ("day", "clear"): ((164, 212, 244), (196, 230, 248)),
    ("day", "rain"): ((178, 189, 204), (194, 204, 217)),
    ("day", "snow"): ((204, 212, 232), (218, 222, 238)),
    ("night", "clear"): ((44, 54, 110), (70, 86, 146)),
    ("night", "rain"): ((80, 85, 102), (96, 101, 118)),
    ("night", "snow"): ((88, 96, 138), (110, 118, 158)),
}
STAR: RGB = (240, 234, 204)
# What night leaves of red, green and blue, outdoors and indoors; what rain leaves of colour and light.
_MOONLIGHT, _DIMMED = (0.53, 0.55, 0.66), (0.52, 0.51, 0.65)
_VIVID, _PALE = 1.3, (208, 208, 208)  # pastel would be lost in the dark: colours are first moved away from a pale grey
_WET, _WET_GREY = 0.9, (178, 184, 196)


class Page:
    """The picture, its size in page units, and the light in which colours are seen."""

    def __init__(self, setting: Setting, version: int, width: int, height: int) -> None:
        self.setting, self.version = setting, version
        self.image = PIL.Image.new("RGB", (width, height))
        self.draw = PIL.ImageDraw.Draw(self.image)
        self.unit = min(width, height) / 100
        self.width, self.height = width / self.unit, height / self.unit
        self.season = SEASONS[setting.season] if setting.season else LAND
        self.night = setting.time == "night"
        self._rows = height

    def chance(self, layer: int, column: int, row: int = 0) -> float:
        """A number from 0 to 1 that depends on its place only, so that a larger page only adds more of the same.

        Each use has a `layer` of its own, a number given once (`scatter` needs three in a row, `wave` one). Layers
        below 30 are for stars, rain and snow: the same in all versions.
        """
        dice = _dice(self.version if layer >= 30 else 0)
        return dice[(layer * 389 + column * 53 + row * 7) % len(dice)]

    def lit(self, colour: RGB) -> RGB:
        """The colour as time and weather let it be seen."""
        if self.setting.weather == "rain":
            colour = mixed(colour, _WET_GREY, _WET)
        if not self.night:
            return colour
        red, green, blue = mixed(colour, _PALE, _VIVID)
        light = _DIMMED if self.setting.place in INDOORS else _MOONLIGHT
        return round(red * light[0]), round(green * light[1]), round(blue * light[2])

    def polygon(self, points: Sequence[tuple[float, float]], colour: RGB) -> None:
        """A shape with straight sides."""
        unit, rows = self.unit, self._rows
        self.draw.polygon([(x * unit, rows - y * unit) for x, y in points], fill=colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: RGB) -> None:
        """An ellipse about (x, y)."""
        x, y, rx, ry = x * self.unit, self._rows - y * self.unit, rx * self.unit, ry * self.unit
        self.draw.ellipse((x - rx, y - ry, x + rx, y + ry), fill=colour)

    def box(self, left: float, bottom: float, right: float, top: float, colour: RGB) -> None:
        """An upright rectangle."""
        self.polygon([(left, bottom), (right, bottom), (right, top), (left, top)], colour)

    def band(self, bottom: float, top: float, colour: RGB) -> None:
        """From the left edge to the right one."""
        self.box(0, bottom, self.width, top, colour)

    def below(self, crest: Callable[[float], float], colour: RGB) -> None:
        """Everything from the bottom edge up to a wavy line."""
        steps = math.ceil(self.width / 2.5)
        line = [(2.5 * step, crest(2.5 * step)) for step in range(steps + 1)]
        self.polygon([(0, 0), *line, (2.5 * steps, 0)], colour)

    def wave(self, layer: int, base: float, rise: float, length: float) -> Callable[[float], float]:
        """A soft line about the height `base`, its hills `rise` high and about `length` apart."""
        first, second = (math.tau * self.chance(layer, index) for index in range(2))
        turn, fast = math.tau / length, 1.83 * math.tau / length
        return lambda x: base + rise * (0.68 * math.sin(turn * x + first) + 0.32 * math.sin(fast * x + second))

    def scatter(self, layer: int, cell: float, bottom: float, top: float) -> Iterator[tuple[float, float, float]]:
        """One place, and a chance from 0 to 1, for each cell of a grid: evenly strewn, but not in rows."""
        for row in range(math.ceil((top - bottom) / cell)):
            for column in range(math.ceil(self.width / cell) + 1):
                x = cell * (column + 0.9 * self.chance(layer, column, row) - 0.45)
                y = bottom + cell * (row + 0.1 + 0.8 * self.chance(layer + 1, column, row))
                if y < top:
                    yield x, y, self.chance(layer + 2, column, row)


@lru_cache(maxsize=VERSIONS)
def _dice(version: int) -> tuple[float, ...]:
    source = random.Random(1000 + version)
    return tuple(source.random() for _ in range(4093))


def mixed(colour: RGB, other: RGB, keep: float) -> RGB:
    """`keep` of the colour and the rest of the other."""
    red, green, blue = (round(keep * a + (1 - keep) * b) for a, b in zip(colour, other, strict=True))
    return red, green, blue
