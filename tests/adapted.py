"""Adapters whose every weight counts, as training would leave them."""

from collections.abc import Sequence

import torch

from mini4o import chance
from mini4o.model import adapters
from mini4o.model.net import ADAPTER_WEIGHT, Net
from mini4o.model.spec import AdapterSpec


def trained(net: Net, groups: Sequence[str] = ("language", "dit"), rank: int = 4, seed: int = 0) -> str:
    """Put an adapter on a net and give its weights, half of which are zero at the start, values."""
    name = adapters.add(net, {group: AdapterSpec(rank=rank, alpha=2 * rank) for group in groups}, seed)
    assert name is not None
    with torch.no_grad():
        for key, value in net.state_dict().items():
            if ADAPTER_WEIGHT.search(key) and f".{name}." in key:
                value.copy_(0.1 * chance.normal(tuple(value.shape), seed, "adapter", key))
    return name


def base(net: Net) -> dict[str, torch.Tensor]:
    """A copy of all but the adapters' weights."""
    return {n: v.detach().clone() for n, v in net.state_dict().items() if not ADAPTER_WEIGHT.search(n)}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Bit for bit."""
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())
