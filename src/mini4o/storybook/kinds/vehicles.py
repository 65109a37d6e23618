"""Vehicles."""

from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import CREAM, GLASS, GLOW, METAL, RGB, TYRE, WOOD
from mini4o.storybook.pen import MAIN, SHADE, TINT, Fill, Pen

_LAMP_RED: RGB = (226, 92, 80)
_STEAM: RGB = (236, 236, 240)
_FOAM: RGB = (226, 242, 250)


def _wheel(pen: Pen, x: float, r: float, hub: Fill = METAL) -> None:
    """A wheel that stands on the ground."""
    pen.circle(x, r, r, TYRE)
    pen.circle(x, r, r * 0.55, hub, outline=False)


def car(pen: Pen, look: Look) -> None:
    """A small round car; with its lights on, a beam in front of it."""
    if look.state == "on":
        pen.polygon([(20, 11.4), (35, 18), (35, 0), (20, 9.4)], GLOW)
    body = [(-20, 5), (-21, 11), (-17, 16), (-11, 24), (-2, 27), (6, 24.4), (12, 17.6), (18, 15.6), (22, 10.4)]
    pen.blob([*body, (20.5, 4.6), (0, 4)], MAIN)
    pen.box(-20, 4.6, 20.4, 7.4, SHADE, outline=False, round=1.4)
    pen.blob([(-11, 17), (-8, 21.6), (-2.4, 23.6), (3.6, 21.8), (7, 17)], GLASS)
    pen.box(-3, 16, -0.6, 25, MAIN, outline=False)
    pen.line([(-1.6, 13.4), (1.4, 13.4)], 1.2)
    pen.ellipse(-19.6, 11, 1.2, 1.9, _LAMP_RED, outline=False)
    pen.circle(19, 10.6, 2, GLOW)
    _wheel(pen, -11, 4.6)
    _wheel(pen, 11, 4.6)


def bus(pen: Pen, look: Look) -> None:
    """A long box with a row of windows, the door at the front."""
    pen.box(-24, 4, 24, 30, MAIN, round=4)
    pen.box(-24, 4, 24, 8, SHADE, outline=False, round=2)
    pen.box(-21, 27, 18, 28.6, TINT, outline=False, round=0.8)
    pen.box(-21, 17, 7.4, 24, GLASS, round=1.4)
    for left in (-12.6, -2.6):
        pen.box(left, 16, left + 2.2, 25, MAIN, outline=False)
    pen.box(11.6, 5.4, 17.8, 25, SHADE, round=1)
    pen.box(13, 14, 16.4, 23.4, GLASS, outline=False, round=0.8)
    pen.box(21, 15, 24, 24, GLASS)
    pen.box(-24, 11.4, 9.4, 13.2, CREAM, outline=False)
    pen.circle(22.6, 9.6, 1.6, GLOW)
    _wheel(pen, -14, 4.6)
    _wheel(pen, 5, 4.6)


def tractor(pen: Pen, look: Look) -> None:
    """A huge wheel behind and a little one in front, a cab, a hood and an upright exhaust."""
    pen.box(10, 17, 12.6, 28, TYRE)
    with pen.joined():
        pen.polygon([(-14, 14), (-12, 29), (4, 29), (6, 14)], GLASS)
        pen.box(-15.4, 28, 6, 32, MAIN, round=1.6)
        pen.box(-8, 5, 20, 19, MAIN, round=3)
        pen.sector(-9, 9, 12.6, 12.6, 20, 180, MAIN)
    pen.line([(3.6, 19), (2.6, 28)], 2.4, MAIN)
    pen.box(0, 5, 20, 8.6, SHADE, outline=False, round=1)
    for x in (12, 15):
        pen.line([(x, 11), (x, 15.4)], 1.2)
    pen.circle(19, 14, 1.7, GLOW)
    _wheel(pen, -9, 9.4, MAIN)
    _wheel(pen, 14.6, 5.6, MAIN)


def train(pen: Pen, look: Look) -> None:
    """A steam engine: cab behind, a round boiler, a funnel with steam, three wheels, a plough in front."""
    with pen.joined():
        pen.circle(14.6, 31, 2.4, _STEAM)
        pen.circle(9.4, 33, 3.4, _STEAM)
    pen.polygon([(12, 19), (10.4, 27), (17.6, 27), (16, 19)], TYRE)
    pen.sector(2, 21.4, 3.2, 4, 0, 180, METAL)
    pen.polygon([(17, 1), (25, 1), (19, 8), (17, 8)], METAL)
    with pen.joined():
        pen.box(-20, 4, 18, 9, SHADE)
        pen.box(-8, 7, 20, 22, MAIN, round=3.4)
        pen.box(-20, 7, -5, 30, MAIN)
    pen.box(-23, 29, -2, 32, SHADE, round=1.2)
    pen.box(-16.4, 18.6, -9, 25, GLASS, round=1)
    pen.box(-3, 18, 16, 19.8, TINT, outline=False, round=0.9)
    pen.box(6.6, 9, 8.4, 22, SHADE, outline=False)
    pen.circle(19.4, 15.4, 1.9, GLOW)
    for x in (-14, -2, 10):
        _wheel(pen, x, 4.4)
    pen.line([(-14, 4.4), (10, 4.4)], 1.5, CREAM)


