"""Dry runs: the first batch of every stage as training would render it, and what stands in for what is not there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from checkpoints import NAMES, make_checkpoint

from mini4o.errors import CheckpointError, DataError
from mini4o.pretrained.backbone import load_tokenizer
from mini4o.training.dry_run import dry_run
from mini4o.training.prepare import rendered
from mini4o.training.recipe import Recipe
from mini4o.training.sources import Sources
from mini4o.training.trainer import Trainer

Make = Callable[..., Recipe]


def test_the_first_batches_are_those_of_training(make_recipe: Make, tmp_path: Path) -> None:
    checkpoint = make_checkpoint("qwen3_vl", tmp_path / "qwen")
    recipe = make_recipe({"model.backbone": {"pretrained": str(checkpoint)}})
    run = dry_run(recipe)
    trainer = Trainer(recipe, tmp_path / "run")
    for stage, dry in zip(recipe.stages, run.stages, strict=True):
        mixture = Sources(recipe).mixture(stage)
        some = rendered(mixture, trainer.builder, stage, recipe.seed, recipe.on_bad, None, 0)
        assert dry.data == "the recipe's data"
        assert sum(task.samples for task in dry.tasks) == len(some)
        assert sum(task.tokens * task.samples for task in dry.tasks) == pytest.approx(sum(map(len, some)))
        assert sum(task.drawings for task in dry.tasks) == sum(len(document.spans) for document in some)
    assert run.tokenizer == f"that of {checkpoint}"
    assert run.sizes.parameters == trainer.plan.parameters


@pytest.mark.parametrize("family", NAMES)
def test_without_files_a_stand_in_says_so(family: str, make_recipe: Make, tmp_path: Path) -> None:
    checkpoint = make_checkpoint(family, tmp_path / "checkpoint")
    known = set(load_tokenizer(checkpoint).get_added_vocab())
    for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
        (checkpoint / name).unlink()
    assert known
    recipe = make_recipe({"model.backbone": {"pretrained": str(checkpoint)}})
    if family in ("smolvlm", "internvl"):
        with pytest.raises(CheckpointError, match=f"how a {family} cuts pictures is in them; get them with: hf "):
            dry_run(recipe)
        return
    run = dry_run(recipe)
    assert run.tokenizer.startswith("a stand-in")
    assert all(task.tokens for stage in run.stages for task in stage.tasks)


def test_data_that_is_not_there_is_told_from_data_that_is_broken(make_recipe: Make, tmp_path: Path) -> None:
    recipe = make_recipe({"stages.1.data": [{"path": "none.jsonl"}]})
    run = dry_run(recipe)
    assert [stage.data == "the recipe's data" for stage in run.stages] == [True, False, True]
    assert run.stages[1].data.endswith(f"of the storybook by turns, as {recipe.data / 'none.jsonl'} is not there")
    assert sum(task.drawings for task in run.stages[1].tasks) == recipe.stages[1].batch
    (tmp_path / "broken.jsonl").write_text("broken\n")
    with pytest.raises(DataError, match=r"broken\.jsonl:1"):
        dry_run(make_recipe({"stages.1.data": [{"path": str(tmp_path / "broken.jsonl")}]}))
