"""Training adapters: what moves, what does not, the same run on resume, and what a recipe may not say."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from checkpoints import make_checkpoint
from pydantic import ValidationError

import pipelines
from adapted import base, same
from mini4o.errors import RecipeError
from mini4o.mini4o import Mini4o
from mini4o.model import adapters
from mini4o.model.four_bits import is_quantised
from mini4o.pretrained import folder
from mini4o.training.recipe import Recipe, load_recipe
from mini4o.training.trainer import Trainer

Make = Callable[..., Recipe]
BOTH = {"language": {"rank": 2, "alpha": 4, "dropout": 0.1}, "dit": {"rank": 3}}
TRAIN = {"language_adapter": 3e-3, "dit_adapter": 3e-3}


def adapting(
    make_recipe: Make, stage: dict[str, Any] | None = None, model: dict[str, Any] | None = None, **changes: Any
) -> Recipe:
    """The micro recipe's last stage alone, which trains adapters."""
    values = make_recipe().model_dump(mode="json")
    values["stages"] = [values["stages"][2] | {"steps": 4, "train": TRAIN} | (stage or {})]
    values["model"] |= model or {}
    return Recipe.model_validate(values | {"adapters": BOTH, "save_every": 1} | changes)


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A backbone and a DiT of checkpoints, their layers in 4 bits, and the codec of the DiT."""
    place = tmp_path_factory.mktemp("pair")
    wide = {"num_attention_heads": 4, "num_cross_attention_heads": 4, "cross_attention_dim": 64}
    parts = pipelines.parts_of(pipelines.write_sana(place / "sana", **wide))
    qwen = {"pretrained": str(make_checkpoint("qwen3_vl", place / "qwen")), "quantise": "nf4"}
    return {"backbone": qwen, "dit": parts["dit"] | {"quantise": "nf4"}, "codec": parts["codec"], "flow": {}}


@pytest.mark.parametrize("quantised", [False, True])
def test_adapters_train_and_all_else_stays_bit_for_bit(
    make_recipe: Make, pretrained: dict[str, Any], tmp_path: Path, tools: SimpleNamespace, quantised: bool
) -> None:
    """Weight decay is on, and dropout. A run that was stopped goes on as one that was not."""
    recipe = adapting(make_recipe, model=pretrained if quantised else {})
    trainer = Trainer(recipe, tmp_path / "whole")
    net = trainer.model.net
    begun, before = base(net), {n: w.clone() for g in adapters.PARTS for n, w in _weights(net, g).items()}
    layers = {group: adapters.layers(net, group).values() for group in adapters.PARTS}
    in_4_bits = [group for group, some in layers.items() if any(map(is_quantised, some))]
    assert in_4_bits == (list(adapters.PARTS) if quantised else [])
    assert trainer.run()
    assert same(base(net), begun)
    moved = {n for g in adapters.PARTS for n, w in _weights(net, g).items() if not torch.equal(w, before[n])}
    assert moved == before.keys()
    again = folder.load(tmp_path / "whole" / "model")
    assert same(again.net.state_dict(), net.state_dict())
    assert adapters.names(again.net) == ["adapter_1"]
    assert Mini4o(again).draw("Draw red.").size == (16, 16)
    assert not Trainer(recipe, tmp_path / "run", watcher=tools.StopAt(2)).run()
    assert Trainer.resume(tmp_path / "run").run()
    tools.same_run(tmp_path / "whole", tmp_path / "run")
    written = load_recipe(tmp_path / "whole" / "recipe.yaml")
    assert written.adapters == recipe.adapters and written.model.backbone.quantise == recipe.model.backbone.quantise


def _weights(net: Any, group: str) -> dict[str, torch.Tensor]:
    return {f"{group}.{name}": value for name, value in adapters.weights(net, group, "adapter_1").items()}


def test_an_adapter_beside_groups_that_train_themselves(make_recipe: Make, tmp_path: Path) -> None:
    """Of `language` an adapter, of queries and connector the weights."""
    train = {"language_adapter": 3e-3, "queries": 3e-3, "connector": 3e-3, "dit": 3e-3}
    recipe = adapting(make_recipe, {"train": train}, adapters={"language": {"rank": 2}})
    trainer = Trainer(recipe, tmp_path / "run")
    begun = base(trainer.model.net)
    assert trainer.run()
    moved = {
        name.split(".")[0] for name, value in base(trainer.model.net).items() if not torch.equal(value, begun[name])
    }
    assert moved == {"reader", "connector", "dit"}
    again = folder.load(tmp_path / "run" / "model")
    assert same(again.net.state_dict(), trainer.model.net.state_dict())


def test_an_adapter_that_no_loss_reaches_is_refused(make_recipe: Make, tmp_path: Path) -> None:
    recipe = adapting(make_recipe, {"image_loss": 0, "data": [{"path": "read.jsonl"}]})
    with pytest.raises(RecipeError, match="trains 'dit_adapter', but none of its losses reach it"):
        Trainer(recipe, tmp_path / "run")


@pytest.mark.parametrize(
    ("train", "of", "words"),
    [
        (TRAIN, {"language": {}}, "trains 'dit_adapter', and there is none; add `adapters: {dit: {rank: 16}}`"),
        ({"language_adapter": 1e-3}, BOTH, "no stage trains 'dit_adapter'; name it"),
        (TRAIN | {"dit": 1e-3}, BOTH, "trains 'dit' and the adapter on it"),
        (TRAIN, BOTH | {"vision": {}}, "Input should be 'language' or 'dit'"),
        (TRAIN, BOTH | {"dit": {"rank": 0}}, "greater than or equal to 1"),
        (TRAIN, BOTH | {"dit": {"ranks": 1}}, "ranks"),
    ],
)
def test_what_a_recipe_may_not_say_of_adapters(
    train: dict[str, float], of: dict[str, Any], words: str, make_recipe: Make
) -> None:
    with pytest.raises(ValidationError) as caught:
        adapting(make_recipe, {"train": train}, adapters=of)
    assert words in str(caught.value)


def test_weights_in_4_bits_are_not_trained(make_recipe: Make, values: dict[str, Any]) -> None:
    backbone = values["model"]["backbone"] | {"quantise": "nf4"}
    with pytest.raises(ValidationError, match="trains 'language', whose layers are in nf4 and cannot learn; train"):
        make_recipe({"model.backbone": backbone})


def test_an_unknown_group_of_adapters_is_named_with_the_nearest(
    values: dict[str, Any], tools: SimpleNamespace, tmp_path: Path
) -> None:
    path = tmp_path / "micro.yaml"
    path.write_text(tools.dump(values), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"unknown key 'adapters\.langage'; did you mean 'language'\?"):
        load_recipe(path, ["adapters.langage={}"])
    with pytest.raises(RecipeError, match=r"'stages\.2\.train\.dit_adaptor'; did you mean 'dit_adapter'\?"):
        load_recipe(path, ["stages.2.train.dit_adaptor=1"])
