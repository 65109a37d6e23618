"""The sizes a model draws: which one a drawing gets, and how a picture is brought to it."""

from collections.abc import Sequence

import PIL.Image
import PIL.ImageOps

from mini4o.errors import ConversationError

Size = tuple[int, int]  # width, height in pixels


def choose(listed: Sequence[Size], wanted: Size | None, like: PIL.Image.Image | None) -> Size:
    """A listed size: the wanted one, else the one nearest in shape to a picture, else the first.

    Raises:
        ConversationError: the wanted size is not listed.
    """
    if wanted is not None:
        if tuple(wanted) not in listed:
            names = ", ".join(f"{width}x{height}" for width, height in listed)
            raise ConversationError(f"this model does not draw {wanted[0]}x{wanted[1]}; it draws {names}")
        return wanted
    if like is None:
        return listed[0]
    shape = like.width / like.height
    return min(listed, key=lambda size: max(size[0] / size[1] / shape, shape * size[1] / size[0]))


def fit(picture: PIL.Image.Image, size: Size) -> PIL.Image.Image:
    """The picture at `size`: scaled to cover it and cut at the middle; untouched if it has that size."""
    if picture.size == size:
        return picture
    return PIL.ImageOps.fit(picture, size, PIL.Image.Resampling.BICUBIC)
