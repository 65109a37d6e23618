"""The places of the picture book, each in bands and soft shapes of its own."""

import itertools
import math
from collections.abc import Callable, Iterator

from mini4o.storybook.canvas import BEACH, FLOOR, HORIZON, LAND, SEASONS, SHORE, SKIES, STAR, Page, mixed
from mini4o.storybook.palette import RGB
from mini4o.storybook.scene import Place

_VERGE, _ROAD = 0.22, 0.175  # the far and the near edge of the pavement
_LIT: RGB = (246, 222, 150)  # a window at night
_HOUSES: tuple[RGB, ...] = ((232, 214, 222), (214, 218, 234), (238, 226, 206), (214, 228, 220), (236, 218, 206))
_PICKETS: RGB = (242, 228, 206)


# ---- outdoor places


def _tree(page: Page, x: float, y: float, size: float, leaf: RGB) -> None:
    """A soft round tree, `size` high."""
    page.box(x - 0.06 * size, y - 1, x + 0.06 * size, y + 0.4 * size, page.lit(mixed(leaf, (196, 164, 146), 0.35)))
    page.ellipse(x - 0.16 * size, y + 0.52 * size, 0.24 * size, 0.22 * size, page.lit(leaf))
    page.ellipse(x + 0.17 * size, y + 0.55 * size, 0.22 * size, 0.22 * size, page.lit(leaf))
    page.ellipse(x, y + 0.74 * size, 0.26 * size, 0.26 * size, page.lit(leaf))


def _dots(page: Page, layer: int, bottom: float, top: float, share: float) -> None:
    """Flowers, fallen leaves or glints of snow on the ground, larger towards the viewer."""
    pair = [page.lit(colour) for colour in page.season.dots]
    for x, y, chance in page.scatter(layer, 9, bottom, top):
        if chance < share:
            r = 0.9 + 0.7 * (top - y) / (top - bottom)
            page.ellipse(x, y, 1.2 * r, r, pair[chance < share / 2])


def _meadow(page: Page) -> None:
    """Rolling hills behind each other, a few trees far away, dots in the grass."""
    horizon, season = HORIZON * page.height, page.season
    far = page.wave(30, horizon + 13, 7, 92)
    page.below(far, page.lit(season.far))
    for x, _, chance in page.scatter(32, 24, 0, 24):
        if chance < 0.5:
            _tree(page, x, far(x) - 1, 10 + 10 * chance, mixed(season.leaf, season.far, 0.7))
    page.below(page.wave(35, horizon + 3, 5, 74), page.lit(mixed(season.near, season.far, 0.6)))
    page.below(page.wave(37, horizon - 6, 3, 118), page.lit(season.grass))
    page.below(page.wave(39, 0.29 * page.height, 5, 96), page.lit(mixed(season.grass, season.near, 0.4)))
    page.below(page.wave(41, 0.13 * page.height, 4, 84), page.lit(season.near))
    _dots(page, 43, 0, horizon - 8, 0.6)


def _garden(page: Page) -> None:
    """A lawn in mown stripes, a bed of flowers, a picket fence, a hedge."""
    horizon, season = HORIZON * page.height, page.season
    for x, _, chance in page.scatter(50, 30, 0, 30):
        if chance < 0.7:
            _tree(page, x, horizon + 6, 22 + 8 * chance, mixed(season.leaf, season.far, 0.4))
    for column in range(math.ceil(page.width / 7) + 1):
        page.ellipse(7 * column, horizon + 13 + 1.5 * page.chance(53, column), 5.6, 4.6, page.lit(season.leaf))
    page.band(0, horizon + 13, page.lit(season.leaf))
    page.band(0, horizon - 5, page.lit(season.grass))
    _stripes(page, horizon - 5, 11, page.lit(season.near))
    _dots(page, 58, 0, horizon - 14, 0.2)
    _path(page, horizon - 5)
    pickets = page.lit(_PICKETS)
    for rail in (-3, 3.5):
        page.band(horizon + rail, horizon + rail + 1.6, page.lit(mixed(_PICKETS, (214, 194, 170), 0.6)))
    shift = 6 * page.chance(54, 1)
    for column in range(math.ceil(page.width / 6) + 1):
        x, low, high = 6 * column - shift, horizon - 5.5, horizon + 7
        page.polygon([(x, low), (x + 3.6, low), (x + 3.6, high), (x + 1.8, high + 2), (x, high)], pickets)
    for column in range(math.ceil(page.width / 4.5) + 1):
        page.ellipse(4.5 * column, horizon - 6.5, 3, 2 + page.chance(55, column), page.lit(season.leaf))
    for column in range(math.ceil(page.width / 4.5) + 1):
        flower = season.dots[page.chance(56, column) < 0.5]
        page.ellipse(4.5 * column + 1, horizon - 6 + 1.6 * page.chance(57, column), 1.5, 1.5, page.lit(flower))


