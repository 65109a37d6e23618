"""Training on from a finished model: what a recipe's `start` names, and what comes from there.

It brings the specification, the defaults for answering, the tokenizer and all weights. A run's state leaves out the
parts that no stage has trained so far: on resume they are read there again, from files that have to be what they were.
"""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from mini4o.errors import CheckpointError, RecipeError
from mini4o.model.spec import GenerationSpec, ModelSpec, StartSpec
from mini4o.pretrained import adapters
from mini4o.pretrained.folder import load
from mini4o.pretrained.hub import FILES, NO_WEIGHTS, is_id, model_folder
from mini4o.pretrained.index import read_index, read_specs
from mini4o.pretrained.model import Model
from mini4o.pretrained.references import check

PARTS = ("backbone", "reader", "connector", "dit", "codec")


def complete(start: StartSpec, values: dict[str, Any]) -> dict[str, Any]:
    """The values of a recipe with the model that it starts from, and with that one's defaults for answering, of which
    the recipe may change some. Of a repository the commit is written down.

    Raises:
        CheckpointError: no such model, damaged, or one with adapters.
        RecipeError: the recipe says another model.
    """
    folder = find(start, weights=False)
    spec, generation = read_specs(folder, read_index(folder))
    if adapters.stored(folder):
        raise CheckpointError(
            f"{folder}: has adapters; add them to its weights, and start from that: mini4o merge {folder} -o DIR"
        )
    if "model" in values and not _is(values["model"], spec):  # a run's own recipe.yaml has both
        raise RecipeError(f"the model is that of `start`, {start.pretrained}: leave out `model`, which says another")
    revision = start.revision
    if not Path(start.pretrained).expanduser().is_dir() and is_id(start.pretrained):
        revision = folder.name  # the cache of the Hub names the folder of a snapshot by its commit
    given = values.get("generation")
    found = {"start": {"pretrained": start.pretrained, "revision": revision}, "model": spec.model_dump(mode="json")}
    if isinstance(given, dict | None):
        found["generation"] = generation.model_dump(mode="json") | (given or {})
    return values | found


def find(start: StartSpec, weights: bool = True) -> Path:
    """The folder of the model that a recipe starts from; fetched from the Hub if it is not here.

    Raises:
        CheckpointError: gated, offline, or no such repository; a folder is not looked into.
    """
    return model_folder(start.pretrained, start.revision, FILES if weights else NO_WEIGHTS)


def read(start: StartSpec, generation: GenerationSpec, tokenizer: Any, device: torch.device) -> Model:
    """The model that a recipe starts from, with the recipe's defaults, and with its tokenizer as the run has kept it.

    Raises:
        CheckpointError: missing or damaged.
    """
    return replace(load(find(start), device), generation=generation, tokenizer=tokenizer)


def hashes(start: StartSpec) -> dict[str, str]:
    """Of the model's files, by name."""
    return dict(read_index(find(start))["hashes"])


def check_unchanged(start: StartSpec, known: dict[str, str], parts: Collection[str] | None, run: Path) -> None:
    """Hold the model that a run was started from to its files at that time: all but the weights that the run has in its
    state.

    Args:
        known: `hashes` as they were. parts: those that are read there again; None for everything.

    Raises:
        CheckpointError: another model stands in its place.
    """

    def needed(files: dict[str, str]) -> dict[str, str]:
        return {
            name: value
            for name, value in files.items()
            if parts is None or ".safetensors" not in name or Path(name).parts[0].removesuffix(".safetensors") in parts
        }

    check(needed(hashes(start)), needed(known), "model at the start", start.pretrained, str(run))


def _is(values: Any, spec: ModelSpec) -> bool:
    try:
        return ModelSpec.model_validate(values) == spec
    except ValidationError:
        return False
