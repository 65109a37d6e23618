"""Contact sheets: pictures large enough to be labelled, each with its number and what is claimed of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

ROWS = 4
COLUMNS = {1: 5, 2: 3}  # of a sheet whose entries have so many pictures each
CELL = 240  # pixels that a picture may take
_GAP, _LINE, _SIZE = 14, 17, 13  # pixels: between entries, a line of text, its letters


@dataclass(frozen=True)
class Entry:
    """What stands in one place of a sheet: a number, one picture or those before and after an edit, and claims."""

    number: int
    pictures: tuple[PIL.Image.Image, ...]
    claims: tuple[str, ...]


def sheets(entries: Sequence[Entry]) -> list[PIL.Image.Image]:
    """Sheets of 5x4 pictures, or 3x4 pairs of pictures, in the order of the entries."""
    made = []
    for wide, columns in COLUMNS.items():
        some = [entry for entry in entries if len(entry.pictures) == wide]
        made += [_sheet(some[start : start + columns * ROWS], wide) for start in range(0, len(some), columns * ROWS)]
    return made


def _sheet(entries: Sequence[Entry], wide: int) -> PIL.Image.Image:
    """One sheet of entries that have `wide` pictures each."""
    font = PIL.ImageFont.load_default(_SIZE)
    columns = COLUMNS[wide]
    width = wide * CELL + (wide - 1) * _GAP
    lines = [[part for claim in entry.claims for part in _wrapped(f"– {claim}", font, width)] for entry in entries]
    rows = [range(start, min(start + columns, len(entries))) for start in range(0, len(entries), columns)]
    heights = [_LINE + CELL + _LINE * max(len(lines[n]) for n in row) + 2 * _GAP for row in rows]
    sheet = PIL.Image.new("RGB", (columns * (width + _GAP) + _GAP, sum(heights) + _GAP), "white")
    draw = PIL.ImageDraw.Draw(sheet)
    top = _GAP
    for row, height in zip(rows, heights, strict=True):
        for column, n in enumerate(row):
            left = _GAP + column * (width + _GAP)
            draw.text((left, top), str(entries[n].number), fill="#b3261e", font=font)
            for place, picture in enumerate(entries[n].pictures):
                x = left + place * (CELL + _GAP)
                if wide == 2:
                    draw.text((x + 40, top), ("before", "after")[place], fill="#77716a", font=font)
                sheet.paste(_enlarged(picture), (x, top + _LINE))
            for number, line in enumerate(lines[n]):
                draw.text((left, top + _LINE + CELL + 4 + number * _LINE), line, fill="black", font=font)
        top += height
    return sheet


def _enlarged(picture: PIL.Image.Image) -> PIL.Image.Image:
    """As large as fits: small pictures a whole number of times, so that every pixel stays a square."""
    longest = max(picture.size)
    scale = CELL // longest if longest <= CELL else CELL / longest
    size = round(picture.width * scale), round(picture.height * scale)
    return picture.resize(size, PIL.Image.Resampling.NEAREST if scale >= 1 else PIL.Image.Resampling.BOX)


def _wrapped(text: str, font: PIL.ImageFont.FreeTypeFont | PIL.ImageFont.ImageFont, width: int) -> list[str]:
    """A text in lines of up to `width` pixels; further lines are indented."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and font.getlength(longer) > width:
            lines.append(f"   {word}")
        else:
            lines[-1] = longer
    return lines
