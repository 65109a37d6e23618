"""Which size a drawing gets, and how a picture is brought to it."""

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini4o.conversation.sizes import choose, fit
from mini4o.errors import ConversationError

LISTED = [(32, 32), (48, 32), (32, 48), (64, 16)]
sides = st.integers(1, 300)


def blank(width: int, height: int) -> PIL.Image.Image:
    return PIL.Image.new("RGB", (width, height))


def test_the_wanted_size_wins_then_the_shape_of_the_source_then_the_first() -> None:
    assert choose(LISTED, (64, 16), blank(10, 10)) == (64, 16)
    assert choose(LISTED, None, blank(300, 200)) == (48, 32)
    assert choose(LISTED, None, None) == (32, 32)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((7, 7), (32, 32)),
        ((10, 1), (64, 16)),
        ((1, 10), (32, 48)),
        ((15, 10), (48, 32)),
        ((20, 16), (48, 32)),
        ((12, 10), (32, 32)),
    ],
)
def test_the_nearest_shape_is_by_ratio(shape: tuple[int, int], size: tuple[int, int]) -> None:
    assert choose(LISTED, None, blank(*shape)) == size


@given(sides, sides)
def test_turning_a_picture_turns_its_size(width: int, height: int) -> None:
    both_ways = [(32, 32), (48, 32), (32, 48)]
    chosen, turned = choose(both_ways, None, blank(width, height)), choose(both_ways, None, blank(height, width))
    assert turned == chosen[::-1]


@given(sides, sides)
def test_a_picture_of_a_listed_shape_at_any_scale_gets_it(factor: int, index: int) -> None:
    size = LISTED[index % len(LISTED)]
    assert choose(LISTED, None, blank(size[0] * factor // 8 + size[0], size[1] * factor // 8 + size[1])) == size


@pytest.mark.parametrize("wanted", [(33, 32), (16, 64), (0, 0)])
def test_an_unlisted_size_is_refused_with_the_list(wanted: tuple[int, int]) -> None:
    with pytest.raises(ConversationError) as caught:
        choose(LISTED, wanted, None)
    assert f"{wanted[0]}x{wanted[1]}; it draws 32x32, 48x32, 32x48, 64x16" in str(caught.value)


@given(sides, sides, st.sampled_from(LISTED))
def test_a_fitted_picture_has_the_size(width: int, height: int, size: tuple[int, int]) -> None:
    assert fit(blank(width, height), size).size == size


def test_a_picture_that_fits_is_untouched() -> None:
    picture = blank(48, 32)
    assert fit(picture, (48, 32)) is picture


def test_fitting_covers_and_cuts_at_the_middle() -> None:
    stripes = np.zeros((32, 96, 3), dtype=np.uint8)
    stripes[:, 32:64] = 255  # black, white, black
    fitted = np.array(fit(PIL.Image.fromarray(stripes), (32, 32)))
    assert (fitted == 255).all()
    tall = np.array(fit(PIL.Image.fromarray(stripes.transpose(1, 0, 2).copy()), (16, 16)))
    assert tall.mean() > 250
