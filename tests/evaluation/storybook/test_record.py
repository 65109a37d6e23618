import json
from pathlib import Path
from typing import Any

import pytest

from mini4o.errors import DataError
from mini4o.evaluation.storybook.exam import Exam
from mini4o.evaluation.storybook.record import Record, clear, read_record
from mini4o.evaluation.storybook.settings import settings_of

EXAM = Exam(("ask_exist",), 2)


def settings(**changes: Any) -> dict[str, Any]:
    return {**settings_of(EXAM, 0, None, None, "cpu"), **changes}


def test_it_goes_on_where_it_was_cut_short(tmp_path: Path, picture) -> None:
    record = Record(tmp_path, settings())
    record.add({"sample": "a", "text": "画"}, {"a.png": picture()})
    record.add({"sample": "b"}, {})
    whole = (tmp_path / "samples.jsonl").read_bytes()
    (tmp_path / "samples.jsonl").write_bytes(whole + b'{"sample": "c", "te')
    again = Record(tmp_path, settings())
    assert again.lines == {"a": {"sample": "a", "text": "画"}, "b": {"sample": "b"}}
    again.add({"sample": "c"}, {})
    assert (tmp_path / "samples.jsonl").read_bytes() == whole + b'{"sample": "c"}\n'
    assert (tmp_path / "pictures" / "a.png").is_file()


def test_one_that_was_cut_in_its_first_line_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "samples.jsonl").write_text('{"format": 2, "mod', encoding="utf-8")
    record = Record(tmp_path, settings())
    assert record.lines == {}
    assert read_record(tmp_path) == (json.loads(json.dumps(settings())), {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 3}, "seed (0, now 3)"),
        ({"model_hash": "abc"}, "model_hash (None, now abc)"),
        ({"splits": ["val"]}, "splits (test, heldout, now val)"),
        ({"code": {"world": "x", "judge": "y"}}, "code (world, judge, rules)"),
    ],
)
def test_other_settings_are_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    Record(tmp_path, settings())
    with pytest.raises(DataError) as error:
        Record(tmp_path, settings(**change))
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_model_may_have_been_moved(tmp_path: Path) -> None:
    Record(tmp_path, settings(model="here", model_hash="abc"))
    assert Record(tmp_path, settings(model="there", model_hash="abc")).settings["model"] == "here"


def test_damage_is_refused(tmp_path: Path) -> None:
    record = Record(tmp_path, settings())
    record.add({"sample": "a"}, {})
    lines = (tmp_path / "samples.jsonl").read_text("utf-8")
    (tmp_path / "samples.jsonl").write_text(lines.replace('"sample"', '"sampl'), encoding="utf-8")
    with pytest.raises(DataError, match="damaged"):
        Record(tmp_path, settings())


def test_what_is_labelled_by_hand_is_not_cleared(tmp_path: Path) -> None:
    Record(tmp_path, settings())
    (tmp_path / "labels").mkdir()
    with pytest.raises(DataError, match="move it away first"):
        clear(tmp_path)
    assert (tmp_path / "samples.jsonl").is_file()


def test_clear_leaves_what_is_not_its_own(tmp_path: Path) -> None:
    Record(tmp_path, settings())
    for name in ("report.json", "notes.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
