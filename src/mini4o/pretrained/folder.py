"""The checkpoint folder. safetensors only, written aside and renamed, loaded strictly.

mini4o.json          format number, type of the weights, specification, versions, hashes, licences
generation.json      defaults for answering and drawing
backbone/            the language model with its tokenizer, chat template and preprocessor, as `transformers` has it
reader.safetensors   queries and the rows of our own control tokens
connector.safetensors, source_in.safetensors
dit/, scheduler/     as `diffusers` has them
codec/               its configuration; an autoencoder as `diffusers` has it
README.md, recipe.yaml   the model card, and the resolved recipe that made it
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from mini4o import chance
from mini4o.errors import CheckpointError, first_problem
from mini4o.model.backbone import Backbone
from mini4o.model.build import cast, wrap_dit
from mini4o.model.codec import AUTOENCODERS, Autoencoder, Codec, Pixels
from mini4o.model.dit import SOURCE, Dit
from mini4o.model.dits import FAMILIES as DITS
from mini4o.model.families import FAMILIES
from mini4o.model.net import Net
from mini4o.model.schedule import library_scheduler
from mini4o.model.spec import BackboneSpec, GenerationSpec, ModelSpec, PartSpec
from mini4o.pretrained.backbone import load_processor, load_tokenizer, misfit, quiet
from mini4o.pretrained.card import card
from mini4o.pretrained.model import Model, dtype_of
from mini4o.pretrained.parts import PART_WEIGHTS

FORMAT = 1
PACKAGES = ("mini4o", "torch", "transformers", "diffusers", "safetensors", "tokenizers")
INDEX = "mini4o.json"
_OS_ERROR = re.compile(r"os error (\d+)")
EDITABLE = ("generation.json", "README.md", "recipe.yaml")  # all other files are held to their hashes


def write_aside(folder: Path, write: Callable[[Path], None], advice: str = "free some space and save again") -> None:
    """Call `write` on a new folder beside `folder`, then rename it into place; whatever was there before goes last.

    Args:
        advice: what the error says is to be done.

    Raises:
        CheckpointError: the disk is full or refuses; what was there before is untouched and nothing is left behind.
    """
    folder = Path(os.path.abspath(folder))
    aside = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    before = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        write(aside)
        if folder.exists():
            folder.rename(before)
        aside.rename(folder)
    except BaseException as error:
        shutil.rmtree(aside, ignore_errors=True)
        if before.exists() and not folder.exists():
            before.rename(folder)
        # `tokenizers` raises a plain Exception for what the system refuses.
        if not (isinstance(error, OSError | SafetensorError | RuntimeError) or _OS_ERROR.search(str(error))):
            raise
        raise CheckpointError(f"{folder}: could not be written ({_reason(error)}); {advice}") from None
    shutil.rmtree(before, ignore_errors=True)


def _reason(error: BaseException) -> str:
    """What the system says, without the names of files that are there only while a folder is written."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    number = _OS_ERROR.search(str(error))
    return os.strerror(int(number[1])) if number else " ".join(str(error).split())


