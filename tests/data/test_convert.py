import json
import resource
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from mini4o.conversation.images import load_image
from mini4o.conversation.parts import Image, ImageGen
from mini4o.data.convert import convert
from mini4o.data.readers import JsonlData
from mini4o.errors import DataError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with three pictures."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name, colour in (("a.png", "red"), ("b.jpg", "green"), ("c,d.png", "blue")):
        PIL.Image.new("RGB", (8, 6), colour).save(folder / name)
    return folder


def saved(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def short(record: dict[str, Any]) -> list[Any]:
    """Messages as ("role", "text", ("image", path) …) for reading in a test."""
    return [
        (m["role"], *(p["text"] if p["type"] == "text" else (p["type"], p.get("image")) for p in m["content"]))
        for m in record["messages"]
    ]


def dump(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False))
    return path


def turns(*values: str, **more: Any) -> dict[str, Any]:
    speakers = ("human", "gpt")
    return {"conversations": [{"from": speakers[i % 2], "value": v} for i, v in enumerate(values)], **more}


def test_llava_reading_drawing_and_several_pictures(source: Path, tmp_path: Path) -> None:
    records = [
        turns("<image>\nWhat colour?", "Red.", id="one", image="a.png"),
        turns("Compare <image> with <image>, please.", "One is green.", image=["a.png", "b.jpg"]),
        turns("Draw red.", "Here:\n<image>\nDone.", "Greener.", "<image>", image=["a.png", "b.jpg"]),
        turns("No mark here.", "Right.", image="c,d.png"),
        turns("Text only.", "Yes."),
        turns("<image><image>", "Two.", image="a.png, b.jpg"),
    ]
    out = tmp_path / "out.jsonl"
    report = convert(dump(source / "data.json", records), out)
    assert (report.format, report.kept, report.left_out) == ("llava", 6, {})
    lines = saved(out)
    a, b, cd = "source/a.png", "source/b.jpg", "source/c,d.png"
    assert lines[0]["id"] == "one" and "id" not in lines[1]
    assert [short(line) for line in lines] == [
        [("user", ("image", a), "What colour?"), ("assistant", "Red.")],
        [
            ("user", "Compare ", ("image", a), " with ", ("image", b), ", please."),
            ("assistant", "One is green."),
        ],
        [
            ("user", "Draw red."),
            ("assistant", "Here:", ("image_gen", a), ("image", a), "Done."),
            ("user", "Greener."),
            ("assistant", ("image_gen", b), ("image", b)),
        ],
        [("user", ("image", cd), "No mark here."), ("assistant", "Right.")],
        [("user", "Text only."), ("assistant", "Yes.")],
        [("user", ("image", a), ("image", b)), ("assistant", "Two.")],
    ]


def test_a_converted_file_reads_back_with_its_pictures(source: Path, tmp_path: Path) -> None:
    deep = tmp_path / "sets" / "deep" / "out.jsonl"
    convert(dump(source / "data.json", [turns("<image>", "Red.", "Draw.", "<image>", image=["a.png", "a.png"])]), deep)
    (sample,) = [JsonlData(deep)[0]]
    pictures = [part.image for m in sample.conversation for part in m.content if isinstance(part, Image | ImageGen)]
    assert len(pictures) == 3 and all(load_image(p).size == (8, 6) for p in pictures if p is not None)


def test_minimind_v_writes_role_and_content_one_record_a_line(source: Path, tmp_path: Path) -> None:
    record = {
        "conversations": [
            {"role": "system", "content": "The mark <image> is explained."},
            {"role": "user", "content": "描述图片\n<image>"},
            {"role": "assistant", "content": "红色"},
        ],
        "image": "a.png",
    }
    path = source / "data.jsonl"
    path.write_text("\n".join([json.dumps(record), "", json.dumps(record)]))
    report = convert(path, tmp_path / "out.jsonl")
    assert (report.format, report.kept) == ("llava", 2)
    assert short(saved(tmp_path / "out.jsonl")[1]) == [
        ("system", "The mark <image> is explained."),
        ("user", "描述图片", ("image", "source/a.png")),
        ("assistant", "红色"),
    ]


