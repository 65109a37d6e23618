"""People. Their colour is that of their clothes; skin and hair are variants that nobody speaks of.

They look at the reader. The hand on the right is always held out at the same point, so that it can hold something; the
other arm and the face tell how they feel: happy, it is thrown up; sad, it hangs down, the head too, and tears run.
"""

from mini4o.storybook.kinds.registry import Kind, Look, Spot
from mini4o.storybook.palette import BLUSH, HAIR, INK, PAPER, RGB, SKIN, TYRE, WOOD
from mini4o.storybook.pen import MAIN, SHADE, TINT, Pen

SKIN_AND_HAIR: tuple[tuple[RGB, RGB], ...] = ((SKIN[0], HAIR[2]), (SKIN[1], HAIR[0]), (SKIN[2], HAIR[1]))  # by variant
GOLD: RGB = (248, 198, 62)
LIPS: RGB = (212, 66, 74)
TEAR: RGB = (84, 164, 236)
HAND: Spot = (15.5, 19.5)


def girl(pen: Pen, look: Look) -> None:
    """A wide dress; bunches of hair, each with a bow, that stand off the head."""
    skin, hair = SKIN_AND_HAIR[look.variant]
    head = 27.4 - _droop(look)
    _legs(pen, skin, apart=3.2, top=8)
    with pen.joined():
        _arms(pen, look, shoulder=(4.5, 17.6), raised=(-15.5, 23), lowered=(-16, 10.5))
        pen.polygon([(-6, 21), (6, 21), (13.5, 6), (7, 4.4), (-7, 4.4), (-13.5, 6)], MAIN)
        pen.polygon([(4, 21), (6, 21), (13.5, 6), (7, 4.4), (6, 4.4)], SHADE, outline=False)
    pen.polygon(
        [(-12.5, 8), (-6.6, 6.4), (6.6, 6.4), (12.5, 8), (11.7, 9.6), (6.2, 8), (-6.2, 8), (-11.7, 9.6)], TINT, False
    )
    with pen.joined():
        for side in (-1, 1):
            pen.ellipse(side * 10, head + 3.4, 3.2, 4.2, hair)
        pen.ellipse(0, head + 0.6, 7.6, 6.8, hair)
    for side in (-1, 1):
        pen.circle(side * 7.2, head + 4.6, 1.8, MAIN)
    pen.ellipse(0, head - 0.6, 6.6, 5.4, skin, outline=False)
    pen.sector(0, head - 0.6, 6.8, 6, 26, 154, hair, outline=False)
    _face(pen, look, head - 1)


def boy(pen: Pen, look: Look) -> None:
    """A cap, a shirt with a stripe, shorts, bare legs."""
    skin, hair = SKIN_AND_HAIR[look.variant]
    head = 26.4 - _droop(look)
    _legs(pen, skin, apart=3.8, top=8)
    with pen.joined():
        _arms(pen, look, shoulder=(5, 18), raised=(-14.5, 28), lowered=(-14, 9.5))
        pen.box(-7.4, 9, 7.4, 21, MAIN, round=2)
    pen.box(-7.4, 13.8, 7.4, 16.4, TINT, outline=False)
    pen.polygon([(-7.4, 11.5), (7.4, 11.5), (8.2, 5.8), (1, 5.8), (0, 8.4), (-1, 5.8), (-8.2, 5.8)], SHADE)
    with pen.joined():
        for side in (-1, 1):
            pen.circle(side * 7.2, head - 0.6, 1.6, skin)
        pen.ellipse(0, head, 7.2, 6.4, skin)
    pen.sector(0, head, 7.2, 6.4, 5, 175, hair, outline=False)
    pen.ellipse(0, head - 0.6, 6, 5, skin, outline=False)
    pen.sector(0, head + 4.4, 7.2, 6.2, 0, 180, MAIN)
    pen.ellipse(0, head + 4.6, 8, 1.2, SHADE)
    pen.circle(0, head + 10.6, 1, TINT, outline=False)
    _face(pen, look, head - 1.6)


def king(pen: Pen, look: Look) -> None:
    """A golden crown, a beard, a long robe edged with white fur."""
    skin, hair = SKIN_AND_HAIR[look.variant]
    head = 25 - _droop(look)
    with pen.joined():
        _arms(pen, look, shoulder=(5.5, 17), raised=(-15.5, 27), lowered=(-16.5, 10))
        pen.polygon([(-7, 21), (7, 21), (10, 18.4), (14.4, 1), (-14.4, 1), (-10, 18.4)], MAIN)
        pen.polygon([(6.6, 21), (7, 21), (10, 18.4), (14.4, 1), (9, 1)], SHADE, outline=False)
        pen.polygon([(-14.8, 0), (14.8, 0), (14.2, 2.6), (-14.2, 2.6)], PAPER)
    for x in (-9, -3, 3, 9):
        pen.ellipse(x, 1.3, 0.7, 0.9, INK, outline=False)
    pen.blob([(-7, head), (-5.6, head - 6.4), (0, head - 10), (5.6, head - 6.4), (7, head), (0, head + 4)], hair)
    pen.ellipse(0, head + 0.4, 6.2, 5.2, skin, outline=False)
    crown = [(-6.6, 3.6), (-8, 10.6), (-3.8, 7.8), (0, 11.6), (3.8, 7.8), (8, 10.6), (6.6, 3.6)]
    pen.polygon([(x, head + y) for x, y in crown], GOLD)
    pen.circle(0, head + 6, 1.2, LIPS, outline=False)
    _face(pen, look, head - 0.6)


