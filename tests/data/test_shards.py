"""Shards: what is written is what is read again; and the shards of others."""

import io
import json
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from mini4o.conversation.images import load_image
from mini4o.conversation.parts import Conversation, Image, ImageGen, Text
from mini4o.data.readers import JsonlData, Teaches, teaches
from mini4o.data.sample import Sample
from mini4o.data.shards import ShardData, open_data, write_shard
from mini4o.data.storybook import Storybook
from mini4o.errors import ConversationError, DataError


def told(sample: Sample) -> Any:
    """All of a sample but its origin, comparable: pictures as pixels, facts as JSON has them."""
    parts = [(message.role, part) for message in sample.conversation for part in message.content]
    said = [(role, part.model_dump(exclude={"image"}), pixels(part)) for role, part in parts]
    return said, sample.scenes, json.loads(json.dumps(sample.facts))


def pixels(part: Any) -> Any:
    if not isinstance(part, Image | ImageGen) or part.image is None:
        return None
    return np.asarray(load_image(part.image)).tolist()


def tar(path: Path, files: dict[str, bytes | str]) -> Path:
    """A shard of someone else: no manifest, in the format that tarfile likes best."""
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), 1.5  # a time that needs a header of its own
            archive.addfile(member, io.BytesIO(content))
    return path


def said(text: str, *more: dict[str, Any]) -> str:
    return json.dumps({"messages": [{"role": "user", "content": [{"type": "text", "text": text}, *more]}]})


@pytest.fixture
def png(picture: Callable[..., PIL.Image.Image]) -> bytes:
    file = io.BytesIO()
    picture().save(file, "PNG")
    return file.getvalue()


# ---- what is written, read again


def test_the_shards_hold_the_stream(story: Storybook, made: Path) -> None:
    data = ShardData(made)
    assert len(data) == len(story) and data.skipped == 0
    for index in (13, *range(14)):
        assert told(data[index]) == told(story[index])
    assert [data[index].origin for index in (0, 5)] == ["000000.tar:000000000", "000001.tar:000000005"]
    assert data[0].task == made.name and ShardData(made / "000001.tar")[1].task == "000001"
    assert [told(data[index]) for index in range(14)] == [told(story[index]) for index in range(14)]
    assert told(ShardData(made / "000001.tar")[1]) == told(story[5])
    for index in (-1, 14):
        with pytest.raises(IndexError):
            data[index]


def test_the_files_are_plain_webdataset(story: Storybook, made: Path) -> None:
    with tarfile.open(made / "000000.tar") as archive:
        members = archive.getmembers()
        record = json.loads(archive.extractfile("000000002.json").read())  # type: ignore[union-attr]
    names = [member.name for member in members if member.name.startswith("000000002.")]
    assert names == ["000000002.json", "000000002.0.png", "000000002.1.png"]  # drawn and read again: one file
    assert all((member.mtime, member.uid, member.gid, member.uname) == (0, 0, 0, "") for member in members)
    assert record["id"] == story[2].origin and record["facts"]["type"] == "recolour" and len(record["scenes"]) == 2
    images = [part["image"] for message in record["messages"] for part in message["content"] if "image" in part]
    assert images == ["000000002.0.png", "000000002.1.png", "000000002.1.png"]


def test_what_is_taught_is_known_without_reading_again(story: Storybook, made: Path) -> None:
    found = ShardData(made).teaches
    assert list(found) == [teaches(story[index].conversation) for index in range(14)]
    assert sum(bool(each & Teaches.IMAGE) for each in found) == 4 and found[3] & Teaches.IMAGE


def test_a_check_makes_samples_broken(made: Path) -> None:
    def check(conversation: Conversation) -> None:
        if any(isinstance(part, ImageGen) for message in conversation for part in message.content):
            raise ConversationError("draws")

    with pytest.raises(DataError, match=r"000000\.tar:.*draws"):
        ShardData(made, check=check)
    data = ShardData(made, "skip", check)
    assert len(data) == len(data.teaches) == 14 - data.skipped < 14 and not any(t & Teaches.IMAGE for t in data.teaches)


