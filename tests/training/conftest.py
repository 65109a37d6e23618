"""A micro data set and a micro recipe: coloured pictures to read, draw and edit, and a model of 0.1 M parameters."""

import copy
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import PIL.Image
import pytest
import torch
import yaml
from safetensors.torch import load_file

from mini4o.conversation.parts import parse_conversation
from mini4o.data.sample import Sample
from mini4o.errors import Mini4oError
from mini4o.training.log import StepLog, Watcher
from mini4o.training.recipe import Recipe
from mini4o.training.trainer import Trainer

torch.set_num_threads(1)

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 40, 220), "white": (240, 240, 240)}
SMALL, WIDE = (16, 16), (32, 16)

TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.08,
}
VISION = {
    "depth": 1,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_heads": 1,
    "patch_size": 4,
    "temporal_patch_size": 1,
    "spatial_merge_size": 2,
    "window_size": 16,
    "fullatt_block_indexes": [0],
    "initializer_range": 0.08,
}
DIT = {
    "num_attention_heads": 2,
    "attention_head_dim": 16,
    "num_layers": 1,
    "num_cross_attention_heads": 2,
    "cross_attention_head_dim": 16,
    "cross_attention_dim": 32,
}


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def assistant(*parts: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(parts)}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def image(name: str) -> dict[str, Any]:
    return {"type": "image", "image": name}


def drawing(name: str, *source: int) -> dict[str, Any]:
    return {"type": "image_gen", "image": name, **({"source": list(source)} if source else {})}


def longer(sample: Sample) -> Sample:
    """The same after a speech of some 80 tokens, so that it stands in a batch of its own beside the micro data."""
    speech = parse_conversation([user(text("Red, blue and green. " * 4))])
    return replace(sample, conversation=[*speech, *sample.conversation])


def write_jsonl(path: Path, conversations: list[list[dict[str, Any]]]) -> None:
    path.write_text("".join(json.dumps({"messages": each}) + "\n" for each in conversations), encoding="utf-8")


@pytest.fixture(scope="session")
def micro_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 pictures, and `read.jsonl`, `draw.jsonl` (two sizes), `edit.jsonl`."""
    folder = tmp_path_factory.mktemp("micro")
    read, draw, edit = [], [], []
    for name, (r, g, b) in COLOURS.items():
        for number in range(6):
            size = WIDE if number == 5 else SMALL
            PIL.Image.new("RGB", size, (r - 4 * number, g - 4 * number, b - 4 * number)).save(
                folder / f"{name}{number}.png"
            )
            read.append([user(image(f"{name}{number}.png"), text("Which colour?")), assistant(text(name))])
            draw.append([user(text(f"Draw {name}.")), assistant(drawing(f"{name}{number}.png"))])
            other = "red" if name != "red" else "blue"
            ask = user(image(f"{name}{number}.png"), text(f"Make it {other}."))
            edit.append([ask, assistant(drawing(f"{other}{number}.png", 1), image(f"{other}{number}.png"))])
    write_jsonl(folder / "read.jsonl", read)
    write_jsonl(folder / "draw.jsonl", draw)
    write_jsonl(folder / "edit.jsonl", edit)
    return folder


def micro_values(data: Path) -> dict[str, Any]:
    """The micro recipe as plain values, a copy to change."""
    everything = {
        "name": "micro",
        "seed": 3,
        "precision": "fp32",
        "data": str(data),
        "model": {
            "backbone": {
                "config": {"text_config": TEXT, "vision_config": VISION},
                "tokenizer_words": 320,
                "read_pixels": [64, 1024],
            },
            "queries": 2,
            "connector": {"layers": 1, "width": 32, "heads": 2},
            "dit": {"config": DIT, "width": 32},
            "codec": {"factor": 8},
            "flow": {"shift": 1.0},
            "sizes": [list(SMALL), list(WIDE)],
            "sources": 1,
        },
        "generation": {"max_tokens": 4, "steps": 2, "text_scale": 1.5},
        "stages": [
            {
                "name": "understand",
                "steps": 6,
                "batch": 4,
                "train": {"vision": 3e-3, "merger": 3e-3, "language": 3e-3, "head": 3e-3},
                "image_loss": 0,
                "data": [{"path": "read.jsonl"}],
                "warmup": 2,
            },
            {
                "name": "connect",
                "steps": 6,
                "batch": 4,
                "train": {"queries": 3e-3, "connector": 3e-3, "dit": 3e-3, "source_in": 3e-3},
                "text_loss": 0,
                "branches": {"none": 0.2, "no_text": 0.2},
                "data": [{"path": "draw.jsonl"}, {"path": "edit.jsonl"}],
                "warmup": 2,
            },
            {
                "name": "unify",
                "steps": 3,
                "batch": 3,
                "train": {
                    "merger": 1e-3,
                    "language": 1e-3,
                    "head": 1e-3,
                    "rows": 1e-3,
                    "queries": 1e-3,
                    "connector": 1e-3,
                    "dit": 1e-3,
                    "source_in": 1e-3,
                },
                "data": [{"path": "read.jsonl"}, {"path": "draw.jsonl"}, {"path": "edit.jsonl"}],
            },
        ],
        "optimiser": {"weight_decay": 0.1},
        "ema": {"decay": 0.8},
        "previews": {"every": 4, "count": 1, "data": ["read.jsonl", "edit.jsonl"]},
        "save_every": 5,  # not at the steps of previews
    }
    return copy.deepcopy(everything)


@pytest.fixture
def values(micro_data: Path) -> dict[str, Any]:
    return micro_values(micro_data)


@pytest.fixture
def make_recipe(micro_data: Path) -> Callable[..., Recipe]:
    """The micro recipe with other values: `make_recipe({"stages.0.steps": 3})`."""

    def make(changes: dict[str, Any] | None = None) -> Recipe:
        out = micro_values(micro_data)
        for key, value in (changes or {}).items():
            *steps, last = key.split(".")
            place: Any = out
            for step in steps:
                place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
            place[int(last) if last.isdigit() else last] = value
        return Recipe.model_validate(out)

    return make


@pytest.fixture(autouse=True)
def plain_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """One core, since runs are compared bit by bit and must choose the same number of threads however busy the machine
    is; and no matplotlib, as in the core install, since plots would take most of the time."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)


