"""The scores as tables, for people."""

from collections.abc import Iterable, Mapping
from typing import Any

from mini4o.evaluation.storybook.exam import PARTS, Family
from mini4o.evaluation.storybook.scores import EVERY, main_mark

BESIDE = ("claims", "named", "invented", "done", "kept")  # marks that stand beside the one that says what was right
HEADS: dict[Family, str] = {
    "questions": "Questions: right answers. A choice has to be right in all orders, a pair for both pictures.",
    "captions": "Captions: right as a whole. Beside it the facts named, of those asked for, and the facts invented, of "
    "those stated.",
    "text": "Text alone: right answers.",
    "drawing": "Drawing: all claims of a request hold. Beside it the share of all claims, one by one.",
    "editing": "Editing: both done and kept. Beside it each alone.",
}

LABELLED = {
    "pictures": "whole pictures: all claims hold",
    "claims": "claims, one by one",
    "drawing": "– of drawings",
    "done": "– what an edit should do",
    "kept": "– everything else is as it was",
}


def markdown(result: dict[str, Any]) -> str:
    """Tables of a report: two for each family, the splits side by side with 95 % intervals, and by language without."""
    languages = languages_of(result)
    lines = [
        f"# {result['world']}: {', '.join(result['splits'])}",
        "",
        f"{result['count']} samples of each part and split, {' and '.join(languages)} in turn, seed {result['seed']}, "
        f"{result['size']} pixels. In percent, with the 95 % interval; “of” where some could not be told or were not "
        "asked.",
        *(["", judge_line(result["judge"])] if result["judge"] else []),
        *(["", labels_text(result["labels"])] if result.get("labels") else []),
    ]
    for family in HEADS:
        rows = rows_of(result, family)
        if not rows:
            continue
        named = named_in(result, rows)
        lines += ["", f"## {HEADS[family]}", "", *_together(rows, named, result["splits"])]
        if len(languages) > 1:
            lines += ["", *_by_language(rows, named, result["splits"], languages)]
    return "\n".join(lines) + "\n"


def languages_of(result: dict[str, Any]) -> list[str]:
    """Those in which something was asked: the second one's turn comes with the second sample."""
    return list(result["languages"][: result["count"]])


def judge_line(judge: dict[str, Any]) -> str:
    """The judge's two error rates as a sentence."""
    refused, accepted = judge["true"], judge["planted"]
    return (
        f"The judge, in the same run at {judge['size']} pixels: of {refused['n']} other true pictures it refuses "
        f"{_percent(_turned(refused))}, of {accepted['n']} with one planted error it accepts {_percent(accepted)}."
    )


def labels_line(labels: dict[str, Any]) -> str:
    """What was labelled by hand, as a sentence."""
    untold = f"; of {labels['not_told']} more it could not be told" if labels["not_told"] else ""
    return (
        f"Labelled by hand, without being shown what the judge says: {labels['pictures']} of {labels['chosen']} "
        f"pictures that the model drew, chosen half right and half wrong by the judge as far as there are, with "
        f"{labels['claims']} claims{untold}. In percent, with the 95 % interval."
    )


def labels_rows(labels: dict[str, Any]) -> list[list[str]]:
    """How far the judge agrees with labels given by hand: the heads of a table, and its rows."""
    rows = [["", "n", "the judge says the same", "kappa", "of what it accepts, wrong", "of what it refuses, right"]]
    for name, of in labels["rows"].items():
        same, kappa = of["agreement"], "–" if of["kappa"] is None else f"{of['kappa']:.2f}"
        count = same["n"] + same["left_out"]
        errors = [f"{cell(of[error])} of {of[error]['n']}" for error in ("accepted_wrongly", "refused_wrongly")]
        rows.append([LABELLED[name], str(count), cell(same, count), kappa, *errors])
    return rows


def labels_text(labels: dict[str, Any]) -> str:
    """Both, as Markdown."""
    heads, *rows = labels_rows(labels)
    return "\n".join([labels_line(labels), "", *_head(heads), *map(_line, rows)])