def _path(page: Page, top: float) -> None:
    """A pale garden path that comes towards the viewer, winding a little."""
    for middle in _repeat(page, 0.3 * page.chance(54, 2) - 0.15):
        turn = 8 if page.chance(54, 3) < 0.5 else -8
        edges: list[list[tuple[float, float]]] = [[], []]
        for step in range(11):
            near = step / 10
            x, half = middle + turn * math.sin(3 * near), 4 + 8 * near
            for edge, side in zip(edges, (-half, half), strict=True):
                edge.append((x + side, top * (1 - near)))
        page.polygon([*edges[0], *reversed(edges[1])], page.lit((234, 218, 202)))


def _stripes(page: Page, top: float, spread: float, colour: RGB) -> None:
    """Every second stripe of a ground that runs away from the viewer, `spread` wide at its far end."""
    middle, steps = page.width / 2, math.ceil(page.width / spread / 2)
    for step in range(-steps - 1, steps + 1, 2):
        left, right = spread * (step + 0.5), spread * (step + 1.5)
        page.polygon(
            [(middle + left, top), (middle + right, top), (middle + 2 * right, 0), (middle + 2 * left, 0)], colour
        )


def _street(page: Page) -> None:
    """A row of pale houses and trees, a verge, a pavement, and a road with dashes."""
    horizon, season = HORIZON * page.height, page.season
    x, index = -14 * page.chance(60, 0), 0
    while x < page.width:
        wide, high = 20 + 8 * page.chance(61, index), 16 + 8 * page.chance(62, index)
        _pale_house(page, x, horizon - 1, wide, high, index)
        _tree(page, x + wide + 4, horizon - 1, 15 + 6 * page.chance(63, index), season.leaf)
        x, index = x + wide + 8, index + 1
    for column in range(math.ceil(page.width / 6) + 1):
        page.ellipse(6 * column, horizon + 3 + page.chance(65, column), 4.6, 3.4, page.lit(season.leaf))
    page.band(0, horizon + 3, page.lit(season.leaf))
    page.band(0, horizon, page.lit(season.grass))
    page.below(page.wave(64, 0.4 * page.height, 1.6, 70), page.lit(season.near))
    _dots(page, 66, _VERGE * page.height + 1, horizon - 2, 0.35)
    page.band(0, _VERGE * page.height, page.lit((230, 224, 220)))
    for step in range(math.ceil(page.width / 12) + 1):
        page.box(12 * step, _ROAD * page.height, 12 * step + 0.7, _VERGE * page.height, page.lit((218, 211, 210)))
    page.band(0, _ROAD * page.height, page.lit((190, 185, 201)))
    page.band(_ROAD * page.height - 1.2, _ROAD * page.height, page.lit((222, 216, 218)))
    middle, shift = _ROAD * page.height / 2, 18 * page.chance(60, 1)
    for step in range(math.ceil(page.width / 18) + 1):
        page.box(18 * step - shift, middle - 1.2, 18 * step - shift + 10, middle + 1.2, page.lit((244, 240, 232)))


def _pale_house(page: Page, x: float, y: float, wide: float, high: float, index: int) -> None:
    """A house as a flat shape: gabled or flat, its windows lit at night, snow on the roof in winter."""
    wall = _HOUSES[int(len(_HOUSES) * page.chance(67, index))]
    roof = page.lit(
        mixed(wall, (204, 168, 172), 0.45) if page.setting.season != "winter" else SEASONS["winter"].dots[0]
    )
    page.box(x, y, x + wide, y + high, page.lit(wall))
    if page.chance(68, index) < 0.6:
        page.polygon([(x - 1.5, y + high), (x + wide + 1.5, y + high), (x + wide / 2, y + high + 0.42 * wide)], roof)
    else:
        page.box(x - 1, y + high, x + wide + 1, y + high + 2.4, roof)
    count = 3 if wide > 24 else 2
    for column in range(count):
        for row in range(2 if high > 22 else 1):
            left, low = x + wide * (column + 0.5) / count - 1.7, y + high - 7 - 8 * row
            glows = page.night and page.chance(69, 4 * index + column, row) < 0.7
            page.box(left, low, left + 3.4, low + 4.4, _LIT if glows else page.lit(mixed(wall, (190, 210, 226), 0.4)))


