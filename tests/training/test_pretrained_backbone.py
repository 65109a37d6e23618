"""Training around a pretrained backbone: its own tokenizer, frozen parts as they were, and the same run on resume."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from checkpoints import make_checkpoint
from pydantic import ValidationError
from safetensors.torch import load_file

from mini4o.mini4o import Mini4o
from mini4o.model.families import FAMILIES
from mini4o.pretrained.backbone import load_tokenizer
from mini4o.training.recipe import Recipe, load_recipe
from mini4o.training.trainer import Trainer

Make = Callable[..., Recipe]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("checkpoints")
    return {family: make_checkpoint(family, folder / family) for family in FAMILIES}


def around(make_recipe: Make, checkpoint: Path, **changes: Any) -> Recipe:
    """The micro recipe around a checkpoint; of each stage a few steps."""
    steps = {f"stages.{stage}.steps": 2 for stage in range(3)}
    return make_recipe({"model.backbone": {"pretrained": str(checkpoint)}, **steps, **changes})


@pytest.mark.parametrize("family", list(FAMILIES))
def test_connecting_leaves_the_backbone_as_it_was(
    family: str, checkpoints: dict[str, Path], make_recipe: Make, tmp_path: Path
) -> None:
    recipe = around(make_recipe, checkpoints[family], standalone=True)
    recipe = recipe.model_copy(update={"stages": recipe.stages[1:2]})
    trainer = Trainer(recipe, tmp_path / "run")
    assert trainer.run()
    kept = load_file(checkpoints[family] / "model.safetensors")
    trained = load_file(tmp_path / "run" / "model" / "backbone" / "model.safetensors")
    assert trained.keys() == kept.keys()
    assert all(torch.equal(value, kept[name]) for name, value in trained.items())
    for place in ("tokenizer", "model/backbone"):
        theirs, ours = load_tokenizer(checkpoints[family]), load_tokenizer(tmp_path / "run" / place)
        assert ours.get_vocab() == theirs.get_vocab()
        assert ours.backend_tokenizer.to_str() == theirs.backend_tokenizer.to_str()
    assert Mini4o.from_pretrained(tmp_path / "run" / "model").draw("Draw red.").size == (16, 16)


def test_what_was_chosen_is_written_down(checkpoints: dict[str, Path], make_recipe: Make, tmp_path: Path) -> None:
    recipe = around(make_recipe, checkpoints["qwen3_vl"], checkpoint_gradients=True)
    trainer = Trainer(recipe, tmp_path / "run")
    assert trainer.plan.backbone == f"{checkpoints['qwen3_vl']} (qwen3_vl), float32, sdpa attention"
    written = load_recipe(tmp_path / "run" / "recipe.yaml").model.backbone
    assert (written.family, written.dtype, written.attention) == ("qwen3_vl", "float32", "sdpa")


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(
    checkpoints: dict[str, Path], make_recipe: Make, tmp_path: Path, tools: SimpleNamespace
) -> None:
    """All stages, all groups, with gradients checkpointed: the same as without, and the same after a stop."""
    recipe = around(make_recipe, checkpoints["qwen3_vl"], save_every=1)
    assert Trainer(recipe, tmp_path / "plain").run()
    recipe = recipe.model_copy(update={"checkpoint_gradients": True})
    assert not Trainer(recipe, tmp_path / "run", watcher=tools.StopAt(3)).run()
    assert Trainer.resume(tmp_path / "run").run()
    tools.same_run(tmp_path / "plain", tmp_path / "run")


def test_weights_in_16_bits_are_not_trained(make_recipe: Make) -> None:
    with pytest.raises(ValidationError, match="bfloat16, in which the small steps of training `vision` vanish"):
        make_recipe({"model.backbone": {"pretrained": "a/b", "dtype": "bfloat16"}})


@pytest.mark.parametrize(
    ("backbone", "words"),
    [
        ({}, "either `pretrained` or of random weights"),
        ({"pretrained": "a/b", "config": {}}, "either `pretrained` or of random weights"),
        ({"config": {}, "family": "qwen3_vl"}, "for a qwen3_vl give `pretrained`"),
        ({"config": {}, "dtype": "bfloat16"}, "leave out `dtype`"),
        ({"pretrained": "a/b", "family": "llava"}, "Input should be"),
        ({"pretrained": "a/b", "attention": "flash_attention_2"}, "Input should be"),
    ],
)
def test_a_backbone_is_one_thing(make_recipe: Make, backbone: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        make_recipe({"model.backbone": backbone})
