import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini4o.evaluation.shares import clustered, share, spread, wilson


@given(st.integers(1, 400), st.data())
def test_wilson_holds_the_share(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    low, high = wilson(hits, count)
    assert 0 <= low <= hits / count + 1e-9 and hits / count - 1e-9 <= high <= 1 and low < high


def test_wilson_values() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), p. 857, table I, method 3: 81 of 263 and 15 of 148.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 0) == (0, 1)


def test_a_share_of_nothing_is_unknown() -> None:
    assert share(0, 0) == {"share": None, "n": 0, "low": 0, "high": 1}
    assert share(3, 4)["share"] == 0.75


def test_marks_of_one_sample_go_together() -> None:
    """Ten samples of four marks that are all alike are worth ten marks; of marks by chance each counts."""
    alike = clustered([[number < 5] * 4 for number in range(10)])
    assert (alike["share"], alike["n"], alike["left_out"]) == (0.5, 40, 0)
    assert alike["low"] == pytest.approx(wilson(5, 10)[0], abs=0.02) and alike["low"] < wilson(20, 40)[0]
    spread_out = clustered([[True, False, True, False]] * 10)
    assert (spread_out["low"], spread_out["high"]) == wilson(20, 40)
    assert clustered([[True] * 4] * 10)["low"] == wilson(10, 10)[0]  # nothing is known of how they vary


def test_one_mark_a_sample_is_a_share() -> None:
    marks = [[True], [False], [None], [True]]
    assert clustered(marks) == {**share(2, 3), "left_out": 1}
    assert clustered([]) == {**share(0, 0), "left_out": 0}
    assert clustered([[True, False]])["n"] == 2


@given(st.lists(st.lists(st.sampled_from([True, False, None]), max_size=5), max_size=8))
def test_clustered_holds_the_share(samples: list[list[bool | None]]) -> None:
    told = clustered(samples)
    assert 0 <= told["low"] <= told["high"] <= 1
    assert told["share"] is None or told["low"] - 1e-9 <= told["share"] <= told["high"] + 1e-9
    assert sum(spread(samples)) == pytest.approx(0)
