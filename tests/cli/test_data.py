import json
import re
from collections.abc import Callable
from pathlib import Path

import PIL.Image
import pytest

import text_encoders

LINE = {"messages": [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hi."}]}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "talk.jsonl"
    path.write_text("\n".join([json.dumps(LINE)] * 3))
    return path


def test_show_writes_a_page(cli, refused, data: Path, tiny_folder: Path) -> None:
    result = cli("data", "show", data, "--count", 2)
    page = data.with_suffix(".html")
    assert (result.code, result.out, result.err) == (0, f"{page}\n", "")
    assert "talk.jsonl:2" in page.read_text("utf-8")
    assert "talk.jsonl:3" not in page.read_text("utf-8")
    assert "--overwrite" in refused("data", "show", data)
    assert cli("data", "show", data, "--model", tiny_folder, "--overwrite").code == 0
    assert "talk.jsonl:3" in page.read_text("utf-8")


def test_show_of_what_cannot_be_shown(refused, tmp_path: Path) -> None:
    assert "none.jsonl" in refused("data", "show", tmp_path / "none.jsonl", "-o", tmp_path / "new" / "page.html")
    (tmp_path / "bad.jsonl").write_text(json.dumps(LINE) + "\n[")
    assert "bad.jsonl:2" in refused("data", "show", tmp_path / "bad.jsonl")
    assert ".html" in refused("data", "show", tmp_path / "bad.jsonl", "-o", tmp_path / "page.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.jsonl"]


def test_convert_says_what_it_left_out(cli, refused, tmp_path: Path, picture: Callable[..., PIL.Image.Image]) -> None:
    flags = tmp_path / "flags"
    flags.mkdir()
    for name in ("red", "grey"):
        picture().save(flags / f"{name}.png")
    (flags / "red.txt").write_text("a red flag")
    out = tmp_path / "flags.jsonl"
    result = cli("data", "convert", flags, out, "--directions", "draw", "--copy-images")
    assert result.code == 0, result.err
    assert result.out.splitlines()[0] == "1 conversations from folder, 1 records left out"
    assert "grey.png" in result.out
    assert len(out.read_text().splitlines()) == 1
    assert len(list((tmp_path / "flags_images").iterdir())) == 1
    assert "exists already" in refused("data", "convert", flags, out)
    assert "none" in refused("data", "convert", tmp_path / "none", tmp_path / "other.jsonl")
    assert cli("data", "convert", flags, out, "--format", "xml").code == 2


def test_a_picture_is_no_data_set(refused, tmp_path: Path, picture: Callable[..., PIL.Image.Image]) -> None:
    picture().save(tmp_path / "seven.png")
    for out in ("out", "out.jsonl"):
        assert "seven.png: is a picture; give the folder" in refused(
            "data", "convert", tmp_path / "seven.png", tmp_path / out
        )


def test_digits_once(cli, refused, tmp_path: Path) -> None:
    folder = tmp_path / "digits"
    result = cli("data", "digits", folder, "--variants", 1, "--size", 16)
    assert result.code == 0, result.err
    assert f"1,197 conversations in {folder / 'train' / 'read.jsonl'}" in result.out
    assert cli("data", "digits", folder, "--variants", 1, "--size", 16).out == result.out
    assert "other parameters" in refused("data", "digits", folder, "--variants", 2, "--size", 16)


STORY = ("data", "make", "storybook", "--task", "draw_short", "--task", "smalltalk", "--count", 6, "--language", "en")


def test_make_storybook_and_show_it(cli, refused, tmp_path: Path) -> None:
    folder = tmp_path / "story"
    result = cli(*STORY, "--shard", 4, "--size", 32, "--out", folder)
    assert (result.code, result.out, result.err) == (0, f"      6 conversations in 2 shards in {folder}\n", "")
    assert sorted(path.name for path in folder.iterdir()) == ["000000.tar", "000001.tar", "manifest.json"]
    assert cli(*STORY, "--shard", 4, "--size", 32, "--out", folder).out == result.out
    assert "in use" in refused(*STORY, "--shard", 4, "--size", 64, "--out", folder)
    page = tmp_path / "story.html"
    assert cli("data", "show", folder, "--count", 5).out == f"{page}\n"
    assert "000001.tar:000000004" in page.read_text("utf-8")
    assert cli("data", "show", folder / "000000.tar", "-o", tmp_path / "shard.html").code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--task", "draw_shorts"), "smalltalk"),
        (("--language", "de"), "en, zh"),
        (("--split", "tests"), "heldout"),
        (("--world", "storybook-0"), "storybook-1"),
        (("--size", 16), "32 to 1024"),
        (("--size", 2000), "32 to 1024"),
        (("--count", 0), "at least 1"),
        (("--shard", 0), "at least 1"),
        (("--workers", -1), "at least 1"),
    ],
)
def test_make_storybook_of_what_there_is_not(refused, tmp_path: Path, words: tuple[object, ...], says: str) -> None:
    assert says in refused(*STORY, "--out", tmp_path / "story", *words)
    assert not list(tmp_path.iterdir())


def test_make_storybook_where_something_else_is(refused, data: Path) -> None:
    assert "in use" in refused(*STORY, "--out", data.parent)
    assert "is a file" in refused(*STORY, "--out", data)
    assert [path.name for path in data.parent.iterdir()] == ["talk.jsonl"]


def test_states_are_made_once(cli, refused, data: Path, tmp_path: Path) -> None:
    pipeline, book, out = text_encoders.write("sana", tmp_path / "pipe"), tmp_path / "book", tmp_path / "states"
    assert cli(*STORY, "--out", book).code == 0
    first = cli("data", "states", book, "--dit", pipeline, "-o", out, "--dtype", "float32")
    # Three of the six draw, each with a request of its own, and one is empty.
    assert first.out.splitlines()[0] == f"4 captions in {out}, the empty one among them"
    assert re.search(r"model\.connector\.norm_scale: [\d.]+, and states: .* in stage warm", first.out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert cli("data", "states", book, "--dit", pipeline, "-o", out, "--dtype", "float32").out == first.out
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert "other dtype" in refused("data", "states", book, "--dit", pipeline, "-o", out)
    assert "is one drawing, asked for with words" in refused("data", "states", data, "--dit", pipeline, "-o", out)
    assert "there is no such folder" in refused("data", "states", book, "--dit", tmp_path / "none", "-o", out)
