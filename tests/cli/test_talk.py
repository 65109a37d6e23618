from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from mini4o import Mini4o, Wish


def pixels(image: Path | PIL.Image.Image) -> np.ndarray:
    return np.asarray(PIL.Image.open(image) if isinstance(image, Path) else image)


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_ask_answers_as_the_library_does(cli, tiny: Mini4o, tiny_folder: Path, scan: Path) -> None:
    result = cli("ask", scan, "Which digit?", "--model", tiny_folder, "--json")
    assert (result.code, result.err) == (0, "")
    assert result.json == {"text": tiny.ask([str(scan)], "Which digit?"), "model": str(tiny_folder), "seed": 0}


def test_ask_passes_seed_and_temperature(cli, tiny: Mini4o, tiny_folder: Path, scan: Path) -> None:
    said = cli("ask", scan, scan, "Same?", "--model", tiny_folder, "--seed", 3, "--temperature", 1.5, "--json").json
    assert said["text"] == tiny.ask([str(scan)] * 2, "Same?", seed=3, temperature=1.5)
    assert said["text"] != tiny.ask([str(scan)] * 2, "Same?")
    assert said["seed"] == 3


def test_draw_writes_what_the_library_draws(cli, tiny: Mini4o, tiny_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "cat.png"
    options = ("--size", "48x32", "--steps", 2, "--text-scale", 2.5, "--negative", "dog", "--seed", 4)
    result = cli("draw", "a cat", "-o", out, "--model", tiny_folder, *options, "--json")
    assert result.code == 0, result.err
    assert result.json == {"image": str(out), "size": [48, 32], "model": str(tiny_folder), "seed": 4}
    expected = tiny.draw("a cat", size=(48, 32), steps=2, text_scale=2.5, negative="dog", seed=4)
    assert np.array_equal(pixels(out), pixels(expected))
    assert listing(out.parent) == ["cat.png"]
    for name, other in {"steps": 3, "text_scale": 1.5, "negative": "", "seed": 5}.items():
        options = {"steps": 2, "text_scale": 2.5, "negative": "dog", "seed": 4, name: other}
        assert not np.array_equal(pixels(out), pixels(tiny.draw("a cat", size=(48, 32), **options))), name


def test_draw_says_where_the_picture_is(cli, tiny_folder: Path, tmp_path: Path) -> None:
    result = cli("draw", "a cat", "-o", tmp_path / "cat.png", "--model", tiny_folder)
    assert (result.code, result.out, result.err) == (0, f"{tmp_path / 'cat.png'}\n", "")


def test_edit_makes_a_picture_a_round(cli, tiny: Mini4o, tiny_folder: Path, tmp_path: Path, scan: Path) -> None:
    out = tmp_path / "edited"
    words = ("edit", scan, "Make it red.", "Now green.", "-o", out, "--model", tiny_folder, "--image-scale", 1.5)
    result = cli(*words, "--json")
    assert result.code == 0, result.err
    assert result.json["rounds"] == [
        {"instruction": "Make it red.", "image": str(out / "1.png"), "size": [32, 32]},
        {"instruction": "Now green.", "image": str(out / "2.png"), "size": [32, 32]},
    ]
    expected = tiny.edit(str(scan), ["Make it red.", "Now green."], image_scale=1.5)
    assert listing(out) == ["1.png", "2.png"]
    for number, picture in enumerate(expected, start=1):
        assert np.array_equal(pixels(out / f"{number}.png"), pixels(picture))
    assert cli("edit", scan, "Make it blue.", "-o", out, "--model", tiny_folder, "--overwrite").code == 0
    assert not np.array_equal(pixels(out / "1.png"), pixels(expected[0]))


def test_nothing_is_overwritten_silently(refused, cli, tiny_folder: Path, tmp_path: Path, scan: Path) -> None:
    out = tmp_path / "there.png"
    out.write_text("mine")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "1.png").write_text("mine")
    # Checked before the model is looked for, let alone loaded.
    assert "--overwrite" in refused("draw", "a cat", "-o", out, "--model", tmp_path / "none")
    assert "--overwrite" in refused("edit", scan, "Red.", "-o", folder, "--model", tmp_path / "none")
    assert (out.read_text(), (folder / "1.png").read_text()) == ("mine", "mine")
    assert cli("draw", "a cat", "-o", out, "--overwrite", "--model", tiny_folder).code == 0
    assert pixels(out).shape == (32, 32, 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("draw", " ", "-o", "OUT/a.png"), "empty"),
        (("draw", "a cat", "-o", "OUT/a.png", "--size", "64x64"), "64x64"),
        (("draw", "a cat " * 2000, "-o", "OUT/a.png"), "context"),
        (("draw", "a cat", "-o", "OUT/a.jpg"), ".png"),
        (("draw", "a cat", "-o", "OUT/a.png", "--device", "nowhere"), "nowhere"),
        (("draw", "a cat", "-o", "SCAN/a.png"), "nothing can be written"),
        (("draw", "half \udc80 a character", "-o", "OUT/a.png"), "Unicode"),
        (("edit", "none.png", "Make it red.", "-o", "OUT"), "none.png"),
        (("edit", "SCAN", "Make it red.", " ", "-o", "OUT"), "empty"),
        (("edit", "SCAN", "Make it red.", "-o", "SCAN"), "is a file"),
        (("edit", "TEXT", "Make it red.", "-o", "OUT"), "words.txt"),
        (("edit", "SCAN", "Make it red.", "-o", "OUT", "--size", "7x7"), "7x7"),
        (("edit", "DOT", "Make it red.", "-o", "OUT"), "1x1"),
        (("edit", "CUT", "Make it red.", "-o", "OUT"), "cut.png"),
        (("edit", "https://example.org/a.png", "Red.", "-o", "OUT"), "URL"),
        (("ask", "none.png", "What is it?"), "none.png"),
        (("ask", "SCAN", ""), "empty"),
        (("ask", "what " * 2000), "context"),
        (("ask", "what " * 60, "What is it?"), "what what …' is no picture; pictures come first"),
        (("ask", *["SCAN"] * 60, "Which of them?"), "60 pictures"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    refused, tiny_folder: Path, tmp_path: Path, scan: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "words.txt").write_text("no picture")
    (tmp_path / "cut.png").write_bytes(scan.read_bytes()[:200])
    PIL.Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    names = {"OUT": "new", "SCAN": "scan.png", "TEXT": "words.txt", "DOT": "dot.png", "CUT": "cut.png"}
    before = listing(tmp_path)
    for short, name in names.items():
        words = tuple(word.replace(short, str(tmp_path / name)) for word in words)
    assert said in refused(*words, "--model", tiny_folder)
    assert listing(tmp_path) == before


