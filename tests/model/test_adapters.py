"""Adapters on a net: where they stand, that they begin as nothing, merging, stacking, and weights in 4 bits."""

import logging
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from conversations import documents, two_passes
from torch import Tensor, nn

import pipelines
from adapted import base, same, trained
from mini4o.chance import normal
from mini4o.errors import Mini4oError
from mini4o.model import adapters, four_bits
from mini4o.model.dits import FAMILIES as DITS
from mini4o.model.spec import AdapterSpec
from mini4o.pretrained.model import Model

CLOSE = {"atol": 2e-5, "rtol": 1e-4}
QUANTISED = {"backbone": {"quantise": "nf4"}, "dit": {"quantise": "nf4"}}


@pytest.fixture
def model(new_tiny: Callable[..., Model]) -> Model:
    return new_tiny()


@pytest.fixture
def quantised(tiny_model: Model, new_tiny: Callable[..., Model]) -> Model:
    """The same net with the layers of both parts in 4 bits."""
    spec = tiny_model.spec.model_dump()
    return new_tiny(**{part: spec[part] | change for part, change in QUANTISED.items()})


def outputs(model: Model) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden states of the ordinary tokens, those of the queries, and what the DiT says."""
    net = model.net.eval()
    with torch.no_grad():
        hidden, states = two_passes(net, documents(model)[:3])
        x_t = normal((2, net.dit.channels, 4, 6), 0, "x")
        sources = normal((2, net.dit.sources * net.dit.channels, 4, 6), 0, "sources")
        condition = normal((2, net.spec.queries, net.dit.width), 0, "condition")
        return hidden, states, net.predict(x_t, sources, torch.tensor([0.3, 0.9]), condition)


def far(one: Any, other: Any) -> list[float]:
    return [float((a - b).abs().mean()) for a, b in zip(one, other, strict=True)]


# Where they stand.


def test_a_language_adapter_stands_on_the_layers_of_the_language_model_alone(model: Model) -> None:
    found = adapters.layers(model.net, "language")
    assert len(found) == 2 * 7
    assert all(name.startswith("model.language_model.layers.") for name in found)
    plain = dict(model.net.backbone.lm.named_modules())
    vision = {n for n, m in plain.items() if ".visual." in n and isinstance(m, nn.Linear)}
    twins = {n for n in vision if n.rpartition(".")[2] in {name.rpartition(".")[2] for name in found}}
    assert twins  # what a choice by name would have taken too
    trained(model.net)
    state = model.net.state_dict()
    assert not any(".lora_" in name for name in state if ".visual." in name or "lm_head" in name or "embed" in name)
    assert sorted(found) == sorted(adapters.layers(model.net, "language"))


@pytest.mark.parametrize("kind", ["sana", "sd3"])
def test_a_dit_adapter_stands_on_the_linear_layers_of_its_blocks(kind: str, new_tiny: Callable[..., Model]) -> None:
    config = {"sana": pipelines.SANA, "sd3": pipelines.SD3}[kind]
    config = {key: value for key, value in config.items() if key not in DITS[kind].follows}
    net = new_tiny(dit={"kind": kind, "config": config | {"patch_size": 1}, "width": 24}).net
    found = adapters.layers(net, "dit")
    blocks = net.dit.model.transformer_blocks
    linear = {n for n, m in blocks.named_modules(prefix="transformer_blocks") if isinstance(m, nn.Linear)}
    assert found.keys() == linear and len(found) >= 16
    trained(net, ["dit"])
    adapted = {name for name, module in net.dit.model.named_modules() if hasattr(module, "lora_A")}
    assert adapted == linear


def test_the_expression_takes_these_layers_and_no_others(model: Model) -> None:
    for group in adapters.PARTS:
        expression = adapters.pattern(adapters.layers(model.net, group))
        names = {name for name, _ in adapters.library(model.net, group).named_modules()}
        assert {name for name in names if re.fullmatch(expression, name)} == adapters.layers(model.net, group).keys()
        assert len(expression) < 300


def test_every_weight_is_in_one_group_and_those_of_adapters_in_their_own(model: Model) -> None:
    before = {group: set(members) for group, members in model.net.groups().items()}
    assert not before["language_adapter"] and not before["dit_adapter"]
    trained(model.net)
    groups = model.net.groups()
    assert sorted(name for members in groups.values() for name in members) == sorted(dict(model.net.named_parameters()))
    for group, members in groups.items():
        if not group.endswith("_adapter"):
            assert {adapters.plain_name(name) for name in members} == before[group], group
    assert len(groups["language_adapter"]) == 2 * len(adapters.layers(model.net, "language"))
    assert len(groups["dit_adapter"]) == 2 * len(adapters.layers(model.net, "dit"))
    assert {p.dtype for name in ("language_adapter", "dit_adapter") for p in groups[name].values()} == {torch.float32}


# What they compute.


def test_a_new_adapter_changes_no_bit_and_is_a_function_of_the_seed(model: Model, tiny_model: Model) -> None:
    before = outputs(tiny_model)
    seeds = torch.get_rng_state()
    adapters.add(model.net, {"language": AdapterSpec(), "dit": AdapterSpec(rank=2, alpha=1)}, 5)
    assert torch.equal(torch.get_rng_state(), seeds)
    assert all(torch.equal(a, b) for a, b in zip(outputs(model), before, strict=True))
    assert same({adapters.plain_name(n): v for n, v in base(model.net).items()}, tiny_model.net.state_dict())
    first = adapters.weights(model.net, "language", "adapter_1")
    assert all(bool(value.any()) == (".lora_A." in name) for name, value in first.items())
    assert adapters.names(model.net) == ["adapter_1"]


def test_merged_is_adapted_and_unmerged_is_as_before(model: Model, tiny_model: Model) -> None:
    trained(model.net)
    adapted, kept = outputs(model), base(model.net)
    assert min(far(adapted, outputs(tiny_model))) > 0.01
    adapters.merge(model.net)
    assert adapters.is_merged(model.net)
    changed = [n for n, v in base(model.net).items() if not torch.equal(v, kept[n])]
    assert len(changed) == len(adapters.layers(model.net, "language")) + len(adapters.layers(model.net, "dit"))
    for mine, other in zip(outputs(model), adapted, strict=True):
        torch.testing.assert_close(mine, other, **CLOSE)
    adapters.unmerge(model.net)
    assert not adapters.is_merged(model.net)
    for name, value in base(model.net).items():
        torch.testing.assert_close(value, kept[name], atol=1e-6, rtol=0)


def test_several_stack_and_what_they_add_is_added_up(model: Model, new_tiny: Callable[..., Model]) -> None:
    """Of one linear layer, where that can be seen; and merged, of everything."""
    first = trained(model.net, seed=1)
    second = trained(model.net, ["language"], rank=2, seed=2)
    assert adapters.names(model.net) == [first, second] == ["adapter_1", "adapter_2"]
    assert list(adapters.configs(model.net, "dit")) == [first]
    layer: Any = model.net.backbone.lm.model.language_model.layers[1].mlp.up_proj
    x = normal((3, layer.in_features), 0, "x")
    with torch.no_grad():
        expected = layer.base_layer(x)
        for name in (first, second):
            expected = expected + 2 * x @ layer.lora_A[name].weight.T @ layer.lora_B[name].weight.T
        torch.testing.assert_close(layer(x), expected)
    both = outputs(model)
    adapters.merge(model.net)
    for mine, other in zip(outputs(model), both, strict=True):
        torch.testing.assert_close(mine, other, **CLOSE)
    alone = new_tiny()
    trained(alone.net, seed=1)
    assert far(outputs(alone), both)[0] > 0.01


def test_in_bfloat16_the_base_stays_so_and_the_adapter_is_fp32(
    tiny_model: Model, new_tiny: Callable[..., Model]
) -> None:
    model = new_tiny(dit=tiny_model.spec.dit.model_dump() | {"dtype": "bfloat16"})
    plain = outputs(model)[2]
    adapters.add(model.net, {"dit": AdapterSpec()}, 0)
    assert torch.equal(outputs(model)[2], plain) and plain.dtype == torch.bfloat16
    assert {p.dtype for p in model.net.groups()["dit_adapter"].values()} == {torch.float32}


# In 4 bits.


def test_the_layers_under_adapters_are_in_4_bits_and_nothing_else(quantised: Model, tiny_model: Model) -> None:
    kinds = {name: four_bits.is_quantised(module) for name, module in quantised.net.named_modules()}
    under = {f"backbone.lm.{name}" for name in adapters.layers(quantised.net, "language")}
    under |= {f"dit.sana.{name}" for name in adapters.layers(quantised.net, "dit")}
    assert {name for name, in_4_bits in kinds.items() if in_4_bits} == under
    counts = [sum(map(four_bits.numbers, model.net.parameters())) for model in (quantised, tiny_model)]
    assert counts[0] == counts[1] == sum(p.numel() for p in tiny_model.net.parameters())
    plain = tiny_model.net.state_dict()
    state = adapters.plain_state(quantised.net, quantised.net.state_dict())
    assert state.keys() == plain.keys()
    for name, value in state.items():
        if name.removesuffix(".weight") in under:
            error = float((value - plain[name]).std() / plain[name].std())
            assert 0.01 < error < 0.2, name
        else:
            assert torch.equal(value, plain[name]), name


def test_what_they_compute_is_what_their_numbers_do(quantised: Model, model: Model, tiny_model: Model) -> None:
    plain = adapters.plain_state(quantised.net, quantised.net.state_dict())
    model.net.load_state_dict(plain)
    expected = outputs(model)
    for mine, other in zip(outputs(quantised), expected, strict=True):
        torch.testing.assert_close(mine, other, **CLOSE)
    assert min(far(expected, outputs(tiny_model))) > 0.005


def test_quantised_once_more_no_bit_changes(
    quantised: Model, tiny_model: Model, new_tiny: Callable[..., Model]
) -> None:
    spec = tiny_model.spec.model_dump()
    again = new_tiny(**{part: spec[part] for part in QUANTISED})
    again.net.load_state_dict(adapters.plain_state(quantised.net, quantised.net.state_dict()))
    again.net.spec = quantised.net.spec
    adapters.quantise(again.net)
    assert same(base(again.net), base(quantised.net))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("inputs", [32, 64, 96, 128, 1216])
def test_rows_that_are_not_made_of_whole_blocks_are_left_alone(
    model: Model, inputs: int, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernels for a CPU read a block that spans two rows wrong; here every number is close to what it was."""
    layer = nn.Linear(inputs, 24, dtype=dtype)
    with torch.no_grad():
        layer.weight.copy_(normal((24, inputs), 0, "weight") * torch.arange(1, 25)[:, None])  # rows of unlike scale
    before = layer.weight.detach().clone()
    holder = nn.ModuleDict({"layer": layer})
    spec = model.net.spec.backbone.model_copy(update={"quantise": "nf4"})
    model.net.spec = model.net.spec.model_copy(update={"backbone": spec})
    monkeypatch.setattr(adapters, "layers", lambda *_: {"layer": layer})
    monkeypatch.setattr(adapters, "library", lambda *_: holder)
    adapters.quantise(model.net)
    assert four_bits.is_quantised(holder["layer"]) == (inputs % 64 == 0)
    if inputs % 64 == 0:
        now = adapters.plain_state(holder, holder.state_dict())["layer.weight"]  # type: ignore[arg-type]
        assert now.dtype == dtype
        error = (now - before).float().std(1) / before.float().std(1)
        assert float(error.min()) > 0.02 and float(error.max()) < 0.15


