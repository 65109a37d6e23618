import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import PIL.Image
import pytest

from mini4o.errors import DataError
from mini4o.evaluation.labels.claimed import KEPT
from mini4o.evaluation.labels.files import read_labels, write_labels
from mini4o.evaluation.storybook.record import Record


@pytest.fixture(scope="module")
def written(examined: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is to be labelled of the examination, in its folder, which is a copy."""
    folder = tmp_path_factory.mktemp("written") / "exam"
    shutil.copytree(examined.folder, folder)
    record = Record(folder, examined.record.settings)
    told = write_labels(examined.exam, record, folder / "labels", 12, seed=0)
    assert told == {"pictures": 12, "claims": len(rows(folder)), "sheets": 2}
    return folder


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copy"))


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "labels" / "labels.jsonl").read_text("utf-8").splitlines()]


def test_it_is_blind(written: Path) -> None:
    told = rows(written)
    assert all(list(row) == ["picture", "number", "claim", "label"] and row["label"] is None for row in told)
    assert sorted({row["number"] for row in told}) == list(range(1, 13))
    assert len({row["picture"].rpartition("-")[0] for row in told}) == 12  # samples


def test_pictures_lie_beside_their_sheets(written: Path) -> None:
    names = sorted(path.name for path in (written / "labels").iterdir())
    assert names == ["labels.jsonl", "pictures", "sheet-01.png", "sheet-02.png"]
    for row in rows(written):
        with (
            PIL.Image.open(written / "pictures" / row["picture"]) as one,
            PIL.Image.open(written / "labels" / "pictures" / f"{row['number']:03}.png") as other,
        ):
            assert one.tobytes() == other.tobytes()


def test_of_an_edit_everything_else_is_claimed_too(written: Path) -> None:
    kept = {row["picture"].split("-")[1] for row in rows(written) if row["claim"] == KEPT}
    assert kept >= {"edit_recolour", "rounds"} and not kept & {"category_two", "think_then_draw"}


def test_the_same_seed_writes_the_same(examined: SimpleNamespace, tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 0), ("three", 1)):
        write_labels(examined.exam, examined.record, tmp_path / name, 3, seed)
    files = [sorted(path for path in (tmp_path / name).rglob("*") if path.is_file()) for name in ("one", "two")]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    texts = [(tmp_path / name / "labels.jsonl").read_text("utf-8") for name in ("one", "three")]
    assert texts[0] != texts[1]


def test_baselines_draw_nothing(examined: SimpleNamespace, tmp_path: Path) -> None:
    record = Record(tmp_path / "alone", examined.record.settings)
    with pytest.raises(DataError, match="no model drew anything"):
        write_labels(examined.exam, record, tmp_path / "labels", 3, 0)
    assert not (tmp_path / "labels").exists()


def test_labels_are_read_back_in_order(copied: Path) -> None:
    told = rows(copied)
    told[0]["label"], told[1]["label"], told[1]["note"] = True, False, "hard to see"
    _write(copied, told)
    found = read_labels(copied)
    assert [(each.picture, each.claim, each.label) for some in found.values() for each in some] == [
        (row["picture"], row["claim"], row["label"]) for row in told
    ]
    assert len(found) == 12 and read_labels(copied / "pictures") == {}


def _write(folder: Path, told: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in told)
    (folder / "labels" / "labels.jsonl").write_text(text, encoding="utf-8")


def _label(value: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        told = rows(folder)
        told[2]["label"] = value
        _write(folder, told)

    return change


def _cut(folder: Path) -> None:
    file = folder / "labels" / "labels.jsonl"
    file.write_bytes(file.read_bytes()[:-20])


def _drop(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        told = rows(folder)
        del told[2][name]
        _write(folder, told)

    return change


def _other_picture(folder: Path) -> None:
    """The model was examined again, and drew something else."""
    PIL.Image.new("RGB", (64, 64)).save(folder / "pictures" / rows(folder)[0]["picture"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_label("yes"), "line 3: label: "),
        (_label(1), "line 3: label: "),
        (_drop("label"), "line 3: label: Field required"),
        (_drop("claim"), "line 3: claim: Field required"),
        (_cut, "Invalid JSON"),
        (_other_picture, "is not the picture that was labelled"),
    ],
)
def test_what_is_broken_is_named_in_one_line(copied: Path, change: Callable[[Path], None], said: str) -> None:
    change(copied)
    with pytest.raises(DataError) as error:
        read_labels(copied)
    assert said in str(error.value) and "labels.jsonl" in str(error.value) and "\n" not in str(error.value)
