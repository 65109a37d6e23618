"""The colours of the picture book. One artist's box of paints: every picture is made of these."""

from typing import Literal, TypeAlias, get_args

RGB: TypeAlias = tuple[int, int, int]

Colour = Literal["red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "white", "grey"]
COLOURS: tuple[Colour, ...] = get_args(Colour)

# At least 25 apart (CIE 1976 distance), so that a colour is not in doubt after blur, noise or a codec; a test holds it.
PAINT: dict[Colour, RGB] = {
    "red": (212, 44, 48),
    "orange": (245, 140, 32),
    "yellow": (252, 216, 56),
    "green": (58, 156, 74),
    "blue": (44, 106, 206),
    "purple": (128, 66, 172),
    "pink": (248, 156, 192),
    "brown": (134, 84, 46),
    "white": (250, 249, 244),
    "grey": (150, 152, 158),
}

INK: RGB = (54, 40, 50)  # the outline
PAPER: RGB = (252, 250, 242)
SKIN: tuple[RGB, ...] = ((250, 214, 182), (196, 138, 96), (124, 82, 58))
HAIR: tuple[RGB, ...] = ((96, 58, 36), (60, 44, 40), (226, 168, 72))
WOOD: RGB = (176, 122, 74)
METAL: RGB = (190, 196, 204)
GLASS: RGB = (186, 224, 240)
GLOW: RGB = (255, 240, 150)  # a lit lamp, a lit window
LEAF: RGB = (96, 176, 84)
TYRE: RGB = (78, 74, 84)
CREAM: RGB = (252, 238, 204)
BLUSH: RGB = (244, 150, 140)
