"""Chance. Every random number is a function of (seed, stream name, keys); no global generator is read or set.

So a batch equals each of its members alone, undo equals never done, a resumed run equals one that never stopped,
and a retry is the same call with another counter.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loading torch takes seconds, and hashing does without
    import torch


def derive(seed: int, stream: str, *keys: int | str) -> int:
    """A 63-bit seed for one stream: a hash of (seed, stream, keys), the same on every machine."""
    text = "\x1f".join([str(seed), stream, *map(str, keys)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def generator(seed: int, stream: str, *keys: int | str) -> "torch.Generator":
    """A CPU generator for one stream."""
    import torch

    return torch.Generator().manual_seed(derive(seed, stream, *keys))


def normal(shape: tuple[int, ...], seed: int, stream: str, *keys: int | str) -> "torch.Tensor":
    """Standard normal noise of `shape`, made on the CPU in fp32 whatever device it is used on."""
    import torch

    return torch.randn(shape, generator=generator(seed, stream, *keys), dtype=torch.float32)


def uniform(seed: int, stream: str, *keys: int | str) -> float:
    """One number in [0, 1)."""
    return derive(seed, stream, *keys) / 2**63


@contextmanager
def library(seed: int, stream: str) -> Iterator[None]:
    """For code of others that draws from torch's global CPU generator: seeded inside, as it was before afterwards."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive(seed, stream))
        yield
