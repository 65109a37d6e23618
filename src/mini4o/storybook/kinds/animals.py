"""Animals. Most are seen from the side; the frog from the front, the butterfly from above."""

from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import BLUSH, CREAM, INK, PAPER, RGB
from mini4o.storybook.pen import MAIN, SHADE, TINT, Pen

BEAK: RGB = (246, 158, 48)
TONGUE: RGB = (236, 96, 112)
REPTILE: RGB = (226, 200, 118)  # what a turtle shows outside its shell


def cat(pen: Pen, look: Look) -> None:
    """Sits with its tail up (awake) or lies curled up in a ring (asleep); pointed ears."""
    if look.state == "asleep":
        with pen.joined():
            pen.ellipse(-1, 7.5, 13, 8.5, MAIN)
            pen.polygon([(1, 11), (0.5, 18), (6, 14)], MAIN)
            pen.polygon([(13.5, 11), (14.5, 18), (8.5, 14)], MAIN)
            pen.ellipse(7, 8.6, 8, 6.6, MAIN)
            if look.variant == 1:
                _stripes(pen, ((-10, 10), (-6, 12.4), (-2, 13.6)))
        pen.blob([(-13.4, 5), (-9, 0.6), (0, 0), (7, 0.4), (8.6, 2.4), (6, 4), (0, 3.4), (-7, 4), (-11, 7.4)], MAIN)
        _closed_eye(pen, 3.6, 8.4)
        _closed_eye(pen, 10.4, 8.4)
        pen.ellipse(7.2, 6.2, 1.4, 1, BLUSH, outline=False)
        return
    with pen.joined():
        pen.blob([(-6, 1), (-12.4, 3), (-14.4, 9), (-15.6, 16), (-13, 18.6), (-11, 15), (-10.4, 9.4), (-6, 6.6)], MAIN)
        pen.blob([(-8, 0), (-9, 8), (-4, 16), (4, 16), (8, 8), (8, 0)], MAIN)
        pen.polygon([(-4, 22), (-4.5, 31), (2, 26)], MAIN)
        pen.polygon([(10, 22), (11, 31), (4, 26)], MAIN)
        pen.ellipse(3.2, 20, 8.6, 7.2, MAIN)
        pen.ellipse(1, 6, 4, 6, TINT, outline=False)
        if look.variant == 1:
            _stripes(pen, ((-6, 4), (-6, 8), (-5, 12)))
    pen.polygon([(-2.6, 25), (-2.8, 28.6), (0, 26.4)], BLUSH, outline=False)
    pen.polygon([(9, 25), (9.4, 28.6), (6.4, 26.4)], BLUSH, outline=False)
    _eye(pen, 0.4, 21, 1.6)
    _eye(pen, 6.8, 21, 1.6)
    pen.ellipse(3.8, 18.4, 1.4, 1, BLUSH, outline=False)
    pen.line([(1.4, 16.4), (2.6, 15.8), (3.8, 17), (5, 15.8), (6.2, 16.4)], 0.8)


def dog(pen: Pen, look: Look) -> None:
    """Stands with its tail up and its tongue out (awake) or lies stretched out (asleep); a muzzle, hanging ears."""
    if look.state == "asleep":
        with pen.joined():
            pen.blob([(-14, 0.6), (-19, 1), (-22, 4.4), (-20.4, 6), (-17.6, 4.4), (-14, 4.6)], MAIN)
            pen.blob([(-16, 0), (-17, 7), (-10, 12.4), (0, 11), (8, 9), (10, 0)], MAIN)
            pen.box(2, 0, 18, 4.4, MAIN, round=1.8)
            pen.ellipse(10.5, 9, 7, 6.4, MAIN)
            pen.ellipse(16, 6, 5, 3.8, MAIN)
            if look.variant == 1:
                pen.ellipse(-8, 8, 4.6, 3.4, SHADE, outline=False)
        pen.blob([(7.6, 14), (3.6, 9), (3.8, 2.6), (8, 3.4), (9.6, 11)], SHADE)
        _closed_eye(pen, 13.4, 10.6)
        pen.ellipse(20, 7.4, 1.7, 1.4, INK, outline=False)
        return
    for x in (-6.5, 7):
        pen.box(x - 2, 0, x + 2, 10, SHADE, round=1)
    with pen.joined():
        pen.blob([(-9, 11.6), (-15, 14.4), (-17, 22), (-15, 24.4), (-13, 22), (-12, 17.4), (-8, 15.6)], MAIN)
        for x in (-10.5, 3):
            pen.box(x - 2.2, 0, x + 2.2, 10, MAIN, round=1)
        pen.blob([(-13, 9), (-11, 16), (2, 16), (9, 17), (9, 8), (0, 7)], MAIN)
        pen.ellipse(9, 22, 7.6, 7, MAIN)
        pen.ellipse(15, 19, 5.4, 4.4, MAIN)
        if look.variant == 1:
            pen.ellipse(-4, 13.6, 4.4, 3.4, SHADE, outline=False)
    pen.blob([(13.6, 15.6), (13.8, 12), (16, 11), (17.6, 13), (17, 15.8)], TONGUE, outline=False)
    pen.blob([(6, 28), (1, 23), (1, 14.4), (5.4, 15), (8, 24)], SHADE)
    pen.ellipse(19.6, 20.6, 1.9, 1.6, INK, outline=False)
    pen.line([(12.4, 16.4), (15, 15.6), (18.6, 16.8)], 0.9)
    _eye(pen, 11.6, 23.8, 1.6)


