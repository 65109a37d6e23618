"""Things that carry letters and digits: ink on white, whatever the thing's colour is. None is ever mirrored."""

from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import METAL, PAPER, WOOD
from mini4o.storybook.pen import MAIN, SHADE, TINT, Pen

_LETTER = 11.0  # height of the letters


def sign(pen: Pen, look: Look) -> None:
    """A coloured board with a white panel on a wooden post."""
    pen.box(-2, 0, 2, 14, WOOD)
    pen.box(-19, 12, 19, 38, MAIN, round=3)
    pen.box(-18.8, 12.2, 18.8, 15, SHADE, outline=False, round=1.3)
    pen.box(-15.4, 17.6, 15.4, 32.6, PAPER, outline=False, round=1.5)
    pen.text(look.text or "", 0, 25.1, _LETTER, 27)


def flag(pen: Pen, look: Look) -> None:
    """A coloured swallow-tailed cloth with a white panel, flying to the right of its pole."""
    pen.box(-18, 0, -15.6, 42, METAL)
    pen.circle(-16.8, 42.4, 2, METAL)
    pen.polygon(
        [(-15.6, 12), (-4, 10.6), (9, 13), (21, 11.6), (16.6, 26), (21, 40), (9, 41), (-4, 38.6), (-15.6, 40)], MAIN
    )
    pen.polygon(
        [(-15.6, 12), (-4, 10.6), (9, 13), (21, 11.6), (19.8, 15.2), (9, 16.6), (-4, 14.2), (-15.6, 15.6)],
        SHADE,
        outline=False,
    )
    pen.box(-14.2, 18.4, 14.2, 33, PAPER, outline=False, round=1.5)
    pen.text(look.text or "", 0, 25.7, _LETTER, 25)


def block(pen: Pen, look: Look) -> None:
    """A wooden toy block seen a little from above and from the right."""
    right, back = 11.5, 3.4  # how far the back is to the right and above
    left = -right
    pen.polygon(
        [(left, 0), (right, 0), (right + back, back), (right + back, 19 + back), (left + back, 19 + back), (left, 19)],
        MAIN,
    )
    pen.polygon([(left, 19), (right, 19), (right + back, 19 + back), (left + back, 19 + back)], TINT, outline=False)
    pen.polygon([(right, 0), (right + back, back), (right + back, 19 + back), (right, 19)], SHADE, outline=False)
    pen.box(left + 2.5, 2.4, right - 2.5, 16.6, PAPER, outline=False, round=1.5)
    pen.text(look.text or "", 0, 9.5, _LETTER, 2 * right - 7)


KINDS = (
    Kind("sign", "signs", sign, colours=("red", "yellow", "green", "blue", "orange", "purple", "brown"), text=3),
    Kind("flag", "signs", flag, colours=("red", "yellow", "green", "blue", "orange", "purple", "pink"), text=3),
    Kind(
        "block",
        "signs",
        block,
        colours=("red", "yellow", "green", "blue", "orange", "purple", "pink"),
        small=True,
        grip=(0, 2),
        text=2,
    ),
)
