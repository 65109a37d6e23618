"""The data of a recipe: every file read once, every stage given what it can learn from."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mini4o.data.readers import JsonlData
from mini4o.errors import DataError
from mini4o.training.recipe import Recipe
from mini4o.training.sources import Sources

MakeRecipe = Callable[..., Recipe]


@pytest.fixture
def make(make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace) -> Callable[..., Sources]:
    """The sources of a recipe whose stages all take `mixed.jsonl`: line 1 teaches words, 2 a drawing, 3 nothing."""
    said, drawn = tools.text("hello"), tools.drawing("a.png")
    lines = [
        [tools.user(said), tools.assistant(said)],
        [tools.user(said), tools.assistant(drawn)],
        [tools.user(said), tools.assistant({**said, "loss": False})],
    ]

    def make(sets: list[list[dict[str, Any]]], lines: list[Any] = lines, **changes: Any) -> Sources:
        rows = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (tmp_path / "mixed.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
        data = {f"stages.{n}.data": [{"path": "mixed.jsonl", **each} for each in some] for n, some in enumerate(sets)}
        return Sources(make_recipe({"data": str(tmp_path), "previews.data": [], **data, **changes}))

    return make


def refused(sources: Sources) -> str:
    with pytest.raises(DataError) as caught:
        sources.check()
    assert "\n" not in str(caught.value)
    return str(caught.value)


ONLY = [[{"only": "text"}], [{"only": "image"}], [{"only": "text"}, {"only": "image"}]]


def origins(sources: Sources, stage: int) -> set[str]:
    mixture = sources.mixture(sources._recipe.stages[stage])
    return {sample.origin for step in range(3) for sample in mixture.batch(step)}


def test_stages_choose_what_they_teach(make: Callable[..., Sources]) -> None:
    sources = make(ONLY)
    sources.check()
    assert [origins(sources, stage) for stage in range(3)] == [
        {"mixed.jsonl:1"},
        {"mixed.jsonl:2"},
        {"mixed.jsonl:1", "mixed.jsonl:2"},
    ]
    assert sources.counts() == {"mixed.jsonl": 3}
    assert list(sources.words()) == ["hello"] * 3  # of each different choice once


def test_a_sample_in_which_nothing_carries_loss_stops_or_is_left_out_and_counted(
    make: Callable[..., Sources], caplog: pytest.LogCaptureFixture
) -> None:
    said = refused(make([*ONLY[:2], [{}]]))
    assert said.startswith("mixed.jsonl:3: nothing carries loss in stage unify") and "on_bad: skip" in said
    said = refused(make([[{}], *ONLY[1:]]))  # opening a drawing is learnt with the words, so line 2 is fine
    assert said.startswith("mixed.jsonl:3: nothing carries loss in stage understand (image_loss is 0)")
    said = refused(make([ONLY[0], [{}], ONLY[2]]))
    assert said.startswith("mixed.jsonl:1: nothing carries loss in stage connect (text_loss is 0)")
    with caplog.at_level(logging.WARNING, logger="mini4o"):
        sources = make([*ONLY[:2], [{}]], on_bad="skip")
        sources.check()
        sources.check()
    assert origins(sources, 2) == {"mixed.jsonl:1", "mixed.jsonl:2"}
    assert [record.getMessage().partition("mixed.jsonl")[2] for record in caplog.records] == [
        ": skipped 1 of 3: nothing carries loss: mixed.jsonl:3"
    ]


@pytest.mark.parametrize("on_bad", ["stop", "skip"])
def test_a_file_in_which_nothing_carries_loss_is_said_to_be_so(
    make: Callable[..., Sources], tools: SimpleNamespace, on_bad: str
) -> None:
    masked = [[tools.user(tools.text("hello"))]] * 2
    said = refused(make([[{}], *ONLY[1:]], masked, on_bad=on_bad))
    assert "in all of its 2 conversations nothing carries loss in stage understand" in said and "`loss: false`" in said
    said = refused(make(ONLY, masked, on_bad=on_bad))
    assert "none of its 2 conversations has words that carry loss" in said and "`only: text`" in said


def test_the_weights_of_a_stage_are_those_of_its_batches(make: Callable[..., Sources]) -> None:
    """Each source with its own, in every batch, and no other stage's."""
    for ours, share in ((3, 3), (1, 1)):
        sources = make(
            [
                [{"only": "text"}],
                [{"only": "image"}],
                [{"only": "text", "weight": ours}, {"only": "image", "weight": 4 - ours}],
            ],
            **{"stages.2.batch": 4},
        )
        mixture = sources.mixture(sources._recipe.stages[2])
        for step in range(3):
            came = [sample.origin for sample in mixture.batch(step)]
            assert (came.count("mixed.jsonl:1"), came.count("mixed.jsonl:2")) == (share, 4 - share)


def test_a_source_without_weight_is_not_asked_for_anything(make: Callable[..., Sources]) -> None:
    make([*ONLY[:2], [*ONLY[2], {"weight": 0}]]).check()


def test_a_size_that_is_not_listed_is_a_broken_line(make: Callable[..., Sources], tools: SimpleNamespace) -> None:
    drawn = {**tools.drawing("a.png"), "size": [7, 7]}
    lines = [[tools.user(tools.text("a")), tools.assistant(tools.text("b"))], [tools.assistant(drawn)]]
    said = refused(make([[{}]] * 3, lines))
    assert "mixed.jsonl:2: this model does not draw 7x7; it draws 16x16, 32x16" in said and "on_bad: skip" in said
    sources = make([[{}]] * 3, lines, on_bad="skip", **{"stages.1.text_loss": 1})
    sources.check()
    assert sources.counts() == {"mixed.jsonl": 1}


def test_a_file_is_read_once_and_a_broken_line_told_once(
    make: Callable[..., Sources], tools: SimpleNamespace, caplog: pytest.LogCaptureFixture, monkeypatch: Any
) -> None:
    opened = []
    scan = JsonlData._scan
    monkeypatch.setattr(JsonlData, "_scan", lambda self, bad: opened.append(self.path.name) or scan(self, bad))
    said = [tools.user(tools.text("a")), tools.assistant(tools.text("b"), tools.drawing("a.png"))]
    sources = make(ONLY, ["broken", said], on_bad="skip", **{"previews.data": ["mixed.jsonl"]})
    sources.check()
    assert len(sources.previews()[0]) == 1
    assert opened == ["mixed.jsonl"]
    assert caplog.text.count("mixed.jsonl:1: skipped") == 1
