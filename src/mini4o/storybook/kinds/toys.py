"""Toys and shapes."""

import math

from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import BLUSH, CREAM, GLOW, INK, METAL, PAINT, PAPER, TYRE, WOOD
from mini4o.storybook.pen import MAIN, SHADE, TINT, Pen


def ball(pen: Pen, look: Look) -> None:
    """Round, with a white band and a light on its upper left."""
    pen.circle(0, 9, 9, MAIN)
    pen.blob([(-8.6, 10.5), (0, 12.5), (8.6, 10.5), (8.6, 7.5), (0, 9.5), (-8.6, 7.5)], PAPER, outline=False)
    pen.sector(0, 9, 9, 9, 285, 380, SHADE, outline=False)
    pen.ellipse(-3.4, 14, 2.4, 1.6, TINT, outline=False)


def balloon(pen: Pen, look: Look) -> None:
    """Egg-shaped, with a knot and a long string."""
    pen.curve([(0, 0), (1.6, 5), (-1.6, 10), (0, 16)], 1.3)
    with pen.joined():
        pen.polygon([(-2.2, 15), (2.2, 15), (0, 18.6)], MAIN)
        pen.blob([(0, 17.6), (7, 22), (10, 30), (7, 37), (0, 40), (-7, 37), (-10, 30), (-7, 22)], MAIN)
    pen.blob([(1, 18.6), (6.6, 22.4), (9.4, 30), (7.4, 35.6), (6, 28), (4, 22.6)], SHADE, outline=False)
    pen.ellipse(-4.6, 33, 2, 3.2, TINT, outline=False)


def kite(pen: Pen, look: Look) -> None:
    """A diamond with crossed spars, a tail with two bows, and the line to hold it by."""
    pen.curve([(0, 0), (1.6, 5), (0.6, 13)], 1.3)
    pen.curve([(0, 13), (-3, 10), (-6, 8), (-11, 8.6), (-16, 5.4)], 1.4)
    with pen.joined():
        for x, y in ((-6, 7.8), (-16, 5.4)):
            for side in (-1, 1):
                pen.polygon([(x, y), (x + side * 3, y + 2.6), (x + side * 3, y - 2.6)], PAPER)
    pen.polygon([(0, 12), (12.5, 29), (0, 42), (-12.5, 29)], MAIN)
    pen.polygon([(0, 12), (12.5, 29), (0, 29)], SHADE, outline=False)
    pen.polygon([(0, 42), (-12.5, 29), (0, 29)], TINT, outline=False)
    pen.line([(0, 12), (0, 42)], 1.1)
    pen.line([(-12.5, 29), (12.5, 29)], 1.1)


def teddy(pen: Pen, look: Look) -> None:
    """Sits and looks at the reader; round ears, a bow under the chin."""
    bow = PAINT["blue"] if look.variant else PAINT["red"]
    with pen.joined():
        for side in (-1, 1):
            pen.circle(side * 6.6, 23.4, 3.2, MAIN)
            pen.ellipse(side * 8.4, 9, 3, 4.4, MAIN)
        pen.ellipse(0, 7.4, 8, 7.6, MAIN)
        pen.ellipse(0, 18, 9, 7.2, MAIN)
        for side in (-1, 1):
            pen.circle(side * 7, 3.6, 3.8, SHADE)
    pen.ellipse(0, 6.4, 4.4, 4.8, TINT, outline=False)
    pen.ellipse(0, 15.6, 4, 3, CREAM, outline=False)
    pen.ellipse(0, 16.8, 1.6, 1.2, INK, outline=False)
    pen.polygon([(-4.6, 13), (-4.6, 8.4), (4.6, 13), (4.6, 8.4)], bow, outline=False)
    for side in (-1, 1):
        pen.circle(side * 6.6, 23.4, 1.6, BLUSH, outline=False)
        pen.circle(side * 7, 3.6, 2, TINT, outline=False)
        pen.circle(side * 4.4, 19.6, 1.3, INK, outline=False)


def drum(pen: Pen, look: Look) -> None:
    """A cylinder with a white skin and zigzag cords; two sticks stand crossed behind it."""
    half = [math.radians(15 * step) for step in range(13)]
    for side in (-1, 1):
        pen.line([(side * 4, 16), (-side * 7.4, 23.6)], 1.6, WOOD, outline=True)
        pen.circle(-side * 7.8, 23.8, 1.8, WOOD)
    top = [(12.5 * math.cos(angle), 17 + 2.8 * math.sin(angle)) for angle in half]
    bottom = [(-12.5 * math.cos(angle), 3 - 3 * math.sin(angle)) for angle in half]
    pen.polygon([*top, *bottom], MAIN)
    pen.polygon([(7, 0.6), *bottom[10:], (12.5, 17), (7, 14.6)], SHADE, outline=False)
    pen.line([(-12.2, 13.4), (-8, 2.8), (-4, 11.4), (0, 1.8), (4, 11.4), (8, 2.8), (12.2, 13.4)], 1.2, PAPER)
    pen.ellipse(0, 17, 12.5, 2.8, PAPER, outline=False)
    pen.curve([(-12.5, 17), (-9, 15.1), (0, 14.2), (9, 15.1), (12.5, 17)], 1.2)


