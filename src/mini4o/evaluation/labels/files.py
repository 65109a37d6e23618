"""The folder `labels/` of an examination: what is to be labelled by hand, written blind, and the labels read back.

`labels.txt` has a line for each picture, in the order of the sheets: its number, a mark for each claim, the claims, and
which picture it is, by name and hash. What the judge says stands nowhere.

     17  ..        a) a red ball | b) everything else is as it was before   test-edit_add-en-3-1.png 5e1f03ab
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mini4o.chance import derive
from mini4o.conversation.images import load_image, save_png
from mini4o.errors import DataError
from mini4o.evaluation.labels.choice import choose, pictures_of
from mini4o.evaluation.labels.claimed import judged_again
from mini4o.evaluation.labels.sheets import Entry, lettered, sheets
from mini4o.evaluation.storybook.exam import Exam
from mini4o.evaluation.storybook.record import LABELS, PICTURES, Record

FILE = "labels.txt"
MARKS: dict[str, bool | None] = {"y": True, "n": False, "?": None}
OPEN = "."  # in the place of a mark that is to be given

_HELP = """\
# The sheets show each picture by its number, with its claims by letters. In place of each dot write, claim by claim,
#   y  it holds      n  it does not      ?  a careful person could not tell
# and leave the rest of a line as it is. A claim holds if it is to be seen: "exactly one red ball" does not mind other
# things, nor balls of another colour. "Everything else is as it was before" if nothing else came, went, moved or turned
# into something else; a little blur or noise does not matter, nor where a new thing was put. docs/storybook.md shows
# all kinds in their states and sizes, and all settings.
"""
_LINE = re.compile(r"\s*(\d+)\s+([yn?.]+)\s+(a\) .*\S)\s+(\S+\.png) ([0-9a-f]{8})\s*")


@dataclass(frozen=True)
class Labelled:
    """A line of the file: what was said of one picture.

    Attributes:
        number: on the sheets.
        marks: one a claim: `y`, `n`, `?`, or `.` where there is none yet.
        claims: with their letters.
        picture: its file in the examination.
    """

    number: int
    marks: str
    claims: tuple[str, ...]
    picture: str


def write_labels(
    exam: Exam, record: Record, place: Path, count: int, seed: int, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Writes what is to be labelled: `labels.txt`, `sheet-01.png` …

    One picture is taken of a sample that has several. Numbers and sheets are in an order by chance, edits after
    drawings.

    Args:
        exam, record: the examination, which is through.
        place: the folder to write into; it is made.
        count: pictures.
        seed: chooses them.
        progress: called with how many are done and how many there are.

    Returns:
        How many `pictures`, `claims` and `sheets` there are.

    Raises:
        DataError: the model drew nothing; or see `judged_again`.
    """
    chosen = choose(record.lines.values(), count, seed)
    if not chosen:
        raise DataError(f"{record.folder}: no model drew anything in this examination that could be labelled")
    found = []
    for done, line in enumerate(chosen, start=1):
        names = pictures_of(line)
        name = names[derive(seed, "picture to label", line["sample"]) % len(names)]
        judgement = judged_again(exam, line, record.folder)[name]
        found.append((judgement.before is not None, derive(seed, "order of labels", line["sample"]), name, judgement))
        if progress is not None:
            progress(done, len(chosen))
    found.sort(key=lambda each: each[:2])
    entries, lines = [], []
    for number, (_, _, name, judgement) in enumerate(found, start=1):
        words = tuple(claim.words for claim in judgement.claims)
        file = record.folder / PICTURES / name
        entries.append(Entry(number, tuple(filter(None, (judgement.before, load_image(file)))), words))
        lines.append(f"{number:>3}  {OPEN * len(words):<8}  {' | '.join(lettered(words))}   {name} {_hash(file)}\n")
    made = sheets(entries)
    place.mkdir(parents=True)
    for number, sheet in enumerate(made, start=1):
        save_png(sheet, place / f"sheet-{number:02}.png")
    (place / FILE).write_text("".join((_HELP, "\n", *lines)), encoding="utf-8")
    return {"pictures": len(entries), "claims": sum(len(entry.claims) for entry in entries), "sheets": len(made)}


def read_labels(folder: Path) -> list[Labelled]:
    """The labels in the folder of an examination, as they stand; nothing if there are none.

    Raises:
        DataError: a line is not what it should be, or of another picture; says which.
    """
    file = folder / LABELS / FILE
    if not file.is_file():
        return []
    found: dict[str, Labelled] = {}
    for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise DataError(
                f"{file}, line {number}: after the number y, n, ? or . for each claim and nothing between them, and "
                "the rest as it was written"
            )
        told = Labelled(int(parts[1]), parts[2], tuple(parts[3].split(" | ")), parts[4])
        if len(told.marks) != len(told.claims):
            raise DataError(f"{file}, line {number}: {len(told.marks)} marks for {len(told.claims)} claims")
        picture = folder / PICTURES / told.picture
        if told.picture in found or not picture.is_file() or _hash(picture) != parts[5]:
            raise DataError(f"{file}, line {number}: {told.picture} is not the picture that was to be labelled")
        found[told.picture] = told
    return list(found.values())


def _hash(picture: Path) -> str:
    return hashlib.sha256(picture.read_bytes()).hexdigest()[:8]
