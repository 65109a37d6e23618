"""The report of an examination that is through, as plain JSON values: tables, page and comparisons are made of it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from mini4o.errors import DataError
from mini4o.evaluation.hashes import digest
from mini4o.evaluation.storybook.exam import Exam, family_of
from mini4o.evaluation.storybook.examine import name_of
from mini4o.evaluation.storybook.gallery import gallery
from mini4o.evaluation.storybook.record import JUDGE, SAMPLES, Record, read_record
from mini4o.evaluation.storybook.scores import marks_of, scores
from mini4o.evaluation.storybook.settings import FORMAT

CANDIDATES = ("model", "blind", "majority", "copy", "truth")


def report(exam: Exam, record: Record) -> dict[str, Any]:
    """The report of a record that holds every sample; the pictures of the gallery are written beside those that the
    model drew.

    Returns:
        The settings; `prompts`, a hash of all that was asked, by split; the judge's two error rates, `judge`; `scores`
        by split, family, row, candidate, mark and language; the model's `marks` by sample; the `gallery`; how often and
        why a turn could not be taken, `refused`; the `seconds` of one core that it took, by family.
    """
    lines = [record.lines[name_of(key)] for key in exam]  # in their own order, however they were done
    seconds: Counter[str] = Counter()
    for line in lines:
        seconds[family_of(line["sample"].split("/")[1])] += line["seconds"]
    asked = {name for line in lines for name in line["rows"]}
    return {
        **record.settings,
        "prompts": {
            split: digest(*(line["asked"] for line in lines if line["sample"].startswith(f"{split}/")))
            for split in exam.splits
        },
        "candidates": [name for name in CANDIDATES if name in asked],
        "judge": {name: value for name, value in record.lines.get(JUDGE, {}).items() if name != "sample"} or None,
        "scores": scores(lines),
        "marks": marks_of(lines, "model"),
        "gallery": gallery(exam, lines, record.folder),
        "refused": Counter(reason for line in lines for reason in line.get("refused", ())),
        "seconds": {family: round(spent, 1) for family, spent in seconds.items()},
    }


def read_report(folder: Path) -> dict[str, Any]:
    """The report in a folder, or the file itself.

    Raises:
        DataError: there is none, or the examination is not through; says how far it came.
    """
    file = folder / "report.json" if folder.is_dir() else folder
    if not file.is_file():
        if (folder / SAMPLES).is_file():
            settings, done = read_record(folder)
            raise DataError(f"{folder}: {_unfinished(settings, len(done.keys() - {JUDGE}))}")
        raise DataError(f"{folder}: there is no report.json; `mini4o eval storybook -o {folder}` makes one")
    try:
        result = json.loads(file.read_text("utf-8"))
        number = int(result["format"])
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{file}: not a report of `mini4o eval storybook`, or damaged; make it again") from None
    if number != FORMAT:
        raise DataError(f"{file}: a report of format {number}, not {FORMAT}; make it again with this version")
    return dict(result)


def _unfinished(settings: dict[str, Any], done: int) -> str:
    try:
        whole = len(settings["splits"]) * len(settings["parts"]) * settings["count"]
    except KeyError:
        whole = 0
    return f"an unfinished examination, {done} of {whole or '?'} samples; repeat its `mini4o eval storybook` to go on"
