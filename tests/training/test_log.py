"""The log of a run: cut back on resume, plotted."""

import json
import sys
from pathlib import Path

import PIL.Image
import pytest

from mini4o.training.log import JsonlLog, StepLog, cut_back, plot_losses, replace_text


def step(done: int, text: float | None = 1.5) -> StepLog:
    tasks = {"draw": {"image": 0.123456}, "read": {"text": 2.0}} if text else {"draw": {"image": 0.25}}
    return StepLog("connect", done, 9, done, 9, text, 0.25, None, tasks, None, 3.0)


def test_a_line_a_step_without_what_is_absent(tmp_path: Path) -> None:
    log = JsonlLog(tmp_path / "log.jsonl", 0)
    log.add(step(1), {"dit": 1e-3})
    log.add(step(2, None), {"dit": 2e-3})
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    assert rows == log.rows and rows[0]["text"] == 1.5 and rows[1]["rates"] == {"dit": 2e-3}
    assert "text" not in rows[1] and "spread" not in rows[0]
    assert rows[0]["tasks"] == {"draw": {"image": 0.1235}, "read": {"text": 2.0}}
    assert rows[1]["tasks"] == {"draw": {"image": 0.25}}


@pytest.mark.parametrize("torn", ["", '{"done": 5, "te', "\x00\x00"])
def test_a_resumed_run_cuts_the_log_back_to_its_checkpoint(torn: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = JsonlLog(path, 0)
    for done in range(1, 5):
        log.add(step(done), {})
    with path.open("a", encoding="utf-8") as file:
        file.write(torn)
    again = JsonlLog(path, 4)
    assert again.rows == log.rows
    again = JsonlLog(path, 2)
    again.add(step(3, 9.0), {})
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [(row["done"], row["text"]) for row in rows] == [(1, 1.5), (2, 1.5), (3, 9.0)]
    assert [p.name for p in tmp_path.iterdir()] == ["log.jsonl"]


def test_text_in_any_script_stays(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    line = json.dumps({"done": 1, "answer": "数字 ✎\u2028"}, ensure_ascii=False)
    path.write_text(f"{line}\n", encoding="utf-8")
    assert cut_back(path, 1) == [{"done": 1, "answer": "数字 ✎\u2028"}]
    assert path.read_text("utf-8") == f"{line}\n"


def test_replace_leaves_the_old_file_when_it_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    replace_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        replace_text(path, "new \ud800")
    assert path.read_text("utf-8") == "old" and [p.name for p in tmp_path.iterdir()] == ["plan.json"]


def test_without_matplotlib_there_is_no_plot_and_no_error(tmp_path: Path) -> None:
    log = JsonlLog(tmp_path / "log.jsonl", 0)
    log.add(step(1), {})
    plot_losses(log.rows, tmp_path / "loss.png")
    assert not (tmp_path / "loss.png").exists()


def test_the_plot_is_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "matplotlib.figure")
    log = JsonlLog(tmp_path / "log.jsonl", 0)
    log.add(step(1), {})
    plot_losses(log.rows, tmp_path / "begun.png")
    for done in range(2, 9):
        log.add(step(done, 1 / done if done < 5 else None), {})
    plot_losses(log.rows, tmp_path / "loss.png")
    with PIL.Image.open(tmp_path / "loss.png") as loss, PIL.Image.open(tmp_path / "begun.png") as begun:
        assert loss.size == begun.size and loss.tobytes() != begun.tobytes()
