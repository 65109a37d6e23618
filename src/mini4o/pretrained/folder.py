"""The checkpoint folder. safetensors only, written aside and renamed, loaded strictly.

mini4o.json          format number, type of the weights, specification, versions, hashes, licences
generation.json      defaults for answering and drawing
backbone/            the language model with its tokenizer, chat template and preprocessor, as `transformers` has it
reader.safetensors   queries and the rows of our own control tokens
connector.safetensors, source_in.safetensors
dit/, scheduler/     as `diffusers` has them
adapters/1 …         adapters on these, in order, each whole by itself (`adapters.py`)
codec/               its configuration; an autoencoder as `diffusers` has it
README.md, recipe.yaml   the model card, and the resolved recipe that made it

Of a part that is kept by reference (`references.py`) the folder holds all but its weights, and `mini4o.json` the hashes
of those; the specification says where they are. Large files are written as shards with an index.
"""

import json
import os
from collections.abc import Collection, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from mini4o import chance
from mini4o.errors import CheckpointError
from mini4o.model.adapters import plain_name, plain_state, quantise
from mini4o.model.backbone import Backbone
from mini4o.model.build import cast, without_values, wrap_dit
from mini4o.model.codec import AUTOENCODERS, Autoencoder, Codec, Pixels
from mini4o.model.dit import SOURCE, Dit
from mini4o.model.dits import FAMILIES as DITS
from mini4o.model.families import FAMILIES
from mini4o.model.net import Net
from mini4o.model.schedule import library_scheduler
from mini4o.model.spec import BackboneSpec, ModelSpec, PartSpec
from mini4o.pretrained import adapters
from mini4o.pretrained.aside import write_aside
from mini4o.pretrained.backbone import (
    WEIGHTS,
    Checkpoint,
    find,
    load_model,
    load_processor,
    load_tokenizer,
    misfit,
    quiet,
)
from mini4o.pretrained.card import OWN, card
from mini4o.pretrained.hub import weight_files
from mini4o.pretrained.index import INDEX, read_index, read_specs
from mini4o.pretrained.licences import licences
from mini4o.pretrained.model import Model, dtype_of
from mini4o.pretrained.parts import PART_WEIGHTS, Part, find_part, read_part
from mini4o.pretrained.references import (
    PARTS,
    Reference,
    called,
    check,
    hashes,
    mark,
    of_folder,
    origin,
    owns,
    part_spec,
    refer,
    sha256,
)
from mini4o.pretrained.weights import SHARD_SIZE, fill, save_weights

PACKAGES = ("mini4o", "torch", "transformers", "diffusers", "safetensors", "tokenizers")
EDITABLE = ("generation.json", "README.md", "recipe.yaml")  # all other files are held to their hashes


