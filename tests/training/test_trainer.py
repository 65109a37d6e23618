"""A run: its losses fall, it resumes bit by bit, it freezes what it should, it refuses what it must."""

import errno
import json
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

import PIL.Image
import pytest
import torch
from safetensors.torch import load_file

from mini4o.errors import CheckpointError, DataError, Mini4oError, RecipeError
from mini4o.pretrained.folder import load
from mini4o.training.log import Plan, Watcher
from mini4o.training.recipe import Recipe
from mini4o.training.trainer import Trainer

MakeRecipe = Callable[..., Recipe]

# Imports once, then forks a process for each line it is sent: [run, folder for its output, step to wait at until a
# file `go` is there, bytes that a file may have from step 7 on].
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

def train(run, out, wait_at, room):
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(Path(out) / name, os.O_WRONLY | os.O_CREAT), number)
    try:
        return 0 if Trainer.resume(Path(run), watcher=Holds(out, wait_at, room)).run() else 3
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
        self, server: "subprocess.Popen[str]", run: Path, out: Path, wait_at: int = 0, room: int | None = None
    ) -> None:
        assert server.stdin is not None and server.stdout is not None
        out.mkdir()
        self.out, self.answers = out, server.stdout
        server.stdin.write(json.dumps([str(run), str(out), wait_at, room]) + "\n")
        self.pid = int(self.answers.readline())

    def waits(self) -> None:
        """Until it has come to the step it waits at."""
        for _ in range(6000):
            if (self.out / "waits").exists():
                return
            time.sleep(0.01)
        raise AssertionError(f"nothing happened for a minute: {self.said('stderr')}")

    def end(self) -> int:
        return int(self.answers.readline())

    def said(self, name: str) -> str:
        return (self.out / name).read_text("utf-8")


def average_losses(rows: list[dict[str, Any]], stage: str, name: str) -> tuple[float, float]:
    """Means over the first and the last fifth of a stage."""
    losses = [row[name] for row in rows if row["stage"] == stage]
    some = len(losses) // 5
    return sum(losses[:some]) / some, sum(losses[-some:]) / some


def one_line(error: BaseException) -> str:
    message = str(error)
    assert isinstance(error, Mini4oError) and message and "\n" not in message
    return message


# ----------------------------------------------------------------------------------------------------- learning


def test_losses_of_all_three_stages_fall(make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace) -> None:
    changes = {
        "stages.0.steps": 40,
        "stages.1.steps": 60,
        "stages.2.steps": 15,
        "stages.1.batch": 8,
        "previews.data": [],
    }
    trainer = Trainer(make_recipe({**changes, "ema.decay": 0.9, "ema.skip": []}), tmp_path / "run")
    assert trainer.run()
    rows = tools.rows(tmp_path / "run")
    before, after = average_losses(rows, "understand", "text")
    assert after < 0.5 * before
    before, after = average_losses(rows, "connect", "image")
    assert after < 0.6 * before
    # What the first two have learnt is still there in the last.
    unify = [row for row in rows if row["stage"] == "unify"]
    assert max(row["text"] for row in unify[-3:]) < min(row["text"] for row in unify[:3])
    assert max(row["image"] for row in unify) < rows[40]["image"]
    assert all("text" not in row for row in rows if row["stage"] == "connect")
    assert all("image" not in row for row in rows if row["stage"] == "understand")


def test_a_run_leaves_what_it_promises(whole_run: Path, tools: SimpleNamespace) -> None:
    names = {path.name for path in whole_run.iterdir()}
    assert names >= {"recipe.yaml", "plan.json", "log.jsonl", "loss.png", "samples", "answers.jsonl", "state", "model"}
    assert [path.name for path in (whole_run / "state").iterdir()] == ["000015"]
    rows = tools.rows(whole_run)
    assert [row["done"] for row in rows] == list(range(1, 16))
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3]
    assert rows[-1]["seconds_left"] == 0 < rows[0]["seconds_left"]
    # Every 4 steps and at the end of a stage; no drawing before a stage has taught it.
    assert [path.name for path in sorted((whole_run / "samples").iterdir())] == [
        "000008-connect.png",
        "000012-connect.png",
        "000015-unify.png",
    ]
    answers = [row["at"] for row in tools.rows(whole_run, "answers.jsonl")]
    assert answers == ["000004-understand", "000006-understand", "000008-connect", "000012-connect", "000015-unify"]
    model = load(whole_run / "model")
    assert model.net.spec.queries == 2
    assert (whole_run / "model" / "recipe.yaml").read_text("utf-8") == (whole_run / "recipe.yaml").read_text("utf-8")


