import json
import re
import shlex
from html import unescape
from pathlib import Path

import numpy as np
import PIL.Image
import pytest


@pytest.fixture
def finished(tmp_path: Path, tiny_folder: Path, digits: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lesson whose model is there already, on a small version of the data."""
    monkeypatch.chdir(tmp_path)
    # It finds its own work, whatever the parameters it was made with.
    monkeypatch.setattr("mini4o.data.digits_files.make_digits", lambda *_, **__: {})
    out = Path("digits")
    (out / "run").mkdir(parents=True)
    (out / "data").symlink_to(digits)
    (out / "run" / "model").symlink_to(tiny_folder)
    samples = out / "run" / "samples"
    samples.mkdir()
    for name in ("000010-connect", "000020-connect", "000030-unify"):
        PIL.Image.new("RGB", (8, 8)).save(samples / f"{name}.png")
    return out


def test_the_page_shows_all_and_its_commands_make_it(cli, finished: Path, tmp_path: Path) -> None:
    result = cli("digits", "-o", finished)
    assert result.code == 0, result.err
    assert result.out.splitlines()[-1] == "look at digits/index.html"
    assert "trained already" in result.err
    html = (finished / "index.html").read_text("utf-8")
    assert html.count("<figure") == 12 + 10 + 5
    for link in re.findall(r'src="([^"]+)"', html):
        assert not link.startswith("/") and (finished / link).is_file(), link
    assert "000020-connect.png" in html and "000010-connect.png" not in html
    commands = [shlex.split(unescape(code)) for code in re.findall(r"<code>(.+?)</code>", html)]
    assert len(commands) == 27
    draw = next(words for words in commands if words[1:3] == ["draw", "Draw an 8."])
    assert cli(*draw[1:]).code == 0
    assert np.array_equal(pixels(Path("8.png")), pixels(finished / "pictures" / "draw-8.png"))
    rounds = next(words for words in commands if words[1] == "edit")
    assert cli(*rounds[1:]).code == 0
    for number in (1, 2, 3):
        assert np.array_equal(pixels(Path(f"rounds/{number}.png")), pixels(finished / f"pictures/rounds-{number}.png"))
    ask = next(words for words in commands if words[1] == "ask")
    answer = cli(*ask[1:], "--json").json["text"]
    assert "".join(c for c in answer if c.isprintable()) in unescape(html)
    # The first target has red ink where the scan has black, and its paper.
    line = json.loads((finished / "data/test/read.jsonl").read_text().splitlines()[0])
    scan = pixels(finished / "data/test" / line["messages"][0]["content"][0]["image"])
    target = pixels(finished / "pictures/rounds-1-target.png")
    darkest = np.unravel_index(scan.sum(axis=2).argmin(), scan.shape[:2])
    assert np.array_equal(scan[0, 0], target[0, 0])
    assert target[darkest][0] > 200 > 100 > target[darkest][1]


def pixels(path: Path) -> np.ndarray:
    return np.asarray(PIL.Image.open(path))


def test_a_folder_of_something_else(refused, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert "something else" in refused("digits", "-o", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_missing_extras(refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "mini4o[digits]" in refused("digits", "-o", tmp_path / "digits")
    assert not (tmp_path / "digits").exists()


@pytest.mark.slow
def test_the_whole_lesson(cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = cli("digits", "--steps", 12)
    assert result.code == 0, result.err
    assert Path("digits/index.html").is_file() and Path("digits/run/loss.png").is_file()
    again = cli("digits")
    assert "trained already" in again.err
    assert again.out == result.out