BAD_RECORDS = {
    "the numbers of <image> and of pictures disagree": turns("<image><image>", "x", image="a.png"),
    "a picture file is missing": turns("<image>", "x", image="none.png"),
    "a picture cannot be read": turns("<image>", "x", image="broken.png"),
    "a turn from someone unknown": {"conversations": [{"from": "robot", "value": "x"}]},
    "turns that do not alternate human, gpt, human, …": {
        "conversations": [{"from": "human", "value": "x"}, {"from": "human", "value": "y"}]
    },
    "an empty turn": turns("x", " \n"),
    "no gpt turn": turns("x"),
    "no list of 'conversations'": {"id": 3},
    "an 'image' that is neither a path nor a list of paths": turns("<image>", "x", image={"url": 1}),
}


@pytest.mark.parametrize("reason", BAD_RECORDS)
def test_a_record_that_cannot_be_used_is_left_out_with_its_reason(source: Path, tmp_path: Path, reason: str) -> None:
    (source / "broken.png").write_bytes((source / "a.png").read_bytes()[:40])
    path = dump(source / "data.json", [turns("x", "y"), *[BAD_RECORDS[reason]] * 7])
    report = convert(path, tmp_path / "out.jsonl")
    assert report.kept == 1 and list(report.left_out) == [reason]
    entry = report.left_out[reason]
    assert entry.count == 7 and len(entry.examples) == 5 and entry.examples[0].startswith("data.json[1]")
    assert report.lines()[0] == "1 conversations from llava, 7 records left out"
    assert f"7 left out, {reason}: data.json[1]" in report.lines()[1]
    assert report.lines()[1].endswith(", …")


