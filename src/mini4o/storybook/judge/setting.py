"""Which setting a picture shows, and the backdrop that goes with it."""

from functools import lru_cache
from typing import cast

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from mini4o.storybook.backdrop import VERSIONS, paint_backdrop
from mini4o.storybook.imagine import all_settings
from mini4o.storybook.judge.stamp import Floats
from mini4o.storybook.scene import Setting

_COARSE = 24  # settings are told apart by pictures with a shorter side of so many pixels
_ROUGH, _LIKELY = 12, 20  # of those that are nearest at so many pixels, so many
_CAST = 20.0  # all colours may be off by so much
_WRONG = 60.0  # a pixel further off than this is hidden by something; further still says no more


def nearest_setting(picture: Floats) -> tuple[Setting, int]:
    """The setting, and its version, whose backdrop is nearest to the picture `(height, width, 3)`.

    Nearest by the mean distance of pixels, cut off so that things in front of the backdrop weigh little.
    """
    page = PIL.Image.fromarray(picture.astype(np.uint8))
    likely = np.argsort(_distances(page, _ROUGH))[:_LIKELY]
    return _every_setting()[int(likely[_distances(page, _COARSE, likely).argmin()])]


def _distances(page: PIL.Image.Image, short: int, which: NDArray[np.int64] | None = None) -> Floats:
    """How far a page is from some backdrops, or from all, at a shorter side of so many pixels."""
    scale = short / min(page.size)
    size = max(1, round(scale * page.width)), max(1, round(scale * page.height))
    small = np.asarray(page.resize(size, PIL.Image.Resampling.BOX), dtype=np.float32).reshape(-1, 3).T
    off = (_backdrops(size) if which is None else _backdrops(size)[which]) - small
    middle = off.shape[-1] // 2
    off -= np.clip(np.partition(off, middle, axis=-1)[..., middle : middle + 1], -_CAST, _CAST)
    return cast(Floats, np.minimum(np.abs(off).sum(axis=1), 3 * _WRONG).mean(axis=1))


@lru_cache(maxsize=256)
def backdrop(setting: Setting, version: int, width: int, height: int) -> Floats:
    """The pixels of a backdrop, `(height, width, 3)`."""
    times = max(2, -(-192 // min(width, height)))
    return np.asarray(paint_backdrop(setting, version, width * times, height * times).reduce(times), dtype=np.float32)


@lru_cache(maxsize=1)
def _every_setting() -> list[tuple[Setting, int]]:
    """All settings with their versions."""
    return [(setting, version) for setting in all_settings() for version in range(VERSIONS)]


@lru_cache(maxsize=16)
def _backdrops(size: tuple[int, int]) -> Floats:
    """The backdrops of every setting, `(settings, 3, pixels)`."""
    pictures = [
        np.asarray(paint_backdrop(setting, version, size[0] * 8, size[1] * 8).reduce(8), dtype=np.float32)
        for setting, version in _every_setting()
    ]
    return np.stack([picture.reshape(-1, 3).T for picture in pictures])
