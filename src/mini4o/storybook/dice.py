"""Chance for the picture book: a small generator for each (seed, stream, keys), the same on every Python version."""

import random
from collections.abc import Sequence
from typing import TypeVar

from mini4o import chance

Item = TypeVar("Item")


class Dice:
    """Draws from one stream. Only `random.Random.random()` is used, whose sequence Python promises not to change."""

    def __init__(self, seed: int, stream: str, *keys: int | str) -> None:
        self._next = random.Random(chance.derive(seed, stream, *keys)).random

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self._next()

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1."""
        return int(self._next() * count)

    def happens(self, share: float) -> bool:
        """True in this share of cases."""
        return self._next() < share

    def pick(self, options: Sequence[Item], weights: Sequence[float] | None = None) -> Item:
        """One of the options, all alike or by weight."""
        if weights is None:
            return options[self.below(len(options))]
        left = self._next() * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            left -= weight
            if left < 0:
                return option
        return options[-1]

    def shuffled(self, options: Sequence[Item]) -> list[Item]:
        """All of the options in any order (Fisher-Yates)."""
        order = list(options)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def sample(self, options: Sequence[Item], count: int) -> list[Item]:
        """`count` different ones of the options."""
        return self.shuffled(options)[:count]
