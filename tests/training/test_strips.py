"""Strips of drawings, and the one picture that is made of them as training goes."""

from itertools import pairwise
from pathlib import Path

import PIL.Image
import pytest

from mini4o.conversation.images import save_png
from mini4o.training.strips import CELL, GAP, MOST, PROGRESS, TOP, forget_after, strip, write_progress

PAPER = (232, 232, 232)
GIVEN, TARGET = (200, 0, 0), (0, 0, 200)


def plain(colour: tuple[int, int, int]) -> PIL.Image.Image:
    return PIL.Image.new("RGB", (8, 8), colour)


def drawn(step: int) -> tuple[int, int, int]:
    """The colour that a step draws in the tests."""
    return (0, 50 + step, 0)


def write(folder: Path, step: int, stage: str = "unify", rows: int = 2, given: bool = True) -> None:
    """A strip of so many rows; the first has an input if `given`."""
    (folder / "samples").mkdir(exist_ok=True)
    lines = [[plain(GIVEN) if given and not row else None, plain(drawn(step)), plain(TARGET)] for row in range(rows)]
    save_png(strip(lines), folder / "samples" / f"{step:06d}-{stage}.png")


def cells(folder: Path) -> list[list[tuple[int, ...]]]:
    """The colour in the middle of each cell of `progress.png`, row by row."""
    with PIL.Image.open(folder / PROGRESS) as sheet:
        across, down = (sheet.width - GAP) // (CELL + GAP), (sheet.height - TOP - GAP) // (CELL + GAP)
        return [[_middle(sheet, column, row) for column in range(across)] for row in range(down)]


def _middle(sheet: PIL.Image.Image, column: int, row: int) -> tuple[int, ...]:
    colour = sheet.getpixel((GAP + column * (CELL + GAP) + CELL // 2, TOP + row * (CELL + GAP) + CELL // 2))
    assert isinstance(colour, tuple)
    return colour


def test_an_empty_cell_stays_empty() -> None:
    black = PIL.Image.new("RGB", (8, 4))
    sheet = strip([[None, black, None]])
    middle = 16 + 3 + CELL // 4
    colours = [sheet.getpixel((6 + column * (CELL + 6) + CELL // 2, middle)) for column in range(3)]
    assert colours == [(232, 232, 232), (0, 0, 0), (232, 232, 232)]


def test_progress_is_a_row_a_request_with_what_was_drawn_from_first_to_last(tmp_path: Path) -> None:
    for step, stage in ((8, "connect"), (12, "connect"), (15, "unify")):
        write(tmp_path, step, stage)
        write_progress(tmp_path)
    outputs = [drawn(8), drawn(12), drawn(15)]
    assert cells(tmp_path) == [[GIVEN, *outputs, TARGET], [PAPER, *outputs, TARGET]]


def test_without_any_input_there_is_no_column_of_inputs(tmp_path: Path) -> None:
    write(tmp_path, 4, rows=1, given=False)
    write_progress(tmp_path)
    assert cells(tmp_path) == [[drawn(4), TARGET]]


@pytest.mark.parametrize("count", [MOST, MOST + 1, 3 * MOST])
def test_of_many_previews_some_are_chosen_evenly_and_the_latest_always(tmp_path: Path, count: int) -> None:
    for step in range(1, count + 1):
        write(tmp_path, step, rows=1, given=False)
    write_progress(tmp_path)
    [row] = cells(tmp_path)
    steps = [colour[1] - 50 for colour in row[:-1]]
    assert len(steps) == MOST and (steps[0], steps[-1]) == (1, count)
    apart = {after - before for before, after in pairwise(steps)}
    assert max(apart) - min(apart) <= 1


def test_strips_of_other_requests_and_other_files_are_left_out(tmp_path: Path) -> None:
    for step in range(1, MOST):
        write(tmp_path, step, rows=3)
    for step in range(MOST, 2 * MOST):
        write(tmp_path, step)
    (tmp_path / "samples" / "mine.png").write_bytes(b"no picture")
    write_progress(tmp_path)
    assert cells(tmp_path)[1] == [PAPER, *map(drawn, range(MOST, 2 * MOST)), TARGET]


def test_a_run_that_is_cut_back_knows_nothing_of_the_future(tmp_path: Path) -> None:
    for step in (4, 8, 12):
        write(tmp_path, step)
    write_progress(tmp_path)
    forget_after(tmp_path, 8)
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == ["000004-unify.png", "000008-unify.png"]
    assert cells(tmp_path)[0] == [GIVEN, drawn(4), drawn(8), TARGET]
    forget_after(tmp_path, 0)
    assert not (tmp_path / PROGRESS).exists()


def test_a_run_that_has_drawn_nothing_has_none(tmp_path: Path) -> None:
    forget_after(tmp_path, 10)
    assert list(tmp_path.iterdir()) == []