def rabbit(pen: Pen, look: Look) -> None:
    """Two long ears up, a round body, a white ball of a tail."""
    pen.circle(-11, 6.4, 3.6, PAPER)
    with pen.joined():
        pen.blob([(2.4, 21), (-1.4, 27), (-1.6, 35), (2, 35.6), (4.6, 29), (6, 21)], MAIN)
        pen.blob([(6, 21), (6.6, 29), (9.4, 35.4), (12.4, 33.6), (11.6, 26), (9, 20)], MAIN)
        pen.blob([(-9, 0.6), (-10.6, 7), (-5, 13.6), (4, 14), (8, 8), (8.6, 0.6)], MAIN)
        pen.ellipse(6.4, 18.4, 8, 6.8, MAIN)
        pen.ellipse(8.6, 1.4, 4.4, 1.9, MAIN)
        pen.ellipse(4.6, 6, 2.8, 4.6, TINT, outline=False)
        pen.ellipse(-4, 5.4, 5, 5, SHADE, outline=False)
        if look.variant == 1:
            pen.ellipse(-5, 11.6, 3, 1.6, TINT, outline=False)
    pen.blob([(2.2, 24), (0, 29), (0.4, 33.6), (2.4, 30), (4, 24.6)], BLUSH, outline=False)
    pen.blob([(7.6, 24), (8.2, 29), (10.4, 33), (10.6, 28.6), (9.4, 24)], BLUSH, outline=False)
    _eye(pen, 8.8, 19.8, 1.7)
    pen.ellipse(13.6, 17.8, 1.2, 0.9, INK, outline=False)
    pen.ellipse(5.4, 16.4, 1.7, 1.2, BLUSH, outline=False)
    pen.line([(9.4, 15), (11, 14.4), (12.6, 15.4)], 0.8)


def elephant(pen: Pen, look: Look) -> None:
    """A big body on four thick legs, a large ear, a trunk that curls up at its end."""
    pen.line([(-17.4, 20.4), (-20.2, 17), (-20, 12.6)], 1.4)
    for x in (-7, 5.4):
        pen.box(x - 2.6, 0, x + 2.6, 12, SHADE, round=1)
    with pen.joined():
        for x in (-12.6, 0.4):
            pen.box(x - 3.2, 0, x + 3.2, 14, MAIN, round=1)
        pen.ellipse(-4.4, 18.4, 14, 10.6, MAIN)
        pen.ellipse(11, 23, 8.4, 8, MAIN)
        pen.blob(
            [(18, 25), (20.6, 17), (21, 10.4), (24, 10), (24.4, 6.4), (21, 4.6), (16.6, 6.4), (15.4, 13), (12, 18)],
            MAIN,
        )
    for x in (-13.8, -11, -0.8, 2):
        pen.sector(x, 0, 1.2, 1.6, 0, 180, PAPER, outline=False)
    pen.blob([(7.6, 30), (0.4, 30.6), (-2.4, 23), (1.4, 15.6), (6.6, 18.6), (8.4, 24)], SHADE)
    pen.blob([(6, 28), (1.6, 28), (0, 23), (2.4, 18.6), (5.4, 20.6), (6.6, 24)], TINT, outline=False)
    pen.polygon([(13.4, 17.6), (16.4, 17), (17.4, 12.6)], PAPER)
    _eye(pen, 13, 25, 1.5)
    pen.ellipse(11.6, 20.6, 1.7, 1.2, BLUSH, outline=False)


