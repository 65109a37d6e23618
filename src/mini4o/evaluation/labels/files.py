"""The folder `labels/` of an examination: what is to be labelled by hand, written blind, and the labels read back.

`labels.jsonl` has a line for each claim, in the order of the sheets:

    {"picture": "test-edit_add-en-3-1.png", "number": 17, "claim": "a red ball", "label": null}

What the judge says stands nowhere. `label` is to become true or false; null stays where it cannot be told.
"""

import json
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, StrictBool, ValidationError

from mini4o.chance import derive
from mini4o.conversation.images import load_image, save_png
from mini4o.errors import DataError, first_problem
from mini4o.evaluation.labels.choice import choose, pictures_of
from mini4o.evaluation.labels.claimed import judged_again
from mini4o.evaluation.labels.sheets import Entry, sheets
from mini4o.evaluation.storybook.exam import Exam
from mini4o.evaluation.storybook.record import LABELS, PICTURES, Record

FILE = "labels.jsonl"


class Label(BaseModel):
    """A claim about a picture: whether it holds is `label`; None: not filled in, or it cannot be told."""

    picture: str
    number: Annotated[int, Field(ge=1)]
    claim: str
    label: StrictBool | None


def write_labels(
    exam: Exam, record: Record, place: Path, count: int, seed: int, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Writes what is to be labelled: `labels.jsonl`, `sheet-01.png` …, and the pictures as they are in `pictures/`.

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
    (place / PICTURES).mkdir(parents=True)
    entries, labels = [], []
    for number, (_, _, name, judgement) in enumerate(found, start=1):
        picture = load_image(record.folder / PICTURES / name)
        save_png(picture, place / PICTURES / _copied(number))
        words = tuple(claim.words for claim in judgement.claims)
        entries.append(Entry(number, tuple(filter(None, (judgement.before, picture))), words))
        labels += [Label(picture=name, number=number, claim=claim, label=None) for claim in words]
    made = sheets(entries)
    for number, sheet in enumerate(made, start=1):
        save_png(sheet, place / f"sheet-{number:02}.png")
    lines = [json.dumps(label.model_dump(), ensure_ascii=False) + "\n" for label in labels]
    (place / FILE).write_text("".join(lines), encoding="utf-8")
    return {"pictures": len(entries), "claims": len(labels), "sheets": len(made)}


def read_labels(folder: Path) -> dict[str, list[Label]]:
    """The labels in the folder of an examination, by picture, in the order of their claims; nothing if there are none.

    Raises:
        DataError: a line is not what it should be, or they are of other pictures; says which.
    """
    file = folder / LABELS / FILE
    if not file.is_file():
        return {}
    labels = []
    for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), start=1):
        try:
            labels.append(Label.model_validate_json(line))
        except ValidationError as error:
            raise DataError(
                f"{file}, line {number}: {first_problem(error)}; a line is as it was written, and its label is true, "
                "false, or null where it cannot be told"
            ) from None
    found = {}
    for (picture, number), some in groupby(labels, key=lambda label: (label.picture, label.number)):
        one, other = folder / PICTURES / picture, folder / LABELS / PICTURES / _copied(number)
        if not (one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()) or picture in found:
            raise DataError(f"{file}: {picture}, number {number}, is not the picture that was labelled")
        found[picture] = list(some)
    return found


def _copied(number: int) -> str:
    """The name of a picture among those to be labelled."""
    return f"{number:03}.png"
