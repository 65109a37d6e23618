"""What is seen in the sky."""

import math

from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import BLUSH, INK, PAINT, Colour
from mini4o.storybook.pen import MAIN, SHADE, TINT, Pen

_BANDS: tuple[Colour, ...] = ("red", "orange", "yellow", "green", "blue", "purple")


def sun(pen: Pen, look: Look) -> None:
    """A round, smiling face with ten rays."""
    with pen.joined():
        for ray in range(10):
            angle = math.radians(90 + 36 * ray)
            near = [(9 * math.cos(angle + side), 15.4 + 9 * math.sin(angle + side)) for side in (-0.3, 0.3)]
            pen.polygon([near[0], (15.4 * math.cos(angle), 15.4 + 15.4 * math.sin(angle)), near[1]], MAIN)
    pen.circle(0, 15.4, 9.4, MAIN)
    pen.ellipse(-3.8, 20.2, 2.6, 1.6, TINT, outline=False)
    for side in (-1, 1):
        pen.ellipse(side * 3.4, 16.4, 1.2, 1.7, INK, outline=False)
        pen.circle(side * 6, 13.2, 1.5, BLUSH, outline=False)
    pen.curve([(-3, 12.8), (0, 10.8), (3, 12.8)], 1.2)


def moon(pen: Pen, look: Look) -> None:
    """A crescent, open to the right, asleep."""
    rim = [math.radians(68 + 12.95 * step) for step in range(21)]
    hollow = [math.radians(282 - 14 * step) for step in range(13)]
    outer = [(14 * math.cos(angle), 14 + 14 * math.sin(angle)) for angle in rim]
    inner = [(6.5 + 11 * math.cos(angle), 16 + 11 * math.sin(angle)) for angle in hollow]
    pen.polygon([*outer, *inner], MAIN)
    pen.polygon([*outer[13:], *inner[:2], (-2, 3.6), (-7, 5)], SHADE, outline=False)
    pen.curve([(-10.4, 16), (-8.6, 15), (-6.8, 16)], 1.2)
    pen.curve([(-7.6, 9.6), (-6, 8.8), (-4.4, 9.8)], 1.1)
    pen.circle(-9.4, 11.8, 1.5, BLUSH, outline=False)


def cloud(pen: Pen, look: Look) -> None:
    """Round heaps on a flat base."""
    with pen.joined():
        pen.box(-19, 0, 19, 9.6, MAIN, round=4.6)
        pen.circle(-9, 9, 7.4, MAIN)
        pen.circle(3, 12, 9, MAIN)
        pen.circle(12.4, 7.6, 6, MAIN)
    pen.box(-16, 0.4, 16, 3, SHADE, outline=False, round=1.3)
    pen.ellipse(-0.4, 16, 4, 2.4, TINT, outline=False)
    pen.ellipse(-10.4, 12.2, 3, 1.8, TINT, outline=False)


def rainbow(pen: Pen, look: Look) -> None:
    """Six bands in an arch."""
    angles = [math.radians(9 * step) for step in range(21)]

    def arch(outer: float, inner: float) -> list[tuple[float, float]]:
        """Half a ring."""
        return [(outer * math.cos(a), outer * math.sin(a)) for a in angles] + [
            (inner * math.cos(a), inner * math.sin(a)) for a in reversed(angles)
        ]

    pen.polygon(arch(24, 8.4), INK)
    for band, name in enumerate(_BANDS):
        pen.polygon(arch(24 - 2.6 * band, 21.4 - 2.6 * band), PAINT[name], outline=False)


KINDS = (
    Kind("sun", "sky", sun, colours=("yellow", "orange"), where=("sky",)),
    Kind("moon", "sky", moon, colours=("yellow", "white"), where=("sky",)),
    Kind("cloud", "sky", cloud, colours=("white", "grey", "pink"), where=("sky",)),
    Kind("rainbow", "sky", rainbow, colours=(), where=("sky",)),
)
