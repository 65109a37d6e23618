import json
import logging
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mini4o.conversation.parts import Conversation
from mini4o.data.readers import JsonlData, Teaches, texts
from mini4o.errors import ConversationError, DataError


def line(text: str) -> str:
    return json.dumps({"messages": [{"role": "user", "content": text}]})


def said(data: JsonlData) -> list[str]:
    return list(texts(data))


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines))
    return path


def test_lines_come_back_in_order_with_their_line_numbers(tmp_path: Path) -> None:
    bare = json.dumps([{"role": "user", "content": "b"}])
    data = JsonlData(write(tmp_path / "x.jsonl", "", line("a"), "  ", bare, line("c"), ""))
    assert len(data) == 3 and said(data) == ["a", "b", "c"]
    assert [data[index].origin for index in range(3)] == ["x.jsonl:2", "x.jsonl:4", "x.jsonl:5"]
    assert {data[index].task for index in range(3)} == {"x"}
    with pytest.raises(IndexError):
        data[3]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=8), st.booleans(), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, given: list[str], mark: bool, end: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    lines = [json.dumps([{"role": "user", "content": text}], ensure_ascii=False) for text in given]
    path.write_bytes(b"\xef\xbb\xbf" * mark + end.join(lines).encode())
    assert said(JsonlData(path)) == given


def test_texts_are_words_and_thoughts_not_pictures_or_coordinates(tmp_path: Path) -> None:
    content = [
        {"type": "think", "text": "hm"},
        {"type": "image", "image": "a.png"},
        {"type": "text", "text": "yes"},
        {"type": "box", "box": [0, 0, 1, 1], "label": "cat"},
    ]
    path = write(tmp_path / "x.jsonl", json.dumps([{"role": "assistant", "content": content}]))
    assert said(JsonlData(path)) == ["hm", "yes"]


def test_picture_paths_are_taken_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["pictures/a.png", "/elsewhere/b.png", "data:image/png;base64,AAAA", "https://example.org/c.png"]
    content = [{"type": "image", "image": name} for name in names]
    content += [{"type": "image_gen", "image": "d.png"}, {"type": "image_gen"}]
    write(tmp_path / "x.jsonl", json.dumps([{"role": "user", "content": content}]))
    monkeypatch.chdir(tmp_path)
    data = JsonlData(Path("x.jsonl"))
    monkeypatch.chdir("/")  # and not from wherever the program happens to be
    resolved = [part.image for part in data[0].conversation[0].content]  # type: ignore[union-attr]
    assert resolved == [str(tmp_path / "pictures/a.png"), *names[1:], str(tmp_path / "d.png"), None]


BROKEN = {
    b"{not json": "not JSON",
    b'{"id": 1}': "no 'messages'",
    b"7": "neither a list",
    b"[]": "at least one message",
    b'[{"role": "robot", "content": ""}]': "role",
    b'[{"role": "user", "content": [{"type": "video"}]}]': "type",
    b'[{"role": "user", "content": "\xff"}]': "not UTF-8",
    b'[{"role": "user", "content": "\\ud83d"}]': "half a character",
    b"[" * 200_000: "not JSON",
    b'[{"role": "user", "content": ' + b"9" * 5000 + b"}]": "not JSON",
}


@pytest.mark.parametrize("bad", BROKEN, ids=list(BROKEN.values()))
def test_a_broken_line_stops_or_is_counted(tmp_path: Path, bad: bytes, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(line("a").encode() + b"\n\n" + bad + b"\n" + line("b").encode())
    with pytest.raises(DataError) as caught:
        JsonlData(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:3: ") and BROKEN[bad] in message and "on_bad: skip" in message
    assert "\n" not in message and len(message) < 500

    with caplog.at_level(logging.WARNING, logger="mini4o"):
        data = JsonlData(path, on_bad="skip")
    assert data.skipped == 1 and said(data) == ["a", "b"] and data[1].origin == "x.jsonl:4"
    assert f"{path}:3" in caplog.text and BROKEN[bad] in caplog.text


def test_only_the_first_reasons_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path / "x.jsonl", *["broken"] * 100, line("a"))
    with caplog.at_level(logging.WARNING, logger="mini4o"):
        assert JsonlData(path, on_bad="skip").skipped == 100
    assert len(caplog.records) == 6 and "skipped 100 of 101 lines" in caplog.text


@pytest.mark.parametrize("content", ["", "\n \n", "broken\nbroken"])
def test_a_file_without_a_good_line_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(content)
    with pytest.raises(DataError, match="at least one conversation"):
        JsonlData(path, on_bad="skip")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(DataError, match=str(path)):
            JsonlData(path)


def test_a_file_that_changes_under_us_is_an_error_not_another_sample(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", line("a"), line("b"))
    data = JsonlData(path)
    write(path, line("longer than before"), line("b"))
    with pytest.raises(DataError, match=r"x\.jsonl:2: changed since"):
        data[1]
    path.unlink()
    with pytest.raises(DataError, match=r"x\.jsonl: cannot be read any more"):
        data[0]


def test_what_each_line_teaches_is_kept(tmp_path: Path) -> None:
    draws = {"role": "assistant", "content": [{"type": "image_gen", "image": "a.png"}]}
    silent = {"role": "assistant", "content": [{"type": "text", "text": "hi", "loss": False}]}
    masked = {"role": "assistant", "content": [{"type": "image_gen", "image": "a.png", "loss": False}]}
    loud = {"role": "user", "content": [{"type": "text", "text": "hi", "loss": True}]}
    opens = {"role": "assistant", "content": [{"type": "image_gen"}]}
    asks = {"role": "user", "content": "a"}
    lines = [[draws], [silent], [masked], [silent, loud], [opens], [draws, loud], [asks, draws]]
    data = JsonlData(write(tmp_path / "x.jsonl", "", *map(json.dumps, lines)))
    image = Teaches.IMAGE | Teaches.OPENING
    captioned = image | Teaches.CAPTIONED
    assert list(data.teaches) == [image, 0, 0, Teaches.TEXT, Teaches.OPENING, image | Teaches.TEXT, captioned]


def test_a_check_makes_lines_broken(tmp_path: Path) -> None:
    def check(conversation: Conversation) -> None:
        if len(conversation) > 1:
            raise ConversationError("too much is said")

    path = write(tmp_path / "x.jsonl", line("a"), json.dumps([{"role": "user", "content": "b"}] * 2), line("c"))
    with pytest.raises(DataError, match=r"x\.jsonl:2: too much is said"):
        JsonlData(path, check=check)
    data = JsonlData(path, "skip", check)
    assert (said(data), data.skipped, len(data.teaches)) == (["a", "c"], 1, 2)
    assert data[1].origin == "x.jsonl:3"
    pickle.dumps(data)


def test_it_can_be_pickled_for_worker_processes(tmp_path: Path) -> None:
    data = JsonlData(write(tmp_path / "x.jsonl", "", line("a"), line("b")))
    data[0]
    again = pickle.loads(pickle.dumps(data))
    assert [again[index] for index in range(2)] == [data[index] for index in range(2)]
