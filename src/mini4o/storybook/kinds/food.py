"""Food."""

from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import GLASS, GLOW, LEAF, PAINT
from mini4o.storybook.pen import MAIN, SHADE, TINT, Pen

_WAFER = (226, 172, 104)
_WAFER_DARK = (186, 128, 70)
_FLAME = (250, 150, 40)


def apple(pen: Pen, look: Look) -> None:
    """Plump, dipped at the top, with a stem and one leaf."""
    right = [(5.0, 17.6), (9.6, 14.6), (10.0, 8.6), (7.0, 2.0), (3.0, 0.0)]
    with pen.joined():
        pen.curve([(0, 14), (0.2, 18), (-1.6, 21.5)], 2, PAINT["brown"], outline=True)
        pen.blob([(0.5, 17.5), (3, 21.5), (9, 22.5), (7, 18.5)], LEAF)
        pen.blob([(0, 15.6), *right, (0, 1), *((-x, y) for x, y in reversed(right))], MAIN)
    pen.blob([(9.4, 13), (9.6, 8), (6.8, 2.4), (3, 0.4), (0.4, 1.4), (4.4, 3.4), (7.4, 8)], SHADE, outline=False)
    pen.ellipse(-5.2, 12, 2, 3, TINT, outline=False)
    pen.curve([(-2.6, 15.2), (0, 13.8), (2.6, 15.2)], 1.1)


def banana(pen: Pen, look: Look) -> None:
    """Lies on its curve like a smile, with brown ends."""
    upper = [(-13.6, 11.4), (-9, 7.6), (-2, 6.6), (5, 9), (10.4, 14.8)]
    lower = [(14, 13.6), (12, 6.4), (6, 1.2), (-2, -0.2), (-10, 2), (-14.4, 8)]
    rim = [(13.4, 12), (11.4, 6.8), (5.6, 2), (-2, 0.6), (-10, 3), (-13.6, 8)]
    with pen.joined():
        pen.polygon([(10.4, 14), (12.2, 18), (15, 17), (14, 12.4)], PAINT["brown"])
        pen.polygon([(-15, 9), (-15, 12.6), (-12, 13), (-12, 9)], PAINT["brown"])
        pen.blob([*upper, *lower], MAIN)
    pen.blob([*rim, (-8.4, 4.6), (-1.6, 3), (5.4, 5.4), (10.6, 9.8)], SHADE, outline=False)
    pen.curve([(-8, 5.6), (-1.6, 4.6), (5, 7)], 1.2, TINT)


def cake(pen: Pen, look: Look) -> None:
    """Coloured icing that runs down over the sponge; three candles, with flames or without."""
    top = [(-14, 8), (-13.4, 15.6), (-7, 17.6), (0, 18), (7, 17.6), (13.4, 15.6), (14, 8)]
    drips = [(11.6, 2), (8.4, 4.6), (5, 1.8), (0.6, 4.6), (-4, 1.4), (-8, 4.6), (-11.4, 2.2)]
    with pen.joined():
        pen.box(-13.6, 0, 13.6, 8, _WAFER, round=1.5)
        pen.blob([*top, *drips], MAIN)
    pen.ellipse(0, 14.8, 12, 2.2, TINT, outline=False)
    pen.blob([(13.6, 14.4), (13.8, 8), (11.6, 3.4), (9.4, 5.4), (10, 13.4)], SHADE, outline=False)
    for x in (-8, 0, 8):
        pen.line([(x, 20.8), (x, 23)], 1.1)
        if look.state == "lit":
            pen.blob([(x, 21.4), (x + 2.5, 24), (x, 29.6), (x - 2.5, 24)], _FLAME)
            pen.ellipse(x, 23.8, 1.3, 1.8, GLOW, outline=False)
        pen.box(x - 0.9, 15.6, x + 0.9, 20.8, GLASS)


def ice_cream(pen: Pen, look: Look) -> None:
    """Two big scoops in a wafer cup with a flat foot."""
    with pen.joined():
        pen.circle(0, 20.4, 6.2, MAIN)
        pen.ellipse(0, 13.6, 8.8, 6.2, MAIN)
        pen.polygon([(-4, 0), (4, 0), (6.6, 10.4), (-6.6, 10.4)], _WAFER)
    pen.polygon([(1.6, 0), (4, 0), (6.6, 10.4), (3, 10.4)], _WAFER_DARK, outline=False)
    pen.line([(-4.4, 2.4), (5.2, 6.4)], 0.9, _WAFER_DARK)
    pen.line([(-5.6, 6), (3, 9.6)], 0.9, _WAFER_DARK)
    pen.line([(3.8, 1.6), (-5.4, 6.6)], 0.9, _WAFER_DARK)
    pen.blob(
        [(-8.8, 12.4), (-6, 9), (-3.4, 10.4), (-1, 8.4), (2, 10.4), (5, 8.6), (8.8, 12.4), (0, 14)], MAIN, outline=False
    )
    pen.blob([(8.6, 14), (7, 9.8), (5, 8.8), (3, 10.2), (6, 14)], SHADE, outline=False)
    pen.sector(0, 20.4, 6.2, 6.2, -50, 40, SHADE, outline=False)
    pen.curve([(-5.8, 17), (0, 15.6), (5.8, 17)], 1.1)
    pen.ellipse(-2.6, 22.8, 1.7, 1.4, TINT, outline=False)
    pen.ellipse(-5, 14, 1.5, 1.2, TINT, outline=False)


def carrot(pen: Pen, look: Look) -> None:
    """Lies aslant: an orange root that tapers to the left, a tuft of green leaves on the right."""
    orange, dark, light = PAINT["orange"], (208, 106, 30), (252, 188, 110)
    with pen.joined():
        pen.blob([(7, 9), (9, 19), (13, 19.5), (11, 10)], LEAF)
        pen.blob([(8, 8), (14, 15.6), (18, 14), (13, 7)], LEAF)
        pen.blob([(8, 6), (17, 9), (19, 5), (11, 3)], LEAF)
        pen.blob([(-16, 0.6), (-6, 8.4), (4, 12.4), (9.4, 10.6), (10.4, 4.6), (6, 0.6), (-6, -0.4)], orange)
    pen.blob([(-14, 0.6), (-5, 2.4), (4, 4.2), (9.6, 5), (6, 1.2), (-5, 0.2)], dark, outline=False)
    pen.curve([(-7, 6), (-1, 9), (3, 10)], 1.3, light)
    pen.line([(-6.4, 3), (-5.2, 6)], 1, dark)
    pen.line([(0, 5), (1, 9)], 1, dark)
    pen.line([(4.4, 3.4), (5, 6.6)], 1, dark)


KINDS = (
    Kind("apple", "food", apple, colours=("red", "green", "yellow"), small=True, grip=(0, 2)),
    Kind("banana", "food", banana, colours=("yellow", "green"), small=True, grip=(-1, 3)),
    Kind(
        "cake",
        "food",
        cake,
        colours=("pink", "white", "brown", "blue", "purple", "red"),
        states=("unlit", "lit"),
        small=True,
        grip=(0, 0),
    ),
    Kind(
        "ice_cream",
        "food",
        ice_cream,
        colours=("pink", "white", "brown", "yellow", "green", "purple"),
        small=True,
        grip=(0, 3),
    ),
    Kind("carrot", "food", carrot, colours=(), small=True, grip=(0, 4)),
)