def save(
    model: Model,
    folder: Path,
    *,
    recipe: str = "",
    about: str = "",
    weights: dict[str, Tensor] | None = None,
    half: bool = False,
    advice: str = "free some space and save again",
) -> None:
    """Write a model.

    Args:
        recipe: the resolved recipe that made it, as YAML.
        about: what the model card begins with, in Markdown; a few words for any model else.
        weights: other values for parameters and buffers by name, such as their averages; the net's own else.
        half: keep parameters in 16 bits, as float16: its rounding error is an eighth of bfloat16's, and trained weights
            are far from the ends of its range. The connector's statistics stay as they are: a variance is the small
            difference of two of them, and rounded they make other pictures.
        advice: what to do if it cannot be written.

    Raises:
        CheckpointError: it could not be written, something else than a model stands there, or a parameter is too large
            for float16.
    """
    if folder.exists() and not (folder / INDEX).is_file() and not (folder.is_dir() and not any(folder.iterdir())):
        raise CheckpointError(f"{folder}: is not a mini4o model and would be replaced; choose another name")
    state = {name: (weights or {}).get(name, value) for name, value in model.net.state_dict().items()}
    if half:
        state |= {name: _halved(name, state[name]) for name, _ in model.net.named_parameters(remove_duplicate=False)}

    def part(prefix: str) -> dict[str, Tensor]:
        named = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        return {name: value.detach().cpu().contiguous() for name, value in named.items()}

    def write(aside: Path) -> None:
        net = model.net
        backbone, dit = part("backbone.lm."), part(f"dit.{net.dit.kind}.")
        if net.backbone.tied:
            backbone.pop("lm_head.weight", None)
        net.backbone.lm.save_pretrained(aside / "backbone", state_dict=backbone)
        if half:
            _say_half(aside / "backbone" / "config.json")
        model.tokenizer.save_pretrained(aside / "backbone")
        model.processor.save_pretrained(aside / "backbone")
        sources = {name: dit.pop(name) for name in list(dit) if SOURCE in name}
        _save_part(net.dit.model, dit, aside / "dit")
        save_file(sources, aside / "source_in.safetensors")
        save_file(part("reader."), aside / "reader.safetensors")
        save_file(part("connector."), aside / "connector.safetensors")
        flow = model.spec.flow
        scheduler = (
            library_scheduler(flow.scheduler) if flow.scheduler else FlowMatchEulerDiscreteScheduler(shift=flow.shift)
        )
        scheduler.save_pretrained(aside / "scheduler")
        if isinstance(net.codec, Autoencoder):
            _save_part(net.codec.model, part("codec.model."), aside / "codec")
        else:
            _write_json(aside / "codec" / "config.json", {"kind": "pixels", "factor": net.codec.factor})
        _write_json(aside / "generation.json", model.generation.model_dump(mode="json"))
        if recipe:
            (aside / "recipe.yaml").write_text(recipe, encoding="utf-8")
        (aside / "README.md").write_text(card(model, recipe, about), encoding="utf-8")
        index = {
            "format": FORMAT,
            "dtype": "float16" if half else "float32",
            "spec": model.spec.model_dump(mode="json"),
            "versions": {name: version(name) for name in PACKAGES},
            "licences": {"weights": "Apache-2.0"} | _licences(model.spec),
            "hashes": {name: _hash(aside / name) for name in _names(aside) if name not in EDITABLE},
        }
        _write_json(aside / INDEX, index)
        mode = (aside / INDEX).stat().st_mode
        for path in aside.rglob("*.safetensors"):
            path.chmod(mode)  # safetensors keeps its files to their owner; a model is as open as any file written here

    with quiet():
        write_aside(folder, write, advice)


def _licences(spec: ModelSpec) -> dict[str, str]:
    parts: dict[str, BackboneSpec | PartSpec] = {"backbone": spec.backbone, "dit": spec.dit, "codec": spec.codec}
    return {
        what: f"that of {part.pretrained}" if part.pretrained else "from random weights"
        for what, part in parts.items()
        if part.pretrained or what != "codec"  # the codec of pixels has none
    }


def _save_part(model: Any, tensors: dict[str, Tensor], folder: Path) -> None:
    """A class of `diffusers` as it would save itself, with these values."""
    folder.mkdir()
    model.save_config(folder)
    save_file(tensors, folder / PART_WEIGHTS, metadata={"format": "pt"})


def _halved(name: str, value: Tensor) -> Tensor:
    half = value.to(torch.float16)
    if not half.isfinite().all():
        raise CheckpointError(f"{name} holds values that float16 cannot; this model can only be kept as it is")
    return half


def _say_half(config: Path) -> None:
    """Name the type of the weights that stand beside a configuration of `transformers`, which names the net's own."""
    values = json.loads(config.read_text("utf-8"))
    for part in (values, *(part for part in values.values() if isinstance(part, dict))):
        if "dtype" in part:
            part["dtype"] = "float16"
    config.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def load(folder: Path, device: str | torch.device = "cpu") -> Model:
    """Read a model. It computes in 32 bits, also if its weights are kept in fewer.

    Raises:
        CheckpointError: no such folder, not one of ours, of a newer format, incomplete, or damaged.
    """
    index = read_index(folder)
    for name, expected in index["hashes"].items():
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise CheckpointError(f"{folder}: {INDEX} names a file outside the folder, {name!r}; do not trust it")
        path = folder / name
        if not path.is_file():
            raise CheckpointError(f"{folder}: {name} is missing; copy the folder again")
        if _hash(path) != expected:
            raise CheckpointError(f"{folder}: {name} is damaged (its hash differs); copy the folder again")
    try:
        # The net is built before it is filled, and its random start must not move the global generator.
        with quiet(), chance.library(0, "load"):
            model = _build(folder, index["spec"])
    except CheckpointError:
        raise
    except ValidationError as error:
        name = INDEX if error.title == ModelSpec.__name__ else "generation.json"
        raise CheckpointError(f"{folder}: {name}: {first_problem(error)}") from None
    except Exception as error:  # damaged files make the readers of others raise nearly anything
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise CheckpointError(f"{folder}: cannot be loaded ({reason}); copy the folder again") from None
    model.net.to(device)
    return model