def cook(pen: Pen, look: Look) -> None:
    """A tall white hat, and a jacket with two rows of buttons on a round belly."""
    skin, hair = SKIN_AND_HAIR[look.variant]
    head = 23.4 - _droop(look)
    for side in (-1, 1):
        pen.sector(side * 5, 0.4, 4.2, 4, 0, 180, TYRE)
    with pen.joined():
        _arms(pen, look, shoulder=(6, 15.5), raised=(-16, 25), lowered=(-17.5, 8.5))
        pen.blob([(-7, 18.6), (7, 18.6), (11, 10.5), (9.5, 3), (0, 2), (-9.5, 3), (-11, 10.5)], MAIN)
        pen.blob([(6, 18.5), (7, 18.6), (11, 10.5), (9.5, 3), (4, 2.4), (7.4, 10.5)], SHADE, outline=False)
    for x, y in ((-2.4, 6), (2.4, 6), (-2.4, 10.6), (2.4, 10.6)):
        pen.circle(x, y, 0.9, INK, outline=False)
    pen.ellipse(0, head, 6.8, 5.8, skin)
    for side in (-1, 1):
        pen.sector(side * 5.4, head, 1.7, 3.4, 0, 360, hair, outline=False)
    pen.ellipse(0, head - 0.4, 5.8, 5, skin, outline=False)
    with pen.joined():
        for x, y in ((-4.2, 10), (4.2, 10), (0, 11)):
            pen.circle(x, head + y, 3.6, PAPER)
        pen.box(-5.4, head + 3.4, 5.4, head + 9, PAPER)
    pen.line([(-5.4, head + 6), (5.4, head + 6)], 0.9)
    _face(pen, look, head - 1)


def _droop(look: Look) -> float:
    """How far the head hangs down."""
    return 1.6 if look.state == "sad" else 0


def _legs(pen: Pen, skin: RGB, apart: float, top: float) -> None:
    """Bare legs up to the height `top`, in brown shoes."""
    for side in (-1, 1):
        pen.box(side * apart - 1.6, 1, side * apart + 1.6, top, skin)
        pen.sector(side * (apart + 0.5), 0.4, 2.9, 2.8, 0, 180, WOOD)


def _arms(pen: Pen, look: Look, shoulder: Spot, raised: Spot, lowered: Spot) -> None:
    """The hand held out on the right; the other raised or lowered. `shoulder` is the right one."""
    x, y = shoulder
    skin, _ = SKIN_AND_HAIR[look.variant]
    for start, end in ((shoulder, HAND), ((-x, y), lowered if look.state == "sad" else raised)):
        pen.circle(*end, 2.5, skin)
        cuff = (start[0] + 0.8 * (end[0] - start[0]), start[1] + 0.8 * (end[1] - start[1]))
        pen.line([start, cuff], 5, MAIN, outline=True)


def _face(pen: Pen, look: Look, y: float) -> None:
    """Eyes, cheeks and mouth about (0, y)."""
    for side in (-1, 1):
        pen.circle(side * 2.8, y + 1.2, 1.2, INK, outline=False)
    if look.state == "sad":
        for side in (-1, 1):
            pen.line([(side * 1.8, y + 3.7), (side * 3.9, y + 2.9)], 0.8)
            pen.ellipse(side * 3.4, y - 1.7, 1.3, 2.1, TEAR, outline=False)
        pen.line([(-1.5, y - 3.3), (-0.7, y - 2.4), (0.7, y - 2.4), (1.5, y - 3.3)], 0.9)
        return
    for side in (-1, 1):
        pen.ellipse(side * 4.5, y - 0.8, 1.2, 0.9, BLUSH, outline=False)
    pen.sector(0, y - 0.9, 2.7, 2.9, 180, 360, LIPS, outline=False)


STATES = ("happy", "sad")
KINDS = (
    Kind(
        "girl",
        "people",
        girl,
        colours=("red", "orange", "yellow", "green", "blue", "purple", "pink", "white"),
        states=STATES,
        variants=3,
        hand=HAND,
    ),
    Kind(
        "boy",
        "people",
        boy,
        colours=("red", "orange", "yellow", "green", "blue", "purple", "grey"),
        states=STATES,
        variants=3,
        hand=HAND,
    ),
    Kind("king", "people", king, colours=("red", "green", "blue", "purple"), states=STATES, variants=3, hand=HAND),
    Kind(
        "cook",
        "people",
        cook,
        colours=("white", "red", "orange", "yellow", "green", "blue"),
        states=STATES,
        variants=3,
        hand=HAND,
    ),
)
