"""Plants."""

import math

from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import CREAM, INK, LEAF, PAPER, RGB, WOOD
from mini4o.storybook.pen import MAIN, SHADE, TINT, Pen

_BARK: RGB = (146, 98, 62)
_POT: RGB = (204, 120, 84)
_POT_SHADE: RGB = (172, 96, 70)
_POLLEN: RGB = (238, 172, 60)


def tree(pen: Pen, look: Look) -> None:
    """A round crown on a trunk (leafy), or bare boughs over a heap of its fallen leaves (bare)."""
    if look.state == "bare":
        with pen.joined():
            pen.polygon([(-4, 8), (-2.6, 20), (-2, 33), (1.8, 48), (3, 47.6), (2, 32), (2.6, 20), (4, 8)], _BARK)
            pen.polygon([(-2.6, 18), (-12, 29), (-18.6, 41), (-17.2, 41.8), (-9.4, 31), (-1, 24)], _BARK)
            pen.polygon([(2.6, 16), (13, 25), (21, 35), (20, 36.2), (11, 28), (1, 21)], _BARK)
            pen.polygon([(-11, 28), (-21, 30.6), (-20.8, 31.8), (-11, 31)], _BARK)
            pen.polygon([(10, 24), (11.6, 40), (12.8, 40), (13, 26)], _BARK)
        if look.variant == 1:
            pen.ellipse(0, 19, 1.2, 2.2, INK, outline=False)
        left = [(0, 14), (-5, 11.6), (-11, 12), (-15, 7.6), (-20, 7), (-23, 3), (-21, 0)]
        heap = [*left, *((-x, y) for x, y in left[:0:-1])]
        pen.blob(heap, MAIN)
        pen.blob([(4, 0.4), (10, 3), (14, 7), (18, 6), (22, 3.4), (20.6, 0.4)], SHADE, outline=False)
        for x, y in ((-17, 3), (-9, 6.5), (-2, 3), (5, 7.5)):
            pen.ellipse(x, y, 2.4, 1.3, TINT, outline=False)
        pen.ellipse(-16, 19, 2.6, 1.8, MAIN)
        pen.ellipse(18, 17, 2.6, 1.8, MAIN)
        return
    with pen.joined():
        pen.polygon([(-6, 0), (-3.4, 5), (-3.4, 20), (3.4, 20), (3.4, 5), (6, 0)], _BARK)
        pen.polygon([(3, 11), (10, 18), (8, 20), (1, 15)], _BARK)
    if look.variant == 1:
        pen.ellipse(0, 9, 1.6, 2.4, INK, outline=False)
    with pen.joined():
        pen.circle(-11, 23, 9, MAIN)
        pen.circle(11, 23, 9, MAIN)
        pen.circle(0, 20, 8, MAIN)
        pen.circle(-9, 34, 9, MAIN)
        pen.circle(9, 34, 9, MAIN)
        pen.circle(0, 38, 8.5, MAIN)
        pen.circle(0, 29, 10, MAIN)
    pen.blob([(19.5, 24), (17, 16), (10, 14.4), (2, 12.4), (-4, 14), (4, 17), (12, 20), (16, 26)], SHADE, outline=False)
    pen.blob([(17.6, 36), (14, 28), (8, 27), (12, 31)], SHADE, outline=False)
    pen.ellipse(-10, 36, 4, 2.6, TINT, outline=False)
    pen.ellipse(-13, 25, 3, 2, TINT, outline=False)


def fir(pen: Pen, look: Look) -> None:
    """Three skirts of needles, one above the other, and a short trunk."""
    pen.box(-3, 0, 3, 8, _BARK)
    skirts = ((17, 6, 22), (13.5, 18, 34), (9.5, 30, 47))
    for wide, low, tip in skirts:
        third = wide / 3
        hem = [(-wide, low), (-2 * third, low - 2), (-third, low + 0.5), (0, low - 2), (third, low + 0.5)]
        pen.polygon([*hem, (2 * third, low - 2), (wide, low), (1.4, tip), (-1.4, tip)], MAIN)
        pen.polygon([(third, low + 0.5), (2 * third, low - 2), (wide, low), (1.4, tip)], SHADE, outline=False)
        pen.line([(-wide * 0.62, low + 3.4), (-wide * 0.36, low + 6.6)], 1.8, TINT)
    if look.variant == 1:  # cones
        for x, y in ((-6, 8.5), (5, 21), (-3, 33)):
            pen.ellipse(x, y, 1.3, 2, WOOD, outline=False)