def save(
    model: Model,
    folder: Path,
    *,
    recipe: str = "",
    about: str = "",
    weights: dict[str, Tensor] | None = None,
    half: bool = False,
    shard_size: int | str = SHARD_SIZE,
    advice: str = "free some space and save again",
) -> None:
    """Write a model. Parts that it has by reference are kept so if they are still what was read; one that was changed
    is kept whole.

    Args:
        recipe: the resolved recipe that made it, as YAML.
        about: what the model card begins with, in Markdown; a few words for any model else.
        weights: other values for parameters and buffers by name, such as their averages; the net's own else.
        half: keep parameters of 32 bits in 16, as float16: its rounding error is an eighth of bfloat16's, and trained
            weights are far from the ends of its range. What is of 16 bits stays as it is, and so do the connector's
            statistics: a variance is the small difference of two of them, and rounded they make other pictures.
        shard_size: of a file of weights at most; a part that is larger is written as several with an index.
        advice: what to do if it cannot be written.

    Raises:
        CheckpointError: it could not be written, something else than a model stands there, or a parameter is too large
            for float16.
    """
    if folder.exists() and not (folder / INDEX).is_file() and not (folder.is_dir() and not any(folder.iterdir())):
        raise CheckpointError(f"{folder}: is not a mini4o model and would be replaced; choose another name")
    references = _unchanged(model, weights or {})
    for each in references:
        if folder.resolve() in (place := _place(part_spec(model.spec, each)), *place.parents):
            raise CheckpointError(
                f"{folder}: holds the weights of the model's {each} and would be replaced by a reference to them; "
                "choose another name"
            )
    state = {name: (weights or {}).get(name, value) for name, value in model.net.state_dict().items()}
    state = plain_state(model.net, state)
    elsewhere = {name for name in state if any(owns(part, name) for part in references)}
    if half:
        parameters = {plain_name(name) for name, _ in model.net.named_parameters(remove_duplicate=False)} - elsewhere
        state |= {name: _halved(name, value) for name, value in state.items() if name in parameters}

    def part(prefix: str) -> dict[str, Tensor]:
        names = [name for name in state if name.startswith(prefix) and name not in elsewhere]
        return {name.removeprefix(prefix): state[name].detach().cpu().contiguous() for name in names}

    def write(aside: Path) -> None:
        net = model.net
        backbone, dit = part("backbone.lm."), part(f"dit.{net.dit.kind}.")
        if net.backbone.tied:
            backbone.pop("lm_head.weight", None)
        halved = torch.float16 in {value.dtype for value in backbone.values()}
        net.backbone.lm.save_pretrained(aside / "backbone", state_dict=backbone, max_shard_size=shard_size)
        if "backbone" in references:
            (aside / "backbone" / WEIGHTS).unlink(missing_ok=True)  # of nothing
        if halved:
            _say_half(aside / "backbone" / "config.json")
        model.tokenizer.save_pretrained(aside / "backbone")
        model.processor.save_pretrained(aside / "backbone")
        sources = {name: dit.pop(name) for name in list(dit) if SOURCE in name}
        net.dit.model.save_config(aside / "dit")
        if "dit" not in references:
            save_weights(dit, aside / "dit" / PART_WEIGHTS, shard_size)
        save_weights(sources, aside / "source_in.safetensors", shard_size)
        save_weights(part("reader."), aside / "reader.safetensors", shard_size)
        save_weights(part("connector."), aside / "connector.safetensors", shard_size)
        flow = model.spec.flow
        scheduler = (
            library_scheduler(flow.scheduler) if flow.scheduler else FlowMatchEulerDiscreteScheduler(shift=flow.shift)
        )
        scheduler.save_pretrained(aside / "scheduler")
        if isinstance(net.codec, Autoencoder):
            net.codec.model.save_config(aside / "codec")
            if "codec" not in references:
                save_weights(part("codec.model."), aside / "codec" / PART_WEIGHTS, shard_size)
        else:
            _write_json(aside / "codec" / "config.json", {"kind": "pixels", "factor": net.codec.factor})
        adapters.write_all(net, aside, state)
        _write_json(aside / "generation.json", model.generation.model_dump(mode="json"))
        if recipe:
            (aside / "recipe.yaml").write_text(recipe, encoding="utf-8")
        (aside / "README.md").write_text(card(model, recipe, about), encoding="utf-8")
        index = {
            "format": 2 if references or adapters.stored(aside) or any(aside.rglob("*.index.json")) else 1,
            "dtype": "float16" if half else "float32",
            "spec": _spec(model.spec, references),
            "versions": {name: version(name) for name in PACKAGES},
            "licences": {"weights": OWN} | model.licences,
            "hashes": {name: sha256(aside / name) for name in _names(aside) if name not in EDITABLE},
        }
        if references:
            index["references"] = {part: reference.hashes for part, reference in references.items()}
        _write_json(aside / INDEX, index)
        mode = (aside / INDEX).stat().st_mode
        for path in aside.rglob("*.safetensors"):
            path.chmod(mode)  # safetensors keeps its files to their owner; a model is as open as any file written here

    with quiet():
        write_aside(folder, write, advice)


def _unchanged(model: Model, weights: Mapping[str, Tensor]) -> dict[str, Reference]:
    """The references of a model to parts that are still what was read, and of which nothing else is to be written."""
    return {
        part: reference
        for part, reference in model.references.items()
        if not any(owns(part, name) for name in weights) and mark(model.net, part) == reference.mark
    }


def _spec(spec: ModelSpec, references: Mapping[str, Reference]) -> dict[str, Any]:
    """As JSON values. The folder of a part that is kept by reference is found from anywhere; of a part that is kept
    whole only the name of its checkpoint is said, as the rest of a path is of one machine."""
    values: dict[str, Any] = spec.model_dump(mode="json")
    for part in PARTS:
        found = part_spec(spec, part)
        if part not in references and found.pretrained:
            values[part]["pretrained"] = called(found)
        elif found.pretrained and of_folder(found):
            values[part]["pretrained"] = os.path.abspath(Path(values[part]["pretrained"]).expanduser())
    return values


def _place(spec: BackboneSpec | PartSpec) -> Path:
    """Of a pretrained part, if it is a folder's."""
    return Path(str(spec.pretrained)).expanduser().resolve()


def _halved(name: str, value: Tensor) -> Tensor:
    if value.dtype != torch.float32:
        return value
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
        if sha256(path) != expected:
            raise CheckpointError(f"{folder}: {name} is damaged (its hash differs); copy the folder again")
    if index["hashes"]:
        _check_no_more(folder, index["hashes"])
    try:
        # The net is built before it is filled, and its random start must not move the global generator.
        with quiet(), chance.library(0, "load"):
            model = _build(folder, index)
    except CheckpointError:
        raise
    except Exception as error:  # damaged files make the readers of others raise nearly anything
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise CheckpointError(f"{folder}: cannot be loaded ({reason}); copy the folder again") from None
    model.net.to(device)
    return model


