"""Reports side by side: what differs between models, and whether that may be chance.

A difference of two shares has the interval of R. G. Newcombe (Statistics in Medicine 17, 1998, p. 2635, method 10, and
p. 873): made of those of the shares, and narrower the more the two models are right on the same samples, if both were
asked the same. It is significant if 0 is outside.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mini4o.errors import DataError
from mini4o.evaluation.shares import clustered, mean_interval, spread
from mini4o.evaluation.storybook.exam import CATEGORIES, CATEGORY, Family
from mini4o.evaluation.storybook.report import read_report
from mini4o.evaluation.storybook.scores import EVERY, OVERALL, read_marks
from mini4o.evaluation.storybook.tables import BESIDE, HEADS, cell, rows_of

ALIKE = ("world", "size")  # what reports that are compared must have in common
NOTED = ("judged", "code", "generation", "count", "versions", "hardware")  # what is said where it differs


def compare(folders: Sequence[Path]) -> dict[str, Any]:
    """Puts reports of models side by side.

    Returns:
        The `models`; `notes` on what differs in how they were examined; `rows`: the `shares` of each model in a row
        and mark, and its `differences` from the first model, None for that one itself.

    Raises:
        DataError: fewer than two; one is missing, unfinished, of baselines alone, or of another world or size.
    """
    if len(folders) < 2:
        raise DataError("name at least two folders of `mini4o eval storybook`")
    reports = [read_report(folder) for folder in folders]
    for folder, report in zip(folders, reports, strict=True):
        if report["model"] is None:
            raise DataError(f"{folder}: examines the baselines alone; give one of a model")
        for name in ALIKE:
            if report[name] != reports[0][name]:
                raise DataError(
                    f"{folder}: its {name} is {report[name]}, that of {folders[0]} {reports[0][name]}; "
                    "scores of these cannot be compared"
                )
    splits = [split for split in reports[0]["splits"] if all(split in report["splits"] for report in reports)]
    if not splits:
        raise DataError("the reports have no split in common")
    return {
        "models": [_about(folder, report) for folder, report in zip(folders, reports, strict=True)],
        "splits": splits,
        "notes": _notes(folders, reports, splits),
        "rows": _rows(reports, splits),
    }


def difference(one: dict[str, Any], other: dict[str, Any], together: float = 0.0) -> dict[str, Any] | None:
    """`other` less `one`, two shares, with its 95 % interval.

    Args:
        one, other: shares.
        together: the correlation of the two; 0 of samples that have nothing to do with each other.
    """
    if one["share"] is None or other["share"] is None:
        return None
    value = other["share"] - one["share"]
    down = _apart(other["share"] - other["low"], one["high"] - one["share"], together)
    up = _apart(other["high"] - other["share"], one["share"] - one["low"], together)
    low, high = max(-1.0, value - down), min(1.0, value + up)
    return {"difference": value, "low": low, "high": high, "significant": low > 0 or high < 0}


def correlation(one: str, other: str) -> float:
    """How much two models' marks on the same samples go together, from −1 to 1, less Newcombe's correction for few
    samples; 0 where one of them never varies."""
    marks = read_marks(one), read_marks(other)
    first, second = map(spread, marks)
    scale = math.sqrt(sum(a * a for a in first) * sum(b * b for b in second))
    if not scale:
        return 0.0
    found = sum(a * b for a, b in zip(first, second, strict=True)) / scale
    p, q = (clustered(each)["share"] for each in marks)
    few = 1 / (2 * len(first) * math.sqrt(p * (1 - p) * q * (1 - q)))
    return max(0.0, found - few) if found > 0 else found


def _apart(one: float, other: float, together: float) -> float:
    return math.sqrt(max(0.0, one**2 + other**2 - 2 * together * one * other))


def _about(folder: Path, report: dict[str, Any]) -> dict[str, Any]:
    names = ("model", "model_hash", "seed", "count", "languages", "generation", "prompts", "versions", "code", "judge")
    return {"report": str(folder), **{name: report[name] for name in names}}


def _notes(folders: Sequence[Path], reports: Sequence[dict[str, Any]], splits: Sequence[str]) -> list[str]:
    notes = []
    for folder, report in zip(folders[1:], reports[1:], strict=True):
        for split in splits:
            if report["prompts"][split] != reports[0]["prompts"][split]:
                notes.append(
                    f"{folder} and {folders[0]} were asked different things in {split}: compared as independent samples"
                )
        notes += [f"{folder} and {folders[0]} differ in {name}" for name in NOTED if report[name] != reports[0][name]]
    return notes


def _rows(reports: Sequence[dict[str, Any]], splits: Sequence[str]) -> list[dict[str, Any]]:
    rows = []
    for split in splits:
        for family in HEADS:
            for row in rows_of(reports[0] | {"splits": [split]}, family):
                found = [report["scores"][split].get(family, {}).get(row, {}).get("model") for report in reports]
                if not all(found):
                    continue
                for mark in found[0]:
                    shares = [marks[mark][EVERY] for marks in found]
                    told = [_against(reports[0], report, split, family, row, mark) for report in reports[1:]]
                    name = f"{row}: {mark}" if mark in BESIDE else row
                    rows.append(
                        {"split": split, "family": family, "row": name, "shares": shares, "differences": [None, *told]}
                    )
    return rows


def _against(
    one: dict[str, Any], other: dict[str, Any], split: str, family: Family, row: str, mark: str
) -> dict[str, Any] | None:
    """The difference of two reports in a row. The overall mean varies as its categories do."""
    if row == OVERALL:
        told = [_against(one, other, split, family, CATEGORY + name, mark) for name in CATEGORIES]
        parts = [each for each in told if each is not None]
        if len(parts) < len(told):
            return None
        value, low, high = mean_interval([(part["difference"], part["low"], part["high"]) for part in parts])
        return {
            "difference": value,
            "low": low,
            "high": high,
            "significant": low > 0 or high < 0,
            "paired": parts[0]["paired"],
        }
    paired = one["prompts"][split] == other["prompts"][split]
    first, second = (each["marks"][split][family][row][mark] for each in (one, other))
    together = correlation(first, second) if paired else 0.0
    shares = [each["scores"][split][family][row]["model"][mark][EVERY] for each in (one, other)]
    found = difference(shares[0], shares[1], together)
    return found and found | {"paired": paired}


def markdown(result: dict[str, Any]) -> str:
    """The comparison as a table; what is significant is bold."""
    letters = [chr(ord("A") + number) for number in range(len(result["models"]))]
    lines = [
        f"{letter}: {model['report']} ({model['model']})"
        for letter, model in zip(letters, result["models"], strict=True)
    ]
    lines += ["", *result["notes"]] if result["notes"] else []
    heads = [*letters, *(f"{letter} − A" for letter in letters[1:])]
    for split in result["splits"]:
        lines += ["", f"| {split} | {' | '.join(heads)} |", "|---" + "|---:" * len(heads) + "|"]
        for row in result["rows"]:
            if row["split"] == split:
                cells = [*map(cell, row["shares"]), *map(told, row["differences"][1:])]
                lines.append(f"| {row['row']} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", legend(result)]) + "\n"


def told(found: dict[str, Any] | None) -> str:
    """A difference in points with its interval; bold if it is significant."""
    if found is None:
        return "–"
    value = f"{100 * found['difference']:+.1f} ({100 * found['low']:+.0f} to {100 * found['high']:+.0f})"
    return f"**{value}**" if found["significant"] else value


def legend(result: dict[str, Any]) -> str:
    """How the differences are to be read."""
    count = sum(each is not None for row in result["rows"] for each in row["differences"])
    return (
        "Differences in points with Newcombe's 95 % interval, paired by sample where both were asked the same; bold "
        f"where 0 is outside. Of {count} differences between equal models {0.05 * count:.0f} would be bold by chance."
    )
