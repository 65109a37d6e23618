"""Adapters as folders, and merged into a model for good.

mini4o_adapter.json    format, versions, and what it was trained on: names of the parts, and marks of all the weights
backbone/, dit/        of the parts that it stands on, as `peft` has them: `PeftModel.from_pretrained(lm, "…/backbone")`
                       puts it onto the plain model of `transformers`, and likewise onto that of `diffusers`

In a model's folder they stand as adapters/1, adapters/2 …, in their order; each is whole and can be copied out.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from mini4o.errors import CheckpointError, first_problem
from mini4o.model import adapters
from mini4o.model.net import Net
from mini4o.model.spec import ModelSpec, Spec
from mini4o.pretrained.aside import write_aside
from mini4o.pretrained.model import Model
from mini4o.pretrained.references import called, sha256

INDEX = "mini4o_adapter.json"
FORMAT = 1
FOLDER = "adapters"  # in that of a model
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"  # the names that `peft` gives them
PEFT_PREFIX = "base_model.model."  # in its names of weights: `peft` wraps the model
SAMPLES = 1024  # values of a tensor that its mark goes by


class AdapterIndex(Spec):
    """
    trained_on: what the model was made of, for people.
    marks: of the weights it was trained beside, by part; see `marks`.
    """

    format: int
    trained_on: dict[str, str]
    marks: dict[str, str]
    versions: dict[str, str]


def marks(net: Net, kept: Mapping[str, Tensor] | None = None) -> dict[str, str]:
    """A mark for each part of a net (backbone, reader, connector, dit, codec) as it is without adapters, by which it is
    recognised: a hash of names, shapes and evenly spread values. Weights in another type have the same mark if no digit
    was lost.

    Args:
        kept: what is kept of it, by its names without adapters, where that is not as it is in memory.
    """
    parts: dict[str, list[bytes]] = {}
    for name, value in adapters.plain_items(net):
        value = value if value.dtype == torch.uint8 else (kept or {}).get(name, value)  # in 4 bits: as it is in memory
        some = value.detach().flatten()[:: max(1, value.numel() // SAMPLES)].cpu().to(torch.float32)
        digest = hashlib.sha256(f"{name}{tuple(value.shape)}".encode() + some.numpy().tobytes()).digest()
        parts.setdefault(name.partition(".")[0], []).append(digest)
    return {part: hashlib.sha256(b"".join(sorted(digests))).hexdigest()[:16] for part, digests in parts.items()}


def trained_on(spec: ModelSpec) -> dict[str, str]:
    """What a model is made of, in words."""
    dit, at = spec.dit, f" at {spec.dit.revision}" if spec.dit.revision else ""
    words = f"{called(dit)}{at}" if dit.pretrained else "from random weights"
    lm = spec.backbone.model_copy(update={"pretrained": called(spec.backbone)} if spec.backbone.pretrained else {})
    quantised = f" with layers in {dit.quantise}" if dit.quantise else ""
    return {"backbone": lm.in_words(), "dit": f"{words} ({dit.kind}){quantised}"}


def write(net: Net, name: str, folder: Path, kept: Mapping[str, Tensor] | None = None) -> None:
    """Write one adapter of a net into an empty folder; `kept` as of `marks`."""
    folder.mkdir(parents=True, exist_ok=True)
    for group, part in adapters.PARTS.items():
        if name in (configs := adapters.configs(net, group)):
            (folder / part).mkdir()
            configs[name].save_pretrained(str(folder / part))
            weights = adapters.weights(net, group, name)
            tensors = {PEFT_PREFIX + key: value.detach().cpu().contiguous() for key, value in weights.items()}
            save_file(tensors, folder / part / WEIGHTS, metadata={"format": "pt"})
    index = AdapterIndex(
        format=FORMAT,
        trained_on=trained_on(net.spec),
        marks=marks(net, kept),
        versions={package: version(package) for package in ("mini4o", "peft")},
    )
    (folder / INDEX).write_text(json.dumps(index.model_dump(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def save(net: Net, folder: Path, number: int = -1) -> None:
    """Write one adapter of a net as a folder of its own.

    Args:
        number: which one, counted from 0; the last by default.

    Raises:
        CheckpointError: none of that number, adapters that are merged, something else stands there, or a full disk.
    """
    names = adapters.names(net)
    if not -len(names) <= number < len(names):
        raise CheckpointError(f"the model has {len(names)} adapters, and none of number {number}")
    if adapters.is_merged(net):
        raise CheckpointError("the model's adapters are merged into its weights; unmerge them before you save one")
    if folder.exists() and not (folder / INDEX).is_file() and not (folder.is_dir() and not any(folder.iterdir())):
        raise CheckpointError(f"{folder}: is not an adapter and would be replaced; choose another name")
    write_aside(folder, lambda aside: write(net, names[number], aside))


def write_all(net: Net, folder: Path, kept: Mapping[str, Tensor]) -> None:
    """Write the adapters of a net beside the rest of a model's folder; none if they are merged into its weights. `kept`
    as of `marks`."""
    if not adapters.is_merged(net):
        for number, name in enumerate(adapters.names(net), start=1):
            write(net, name, folder / FOLDER / str(number), kept)


def stack(net: Net, folders: Sequence[Path]) -> None:
    """Put adapters onto a net, in order, beside those that it has.

    Raises:
        CheckpointError: no such folder, not an adapter, damaged, or trained on another model.
        Mini4oError: `peft` is not installed, or the net's own adapters are merged.
    """
    if not folders:
        return
    if adapters.is_merged(net):
        raise CheckpointError("the model's adapters are merged into its weights; unmerge them before you add another")
    ours = marks(net)
    for folder in folders:
        index = read_index(folder)
        _check_goes_with(folder, index, net, ours)
        name = adapters.next_name(net)
        read = {group: _read(net, folder, group) for group, part in adapters.PARTS.items() if (folder / part).is_dir()}
        if not read:
            raise CheckpointError(f"{folder}: has neither {' nor '.join(adapters.PARTS.values())}/; copy it again")
        for group, (config, tensors) in read.items():
            adapters.inject(net, group, config, name)
            for key, value in adapters.weights(net, group, name).items():
                value.copy_(tensors[key])


def stored(folder: Path) -> list[Path]:
    """The adapters in a model's folder, in order."""
    found = [path for path in (folder / FOLDER).glob("[0-9]*") if path.is_dir() and path.name.isdecimal()]
    return sorted(found, key=lambda path: int(path.name))


