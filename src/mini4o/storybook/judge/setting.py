"""Which setting a picture shows, and the backdrop that goes with it."""

from functools import lru_cache

import numpy as np
import PIL.Image

from mini4o.storybook.backdrop import VERSIONS, paint_backdrop
from mini4o.storybook.imagine import all_settings
from mini4o.storybook.judge.stamp import Floats
from mini4o.storybook.scene import Setting

_COARSE = 24  # settings are told apart by pictures with a shorter side of so many pixels
_CAST = 20.0  # all colours may be off by so much
_WRONG = 60.0  # a pixel further off than this is hidden by something; further still says no more


def nearest_setting(picture: Floats) -> tuple[Setting, int]:
    """The setting, and its version, whose backdrop is nearest to the picture `(height, width, 3)`.

    Nearest by the mean distance of pixels, cut off so that things in front of the backdrop weigh little.
    """
    height, width = picture.shape[:2]
    size = _coarse_size(width, height)
    small = PIL.Image.fromarray(picture.astype(np.uint8)).resize(size, PIL.Image.Resampling.BOX)
    settings, backdrops = _backdrops(size)
    off = backdrops - np.asarray(small, dtype=np.float32)
    off -= np.clip(np.median(off, axis=(1, 2), keepdims=True), -_CAST, _CAST)
    distance = np.abs(off).sum(axis=-1)
    return settings[int(np.minimum(distance, 3 * _WRONG).mean(axis=(1, 2)).argmin())]


@lru_cache(maxsize=32)
def backdrop(setting: Setting, version: int, width: int, height: int) -> Floats:
    """The pixels of a backdrop, `(height, width, 3)`."""
    times = max(2, -(-192 // min(width, height)))
    return np.asarray(paint_backdrop(setting, version, width * times, height * times).reduce(times), dtype=np.float32)


def _coarse_size(width: int, height: int) -> tuple[int, int]:
    short = min(width, height)
    return max(1, round(_COARSE * width / short)), max(1, round(_COARSE * height / short))


@lru_cache(maxsize=8)
def _backdrops(size: tuple[int, int]) -> tuple[list[tuple[Setting, int]], Floats]:
    settings = [(setting, version) for setting in all_settings() for version in range(VERSIONS)]
    pictures = [
        np.asarray(paint_backdrop(setting, version, size[0] * 8, size[1] * 8).reduce(8), dtype=np.float32)
        for setting, version in settings
    ]
    return settings, np.stack(pictures)
