"""Real handwriting as a small data set: read it, draw it, edit it, with the exact target of every edit.

The 1,797 scans of 8x8 grey pixels that come with scikit-learn (Alpaydin and Kaynak, *Optical Recognition of
Handwritten Digits*, UCI Machine Learning Repository, 1998) become small RGB pictures. A picture is what
`Digits.render` makes of a `Look` (which scan, what ink, which paper …); an `Edit` turns one look into another. So an
edit, or a chain of edits, has one right answer, pixel by pixel.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import PIL.Image

from mini4o import chance
from mini4o.errors import DataError

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
HELD_OUT_PER_CLASS = 30  # in val and in test each: 300 + 300 scans, which leaves 1,197 to train on

INKS = {
    "black": (0, 0, 0),
    "red": (220, 30, 30),
    "green": (20, 150, 50),
    "blue": (30, 70, 220),
    "orange": (245, 140, 10),
}
NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}

Kind = Literal["recolour", "invert", "thicken", "shift", "make_it"]
TRAINING_SHARE: dict[Kind, float] = {"recolour": 0.25, "invert": 0.2, "thicken": 0.2, "shift": 0.15, "make_it": 0.2}

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """One picture: version `variant` of scan `scan` (0 is the scan as it is), which shows `digit`, and how it is shown.

    `inverted` paper is black instead of white; black ink is white on it, coloured ink keeps its colour.
    `dx`, `dy` count steps of an eighth of the picture to the right and down.
    """

    scan: int
    digit: int
    variant: int = 0
    ink: str = "black"
    inverted: bool = False
    thick: bool = False
    dx: int = 0
    dy: int = 0

    @property
    def name(self) -> str:
        """A file name that tells every look from every other."""
        parts = [f"{self.scan:04d}", f"d{self.digit}", f"v{self.variant}", self.ink]
        parts += ["inverted"] * self.inverted + ["thick"] * self.thick
        parts += [f"x{self.dx:+d}"] * bool(self.dx) + [f"y{self.dy:+d}"] * bool(self.dy)
        return "-".join(parts) + ".png"

    @property
    def colour(self) -> str:
        """The colour that the digit is seen in."""
        return "white" if self.inverted and self.ink == "black" else self.ink

    @property
    def words(self) -> str:
        """What it shows, in words: `7, white on black, thick, left`."""
        words = [str(self.digit), self.colour + " on black" * self.inverted] + ["thick"] * self.thick
        words += [
            name for name, (dx, dy) in DIRECTIONS.items() if (dx and dx * self.dx > 0) or (dy and dy * self.dy > 0)
        ]
        return ", ".join(words)


@dataclass(frozen=True)
class Edit:
    """One instruction: a kind and, where the kind needs it, a goal (a colour, a direction, a digit)."""

    kind: Kind
    to: str = ""


class Digits:
    """The scans, their fixed split, and the pictures made of them.

    `scans` is (1797, 8, 8) with ink from 0 to 1; `labels` is (1797,); `split` maps each split to its scan numbers in
    rising order. `seed` fixes the split and the shape of every variant; `size` is the side of a picture in pixels.

    Raises:
        DataError: scikit-learn is not installed, or `size` is too small.
    """

    def __init__(self, seed: int = 0, size: int = 32) -> None:
        if size < 16:
            raise DataError(f"digits: size {size} is too small; pictures have at least 16 pixels a side")
        try:
            from sklearn.datasets import load_digits
        except ImportError:
            raise DataError("the digits need scikit-learn: pip install 'mini4o[digits]'") from None
        data = load_digits()
        self.seed, self.size = seed, size
        self.scans: Floats = (data.images / 16).astype(np.float32)
        self.labels: npt.NDArray[np.int64] = data.target.astype(np.int64)
        self.split = self._split()
        self._nearest: dict[tuple[int, int], int] = {}

    def _split(self) -> dict[Split, list[int]]:
        parts: dict[Split, list[int]] = {name: [] for name in SPLITS}
        for digit in range(10):
            members = [scan for scan in range(len(self.labels)) if self.labels[scan] == digit]
            shuffled = sorted(members, key=lambda scan: chance.derive(self.seed, "digits/split", scan))
            parts["val"] += shuffled[:HELD_OUT_PER_CLASS]
            parts["test"] += shuffled[HELD_OUT_PER_CLASS : 2 * HELD_OUT_PER_CLASS]
            parts["train"] += shuffled[2 * HELD_OUT_PER_CLASS :]
        return {name: sorted(scans) for name, scans in parts.items()}

    def look(self, scan: int, variant: int = 0) -> Look:
        """The black-on-white picture of a scan."""
        return Look(scan, int(self.labels[scan]), variant)

    def nearest(self, scan: int, digit: int) -> int:
        """The training scan of `digit` that is nearest to `scan` in squared pixel distance of the scans."""
        if (scan, digit) not in self._nearest:
            members = [other for other in self.split["train"] if self.labels[other] == digit]
            distance = ((self.scans[members] - self.scans[scan]) ** 2).sum(axis=(1, 2))
            self._nearest[scan, digit] = members[int(distance.argmin())]
        return self._nearest[scan, digit]

    def apply(self, edit: Edit, look: Look) -> Look:
        """What an edit makes of a look. `make_it`: the nearest training scan of the new digit, shown the same way."""
        if edit.kind == "recolour":
            return replace(look, ink=edit.to)
        if edit.kind == "invert":
            return replace(look, inverted=not look.inverted)
        if edit.kind == "thicken":
            return replace(look, thick=True)
        if edit.kind == "shift":
            dx, dy = DIRECTIONS[edit.to]
            return replace(look, dx=look.dx + dx, dy=look.dy + dy)
        return replace(look, scan=self.nearest(look.scan, int(edit.to)), digit=int(edit.to), variant=0)

    def render(self, look: Look) -> PIL.Image.Image:
        """The RGB picture of a look, `size` x `size`."""
        ink = _place(self.scans[look.scan], self.size, *self._shape(look))
        if look.thick:
            ink = thicken(ink, max(1, self.size // 32))
        ink = shift(ink, look.dx * (self.size // 8), look.dy * (self.size // 8))
        colour = (255, 255, 255) if look.inverted and look.ink == "black" else INKS[look.ink]
        return PIL.Image.fromarray(paint(ink, colour, (0, 0, 0) if look.inverted else (255, 255, 255)))

    def _shape(self, look: Look) -> tuple[float, float, float, float, float]:
        """Rotation and slant in radians, scale, and the place of the centre in 32nds of the side, right and down."""
        if look.variant == 0:
            return 0.0, 0.0, 1.0, 0.0, 0.0
        key = (self.seed, "digits/variant", look.scan, look.variant)
        turn, slant, scale, right, down = (2 * chance.uniform(*key, axis) - 1 for axis in range(5))
        return math.radians(10 * turn), math.radians(6 * slant), 1 + 0.08 * scale, 1.5 * right, 1.5 * down


def possible_edits(look: Look) -> list[Edit]:
    """Every edit that changes this look and keeps it within one step of the middle."""
    edits = [Edit("recolour", ink) for ink in INKS if ink not in ("black", look.ink)] + [Edit("invert")]
    edits += [] if look.thick else [Edit("thicken")]
    for name, (dx, dy) in DIRECTIONS.items():
        if max(abs(look.dx + dx), abs(look.dy + dy)) <= 1:
            edits.append(Edit("shift", name))
    return edits + [Edit("make_it", str(digit)) for digit in range(10) if digit != look.digit]


def thicken(ink: Floats, pixels: int = 1) -> Floats:
    """Grey dilation of an ink map (height, width): each pixel takes the most ink within a disc of radius `pixels`."""
    height, width = ink.shape
    padded = np.pad(ink, pixels)
    steps = range(-pixels, pixels + 1)
    disc = [(x + pixels, y + pixels) for y in steps for x in steps if x * x + y * y <= pixels * pixels]
    most: Floats = np.stack([padded[y : y + height, x : x + width] for x, y in disc]).max(axis=0)
    return most


def shift(ink: Floats, right: int, down: int) -> Floats:
    """An ink map moved by whole pixels; no ink comes in from outside, and what leaves is gone."""
    height, width = ink.shape
    moved = np.zeros_like(ink)
    moved[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = ink[
        max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)
    ]
    return moved


def paint(ink: Floats, colour: Sequence[int], paper: Sequence[int]) -> npt.NDArray[np.uint8]:
    """An ink map from 0 (paper) to 1 (ink) as RGB, (height, width, 3)."""
    start, end = np.asarray(paper, dtype=np.float32), np.asarray(colour, dtype=np.float32)
    return np.rint(start + ink[..., None] * (end - start)).astype(np.uint8)


def _place(scan: Floats, size: int, turn: float, slant: float, scale: float, right: float, down: float) -> Floats:
    """An ink map (size, size): the 8x8 scan on three quarters of the side, interpolated once (bicubic)."""
    margin = 3  # zeros around the scan, so that strokes at its edge fade out as they do inside
    source = PIL.Image.fromarray(np.pad(scan, margin))
    step = len(scan) / (0.75 * size) / scale  # scan pixels for one pixel of the picture
    cos, sin, shear = math.cos(turn) * step, math.sin(turn) * step, math.tan(slant)
    a, b, c, d = cos, sin + shear * cos, -sin, cos - shear * sin
    x, y = size / 2 + right * size / 32, size / 2 + down * size / 32
    middle = margin + len(scan) / 2
    affine = (a, b, middle - a * x - b * y, c, d, middle - c * x - d * y)
    placed = source.transform((size, size), PIL.Image.Transform.AFFINE, affine, PIL.Image.Resampling.BICUBIC)
    return np.asarray(placed, dtype=np.float32).clip(0, 1)