def _beach(page: Page) -> None:
    """The sea up to a straight horizon, foam, and wide sand."""
    horizon, shore = HORIZON * page.height, BEACH * page.height
    island = page.width * (0.15 + 0.7 * page.chance(70, 2))
    page.ellipse(island, horizon, 13, 5, page.lit((176, 204, 206)))
    page.ellipse(island + 9, horizon, 9, 3, page.lit((176, 204, 206)))
    page.band(0, horizon, page.lit((124, 192, 212)))
    page.band(0, (horizon + shore) / 2 + 1, page.lit((144, 206, 218)))
    _ripples(page, 71, shore + 3, horizon - 1, (178, 222, 230))
    edge = page.wave(74, shore, 1.2, 42)
    page.below(lambda x: edge(x) + 1.6, page.lit((230, 244, 244)))
    page.below(edge, page.lit((228, 206, 164)))
    page.below(page.wave(76, shore - 4, 1.4, 60), page.lit((246, 228, 188)))
    page.below(page.wave(78, 0.16 * page.height, 3, 90), page.lit((240, 220, 176)))
    for x, y, chance in page.scatter(80, 10, 0, shore - 6):
        speck = (228, 204, 160) if chance < 0.7 else (250, 240, 216)
        page.ellipse(x, y, 1.1, 0.7, page.lit(speck))


def _ripples(page: Page, layer: int, bottom: float, top: float, colour: RGB) -> None:
    """Short flat strokes on water."""
    for x, y, chance in page.scatter(layer, 8, bottom, top):
        if chance < 0.6:
            page.ellipse(x, y, 3 + 5 * chance, 0.6, page.lit(colour))


def _lake(page: Page) -> None:
    """Mountains and a wooded far shore, still water, grass and rushes in front."""
    horizon, shore = HORIZON * page.height, SHORE * page.height
    for index in range(-1, math.ceil(page.width / 34) + 1):
        x, high = 34 * (index + 0.7 * page.chance(90, index + 1)), 15 + 10 * page.chance(91, index + 1)
        slope = [(x + 4.5 * u, horizon + high * (0.5 + 0.5 * math.cos(math.pi * u / 6))) for u in range(-6, 7)]
        page.polygon(slope, page.lit((200, 208, 232) if index % 2 else (188, 200, 226)))
    for step in range(math.ceil(page.width / 5) + 1):
        page.ellipse(5 * step, horizon + 1, 4, 3 + 3.5 * page.chance(92, step), page.lit((152, 194, 158)))
    page.band(0, horizon, page.lit((150, 200, 228)))
    page.band(horizon - 4, horizon, page.lit((142, 190, 206)))
    page.band(0, (horizon + shore) / 2, page.lit((162, 210, 234)))
    _ripples(page, 93, shore + 3, horizon - 3, (190, 226, 242))
    edge = page.wave(96, shore, 1.4, 64)
    for x, _, chance in page.scatter(98, 17, 0, 17):
        for blade in range(4) if chance < 0.6 else ():
            foot, tip = x + 1.6 * blade, x + 2.6 * blade - 1.5
            page.polygon(
                [(foot, shore - 3), (foot + 1.3, shore - 3), (tip, shore + 6 + 4 * chance + blade % 2)],
                page.lit((156, 198, 132)),
            )
    page.below(edge, page.lit((182, 216, 132)))
    page.below(page.wave(101, 0.1 * page.height, 2.5, 80), page.lit(LAND.grass))


# ---- indoor places


def _window(page: Page, x: float, bottom: float, wide: float, high: float) -> None:
    """Four panes with the sky of the time of day, in a pale frame."""
    top, foot = SKIES[page.setting.time, "clear"]
    frame = page.lit((250, 242, 230))
    page.box(x - wide / 2 - 2, bottom - 2, x + wide / 2 + 2, bottom + high + 2, frame)
    page.box(x - wide / 2, bottom, x + wide / 2, bottom + high, foot)
    page.box(x - wide / 2, bottom + high / 2, x + wide / 2, bottom + high, mixed(top, foot, 0.6))
    if page.night:
        for u, v in ((-0.3, 0.8), (0.24, 0.68), (0.36, 0.3), (-0.18, 0.22)):
            page.ellipse(x + u * wide, bottom + v * high, 0.7, 0.7, STAR)
    page.box(x - 0.8, bottom, x + 0.8, bottom + high, frame)
    page.box(x - wide / 2, bottom + high / 2 - 0.8, x + wide / 2, bottom + high / 2 + 0.8, frame)
    page.box(x - wide / 2 - 4, bottom - 3.6, x + wide / 2 + 4, bottom - 1.4, page.lit((236, 222, 204)))


def _repeat(page: Page, shift: float) -> Iterator[float]:
    """Middles of what a wall has once on each stretch of about one short side, moved to a side by a share of it."""
    count = max(1, round(page.width / 110))
    for index in range(count):
        yield page.width * (index + 0.5 + shift) / count


