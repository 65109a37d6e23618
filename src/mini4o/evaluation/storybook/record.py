"""What came of every sample, kept in the folder as the examination goes: so an interrupted one goes on where it was.

`samples.jsonl` begins with a line of the settings. Each further line is one sample, written when it is whole; what the
model drew lies as PNG in `pictures/`. A report is made of nothing else.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from mini4o.conversation.images import save_png
from mini4o.errors import DataError
from mini4o.evaluation.storybook.examine import Line, Pictures
from mini4o.evaluation.storybook.settings import check_same

SAMPLES, PICTURES = "samples.jsonl", "pictures"
LABELS = "labels"  # the folder of what people say of the pictures
REPORTS = ("report.html", "report.json", "report.md")
JUDGE = "judge"  # the name of the line that holds the judge's own errors


class Record:
    """The record in a folder. It is begun there, or goes on if one with the same settings was begun.

    Attributes:
        lines: the samples that are through, by name.

    Raises:
        DataError: the record in the folder has other settings.
    """

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        self._file = folder / SAMPLES
        if self._file.exists():
            begun, self.lines = read_record(folder)
        else:
            begun, self.lines = {}, {}
        if begun:
            check_same(begun, settings, folder)
        self.settings = begun or settings
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        if not begun:
            self._file.write_text(_line(settings), encoding="utf-8")
        else:
            _cut(self._file)

    def add(self, line: Line, pictures: Pictures) -> None:
        """A sample that is through; its pictures are written first."""
        for name, picture in pictures.items():
            save_png(picture, self.folder / PICTURES / name)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(_line(line))
        self.lines[line["sample"]] = line


def read_record(folder: Path) -> tuple[dict[str, Any], dict[str, Line]]:
    """Settings and samples of a record; a last line that was cut short does not count. Without a whole first line there
    are no settings.

    Raises:
        DataError: a line is not what it should be.
    """
    whole = (folder / SAMPLES).read_text("utf-8").split("\n")[:-1]
    try:
        settings, *lines = [json.loads(line) for line in whole] or [{}]
        return settings, {line["sample"]: line for line in lines}
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{folder / SAMPLES}: damaged; begin anew with --overwrite") from None


def clear(folder: Path) -> None:
    """Takes an examination out of a folder, the report first: what is left is never taken for a whole one.

    Raises:
        DataError: its pictures are labelled by hand, which must not be lost unawares.
    """
    if (folder / LABELS).exists():
        raise DataError(f"{folder / LABELS}: belongs to the pictures that would be overwritten; move it away first")
    for name in (*REPORTS, SAMPLES):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / PICTURES, ignore_errors=True)


def _cut(file: Path) -> None:
    """Takes off a last line that was not written whole."""
    data = file.read_bytes()
    os.truncate(file, data.rfind(b"\n") + 1)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
