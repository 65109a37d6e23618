"""Houses and furniture."""

import math

from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import CREAM, GLASS, GLOW, INK, METAL, PAPER, RGB, WOOD
from mini4o.storybook.pen import MAIN, SHADE, TINT, Pen

_ROOF: RGB = (150, 92, 70)
_HOLLOW: RGB = (92, 70, 66)  # the dark inside of a tent


def house(pen: Pen, look: Look) -> None:
    """Coloured walls up to the gable, a brown roof with a chimney, one window; its door open or closed."""
    pen.box(10, 30, 14.6, 46, CREAM)
    pen.polygon([(-18, 0), (18, 0), (18, 27), (0, 43), (-18, 27)], MAIN)
    pen.polygon([(12, 0), (18, 0), (18, 28), (12, 34)], SHADE, outline=False)
    pen.polygon([(-23, 24), (0, 44), (23, 24), (23, 28.4), (0, 48.4), (-23, 28.4)], _ROOF)
    pen.circle(0, 32.6, 3, GLASS)
    pen.box(3.4, 11, 13, 20.6, GLOW if look.variant else GLASS)
    pen.line([(8.2, 11), (8.2, 20.6)], 1)
    pen.line([(3.4, 15.8), (13, 15.8)], 1)
    if look.state == "open":
        pen.box(-12.4, 0, -3, 17, INK)
        pen.polygon([(-12.4, 0), (-12.4, 17), (-19.4, 14.5), (-19.4, -2.5)], WOOD)
    else:
        pen.box(-12.4, 0, -3, 17, WOOD)
        pen.circle(-5.2, 8, 1, GLOW, outline=False)


def tent(pen: Pen, look: Look) -> None:
    """A wide canvas triangle on crossed poles; its flaps tied shut (closed) or folded back (open)."""
    pen.line([(-2.4, 34), (4, 28)], 1.8, WOOD, outline=True)
    pen.line([(2.4, 34), (-4, 28)], 1.8, WOOD, outline=True)
    pen.polygon([(0, 31.4), (-9, 20), (-24, 0), (24, 0), (9, 20)], MAIN)
    pen.polygon([(0, 31.4), (14, 0), (24, 0), (9, 20)], SHADE, outline=False)
    if look.state == "open":
        pen.polygon([(0, 22), (-8, 0), (8, 0)], _HOLLOW)
        pen.polygon([(-0.4, 22), (-8, 0), (-12.6, 0), (-7, 8)], CREAM, outline=False)
        pen.polygon([(0.4, 22), (8, 0), (12.6, 0), (7, 8)], CREAM, outline=False)
        return
    pen.line([(0, 25), (0, 0)], 1.5)
    for y in (5, 11, 17):
        pen.line([(-2.6, y), (2.6, y)], 1.8, CREAM)
    pen.polygon([(-17, 4), (-12.4, 10.6), (-11, 0), (-15, 0)], TINT, outline=False)


def table(pen: Pen, look: Look) -> None:
    """Seen a little from above: a broad flat top, an apron, four legs."""
    pen.box(-16, 4, -12.4, 16, SHADE)
    pen.box(12.4, 4, 16, 16, SHADE)
    with pen.joined():
        pen.box(-22, 0, -17.6, 19, MAIN)
        pen.box(17.6, 0, 22, 19, MAIN)
        pen.box(-22, 13.6, 22, 19, SHADE)
    pen.polygon([(-24, 18.6), (24, 18.6), (19, 27), (-19, 27)], MAIN)
    pen.polygon([(-21, 21.6), (-18.6, 25.6), (-8, 25.6), (-12, 21.6)], TINT, outline=False)


def chair(pen: Pen, look: Look) -> None:
    """Its back on the left: whoever sits on it looks to the right."""
    pen.box(-8, 6, 10, 8.4, SHADE)
    with pen.joined():
        pen.polygon([(-12, 0), (-7.4, 0), (-6.4, 18), (-9, 38), (-14.4, 38), (-12, 18)], MAIN)
        pen.box(8.4, 0, 13, 16, MAIN)
        pen.box(-12, 13.6, 14, 19.4, MAIN, round=1.4)
    pen.polygon([(-14.4, 38), (-9, 38), (-8.2, 33), (-13.8, 33)], SHADE, outline=False)
    pen.box(-6, 13.6, 14, 16, SHADE, outline=False, round=1)
    pen.line([(-11.6, 30), (-10.4, 21)], 1.4, TINT)


def bed(pen: Pen, look: Look) -> None:
    """From the side: a tall headboard on the left, a pillow, a blanket that hangs down, a low foot."""
    pen.box(-24, 0, -20.4, 27, WOOD, round=1.6)
    pen.box(20.4, 0, 24, 18, WOOD, round=1.6)
    pen.box(-20.4, 4, 20.4, 10, WOOD)
    pen.box(-20.4, 9, 20.4, 15, CREAM)
    pen.blob([(-19, 15), (-19, 20), (-15, 21.4), (-11, 20), (-10.6, 15), (-15, 14.4)], PAPER)
    pen.box(-12, 3, 20.4, 18.6, MAIN, round=1.4)
    pen.box(-12, 3, 20.4, 6, SHADE, outline=False, round=1.4)
    pen.box(-12, 15, -7.4, 18.6, PAPER, outline=False, round=1.2)
    for x in (-1, 6, 13):
        pen.circle(x, 11, 1.3, TINT, outline=False)


