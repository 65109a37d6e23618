import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import PIL.Image
import pytest

from mini4o.errors import DataError
from mini4o.evaluation.labels.claimed import KEPT
from mini4o.evaluation.labels.files import FILE, read_labels, write_labels
from mini4o.evaluation.storybook.record import Record

PICTURES = 7  # of eight samples: of one chain the judge cannot say whether it is right, its letters are too low


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copy"))


def test_it_is_blind(written: Path) -> None:
    """Nothing but numbers, dots, claims and names of pictures: the same for right ones and wrong ones."""
    lines = (written / "labels" / FILE).read_text("utf-8").splitlines()
    told = [line for line in lines if line and not line.startswith("#")]
    assert len(told) == PICTURES
    claims, picture = r"a\) [^|]+( \| [b-z]\) [^|]+)*", r"test-[a-z_]+-..-0-\d\.png [0-9a-f]{8}"
    for number, line in enumerate(told, start=1):
        assert re.fullmatch(rf" *{number}  \.+ +{claims}   {picture}", line)
    assert sorted(path.name for path in (written / "labels").iterdir()) == [FILE, "sheet-01.png", "sheet-02.png"]


def test_one_picture_of_each_sample_in_an_order_by_chance_edits_last(written: Path) -> None:
    samples = [each.picture.rpartition("-")[0] for each in read_labels(written)]
    assert len(set(samples)) == PICTURES and samples != sorted(samples)
    edits = [each.claims[-1].endswith(KEPT) for each in read_labels(written)]
    assert edits == [False] * 4 + [True] * 3
    assert {sample.split("-")[1] for sample in samples[4:]} == {"edit_recolour", "rounds"}


def test_the_same_seed_writes_the_same(examined: SimpleNamespace, tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 0), ("three", 1)):
        write_labels(examined.exam, examined.record, tmp_path / name, 3, seed)
    files = [sorted((tmp_path / name).iterdir()) for name in ("one", "two")]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    assert (tmp_path / "one" / FILE).read_text("utf-8") != (tmp_path / "three" / FILE).read_text("utf-8")


def test_baselines_draw_nothing(examined: SimpleNamespace, tmp_path: Path) -> None:
    record = Record(tmp_path / "alone", examined.record.settings)
    with pytest.raises(DataError, match="no model drew anything"):
        write_labels(examined.exam, record, tmp_path / "labels", 3, 0)
    assert not (tmp_path / "labels").exists()


def test_marks_are_read_back(copied: Path, fill: Callable[..., None]) -> None:
    before = read_labels(copied)
    assert all(set(each.marks) == {"."} and len(each.marks) == len(each.claims) for each in before)
    marks = ["y" * len(each.claims) for each in before]
    marks[1] = "n?."[: len(marks[1])]
    fill(copied / "labels" / FILE, marks)
    after = read_labels(copied)
    assert [each.marks for each in after] == marks
    assert [(each.picture, each.claims) for each in after] == [(each.picture, each.claims) for each in before]
    assert read_labels(copied / "pictures") == []


def _replace(old: str, new: str) -> Callable[[Path], None]:
    """Changes the first line of a picture, the eighth of the file."""

    def change(folder: Path) -> None:
        file = folder / "labels" / FILE
        lines = file.read_text("utf-8").split("\n")
        lines[7], count = re.subn(old, new, lines[7], count=1)
        assert count == 1
        file.write_text("\n".join(lines), encoding="utf-8")

    return change


def _other_picture(folder: Path) -> None:
    """The model was examined again, and drew something else."""
    PIL.Image.new("RGB", (64, 64)).save(folder / "pictures" / read_labels(folder)[0].picture)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_replace(r"\.+ ", "yes "), "line 8: after the number y, n, ? or . for each claim"),
        (_replace(r"\.+ ", " "), "line 8: after the number y, n, ? or . for each claim"),
        (_replace(r"\.\.+ ", "y y "), "line 8: after the number y, n, ? or . for each claim"),
        (_replace(r"\.+ ", "ynynynynynynynyn "), "line 8: 16 marks for "),
        (_replace("....$", ""), "line 8: after the number"),
        (_replace("....$", "0000"), "line 8: test-"),
        (_other_picture, "is not the picture that was to be labelled"),
    ],
)
def test_what_is_broken_is_named_in_one_line(copied: Path, change: Callable[[Path], None], said: str) -> None:
    change(copied)
    with pytest.raises(DataError) as error:
        read_labels(copied)
    assert said in str(error.value) and FILE in str(error.value) and "\n" not in str(error.value)


def test_a_picture_that_stands_twice_is_refused(copied: Path) -> None:
    file = copied / "labels" / FILE
    text = file.read_text("utf-8")
    file.write_text(text + text.splitlines()[-1] + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="is not the picture"):
        read_labels(copied)
