"""Weights of our own folders: written in shards when they are large, and read straight into a module, one tensor at a
time."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import torch
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

SHARD_SIZE = "5GB"  # what `transformers` and `diffusers` take as well


def save_weights(tensors: Mapping[str, Tensor], path: Path, shard_size: int | str = SHARD_SIZE) -> None:
    """Write tensors to a file, or to shards with their index beside it, in the layout of `transformers` and
    `diffusers`.

    Args:
        path: ends in `.safetensors`; shards are named after it.
        shard_size: of a file at most, in bytes or as "5GB".
    """
    pattern = f"{path.stem}{{suffix}}{path.suffix}"
    split = split_torch_state_dict_into_shards(dict(tensors), filename_pattern=pattern, max_shard_size=shard_size)
    # A part may have no tensors, such as source slots of a model without any: then there is an empty file.
    for file, names in (split.filename_to_tensors or {path.name: []}).items():
        save_file({name: tensors[name] for name in names}, path.with_name(file), metadata={"format": "pt"})
    if split.is_sharded:
        index = {"metadata": split.metadata, "weight_map": split.tensor_to_filename}
        text = json.dumps(index, indent=2, sort_keys=True) + "\n"
        path.with_name(f"{path.name}.index.json").write_text(text, encoding="utf-8")


def fill(module: nn.Module, files: Sequence[Path], names: Collection[str]) -> str:
    """Put the tensors of files in the place of those that a module has under `names`, in the module's own types. Files
    and names must agree; the module may have been built without values (`model.build.without_values`).

    Returns:
        What is wrong, such as "no 'proj.weight'"; then the module is as it was. Empty if all is well.
    """
    wanted = {name: value for name, value in module.state_dict().items() if name in names}
    found: dict[str, list[int]] = {}
    place: dict[str, Path] = {}
    for file in files:
        with safe_open(file, "pt") as opened:
            found |= {name: opened.get_slice(name).get_shape() for name in opened.keys()}  # noqa: SIM118
            place |= dict.fromkeys(opened.keys(), file)
    for name in sorted(wanted.keys() | found.keys()):
        if name not in found:
            return f"no '{name}'"
        if name not in wanted:
            return f"'{name}' too many"
        if found[name] != list(wanted[name].shape):
            shapes = ["x".join(map(str, shape)) or "no axes" for shape in (found[name], wanted[name].shape)]
            return f"'{name}' of shape {shapes[0]}, not {shapes[1]}"
    tensors: dict[str, Tensor] = {}
    for name, file in place.items():
        # Opened for each, or the file would fill memory beside what is read from it; and copied, as the tensor that
        # comes may be the file itself, mapped into memory.
        with safe_open(file, "pt") as opened:
            tensors[name] = torch.clone(opened.get_tensor(name)).to(wanted[name].dtype)
    module.load_state_dict(tensors, strict=False, assign=True)
    return ""