def _bedroom(page: Page) -> None:
    """Papered wall, a window with curtains, floorboards and a round rug."""
    floor, rise = FLOOR * page.height, (1 - FLOOR) * page.height
    wall, pattern = page.lit((234, 213, 234)), page.lit((226, 199, 226))
    page.band(floor, page.height, wall)
    if page.version == 1:
        for row in range(math.ceil(rise / 8)):
            for column in range(math.ceil(page.width / 8) + 1):
                page.ellipse(8 * column + 4 * (row % 2), floor + 8 + 8 * row, 1.5, 1.5, pattern)
    else:
        step = 10 if page.version else 14
        for column in range(math.ceil(page.width / step) + 1):
            page.box(step * column, floor, step * (column + 0.5), page.height, pattern)
    wide, high = 26, min(30.0, 0.56 * rise)
    for x in _repeat(page, (-0.2, 0.0, 0.22)[page.version]):
        low = floor + 0.58 * rise - high / 2
        _window(page, x, low, wide, high)
        for side in (-1, 1):
            outer, inner, tied = x + side * (wide / 2 + 6), x + side * (wide / 2 - 4), x + side * (wide / 2 + 1)
            page.polygon(
                [(outer, low + high + 4), (inner, low + high + 4), (tied, low - 1), (tied, low - 7), (outer, low - 7)],
                page.lit((244, 204, 210)),
            )
        page.box(x - wide / 2 - 8, low + high + 3.4, x + wide / 2 + 8, low + high + 5, page.lit((226, 196, 170)))
    page.band(0, floor, page.lit((234, 208, 176)))
    _stripes(page, floor, 8, page.lit((228, 200, 167)))
    page.band(floor, floor + 3.4, page.lit((250, 242, 236)))
    for x in _repeat(page, (0.06, -0.08, 0.0)[page.version]):
        wide, high = 36, min(11, 0.26 * page.height)
        for share, colour in ((1.0, (202, 200, 232)), (0.82, (220, 218, 240)), (0.6, (202, 200, 232))):
            page.ellipse(x, 0.42 * floor, wide * share, high * share, page.lit(colour))


def _kitchen(page: Page) -> None:
    """Tiled wall, a window, a shelf with pale plates, a chequered floor."""
    floor, rise = FLOOR * page.height, (1 - FLOOR) * page.height
    page.band(floor, page.height, page.lit((188, 226, 208)))
    accent, joint, tile = page.lit((174, 214, 196)), page.lit((206, 234, 220)), 9.0
    for row in range(math.ceil(rise / tile)):
        y = floor + tile * row
        for column in range(math.ceil(page.width / tile) + 1):
            if page.chance(110, column, row) < 0.16:
                page.box(tile * column, y, tile * (column + 1), y + tile, accent)
        page.band(y, y + 0.8, joint)
    for column in range(math.ceil(page.width / tile) + 1):
        page.box(tile * column - 0.4, floor, tile * column + 0.4, page.height, joint)
    sides = ((-0.2, 0.24), (0.2, -0.24), (-0.24, 0.2))[page.version]
    for x in _repeat(page, sides[0]):
        high = min(26.0, 0.5 * rise)
        _window(page, x, floor + 0.56 * rise - high / 2, 28, high)
    for x in _repeat(page, sides[1]):
        low = floor + (0.46, 0.5, 0.56)[page.version] * rise
        for offset in (-9.0, 0.0, 9.0):
            page.ellipse(x + offset, low + 4.6, 4.2, 4.6, page.lit((240, 240, 228)))
            page.ellipse(x + offset, low + 4.6, 2.4, 2.8, page.lit((226, 234, 224)))
        page.box(x - 17, low - 2.2, x + 17, low, page.lit((226, 200, 168)))
        for side in (-12, 12):
            page.polygon(
                [(x + side - 1, low - 2), (x + side + 1, low - 2), (x + side, low - 6)], page.lit((214, 188, 158))
            )
    page.band(0, floor, page.lit((240, 220, 182)))
    rows = 5
    edges = [floor * (1 - (row / rows) ** 1.4) for row in range(rows + 1)]
    middle, steps = page.width / 2, math.ceil(page.width / 24) + 1
    for row, (top, bottom) in enumerate(itertools.pairwise(edges)):
        back, front = 12 * (2 - top / floor), 12 * (2 - bottom / floor)
        for step in range(-steps + (row + steps) % 2, steps + 1, 2):
            page.polygon(
                [
                    (middle + step * back, top),
                    (middle + (step + 1) * back, top),
                    (middle + (step + 1) * front, bottom),
                    (middle + step * front, bottom),
                ],
                page.lit((222, 194, 164)),
            )
    page.band(floor, floor + 3, page.lit((240, 240, 230)))


PLACES: dict[Place, Callable[[Page], None]] = {
    "meadow": _meadow,
    "garden": _garden,
    "street": _street,
    "beach": _beach,
    "lake": _lake,
    "bedroom": _bedroom,
    "kitchen": _kitchen,
}
