from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from mini4o import Mini4o, Wish
from mini4o.cli.common import visible
from mini4o.conversation.parts import parse_conversation
from mini4o.conversation.tokens import DRAW_START, OWN_TOKENS
from mini4o.model.batch import collate
from mini4o.pretrained.model import Model


@pytest.fixture(scope="module")
def drawing_folder(new_tiny: Callable[..., Model], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model that opens a drawing by itself: the row of the opening lies where the states do."""
    model = new_tiny(seed=1)
    net, builder = model.net.eval(), model.builder()
    said = parse_conversation([{"role": "user", "content": "Draw."}])
    with torch.no_grad():
        hidden, _ = net.read(collate([builder.document(said, reply=True)], 0))
        net.reader.rows_out[OWN_TOKENS.index(DRAW_START)] = 10 * hidden[0, -1]
    path = tmp_path_factory.mktemp("models") / "drawing"
    Mini4o(model).save_pretrained(path)
    return path


def test_piped_lines_are_turns(cli, tiny: Mini4o, tiny_folder: Path, tmp_path: Path) -> None:
    result = cli("chat", "-o", tmp_path / "out", "--model", tiny_folder, "--json", stdin="Hello?\n\n  And now?  \n")
    assert result.code == 0, result.err
    session = tiny.session()
    for text in ("Hello?", "And now?"):
        session.add({"role": "user", "content": text})
        session.reply()
    said = result.json["messages"]
    assert [message["role"] for message in said] == ["user", "assistant"] * 2
    texts = [[part.get("text") for part in message["content"]] for message in said]
    assert texts == [[getattr(part, "text", None) for part in message.content] for message in session.messages]
    assert result.json["model"] == str(tiny_folder)


def test_text_streams_to_stdout(cli, tiny: Mini4o, tiny_folder: Path, tmp_path: Path) -> None:
    result = cli("chat", "-o", tmp_path / "out", "--model", tiny_folder, "--seed", 2, stdin="Hello?")
    reply = tiny.chat([{"role": "user", "content": "Hello?"}], Wish(), seed=2)
    assert (result.code, result.err) == (0, "")
    assert result.out.split("[")[0].strip() == visible(reply.text).strip()
    if not reply.images:
        assert not (tmp_path / "out").exists(), "a folder is made for pictures only"


def test_undo_is_never_said(cli, tiny_folder: Path, tmp_path: Path) -> None:
    def ending(lines: str) -> list:
        return cli("chat", "-o", tmp_path / "out", "--model", tiny_folder, "--json", stdin=lines).json["messages"]

    assert ending("One.\nTwo.\n/undo\nThree.\n/quit\nFour.") == ending("One.\nThree.\n")


def test_image_goes_with_the_next_words(cli, tiny_folder: Path, tmp_path: Path, scan: Path) -> None:
    lines = f"/image {scan}\n/image {scan}\n/undo\nWhat is it?\nReally?"
    said = cli("chat", "-o", tmp_path / "out", "--model", tiny_folder, "--json", stdin=lines)
    users = [message["content"] for message in said.json["messages"] if message["role"] == "user"]
    assert users == [
        [{"type": "image", "image": str(scan)}, {"type": "text", "text": "What is it?"}],
        [{"type": "text", "text": "Really?"}],
    ]


def test_drawings_are_saved_as_they_come(cli, drawing_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = cli("chat", "-o", out, "--model", drawing_folder, "--json", stdin="Draw.\nAgain.")
    assert result.code == 0, result.err
    drawn = [
        part["image"]
        for message in result.json["messages"]
        for part in message["content"]
        if part["type"] == "image_gen"
    ]
    assert len(drawn) >= 2
    assert result.json["images"] == drawn == [str(out / f"{n}.png") for n in range(1, len(drawn) + 1)]
    expected = Mini4o.from_pretrained(drawing_folder).chat([{"role": "user", "content": "Draw."}]).images[0]
    assert np.array_equal(np.asarray(PIL.Image.open(drawn[0])), np.asarray(expected))
    assert f"[{drawn[0]}]" in result.err


def test_a_new_folder_each_time(cli, drawing_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert cli("chat", "--model", drawing_folder, stdin="Draw.").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mini4o-chat", "mini4o-chat-2"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [("/image none.png", "none.png"), ("/image", "path"), ("/undo", "take back"), ("/sing", "/sing")],
)
def test_a_line_that_cannot_be_done(refused, tiny_folder: Path, tmp_path: Path, lines: str, said: str) -> None:
    assert said in refused("chat", "-o", tmp_path / "out", "--model", tiny_folder, stdin=lines)
    assert not (tmp_path / "out").exists()


def test_too_long_a_turn(refused, tiny_folder: Path, tmp_path: Path) -> None:
    assert "context" in refused("chat", "-o", tmp_path / "out", "--model", tiny_folder, stdin="word " * 3000)


def test_a_folder_with_something_in_it(refused, tiny_folder: Path, tmp_path: Path, scan: Path) -> None:
    assert "--overwrite" in refused("chat", "-o", scan.parent, "--model", tiny_folder, stdin="Hello?")
