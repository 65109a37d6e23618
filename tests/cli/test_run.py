import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from mini4o import Mini4o, Wish


def write(folder: Path, value: Any) -> Path:
    path = folder / "in.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def pixels(path: Path) -> np.ndarray:
    return np.asarray(PIL.Image.open(path))


USER = {"role": "user", "content": [{"type": "image", "image": "scan.png"}, {"type": "text", "text": "What is it?"}]}
DRAWING = {"role": "assistant", "content": [{"type": "image_gen", "source": [1], "size": [48, 32]}]}


def test_a_users_turn_is_answered(cli, tiny: Mini4o, tiny_folder: Path, tmp_path: Path, scan: Path) -> None:
    out = tmp_path / "out"
    result = cli("run", write(tmp_path, [USER]), "-o", out, "--model", tiny_folder, "--seed", 5, "--json")
    assert (result.code, result.err) == (0, "")
    parts = [{**USER["content"][0], "image": str(scan)}, USER["content"][1]]
    reply = tiny.chat([{"role": "user", "content": parts}], seed=5)
    assert result.json["text"] == reply.text
    assert len(result.json["images"]) == len(reply.images)
    assert set(result.json) == {"text", "think", "images", "parts", "conversation", "model", "seed"}
    whole = json.loads((out / "conversation.json").read_text("utf-8"))["messages"]
    assert [message["role"] for message in whole] == ["user", "assistant"]
    assert whole[0]["content"][0] == {"type": "image", "image": "1.png"}
    assert whole[1]["content"] == result.json["parts"]
    assert np.array_equal(pixels(out / "1.png"), pixels(scan))


def test_an_unfinished_drawing_is_drawn(cli, tiny: Mini4o, tiny_folder: Path, tmp_path: Path, scan: Path) -> None:
    out = tmp_path / "out"
    file = write(tmp_path, {"messages": [USER, DRAWING]})
    result = cli("run", file, "-o", out, "--model", tiny_folder, "--steps", 2, "--json")
    assert result.code == 0, result.err
    assert result.json["images"] == [str(out / "2.png")]
    assert result.json["parts"] == [
        {"type": "image_gen", "image": "2.png", "source": [1], "size": [48, 32]},
        {"type": "image", "image": "2.png"},
    ]
    parts = [{**USER["content"][0], "image": str(scan)}, USER["content"][1]]
    wish = Wish("force", source=(1,), size=(48, 32))
    expected = tiny.chat([{"role": "user", "content": parts}], wish, steps=2).images[0]
    assert np.array_equal(pixels(out / "2.png"), np.asarray(expected))
    assert sorted(path.name for path in out.iterdir()) == ["1.png", "2.png", "conversation.json"]


def test_what_comes_back_can_go_on(cli, tiny_folder: Path, tmp_path: Path, scan: Path) -> None:
    cli("run", write(tmp_path, [USER, DRAWING]), "-o", tmp_path / "one", "--model", tiny_folder)
    whole = json.loads((tmp_path / "one" / "conversation.json").read_text("utf-8"))
    whole["messages"].append({"role": "user", "content": [{"type": "text", "text": "And again?"}]})
    result = cli("run", write(tmp_path / "one", whole), "-o", tmp_path / "two", "--model", tiny_folder)
    assert result.code == 0, result.err
    assert result.out.endswith(f"{tmp_path / 'two' / 'conversation.json'}\n")
    again = json.loads((tmp_path / "two" / "conversation.json").read_text("utf-8"))["messages"]
    assert again[:3] == whole["messages"]
    assert np.array_equal(pixels(tmp_path / "two" / "2.png"), pixels(tmp_path / "one" / "2.png"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "at least one message"),
        ([{"role": "user", "content": " "}], "empty"),
        ([{"role": "user", "content": ""}, {"role": "assistant", "content": [{"type": "image_gen"}]}], "empty"),
        ({"turns": []}, "messages"),
        ([{"role": "robot", "content": "hm"}], "role"),
        ([USER, {"role": "assistant", "content": "A 3."}], "user's turn"),
        ([{"role": "system", "content": "Be brief."}], "user's turn"),
        (
            [USER, {"role": "assistant", "content": [{"type": "text", "text": "So:"}, {"type": "image_gen"}]}],
            "nothing else",
        ),
        ([USER, DRAWING, USER], "last turn"),
        ([USER, {"role": "assistant", "content": [{"type": "image_gen", "source": [4]}]}], "source"),
        ([USER, {"role": "assistant", "content": [{"type": "image_gen", "size": [7, 7]}]}], "7x7"),
        ([{"role": "user", "content": [{"type": "image", "image": "none.png"}]}], "none.png"),
    ],
)
def test_conversations_that_cannot_be_run(
    refused, tiny_folder: Path, tmp_path: Path, scan: Path, value: Any, said: str
) -> None:
    assert said in refused("run", write(tmp_path, value), "-o", tmp_path / "a" / "b", "--model", tiny_folder)
    assert not (tmp_path / "a").exists()


def test_files_that_cannot_be_read(refused, tmp_path: Path) -> None:
    assert "none.json" in refused("run", tmp_path / "none.json", "-o", tmp_path / "out")
    (tmp_path / "in.json").write_text("{")
    assert "in.json: not JSON" in refused("run", tmp_path / "in.json", "-o", tmp_path / "out")
    (tmp_path / "in.json").write_bytes(b"\xff")
    assert "in.json: not UTF-8" in refused("run", tmp_path / "in.json", "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()
