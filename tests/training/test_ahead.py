"""Steps rendered ahead: in order, whoever renders them, and with what was logged or went wrong at its place."""

import multiprocessing
import os
import signal
from functools import partial
from operator import getitem
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from mini4o.conversation.layout import Document
from mini4o.conversation.parts import parse_conversation
from mini4o.data.readers import JsonlData
from mini4o.data.sample import Sample
from mini4o.errors import DataError, WorkerError
from mini4o.pretrained.model import new_model
from mini4o.training.ahead import Render, rendered_ahead
from mini4o.training.prepare import rendered
from mini4o.training.recipe import Recipe


def numbered(steps: int) -> Render:
    """A document for each step, named by its number."""
    return partial(getitem, [[Document(task=str(step))] for step in range(steps)])


def names(steps: list[list[Document]]) -> list[str]:
    return [document.task for documents in steps for document in documents]


@pytest.mark.parametrize(("first", "steps"), [(0, 7), (3, 7), (6, 7), (7, 7)])
def test_steps_come_in_order_from_the_first_one(first: int, steps: int) -> None:
    assert names(list(rendered_ahead(numbered(9), first, steps, 0))) == [str(step) for step in range(first, steps)]


def test_no_more_is_rendered_than_needed() -> None:
    seen: list[int] = []

    def render(step: int) -> list[Document]:
        seen.append(step)
        return []

    ahead = rendered_ahead(render, 0, 100, 0)
    next(ahead)
    next(ahead)
    ahead.close()
    assert seen == list(range(len(seen))) and 2 <= len(seen) <= 4


def test_two_workers_give_the_same_and_killed_ones_are_named() -> None:
    ahead = rendered_ahead(numbered(40), 5, 40, 2)
    assert names([next(ahead) for _ in range(12)]) == [str(step) for step in range(5, 17)]
    workers = multiprocessing.active_children()
    assert len(workers) == 2
    for worker in workers:
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(WorkerError, match=r"^a worker process was killed, .* give fewer --workers$"):
        list(ahead)
    assert multiprocessing.active_children() == []


def test_a_worker_renders_logs_and_fails_as_the_thread_does(
    micro_recipe: Recipe, micro_data: Path, tools: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    model = new_model(micro_recipe.model, micro_recipe.generation, ["Which colour? Draw red. Make it blue."], 0)
    data = {name: JsonlData(micro_data / f"{name}.jsonl") for name in ("read", "edit")}
    masked = Sample(parse_conversation([tools.user(tools.text("100 % nothing"))]), "some.jsonl:7")
    batches = [[data["read"][0], masked], [data["edit"][5]], [masked, masked], [data["read"][1]]]
    mixture = SimpleNamespace(batch=partial(getitem, batches))
    render = partial(rendered, mixture, model.builder(), micro_recipe.stages[2], 3, "skip", None)

    def run(workers: int) -> tuple[list[Document], list[tuple[str, int, str]], str]:
        caplog.clear()
        ahead = rendered_ahead(render, 0, len(batches), workers)
        documents = [*next(ahead), *next(ahead)]
        with pytest.raises(DataError) as caught:
            next(ahead)
        return documents, list(caplog.record_tuples), tools.one_line(caught.value)

    mine, logged, said = run(1)
    other, expected, expected_said = run(0)
    assert logged == expected and [line.startswith("skipped some.jsonl:7: ") for _, _, line in logged] == [True] * 3
    assert said == expected_said and said.startswith("every sample of step 3 of stage unify")
    assert len(mine) == len(other) >= 2
    for one, two in zip(mine, other, strict=True):
        assert (one.ids, one.labels, one.positions, one.task) == (two.ids, two.labels, two.positions, two.task)
        for image, same in zip(one.images, two.images, strict=True):
            assert torch.equal(image.pixels, same.pixels) and image.grid == same.grid
            assert image.picture.tobytes() == same.picture.tobytes()
        assert [span.target and span.target.tobytes() for span in one.spans] == [
            span.target and span.target.tobytes() for span in two.spans
        ]
    assert any(document.images for document in mine) and any(document.spans for document in mine)