def _check_no_more(folder: Path, known: Collection[str]) -> None:
    """Refuse weights that are not the model's, such as what a copy over an older one has left: shards are read before a
    single file, and adapters are stacked."""
    places = [folder, *(folder / part for part in PARTS)]
    found = [path for place in places for path in place.glob("*.safetensors*")]
    for path in (*found, *(folder / adapters.FOLDER).glob("**/*.safetensors")):
        if (name := path.relative_to(folder).as_posix()) not in known:
            raise CheckpointError(f"{folder}: {name} is no file of this model, by its {INDEX}; take it away")


def _build(folder: Path, index: dict[str, Any]) -> Model:
    spec, generation = read_specs(folder, index)
    found = {part: _referred(folder, spec, part, known) for part, known in index.get("references", {}).items()}
    family = spec.backbone.family or "qwen2_5_vl"
    lm = _load_backbone(spec, folder, family, found.get("backbone"))
    dit, codec = _load_dit(spec, folder, found.get("dit")), _load_codec(spec, folder, found.get("codec"))
    with without_values():
        net = Net(spec, Backbone(lm), dit, codec)
    _fill(net.reader, folder, "reader")
    _fill(net.connector, folder, "connector")
    tokenizer = load_tokenizer(folder / "backbone")
    processor = load_processor(family, folder / "backbone")
    quantise(net)
    references = {part: refer(net, part, each) for part, each in found.items()}
    adapters.stack(net, adapters.stored(folder))
    kept = index.get("licences", {})
    terms = {part: str(kept.get(part, said)) for part, said in licences(spec).items()}
    return Model(spec, net, tokenizer, processor, generation, references, terms)


def _referred(folder: Path, spec: ModelSpec, part: str, known: dict[str, str]) -> Checkpoint | Part:
    """The checkpoint that a part is kept in, which has to be what it was."""
    if part not in PARTS or not part_spec(spec, part).pretrained:
        raise CheckpointError(f"{folder}: {INDEX} refers to {part!r}, which comes from nowhere; copy the folder again")
    try:
        found = (
            find(spec.backbone) if part == "backbone" else find_part(spec.dit if part == "dit" else spec.codec, part)
        )
    except CheckpointError as error:
        where = f"say in spec.{part}.pretrained of its {INDEX} where it is"
        raise CheckpointError(f"{folder}: keeps its {part} by reference: {error}; or {where}") from None
    check(hashes(found), known, part, origin(part_spec(spec, part)), str(folder))
    return found


def _load_backbone(spec: ModelSpec, folder: Path, family: str, found: Checkpoint | Part | None) -> Any:
    if isinstance(found, Checkpoint):
        return load_model(found, dtype_of(spec.backbone), spec.backbone.attention)
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
    return lm


def _load_dit(spec: ModelSpec, folder: Path, found: Checkpoint | Part | None) -> Dit:
    library: Any = DITS[str(spec.dit.kind)].library
    with without_values():
        dit = wrap_dit(spec, library.from_config(library.load_config(folder / "dit", local_files_only=True)))
    sources = {name for name in dit.model.state_dict() if SOURCE in name}
    if isinstance(found, Part):
        read_part(dit.model, found)
    else:
        _fill(dit.model, folder, "dit", f"dit/{PART_WEIGHTS}", dit.model.state_dict().keys() - sources)
    _fill(dit.model, folder, "dit", "source_in.safetensors", sources)
    return dit


def _load_codec(spec: ModelSpec, folder: Path, found: Checkpoint | Part | None) -> Codec:
    if spec.codec.kind == "pixels":
        return Pixels(spec.codec)
    family = AUTOENCODERS[str(spec.codec.kind)]
    library: Any = family.library
    with without_values():
        model = library.from_config(library.load_config(folder / "codec", local_files_only=True))
    model = cast(model, spec.codec.dtype)
    if isinstance(found, Part):
        read_part(model, found)
    else:
        _fill(model, folder, "codec", f"codec/{PART_WEIGHTS}")
    return family(model)


def _fill(
    module: torch.nn.Module, folder: Path, part: str, file: str = "", names: Collection[str] | None = None
) -> None:
    """Put a part's weights into a module that has exactly these.

    Args:
        file: `part` with `.safetensors` if it is not given. names: those in the file; all of the module's else.
    """
    path = folder / (file or f"{part}.safetensors")
    files = weight_files(path.parent, path.name, str(folder), "a copy of the folder from where it was trained")
    if problem := fill(module, files, module.state_dict().keys() if names is None else names):
        raise CheckpointError(
            f"{folder}: the {part} has {problem}: it does not go with {INDEX}, one of the two was changed; "
            "copy the folder again from where it was trained"
        )


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
