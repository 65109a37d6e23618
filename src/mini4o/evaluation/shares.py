"""Shares with their intervals, as every report gives them."""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

Marks: TypeAlias = Sequence[bool | None]  # of one sample; None: nobody can tell


def wilson(hits: float, count: float) -> tuple[float, float]:
    """The 95% interval of a share after E. B. Wilson (JASA 22, 1927, p. 209); (0, 1) where nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    z = 1.959964
    share, scale = hits / count, 1 + z * z / count
    middle = (share + z * z / (2 * count)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def mean_interval(told: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """The mean of independent values (value, low, high), with an interval made of theirs by the method of variance
    estimates recovery (G. Y. Zou and A. Donner, Statistics in Medicine 27, 2008, p. 1693)."""
    middle = sum(value for value, _, _ in told) / len(told)
    down = math.sqrt(sum((value - low) ** 2 for value, low, _ in told)) / len(told)
    up = math.sqrt(sum((value - high) ** 2 for value, _, high in told)) / len(told)
    return middle, middle - down, middle + up


def spread(samples: Sequence[Marks]) -> list[float]:
    """How much each sample pulls the share of all its marks up or down; they add up to 0."""
    counted = [[mark for mark in marks if mark is not None] for marks in samples]
    count = sum(map(len, counted))
    if not count:
        return [0.0] * len(counted)
    whole = sum(map(sum, counted)) / count
    return [(sum(marks) - whole * len(marks)) / count for marks in counted]


def clustered(samples: Sequence[Marks]) -> dict[str, Any]:
    """The share of hits among marks of which a sample has several, and `left_out`, how many marks nobody can tell.

    Marks of one sample go together, so the interval is that of as many independent marks as would vary alike (E. L.
    Korn and B. I. Graubard, Survey Methodology 24, 1998, p. 193); where all marks are the same, of as many as there are
    samples.
    """
    told = [[mark for mark in marks if mark is not None] for marks in samples]
    hits, count = sum(map(sum, told)), sum(map(len, told))
    result = share(hits, count) | {"left_out": sum(map(len, samples)) - count}
    clusters = sum(map(bool, told))
    if count == clusters:  # one mark a sample, as `share` takes them to be
        return result
    independent = float(clusters)
    if 0 < hits < count and clusters > 1:
        varies = clusters / (clusters - 1) * sum(pull**2 for pull in spread(samples))
        independent = min(count, hits / count * (1 - hits / count) / varies) if varies else count
    low, high = wilson(hits / count * independent, independent)
    return result | {"low": low, "high": high}


def share(hits: int, count: int) -> dict[str, Any]:
    """The share of hits (None of nothing), how many were counted, and the 95 % interval of the share."""
    low, high = wilson(hits, count)
    return {"share": hits / count if count else None, "n": count, "low": low, "high": high}
