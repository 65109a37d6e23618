"""Edits are judged twice: whether what was asked for is done, and whether everything else is kept.

A copy of the input is kept and not done; a new picture may be done and is not kept. Only both together count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from mini4o.storybook.claims import Claim, Lacks, Noun, Plays, Related, Sits
from mini4o.storybook.judge.stamp import stamp
from mini4o.storybook.judge.verdicts import JudgeError, Reading, Verdict, all_hold, fits, nouns, read, verdict

Mask = NDArray[np.bool_]

SLOP = 2.5  # page units around what may change in which it may change too: edges are soft
CHANGED = 40.0  # a pixel whose RGB distance is above this is another one; noise and codecs stay below
KEPT = 0.04  # what is kept has at most this share of other pixels
DRIFT = 14.0  # and a mean RGB distance of at most this


@dataclass(frozen=True)
class EditVerdict:
    """What the judge says of an edit.

    Attributes:
        done: whether all claims hold in the result; None if the picture is too coarse to tell.
        kept: whether what should not change did not.
        changed: share of pixels that should have been kept and are others.
        verdicts: what is said of each claim.
    """

    done: bool | None
    kept: bool
    changed: float
    verdicts: list[Verdict]


def judge_edit(
    before: PIL.Image.Image, result: PIL.Image.Image, claims: Sequence[Claim], may_change: Mask
) -> EditVerdict:
    """Judges the result of one edit.

    Args:
        before: the picture that was to be edited.
        result: what came of it, in the same size.
        claims: what the instruction states of the result.
        may_change: `(height, width)` of `before`: where the world's own edit changes something. A thing that was added
            or moved may be at another place than there: where it is seen may change as well, and where something is
            seen before that should be moved or gone.

    Raises:
        JudgeError: the sizes differ, or a picture cannot be judged.
    """
    if before.size != result.size or may_change.shape != (before.height, before.width):
        raise JudgeError(
            f"an edit of {before.width}x{before.height} gave {result.width}x{result.height}; the sizes must agree"
        )
    seen = read(result, sorted({noun.kind for claim in claims for noun in nouns(claim)}))
    verdicts = [verdict(seen, claim) for claim in claims]
    done = all_hold(each.holds for each in verdicts)
    may_change = may_change | _where(seen, _shown(claims), before.size)
    if leaving := _leaving(claims):
        may_change = may_change | _where(read(before, sorted({noun.kind for noun in leaving})), leaving, before.size)
    allowed = _grown(may_change, SLOP * min(before.size) / 100)
    off = np.asarray(before.convert("RGB"), np.float32) - np.asarray(result.convert("RGB"), np.float32)
    distance = np.sqrt((off**2).sum(axis=-1))[~allowed]
    changed = float((distance > CHANGED).mean()) if distance.size else 0.0
    drift = float(distance.mean()) if distance.size else 0.0
    return EditVerdict(done, changed <= KEPT and drift <= DRIFT, changed, verdicts)


def _shown(claims: Sequence[Claim]) -> list[Noun]:
    """What is to be seen in the result."""
    shown = [claim for claim in claims if not isinstance(claim, Lacks | Plays)]
    return [claim.a if isinstance(claim, Related) else claim.noun for claim in shown]


def _leaving(claims: Sequence[Claim]) -> list[Noun]:
    """What may leave the place that it had before."""
    moved = [claim for claim in claims if isinstance(claim, Lacks | Sits | Related)]
    return [claim.a if isinstance(claim, Related) else claim.noun for claim in moved]


def _where(seen: Reading, asked: Sequence[Noun], size: tuple[int, int]) -> Mask:
    """Where things of which is spoken are seen, `(height, width)` of a picture of `size`."""
    width, height = seen.view.size
    mask = np.zeros((height, width), np.bool_)
    for thing in seen.things:
        if any(fits(seen, noun, thing) for noun in asked):
            made = stamp(thing.match.fit)
            rows, columns = np.nonzero(made.open < 0.9)
            rows, columns = rows + made.top, columns + made.left
            inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
            mask[rows[inside], columns[inside]] = True
    if (width, height) != size:
        mask = np.asarray(PIL.Image.fromarray(mask).resize(size, PIL.Image.Resampling.NEAREST))
    return mask


def _grown(mask: Mask, by: float) -> Mask:
    """The mask and all pixels within `by` of it, in steps of one pixel."""
    for _ in range(round(by)):
        padded = np.pad(mask, 1)
        mask = mask | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return mask
