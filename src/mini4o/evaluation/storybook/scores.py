"""The marks of all samples counted into shares, by split, family, row, candidate, mark and language."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from mini4o.evaluation.shares import clustered, mean_interval
from mini4o.evaluation.storybook.exam import CATEGORIES, CATEGORY, family_of

Scores: TypeAlias = dict[str, Any]
Marks: TypeAlias = list[bool | None]

EVERY = "all"  # the languages together
OVERALL = "overall of the six categories"
MAIN = ("right", "both")  # the marks that say whether a sample was right; what else there is stands beside them
_LETTERS = {True: "1", False: "0", None: "?"}


def scores(lines: Iterable[dict[str, Any]]) -> Scores:
    """Shares with their 95 % intervals, of the record's lines."""
    counts: dict[tuple[str, ...], list[Marks]] = defaultdict(list)
    for *path, language, marks in _marks(lines):
        for each in (EVERY, language):
            counts[*path, each].append(marks)
    found: Scores = {}
    for (*path, language), samples in counts.items():
        place = found
        for step in path:
            place = place.setdefault(step, {})
        place[language] = clustered(samples)
    for families in found.values():
        drawn = families.get("drawing", {})
        if all(CATEGORY + name in drawn for name in CATEGORIES):
            drawn[OVERALL] = _overall([drawn[CATEGORY + name] for name in CATEGORIES])
    return found


def marks_of(lines: Iterable[dict[str, Any]], candidate: str) -> Scores:
    """The marks of one candidate, sample by sample, by split, family, row and mark: "1 0 1?1" are three samples, of
    which the last has three marks. By these two reports on the same samples can be compared."""
    found: Scores = {}
    for split, family, row, name, mark, _, marks in _marks(lines):
        if name == candidate:
            place = found.setdefault(split, {}).setdefault(family, {}).setdefault(row, {})
            place.setdefault(mark, []).append("".join(_LETTERS[each] for each in marks))
    return {
        split: {
            family: {row: {mark: " ".join(said) for mark, said in marks.items()} for row, marks in rows.items()}
            for family, rows in families.items()
        }
        for split, families in found.items()
    }


def read_marks(text: str) -> list[Marks]:
    """What `marks_of` has written of one mark."""
    known = {letter: mark for mark, letter in _LETTERS.items()}
    return [[known[letter] for letter in sample] for sample in text.split(" ")]


def main_mark(marks: dict[str, Any]) -> str:
    """The mark that says whether a sample was right."""
    return next(name for name in MAIN if name in marks)


def _marks(lines: Iterable[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """(split, family, row, candidate, mark, language, marks) of every sample."""
    for line in lines:
        split, part, language, _ = line["sample"].split("/")
        for candidate, rows in line["rows"].items():
            for row, marks in rows.items():
                for mark, held in marks.items():
                    yield split, family_of(part), row, candidate, mark, language, held


def _overall(rows: Sequence[Scores]) -> Scores:
    """The mean of the categories for each candidate and language."""
    return {
        name: {"right": {each: mean([row[name]["right"][each] for row in rows]) for each in marks["right"]}}
        for name, marks in rows[0].items()
    }


def mean(shares: Sequence[Scores]) -> Scores:
    """The mean of independent shares, with its interval."""
    total = {name: sum(each[name] for each in shares) for name in ("n", "left_out")}
    if any(each["share"] is None for each in shares):
        return {"share": None, "low": 0.0, "high": 1.0, **total}
    middle, low, high = mean_interval([(each["share"], each["low"], each["high"]) for each in shares])
    return {"share": middle, "low": low, "high": high, **total}
