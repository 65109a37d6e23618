"""Storybook shards: what is written is what the stream gives, whatever happens in between."""

import fcntl
import hashlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mini4o.data import storybook_files
from mini4o.data.sample import Sample
from mini4o.data.shards import ShardData
from mini4o.data.storybook import Storybook
from mini4o.data.storybook_files import make_storybook
from mini4o.errors import DataError


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_manifest_says_it_all(story: Storybook, made: Path) -> None:
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest.pop("finished") is True and manifest.pop("version")
    shards = manifest.pop("shards")
    assert manifest == {**story.parameters, "shard": 4}
    assert [(shard["name"], shard["count"]) for shard in shards] == [
        ("000000.tar", 4),
        ("000001.tar", 4),
        ("000002.tar", 4),
        ("000003.tar", 2),
    ]
    for shard in shards:
        content = (made / shard["name"]).read_bytes()
        assert (shard["bytes"], shard["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert sorted(contents(made)) == sorted(["manifest.json", *(shard["name"] for shard in shards)])


MAKE = "import sys; from mini4o.cli import main; sys.argv[0] = 'mini4o'; main()"


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_and_repeated_equals_never_killed(workers: int, tmp_path: Path) -> None:
    """A real kill in the middle. What is there then is whole, and in the end every byte is the same."""
    story = Storybook({"draw_counted": 1, "smalltalk": 1}, 240, languages=["en"])
    folder = tmp_path / "killed"
    words = [
        "data",
        "make",
        "storybook",
        "--task",
        "draw_counted",
        "--task",
        "smalltalk",
        "--count",
        "240",
        "--language",
        "en",
        "--shard",
        "8",
    ]
    command = [sys.executable, "-c", MAKE, *words, "--workers", str(workers), "--out", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + 60
        while len(list(folder.glob("[0-9]*.tar"))) < 3:
            assert process.poll() is None and time.monotonic() < end, process.communicate()
            time.sleep(0.002)
    finally:
        process.kill()
        process.communicate()  # of the workers too, which end when nobody listens
    listed = json.loads((folder / "manifest.json").read_text())
    assert not listed["finished"] and len(listed["shards"]) < 30
    for path in folder.glob("[0-9]*.tar"):
        assert len(ShardData(path)) == 8
    (folder / ".000007.tar.1.part").write_bytes(b"half")
    make_storybook(story, folder, per_shard=8, workers=workers)
    make_storybook(story, tmp_path / "whole", per_shard=8)
    assert contents(folder) == contents(tmp_path / "whole")


def test_stopped_by_a_person(story: Storybook, made: Path, tmp_path: Path) -> None:
    """Ctrl-C, which comes at any moment: the half shard is gone, the finished ones are used."""
    out = tmp_path / "story"

    def stop(at: int) -> Callable[[int, int], None]:
        def progress(done: int, total: int) -> None:
            if done == at:
                raise KeyboardInterrupt

        return progress

    for at, finished in ((2, 0), (9, 2), (11, 2)):
        with pytest.raises(KeyboardInterrupt):
            make_storybook(story, out, per_shard=4, progress=stop(at))
        assert sorted(contents(out)) == [f"{number:06d}.tar" for number in range(finished)] + ["manifest.json"]
        with pytest.raises(DataError, match="not finished"):
            ShardData(out)
    make_storybook(story, out, per_shard=4)
    assert contents(out) == contents(made)


def test_a_worker_that_is_stopped_leaves_nothing(story: Storybook, made: Path, tmp_path: Path) -> None:
    seen: list[int] = []

    def stop(done: int, total: int) -> None:
        seen.append(done)
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_storybook(story, tmp_path / "story", per_shard=4, workers=2, progress=stop)
    assert not multiprocessing.active_children()
    assert not list((tmp_path / "story").glob(".*")) and seen == [0, 1, 2, 3]
    make_storybook(story, tmp_path / "story", per_shard=4, workers=2)
    assert contents(tmp_path / "story") == contents(made)


def test_done_is_done_and_what_is_lost_is_made_again(story: Storybook, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "story"
    make_storybook(story, out, per_shard=4)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    assert len(make_storybook(story, out, per_shard=4).shards) == 4
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == before
    (out / "000001.tar").unlink()
    (out / "000002.tar").write_bytes(b"cut off")
    make_storybook(story, out, per_shard=4)
    assert contents(out) == contents(made)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 9}, "seed 2"),
        ({"count": 15}, "count 14"),
        ({"split": "val"}, "split train"),
        ({"size": 32}, "size 64"),
    ],
)
def test_a_folder_of_other_data_is_refused(change: dict[str, Any], says: str, story: Storybook, made: Path) -> None:
    before = contents(made)
    with pytest.raises(DataError, match=f"in use: .*{says}"):
        make_storybook(Storybook(**{**story.parameters, **change}), made, per_shard=4)
    with pytest.raises(DataError, match=r"in use: .*shard 4"):
        make_storybook(story, made, per_shard=5)
    assert contents(made) == before


def test_a_folder_that_holds_something_else_is_refused(story: Storybook, tmp_path: Path) -> None:
    for name, content in (
        ("notes.txt", "mine"),
        (".mine.part", "mine"),
        ("manifest.json", "{}"),
        ("manifest.json", "["),
    ):
        out = tmp_path / f"{name}{len(content)}"
        out.mkdir()
        (out / name).write_text(content)
        with pytest.raises(DataError, match="in use: it holds something else"):
            make_storybook(story, out)
        assert contents(out) == {name: content.encode()}
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match="is a file"):
        make_storybook(story, tmp_path / "file")
    with pytest.raises(DataError, match="could not be written"):
        make_storybook(story, tmp_path / "file" / "under")


def test_a_folder_that_is_being_written_is_refused(story: Storybook, tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(DataError, match="another process is writing"):
        make_storybook(story, tmp_path)
    os.close(handle)
    assert not list(tmp_path.iterdir())


def test_numbers_out_of_range(story: Storybook, tmp_path: Path) -> None:
    for numbers in ({"per_shard": 0}, {"workers": 0}):
        with pytest.raises(DataError, match="at least 1"):
            make_storybook(story, tmp_path / "story", **numbers)
    assert not list(tmp_path.iterdir())


def test_what_goes_wrong_in_a_worker_is_said_by_the_parent(
    story: Storybook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = storybook_files._Job(story, tmp_path / "gone", 4)
    ours, theirs = multiprocessing.Pipe(duplex=False)
    before = signal.getsignal(signal.SIGINT)
    try:
        storybook_files._work(job, [0], theirs)
        assert "gone" in ours.recv() and not ours.poll()

        def no_scene(self: Storybook, index: int) -> Sample:
            raise DataError(f"no scene for {index}")

        monkeypatch.setattr(Storybook, "__getitem__", no_scene)
        storybook_files._work(storybook_files._Job(story, tmp_path, 4), [1], theirs)
        assert ours.recv() == "no scene for 4"
        ours.close()
        storybook_files._work(storybook_files._Job(story, tmp_path, 4), [], theirs)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not list(tmp_path.iterdir())
