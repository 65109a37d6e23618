"""The storybook as a stream: a function of its parameters and the index, and of nothing else."""

import json
import pickle
from collections import Counter
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch.utils.data

from mini4o.conversation.parts import Image, ImageGen
from mini4o.data.mixture import Mixture
from mini4o.data.sample import Sample
from mini4o.data.storybook import Storybook, StorybookSpec
from mini4o.errors import DataError
from mini4o.storybook.splits import split_of
from mini4o.storybook.versions import WORLDS

TASKS = {"caption_short": 1, "draw_short": 2, "smalltalk": 1}


def told(sample: Sample) -> tuple[Any, ...]:
    """All of a sample, comparable: pictures as bytes."""
    messages = [
        (message.role, part.model_dump(exclude={"image"}), pixels(part))
        for message in sample.conversation
        for part in message.content
    ]
    return messages, sample.origin, sample.scenes, json.dumps(sample.facts, sort_keys=True)


def pixels(part: Any) -> bytes | None:
    picture = part.image if isinstance(part, Image | ImageGen) else None
    return None if picture is None else np.asarray(picture).tobytes()


def test_a_sample_is_a_function_of_its_index() -> None:
    """In any order, in another instance, whatever the count, and pickled."""
    data = Storybook(TASKS, 12, seed=5)
    first = [told(data[index]) for index in range(12)]
    longer = pickle.loads(pickle.dumps(Storybook(TASKS, 1000, seed=5)))
    assert [told(longer[index]) for index in reversed(range(12))] == first[::-1]
    assert len({sample[1] for sample in first}) == 12  # no two are the same
    assert told(Storybook(TASKS, 12, seed=6)[0])[2] != first[0][2]
    assert len(data) == 12 and len(longer) == 1000
    for index in (-1, 12):
        with pytest.raises(IndexError):
            data[index]


def test_what_was_asked_for() -> None:
    data = Storybook({"draw_short": 1}, 4, split="heldout", languages=["zh"], size=32)
    for index in range(4):
        sample = data[index]
        assert sample.origin == f"storybook-1/draw_short/heldout/zh/0:{index}"
        assert sample.task == sample.facts["task"] == "draw_short"
        assert [split_of(scene.facts) for scene in sample.scenes] == ["heldout"]
        drawn = sample.conversation[-1].content[0]
        assert isinstance(drawn, ImageGen) and isinstance(drawn.image, PIL.Image.Image) and min(drawn.image.size) == 32
        assert any("\u4e00" <= letter <= "\u9fff" for letter in str(sample.conversation[0].content))


def counts(data: Storybook, samples: int) -> Counter[tuple[str, str]]:
    """Tasks and languages of the first samples."""
    origins = [data[index].origin.split("/") for index in range(samples)]
    return Counter((task, language) for _, task, _, language, _ in origins)


def test_tasks_come_as_often_as_they_weigh_in_each_language() -> None:
    data = Storybook({"smalltalk": 0.2, "arithmetic": 0.3, "instructions": 0, "draw_short": 0.1}, 100)
    parts = {"smalltalk": 2, "arithmetic": 3, "draw_short": 1}
    expected = {(task, language): part for task, part in parts.items() for language in ("en", "zh")}
    assert counts(data, 12) == expected
    # and spread: the commonest is never away for long
    order = [data[index].origin.split("/")[1] for index in range(0, 24, 2)]
    assert all("arithmetic" in order[start : start + 3] for start in range(10))


def test_all_stands_for_every_task() -> None:
    data = Storybook({"all": 1, "smalltalk": 0}, 10)
    names = [name for name in WORLDS["storybook-1"].tasks if name != "smalltalk"]
    assert list(data.parameters["tasks"]) == names
    other = dict.fromkeys(reversed(names), 1.0)
    assert Storybook(other, 10).parameters == data.parameters  # the order in which they are named means nothing


@pytest.mark.parametrize(("ranks", "workers"), [(2, 1), (2, 3), (3, 2)])
def test_readers_share_the_samples_without_repeats_or_gaps(ranks: int, workers: int) -> None:
    data = Storybook({"smalltalk": 1}, 25)
    readers = ranks * workers
    shares = [range(rank * workers + worker, len(data), readers) for rank in range(ranks) for worker in range(workers)]
    origins = [data[index].origin for share in shares for index in share]
    assert sorted(origins) == sorted(data[index].origin for index in range(25))
    # a reader that stopped after some of its samples goes on with the rest of them
    share = shares[-1]
    assert [*share[:2], *share[2:]] == list(share)


def test_processes_of_a_loader_get_what_one_gets() -> None:
    data = Storybook(TASKS, 8)
    loader = torch.utils.data.DataLoader(data, batch_size=None, sampler=range(1, 8, 2), num_workers=2)  # type: ignore
    assert [told(sample) for sample in loader] == [told(data[index]) for index in range(1, 8, 2)]


def test_a_mixture_takes_it() -> None:
    data, other = Storybook(TASKS, 20), Storybook({"arithmetic": 1}, 20)
    mixture = Mixture([(data, 3), (other, 1)], batch=4, seed=0, stream="x")
    origins = [sample.origin for step in range(20) for sample in mixture.batch(step)]
    assert len(set(origins)) == 40  # three epochs of the one and one of the other


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tasks": {"no_such": 1}}, "caption_short"),
        ({"tasks": {}}, "caption_short"),
        ({"tasks": {"smalltalk": 0}}, "caption_short"),
        ({"tasks": {"smalltalk": -1}}, "from 0 up"),
        ({"tasks": {"smalltalk": float("nan")}}, "from 0 up"),
        ({"tasks": {"smalltalk": 1, "draw_short": 1e-9}}, "whole numbers"),
        ({"tasks": {"smalltalk": 1, "draw_short": 10**9}}, "whole numbers"),
        ({"split": "tests"}, "train, val, test, heldout"),
        ({"languages": ["en", "de"]}, "en, zh"),
        ({"languages": []}, "en, zh"),
        ({"count": 0}, "at least 1"),
        ({"size": 31}, "32 to 1024"),
        ({"size": 1025}, "32 to 1024"),
        ({"world": "storybook-0"}, "storybook-1"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(change: dict[str, Any], says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        Storybook(**{"tasks": TASKS, "count": 10, **change})
    assert "\n" not in str(caught.value)


def test_a_recipe_names_one() -> None:
    spec = StorybookSpec.model_validate(
        {"tasks": {"draw_short": 2, "smalltalk": 1}, "split": "val", "languages": ["zh"]}
    )
    assert spec.open()[3].origin == "storybook-1/draw_short/val/zh/0:3"