class StopAt(Watcher):
    """Sends this process a signal while the given step (over all stages) is told of."""

    def __init__(self, done: int, number: int = signal.SIGTERM) -> None:
        self.done, self.number = done, number
        self.seen: list[StepLog] = []
        self.notes: list[str] = []

    def step(self, log: StepLog) -> None:
        self.seen.append(log)
        if log.done == self.done:
            signal.raise_signal(self.number)

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture(scope="session")
def tools() -> SimpleNamespace:
    """Helpers of several modules, in one place."""

    def again(run: Path, folder: Path) -> Path:
        """A new run of the same recipe and plan as another, which has not begun yet."""
        folder.mkdir(parents=True)
        for name in ("recipe.yaml", "plan.json"):
            shutil.copy(run / name, folder / name)
        return folder

    def rows(run: Path, name: str = "log.jsonl") -> list[dict[str, Any]]:
        return [json.loads(line) for line in (run / name).read_text("utf-8").split("\n")[:-1]]

    def told(run: Path) -> list[tuple[Any, ...]]:
        """What the log says, but for the clock."""
        keys = ("stage", "step", "done", "text", "image", "tasks", "spread")
        return [tuple(row.get(key) for key in keys) for row in rows(run)]

    def weights(run: Path) -> dict[str, torch.Tensor]:
        """All tensors of the released model."""
        files = sorted((run / "model").rglob("*.safetensors"))
        return {f"{file.parent.name}/{k}": v for file in files for k, v in load_file(file).items()}

    def one_line(error: BaseException) -> str:
        """The message of one of our errors, which has a single line."""
        message = str(error)
        assert isinstance(error, Mini4oError) and message and "\n" not in message
        return message

    def same_run(one: Path, two: Path) -> None:
        """Bit-identical: weights, log, samples, their picture and answers."""
        mine, other = weights(one), weights(two)
        assert mine.keys() == other.keys() and len(mine) > 50
        assert [name for name in mine if not torch.equal(mine[name], other[name])] == []
        assert told(one) == told(two)
        assert rows(one, "answers.jsonl") == rows(two, "answers.jsonl")
        names = [sorted(path.name for path in (run / "samples").iterdir()) for run in (one, two)]
        assert names[0] == names[1] and names[0]
        for name in names[0]:
            assert (one / "samples" / name).read_bytes() == (two / "samples" / name).read_bytes(), name
        assert (one / "progress.png").read_bytes() == (two / "progress.png").read_bytes()

    return SimpleNamespace(
        again=again,
        rows=rows,
        told=told,
        weights=weights,
        one_line=one_line,
        same_run=same_run,
        StopAt=StopAt,
        user=user,
        assistant=assistant,
        text=text,
        image=image,
        drawing=drawing,
        longer=longer,
        write_jsonl=write_jsonl,
        dump=lambda values: yaml.safe_dump(values, allow_unicode=True),
    )


@pytest.fixture(scope="session")
def whole_run(micro_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the micro recipe that was never interrupted; leave it as it is."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
        trainer = Trainer(Recipe.model_validate(micro_values(micro_data)), folder)
    assert trainer.run()
    return folder


@pytest.fixture(scope="session")
def micro_recipe(micro_data: Path) -> Recipe:
    return Recipe.model_validate(micro_values(micro_data))
