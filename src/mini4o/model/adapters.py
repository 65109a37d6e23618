"""Adapters: low-rank updates (LoRA, arXiv 2106.09685) beside frozen weights, through `peft`.

An adapter stands on the linear layers in the repeated blocks of a freeze group, found by walking the group's modules:
the vision tower has layers of the same names, which a choice by name would take too. Several stack: what each adds to a
layer's output is added up.
"""

import importlib
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from mini4o import chance
from mini4o.errors import Mini4oError
from mini4o.model.four_bits import BLOCK, dequantised, in_4_bits, in_full, is_quantised
from mini4o.model.net import ADAPTER_WEIGHT, Net
from mini4o.model.spec import Adapted, AdapterSpec

# In a configuration of `peft`, what makes no difference here: all the layers of a group are taken.
FREE = ("target_modules", "base_model_name_or_path", "inference_mode", "task_type", "peft_version")
PARTS = {"language": "backbone", "dit": "dit"}  # groups that adapters stand on, and the folder of the part of each


def library(net: Net, group: str) -> Any:
    """The class of `transformers` or `diffusers` that a group is in, from which `peft` counts names."""
    return net.backbone.lm if group == "language" else net.dit.model


def layers(net: Net, group: str) -> dict[str, nn.Linear]:
    """The linear layers that an adapter of a group stands on: those in its repeated blocks, by their names in the
    library's plain class. If adapters stand there already, it is the layers under them."""
    root = library(net, group)
    of_group = net.backbone.parts()["language"] if group == "language" else [root]
    names = {module: name for name, module in root.named_modules()}
    found: dict[str, nn.Linear] = {}
    for part in of_group:
        for blocks in (child for child in part.children() if isinstance(child, nn.ModuleList)):
            for name, module in blocks.named_modules(prefix=names[blocks]):
                if isinstance(module, nn.Linear) and ".lora_" not in name:
                    found[name.removesuffix(".base_layer")] = module
    return found


def add(net: Net, specs: Mapping[Adapted, AdapterSpec], seed: int) -> str | None:
    """A new adapter on each of the groups, which changes nothing until it is trained: what it adds starts at zero. Its
    name; None if there are no groups."""
    if not specs:
        return None
    name = next_name(net)
    for group, spec in specs.items():
        config = _peft().LoraConfig(r=spec.rank, lora_alpha=spec.alpha, lora_dropout=spec.dropout)
        with chance.library(seed, f"adapter {group}"):
            inject(net, group, config, name)
    return name


def pattern(names: Mapping[str, nn.Linear]) -> str:
    """An expression that matches exactly these layers, each `blocks.NUMBER.layer`: short, and as `peft` keeps it."""
    places: dict[str, None] = {}
    inside: dict[str, None] = {}
    for name in names:
        blocks, _, layer = re.split(r"\.(\d+)\.", name, maxsplit=1)
        places[re.escape(blocks)] = inside[re.escape(layer)] = None
    return rf"({'|'.join(places)})\.\d+\.({'|'.join(inside)})"


def inject(net: Net, group: str, config: Any, name: str) -> None:
    """Put an adapter of a configuration of `peft` onto all the layers of a group, beside those that stand there."""
    root = library(net, group)
    config.target_modules = pattern(layers(net, group))
    peft = _peft()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that there are several now
        peft.inject_adapter_in_model(config, root, name)
    stacked = list(root.peft_config)
    for layer in _adapted(root):
        layer.set_adapter(stacked)
        layer.lora_A[name].float()  # of the type of the weights else, in which small steps may vanish
        layer.lora_B[name].float()


def read_config(folder: Path) -> Any:
    """The configuration of an adapter in a folder of `peft`, held to be one of LoRA."""
    config = _peft().PeftConfig.from_pretrained(str(folder), local_files_only=True)
    if config.peft_type != "LORA":
        raise ValueError(f"it is of {config.peft_type}, and expected is LORA")
    plain = _peft().LoraConfig(r=config.r, lora_alpha=config.lora_alpha, lora_dropout=config.lora_dropout).to_dict()
    for key, value in config.to_dict().items():
        if key not in FREE and value != plain[key]:
            raise ValueError(f"{key} is {value!r}, and only rank, alpha and dropout may differ from plain LoRA")
    return config