def merge(model: Model) -> None:
    """Add the adapters of a model to its weights. From then on it is kept as a model without them, and weights that
    were in 4 bits are plain numbers.

    Raises:
        CheckpointError: it has none.
    """
    if not adapters.names(model.net):
        raise CheckpointError("the model has no adapters to merge; stack one on it, `--adapter DIR`")
    adapters.merge(model.net)
    plain = {part: getattr(model.spec, part).model_copy(update={"quantise": None}) for part in ("backbone", "dit")}
    adapted = {part for group, part in adapters.PARTS.items() if adapters.configs(model.net, group)}
    model.spec = model.spec.model_copy(update={part: spec for part, spec in plain.items() if part in adapted})
    model.net.spec = model.spec


def read_index(folder: Path) -> AdapterIndex:
    """The index of an adapter's folder.

    Raises:
        CheckpointError: none there, of a newer format, or damaged.
    """
    path = folder / INDEX
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: there is no such folder; name that of an adapter")
    if not path.is_file():
        inside = next(iter(stored(folder) or stored(folder / "model")), None)
        hint = f"there is one in {inside}" if inside else f"a model that has some keeps them in its folder `{FOLDER}/`"
        raise CheckpointError(f"{folder}: not an adapter of mini4o, it has no {INDEX}; {hint}")
    try:
        values = json.loads(path.read_text("utf-8"))
        if isinstance(values, dict) and isinstance(values.get("format"), int) and values["format"] > FORMAT:
            raise CheckpointError(f"{folder}: format {values['format']} is newer than this mini4o reads; update mini4o")
        return AdapterIndex.model_validate(values)
    except ValidationError as error:
        raise CheckpointError(f"{path}: damaged ({first_problem(error)}); copy the folder again") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: damaged ({' '.join(str(error).split())}); copy the folder again") from None


def file_hashes(folder: Path) -> list[str]:
    """SHA-256 of the files of an adapter on which it hangs what it computes."""
    return [sha256(path) for path in sorted(folder.glob("*/adapter_*"))]


def _check_goes_with(folder: Path, index: AdapterIndex, net: Net, ours: Mapping[str, str]) -> None:
    """Refuse an adapter that was trained beside other weights: what it adds would mean nothing to these."""
    other = [
        part for part in (*ours, *sorted(index.marks.keys() - ours.keys())) if index.marks.get(part) != ours.get(part)
    ]
    if other:
        on, own = index.trained_on, trained_on(net.spec)
        named = [part for part in on if on[part] != own[part]]
        beside = "; ".join(f"{part} {on[part]}, here {own[part]}" for part in named)
        raise CheckpointError(
            f"{folder}: was trained on a model whose {' and '.join(other)} {'are' if len(other) > 1 else 'is'} not "
            f"this one's{f' ({beside})' if beside else ''}; stack it on the model that it was trained on"
        )


def _read(net: Net, folder: Path, group: str) -> tuple[Any, dict[str, Tensor]]:
    """Configuration and weights of an adapter for a group, which have to be those of LoRA on all of its layers."""
    place = folder / adapters.PARTS[group]
    try:
        (place / CONFIG).stat()  # where it is missing, `peft` would ask the Hub
        config = adapters.read_config(place)
        tensors = {key.removeprefix(PEFT_PREFIX): value for key, value in load_file(place / WEIGHTS).items()}
    except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise CheckpointError(f"{place}: cannot be read ({' '.join(str(error).split())}); copy it again") from None
    wanted: dict[str, tuple[int, int]] = {}
    for name, layer in adapters.layers(net, group).items():
        wanted[f"{name}.lora_A.weight"] = (config.r, layer.in_features)
        wanted[f"{name}.lora_B.weight"] = (layer.out_features, config.r)
    for key in sorted(wanted.keys() | tensors.keys()):
        if key not in tensors or key not in wanted or tuple(tensors[key].shape) != wanted[key]:
            raise CheckpointError(
                f"{place}: its weights do not fit {CONFIG} and the model, such as {key}; copy it again"
            )
    return config, tensors
