import random
from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mini4o.data.mixture import Mixture
from mini4o.data.sample import Sample
from mini4o.errors import DataError


class Numbered:
    """A data set whose samples are only their origins."""

    def __init__(self, name: str, length: int) -> None:
        self.name, self.length = name, length

    def __repr__(self) -> str:
        return self.name

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Sample:
        assert 0 <= index < self.length
        return Sample([], f"{self.name}:{index}")


def origins(mixture: Mixture, steps: range | list[int]) -> list[list[str]]:
    return [[sample.origin for sample in mixture.batch(step)] for step in steps]


sizes = st.lists(st.integers(1, 12), min_size=1, max_size=4)


@settings(deadline=None)
@given(sizes, st.data(), st.integers(0, 9))
def test_every_epoch_holds_every_sample_once(lengths: list[int], data: st.DataObject, seed: int) -> None:
    weights = data.draw(st.lists(st.integers(1, 5), min_size=len(lengths), max_size=len(lengths)))
    sources = [
        (Numbered(f"s{k}", length), float(w)) for k, (length, w) in enumerate(zip(lengths, weights, strict=True))
    ]
    mixture = Mixture(sources, batch=sum(weights), seed=seed, stream="test")
    assert mixture.shares == weights
    drawn = [origin for batch in origins(mixture, range(30)) for origin in batch]
    for k, length in enumerate(lengths):
        of_source = [origin for origin in drawn if origin.startswith(f"s{k}:")]
        assert len(of_source) == 30 * weights[k]
        for start in range(0, len(of_source) - length + 1, length):
            assert Counter(of_source[start : start + length]) == Counter(f"s{k}:{i}" for i in range(length))


@settings(deadline=None)
@given(sizes, st.randoms(use_true_random=False))
def test_a_batch_depends_on_its_step_alone(lengths: list[int], chance: random.Random) -> None:
    sources = [(Numbered(f"s{k}", length), 1.0) for k, length in enumerate(lengths)]
    forward = origins(Mixture(sources, 2 * len(lengths), 3, "test"), range(20))
    steps = list(range(20))
    chance.shuffle(steps)
    mixture = Mixture(sources, 2 * len(lengths), 3, "test")
    assert {step: batch for step, batch in zip(steps, origins(mixture, steps), strict=True)} == dict(enumerate(forward))


def test_seed_stream_source_and_epoch_each_change_the_order() -> None:
    def first(seed: int, stream: str, source: int = 0) -> list[str]:
        pair = [(Numbered("x", 50), 1.0), (Numbered("x", 50), 1.0)]
        batch = origins(Mixture(pair, 100, seed, stream), [0])[0]
        return batch[50 * source : 50 * source + 50]

    orders = [first(0, "a"), first(1, "a"), first(0, "b"), first(0, "a", 1)]
    orders.append(origins(Mixture([(Numbered("x", 50), 1.0)], 50, 0, "a"), [1])[0])  # the second epoch
    assert len({tuple(order) for order in orders}) == 5
    assert first(0, "a") == orders[0] != sorted(orders[0])


def test_no_global_chance_is_read_or_set() -> None:
    import torch

    mixture = Mixture([(Numbered("x", 50), 1.0)], 8, 0, "a")
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = origins(mixture, [0])
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert origins(Mixture([(Numbered("x", 50), 1.0)], 8, 0, "a"), [0]) == first


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=5), st.integers(1, 64))
def test_shares_add_up_and_stay_within_one_of_the_exact_ones(weights: list[float], batch: int) -> None:
    sources = [(Numbered(f"s{k}", 3), weight) for k, weight in enumerate(weights)]
    try:
        shares = Mixture(sources, batch, 0, "test").shares
    except DataError as error:
        enough = int(str(error).split("a batch of ")[-1].split()[0])
        assume(enough < 10_000)
        assert enough > batch and all(Mixture(sources, enough, 0, "test").shares)
        return
    assert sum(shares) == batch and all(shares)
    exact = [batch * weight / sum(weights) for weight in weights]
    assert all(abs(share - wanted) < 1 + 1e-9 for share, wanted in zip(shares, exact, strict=True))


def test_the_largest_remainders_get_what_is_left() -> None:
    sources = [(Numbered("a", 3), 0.5), (Numbered("b", 3), 0.3), (Numbered("c", 3), 0.2), (Numbered("d", 0), 0.0)]
    assert Mixture(sources, 7, 0, "test").shares == [4, 2, 1, 0]  # exact: 3.5, 2.1, 1.4


def test_what_cannot_be_mixed_is_refused_by_name() -> None:
    big, small = Numbered("big.jsonl", 3), Numbered("small.jsonl", 3)
    with pytest.raises(DataError, match=r"source 2 \(small\.jsonl\).*batch of 4; a batch of 10 or more would do"):
        Mixture([(big, 9), (small, 1)], 4, 0, "test")
    with pytest.raises(DataError, match=r"source 1 \(none\): it has no samples"):
        Mixture([(Numbered("none", 0), 1)], 4, 0, "test")
    with pytest.raises(DataError, match="at least one source"):
        Mixture([], 4, 0, "test")
    with pytest.raises(DataError, match="at least one source"):
        Mixture([(big, 0)], 4, 0, "test")
    for weight in (-1.0, float("nan"), float("inf")):
        with pytest.raises(DataError, match=r"source 2 \(small\.jsonl\): a weight"):
            Mixture([(big, 1), (small, weight)], 4, 0, "test")
    with pytest.raises(DataError, match=r"source 1 \(big\.jsonl\)"):
        Mixture([(big, 1)], 0, 0, "test")