def names(net: Net) -> list[str]:
    """The adapters on a net, in order."""
    found = {name for group in PARTS for name in configs(net, group)}
    return sorted(found, key=lambda name: int(name.rpartition("_")[2]))


def configs(net: Net, group: str) -> dict[str, Any]:
    """The adapters on a group as `peft` describes them, by name."""
    return dict(getattr(library(net, group), "peft_config", {}))


def next_name(net: Net) -> str:
    """The name of the adapter that comes next."""
    return f"adapter_{len(names(net)) + 1}"


def weights(net: Net, group: str, name: str) -> dict[str, Tensor]:
    """The weights of one adapter on a group, named as in the plain class: `….q_proj.lora_A.weight`."""
    state = library(net, group).state_dict()
    return {
        key.replace(f".{name}.", "."): value
        for key, value in state.items()
        if re.search(rf"\.lora_[AB]\.{name}\.", key)
    }


def merge(net: Net) -> None:
    """Add every adapter to the weights under it: the net computes the same, and as fast as without. Weights in 4 bits
    become the numbers that they stand for, and stay so."""
    for group in PARTS:
        for layer in _adapted(library(net, group)):
            if not layer.merged:
                layer.base_layer = in_full(layer.base_layer)
                layer.merge()


def unmerge(net: Net) -> None:
    """The inverse of `merge`, to the rounding error of the weights' type."""
    for group in PARTS:
        for layer in _adapted(library(net, group)):
            if layer.merged:
                layer.unmerge()


def is_merged(net: Net) -> bool:
    """Whether adapters are in the weights now."""
    return any(layer.merged for group in PARTS for layer in _adapted(library(net, group)))


def quantise(net: Net) -> None:
    """Keep the layers under adapters in 4 bits, for the parts whose specification says so. They are frozen ever after;
    they multiply in the type that they had. Layers whose rows are not made of whole blocks stay as they are.

    Raises:
        Mini4oError: `bitsandbytes` is not installed.
    """
    for group, spec in (("language", net.spec.backbone), ("dit", net.spec.dit)):
        if spec.quantise is not None:
            root = library(net, group)
            for name, layer in layers(net, group).items():
                if layer.in_features % BLOCK == 0:
                    root.set_submodule(name, in_4_bits(layer))


def plain_items(net: Net) -> Iterator[tuple[str, Tensor]]:
    """The net's state as if it had no adapters: every tensor under its name in the libraries' plain classes, those in 4
    bits as they are, without the scales of their blocks."""
    for name, module in net.named_modules():
        for key, value in [*module.named_parameters("", False), *module.named_buffers("", False)]:
            full = f"{name}.{key}"
            if key not in module._non_persistent_buffers_set and not ADAPTER_WEIGHT.search(full):
                yield plain_name(full), value


def plain_state(net: Net, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Of the net's state dict, or some of it, what stays without adapters, under the names of the libraries' plain
    classes; weights in 4 bits become the numbers they stand for. What is merged into a weight stays in it."""
    quantised = {f"{name}.weight": module for name, module in net.named_modules() if is_quantised(module)}
    scales = {key for key in state if any(key.startswith(f"{name}.") for name in quantised)} if quantised else set()
    return {
        plain_name(name): dequantised(quantised[name]) if name in quantised else value
        for name, value in state.items()
        if name not in scales and not ADAPTER_WEIGHT.search(name)
    }


def plain_name(name: str) -> str:
    """The name that a weight under adapters has without them."""
    return name.replace(".base_layer.", ".")


def _adapted(root: nn.Module) -> Iterator[Any]:
    """The layers with adapters."""
    return (module for module in root.modules() if hasattr(module, "lora_A"))


def _peft() -> Any:
    try:
        return importlib.import_module("peft")
    except ImportError:
        raise Mini4oError("adapters need peft: pip install 'mini4o[adapters]'") from None