def frog(pen: Pen, look: Look) -> None:
    """Sits and looks at the reader: two eyes on top of its head, a very wide mouth, bent legs at its sides."""
    with pen.joined():
        for side in (-1, 1):
            pen.ellipse(side * 9.4, 4.6, 4.6, 5.4, MAIN)
            pen.ellipse(side * 9, 0.9, 5, 1.7, MAIN)
            pen.circle(side * 5.4, 18.4, 4, MAIN)
        pen.ellipse(0, 7, 9, 7.4, MAIN)
        pen.ellipse(0, 12.8, 10.6, 6.4, MAIN)
        pen.ellipse(0, 3.6, 5, 4.2, CREAM, outline=False)
        for side in (-1, 1):
            pen.ellipse(side * 2.6, 0.6, 1.9, 1.3, SHADE, outline=False)
    for side in (-1, 1):
        pen.circle(side * 5.4, 18.8, 2.7, PAPER, outline=False)
        pen.circle(side * 5, 18.8, 1.6, INK, outline=False)
        pen.ellipse(side * 7.8, 11.6, 1.6, 1.1, BLUSH, outline=False)
    pen.line([(-7, 12.4), (-4, 10.2), (0, 9.4), (4, 10.2), (7, 12.4)], 1.2)
    if look.variant == 1:
        for x, y in ((-2.4, 16.4), (1.4, 17.2), (0.2, 14.8)):
            pen.circle(x, y, 1, SHADE, outline=False)


def turtle(pen: Pen, look: Look) -> None:
    """A high round shell of its colour with plates; head, legs and tail of a sandy yellow."""
    pen.blob([(-12, 6), (-17, 4.4), (-17.6, 2.6), (-12, 2)], REPTILE)
    for x in (-8, 6):
        pen.box(x - 3, 0, x + 3, 6, REPTILE, round=1.4)
    with pen.joined():
        pen.line([(10, 6), (15, 11)], 5, REPTILE, outline=True)
        pen.ellipse(16.4, 13, 4.8, 4.6, REPTILE)
    pen.sector(-1, 4.6, 13, 15, 0, 180, MAIN)
    pen.polygon([(12, 4.6), (10.6, 11.4), (6.2, 16.8), (4.8, 11), (7.4, 4.6)], SHADE, outline=False)
    plates = (
        ((-5, 16.4), (3, 16.4), (4.8, 11), (-1, 7.6), (-6.8, 11)),
        ((-11.6, 7), (-8.2, 13.6), (-7.4, 10), (-8.8, 6.4)),
    )
    for plate in plates[: 1 + look.variant]:
        pen.polygon(plate, TINT, outline=False)
    pen.box(-14, 3.4, 12, 6.4, SHADE, round=1.2)
    _eye(pen, 17.8, 14.2, 1.3)
    pen.line([(16.2, 11), (18.2, 10.2), (19.8, 11.2)], 0.8)


def bird(pen: Pen, look: Look) -> None:
    """Flies: one wing up, a fan of a tail, an orange beak."""
    pen.blob([(1, 11), (4, 20), (9, 23), (9, 16), (6, 10)], SHADE)
    pen.polygon([(12, 10.6), (18.6, 8), (12, 6.4)], BEAK)
    with pen.joined():
        pen.polygon([(-8, 9), (-18, 13), (-16.6, 8.8), (-18.6, 5), (-8, 4.6)], MAIN)
        pen.blob([(-10, 7), (-4, 2), (4, 0.6), (9, 4), (6, 11), (-3, 11)], MAIN)
        pen.circle(8.4, 9, 5.4, MAIN)
        pen.blob([(-5, 4.4), (0, 1.6), (5, 1.8), (7.4, 4.4), (3, 6.4)], TINT, outline=False)
    pen.blob([(4, 8), (3, 14), (-3, 22), (-9, 25), (-8, 17), (-5, 9)], MAIN)
    pen.blob([(-3, 9), (-5.6, 15), (-8.2, 22), (-7.2, 16), (-5, 9.4)], SHADE, outline=False)
    _eye(pen, 9.8, 10.4, 1.5)
    pen.ellipse(7.4, 7.6, 1.4, 1, BLUSH, outline=False)


def duck(pen: Pen, look: Look) -> None:
    """Sits like a boat: a round head on a high breast, a flat orange bill, the tail turned up."""
    pen.blob([(10, 16.4), (17, 16), (17.6, 14), (14, 12.6), (10, 13)], BEAK)
    with pen.joined():
        pen.blob([(-15, 11.4), (-13, 4), (-6, 0.4), (5, 0.4), (11, 4.6), (10, 11), (2, 10.4), (-6, 9)], MAIN)
        pen.circle(6.4, 16.4, 6.4, MAIN)
        pen.sector(-1, 3.4, 9, 3, 180, 360, SHADE, outline=False)
    pen.blob([(2.6, 8.4), (-4, 9.6), (-9.6, 7.4), (-5, 3.4), (1, 3.6)], TINT if look.variant else SHADE)
    _eye(pen, 8.2, 18, 1.5)
    pen.ellipse(5.4, 14.6, 1.6, 1.1, BLUSH, outline=False)


