"""Several data sets in fixed proportions, in an order that is a pure function of (seed, stream, step).

There is no state to save: a run that resumes asks for the batch of its step and gets what the first run would have got.
"""

import math
from collections.abc import Sequence

import torch

from mini4o import chance
from mini4o.data.sample import Sample, Samples
from mini4o.errors import DataError


class Mixture:
    """Batches with a fixed whole number of samples from each source.

    The numbers are the largest-remainder rounding of `batch * weight / sum of weights` (Hamilton's method). Each source
    is walked in epochs: within an epoch every sample comes exactly once, in an order of that epoch's own.

    Args:
        sources: data sets with their weights, in any unit; a weight of 0 leaves a source out.
        batch: samples a batch.
        seed: seed of the run.
        stream: name of this use of the sources, so that stages walk them in different orders.

    Raises:
        DataError: no source, an empty one, a weight that is negative or not finite, or a batch too small to hold a
            sample of every source.
    """

    def __init__(self, sources: Sequence[tuple[Samples, float]], batch: int, seed: int, stream: str) -> None:
        weights = [float(weight) for _, weight in sources]
        for number, (data, weight) in enumerate(sources, start=1):
            if not (math.isfinite(weight) and weight >= 0):
                raise DataError(f"source {number} ({data}): a weight is a number from 0 up, not {weight}")
            if weight and not len(data):
                raise DataError(f"source {number} ({data}): it has no samples; leave it out or give it the weight 0")
        if not any(weights):
            raise DataError("a mixture needs at least one source with a weight above 0")
        self._sources = [data for data, _ in sources]
        self._seed, self._stream = seed, stream
        self._shares = _shares(weights, batch)
        for number, (data, weight, share) in enumerate(zip(self._sources, weights, self._shares, strict=True), start=1):
            if weight and not share:
                enough = math.ceil(sum(weights) / min(weight for weight in weights if weight))
                raise DataError(
                    f"source {number} ({data}): its weight gives it no sample in a batch of {batch}; "
                    f"a batch of {enough} or more would do"
                )
        self._orders: dict[int, tuple[int, torch.Tensor]] = {}  # source -> its latest epoch and that epoch's order

    @property
    def shares(self) -> list[int]:
        """How many samples of each source every batch holds."""
        return list(self._shares)

    def batch(self, step: int) -> list[Sample]:
        """The samples of a step (0, 1, …), source after source; any step at any time."""
        return [
            self._draw(source, step * share + place)
            for source, share in enumerate(self._shares)
            for place in range(share)
        ]

    def _draw(self, source: int, count: int) -> Sample:
        """The `count`-th sample (from 0) ever drawn from a source."""
        data = self._sources[source]
        epoch, place = divmod(count, len(data))
        cached = self._orders.get(source)
        if cached is None or cached[0] != epoch:
            generator = chance.generator(self._seed, "order", self._stream, source, epoch)
            cached = self._orders[source] = (epoch, torch.randperm(len(data), generator=generator))
        return data[int(cached[1][place])]


def _shares(weights: list[float], batch: int) -> list[int]:
    """Whole numbers that add up to `batch`; ties go to the earlier source."""
    quotas = [batch * weight / sum(weights) for weight in weights]
    shares = [math.floor(quota) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda source: shares[source] - quotas[source])
    for source in by_remainder[: batch - sum(shares)]:
        shares[source] += 1
    return shares