def robot(pen: Pen, look: Look) -> None:
    """Boxes on two feet. On: arms up, eyes and antenna alight; off: arms down, eyes dark."""
    on = look.state == "on"
    light = GLOW if on else TYRE
    with pen.joined():
        for side in (-1, 1):
            arm = ((14, 15.4), (15.4, 23)) if on else ((14, 12), (14.6, 7))
            x, y = arm[1]
            pen.line([(side * 9, 15.4), *((side * u, v) for u, v in arm)], 3.4, MAIN, outline=True)
            pen.circle(side * x, y, 2.6, METAL)
            pen.box(side * 5 - 3, 0, side * 5 + 3, 6, TYRE, round=1)
    pen.line([(0, 29), (0, 34)], 1.6)
    pen.circle(0, 34.6, 2.8 if on else 1.8, GLOW if on else METAL)
    pen.box(-10.5, 4, 10.5, 18.6, MAIN, round=2)
    pen.box(-9.5, 19, 9.5, 31, MAIN, round=3)
    pen.box(6, 4.4, 10.4, 18.2, SHADE, outline=False)
    pen.box(-6.6, 23.4, 6.6, 28.8, INK, outline=False, round=2)
    for side in (-1, 1):
        pen.circle(side * 3.2, 26.1, 2 if on else 1.2, light, outline=False)
    pen.circle(-2.4, 12.4, 2.2, light)
    pen.curve([(-3.4, 21.6), (0, 20.6 if on else 21.6), (3.4, 21.6)], 1.2)


def star(pen: Pen, look: Look) -> None:
    """Five plump points and a small smile."""
    angles = [math.radians(90 + 36 * point) for point in range(10)]
    radii = [12.4, 6.4] * 5
    outer = [(r * math.cos(angle), 10.2 + r * math.sin(angle)) for r, angle in zip(radii, angles, strict=True)]
    pen.polygon(outer, MAIN)
    pen.polygon([outer[7], outer[6], outer[5], (0, 10.2)], SHADE, outline=False)
    _face(pen)


def heart(pen: Pen, look: Look) -> None:
    """Round shoulders, a blunt tip and a small smile."""
    right = [(3.0, 18.8), (6.4, 19.6), (10.4, 17.4), (11.2, 12.6), (8.6, 7.6), (2.0, 0.6)]
    pen.blob([(0, 15.8), *right, (0, -0.4), *((-x, y) for x, y in reversed(right))], MAIN)
    pen.blob([(10.6, 14), (10, 10), (7.6, 7), (1, 0.6), (4.6, 7), (8, 10.6)], SHADE, outline=False)
    pen.ellipse(-7, 15.6, 1.8, 1.3, TINT, outline=False)
    _face(pen)


def umbrella(pen: Pen, look: Look) -> None:
    """Open: a dome with a scalloped hem; closed: furled, slim, held by a strap. A crook to hold it by."""
    with pen.joined():
        pen.line([(0, 33), (0, 37.6)], 1.6)
        pen.curve([(0, 22), (0, 4.6), (1.4, 1.2), (4.4, 0.8), (6, 3.6)], 2.4, WOOD, outline=True)
    if look.state == "closed":
        pen.polygon([(-1.2, 36), (-5.4, 13), (-2.8, 14.8), (0, 12.4), (2.8, 14.8), (5.4, 13), (1.2, 36)], MAIN)
        pen.polygon([(0.2, 36), (0.4, 12.8), (2.8, 14.8), (5.4, 13), (1.2, 36)], SHADE, outline=False)
        pen.line([(-4.4, 19.4), (4.2, 18)], 1.8, TINT)
        return
    dome = [(19 * math.cos(math.radians(10 * step)), 15 + 20 * math.sin(math.radians(10 * step))) for step in range(19)]
    hem = [(-15.8, 17.4), (-12.6, 18), (-9.4, 17.4), (-6.4, 15), (-3.4, 17.6), (0, 18.4), (3.4, 17.6), (6.4, 15)]
    pen.polygon([*dome, *hem, (9.4, 17.4), (12.6, 18), (15.8, 17.4)], MAIN)
    pen.polygon([*dome[:9], (5.4, 26), (6.4, 15), (9.4, 17.4), (12.6, 18), (15.8, 17.4)], SHADE, outline=False)
    pen.polygon([dome[10], (-5.4, 26), *hem[3:], (5.4, 26), dome[8]], TINT, outline=False)


def _face(pen: Pen) -> None:
    """Two eyes and a smile, for toys that have a face."""
    for side in (-1, 1):
        pen.ellipse(side * 2.9, 11, 1.1, 1.5, INK, outline=False)
    pen.curve([(-2, 8.2), (0, 7), (2, 8.2)], 1)


KINDS = (
    Kind("ball", "toys", ball, small=True, grip=(0, 9)),
    Kind(
        "balloon",
        "toys",
        balloon,
        colours=("red", "orange", "yellow", "green", "blue", "purple", "pink", "white"),
        where=("sky",),
        grip=(0, 0.5),
    ),
    Kind(
        "kite",
        "toys",
        kite,
        colours=("red", "orange", "yellow", "green", "blue", "purple", "pink"),
        where=("sky",),
        grip=(0, 0.5),
    ),
    Kind(
        "teddy",
        "toys",
        teddy,
        colours=("brown", "white", "pink", "grey", "orange", "yellow"),
        variants=2,
        small=True,
        grip=(0, 5),
    ),
    Kind("drum", "toys", drum, colours=("red", "blue", "green", "yellow", "orange", "purple"), small=True),
    Kind("robot", "toys", robot, colours=("red", "blue", "green", "orange", "purple", "white"), states=("off", "on")),
    Kind(
        "star",
        "toys",
        star,
        colours=("yellow", "orange", "pink", "blue", "purple", "red", "white"),
        small=True,
        grip=(0, 5),
    ),
    Kind(
        "heart", "toys", heart, colours=("red", "pink", "purple", "orange", "blue", "yellow"), small=True, grip=(0, 3)
    ),
    Kind(
        "umbrella",
        "toys",
        umbrella,
        colours=("red", "yellow", "blue", "green", "purple", "pink"),
        states=("open", "closed"),
        grip=(0, 4),
    ),
)
