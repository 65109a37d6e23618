"""A run that was stopped, killed or ran out of disk: it goes on bit by bit as if nothing had happened."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from safetensors.torch import load_file

from mini4o.errors import CheckpointError, WorkerError
from mini4o.training.log import Watcher
from mini4o.training.trainer import Trainer

# Imports once, then forks a process for each line it is sent: [run, folder for its output, step to wait at until a
# file `go` is there, bytes that a file may have from step 7 on, workers]. Each is a process group of its own.
SERVER = """
import json, os, resource, sys, time, traceback
sys.modules["matplotlib.figure"] = None
from pathlib import Path
from mini4o.errors import Mini4oError
from mini4o.training.log import Watcher
from mini4o.training.trainer import Trainer

class Holds(Watcher):
    def __init__(self, out, wait_at, room):
        self.out, self.wait_at, self.room = Path(out), wait_at, room

    def step(self, log):
        if log.done == self.wait_at:
            (self.out / "waits").touch()
            while not (self.out / "go").exists():
                time.sleep(0.01)
        if log.done == 7 and self.room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.room, resource.RLIM_INFINITY))

def train(run, out, wait_at, room, workers):
    os.setpgrp()
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(Path(out) / name, os.O_WRONLY | os.O_CREAT), number)
    try:
        return 0 if Trainer.resume(Path(run), workers=workers, watcher=Holds(out, wait_at, room)).run() else 3
    except Mini4oError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(f"{type(error).__name__}: {error}", flush=True)
        return 1
    except BaseException:
        traceback.print_exc()
        return 2

for line in sys.stdin:
    if not (pid := os.fork()):
        os._exit(train(*json.loads(line)))
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def server() -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", SERVER]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


class Child:
    """`run`, which exists, goes on in a process of its own."""

    def __init__(
        self,
        server: "subprocess.Popen[str]",
        run: Path,
        out: Path,
        wait_at: int = 0,
        room: int | None = None,
        workers: int = 0,
    ) -> None:
        assert server.stdin is not None and server.stdout is not None
        out.mkdir()
        self.out, self.answers = out, server.stdout
        os.mkfifo(out / "stdout")
        self.stdout = os.open(out / "stdout", os.O_RDONLY | os.O_NONBLOCK)
        server.stdin.write(json.dumps([str(run), str(out), wait_at, room, workers]) + "\n")
        self.pid = int(self.answers.readline())

    def waits(self) -> None:
        """Until it has come to the step it waits at."""
        self.until(self.out / "waits")

    def until(self, path: Path) -> None:
        """Until there is such a file."""
        for _ in range(30_000):
            if path.exists():
                return
            time.sleep(0.01)
        os.killpg(self.pid, signal.SIGKILL)
        raise AssertionError(f"nothing happened for minutes: {self.said('stderr')}")

    def end(self) -> int:
        return int(self.answers.readline())

    def told(self) -> str:
        """What it wrote to stdout, to be read after its end: a pipe ends when no process has it open any more, so its
        workers have ended too."""
        out = b""
        for _ in range(3000):
            try:
                some = os.read(self.stdout, 65536)
            except BlockingIOError:
                time.sleep(0.01)
                continue
            if not some:
                os.close(self.stdout)
                return out.decode()
            out += some
        raise AssertionError("a process was left behind")

    def said(self, name: str) -> str:
        return (self.out / name).read_text("utf-8")