def test_our_own_jsonl_is_checked_and_normalised(source: Path, tmp_path: Path) -> None:
    good = {"messages": [{"role": "user", "content": "hi"}], "id": 7, "extra": 1}
    drawn = [{"role": "assistant", "content": [{"type": "image_gen", "image": "a.png", "source": [1], "loss": False}]}]
    path = source / "ours.jsonl"
    path.write_text("\n".join([json.dumps(good), "{broken", json.dumps([{"role": "x"}]), json.dumps(drawn)]))
    report = convert(path, source / "clean.jsonl")
    assert (report.format, report.kept) == ("jsonl", 2)
    assert {reason: entry.count for reason, entry in report.left_out.items()} == {
        "a line that is not JSON": 1,
        "not a conversation": 1,
    }
    assert report.left_out["not a conversation"].examples[0].startswith("ours.jsonl:3 (")
    assert saved(source / "clean.jsonl") == [
        {"id": 7, "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]},
        {
            "messages": [
                {
                    "role": "assistant",
                    "content": [{"type": "image_gen", "image": "a.png", "source": [1], "loss": False}],
                }
            ]
        },
    ]
    convert(source / "clean.jsonl", source / "again.jsonl")
    assert (source / "again.jsonl").read_bytes() == (source / "clean.jsonl").read_bytes()


def test_one_conversation_in_a_json_file(tmp_path: Path) -> None:
    conversation = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    report = convert(dump(tmp_path / "chat.json", conversation), tmp_path / "out.jsonl")
    assert (report.format, report.kept) == ("jsonl", 1)


def test_a_folder_of_captioned_pictures(source: Path, tmp_path: Path) -> None:
    (source / "a.txt").write_text("\ufeff a red thing\n")
    (source / "b.txt").write_text(" ")
    (source / "lonely.txt").write_text("no picture")
    (source / ".hidden.png").write_bytes(b"")
    out = tmp_path / "out.jsonl"
    report = convert(source, out)
    assert (report.format, report.kept) == ("folder", 2)
    assert {reason: entry.examples for reason, entry in report.left_out.items()} == {
        "an empty caption": ["b.jpg"],
        "a picture without a caption": ["c,d.png"],
        "a caption without a picture": ["lonely.txt"],
    }
    picture = "source/a.png"
    assert [(line["id"], short(line)) for line in saved(out)] == [
        ("a-read", [("user", ("image", picture), "Describe this picture."), ("assistant", "a red thing")]),
        ("a-draw", [("user", "a red thing"), ("assistant", ("image_gen", picture), ("image", picture))]),
    ]
    for way in ("read", "draw"):
        convert(source, tmp_path / f"{way}.jsonl", directions=way)  # type: ignore[arg-type]
        assert [line["id"] for line in saved(tmp_path / f"{way}.jsonl")] == [f"a-{way}"]


def test_pictures_can_be_copied_beside_the_file(source: Path, tmp_path: Path) -> None:
    uri = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    records = [turns("<image>", "x", image="a.png"), turns("<image><image>", "y", image=["a.png", uri])]
    records.append(turns("<image><image>", "z", image=["b.jpg", "none.png"]))  # b.jpg is not copied for this
    out = tmp_path / "moved" / "out.jsonl"
    convert(dump(source / "data.json", records), out, copy_images=True)
    assert [short(line)[0][1:] for line in saved(out)] == [
        (("image", "out_images/000001-a.png"),),
        (("image", "out_images/000001-a.png"), ("image", uri)),
    ]
    assert [path.name for path in (out.parent / "out_images").iterdir()] == ["000001-a.png"]
    assert (out.parent / "out_images/000001-a.png").read_bytes() == (source / "a.png").read_bytes()
    out.unlink()
    with pytest.raises(DataError, match="out_images: exists already"):
        convert(source / "data.json", out, copy_images=True)


def test_image_root_and_unchecked_pictures(source: Path, tmp_path: Path) -> None:
    path = dump(tmp_path / "data.json", [turns("<image>", "x", image="a.png")])
    with pytest.raises(DataError, match="a picture file is missing"):
        convert(path, tmp_path / "out.jsonl")
    convert(path, tmp_path / "rooted.jsonl", image_root=source)
    assert short(saved(tmp_path / "rooted.jsonl")[0])[0] == ("user", ("image", "source/a.png"))
    assert convert(path, tmp_path / "unchecked.jsonl", check=False).kept == 1


def test_pictures_behind_a_linked_folder_are_found(source: Path, tmp_path: Path) -> None:
    real = tmp_path / "far" / "away"
    real.mkdir(parents=True)
    (tmp_path / "link").symlink_to(real)
    convert(dump(source / "data.json", [turns("<image>", "x", image="a.png")]), tmp_path / "link" / "out.jsonl")
    part = JsonlData(tmp_path / "link" / "out.jsonl")[0].conversation[0].content[0]
    assert isinstance(part, Image) and load_image(part.image).size == (8, 6)


def test_what_cannot_be_converted_is_one_line_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "out.jsonl"
    out.parent.mkdir()
    empty = tmp_path / "empty"
    empty.mkdir()
    cases = {
        r"none: no such file": tmp_path / "none",
        r"no pictures in the folder": empty,
        r"broken\.json:2: not JSON": tmp_path / "broken.json",
        r"no conversation in it": dump(tmp_path / "foreign.json", [{"question": "x"}]),
        r"nothing in it can be used \(1 left out, an empty turn": dump(tmp_path / "bad.json", [turns("", "x")]),
        r"not JSON in UTF-8": tmp_path / "latin.json",
    }
    (tmp_path / "broken.json").write_text("[\n{]")
    (tmp_path / "latin.json").write_bytes(b'["\xff"]')
    for message, path in cases.items():
        with pytest.raises(DataError, match=message) as caught:
            convert(path, out, copy_images=True)
        assert "\n" not in str(caught.value) and not list(out.parent.iterdir())
    with pytest.raises(DataError, match=r"ends in \.jsonl"):
        convert(source, tmp_path / "out.json")
    with pytest.raises(DataError, match="the format 'llava' is not a folder"):
        convert(source, out, format="llava")
    out.write_text("mine")
    with pytest.raises(DataError, match="exists already"):
        convert(source, out)
    assert out.read_text() == "mine"


def test_a_full_disk_leaves_nothing_behind(source: Path, tmp_path: Path) -> None:
    path = dump(source / "data.json", [turns("x" * 1000, "y")] * 100)
    folder = tmp_path / "out"
    folder.mkdir()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(DataError, match="nothing was written"):
            convert(path, folder / "out.jsonl")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(folder.iterdir())
