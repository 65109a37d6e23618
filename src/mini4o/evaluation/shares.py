"""Shares with their intervals, as every report gives them."""

import math
from typing import Any


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95% interval of a share after E. B. Wilson (JASA 22, 1927, p. 209); (0, 1) where nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    z = 1.959964
    share, scale = hits / count, 1 + z * z / count
    middle = (share + z * z / (2 * count)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def share(hits: int, count: int) -> dict[str, Any]:
    """The share of hits (None of nothing), how many were counted, and the 95 % interval of the share."""
    low, high = wilson(hits, count)
    return {"share": hits / count if count else None, "n": count, "low": low, "high": high}