def test_open_data_takes_any_data_set(made: Path, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(said("hello"))
    assert isinstance(open_data(tmp_path / "x.jsonl"), JsonlData)
    assert len(open_data(made)) == 14 and len(open_data(made / "000003.tar")) == 2


def test_an_instance_can_go_elsewhere(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made.parent)
    data = ShardData("story")
    monkeypatch.chdir("/")
    assert told(pickle.loads(pickle.dumps(data))[7]) == told(data[7])


# ---- shards of others


def test_a_picture_with_a_caption_is_read_and_drawn(tmp_path: Path, png: bytes) -> None:
    files = {
        "a/x.1.jpg": png,  # told by its content
        "a/x.txt": "a noise\n",
        "b/x.json": json.dumps({"caption": "from JSON", "width": 32}),
        "b/x.PNG": png,
        "._junk": b"",
        "c.json": said("ours", {"type": "image", "image": "c.seen.webp"}, {"type": "image", "image": "c.0.png"}),
        "c.0.png": png,
        "c.seen.webp": png,
    }
    data = ShardData(tar(tmp_path / "x.tar", files))
    assert [data[index].origin for index in range(5)] == [f"x.tar:{key}" for key in ("a/x", "a/x", "b/x", "b/x", "c")]
    read, draw = data[2].conversation, data[3].conversation
    assert read[1].content == (Text(text="from JSON"),) and read[0].content[0] == Image(image=png)
    assert draw[0].content == (Text(text="from JSON"),) and draw[1].content == (ImageGen(image=png), Image(image=png))
    assert data[4].conversation[0].content[1:] == (Image(image=png), Image(image=png))
    image = [number for number, found in enumerate(ShardData(tmp_path).teaches) if found & Teaches.IMAGE]
    assert [ShardData(tmp_path)[number].origin for number in image] == ["x.tar:a/x", "x.tar:b/x"]


def test_any_sample_can_be_written(tmp_path: Path, picture: Callable[..., PIL.Image.Image]) -> None:
    (tmp_path / "pictures").mkdir()
    picture(1).save(tmp_path / "pictures" / "a.png")
    path = tmp_path / "x.jsonl"
    path.write_text(said("look", {"type": "image", "image": "pictures/a.png"}, {"type": "image_gen"}))
    write_shard(tmp_path / "x.tar", [("0", JsonlData(path)[0])])
    assert told(ShardData(tmp_path / "x.tar")[0]) == told(JsonlData(path)[0])


BROKEN = {
    "not JSON": ("b.json", "{"),
    "'messages'": ("b.json", '{"text": "no picture"}'),
    "role": ("b.json", '{"messages": [{"role": "robot", "content": "x"}]}'),
    "'b.9.png', which the sample does not hold": ("b.json", said("x", {"type": "image", "image": "b.9.png"})),
    "'/etc/hostname', which": ("b.json", said("x", {"type": "image", "image": "/etc/hostname"})),
    "scene 0": ("b.json", said("x")[:-1] + ', "scenes": [{"facts": 1}]}'),
    "one picture with a caption": ("b.txt", "a caption alone"),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_sample_is_named_or_left_out(reason: str, tmp_path: Path) -> None:
    name, content = BROKEN[reason]
    path = tar(tmp_path / "x.tar", {"a.json": said("a"), name: content, "c.json": said("c")})
    with pytest.raises(DataError) as caught:
        ShardData(path)
    assert reason in str(caught.value) and "x.tar:b: " in str(caught.value) and "on_bad: skip" in str(caught.value)
    data = ShardData(path, on_bad="skip")
    assert (len(data), data.skipped, data[1].origin) == (2, 1, "x.tar:c")


def test_what_is_cut_off_is_noticed(made: Path, tmp_path: Path) -> None:
    whole = (made / "000000.tar").read_bytes()
    (tmp_path / "x.tar").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"x\.tar: is no tar file, or is cut off"):
        ShardData(tmp_path / "x.tar")
    data = ShardData(tmp_path / "x.tar", on_bad="skip")
    assert data.skipped == 1 and told(data[len(data) - 1])  # what came before is whole
    for name, content in (("empty.tar", b""), ("text.tar", b"hello" * 1000)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match="no tar file"):
            ShardData(tmp_path / name)


def test_folders_that_are_no_data_set(made: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no data set"):
        ShardData(tmp_path)
    with pytest.raises(DataError, match=r"none\.tar: cannot be read"):
        ShardData(tmp_path / "none.tar")
    manifest = json.loads((made / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**manifest, "finished": False}))
    with pytest.raises(DataError, match="is not finished"):
        ShardData(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match=r"000000.tar: cannot be read"):
        ShardData(tmp_path)
    for shard in manifest["shards"]:
        (tmp_path / shard["name"]).write_bytes((made / "000003.tar").read_bytes())
    with pytest.raises(DataError, match=r"holds 2 samples where manifest\.json says 4"):
        ShardData(tmp_path)
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(DataError, match="no list of shards"):
        ShardData(tmp_path)


def test_a_shard_that_changes_under_the_reader(tmp_path: Path) -> None:
    path = tar(tmp_path / "x.tar", {"a.json": said("a")})
    data = ShardData(path)
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(DataError, match="changed since"):
        data[0]
    path.unlink()
    with pytest.raises(DataError, match="any more"):
        data[0]
