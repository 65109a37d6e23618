"""The scores as tables, for people."""

from collections.abc import Iterable
from typing import Any

from mini4o.evaluation.storybook.exam import PARTS
from mini4o.evaluation.storybook.examine import EVERY

_BESIDE = ("claims", "done", "kept")  # marks that stand beside the one that says whether a sample was right
_HEADS = {
    "questions": "Questions: right answers. A choice has to be right in all orders, a pair for both pictures.",
    "text": "Text alone: right answers.",
    "drawing": "Drawing: all claims of a request hold. Beside it the share of all claims, one by one.",
    "editing": "Editing: both done and kept. Beside it each alone.",
}


def markdown(result: dict[str, Any]) -> str:
    """Tables of a report: two for each family, with 95 % intervals, and by language without."""
    languages = result["languages"][: result["count"]]  # the second one's turn comes with the second sample
    lines = [
        f"# {result['world']}, {result['split']}",
        "",
        f"{result['count']} samples of each part, {' and '.join(languages)} in turn, seed {result['seed']}, "
        f"{result['size']} pixels. In percent, with the 95 % interval; “of” where some could not be told.",
    ]
    for family, rows in result["scores"].items():
        parts = next(parts for name, parts in PARTS.items() if name == family)
        ordered = {row: rows[row] for row in sorted(rows, key=lambda row: _place(parts, row))}
        named = [name for name in result["candidates"] if any(name in row for row in rows.values())]
        lines += ["", f"## {_HEADS[family]}", "", *_together(family, ordered, named)]
        if len(languages) > 1:
            lines += ["", *_by_language(ordered, named, languages)]
    return "\n".join(lines) + "\n"


def _place(parts: tuple[str, ...], row: str) -> tuple[int, str]:
    """The parts in their order, what is made of one after it, what is made of several at the end."""
    part = row.partition("/")[0]
    return (parts.index(part) if part in parts else len(parts), row)


def _together(family: str, rows: dict[str, Any], named: list[str]) -> list[str]:
    """The languages together: for each candidate the main mark, then those beside it."""
    beside = [mark for mark in _BESIDE if any(mark in marks for row in rows.values() for marks in row.values())]
    lines = _head([family, "n", *named, *(f"{name}: {' / '.join(beside)}" for name in named if beside)])
    for row, of in rows.items():
        main = {name: _main(of[name])[EVERY] for name in named if name in of}
        count = max(share["n"] + share["left_out"] for share in main.values())
        cells = [_cell(main.get(name), count) for name in named]
        if beside:
            cells += [_shares([of.get(name, {}).get(mark, {}).get(EVERY) for mark in beside]) for name in named]
        lines.append(_line([row, str(count), *cells]))
    return lines


def _by_language(rows: dict[str, Any], named: list[str], languages: list[str]) -> list[str]:
    lines = _head([" / ".join(languages), *named])
    for row, of in rows.items():
        cells = [_shares([_main(of[name]).get(code) for code in languages]) if name in of else "–" for name in named]
        lines.append(_line([row, *cells]))
    return lines


def _main(marks: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The mark that says whether a sample was right, by language."""
    return next(shares for mark, shares in marks.items() if mark not in _BESIDE)


def _head(names: list[str]) -> list[str]:
    return [_line(names), "|---" + "|---:" * (len(names) - 1) + "|"]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(share: dict[str, Any] | None, count: int) -> str:
    if share is None or share["share"] is None:
        return "–"
    of = "" if share["n"] == count else f" of {share['n']}"
    return f"{100 * share['share']:.1f} ({100 * share['low']:.0f}–{100 * share['high']:.0f}){of}"


def _shares(shares: list[dict[str, Any] | None]) -> str:
    return " / ".join("–" if each is None or each["share"] is None else f"{100 * each['share']:.1f}" for each in shares)
