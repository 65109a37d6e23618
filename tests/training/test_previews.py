"""Previews: what is asked, what is written, and that training goes on untouched."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import PIL.Image
import pytest
import torch

from mini4o.conversation.parts import parse_conversation
from mini4o.data.readers import JsonlData
from mini4o.data.sample import Sample
from mini4o.pretrained.model import Model, new_model
from mini4o.training.previews import preview
from mini4o.training.recipe import Recipe
from mini4o.training.strips import CELL

Show = Callable[..., tuple[list[dict[str, Any]], list[Path]]]


@pytest.fixture(scope="module")
def micro(micro_recipe: Recipe) -> Model:
    return new_model(micro_recipe.model, micro_recipe.generation, ["Which colour? Draw red. Make it blue."], 0)


@pytest.fixture
def show(micro: Model, tmp_path: Path) -> Show:
    """Preview some samples: all answers so far, and the strips."""

    def show(samples: list[Sample], done: int = 40) -> tuple[list[dict[str, Any]], list[Path]]:
        preview(micro.net, micro.builder(), micro.generation, samples, tmp_path, done, "unify")
        answers = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text("utf-8").split("\n")[:-1]]
        return answers, sorted((tmp_path / "samples").glob("*"))

    return show


def sample(*messages: dict[str, Any]) -> Sample:
    return Sample(parse_conversation(list(messages)), "some.jsonl:1")


def test_questions_are_answered_and_drawings_drawn(show: Show, micro_data: Path) -> None:
    read, edit = JsonlData(micro_data / "read.jsonl"), JsonlData(micro_data / "edit.jsonl")
    answers, strips = show([read[0], edit[0], read[6], edit[1]])
    assert [(row["asked"], row["expected"], row["at"]) for row in answers] == [
        ("Which colour?", "red", "000040-unify"),
        ("Which colour?", "green", "000040-unify"),
    ]
    assert [path.name for path in strips] == ["000040-unify.png"]
    with PIL.Image.open(strips[0]) as sheet:
        assert sheet.height > 2 * CELL  # two rows
        # Input and target as they are, at the left and at the right of the first row.
        middle = 16 + 3 + CELL // 2
        assert sheet.getpixel((6 + CELL // 2, middle)) == (220, 30, 30)
        assert sheet.getpixel((6 + 2 * (CELL + 6) + CELL // 2, middle)) == (30, 40, 220)


def test_the_same_weights_give_the_same_previews(show: Show, micro_data: Path) -> None:
    some = [JsonlData(micro_data / f"{name}.jsonl")[0] for name in ("read", "draw", "edit")]
    _, strips = show(some)
    first = strips[0].read_bytes()
    answers, strips = show(some)
    assert strips[0].read_bytes() == first and answers[0] == answers[1]
    answers, strips = show(some, done=50)
    assert len(strips) == 2 and strips[1].read_bytes() == first and answers[2]["done"] == 50


def test_training_goes_on_as_it_was(show: Show, micro: Model, micro_data: Path) -> None:
    before = {name: value.clone() for name, value in micro.net.state_dict().items()}
    state = torch.get_rng_state()
    for training in (True, False):
        micro.net.train(training)
        show([JsonlData(micro_data / "edit.jsonl")[0]])
        assert all(module.training == training for module in micro.net.modules())
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in micro.net.state_dict().items())
    assert all(p.grad is None for p in micro.net.parameters())


def test_conversations_of_any_shape_are_previewed(
    show: Show, micro_data: Path, tools: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    red = str(micro_data / "red0.png")
    answers, strips = show(
        [
            sample(tools.assistant(tools.text("first"))),  # nothing was asked
            sample(tools.user(tools.text("only a user"))),
            sample(tools.assistant(tools.drawing(red))),
            sample(
                {"role": "system", "content": "Be brief."},
                tools.user(tools.text("a")),
                tools.assistant(tools.text("b")),
            ),
        ]
    )
    assert [(row["asked"], row["expected"]) for row in answers] == [("", "first"), ("", "only a user"), ("a", "b")]
    assert len(strips) == 1 and not caplog.records


def test_a_sample_that_cannot_be_shown_is_left_out_and_named(
    show: Show, micro_data: Path, tools: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    gone = sample(tools.user(tools.image("gone.png")), tools.assistant(tools.text("red")))
    answers, _ = show([gone, JsonlData(micro_data / "read.jsonl")[0]])
    assert [row["expected"] for row in answers] == ["red"]
    assert "some.jsonl:1" in caplog.text and "gone.png" in caplog.text
