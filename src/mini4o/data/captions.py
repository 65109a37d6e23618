"""The captions of data sets, for a text encoder to be run over."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mini4o.conversation.captions import caption_of
from mini4o.data.readers import Teaches
from mini4o.data.shards import open_data
from mini4o.errors import DataError


def captions(files: Sequence[Path]) -> Iterator[str]:
    """The captions of all drawings that have one, file after file.

    Raises:
        DataError: a file cannot be read, or nothing in it has a caption.
    """
    for path in files:
        data = open_data(path)
        numbers = [number for number, found in enumerate(data.teaches) if found & Teaches.CAPTIONED]
        if not numbers:
            raise DataError(f"{path}: none of its {len(data)} conversations is one drawing, asked for with words alone")
        for number in numbers:
            caption = caption_of(data[number].conversation)
            assert caption is not None  # as when it was opened
            yield caption
