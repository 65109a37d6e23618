import json
import re
from pathlib import Path

import pytest

from mini4o.evaluation.storybook import drawing, editing
from mini4o.evaluation.storybook.exam import PARTS
from mini4o.storybook.judge.edits import EditVerdict
from mini4o.storybook.judge.verdicts import Verdict

WORDS = ("eval", "storybook", "--workers", 1)
FEW = ("--model", "none", "--count", 2, "--task", "arithmetic", "--task", "edit_season", "--judged", 0)
REPORTS = ["pictures", "report.html", "report.json", "report.md", "samples.jsonl"]


@pytest.fixture(params=["lenient", pytest.param("true", marks=pytest.mark.slow)])
def judge(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge, or one that lets all pass at once: noise has much in it to look at."""
    if request.param == "lenient":
        monkeypatch.setattr(drawing, "judge", lambda _, claims: [Verdict(claim, True) for claim in claims])
        monkeypatch.setattr(editing, "judge", lambda _, claims: [Verdict(claim, True) for claim in claims])
        monkeypatch.setattr(editing, "judge_edit", lambda *_: EditVerdict(True, True, 0.0, []))


@pytest.mark.usefixtures("judge")
def test_a_model_beside_the_baselines(cli, refused, tiny_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores"
    words = (*WORDS, "--model", tiny_folder, "-o", out, "--count", 1, "--judged", 1)
    result = cli(*words, "--json")
    assert (result.code, result.err) == (0, "")
    assert sorted(path.name for path in out.iterdir()) == REPORTS
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report == result.json
    assert report["candidates"] == ["model", "blind", "majority", "copy", "truth"]
    assert report["generation"]["steps"] == 3 and report["model"] == str(tiny_folder) and report["model_hash"]
    assert report["parts"] == [part for parts in PARTS.values() for part in parts]
    for split in ("test", "heldout"):
        for family, parts in PARTS.items():
            for part in parts:
                row = report["scores"][split][family][part]
                assert {"model", "truth"} <= set(row), part
                assert row["truth"].keys() == row["model"].keys()
    assert "--overwrite" in refused(*words)
    alone = tmp_path / "alone"
    assert cli(*WORDS, "-o", alone, *FEW).code == 0
    assert "baselines alone" in refused("eval", "compare", out, alone)
    page = tmp_path / "pages" / "side.html"
    compared = cli("eval", "compare", out, out, "-o", page)
    assert compared.code == 0 and "| edit_season |" in compared.out and "side by side" in page.read_text("utf-8")
    assert cli("eval", "compare", out, out, "--json").json["notes"] == []


@pytest.mark.usefixtures("judge")
def test_pictures_are_labelled_by_hand(cli, refused, tiny_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores"
    parts = ("--task", "category_two", "--task", "edit_time", "--split", "test")
    words = (*WORDS, "--model", tiny_folder, "-o", out, "--count", 1, "--judged", 0, *parts)
    assert "no report.json" in refused("eval", "label", tmp_path)
    before = cli(*words, "--json").json
    assert before["labels"] is None
    file = out / "labels" / "labels.txt"
    made = cli("eval", "label", out, "--count", 5, "--json").json
    text, claims = file.read_text("utf-8"), made["claims"]
    assert made == {"folder": str(out / "labels"), "pictures": 2, "claims": claims, "sheets": 2}
    assert sorted(path.name for path in out.iterdir()) == ["labels", *REPORTS]
    assert "no picture is labelled yet" in refused("eval", "label", out)
    file.write_text(re.sub(r"^( *\d+  )(\.+)", lambda found: found[1] + "y" * len(found[2]), text, flags=re.M), "utf-8")
    result = cli("eval", "label", out)
    assert result.code == 0 and "2 of 2 pictures" in result.out and f"| claims, one by one | {claims} |" in result.out
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["labels"]["claims"] == claims and report | {"labels": None} == before
    assert result.out.strip() in (out / "report.md").read_text("utf-8")
    assert "2 of 2 pictures" in (out / "report.html").read_text("utf-8")
    assert "move it away first" in refused(*words, "--overwrite")
    file.write_text("y", encoding="utf-8")
    assert "line 1: after the number" in refused("eval", "label", out)
    assert cli("eval", "label", out, "--count", 1, "--overwrite", "--json").json["pictures"] == 1
    assert sorted(path.name for path in (out / "labels").iterdir()) == ["labels.txt", "sheet-01.png"]


def test_baselines_alone_and_the_same_twice(cli, tmp_path: Path) -> None:
    words = (*FEW, "--language", "zh", "--split", "heldout")
    results = [cli(*WORDS, "-o", tmp_path / "scores", *words, *more) for more in ((), ("--overwrite",))]
    assert results[0].code == results[1].code == 0, results
    assert results[0].out == results[1].out
    report = json.loads((tmp_path / "scores" / "report.json").read_text("utf-8"))
    assert (report["model"], report["languages"], report["splits"]) == (None, ["zh"], ["heldout"])
    [row] = [line for line in results[0].out.splitlines() if line.startswith("| edit_season")]
    assert row == "| edit_season | 1 | 0.0 (0–79) | 100.0 (21–100) | 0.0 / 100.0 | 100.0 / 100.0 |"
    assert (tmp_path / "scores" / "report.md").read_text("utf-8") in results[0].out


def test_what_was_interrupted_goes_on_and_is_not_compared(cli, refused, tmp_path: Path) -> None:
    out = tmp_path / "scores"
    words = (*WORDS, "-o", out, *FEW)
    whole = cli(*words, "--json").json
    lines = (out / "samples.jsonl").read_text("utf-8").splitlines(keepends=True)
    (out / "samples.jsonl").write_text("".join(lines[:3]), encoding="utf-8")
    for name in ("report.json", "report.html", "report.md"):
        (out / name).unlink()
    assert "unfinished examination, 2 of 8 samples" in refused("eval", "compare", out, out)
    assert "seed (0, now 1)" in refused(*words, "--seed", 1)
    again = cli(*words, "--json").json
    assert again | {"seconds": 0} == whole | {"seconds": 0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--task", "edit_colour"), "edit_recolour"),
        (("--split", "test", "--split", "tests"), "did you mean 'test'"),
        (("--language", "de"), "en, zh"),
        (("--count", 0), "at least 1"),
        (("--model", "nowhere"), "nowhere"),
    ],
)
def test_what_there_is_not_is_refused(refused, tmp_path: Path, words: tuple[object, ...], said: str) -> None:
    assert said in refused(*WORDS, "-o", tmp_path / "scores", *words)
    assert list(tmp_path.iterdir()) == []
