import numpy as np
import PIL.Image
import pytest

from mini4o.evaluation.labels.sheets import CELL, ROWS, Entry, sheets


def picture(size: tuple[int, int] = (64, 64)) -> PIL.Image.Image:
    return PIL.Image.new("RGB", size, (0, 200, 0))


def green(sheet: PIL.Image.Image) -> np.ndarray:
    return (np.asarray(sheet) == (0, 200, 0)).all(axis=-1)


@pytest.mark.parametrize(
    ("size", "shown"),
    [((64, 64), (256, 256)), ((80, 48), (240, 144)), ((48, 80), (144, 240)), ((512, 256), (256, 128))],
)
def test_pictures_are_large(size: tuple[int, int], shown: tuple[int, int]) -> None:
    [sheet] = sheets([Entry(1, (picture(size),), ("a red ball",))])
    rows, columns = np.nonzero(green(sheet))
    assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == shown


def test_drawings_and_edits_have_sheets_of_their_own() -> None:
    drawings = [Entry(number, (picture(),), ("a ball",)) for number in range(1, 4 * ROWS + 2)]
    edits = [Entry(number, (picture(), picture()), ("a ball",)) for number in range(30, 33)]
    made = sheets([*drawings, *edits])
    assert [int(green(sheet).sum()) for sheet in made] == [CELL**2 * number for number in (4 * ROWS, 1, 6)]
    assert all(sheet.width < 1200 and sheet.height < 1200 for sheet in made)
    assert len(np.flatnonzero(np.diff(green(made[2]).any(axis=0)))) == 8  # four pictures side by side, in two rows


def test_claims_stand_under_their_picture_and_are_wrapped() -> None:
    long = "a big red ball to the left of a small blue box that is behind a medium-sized tree with green leaves"
    [short, wrapped] = (sheets([Entry(1, (picture(),), (words,))])[0] for words in ("a ball", long))
    assert wrapped.height > short.height
    ink = (np.asarray(wrapped) < 100).all(axis=-1)
    rows, columns = np.nonzero(ink)
    assert columns.max() < 2 * CELL and rows.min() > np.nonzero(green(wrapped))[0].max()