# ------------------------------------------------------------------------------------------------------- resume


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


def test_a_second_run_in_a_folder_is_refused(
    make_recipe: MakeRecipe, whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    with pytest.raises(RecipeError) as caught:
        Trainer(make_recipe(), run)
    assert "--resume" in one_line(caught.value) and str(run) in str(caught.value)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_there_must_be_a_run_to_resume(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(CheckpointError) as caught:
            Trainer.resume(folder)
        assert str(folder) in one_line(caught.value)
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
    assert str(run) in one_line(caught.value)


# ------------------------------------------------------------------------------------------- freezing, averages


class Snapshots(Watcher):
    """The weights as they are at the end of each step, before a stage hands on its averages."""

    def __init__(self) -> None:
        self.trainer: Trainer
        self.after: list[dict[str, torch.Tensor]] = []

    def plan(self, plan: Plan) -> None:
        self.after.append(self._now())

    def step(self, log: Any) -> None:
        self.after.append(self._now())

    def _now(self) -> dict[str, torch.Tensor]:
        return {name: p.detach().clone() for name, p in self.trainer.model.net.named_parameters()}


@pytest.fixture(scope="module")
def watched(whole_run: Path, tmp_path_factory: pytest.TempPathFactory, tools: SimpleNamespace) -> Snapshots:
    """Snapshots of a whole run: before it and after each of its 15 steps, and what was released."""
    watcher = Snapshots()
    run = tools.again(whole_run, tmp_path_factory.mktemp("watched") / "run")
    watcher.trainer = Trainer.resume(run, watcher=watcher)
    assert watcher.trainer.run()
    watcher.step(None)
    return watcher


BORDERS = [(0, 0, 6), (1, 6, 12), (2, 12, 15)]


def test_frozen_groups_stay_bit_identical_and_the_others_move(watched: Snapshots) -> None:
    recipe = watched.trainer.recipe
    assert recipe.optimiser.weight_decay > 0
    groups = watched.trainer.model.net.groups()
    for number, first, last in BORDERS:
        for group, parameters in groups.items():
            moved = {
                name: not torch.equal(watched.after[first][name], watched.after[last][name]) for name in parameters
            }
            if group not in recipe.stages[number].train:
                begin = watched.after[first + 1]  # a stage begins on averages, which moved what trained before
                same = [name for name in parameters if torch.equal(begin[name], watched.after[last][name])]
                assert same == list(parameters), group
                if number == 0:
                    assert not any(moved.values())
            elif parameters:
                assert any(moved.values()), (recipe.stages[number].name, group)


def test_the_average_is_that_of_the_formula_and_is_handed_on(watched: Snapshots) -> None:
    trainer = watched.trainer
    recipe, groups = trainer.recipe, trainer.model.net.groups()
    weights = dict(watched.after[0])
    for number, first, last in BORDERS:
        stage = recipe.stages[number]
        averaged = [name for group in stage.train if group not in recipe.ema.skip for name in groups[group]]
        averages = {name: weights[name].double() for name in averaged}
        for step, after in enumerate(watched.after[first + 1 : last + 1]):
            for name in averaged:
                decay = min(recipe.ema.decay, (1 + step) / (10 + step))
                averages[name] = decay * averages[name] + (1 - decay) * after[name].double()
        weights = dict(watched.after[last])
        weights |= {name: value.float() for name, value in averages.items()}
    # What the next stage began on shows in its first step: a group that it freezes stands still on the averages.
    assert stage.name == "unify"
    vision = list(groups["vision"])
    averages = {name: watched.after[0][name].double() for name in vision}
    for step, after in enumerate(watched.after[1:7]):
        decay = min(0.8, (1 + step) / (10 + step))  # the first steps count for more
        averages = {name: decay * averages[name] + (1 - decay) * after[name].double() for name in vision}
    for name in vision:
        assert torch.allclose(watched.after[7][name], averages[name].float(), atol=1e-6)
        assert not torch.allclose(watched.after[7][name], watched.after[6][name], atol=1e-5)
    for name, value in weights.items():  # and what is released are the averages of the last stage
        assert torch.allclose(watched.after[16][name], value, atol=1e-6), name
    trained = [name for name in groups["dit"] if not torch.equal(watched.after[16][name], watched.after[15][name])]
    assert trained


def test_the_released_folder_holds_the_averages(watched: Snapshots) -> None:
    released = load(watched.trainer.folder / "model").net.state_dict()
    for name, value in watched.after[16].items():
        assert torch.equal(released[name], value), name


# --------------------------------------------------------------------------------------------------------- dial


def test_measuring_does_not_change_a_run(
    make_recipe: MakeRecipe, whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    trainer = Trainer(make_recipe(), tmp_path / "run", steps=15)  # measures threads; `again` measures nothing
    assert trainer.run()
    unmeasured = tools.again(whole_run, tmp_path / "unmeasured")
    assert Trainer.resume(unmeasured).run()
    tools.same_run(tmp_path / "run", unmeasured)


def test_minutes_are_measured_once_and_then_frozen(
    make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tmp_path / "run"
    trainer = Trainer(make_recipe({"previews.data": []}), run, minutes=0.05)
    plan = json.loads((run / "plan.json").read_text("utf-8"))
    steps = [stage["steps"] for stage in plan["stages"]]
    assert all(stage["seconds_a_step"] > 0 for stage in plan["stages"]) and sum(steps) > 5
    assert plan["threads"] == 1 == torch.get_num_threads()
    scale = (
        0.05 * 60 / 1.06 / sum(n * stage["seconds_a_step"] for n, stage in zip((6, 6, 3), plan["stages"], strict=True))
    )
    assert steps == [round(6 * scale), round(6 * scale), round(3 * scale)]
    # The same run by its number of steps, or resumed from the plan that was made with minutes: the same weights.
    plan["stages"] = [{**stage, "steps": n} for stage, n in zip(plan["stages"], (4, 3, 2), strict=True)]
    (run / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    (tools.again(run, tmp_path / "fresh") / "plan.json").write_text(
        json.dumps({**plan, "stages": [{**stage, "seconds_a_step": None} for stage in plan["stages"]]}),
        encoding="utf-8",
    )
    assert trainer.plan.threads == Trainer.resume(run).plan.threads
    for folder in (run, tmp_path / "fresh"):
        (folder / "answers.jsonl").touch()
        assert Trainer.resume(folder).run()
    assert tools.told(run) == tools.told(tmp_path / "fresh") and len(tools.told(run)) == 9
    one, two = tools.weights(run), tools.weights(tmp_path / "fresh")
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    ("dial", "says"),
    [
        ({"minutes": 1.0, "steps": 10}, "not both"),
        ({"steps": 1}, "too little"),
        ({"steps": 0}, "too little"),
        ({"steps": -5}, "too little"),
        ({"minutes": 1e-9}, "too little"),
        ({"minutes": -1.0}, "too little"),
        ({"minutes": float("nan")}, "minutes"),
    ],
)
def test_a_dial_that_makes_no_run_is_refused(
    dial: dict[str, Any], says: str, make_recipe: MakeRecipe, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError) as caught:
        Trainer(make_recipe(), tmp_path / "run", **dial)
    assert says in one_line(caught.value)
    assert not (tmp_path / "run").exists()


def test_resume_takes_the_threads_of_the_plan(whole_run: Path, tmp_path: Path, tools: SimpleNamespace) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    plan = json.loads((run / "plan.json").read_text("utf-8"))
    (run / "plan.json").write_text(json.dumps({**plan, "threads": 2}), encoding="utf-8")
    try:
        Trainer.resume(run)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


# ---------------------------------------------------------------------------------------------------- bad input


def bad_data(tools: SimpleNamespace, micro_data: Path, folder: Path, bad: str) -> Path:
    """The micro data with one bad line, the fourth of `bad.jsonl`."""
    folder.mkdir()
    for path in micro_data.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    good = (folder / "read.jsonl").read_text("utf-8").splitlines()[:3]
    (folder / "bad.jsonl").write_text("\n".join([*good, bad]) + "\n", encoding="utf-8")
    return folder


MASKED = json.dumps([{"role": "user", "content": "hello"}, {"role": "user", "content": "again"}])
MISSING = json.dumps(
    [
        {"role": "user", "content": [{"type": "image", "image": "gone.png"}, {"type": "text", "text": "What?"}]},
        {"role": "assistant", "content": "red"},
    ]
)
BROKEN = MISSING.replace("gone.png", "broken.png")


def only_understand(data: Path, **more: Any) -> dict[str, Any]:
    changes = {"data": str(data), "stages.0.data": [{"path": "bad.jsonl"}], "previews.data": [], **more}
    return changes


def just_stage(recipe: Recipe, number: int) -> Recipe:
    values = recipe.model_dump(mode="json")
    values["stages"] = [values["stages"][number]]
    values["generation"]["text_scale"] = 1
    return Recipe.model_validate(values)


def test_a_broken_line_is_named_before_anything_is_written(
    make_recipe: MakeRecipe, micro_data: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    data = bad_data(tools, micro_data, tmp_path / "data", '{"messages": [}')
    with pytest.raises(DataError) as caught:
        Trainer(make_recipe(only_understand(data)), tmp_path / "run")
    assert "bad.jsonl:4" in one_line(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_broken_line_of_the_previews_is_named_before_anything_is_written(
    make_recipe: MakeRecipe, micro_data: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    data = bad_data(tools, micro_data, tmp_path / "data", "nonsense")
    with pytest.raises(DataError) as caught:
        Trainer(make_recipe({"data": str(data), "previews.data": ["bad.jsonl"]}), tmp_path / "run")
    assert "bad.jsonl:4" in one_line(caught.value)
    assert not (tmp_path / "run").exists()


def test_skip_counts_broken_lines_and_goes_on(
    make_recipe: MakeRecipe, micro_data: Path, tmp_path: Path, tools: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    data = bad_data(tools, micro_data, tmp_path / "data", '{"messages": [}')
    recipe = just_stage(make_recipe(only_understand(data, on_bad="skip")), 0)
    assert Trainer(recipe, tmp_path / "run", steps=2).run()
    assert "skipped 1 of 4 lines" in caplog.text
    assert len(tools.rows(tmp_path / "run")) == 2


@pytest.mark.parametrize(("line", "says"), [(MASKED, "carries loss"), (MISSING, "gone.png"), (BROKEN, "broken.png")])
def test_a_bad_sample_stops_and_names_its_line_or_is_skipped(
    line: str,
    says: str,
    make_recipe: MakeRecipe,
    micro_data: Path,
    tmp_path: Path,
    tools: SimpleNamespace,
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = bad_data(tools, micro_data, tmp_path / "data", line)
    (data / "broken.png").write_bytes((data / "red0.png").read_bytes()[:50])
    # An epoch is two batches of two here, so the bad sample comes at every start in one of the first two steps.
    changes = {"stages.0.batch": 2, "previews.data": []}
    recipe = just_stage(make_recipe(only_understand(data, **changes)), 0)
    with pytest.raises(DataError) as caught:
        Trainer(recipe, tmp_path / "run", steps=4).run()
    assert "bad.jsonl:4" in one_line(caught.value) and says in str(caught.value)
    assert not (tmp_path / "run" / "model").exists()
    recipe = just_stage(make_recipe(only_understand(data, **changes, on_bad="skip")), 0)
    caplog.clear()
    assert Trainer(recipe, tmp_path / "skipped", steps=4).run()
    assert "bad.jsonl:4" in caplog.text and len(tools.rows(tmp_path / "skipped")) == 4


def test_a_picture_that_goes_away_in_the_middle_stops_the_run_and_the_checkpoint_stays(
    make_recipe: MakeRecipe, micro_data: Path, whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    line = (micro_data / "read.jsonl").read_text("utf-8").splitlines()[3]
    data = bad_data(tools, micro_data, tmp_path / "data", line)
    recipe = just_stage(make_recipe(only_understand(data, save_every=2)), 0)
    trainer = Trainer(recipe, tmp_path / "run", steps=6, watcher=_Removes(data, 3))
    with pytest.raises(DataError) as caught:
        trainer.run()
    assert "bad.jsonl:" in one_line(caught.value) and "red" in str(caught.value)
    # Documents are rendered a step ahead, so the step that fails is the next one or the one after it. Nothing is lost.
    done = tools.rows(tmp_path / "run")[-1]["done"]
    assert done in (3, 4) and f"all {done} steps so far are saved" in str(caught.value)
    assert [path.name for path in (tmp_path / "run" / "state").iterdir()] == [f"{done:06d}"]
    for path in micro_data.glob("*.png"):
        (data / path.name).write_bytes(path.read_bytes())
    assert Trainer.resume(tmp_path / "run").run()
    untouched = Trainer(recipe, tmp_path / "whole", steps=6)
    assert untouched.run()
    one, two = tools.weights(tmp_path / "run"), tools.weights(tmp_path / "whole")
    assert all(torch.equal(one[name], two[name]) for name in one)


class _Removes(Watcher):
    def __init__(self, data: Path, done: int) -> None:
        self.data, self.done = data, done

    def step(self, log: Any) -> None:
        if log.done == self.done:
            for path in self.data.glob("*.png"):
                path.unlink()


def test_a_broken_picture_of_the_previews_does_not_end_a_run(
    make_recipe: MakeRecipe, micro_data: Path, tmp_path: Path, tools: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    data = bad_data(tools, micro_data, tmp_path / "data", BROKEN)
    (data / "broken.png").write_bytes(b"no picture")
    recipe = make_recipe({"data": str(data), "previews.data": ["bad.jsonl"], "previews.count": 4})
    assert Trainer(just_stage(recipe, 0), tmp_path / "run", steps=2).run()
    assert "bad.jsonl:4" in caplog.text
    assert len(tools.rows(tmp_path / "run", "answers.jsonl")) == 3


UNLISTED = json.dumps(
    [
        {"role": "user", "content": "Draw."},
        {"role": "assistant", "content": [{"type": "image_gen", "image": "red0.png", "size": [7, 7]}]},
    ]
)


@pytest.mark.parametrize(("line", "says"), [(MASKED, "nothing carries loss"), (UNLISTED, "does not draw 7x7")])
def test_what_labels_and_sizes_tell_is_found_before_anything_is_written(
    line: str, says: str, make_recipe: MakeRecipe, micro_data: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    data = bad_data(tools, micro_data, tmp_path / "data", line)
    # Of the last stage only, whose first step the bad sample is not in.
    recipe = make_recipe({"data": str(data), "stages.2.data": [{"path": "bad.jsonl"}], "stages.2.batch": 1})
    with pytest.raises(DataError) as caught:
        Trainer(recipe, tmp_path / "run")
    assert "bad.jsonl:4: " in one_line(caught.value) and says in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_full_disk_at_the_start_leaves_no_folder(
    make_recipe: MakeRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "runs" / "one" / ".plan.json.new"))

    monkeypatch.setattr("mini4o.training.trainer.replace_text", full)
    with pytest.raises(CheckpointError) as caught:
        Trainer(make_recipe(), tmp_path / "runs" / "one")
    assert str(caught.value).startswith(f"{tmp_path / 'runs' / 'one'}: could not be written (No space left on device)")
    assert "begin again" in one_line(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_resumed_run_keeps_its_words_when_the_data_changes(
    make_recipe: MakeRecipe, micro_data: Path, tmp_path: Path, tools: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    data = bad_data(tools, micro_data, tmp_path / "data", "")
    recipe = just_stage(make_recipe(only_understand(data, **{"stages.0.batch": 2})), 0)
    run = tmp_path / "run"
    assert not Trainer(recipe, run, steps=4, watcher=tools.StopAt(2)).run()
    words = (run / "tokenizer" / "tokenizer.json").read_bytes()
    text = (data / "bad.jsonl").read_text("utf-8").replace("Which colour?", "Welche Farbe ist das?")
    (data / "bad.jsonl").write_text(text, encoding="utf-8")
    assert not Trainer.resume(run, watcher=tools.StopAt(3)).run()
    assert "samples" not in caplog.text
    (data / "bad.jsonl").write_text(text + text.splitlines()[0] + "\n", encoding="utf-8")
    assert Trainer.resume(run).run()
    assert "bad.jsonl: has 4 samples, and had 3 when the run was begun" in caplog.text
    assert (run / "tokenizer" / "tokenizer.json").read_bytes() == words
    assert (run / "model" / "backbone" / "tokenizer.json").read_bytes() == words


def test_a_batch_too_small_for_its_mixture_is_refused(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        Trainer(make_recipe({"stages.2.batch": 2}), tmp_path / "run")
    assert "edit.jsonl" in one_line(caught.value) and "3" in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_loss_that_is_not_finite_ends_the_run_and_is_placed(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    recipe = just_stage(make_recipe({"stages.1.train": {"queries": 1e-3, "dit": 1e36}, "optimiser.clip": 1e9}), 1)
    with pytest.raises(RecipeError) as caught:
        Trainer(recipe, tmp_path / "run", steps=6).run()
    assert "stage connect" in one_line(caught.value) and "step " in str(caught.value)
    assert not (tmp_path / "run" / "model").exists()


def test_a_group_that_no_loss_reaches_is_named(make_recipe: MakeRecipe, tmp_path: Path) -> None:
    recipe = make_recipe({"stages.0.train.dit": 1e-3})
    with pytest.raises(RecipeError) as caught:
        Trainer(recipe, tmp_path / "run").run()
    assert "understand" in one_line(caught.value) and "'dit'" in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("room", [100_000, 0], ids=["for small files", "none at all"])
def test_a_full_disk_leaves_the_state_before(
    room: int, server: "subprocess.Popen[str]", whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    child = Child(server, run, tmp_path / "out", room=room)
    assert child.end() == 1, child.said("stderr")
    said = child.said("stdout")
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


def test_pictures_of_previews_are_strips(whole_run: Path) -> None:
    with PIL.Image.open(whole_run / "samples" / "000015-unify.png") as strip:
        assert strip.format == "PNG" and strip.width > 3 * 96 and strip.height > 96
