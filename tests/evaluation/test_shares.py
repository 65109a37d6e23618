import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini4o.evaluation.shares import share, wilson


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