def lamp(pen: Pen, look: Look) -> None:
    """A table lamp: a cone of a shade on a round foot; lit, with rays all about it."""
    if look.state == "lit":
        rays = ((16, 25, 22, 27), (12.6, 34, 17.4, 39), (0, 39, 0, 45))
        for x, y, far, up in (*rays, *((-x, y, -far, up) for x, y, far, up in rays[:2])):
            pen.line([(x, y), (far, up)], 3, GLOW, outline=True)
    pen.box(-1.6, 7, 1.6, 18, METAL)
    pen.blob([(-8, 0), (-8.4, 4), (-4, 8), (0, 9), (4, 8), (8.4, 4), (8, 0)], MAIN)
    pen.blob([(1, 0.4), (3, 5), (2, 8), (5, 6.6), (7.8, 4), (7.4, 0.4)], SHADE, outline=False)
    pen.polygon([(-14, 17), (14, 17), (7.6, 34), (-7.6, 34)], MAIN)
    pen.polygon([(14, 17), (7, 17), (4, 34), (7.6, 34)], SHADE, outline=False)
    pen.polygon([(-10, 20), (-7.4, 20), (-4.6, 31.4), (-6, 31.4)], TINT, outline=False)


def box(pen: Pen, look: Look) -> None:
    """A packing box with its flaps folded out at the sides and in front.

    What is put inside is painted before the box, so it has nothing above its front wall between the sides.
    """
    pen.polygon([(-15, 20), (-15, 15), (-24, 23), (-22, 28.4)], MAIN)
    pen.polygon([(15, 20), (15, 15), (24, 23), (22, 28.4)], SHADE)
    pen.box(-15, 0, 15, 20, MAIN)
    pen.polygon([(-15, 20), (15, 20), (16.4, 12), (-16.4, 12)], MAIN)
    pen.polygon([(-16.2, 13.6), (16.2, 13.6), (16.4, 12), (-16.4, 12)], SHADE, outline=False)
    pen.box(-15, 0, 15, 3.4, SHADE, outline=False)


def basket(pen: Pen, look: Look) -> None:
    """Woven, with a tall thin handle from side to side, wide enough to see what is in it."""
    arch = [(math.cos(math.radians(turn)), math.sin(math.radians(turn))) for turn in range(0, 181, 15)]
    pen.polygon([(15.4 * x, 13 + 24 * y) for x, y in arch] + [(-12.2 * x, 13 + 20.8 * y) for x, y in arch], MAIN)
    pen.polygon([(-15.4, 13), (15.4, 13), (11.6, 0), (-11.6, 0)], MAIN)
    for y, places in ((8, (-9, -3, 3, 9)), (4.9, (-6, 0, 6)), (1.8, (-9, -3, 3, 9))):
        for x in places:
            pen.box(x - 2, y - 1.1, x + 2, y + 1.1, SHADE, outline=False)
    pen.box(-17, 11.4, 17, 15.4, MAIN, round=1.4)
    pen.box(-16, 13.4, 2, 14.6, TINT, outline=False, round=0.6)


KINDS: tuple[Kind, ...] = (
    Kind(
        "house",
        "home",
        house,
        colours=("red", "yellow", "blue", "white", "pink", "green"),
        states=("closed", "open"),
        variants=2,
        where=("land",),
    ),
    Kind(
        "tent",
        "home",
        tent,
        colours=("red", "orange", "yellow", "green", "blue", "purple", "pink"),
        states=("closed", "open"),
        where=("land",),
    ),
    Kind(
        "table",
        "home",
        table,
        colours=("brown", "white", "red", "yellow", "green", "blue"),
        where=("floor",),
        top=(-18, 18, 22.4),
    ),
    Kind(
        "chair",
        "home",
        chair,
        colours=("brown", "white", "red", "yellow", "green", "blue"),
        faces=True,
        where=("floor",),
        top=(-6, 13, 19.4),
    ),
    Kind(
        "bed",
        "home",
        bed,
        colours=("red", "yellow", "green", "blue", "purple", "pink"),
        faces=True,
        where=("floor",),
        top=(-6, 19, 18.6),
    ),
    Kind(
        "lamp",
        "home",
        lamp,
        colours=("red", "orange", "green", "blue", "purple", "pink"),
        states=("off", "lit"),
        where=("floor",),
    ),
    Kind(
        "box",
        "home",
        box,
        colours=("brown", "red", "yellow", "green", "blue", "purple"),
        inside=(-14, 14, 20),
    ),
    Kind(
        "basket",
        "home",
        basket,
        colours=("brown", "yellow", "red", "green", "blue", "pink"),
        inside=(-14, 14, 15.4),
    ),
)