@pytest.mark.parametrize(
    "stops",
    [[1], [5], [6], [7, 12], [15], [1, 2, 6, 7, 11, 13, 14]],
    ids=["first", "middle", "border", "after-border", "last", "many"],
)
def test_a_stopped_and_resumed_run_is_bit_identical(
    stops: list[int], whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    for number, stop in enumerate(stops):
        watcher = tools.StopAt(stop, signal.SIGINT if number % 2 else signal.SIGTERM)
        finished = Trainer.resume(run, watcher=watcher).run()
        assert finished == (stop == 15)
        assert watcher.seen[-1].done == stop
        assert [path.name for path in (run / "state").iterdir()] == [f"{stop:06d}"]
        assert (run / "model").exists() == finished
        assert any("saved" in note for note in watcher.notes) != finished
    assert Trainer.resume(run).run()
    tools.same_run(run, whole_run)


def test_the_handlers_of_signals_are_given_back(whole_run: Path, tmp_path: Path, tools: SimpleNamespace) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    Trainer.resume(tools.again(whole_run, tmp_path / "run"), watcher=tools.StopAt(1)).run()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_resuming_a_finished_run_changes_nothing(whole_run: Path, tmp_path: Path, tools: SimpleNamespace) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    assert Trainer.resume(run).run() and Trainer.resume(run).run()
    tools.same_run(run, whole_run)


class Fall(Exception):
    """Stands for a crash in the middle of a step."""


class FallAt(Watcher):
    def __init__(self, done: int) -> None:
        self.done = done

    def step(self, log: Any) -> None:
        if log.done == self.done:
            raise Fall


def test_a_crash_loses_only_what_came_after_the_checkpoint(
    whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    for done in (5, 9, 11, 14):
        with pytest.raises(Fall):
            Trainer.resume(run, watcher=FallAt(done)).run()
        assert tools.rows(run)[-1]["done"] == done
    # From the checkpoint after step 12, the end of a stage: the log is cut back to it before it goes on.
    with pytest.raises(Fall):
        Trainer.resume(run, watcher=FallAt(13)).run()
    assert [row["done"] for row in tools.rows(run)] == list(range(1, 14))
    assert Trainer.resume(run).run()
    tools.same_run(run, whole_run)


def test_half_a_line_of_the_log_is_cut_off(whole_run: Path, tmp_path: Path, tools: SimpleNamespace) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    Trainer.resume(run, watcher=tools.StopAt(5)).run()
    for name in ("log.jsonl", "answers.jsonl"):
        with (run / name).open("a", encoding="utf-8") as file:
            file.write('{"stage": "understand", "at": "0000')
    assert Trainer.resume(run).run()
    tools.same_run(run, whole_run)


def test_kill_9_resumes_bit_identical(
    server: "subprocess.Popen[str]", whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    child = Child(server, run, tmp_path / "out", wait_at=9)
    child.waits()  # after the previews of step 8 and before the checkpoint of step 10
    os.kill(child.pid, signal.SIGKILL)
    assert child.end() == -signal.SIGKILL
    assert not (run / "model").exists()
    assert Trainer.resume(run).run()
    tools.same_run(run, whole_run)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_save_first_and_end(
    number: int, server: "subprocess.Popen[str]", whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    child = Child(server, run, tmp_path / "out", wait_at=3)
    child.waits()
    os.kill(child.pid, number)
    (tmp_path / "out" / "go").touch()
    assert child.end() == 3, child.said("stderr")
    assert child.said("stderr") == ""
    assert tools.rows(run)[-1]["done"] == 3 and [path.name for path in (run / "state").iterdir()] == ["000003"]
    assert Trainer.resume(run).run()
    tools.same_run(run, whole_run)


def states(run: Path) -> list[str]:
    return [path.name for path in (run / "state").iterdir()]


def test_workers_change_nothing_and_are_never_left_behind(
    server: "subprocess.Popen[str]", whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    child = Child(server, run, tmp_path / "stopped", workers=1)
    child.until(run / "log.jsonl")
    time.sleep(0.3)  # the worker is on its way, and is sent the signal too, as by a terminal
    os.killpg(child.pid, signal.SIGINT)
    assert child.end() == 3, child.said("stderr")
    assert child.told() == child.said("stderr") == "" and states(run) == ["000001"]
    child = Child(server, run, tmp_path / "killed", wait_at=6, workers=2)
    child.waits()
    os.kill(child.pid, signal.SIGKILL)
    assert child.end() == -signal.SIGKILL
    assert child.told() == "" and states(run) == ["000005"]
    assert Trainer.resume(run).run()
    tools.same_run(run, whole_run)


class KillsWorkers(Watcher):
    def step(self, log: Any) -> None:
        if log.done == 2:
            for worker in multiprocessing.active_children():
                assert worker.pid is not None
                os.kill(worker.pid, signal.SIGKILL)


def test_a_worker_that_is_killed_ends_the_run_with_its_state_saved(
    whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    with pytest.raises(WorkerError) as caught:
        Trainer.resume(run, workers=1, watcher=KillsWorkers()).run()
    done = tools.rows(run)[-1]["done"]
    said = tools.one_line(caught.value)
    assert "--workers" in said and said.endswith(f"all {done} steps so far are saved: go on with --resume")
    assert 2 <= done < 6 and states(run) == [f"{done:06d}"] and multiprocessing.active_children() == []
    assert Trainer.resume(run).run()
    tools.same_run(run, whole_run)


def test_a_plan_from_before_there_was_a_choice_of_precision_is_refused(
    whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    plan = json.loads((run / "plan.json").read_text("utf-8"))
    del plan["precision"]
    (run / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    with pytest.raises(CheckpointError) as caught:
        Trainer.resume(run)
    said = tools.one_line(caught.value)
    assert said.startswith(str(run / "plan.json")) and "another version (precision: " in said and "new run" in said


def test_there_must_be_a_run_to_resume(tmp_path: Path, tools: SimpleNamespace) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(CheckpointError) as caught:
            Trainer.resume(folder)
        assert str(folder) in tools.one_line(caught.value)
    assert list(tmp_path.iterdir()) == []


def _damage_plan(run: Path) -> None:
    (run / "plan.json").write_text((run / "plan.json").read_text("utf-8")[:40], encoding="utf-8")


def _damage_tensors(run: Path) -> None:
    path = run / "state" / "000005" / "averages.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def _lose_tensors(run: Path) -> None:
    (run / "state" / "000005" / "net.safetensors").unlink()


def _lose_place(run: Path) -> None:
    (run / "state" / "000005" / "state.json").unlink()


def _damage_place(run: Path) -> None:
    (run / "state" / "000005" / "state.json").write_text('{"stage": 0}', encoding="utf-8")


def _lose_tokenizer(run: Path) -> None:
    shutil.rmtree(run / "tokenizer")


def _damage_tokenizer(run: Path) -> None:
    (run / "tokenizer" / "tokenizer.json").write_text("{", encoding="utf-8")


def _change_model(run: Path) -> None:
    path = run / "recipe.yaml"
    path.write_text(path.read_text("utf-8").replace("queries: 2\n", "queries: 3\n"), encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        _damage_plan,
        _damage_tensors,
        _lose_tensors,
        _lose_place,
        _damage_place,
        _lose_tokenizer,
        _damage_tokenizer,
        _change_model,
    ],
)
def test_a_damaged_run_is_refused_with_one_line(
    damage: Callable[[Path], None], whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    Trainer.resume(run, watcher=tools.StopAt(5)).run()
    damage(run)
    with pytest.raises(CheckpointError) as caught:
        Trainer.resume(run)
    assert str(run) in tools.one_line(caught.value)


@pytest.mark.parametrize("room", [100_000, 0], ids=["for small files", "none at all"])
def test_a_full_disk_leaves_the_state_before(
    room: int, server: "subprocess.Popen[str]", whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    child = Child(server, run, tmp_path / "out", room=room)
    assert child.end() == 1, child.said("stderr")
    said = child.told()
    assert said.startswith(f"CheckpointError: {run}") and said.count("\n") == 1, said
    assert child.said("stderr") == ""
    assert [path.name for path in (run / "state").iterdir()] == ["000006"]  # and no folder that was begun
    assert not (run / "model").exists()
    assert Trainer.resume(run).run()
    tools.same_run(run, whole_run)


def test_the_state_holds_no_pickle(whole_run: Path) -> None:
    names = sorted(path.name for path in (whole_run / "state" / "000015").iterdir())
    assert names == ["averages.safetensors", "net.safetensors", "optimiser.safetensors", "state.json"]
    assert load_file(whole_run / "state" / "000015" / "net.safetensors")
