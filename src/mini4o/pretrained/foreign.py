"""How large a checkpoint of others is: a backbone of `transformers`, or DiT and codec of a pipeline of `diffusers`."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from mini4o.errors import CheckpointError
from mini4o.model.backbone import Backbone
from mini4o.model.codec import AUTOENCODERS
from mini4o.model.dits import FAMILIES as DITS
from mini4o.pretrained.hub import one_line, read_json
from mini4o.pretrained.licences import licence
from mini4o.pretrained.meta import configurations, meta_lm
from mini4o.pretrained.parts import SUBFOLDERS

DIT_CLASSES: dict[str, Any] = {family.library.__name__: family.library for family in DITS.values()}
CLASSES: dict[str, Any] = DIT_CLASSES | {family.library.__name__: family.library for family in AUTOENCODERS.values()}


def describe(name: str) -> dict[str, Any]:
    """Its parts with their parameters, the classes, the type of its weights, and the licence that it reports. Only
    configurations are read. Of a pipeline only what mini4o takes is counted: no text encoder.

    Args:
        name: a folder, or the id of a Hub repository.

    Raises:
        CheckpointError: it is not there, or nothing of it is of a class that mini4o knows.
    """
    folder = configurations(name)
    config = _config(folder)
    if "model_type" in config:
        lm = meta_lm(folder, name)
        parts = {part: _count(modules) for part, modules in Backbone(lm).parts().items()}
        classes = [type(lm).__name__]
    else:
        places = [*(folder / sub for sub in SUBFOLDERS.values()), folder]  # the last, of a part by itself
        models = [model for place in places if (model := _part(place, name)) is not None]
        if not models:
            raise CheckpointError(
                f"{name}: has no config.json of a backbone, and no {' or '.join(SUBFOLDERS.values())} of a class that "
                f"mini4o knows; those are: {', '.join(CLASSES)}"
            )
        classes = [type(model).__name__ for model in models]
        names = ["dit" if kind in DIT_CLASSES else "codec" for kind in classes]
        parts = {part: _count([model]) for part, model in zip(names, models, strict=True)}
    counts = [{"part": part, "parameters": count} for part, count in parts.items() if count]
    return {
        "checkpoint": str(name),
        "class": ", ".join(classes),
        "parts": counts,
        "parameters": sum(parts.values()),
        "kept in": _types(folder) or str(config.get("dtype") or config.get("torch_dtype") or "not known"),
        "licence": licence(name),
    }


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    return read_json(path, str(folder), "hf download REPOSITORY") if path.is_file() else {}


def _part(folder: Path, name: str) -> nn.Module | None:
    """A part of a pipeline without values; None if there is none, or of a class that is not known."""
    config = _config(folder)
    kind = CLASSES.get(str(config.get("_class_name")))
    if kind is None:
        return None
    try:
        with torch.device("meta"):
            model: nn.Module = kind.from_config(config)
    except Exception as error:  # a damaged configuration makes the classes of others raise nearly anything
        raise CheckpointError(
            f"{name}: {folder.name}/config.json does not describe a {kind.__name__} ({one_line(error)})"
        ) from None
    return model


def _count(modules: list[nn.Module]) -> int:
    return sum({id(p): p.numel() for module in modules for p in module.parameters()}.values())


def _types(folder: Path) -> str:
    """The types of the weights that are there, as their files say; empty if there are none."""
    found = set()
    for path in folder.rglob("*.safetensors"):
        try:
            with safe_open(path, "pt") as file:
                found |= {file.get_slice(key).get_dtype() for key in list(file.keys())[:1]}
        except (SafetensorError, OSError):
            continue  # whether files are whole is asked when they are loaded
    return ", ".join(sorted(found))