def rows_of(result: dict[str, Any], family: Family) -> dict[str, dict[str, Any]]:
    """The rows of a family with their shares by split, candidate, mark and language: parts in their order, what is made
    of one after it, what is made of several at the end."""
    scores = {split: result["scores"][split].get(family, {}) for split in result["splits"]}
    found = dict.fromkeys(row for rows in scores.values() for row in rows)

    def place(row: str) -> tuple[int, bool, str]:
        part, _, of = row.partition("/")
        return (PARTS[family].index(part) if part in PARTS[family] else len(PARTS[family]), bool(of), row)

    return {row: {split: rows.get(row, {}) for split, rows in scores.items()} for row in sorted(found, key=place)}


def named_in(result: dict[str, Any], rows: Mapping[str, dict[str, Any]]) -> list[str]:
    """The candidates that any of these rows has."""
    return [name for name in result["candidates"] if any(name in of for row in rows.values() for of in row.values())]


def cell(share: dict[str, Any] | None, count: int | None = None) -> str:
    """ "62.5 (50–74)", or "–"; with the count of its own where that is not the row's."""
    if share is None or share["share"] is None:
        return "–"
    of = "" if count in (None, share["n"]) else f" of {share['n']}"
    return f"{100 * share['share']:.1f} ({100 * share['low']:.0f}–{100 * share['high']:.0f}){of}"


def _turned(share: dict[str, Any]) -> dict[str, Any]:
    """The share of the others."""
    if share["share"] is None:
        return share
    return share | {"share": 1 - share["share"], "low": 1 - share["high"], "high": 1 - share["low"]}


def _percent(share: dict[str, Any]) -> str:
    if share["share"] is None:
        return "–"
    return f"{100 * share['share']:.1f} % ({100 * share['low']:.1f}–{100 * share['high']:.1f})"


def _columns(named: list[str], splits: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """A column for each split and candidate, and what stands over it."""
    columns = [(split, name) for split in splits for name in named]
    return columns, [f"{split}: {name}" if len(splits) > 1 else name for split, name in columns]


def _together(rows: dict[str, dict[str, Any]], named: list[str], splits: list[str]) -> list[str]:
    """The languages together: for each split and candidate the main mark, then those beside it."""
    beside = [mark for mark in BESIDE if any(mark in marks for row in rows.values() for marks in _marks(row))]
    columns, titles = _columns(named, splits)
    lines = _head(["", "n", *titles, *(f"{title}: {' / '.join(beside)}" for title in titles if beside)])
    for row, of in rows.items():
        main = {column: _main(of, *column) for column in columns}
        count = max(share["n"] + share["left_out"] for share in main.values() if share)
        cells = [cell(main[column], count) for column in columns]
        if beside:
            marks = [of[split].get(name, {}) for split, name in columns]
            cells += [_shares([each.get(mark, {}).get(EVERY) for mark in beside]) for each in marks]
        lines.append(_line([row, str(count), *cells]))
    return lines


def _by_language(
    rows: dict[str, dict[str, Any]], named: list[str], splits: list[str], languages: list[str]
) -> list[str]:
    columns, titles = _columns(named, splits)
    lines = _head([" / ".join(languages), *titles])
    for row, of in rows.items():
        cells = [_shares([_main(of, *column, code) for code in languages]) for column in columns]
        lines.append(_line([row, *cells]))
    return lines


def _marks(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [marks for candidates in row.values() for marks in candidates.values()]


def _main(row: dict[str, Any], split: str, name: str, language: str = EVERY) -> dict[str, Any] | None:
    """The share of what a candidate had right."""
    marks = row[split].get(name)
    return marks[main_mark(marks)].get(language) if marks else None


def _head(names: list[str]) -> list[str]:
    return [_line(names), "|---" + "|---:" * (len(names) - 1) + "|"]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shares(shares: list[dict[str, Any] | None]) -> str:
    told = ["–" if each is None or each["share"] is None else f"{100 * each['share']:.1f}" for each in shares]
    return "–" if set(told) <= {"–"} else " / ".join(told)
