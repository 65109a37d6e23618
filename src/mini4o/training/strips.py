"""Drawings as training goes: a strip of pictures for each preview, and all previews so far as one picture."""

import re
from collections.abc import Sequence
from pathlib import Path

import PIL.Image
import PIL.ImageDraw

from mini4o.conversation.images import load_image, save_png

CELL, GAP, TOP = 96, 6, 16  # pixels: a picture, what is between two of them, the heads
MOST = 10  # previews that `progress.png` shows
PROGRESS = "progress.png"
_PAPER = "#e8e8e8"
_INPUT, _OUTPUT, _TARGET = range(3)  # the columns of a strip
_NAME = re.compile(r"(\d+)-(\w+)\.png")


def strip(
    rows: Sequence[Sequence[PIL.Image.Image | None]], heads: Sequence[str] = ("input", "output", "target")
) -> PIL.Image.Image:
    """Pictures in rows under their heads; an empty cell where there is none."""
    size = len(heads) * (CELL + GAP) + GAP, len(rows) * (CELL + GAP) + TOP + GAP
    sheet = PIL.Image.new("RGB", size, _PAPER)
    draw = PIL.ImageDraw.Draw(sheet)
    for column, head in enumerate(heads):
        draw.text((GAP + column * (CELL + GAP), 2), head, fill="#333333")
    for line, row in enumerate(rows):
        for column, picture in enumerate(row):
            if picture is not None:
                scale = CELL / max(picture.size)
                # Enlarged by less than two, squares would be of two sizes.
                way = PIL.Image.Resampling.NEAREST if scale >= 2 else PIL.Image.Resampling.LANCZOS
                size = round(picture.width * scale), round(picture.height * scale)
                sheet.paste(picture.resize(size, way), _corner(column, line))
    return sheet


def write_progress(folder: Path) -> None:
    """Writes `progress.png` into a run's folder from the strips in `samples/`: a row for each request, and from left to
    right its input if any has one, what was drawn after each of up to 10 previews, evenly chosen from the first to the
    latest, and its target. Without strips there is no such picture.

    Strips of another number of rows than the latest one's are left out: they show other requests.
    """
    shown = [(f"{stage} {step}", load_image(path)) for step, stage, path in _strips(folder)]
    if not shown:
        (folder / PROGRESS).unlink(missing_ok=True)
        return
    latest = shown[-1][1]
    shown = [(head, each) for head, each in shown if each.size == latest.size]
    chosen = sorted({round(number * (len(shown) - 1) / (MOST - 1)) for number in range(MOST)})
    columns = [(shown[n][0], _column(shown[n][1], _OUTPUT)) for n in chosen]
    columns.append(("target", _column(latest, _TARGET)))
    given = _column(latest, _INPUT)
    empty = PIL.Image.new("RGB", (CELL, CELL), _PAPER).tobytes()
    if any(cell.tobytes() != empty for cell in given):
        columns.insert(0, ("input", given))
    rows = list(zip(*(cells for _, cells in columns), strict=True))
    save_png(strip(rows, [head for head, _ in columns]), folder / PROGRESS)


def forget_after(folder: Path, done: int) -> None:
    """Takes away the strips of steps after `done`, which a run that goes on from there will draw anew."""
    for step, _, path in _strips(folder):
        if step > done:
            path.unlink()
    write_progress(folder)


def _strips(folder: Path) -> list[tuple[int, str, Path]]:
    """(step over all, stage, file) of all strips, in their order."""
    named = [(_NAME.fullmatch(path.name), path) for path in (folder / "samples").glob("*.png")]
    return sorted((int(name[1]), name[2], path) for name, path in named if name)


def _column(strip: PIL.Image.Image, column: int) -> list[PIL.Image.Image]:
    """The cells of a column, from top to bottom."""
    corners = [_corner(column, line) for line in range((strip.height - TOP - GAP) // (CELL + GAP))]
    return [strip.crop((left, top, left + CELL, top + CELL)) for left, top in corners]


def _corner(column: int, line: int) -> tuple[int, int]:
    """The left upper corner of a cell."""
    return GAP + column * (CELL + GAP), TOP + GAP // 2 + line * (CELL + GAP)