def test_gradients_pass_layers_in_4_bits_also_after_an_evaluation(quantised: Model) -> None:
    """On some CPUs bitsandbytes packs weights anew when they are evaluated, and training then has no gradient."""
    net = quantised.net
    trained(net)
    document = documents(quantised)[:1]
    gradients = []
    for _ in range(2):
        net.zero_grad()
        hidden, states = two_passes(net.train(), document)
        (hidden.sin().sum() + states.sin().sum()).backward()
        gradients.append({name: p.grad.clone() for name, p in net.groups()["language_adapter"].items()})
        before = base(net)
        outputs(quantised)
        assert same(base(net), before)
    assert same(*gradients) and all(bool(value.any()) for value in gradients[0].values())


def test_merged_in_4_bits_is_adapted_in_plain_numbers(quantised: Model) -> None:
    trained(quantised.net)
    adapted = outputs(quantised)
    adapters.merge(quantised.net)
    assert not any(four_bits.is_quantised(module) for module in quantised.net.modules())
    for mine, other in zip(outputs(quantised), adapted, strict=True):
        torch.testing.assert_close(mine, other, **CLOSE)


# What is not installed.


@pytest.mark.parametrize("package", ["peft", "bitsandbytes"])
def test_a_package_that_is_missing_is_named(package: str, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    spec = model.net.spec.backbone.model_copy(update={"quantise": "nf4"})
    model.net.spec = model.net.spec.model_copy(update={"backbone": spec})
    with pytest.raises(Mini4oError, match=r"need .*: pip install 'mini4o\[(adapters|qlora)\]'") as caught:
        adapters.add(model.net, {"dit": AdapterSpec()}, 0) if package == "peft" else adapters.quantise(model.net)
    assert package in str(caught.value)
    assert same(base(model.net), model.net.state_dict())


@pytest.mark.parametrize("kernels", [None, ModuleType("kernels")])
def test_no_code_of_the_hub_is_fetched_with_bitsandbytes(
    kernels: ModuleType | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For some CPUs it asks the package `kernels`, where that is installed, for some of the Hub as it is imported."""
    seen: list[Any] = []

    def imported(name: str) -> ModuleType:
        seen.extend([name, sys.modules["kernels"], logging.getLogger("bitsandbytes").level])
        return ModuleType(name)

    monkeypatch.delitem(sys.modules, "bitsandbytes", raising=False)
    monkeypatch.delitem(sys.modules, "kernels", raising=False)
    if kernels is not None:
        monkeypatch.setitem(sys.modules, "kernels", kernels)
    level = logging.getLogger("bitsandbytes").level
    monkeypatch.setattr(four_bits, "import_module", imported)
    four_bits.import_bitsandbytes()
    assert seen == ["bitsandbytes", None, logging.ERROR]
    assert sys.modules.get("kernels") is kernels and ("kernels" in sys.modules) == (kernels is not None)
    assert logging.getLogger("bitsandbytes").level == level


def test_only_one_module_imports_the_models_of_diffusers() -> None:
    """They import bitsandbytes, which there is done first."""
    package = Path(four_bits.__file__).parents[1]
    found = {path.name for path in package.rglob("*.py") if "from diffusers.models" in path.read_text("utf-8")}
    assert found == {"library.py"}
