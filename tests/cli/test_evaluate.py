import json
from pathlib import Path

FEW = ("--reads", 3, "--draws", 1, "--edits", 1)


def test_eval_digits(cli, refused, digits: Path, tiny_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores"
    words = ("eval", "digits", "--model", tiny_folder, "--data", digits, "-o", out, *FEW)
    result = cli(*words, "--json")
    assert (result.code, result.err) == (0, "")
    assert sorted(path.name for path in out.iterdir()) == ["digits.json", "drawn.png", "edits.png"]
    assert result.json == json.loads((out / "digits.json").read_text("utf-8"))
    scores = result.json["scores"]
    assert (scores["read"]["n"], scores["draw"]["recognised"]["n"]) == (3, 10)
    assert {edit["done"]["n"] for edit in scores["edit"].values()} == {1}
    assert result.json["generation"]["steps"] == 3
    assert "--overwrite" in refused(*words)


def test_eval_digits_as_a_table(cli, digits: Path, tiny_folder: Path, tmp_path: Path) -> None:
    words = ("--data", digits, "-o", tmp_path / "scores", *FEW, "--split", "val")
    result = cli("eval", "digits", "--model", tiny_folder, *words)
    assert result.code == 0, result.err
    scores = json.loads((tmp_path / "scores" / "digits.json").read_text("utf-8"))["scores"]
    assert scores["split"] == "val"
    [row] = [line.split() for line in result.out.splitlines() if line.startswith("  drawn")]
    assert f"{scores['draw']['recognised']['share']:.1%}" in row


def test_eval_without_data(refused, tiny_folder: Path, tmp_path: Path) -> None:
    words = ("--model", tiny_folder, "--data", tmp_path, "-o", tmp_path / "a" / "b")
    assert "digits" in refused("eval", "digits", *words)
    assert list(tmp_path.iterdir()) == []
