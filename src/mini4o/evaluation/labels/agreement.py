"""How far the judge agrees with labels given by hand."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from mini4o.errors import DataError
from mini4o.evaluation.labels.choice import pictures_of
from mini4o.evaluation.labels.claimed import judged_again
from mini4o.evaluation.labels.files import FILE, MARKS, OPEN, read_labels
from mini4o.evaluation.labels.sheets import lettered
from mini4o.evaluation.shares import clustered
from mini4o.evaluation.storybook.exam import Exam
from mini4o.evaluation.storybook.record import LABELS, Record
from mini4o.storybook.judge.verdicts import all_hold

log = logging.getLogger("mini4o")

Pair: TypeAlias = tuple[bool | None, bool | None]  # whether a claim holds: by the judge, by hand; None: cannot be told

ROWS = ("pictures", "claims", "drawing", "done", "kept")  # all claims of a picture together, one by one, and by sort


def agreement(exam: Exam, record: Record, progress: Callable[[int, int], None] | None = None) -> dict[str, Any] | None:
    """What the labels in an examination's folder say of the judge, as plain JSON values; None if nothing is labelled.

    Returns:
        `pictures` that are labelled, of those that were `chosen`; `claims` of which it was said whether they hold, and
        `not_told`, of which it could not be; and `rows`, what `compared` gives for whole pictures (all claims hold, as
        it is scored), for `claims` one by one, and for each sort of claim; and `disagreements`, each with the `number`
        on the sheets, the `picture`, the `claim`, and what the `judge` says.

    Raises:
        DataError: the labels are broken, or of something else; see `read_labels` and `judged_again`.
    """
    labels = read_labels(record.folder)
    labelled = [each for each in labels if OPEN not in each.marks]
    if not labelled:
        return None
    file = record.folder / LABELS / FILE
    if len(labelled) < len(labels):
        log.warning("%s: %d of %d pictures lack marks", file, len(labels) - len(labelled), len(labels))
    lines = {name: line for line in record.lines.values() for name in pictures_of(line)}
    pairs: dict[str, list[list[Pair]]] = defaultdict(list)
    disagreements: list[dict[str, Any]] = []
    for done, each in enumerate(labelled, start=1):
        if each.picture not in lines:
            raise DataError(f"{file}: {each.picture} is no picture that the model drew in this examination")
        claims = judged_again(exam, lines[each.picture], record.folder)[each.picture].claims
        if lettered([claim.words for claim in claims]) != list(each.claims):
            raise DataError(f"{file}: the claims of number {each.number} are not those that were written")
        marks = [MARKS[mark] for mark in each.marks]
        both = list(zip(claims, marks, strict=True))
        pairs["pictures"].append([(all_hold(claim.holds for claim in claims), all_hold(marks))])
        pairs["claims"].append([(claim.holds, mark) for claim, mark in both])
        for sort in {claim.sort for claim in claims}:
            pairs[sort].append([(claim.holds, mark) for claim, mark in both if claim.sort == sort])
        disagreements += [
            {"number": each.number, "picture": each.picture, "claim": claim.words, "judge": claim.holds}
            for claim, mark in both
            if None not in (claim.holds, mark) and claim.holds is not mark
        ]
        if progress is not None:
            progress(done, len(labelled))
    given = "".join(each.marks for each in labelled)
    return {
        "pictures": len(labelled),
        "chosen": len(labels),
        "claims": len(given) - given.count("?"),
        "not_told": given.count("?"),
        "rows": {row: compared(pairs[row]) for row in ROWS if row in pairs},
        "disagreements": disagreements,
    }


def compared(samples: Sequence[Sequence[Pair]]) -> dict[str, Any]:
    """Verdicts beside labels, of which a sample may have several; pairs without a label do not count.

    Pictures are chosen by what the judge says of them, so the two kinds of disagreement are shares of what it lets
    through and of what it refuses: these do not hang on how many of either were chosen.

    Returns:
        `agreement`, the share of which the judge says the same, with those of which it says nothing as `left_out`, and
        Cohen's `kappa` (Educational and Psychological Measurement 20, 1960, p. 37; None where chance would agree
        always); of what holds by the judge the share that does not by the label, `accepted_wrongly`; of what does not
        the share that does, `refused_wrongly`.
    """
    told = [[(held, label) for held, label in sample if label is not None] for sample in samples]
    same = [[None if held is None else held is label for held, label in sample] for sample in told]
    return {
        "agreement": clustered(same),
        "kappa": _kappa([(held, label) for sample in told for held, label in sample if held is not None]),
        "accepted_wrongly": clustered([[not label for held, label in sample if held is True] for sample in told]),
        "refused_wrongly": clustered([[label for held, label in sample if held is False] for sample in told]),
    }


def _kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Agreement beyond that of chance, as a share of what there could be."""
    if not pairs:
        return None
    same = sum(held is label for held, label in pairs) / len(pairs)
    held, seen = (sum(pair[place] for pair in pairs) / len(pairs) for place in (0, 1))
    chance = held * seen + (1 - held) * (1 - seen)
    return (same - chance) / (1 - chance) if chance < 1 else None
