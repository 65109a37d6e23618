"""A net without values: every tensor has its shape and its type on the meta device, and takes no memory.

Sizes are told from it before anything is fetched: only the configurations of the parts are read.
"""

from pathlib import Path
from typing import Any

import torch

from mini4o.conversation.scratch import NOT_SPECIAL, SPECIAL
from mini4o.errors import CheckpointError, RecipeError
from mini4o.model.backbone import Backbone
from mini4o.model.build import check_configs, make_codec, make_dit
from mini4o.model.families import FAMILIES, qwen2_5_vl
from mini4o.model.net import Net
from mini4o.model.spec import BackboneSpec, ModelSpec
from mini4o.pretrained.backbone import family_in, quiet
from mini4o.pretrained.hub import fetched, local_folder, one_line, read_json, refill
from mini4o.pretrained.model import dtype_of
from mini4o.pretrained.parts import CONFIGS, settle

CONFIGURATIONS = ["*config.json", "model_index.json", "README.md"]  # of a repository; the last says its licence


def configurations(name: str, revision: str | None = None) -> Path:
    """The folder of a checkpoint of `transformers` or `diffusers`, in which at least its configurations are: itself, of
    the Hub, or, for a repository that is not on this machine and cannot be reached, what the package knows of it.

    Raises:
        CheckpointError: there is no such folder or repository, or it is neither here, nor known, nor to be reached.
    """
    if (folder := local_folder(name)) is not None:
        return folder
    try:
        return fetched(name, revision, CONFIGURATIONS, f"hf download {name} --include '*.json'")
    except CheckpointError:
        if not (CONFIGS / name).is_dir():
            raise
        return CONFIGS / name


def meta_lm(folder: Path, name: str, family: str | None = None) -> Any:
    """The language model that the configuration in a folder describes.

    Raises:
        CheckpointError: no configuration of a backbone family, or one that its class refuses.
    """
    command = refill(name) if Path(name).expanduser().is_dir() else f"hf download {name} --include '*.json'"
    config = read_json(folder / "config.json", name, command)
    found = family_in(config, name, family)
    kind = FAMILIES[found].MODEL
    try:
        with torch.device("meta"), quiet():
            return kind(kind.config_class.from_pretrained(folder, local_files_only=True))
    except Exception as error:  # a damaged configuration makes the classes of others raise nearly anything
        raise CheckpointError(
            f"{name}: its config.json does not describe a {kind.__name__} ({one_line(error)})"
        ) from None


def meta_net(spec: ModelSpec, folder: Path | None = None) -> tuple[ModelSpec, Net]:
    """The net of a specification without values, and the specification with what its checkpoints say.

    The vocabulary of a backbone from random weights is as large as its tokenizer may become.

    Args:
        folder: of a finished model, if the specification is that of one: it says everything.

    Raises:
        CheckpointError: a checkpoint that is not there, or of another class.
        RecipeError: a specification that `transformers` or `diffusers` refuses, or parts that do not fit each other.
    """
    check_configs(spec)
    if folder is None:
        spec, _ = settle(spec, weights=False)
        lm = _backbone(spec.backbone)
    else:
        lm = _as_specified(meta_lm(folder / "backbone", str(folder), spec.backbone.family), spec.backbone)
    family = str(lm.config.model_type)
    spec = spec.model_copy(update={"backbone": spec.backbone.model_copy(update={"family": family})})
    try:
        with torch.device("meta"):
            return spec, Net(spec, Backbone(lm), make_dit(spec), make_codec(spec.codec))
    except (TypeError, ValueError, KeyError) as error:
        raise RecipeError(f"model: {one_line(error)}") from None


def _backbone(spec: BackboneSpec) -> Any:
    if spec.pretrained is not None:
        lm = meta_lm(configurations(spec.pretrained, spec.revision), spec.pretrained, spec.family)
    else:
        tokens = {token: index for index, token in enumerate((*SPECIAL, *NOT_SPECIAL))}
        rows = spec.tokenizer_words + len(tokens)
        try:
            with torch.device("meta"):
                lm = qwen2_5_vl.build(qwen2_5_vl.configuration(spec.config or {}, tokens, rows))
        except (TypeError, ValueError, KeyError) as error:
            raise RecipeError(f"model.backbone: {one_line(error)}") from None
    return _as_specified(lm, spec)


def _as_specified(lm: Any, spec: BackboneSpec) -> Any:
    lm.set_attn_implementation(spec.attention)
    return lm.to(dtype_of(spec))
