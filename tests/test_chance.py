"""Chance is a function of (seed, stream, keys) and of nothing else."""

import subprocess
import sys
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mini4o import chance

keys = st.lists(
    st.integers() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f")), max_size=3
)


def test_the_numbers_are_those_of_every_machine() -> None:
    assert chance.derive(0, "noise", "", 1) == 956759757127658428
    assert chance.uniform(3, "branch", "unify", 17) == pytest.approx(0.9588481079800216)
    assert chance.normal((2,), 0, "noise").tolist() == pytest.approx([0.5355674624443054, -1.470941424369812])


def test_another_process_gets_the_same() -> None:
    """Python's own hash of strings differs from process to process."""
    code = "from mini4o import chance; print(chance.derive(1, 'a', 'b', 2))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == chance.derive(1, "a", "b", 2)


@given(st.integers(0, 2**40), st.text(st.characters(exclude_categories=["Cs"])), keys)
def test_a_seed_is_63_bits(seed: int, stream: str, given_keys: list[int | str]) -> None:
    derived = chance.derive(seed, stream, *given_keys)
    assert 0 <= derived < 2**63
    assert derived == chance.derive(seed, stream, *given_keys)
    assert 0 <= chance.uniform(seed, stream, *given_keys) < 1


def test_every_part_of_the_name_matters() -> None:
    names = [(0, "a"), (1, "a"), (0, "b"), (0, "a", 1), (0, "a", 1, 2), (0, "a", 12), (0, "a", "1", "2", ""), (0, "a1")]
    assert len({chance.derive(*name) for name in names}) == len(names)
    draws = {tuple(chance.normal((3,), *name).tolist()) for name in names}
    assert len(draws) == len(names)


def test_uniform_numbers_fill_the_unit_interval_evenly() -> None:
    tenths = Counter(int(10 * chance.uniform(0, "even", i)) for i in range(5000))
    assert sorted(tenths) == list(range(10))
    assert all(400 < count < 600 for count in tenths.values())


def test_normal_numbers_are_fp32_on_the_cpu_whatever_the_default() -> None:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        noise = chance.normal((100, 100), 0, "noise")
    finally:
        torch.set_default_dtype(before)
    assert noise.dtype == torch.float32
    assert torch.equal(noise, chance.normal((100, 100), 0, "noise"))
    assert abs(noise.mean().item()) < 0.05
    assert noise.std().item() == pytest.approx(1, abs=0.05)


def test_the_global_generator_is_not_read_and_not_moved() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        before = torch.get_rng_state()
        one = chance.normal((4,), 0, "a"), chance.uniform(0, "a")
        with chance.library(0, "theirs"):
            theirs = torch.rand(3)
        assert torch.equal(before, torch.get_rng_state())
        torch.manual_seed(2)
        two = chance.normal((4,), 0, "a"), chance.uniform(0, "a")
        with chance.library(0, "theirs"):
            assert torch.equal(theirs, torch.rand(3))
    assert torch.equal(one[0], two[0])
    assert one[1] == two[1]


def test_the_global_generator_is_given_back_after_an_error_too() -> None:
    before = torch.get_rng_state()
    with pytest.raises(RuntimeError), chance.library(0, "theirs"):
        torch.rand(3)
        raise RuntimeError
    assert torch.equal(before, torch.get_rng_state())
