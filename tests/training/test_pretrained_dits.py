"""A pretrained DiT with its codec, trained from `connect` to `unify` and drawing at both of its sizes."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import PIL.Image
import pytest
import torch

import pipelines
from mini4o.errors import RecipeError
from mini4o.mini4o import Mini4o
from mini4o.pretrained import folder
from mini4o.training.recipe import Recipe
from mini4o.training.stages import freeze
from mini4o.training.trainer import Trainer

MakeRecipe = Callable[..., Recipe]


@pytest.fixture(params=pipelines.WRITE)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return pipelines.WRITE[request.param](tmp_path / request.param)


def changes(pair: Path, **dit: Any) -> dict[str, Any]:
    """Of the micro recipe: the pair in place of the DiT from scratch."""
    place = {"pretrained": str(pair)}
    return {"model.dit": place | dit, "model.codec": place, "model.flow": {}}


def without_reading(make_recipe: MakeRecipe, pair: Path, more: dict[str, Any] | None = None, **dit: Any) -> Recipe:
    recipe = make_recipe(changes(pair, **dit) | (more or {}))
    return recipe.model_copy(update={"stages": recipe.stages[1:]})


def test_connect_and_unify_train_it_and_leave_the_codec_alone(
    pair: Path, make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace
) -> None:
    recipe = without_reading(make_recipe, pair, checkpointing=True)
    trainer = Trainer(recipe, tmp_path / "run")
    before = {name: value.clone() for name, value in trainer.model.net.state_dict().items()}
    assert trainer.run()
    after = trainer.model.net.state_dict()
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    groups = trainer.model.net.groups()
    assert not moved & groups["codec"].keys() and len(groups["codec"]) > 20
    assert not moved & groups["vision"].keys()
    for group in ("queries", "connector", "source_in", "language"):
        assert moved & groups[group].keys(), group
    assert len(moved & groups["dit"].keys()) > 0.9 * len(groups["dit"])
    if trainer.model.net.connector.pool is not None:  # zero at the start, and learnt
        assert "connector.pool.weight" in moved and "connector.pool.bias" in moved
    losses = [row["image"] for row in tools.rows(tmp_path / "run") if row["stage"] == "connect"]
    assert all(0 < loss < 100 for loss in losses)

    model = Mini4o(folder.load(tmp_path / "run" / "model"))
    source = PIL.Image.new("RGB", (16, 16), (200, 40, 40))
    for size in model.model.spec.sizes:
        assert model.draw("Draw red.", size=size).size == size
        assert model.edit(source, ["Make it blue."], size=size)[0].size == size


def test_a_resumed_run_equals_one_that_never_stopped(
    pair: Path, make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace
) -> None:
    recipe = without_reading(make_recipe, pair)
    assert Trainer(recipe, tmp_path / "whole").run()
    again = tools.again(tmp_path / "whole", tmp_path / "again")
    assert not Trainer.resume(again, watcher=tools.StopAt(4)).run()
    assert Trainer.resume(again).run()
    tools.same_run(tmp_path / "whole", again)


def test_a_frozen_dit_of_sixteen_bits_teaches_the_connector_and_no_stage_trains_it(
    pair: Path, make_recipe: MakeRecipe, tmp_path: Path
) -> None:
    frozen = {"stages.1.train": {"queries": 3e-3, "connector": 3e-3, "source_in": 3e-3}}
    recipe = make_recipe(changes(pair, dtype="bfloat16") | frozen)
    recipe = recipe.model_copy(update={"stages": recipe.stages[1:2]})
    trainer = Trainer(recipe, tmp_path / "run")
    net = trainer.model.net
    before = {name: value.clone() for name, value in net.groups()["dit"].items()}
    weights = {
        name: value.detach().clone() for group in recipe.stages[0].train for name, value in net.groups()[group].items()
    }
    assert trainer.run()
    assert all(torch.equal(value, net.groups()["dit"][name]) for name, value in before.items())
    state = net.state_dict()
    assert any(not torch.equal(value, state[name]) for name, value in weights.items() if "connector" in name)
    assert all(state[name].dtype == torch.float32 for name in weights)
    trained = make_recipe(changes(pair, dtype="bfloat16"))
    with pytest.raises(RecipeError, match=r"stage connect trains 'dit', whose weights are torch.bfloat16; set"):
        freeze(net, trained.stages[1])


def test_the_codec_is_never_trained(pair: Path, make_recipe: MakeRecipe) -> None:
    recipe = make_recipe({**changes(pair), "stages.1.train": {"connector": 1e-3, "codec": 1e-3}})
    with pytest.raises(RecipeError, match="stage connect: the codec is never trained; take it out of `train`"):
        freeze(SimpleNamespace(), recipe.stages[1])  # type: ignore[arg-type]