def _build(folder: Path, values: dict[str, Any]) -> Model:
    spec = ModelSpec.model_validate(values)
    if not (folder / "generation.json").is_file():
        raise CheckpointError(
            f"{folder}: generation.json is missing; copy it again, or write {{}} into a file of that name for defaults"
        )
    generation = GenerationSpec.model_validate(json.loads((folder / "generation.json").read_text("utf-8")))
    family = spec.backbone.family or "qwen2_5_vl"
    lm, report = FAMILIES[family].MODEL.from_pretrained(
        folder / "backbone",
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        output_loading_info=True,
        dtype=dtype_of(spec.backbone),
        attn_implementation=spec.backbone.attention,
    )
    if problem := misfit(report):
        raise CheckpointError(f"{folder}: the backbone's weights do not fit its configuration: {problem}")
    dit, codec = _load_dit(spec, folder), _load_codec(spec, folder)
    net = Net(spec, Backbone(lm), dit, codec)
    _fill(net.reader, load_file(folder / "reader.safetensors"), folder, "reader")
    _fill(net.connector, load_file(folder / "connector.safetensors"), folder, "connector")
    tokenizer = load_tokenizer(folder / "backbone")
    processor = load_processor(family, folder / "backbone")
    return Model(spec, net, tokenizer, processor, generation)


def _load_dit(spec: ModelSpec, folder: Path) -> Dit:
    library: Any = DITS[str(spec.dit.kind)].library
    dit = wrap_dit(spec, library.from_config(library.load_config(folder / "dit", local_files_only=True)))
    tensors = load_file(folder / "dit" / PART_WEIGHTS) | load_file(folder / "source_in.safetensors")
    _fill(dit.model, tensors, folder, "dit")
    return dit


def _load_codec(spec: ModelSpec, folder: Path) -> Codec:
    if spec.codec.kind == "pixels":
        return Pixels(spec.codec)
    family = AUTOENCODERS[str(spec.codec.kind)]
    library: Any = family.library
    model = library.from_config(library.load_config(folder / "codec", local_files_only=True))
    _fill(cast(model, spec.codec.dtype), load_file(folder / "codec" / PART_WEIGHTS), folder, "codec")
    return family(model)


def _fill(module: torch.nn.Module, tensors: dict[str, Tensor], folder: Path, part: str) -> None:
    """Put tensors into a module that has exactly these."""
    wanted = module.state_dict()
    for name in sorted(wanted.keys() | tensors.keys()):
        if name not in tensors:
            problem = f"has no '{name}'"
        elif name not in wanted:
            problem = f"has '{name}' too many"
        elif tensors[name].shape != wanted[name].shape:
            shapes = ["x".join(map(str, shape)) for shape in (tensors[name].shape, wanted[name].shape)]
            problem = f"has '{name}' of shape {shapes[0]}, not {shapes[1]}"
        else:
            continue
        raise CheckpointError(
            f"{folder}: the {part} {problem}: it does not go with {INDEX}, one of the two was changed; "
            "copy the folder again from where it was trained"
        )
    module.load_state_dict(tensors)


def read_index(folder: Path) -> dict[str, Any]:
    """The contents of `mini4o.json`, of a format that this version reads."""
    path = folder / INDEX
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: there is no such model folder; check the path, or take the built-in 'nano'")
    if not path.is_file():
        inside = next((name for name in ("model", "run/model") if (folder / name / INDEX).is_file()), None)
        hint = f"there is one in {folder / inside}" if inside else "a run leaves one in its folder `model/`"
        raise CheckpointError(f"{folder}: not a mini4o model, it has no {INDEX}; {hint}")
    try:
        index = json.loads(path.read_text("utf-8"))
        number = int(index["format"])
        if not (isinstance(index["spec"], dict) and isinstance(index["hashes"], dict)):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        raise CheckpointError(f"{path}: not the index of a mini4o model, or damaged; copy the folder again") from None
    if number > FORMAT:
        raise CheckpointError(f"{folder}: format {number} is newer than this mini4o reads ({FORMAT}); update mini4o")
    return dict(index)


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
