"""Folders that appear whole or not at all."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError

from mini4o.errors import CheckpointError

_OS_ERROR = re.compile(r"os error (\d+)")


def write_aside(folder: Path, write: Callable[[Path], None], advice: str = "free some space and save again") -> None:
    """Call `write` on a new folder beside `folder`, then rename it into place; whatever was there before goes last.

    Args:
        advice: what the error says is to be done.

    Raises:
        CheckpointError: the disk is full or refuses; what was there before is untouched and nothing is left behind.
    """
    folder = Path(os.path.abspath(folder))
    aside = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    before = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        write(aside)
        if folder.exists():
            folder.rename(before)
        aside.rename(folder)
    except BaseException as error:
        shutil.rmtree(aside, ignore_errors=True)
        if before.exists() and not folder.exists():
            before.rename(folder)
        # `tokenizers` raises a plain Exception for what the system refuses.
        if not (isinstance(error, OSError | SafetensorError | RuntimeError) or _OS_ERROR.search(str(error))):
            raise
        raise CheckpointError(f"{folder}: could not be written ({_reason(error)}); {advice}") from None
    shutil.rmtree(before, ignore_errors=True)


def _reason(error: BaseException) -> str:
    """What the system says, without the names of files that are there only while a folder is written."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    number = _OS_ERROR.search(str(error))
    return os.strerror(int(number[1])) if number else " ".join(str(error).split())
