"""Recipes and data with something wrong: named in one line, and before anything is written where that can be."""

import errno
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mini4o.errors import CheckpointError, DataError, RecipeError
from mini4o.training.log import Watcher
from mini4o.training.recipe import Recipe
from mini4o.training.trainer import Trainer

MakeRecipe = Callable[..., Recipe]


def test_a_second_run_in_a_folder_is_refused(
    make_recipe: MakeRecipe, whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    with pytest.raises(RecipeError) as caught:
        Trainer(make_recipe(), run)
    assert "--resume" in tools.one_line(caught.value) and str(run) in str(caught.value)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


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
    assert "bad.jsonl:4" in tools.one_line(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_broken_line_of_the_previews_is_named_before_anything_is_written(
    make_recipe: MakeRecipe, micro_data: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    data = bad_data(tools, micro_data, tmp_path / "data", "nonsense")
    with pytest.raises(DataError) as caught:
        Trainer(make_recipe({"data": str(data), "previews.data": ["bad.jsonl"]}), tmp_path / "run")
    assert "bad.jsonl:4" in tools.one_line(caught.value)
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
    assert "bad.jsonl:4" in tools.one_line(caught.value) and says in str(caught.value)
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
    assert "bad.jsonl:" in tools.one_line(caught.value) and "red" in str(caught.value)
    # Documents are rendered two steps ahead, so one of the next three steps fails. Nothing is lost.
    done = tools.rows(tmp_path / "run")[-1]["done"]
    assert done in (3, 4, 5) and f"all {done} steps so far are saved" in str(caught.value)
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
    assert "bad.jsonl:4: " in tools.one_line(caught.value) and says in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_full_disk_at_the_start_leaves_no_folder(
    make_recipe: MakeRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tools: SimpleNamespace
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "runs" / "one" / ".plan.json.new"))

    monkeypatch.setattr("mini4o.training.trainer.replace_text", full)
    with pytest.raises(CheckpointError) as caught:
        Trainer(make_recipe(), tmp_path / "runs" / "one")
    assert str(caught.value).startswith(f"{tmp_path / 'runs' / 'one'}: could not be written (No space left on device)")
    assert "begin again" in tools.one_line(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_batch_too_small_for_its_mixture_is_refused(
    make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace
) -> None:
    with pytest.raises(DataError) as caught:
        Trainer(make_recipe({"stages.2.batch": 2}), tmp_path / "run")
    assert "edit.jsonl" in tools.one_line(caught.value) and "3" in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_loss_that_is_not_finite_ends_the_run_and_is_placed(
    make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace
) -> None:
    recipe = just_stage(make_recipe({"stages.1.train": {"queries": 1e-3, "dit": 1e36}, "optimiser.clip": 1e9}), 1)
    with pytest.raises(RecipeError) as caught:
        Trainer(recipe, tmp_path / "run", steps=6).run()
    assert "stage connect" in tools.one_line(caught.value) and "step " in str(caught.value)
    assert not (tmp_path / "run" / "model").exists()


def test_a_group_that_no_loss_reaches_is_named(make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace) -> None:
    recipe = make_recipe({"stages.0.train.dit": 1e-3})
    with pytest.raises(RecipeError) as caught:
        Trainer(recipe, tmp_path / "run").run()
    assert "understand" in tools.one_line(caught.value) and "'dit'" in str(caught.value)
    assert not (tmp_path / "run").exists()


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
