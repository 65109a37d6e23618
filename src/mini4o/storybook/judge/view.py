"""A picture as the judge works on it: beside its backdrop, with what is already told marked as no longer free."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import PIL.Image

from mini4o.storybook.judge.setting import backdrop
from mini4o.storybook.judge.stamp import Floats, softened
from mini4o.storybook.scene import Setting

FAR = 110.0  # a pixel this far (RGB distance) from what was predicted is plainly something else
_CAST = 40.0  # a channel may be off by so much
_BACKDROP = 60.0  # a pixel this near (RGB distance) to the backdrop shows it
_FRAME = 0.6  # the view goes on so far beyond the page (shorter sides), so that stamps at its edge need no care


@dataclass(frozen=True)
class View:
    """A picture and what it may be compared with. All maps have a frame around the page, of which nothing is free.

    Attributes:
        pixels: `(3, height, width)`, 0 to 255.
        behind: the backdrop, same shape.
        free: `(height, width)`, 1 where a pixel is not yet known to show some thing in front.
        frame: pixels of the frame.
        size: width and height of the page in pixels.
        soft: whether pixels are softened, so that stamps have to be too.
    """

    pixels: Floats
    behind: Floats
    free: Floats
    frame: int
    size: tuple[int, int]
    soft: bool

    @property
    def unit(self) -> float:
        """Pixels a page unit."""
        return min(self.size) / 100

    @cached_property
    def empty(self) -> Floats:
        """How much of each pixel shows what is behind, `(height, width)` from 0 to 1."""
        error = ((self.pixels - self.behind) ** 2).sum(axis=0)
        shown: Floats = np.maximum(1 - error / FAR**2, 0)
        return shown


def look_at(picture: PIL.Image.Image, setting: Setting, version: int, soft: bool = True) -> View:
    """The view of an RGB picture that shows this backdrop."""
    frame = round(_FRAME * min(picture.size))
    pixels, behind = (
        np.moveaxis(each, -1, 0)
        for each in (np.asarray(picture, dtype=np.float32), backdrop(setting, version, *picture.size))
    )
    pixels = _recoloured(pixels, behind)
    if soft:
        pixels, behind = softened(pixels), softened(behind)
    pad = ((0, 0), (frame, frame), (frame, frame))
    free = np.pad(np.ones(pixels.shape[1:], np.float32), frame)
    return View(np.pad(pixels, pad, mode="edge"), np.pad(behind, pad, mode="edge"), free, frame, picture.size, soft)


def _recoloured(pixels: Floats, behind: Floats) -> Floats:
    """The picture `(3, h, w)` without a cast of colour, which codecs and models may give it.

    The cast is how much it differs from its backdrop, on the mean, where it does not differ much.
    """
    off = pixels - behind
    cast = np.clip(np.median(off, axis=(1, 2)), -_CAST, _CAST)
    shown = ((off - cast[:, None, None]) ** 2).sum(axis=0) < _BACKDROP**2
    if shown.mean() > 0.1:
        cast = np.clip(off[:, shown].mean(axis=1), -_CAST, _CAST)
    freed: Floats = np.clip(pixels - cast[:, None, None], 0, 255)
    return freed