@pytest.mark.parametrize("damage", ["missing", "foreign", "cut"])
def test_a_model_that_is_none(refused, tmp_path: Path, tiny_folder: Path, damage: str) -> None:
    folder = tmp_path / "model"
    if damage != "missing":
        folder.mkdir()
        (folder / "mini4o.json").write_text("{}" if damage == "foreign" else (tiny_folder / "mini4o.json").read_text())
    before = listing(tmp_path)
    assert str(folder) in refused("draw", "a cat", "-o", tmp_path / "new" / "a.png", "--model", folder)
    assert listing(tmp_path) == before


def test_the_default_model_is_nano(
    cli, refused, tiny: Mini4o, tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mini4o.pretrained.shipped.WEIGHTS", tmp_path / "weights")
    Path("nano").mkdir()  # a folder here is another thing than the model of the package
    assert "did not come with this copy" in refused("ask", "Hello?")
    assert "not a mini4o model" in refused("ask", "Hello?", "--model", "./nano")
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "nano").symlink_to(tiny_folder)
    expected = {"text": tiny.chat([{"role": "user", "content": "Hello?"}], Wish(draw="never")).text, "seed": 0}
    for words in ((), ("--model", "nano")):
        assert cli("ask", "Hello?", "--json", *words).json == expected | {"model": "nano"}
    assert cli("draw", "a cat", "-o", "a.png", "--json").json["model"] == "nano"
    assert cli("edit", "a.png", "Red.", "-o", "edited", "--json").json["model"] == "nano"
    assert cli("chat", "--json", stdin="Hello?").json["model"] == "nano"
    Path("said.json").write_text('[{"role": "user", "content": "Hello?"}]')
    assert cli("run", "said.json", "-o", "turn", "--json").json["model"] == "nano"
    assert cli("info", "--json").json["folder"] == str(tmp_path / "weights" / "nano")
    assert "default: nano" in cli("draw", "--help").out


@pytest.mark.parametrize(
    "words",
    [
        ("draw", "a cat"),
        ("draw", "a cat", "-o", "a.png", "--size", "big"),
        ("draw", "a cat", "-o", "a.png", "--steps", "0"),
        ("edit", "scan.png", "-o", "out"),
        ("sing",),
    ],
)
def test_wrong_usage_is_exit_2(cli, words: tuple[str, ...]) -> None:
    result = cli(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err


def test_a_forgotten_question(cli, scan: Path) -> None:
    result = cli("ask", scan)
    assert result.code == 2
    assert "question" in result.err


def test_a_full_disk_leaves_nothing(
    refused, tiny_folder: Path, tmp_path: Path, scan: Path, small_files: Callable[[int], AbstractContextManager[None]]
) -> None:
    before = listing(tmp_path)
    with small_files(1000):  # bytes; each picture is larger
        said = refused("edit", scan, "Red.", "Green.", "-o", tmp_path / "new" / "er", "--model", tiny_folder)
    assert str(tmp_path / "new" / "er" / "1.png") in said and ".part" not in said and "free some space" in said
    assert listing(tmp_path) == before


def test_ctrl_c(cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mini4o.cli.talk.open_model", interrupted)
    result = cli("draw", "a cat", "-o", tmp_path / "new" / "a.png", "--model", tmp_path)
    assert (result.code, result.out, result.err) == (130, "", "stopped\n")
    assert listing(tmp_path) == []
