"""Memory told beforehand: the sums by hand, and activations against what a real step keeps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from mini4o.data.readers import JsonlData
from mini4o.model.activations import Activations, BatchShape, StepShape, activations
from mini4o.model.net import Net
from mini4o.pretrained.model import Model, new_model
from mini4o.training.losses import READING, losses
from mini4o.training.prepare import documents, prepare
from mini4o.training.recipe import Recipe, find_recipe, load_recipe
from mini4o.training.sizes import CARDS, assumed, on_gpu, rendered_shape, sizes
from mini4o.training.stages import freeze

Make = Callable[..., Recipe]
# Large enough for layers to outweigh what is not counted: embeddings, masks, times.
WIDER = {
    "model.backbone.config.text_config.num_hidden_layers": 4,
    "model.dit.config.num_layers": 4,
    "model.queries": 16,
    "model.connector.layers": 3,
}


def of_stage(recipe: Recipe, net: Net, number: int, shape: StepShape) -> Activations:
    stage = recipe.stages[number]
    freeze(net, stage)
    reading = any(group in stage.train for group in READING)
    return activations(net, shape, reading=reading, text=bool(stage.text_loss), words=False, bf16=False)


def kept_by(model: Model, run: Callable[[], Any]) -> int:
    """Bytes that autograd keeps in a real run, each storage once."""
    own = {tensor.untyped_storage().data_ptr() for tensor in (*model.net.parameters(), *model.net.buffers())}
    seen: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        seen.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        run()
    return sum(tensor.untyped_storage().nbytes() for place, tensor in seen.items() if place not in own)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_activations_are_what_a_real_step_keeps(number: int, make_recipe: Make, micro_data: Path) -> None:
    """In 32 bits on a CPU, every layer once: to a tenth. The vision tower, which goes by a formula, is frozen here, and
    keys of a frozen first pass, which no graph keeps, are added by hand."""
    recipe = make_recipe(WIDER)
    stage = recipe.stages[number]
    train = {group: rate for group, rate in stage.train.items() if group not in ("vision", "merger")}
    stage = stage.model_copy(update={"train": train})
    model = new_model(recipe.model, recipe.generation, ["Which colour? Draw red. Make it blue."], 0)
    data = JsonlData(micro_data / f"{'read' if number == 0 else 'edit'}.jsonl")
    some = documents([data[index] for index in range(8)], model.builder(), stage, 0, 0)
    freeze(model.net, stage)
    step = prepare(some, model.net, stage, 0, 0)
    real = kept_by(model, lambda: losses(model.net.train(), step, stage))
    if stage.name == "connect":
        text = model.net.backbone.lm.config.text_config
        width = text.hidden_size // text.num_attention_heads * text.num_key_value_heads
        real += sum(4 * 2 * text.num_hidden_layers * width * batch.ids.numel() for batch in step.batches)
    resolved, net = on_gpu(recipe.model_copy(update={"stages": [stage]}))
    found = of_stage(resolved, net, 0, rendered_shape(some, net))
    assert sum(found.parts.values()) == pytest.approx(real, rel=0.1)
    assert set(found.parts) >= ({"language", "connector", "dit"} if number else {"language"})


def test_what_grows_with_what(make_recipe: Make) -> None:
    recipe, net = on_gpu(make_recipe(WIDER))

    def batch(count: int, tokens: int) -> StepShape:
        return StepShape((BatchShape(count, tokens, 0, count, tokens, 0),), {(16, 16): count})

    once, twice = (of_stage(recipe, net, 1, batch(count, 32)).parts for count in (4, 8))
    assert {name: twice[name] / once[name] for name in ("language", "connector")} == pytest.approx(
        dict.fromkeys(("language", "connector"), 2), rel=0.05
    )
    longer = of_stage(recipe, net, 1, batch(4, 64)).parts
    assert longer["language"] > once["language"]
    assert (longer["connector"], longer["dit"]) == (once["connector"], once["dit"])


def test_layers_that_are_computed_again_keep_less(make_recipe: Make) -> None:
    changes = [{}, {"checkpoint_gradients": True}, {"model.dit.checkpointing": True}]
    shape = StepShape((BatchShape(4, 64, 64, 4, 64, 0),), {(16, 16): 4})
    found = []
    for change in changes:
        recipe, net = on_gpu(make_recipe({**WIDER, **change}))
        found.append(of_stage(recipe, net, 2, shape))
    plain, language, dit = (each.parts for each in found)
    assert language["language"] < plain["language"] / 2 and language["dit"] == plain["dit"]
    assert dit["dit"] < plain["dit"] / 2 and dit["language"] == plain["language"]
    assert found[1].working > found[0].working


def test_16_bits_keep_less_and_copy_the_weights_that_train(make_recipe: Make) -> None:
    recipe, net = on_gpu(make_recipe(WIDER))
    shape = StepShape((BatchShape(64, 64, 0, 64, 64, 0),), {(16, 16): 64})
    freeze(net, recipe.stages[1])
    in_32, in_16 = (
        activations(net, shape, reading=False, text=False, words=False, bf16=bf16).parts for bf16 in (False, True)
    )
    assert all(in_16[part] < in_32[part] for part in ("connector", "dit"))
    assert set(in_16) == set(in_32)


def test_the_sums_by_hand(make_recipe: Make) -> None:
    recipe, net = on_gpu(make_recipe({"ema.skip": ["connector"]}))
    table = sizes(recipe, net, [assumed(stage, net) for stage in recipe.stages])
    parts = {part.part: part for part in table.parts}
    assert table.parameters == sum(p.numel() for p in net.parameters())
    assert all(part.weights == 4 * part.parameters and part.dtype == "float32" for part in table.parts)
    for stage, size in zip(recipe.stages, table.stages, strict=True):
        assert [part.part for part in size.parts if part.trained] == [name for name in parts if name in stage.train]
        for part in size.parts:
            count = parts[part.part].parameters if part.trained else 0
            averaged = 0 if part.part == "connector" else count
            assert (part.gradients, part.optimiser, part.ema) == (4 * count, 8 * count, 4 * averaged)
        passing = sum(part.gradients + part.activations for part in size.parts) + size.working
        lasting = sum(part.weights for part in table.parts) + sum(part.optimiser + part.ema for part in size.parts)
        assert size.total == lasting + max(passing, size.encoding)
        assert size.fits == dict.fromkeys(CARDS, True)


def test_4_bits_and_adapters(make_recipe: Make, tmp_path: Path) -> None:
    from checkpoints import make_checkpoint

    backbone = {"pretrained": str(make_checkpoint("qwen2_5_vl", tmp_path / "qwen"))}
    train = {"language_adapter": 1e-3, "connector": 1e-3}
    plain = make_recipe({"model.backbone": backbone, "stages.0.train": {"head": 1e-3}, "stages.2.train": train,
                         "adapters": {"language": {"rank": 4}}})  # fmt: skip
    recipe = plain.model_copy(update={"stages": plain.stages[2:]})
    quantised = recipe.model.backbone.model_copy(update={"quantise": "nf4"})
    found = []
    for model in (recipe.model, recipe.model.model_copy(update={"backbone": quantised})):
        resolved, net = on_gpu(recipe.model_copy(update={"model": model}))
        found.append(sizes(resolved, net, [assumed(stage, net) for stage in resolved.stages]))
    full, small = ({part.part: part for part in each.parts} for each in found)
    assert (full["language"].dtype, small["language"].dtype) == ("bfloat16", "bfloat16/nf4")
    assert small["language"].parameters == full["language"].parameters
    assert small["language"].weights < full["language"].weights
    adapter = next(part for part in found[0].stages[0].parts if part.part == "language_adapter")
    assert adapter.trained and adapter.optimiser == 8 * full["language_adapter"].parameters
    assert full["language_adapter"].dtype == "float32"


@pytest.mark.parametrize(
    ("name", "card"),
    [
        ("qwen2_5_vl_3b_sana_1600m_512", 141),
        ("qwen2_5_vl_7b_sana_1600m_1024", 80),
        ("qwen3_vl_2b_sana_600m_512", 24),
        ("openuni_qwen2_5_vl_3b_sana_1600m_512", 80),
    ],
)
def test_recipes_at_real_size_fit_the_cards_they_are_for(name: str, card: int) -> None:
    recipe, net = on_gpu(load_recipe(find_recipe(name)))
    table = sizes(recipe, net, [assumed(stage, net) for stage in recipe.stages])
    fits = [min(size for size in CARDS if stage.fits[size]) for stage in table.stages]
    assert max(fits) == card
    trained = {part.part for stage in table.stages for part in stage.parts if part.trained}
    backbone = next(part for part in table.parts if part.part == "language")
    assert backbone.dtype == ("float32" if "language" in trained else "bfloat16")
    counted = {part.part: part.parameters for part in table.parts}
    assert counted["dit"] in (591_747_872, 1_604_462_752)
    assert net.connector.norm.weight.shape == (2304,)
    assert recipe.model.connector.norm_scale == pytest.approx(5.5**0.5, 1e-4)
    assert recipe.model.flow.scheduler is not None
