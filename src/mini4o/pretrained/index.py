"""What a model's folder says of the model, without its weights."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mini4o.errors import CheckpointError, first_problem
from mini4o.model.spec import GenerationSpec, ModelSpec
from mini4o.pretrained import adapters

FORMAT = 2  # what is read; what is written is the oldest that can say it: 2 has references, shards and adapters
INDEX = "mini4o.json"


def read_index(folder: Path) -> dict[str, Any]:
    """The contents of `mini4o.json`, of a format that this version reads."""
    path = folder / INDEX
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: there is no such model folder; check the path, or take the built-in 'nano'")
    if not path.is_file():
        inside = next((name for name in ("model", "run/model") if (folder / name / INDEX).is_file()), None)
        hint = f"there is one in {folder / inside}" if inside else "a run leaves one in its folder `model/`"
        if (folder / adapters.INDEX).is_file():
            hint = f"it is an adapter, which is put onto one: mini4o merge MODEL --adapter {folder} -o DIR"
        raise CheckpointError(f"{folder}: not a mini4o model, it has no {INDEX}; {hint}")
    try:
        index = json.loads(path.read_text("utf-8"))
        number = int(index["format"])
        tables = [index["spec"], index["hashes"], index.get("references", {}), index.get("licences", {})]
        if not all(isinstance(table, dict) for table in tables):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        raise CheckpointError(f"{path}: not the index of a mini4o model, or damaged; copy the folder again") from None
    if number > FORMAT:
        raise CheckpointError(f"{folder}: format {number} is newer than this mini4o reads ({FORMAT}); update mini4o")
    return dict(index)


def read_specs(folder: Path, index: Mapping[str, Any]) -> tuple[ModelSpec, GenerationSpec]:
    """What a model's index says of its net, and its defaults for answering and drawing.

    Raises:
        CheckpointError: missing or damaged.
    """
    path = folder / "generation.json"
    if not path.is_file():
        raise CheckpointError(
            f"{folder}: generation.json is missing; copy it again, or write {{}} into a file of that name for defaults"
        )
    try:
        return ModelSpec.model_validate(index["spec"]), GenerationSpec.model_validate_json(path.read_bytes())
    except ValidationError as error:
        name = INDEX if error.title == ModelSpec.__name__ else path.name
        raise CheckpointError(f"{folder}: {name}: {first_problem(error)}") from None