def flower(pen: Pen, look: Look) -> None:
    """One blossom on a stem with two leaves: petals spread about a golden heart (open), or a pointed bud (closed)."""
    pen.line([(0, 0), (0, 12)], 2, LEAF, outline=True)
    if look.state == "closed":
        pen.blob([(0, 1), (-5, 2), (-8, 6), (-3, 5)], LEAF)
        pen.blob([(0, 1), (5, 2), (8, 6), (3, 5)], LEAF)
        pen.blob([(0, 7.4), (-6, 10), (-7.2, 16), (-3.4, 22), (0, 26), (3.4, 22), (7.2, 16), (6, 10)], MAIN)
        pen.blob([(1, 8), (5.6, 10.6), (6.8, 16), (0.6, 25), (3.6, 16)], SHADE, outline=False)
        pen.blob([(-3.6, 12), (-5.6, 15), (-3.4, 19.6), (-3, 15.4)], TINT, outline=False)
        cup = [(-6.2, 11.4), (-3, 7.4), (3, 7.4), (6.2, 11.4), (2.4, 10), (0, 12), (-2.4, 10)]
        pen.polygon(cup, LEAF, outline=False)
        return
    pen.blob([(0, 1), (-5, 2), (-8, 5.4), (-3, 5)], LEAF)
    pen.blob([(0, 1), (5, 2), (8, 5.4), (3, 5)], LEAF)
    count, radius = (6, 4.6) if look.variant else (5, 5.0)
    half = math.pi / count
    petals = [math.pi / 2 + 2 * half * petal for petal in range(count)]
    with pen.joined():
        for turn in petals:
            pen.circle(6 * math.cos(turn), 16 + 6 * math.sin(turn), radius, MAIN)
    for turn in petals:  # the seams between the petals
        pen.line([(0, 16), (6.6 * math.cos(turn + half), 16 + 6.6 * math.sin(turn + half))], 1.3, SHADE)
    pen.circle(0, 16, 2.8, _POLLEN)


def cactus(pen: Pen, look: Look) -> None:
    """A ribbed column with two bent arms, a blossom on its head, in a clay pot."""
    with pen.joined():
        pen.circle(-2.8, 34.6, 2.2, CREAM)
        pen.circle(2.8, 34.6, 2.2, CREAM)
        pen.circle(0, 36.6, 2.4, CREAM)
    with pen.joined():
        pen.box(-15, 13.4, -10, 26, MAIN, round=2.2)
        pen.box(-15, 13.4, 0, 18.4, MAIN, round=2.2)
        pen.box(10, 16.4, 15, 30, MAIN, round=2.2)
        pen.box(0, 16.4, 15, 21.4, MAIN, round=2.2)
        pen.box(-7, 7, 7, 34, MAIN, round=6.4)
    pen.box(3, 8, 7, 29, SHADE, outline=False, round=2)
    pen.box(-4.4, 12, -2.8, 28, TINT, outline=False, round=0.8)
    for x, y in ((0.2, 14), (0.2, 20), (0.2, 26)) if look.variant == 0 else ((-0.4, 13), (1, 18), (-0.4, 23), (1, 28)):
        pen.line([(x - 0.7, y - 0.7), (x + 0.7, y + 0.7)], 0.9)
    pen.polygon([(-8, 7), (8, 7), (6.4, 0), (-6.4, 0)], _POT)
    pen.polygon([(4, 7), (8, 7), (6.4, 0), (3.6, 0)], _POT_SHADE, outline=False)
    pen.box(-9, 6.6, 9, 9.4, _POT, round=0.8)


def mushroom(pen: Pen, look: Look) -> None:
    """A wide dotted cap on a pale stem."""
    pen.blob([(-5, 0), (-4.4, 5), (-3.6, 10), (3.6, 10), (4.4, 5), (5, 0)], CREAM)
    pen.blob([(1.4, 0), (1.6, 8), (3.6, 8), (4.8, 0.4)], (226, 206, 168), outline=False)
    pen.blob([(-12, 8), (-11, 14), (-6, 19), (0, 20.4), (6, 19), (11, 14), (12, 8), (6, 7), (0, 6.6), (-6, 7)], MAIN)
    pen.blob([(11.8, 8), (10.8, 13.6), (7.4, 17), (7.4, 12), (4, 7.4)], SHADE, outline=False)
    dots = ((-5.6, 13, 2.2), (1.4, 15.6, 2.4), (0.2, 9.8, 1.5), (7.4, 11.4, 1.8))
    if look.variant == 1:
        dots = ((-7.4, 11, 1.8), (-2, 15.4, 2.2), (4.6, 12.6, 2.2), (-1.6, 9.6, 1.4))
    for x, y, r in dots:
        pen.circle(x, y, r, PAPER, outline=False)


KINDS: tuple[Kind, ...] = (
    Kind(
        "tree",
        "plants",
        tree,
        colours=("green", "yellow", "orange", "red", "pink"),
        states=("leafy", "bare"),
        variants=2,
        where=("land",),
    ),
    Kind("fir", "plants", fir, colours=("green", "blue", "grey", "white"), variants=2, where=("land",)),
    Kind(
        "flower",
        "plants",
        flower,
        colours=("red", "orange", "yellow", "blue", "purple", "pink", "white"),
        states=("open", "closed"),
        variants=2,
        grip=(0, 4),
        small=True,
    ),
    Kind("cactus", "plants", cactus, colours=("green", "blue", "yellow", "pink"), variants=2),
    Kind(
        "mushroom",
        "plants",
        mushroom,
        colours=("red", "orange", "yellow", "brown", "purple"),
        variants=2,
        where=("land",),
        grip=(0, 3),
        small=True,
    ),
)
