"""How far the judge agrees with labels given by hand."""

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, get_args

from mini4o.errors import DataError
from mini4o.evaluation.labels.choice import pictures_of
from mini4o.evaluation.labels.claimed import Sort, judged_again
from mini4o.evaluation.labels.files import FILE, read_labels
from mini4o.evaluation.shares import clustered
from mini4o.evaluation.storybook.exam import Exam
from mini4o.evaluation.storybook.record import LABELS, Record

log = logging.getLogger("mini4o")


def agreement(exam: Exam, record: Record, progress: Callable[[int, int], None] | None = None) -> dict[str, Any] | None:
    """What the labels in an examination's folder say of the judge, as plain JSON values; None if no claim is labelled.

    The pictures were chosen by what the judge said of them, so the two kinds of disagreement are shares of what it lets
    through and of what it refuses: these do not hang on how many of either were chosen.

    Returns:
        `pictures`, how many have a label, of those that were `shown`; `claims` that are labelled, and `not_told`, those
        that are not; `agreement`, the share of which the judge says the same (`left_out`: those of which it says
        nothing), and by sort of claim, `by_sort`; of those that the judge says hold the share that do not by the label,
        `accepted_wrongly`; of those that it says do not the share that do, `refused_wrongly`.

    Raises:
        DataError: the labels are broken, or of something else; see `read_labels` and `judged_again`.
    """
    labels = read_labels(record.folder)
    labelled = {name: some for name, some in labels.items() if any(each.label is not None for each in some)}
    if not labelled:
        return None
    file = record.folder / LABELS / FILE
    if len(labelled) < len(labels):
        log.warning("%s: %d of %d pictures have no label", file, len(labels) - len(labelled), len(labels))
    lines = {name: line for line in record.lines.values() for name in pictures_of(line)}
    same: list[list[bool | None]] = []
    by_sort: dict[Sort, list[list[bool | None]]] = defaultdict(list)
    by_verdict: dict[bool, list[list[bool | None]]] = {True: [], False: []}
    for done, (name, some) in enumerate(labelled.items(), start=1):
        if name not in lines:
            raise DataError(f"{file}: {name} is no picture that the model drew in this examination")
        claims = judged_again(exam, lines[name], record.folder)[name].claims
        if [claim.words for claim in claims] != [each.claim for each in some]:
            raise DataError(
                f"{file}: the claims of number {some[0].number} are not those that were written; each of them has its "
                "line, in the same order"
            )
        pairs = [(claim, each.label) for claim, each in zip(claims, some, strict=True) if each.label is not None]
        same.append([None if claim.holds is None else claim.holds == label for claim, label in pairs])
        for sort in {claim.sort for claim, _ in pairs}:
            by_sort[sort].append([mark for (claim, _), mark in zip(pairs, same[-1], strict=True) if claim.sort == sort])
        for verdict, found in by_verdict.items():
            found.append([label != verdict for claim, label in pairs if claim.holds is verdict])
        if progress is not None:
            progress(done, len(labelled))
    return {
        "pictures": len(labelled),
        "shown": len(labels),
        "claims": sum(map(len, same)),
        "not_told": sum(each.label is None for some in labels.values() for each in some),
        "agreement": clustered(same),
        "by_sort": {sort: clustered(by_sort[sort]) for sort in get_args(Sort) if sort in by_sort},
        "accepted_wrongly": clustered(by_verdict[True]),
        "refused_wrongly": clustered(by_verdict[False]),
    }
