"""Contact sheets: pictures large enough to be labelled, each with its number and what is claimed of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

ROWS = 3
COLUMNS = {1: 4, 2: 2}  # of a sheet whose entries have so many pictures each: about a megapixel, a screenful
CELL = 256  # pixels that a picture may take
_GAP, _LINE, _SIZE = 14, 17, 14  # pixels: between entries, a line of text, its letters


@dataclass(frozen=True)
class Entry:
    """What stands in one place of a sheet: a number, one picture or those before and after an edit, and claims."""

    number: int
    pictures: tuple[PIL.Image.Image, ...]
    claims: tuple[str, ...]


def lettered(claims: Sequence[str]) -> list[str]:
    """Claims with the letters by which they are told apart: "a) exactly one dog", "b) no cake"."""
    return [f"{chr(ord('a') + number)}) {claim}" for number, claim in enumerate(claims)]


def sheets(entries: Sequence[Entry]) -> list[PIL.Image.Image]:
    """Sheets of 4x3 pictures, or 2x3 pairs of pictures, in the order of the entries."""
    made = []
    for wide, columns in COLUMNS.items():
        some = [entry for entry in entries if len(entry.pictures) == wide]
        made += [_sheet(some[start : start + columns * ROWS], wide) for start in range(0, len(some), columns * ROWS)]
    return made


def _sheet(entries: Sequence[Entry], wide: int) -> PIL.Image.Image:
    """One sheet of entries that have `wide` pictures each."""
    width = wide * CELL + (wide - 1) * _GAP
    shown = [_entry(entry, width) for entry in entries]
    columns = COLUMNS[wide]
    rows = [shown[start : start + columns] for start in range(0, len(shown), columns)]
    heights = [max(each.height for each in row) + _GAP for row in rows]
    sheet = PIL.Image.new("RGB", (columns * (width + _GAP) + _GAP, sum(heights) + _GAP), "white")
    for number, row in enumerate(rows):
        for column, each in enumerate(row):
            sheet.paste(each, (_GAP + column * (width + _GAP), _GAP + sum(heights[:number])))
    return sheet


def _entry(entry: Entry, width: int) -> PIL.Image.Image:
    """The number over its pictures, and the claims under them."""
    font = PIL.ImageFont.load_default(_SIZE)
    pictures = [_enlarged(picture) for picture in entry.pictures]
    lines = [line for claim in lettered(entry.claims) for line in _wrapped(claim, font, width)]
    top = _LINE + max(picture.height for picture in pictures) + _GAP // 2
    shown = PIL.Image.new("RGB", (width, top + _LINE * len(lines) + _GAP // 2), "white")
    draw = PIL.ImageDraw.Draw(shown)
    draw.text((0, 0), str(entry.number), fill="#b3261e", font=font)
    for place, picture in enumerate(pictures):
        left = place * (CELL + _GAP)
        shown.paste(picture, (left, _LINE))
        if len(pictures) == 2:
            draw.text((left + 2 * _LINE, 0), ("before", "after")[place], fill="#77716a", font=font)
    for number, line in enumerate(lines):
        draw.text((0, top + number * _LINE), line, fill="black", font=font)
    return shown


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
            lines.append(f"    {word}")
        else:
            lines[-1] = longer
    return lines
