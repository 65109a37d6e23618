import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import PIL.Image
import pytest
import torch
import yaml

from mini4o.conversation.layout import Document
from mini4o.pretrained.model import Model
from mini4o.training.ahead import Render, rendered_ahead


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """A run chooses its own number of threads; other tests keep theirs."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def recipe(tmp_path: Path, tiny_model: Model, picture: Callable[..., PIL.Image.Image]) -> Path:
    """A micro recipe with its data: two stages of three steps."""
    picture(1).save(tmp_path / "a.png")
    asked = {"role": "user", "content": [{"type": "image", "image": "a.png"}, {"type": "text", "text": "What is it?"}]}
    drawn = [{"type": "image_gen", "image": "a.png"}, {"type": "image", "image": "a.png"}]
    (tmp_path / "read.jsonl").write_text(json.dumps([asked, {"role": "assistant", "content": "Noise."}]) + "\n")
    (tmp_path / "draw.jsonl").write_text(
        json.dumps([{"role": "user", "content": "Draw noise."}, {"role": "assistant", "content": drawn}]) + "\n"
    )
    stages = [
        {"name": "understand", "train": {"language": 1e-3}, "data": [{"path": "read.jsonl"}], "image_loss": 0},
        {"name": "connect", "train": {"connector": 1e-3}, "data": [{"path": "draw.jsonl"}], "text_loss": 0},
    ]
    values = {
        "name": "micro",
        "data": str(tmp_path),
        "model": tiny_model.spec.model_dump(mode="json"),
        "generation": tiny_model.generation.model_dump(mode="json"),
        "stages": [{**stage, "steps": 3, "batch": 2} for stage in stages],
        "previews": {"every": 100, "count": 1, "data": ["draw.jsonl"]},
    }
    path = tmp_path / "micro.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


def steps_of(run: Path) -> list[tuple[str, int]]:
    plan = json.loads((run / "plan.json").read_text())
    return [(stage["name"], stage["steps"]) for stage in plan["stages"]]


def test_train_leaves_a_model(cli, refused, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = cli("train", recipe)
    assert (result.code, result.out) == (0, "runs/micro/model\n")
    assert steps_of(Path("runs/micro")) == [("understand", 3), ("connect", 3)]
    precision = json.loads(Path("runs/micro/plan.json").read_text())["precision"]
    for said in ("micro:", f", {precision}\n", "understand", "connect", "language", "connect 3/3  image"):
        assert said in result.err
    assert cli("draw", "noise", "-o", "noise.png", "--model", "runs/micro/model").code == 0
    assert "--resume" in refused("train", recipe)


def test_the_dial_and_changes(cli, recipe: Path, tmp_path: Path) -> None:
    words = ("--steps", 4, "--set", "stages.0.steps=1", "--set", "stages.0.train.head=0.01", "-o", tmp_path / "run")
    result = cli("train", recipe, *words, "--standalone")
    assert result.code == 0, result.err
    assert steps_of(tmp_path / "run") == [("understand", 1), ("connect", 3)]
    assert "language, head" in result.err
    assert yaml.safe_load((tmp_path / "run" / "recipe.yaml").read_text("utf-8"))["standalone"] is True


def test_what_the_library_logs(cli, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "read.jsonl").open("a") as file:
        file.write("broken\n")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)  # as if it were not installed
    words = ("train", recipe, "--set", "on_bad=skip", "--steps", 2)
    result = cli(*words, "-o", tmp_path / "one")
    assert result.code == 0, result.err
    assert "warning: " in result.err and "read.jsonl:2: skipped" in result.err
    assert "info: " not in result.err
    assert "info: loss plot left out" in cli("-v", *words, "-o", tmp_path / "two").err


def test_ctrl_c_saves_and_says_how_to_go_on(cli, recipe: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    log = run / "log.jsonl"

    def interrupt() -> None:
        while not (log.is_file() and log.read_bytes().count(b"\n") >= 2):
            time.sleep(0.002)
        os.kill(os.getpid(), signal.SIGINT)

    watching = threading.Thread(target=interrupt, daemon=True)
    watching.start()
    stopped = cli("train", recipe, "-o", run, "--set", "stages.0.steps=40")
    watching.join()
    assert (stopped.code, stopped.out) == (130, "")
    assert stopped.err.splitlines()[-1] == f"go on with: mini4o train {recipe} --resume -o {run}"
    assert not (run / "model").exists()
    done = log.read_bytes().count(b"\n")
    assert 2 <= done < 40
    resumed = cli("train", recipe, "--resume", "-o", run)
    assert (resumed.code, resumed.out) == (0, f"{run / 'model'}\n")
    assert log.read_bytes().count(b"\n") == 43


def test_what_cannot_be_trained(refused, recipe: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    run = tmp_path / "run"
    assert "micro2.yaml" in refused("train", tmp_path / "micro2.yaml", "-o", run)
    assert "did you mean 'stages'" in refused("train", recipe, "-o", run, "--set", "stagse=1")
    assert "--set" in refused("train", recipe, "-o", run, "--set", "seed")
    assert "none.jsonl" in refused("train", recipe, "-o", run, "--set", "stages.0.data.0.path=none.jsonl")
    assert "not empty" in refused("train", recipe, "-o", tmp_path)
    assert "resume" in refused("train", recipe, "-o", run, "--resume")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_steps_are_those_that_were_asked_for(cli, refused, recipe: Path, tmp_path: Path) -> None:
    for steps in (5, 3):
        assert cli("train", recipe, "--steps", steps, "-o", tmp_path / str(steps)).code == 0
        assert sum(count for _, count in steps_of(tmp_path / str(steps))) == steps
    assert "too little" in refused("train", recipe, "--steps", 1, "-o", tmp_path / "one")
    assert not (tmp_path / "one").exists()


def test_unknown_words_of_a_library(refused, recipe: Path, tmp_path: Path) -> None:
    change = "model.backbone.config.text_config.num_hiden_layers=2"
    said = refused("train", recipe, "--set", change, "-o", tmp_path / "run")
    assert "did you mean 'num_hidden_layers'?" in said and not (tmp_path / "run").exists()


def test_workers_are_those_that_were_asked_for(
    cli, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def watched(render: Render, first: int, steps: int, workers: int) -> Generator[list[Document]]:
        asked.append(workers)
        return rendered_ahead(render, first, steps, 0)

    monkeypatch.setattr("mini4o.training.trainer.rendered_ahead", watched)
    words = ("train", recipe, "-o", tmp_path / "run", "--workers", 3)
    assert cli(*words, "--steps", 2, "--set", "precision=bf16").code == 0
    assert asked == [3, 3]
    assert json.loads((tmp_path / "run" / "plan.json").read_text())["precision"] == "bf16"
    (tmp_path / "run" / "state" / "000002").rename(tmp_path / "run" / "state" / "gone")
    assert cli(*words, "--resume").code == 0
    assert asked == [3, 3, 3, 3]


def test_contradictions_are_usage_errors(cli, recipe: Path) -> None:
    for words in (
        ("--steps", 3, "--minutes", 1),
        ("--minutes", 0),
        ("--minutes", "nan"),
        ("--steps", 0),
        ("--resume", "--steps", 3),
        ("--resume", "--set", "seed=1"),
        ("--workers", -1),
        ("--dry-run", "--resume"),
        ("--dry-run", "--steps", 3),
    ):
        assert cli("train", recipe, *words).code == 2, words


def test_a_dry_run_writes_nothing(cli, recipe: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    result = cli("train", recipe, "--dry-run", "--set", "stages.0.batch=3", "-o", tmp_path / "run")
    assert (result.code, result.err) == (0, "")
    assert sorted(tmp_path.rglob("*")) == before
    assert "the recipe's data" in result.out and "understand, batch 3" in result.out