def boat(pen: Pen, look: Look) -> None:
    """A hull with a mast and two sails, the bow on the right, foam along the water."""
    pen.box(-2, 11, 0, 40, WOOD)
    pen.polygon([(-3.6, 17), (-3.6, 38), (-18, 17)], CREAM)
    pen.polygon([(1.6, 17), (1.6, 34), (14, 17)], CREAM)
    low, high = (17, 22.4) if look.variant else (22.6, 28)
    slope = 14.4 / 21
    stripe = [(-3.6, low), (-3.6, high), (-3.6 - slope * (38 - high), high), (-3.6 - slope * (38 - low), low)]
    pen.polygon(stripe, MAIN, outline=False)
    pen.polygon([(-1, 40.4), (-1, 36.6), (6, 38.4)], MAIN)
    pen.polygon([(-20, 13.6), (23, 13.6), (15, 0), (-14, 0)], MAIN)
    pen.polygon([(-16.4, 5.6), (18.2, 5.6), (15, 0), (-14, 0)], SHADE, outline=False)
    pen.polygon([(-20, 13.6), (23, 13.6), (21.6, 11.4), (-19, 11.4)], TINT, outline=False)
    crests = [(-22, 0), (-17, 2.2), (-11.6, 0.8), (-6, 2.4), (0, 0.8), (6, 2.4), (12, 0.8), (18, 2.2), (24, 0)]
    pen.blob([*crests, (12, -2), (-10, -2)], _FOAM, outline=False)


def plane(pen: Pen, look: Look) -> None:
    """A plump propeller plane from the side: tail fin on the left, a dome for the pilot, the near wing in front."""
    pen.ellipse(4, 19, 6, 5.6, GLASS)
    with pen.joined():
        pen.polygon([(-24, 28), (-17.4, 28), (-10, 17), (-21, 15)], MAIN)
        pen.blob([(-23, 17), (-10, 20), (6, 20), (16, 18), (20, 13), (16, 8), (4, 6.6), (-12, 10)], MAIN)
    pen.blob([(-17, 13), (-2, 11.4), (19, 11), (15, 7.8), (4, 6.8), (-12, 10.2)], SHADE, outline=False)
    pen.polygon([(-15, 17.4), (15, 17.4), (17, 15), (-17, 15)], CREAM, outline=False)
    pen.polygon([(7, 12), (-5, 12), (-14, 0), (-6, 0)], MAIN)
    pen.polygon([(-15, 17), (-21, 17), (-27, 11), (-22, 11)], MAIN)
    pen.ellipse(22, 13, 1.2, 8.6, METAL)
    pen.circle(21.4, 13, 2, CREAM)


def rocket(pen: Pen, look: Look) -> None:
    """Stands on three fins, pointed, with a round window."""
    pen.polygon([(-4.6, 1), (4.6, 1), (3, 7), (-3, 7)], METAL)
    pen.polygon([(-6, 20), (-14, 10), (-14, 0), (-5, 7)], MAIN)
    pen.polygon([(6, 20), (14, 10), (14, 0), (5, 7)], MAIN)
    pen.blob([(0, 47), (-5, 40), (-8.4, 29), (-8.4, 17), (-5.6, 6), (5.6, 6), (8.4, 17), (8.4, 29), (5, 40)], MAIN)
    pen.blob(
        [(1.6, 44), (4.6, 40), (8, 29), (8, 17), (5.4, 6.2), (2.4, 6.2), (4.4, 18), (4.4, 30)], SHADE, outline=False
    )
    pen.polygon([(0, 46.6), (-2.6, 43.6), (-4.6, 39.6), (4.6, 39.6), (2.6, 43.6)], CREAM)
    pen.circle(0, 28, 4.4, GLASS)
    pen.line([(-6, 12), (6, 12)], 1.6, CREAM)
    pen.box(-1.4, 0, 1.4, 14, SHADE, round=1.2)


KINDS: tuple[Kind, ...] = (
    Kind(
        "car",
        "vehicles",
        car,
        colours=("red", "orange", "yellow", "green", "blue", "purple", "white", "grey"),
        states=("off", "on"),
        faces=True,
        where=("land",),
    ),
    Kind(
        "bus",
        "vehicles",
        bus,
        colours=("red", "orange", "yellow", "green", "blue", "purple", "white"),
        faces=True,
        where=("land",),
    ),
    Kind(
        "tractor",
        "vehicles",
        tractor,
        colours=("red", "orange", "yellow", "green", "blue", "pink"),
        faces=True,
        where=("land",),
    ),
    Kind(
        "train",
        "vehicles",
        train,
        colours=("red", "orange", "yellow", "green", "blue", "purple", "brown"),
        faces=True,
        where=("land",),
    ),
    Kind(
        "boat",
        "vehicles",
        boat,
        colours=("red", "orange", "yellow", "green", "blue", "purple", "brown", "pink"),
        faces=True,
        variants=2,
        where=("water",),
    ),
    Kind(
        "plane",
        "vehicles",
        plane,
        colours=("red", "orange", "yellow", "green", "purple", "pink", "white", "grey"),
        faces=True,
        where=("sky",),
    ),
    Kind(
        "rocket",
        "vehicles",
        rocket,
        colours=("red", "orange", "green", "blue", "purple", "pink", "white", "grey"),
        where=("land",),
    ),
)
