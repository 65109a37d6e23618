"""The report of a whole examination of a model, and what is made of it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from mini4o.conversation.parts import Text
from mini4o.errors import DataError
from mini4o.evaluation.storybook import workers
from mini4o.evaluation.storybook.candidates import Trained, Truth
from mini4o.evaluation.storybook.compare import compare, correlation, difference
from mini4o.evaluation.storybook.compare import markdown as compared_table
from mini4o.evaluation.storybook.compare_page import page as compared_page
from mini4o.evaluation.storybook.exam import Exam
from mini4o.evaluation.storybook.page import page
from mini4o.evaluation.storybook.record import Record
from mini4o.evaluation.storybook.report import read_report, report
from mini4o.evaluation.storybook.settings import settings_of
from mini4o.evaluation.storybook.tables import markdown
from mini4o.evaluation.storybook.workers import Job, carry_out
from mini4o.generation.session import Reply
from mini4o.mini4o import Mini4o

EXAM = Exam(("ask_exist", "caption_short", "think_then_draw", "edit_season"), 2)
EVIL = "<script>alert(1)</script>\u202e"


def half(self: Trained, messages, wish, key) -> Reply:
    """Does as the world does in one split, and in the other says something evil."""
    if key.split == "test":
        return Truth(EXAM).reply(messages, wish, key)
    return Reply((Text(text=EVIL),))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path, tiny: Mini4o) -> Path:
    """The folder of an examination of such a model that is through."""
    folder = tmp_path_factory.mktemp("examined")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trained, "_said", half)
        record = Record(folder, settings_of(EXAM, 1, str(tiny_folder), tiny, "cpu"))
        carry_out(Job(EXAM, 1, tiny_folder, "cpu", tiny), record, workers=1)
    _write(record)
    return folder


def _write(record: Record) -> None:
    (record.folder / "report.json").write_text(json.dumps(report(EXAM, record)), encoding="utf-8")


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


def test_it_carries_all_that_a_score_needs(made: Path, tiny_folder: Path) -> None:
    told = read_report(made)
    assert told["model"] == str(tiny_folder) and len(told["model_hash"]) == 16
    assert set(told["prompts"]) == {"test", "heldout"} and told["seed"] == 0
    assert {"steps", "text_scale", "image_scale"} <= set(told["generation"])
    assert {"python", "mini4o", "torch"} <= set(told["versions"]) and set(told["code"]) == {"world", "judge", "rules"}
    assert told["judge"]["scenes"] == 1 and {"true", "planted"} <= set(told["judge"])
    assert told["hardware"] and told["device"] == "cpu"
    assert told["candidates"] == ["model", "blind", "majority", "copy", "truth"]
    rows = told["scores"]["test"]["editing"]
    assert rows["edit_season"]["model"]["both"]["all"]["share"] == 1
    assert told["scores"]["heldout"]["editing"]["edit_season"]["model"]["both"]["all"]["share"] == 0
    assert told["marks"]["test"]["editing"]["edit_season"]["both"] == "1 1"


def test_an_interrupted_one_ends_with_the_same(made: Path, copied: Path, tiny: Mini4o, monkeypatch) -> None:
    monkeypatch.setattr(Trained, "_said", half)
    lines = (copied / "samples.jsonl").read_text("utf-8").splitlines(keepends=True)
    (copied / "samples.jsonl").write_text("".join(lines[:14]) + lines[14][:30], encoding="utf-8")
    (copied / "report.json").unlink()
    settings = json.loads(lines[0])
    record, steps = Record(copied, settings), list[tuple[int, int]]()
    job = Job(EXAM, 1, Path(settings["model"]), "cpu", tiny)
    carry_out(job, record, 1, lambda done, whole: steps.append((done, whole)))
    assert steps == [(number, len(EXAM) + 1) for number in range(14, len(EXAM) + 2)]
    _write(record)
    one, other = (read_report(folder) for folder in (made, copied))
    assert one.pop("seconds").keys() == other.pop("seconds").keys()
    assert one == other
    shown = [re.sub("<dt>time.*?</dd>", "", page(read_report(folder), folder)) for folder in (made, copied)]
    assert shown[0] == shown[1]


def test_what_is_not_through_is_refused(copied: Path, tmp_path: Path) -> None:
    (copied / "report.json").unlink()
    with pytest.raises(DataError, match="unfinished examination, 16 of 16 samples"):
        read_report(copied)
    with pytest.raises(DataError, match=r"no report\.json"):
        read_report(tmp_path / "nowhere")
    (copied / "report.json").write_text('{"format": 1}', encoding="utf-8")
    with pytest.raises(DataError, match="format 1"):
        read_report(copied)
    (copied / "report.json").write_text("[1", encoding="utf-8")
    with pytest.raises(DataError, match="damaged"):
        read_report(copied)


def test_the_page_needs_nothing_else_and_escapes_what_a_model_wrote(made: Path) -> None:
    shown = page(read_report(made), made)
    assert "<script" not in shown and "&lt;script&gt;alert(1)" in shown and "\u202e" not in shown
    assert not re.findall(r'(?:src|href)="(?!data:image/webp;base64,)', shown) and "url(" not in shown
    assert "no picture was drawn" in shown and "before</figcaption>" in shown and "after</figcaption>" in shown
    for needed in (read_report(made)["model_hash"], *read_report(made)["prompts"].values(), "planted error", "steps 3"):
        assert needed in shown
    assert len(re.findall('<div class="card( right)?">', shown)) == len(read_report(made)["gallery"])


def test_galleries_are_a_fixed_number_of_successes_and_failures(made: Path) -> None:
    told = read_report(made)
    cards = told["gallery"]
    assert {(card["right"], card["split"]) for card in cards} == {(True, "test"), (False, "heldout")}
    [edit, *_] = [card for card in cards if card["part"] == "edit_season" and card["right"]]
    [step] = edit["steps"]
    for name in (*step["given"], *step["drawn"], *step["meant"]):
        assert (made / "pictures" / name).is_file()
    assert len(step["given"]) == len(step["drawn"]) == len(step["meant"]) == 1
    [thinking, *_] = [card for card in cards if card["part"] == "think_then_draw"]
    assert [step["asked"] for step in thinking["steps"]][1] == "The same without a thought."


def test_the_tables_have_the_splits_side_by_side(made: Path) -> None:
    told = markdown(read_report(made))
    [row] = [line for line in told.splitlines() if line.startswith("| edit_season | 2 ")]
    assert row.startswith("| edit_season | 2 | 100.0 (34–100) | 0.0 (0–66) | 100.0 (34–100) | 0.0 (0–66) |")
    assert "The judge, in the same run at 64 pixels: of" in told


def test_reports_side_by_side(made: Path, copied: Path) -> None:
    same = compare([made, copied])
    assert same["notes"] == []
    assert all(row["differences"][1]["difference"] == 0 for row in same["rows"] if row["differences"][1])
    _change(copied, prompts={"test": "other", "heldout": read_report(made)["prompts"]["heldout"]}, generation={})
    other = compare([made, copied])
    assert [note for note in other["notes"] if "different things in test" in note]
    assert [note for note in other["notes"] if "differ in generation" in note]
    paired = {(row["split"], row["differences"][1]["paired"]) for row in other["rows"] if row["differences"][1]}
    assert paired == {("test", False), ("heldout", True)}
    assert "| edit_season | 100.0 (34–100) | 100.0 (34–100) | +0.0 " in compared_table(other)
    assert "<script" not in compared_page(other) and "edit_season" in compared_page(other)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"world": "storybook-9"}, "world is storybook-9"), ({"size": 96}, "size"), ({"model": None}, "alone")],
)
def test_what_cannot_be_compared_is_refused(made: Path, copied: Path, change: dict[str, Any], said: str) -> None:
    _change(copied, **change)
    with pytest.raises(DataError, match=said):
        compare([made, copied])


def test_one_report_is_nothing_to_compare(made: Path) -> None:
    with pytest.raises(DataError, match="at least two"):
        compare([made])


def _change(folder: Path, **changes: Any) -> None:
    told = read_report(folder) | changes
    (folder / "report.json").write_text(json.dumps(told), encoding="utf-8")


def test_the_interval_of_a_difference() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), p. 873, table II, method 10: 56/70 − 48/80 and 9/10 − 3/10.
    from mini4o.evaluation.shares import share

    for one, other, low, high in (
        (share(48, 80), share(56, 70), 0.0524, 0.3339),
        (share(3, 10), share(9, 10), 0.1705, 0.8090),
    ):
        told = difference(one, other)
        assert told is not None and (told["low"], told["high"]) == pytest.approx((low, high), abs=5e-5)
        assert told["significant"]
    closer = difference(share(48, 80), share(56, 70), together=0.5)
    assert closer is not None and 0.0524 < closer["low"] < 0.2 < closer["high"] < 0.3339
    assert difference(share(0, 0), share(1, 2)) is None


def test_how_much_models_go_together() -> None:
    same = " ".join("10" * 50)
    assert correlation(same, same) == pytest.approx(0.98)  # less the correction for few samples
    assert correlation(same, " ".join("01" * 50)) == pytest.approx(-1)
    assert correlation(same, " ".join("1100" * 25)) == 0
    assert correlation("1 0", "1 0") == 0  # two samples say nothing
    assert correlation("1 1 1", "1 0 1") == 0


@pytest.mark.slow
def test_several_processes_do_the_same(tiny_folder: Path, tmp_path: Path) -> None:
    exam = Exam(("ask_exist", "instructions"), 3, ("test",))
    lines = []
    for number in (1, 2):
        record = Record(tmp_path / str(number), settings_of(exam, 0, None, None, "cpu"))
        carry_out(Job(exam, 0, tiny_folder), record, number)
        lines.append({name: {**line, "seconds": 0} for name, line in record.lines.items()})
    assert lines[0] == lines[1] and len(lines[0]) == len(exam)
    assert workers.multiprocessing.active_children() == []