def fish(pen: Pen, look: Look) -> None:
    """An oval with a forked tail, fins and a white band."""
    with pen.joined():
        pen.polygon([(-9, 9), (-18.4, 16.4), (-16, 9), (-18.4, 1.6), (-9, 8)], MAIN)
        pen.blob([(-6, 14), (-3, 19.4), (4, 19), (7, 14)], MAIN)
        pen.blob([(-3, 3), (-3.4, -0.4), (2, 0), (4, 3)], MAIN)
        pen.blob([(-11, 8.6), (-4, 14.6), (5, 15.4), (13.4, 9.4), (6, 3), (-4, 2.8)], MAIN)
        pen.polygon([(-7.6, 12.4), (-4.6, 14), (-4.6, 3.2), (-7.6, 4.8)], PAPER, outline=False)
        if look.variant == 1:
            for x in (-2, 1.4, 4.8):
                pen.circle(x, 13 - 0.2 * abs(x), 1.2, TINT, outline=False)
    pen.blob([(-1, 9.6), (4, 9.4), (3, 6), (-1.6, 4.8)], SHADE)
    pen.circle(8, 10.8, 2.4, PAPER, outline=False)
    pen.circle(8.4, 10.8, 1.5, INK, outline=False)
    pen.line([(9, 6.4), (10.6, 6), (12, 7)], 0.8)


def butterfly(pen: Pen, look: Look) -> None:
    """Four wings with light spots, seen from above; a dark body with feelers."""
    for side in (-1, 1):
        pen.line([(0, 16), (side * 2.4, 20), (side * 4.6, 22)], 1)
        pen.blob([(side, 11), (side * 4, 3), (side * 8.6, 0.4), (side * 11, 5), (side * 8, 10)], SHADE)
        pen.blob(
            [(side, 10), (side * 3, 17), (side * 10, 21.4), (side * 14.6, 17.6), (side * 12, 10.4), (side * 6, 8.4)],
            MAIN,
        )
        if look.variant == 1:
            pen.blob([(side * 4, 12), (side * 8, 17), (side * 11.6, 16), (side * 9.6, 12)], TINT, outline=False)
        else:
            pen.circle(side * 9, 15, 2.7, TINT, outline=False)
        pen.circle(side * 7.2, 5.4, 1.7, TINT, outline=False)
    pen.ellipse(0, 10, 1.7, 7, INK, outline=False)
    pen.circle(0, 17, 2.2, INK, outline=False)


def _eye(pen: Pen, x: float, y: float, r: float) -> None:
    """An open eye with a light in it."""
    pen.circle(x, y, r, INK, outline=False)
    pen.circle(x + 0.35 * r, y + 0.35 * r, 0.35 * r, PAPER, outline=False)


def _closed_eye(pen: Pen, x: float, y: float) -> None:
    """A lid about (x, y)."""
    pen.line([(x - 1.8, y + 0.4), (x - 0.7, y - 0.7), (x + 0.7, y - 0.7), (x + 1.8, y + 0.4)], 1)


def _stripes(pen: Pen, places: tuple[tuple[float, float], ...]) -> None:
    """Short dark stripes of a tabby."""
    for x, y in places:
        pen.line([(x - 2, y + 0.3), (x + 1.4, y - 0.3)], 1.4, SHADE)


STATES = ("awake", "asleep")
KINDS = (
    Kind(
        "cat",
        "animals",
        cat,
        colours=("grey", "orange", "white", "brown", "yellow"),
        states=STATES,
        faces=True,
        variants=2,
    ),
    Kind(
        "dog",
        "animals",
        dog,
        colours=("brown", "white", "grey", "orange", "yellow"),
        states=STATES,
        faces=True,
        variants=2,
    ),
    Kind(
        "rabbit",
        "animals",
        rabbit,
        colours=("white", "brown", "grey", "pink", "yellow", "blue"),
        faces=True,
        variants=2,
    ),
    Kind(
        "elephant",
        "animals",
        elephant,
        colours=("grey", "blue", "pink", "purple", "green"),
        faces=True,
        where=("land",),
    ),
    Kind("frog", "animals", frog, colours=("green", "orange", "yellow", "blue", "purple", "red"), variants=2),
    Kind(
        "turtle",
        "animals",
        turtle,
        colours=("green", "brown", "red", "blue", "purple", "orange"),
        faces=True,
        variants=2,
        where=("land",),
    ),
    Kind(
        "bird", "animals", bird, colours=("red", "yellow", "green", "blue", "pink", "white"), faces=True, where=("sky",)
    ),
    Kind(
        "duck",
        "animals",
        duck,
        colours=("yellow", "white", "brown", "green", "pink", "grey"),
        faces=True,
        variants=2,
        where=("water", "land"),
    ),
    Kind(
        "fish",
        "animals",
        fish,
        colours=("orange", "red", "yellow", "green", "purple", "pink"),
        faces=True,
        variants=2,
        where=("water",),
    ),
    Kind(
        "butterfly",
        "animals",
        butterfly,
        colours=("red", "orange", "yellow", "blue", "purple", "pink", "white"),
        variants=2,
        where=("sky",),
    ),
)
