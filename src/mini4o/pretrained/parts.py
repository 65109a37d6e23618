"""A pretrained DiT and its codec: found on this machine or fetched from the Hub, checked, and read whole into the net.

`settle` writes what a checkpoint says of itself into the specification, from which the net is then built as any other;
`fill` reads the weights. Every weight has to be there: nothing is left random.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from mini4o.errors import CheckpointError, RecipeError
from mini4o.model.codec import AUTOENCODERS, Autoencoder
from mini4o.model.dit import SOURCE
from mini4o.model.dits import FAMILIES
from mini4o.model.net import Net
from mini4o.model.schedule import flow_of
from mini4o.model.spec import DitSpec, FlowSpec, ModelSpec, PartSpec
from mini4o.pretrained.hub import VARIANTS, fetched, local_folder, read_json, refill, weight_files
from mini4o.pretrained.weights import fill as fill_module

PART_WEIGHTS = "diffusion_pytorch_model.safetensors"  # the name that `diffusers` gives them
SUBFOLDERS = {"dit": "transformer", "codec": "vae"}  # in a pipeline of `diffusers`
CONFIGS = Path(__file__).parent / "configs"  # of repositories that recipes name, without weights


@dataclass(frozen=True)
class Part:
    """A part whose files are all there.

    name: as it was asked for. folder: of the part itself. files: of weights, empty if only its size is wanted.
    revision: its commit, if it came from the Hub. command: what gets its files anew.
    """

    name: str
    folder: Path
    config: dict[str, Any]
    files: list[Path]
    revision: str | None
    command: str


@dataclass(frozen=True)
class Parts:
    """The pretrained parts of a specification; None for one from random weights or without any."""

    dit: Part | None
    codec: Part | None


def settle(spec: ModelSpec, weights: bool = True) -> tuple[ModelSpec, Parts]:
    """A specification with what it leaves to its checkpoints: configurations, families, commits, and the flow.

    Args:
        weights: False if only sizes are wanted, as on the meta device: then the configurations that come with the
            package stand in for a repository that is not on this machine.

    Raises:
        CheckpointError: missing, gated, half-downloaded, pickles alone, or of a class that is not supported.
        RecipeError: the specification says something else than the checkpoint.
    """
    dit = find_part(spec.dit, "dit", weights) if spec.dit.pretrained else None
    codec = find_part(spec.codec, "codec", weights) if spec.codec.pretrained else None
    changes: dict[str, Any] = {}
    if dit is not None:
        kinds = {family.library.__name__: kind for kind, family in FAMILIES.items()}
        changes["dit"] = _settled(spec.dit, dit, kinds, "dit")
        changes["flow"] = _flow(spec, dit)
    if codec is not None:
        kinds = {family.library.__name__: kind for kind, family in AUTOENCODERS.items()}
        changes["codec"] = _settled(spec.codec, codec, kinds, "codec")
    return spec.model_copy(update=changes), Parts(dit, codec)


def fill(net: Net, parts: Parts) -> None:
    """Read the weights of pretrained parts into a net that was built for them.

    Raises:
        CheckpointError: weights that are missing, too many or of another shape.
    """
    if parts.dit is not None:
        read_part(net.dit.model, parts.dit)
    if parts.codec is not None and isinstance(net.codec, Autoencoder):
        read_part(net.codec.model, parts.codec)


def find_part(spec: PartSpec, what: str, weights: bool = True) -> Part:
    """The checkpoint of a part (`dit` or `codec`), its files checked; fetched from the Hub if it is not here.

    Raises:
        CheckpointError: missing, gated, half-downloaded, or pickles alone.
    """
    name, sub = str(spec.pretrained), SUBFOLDERS[what]
    folder, revision = local_folder(name), None
    command = refill(name)
    if folder is None:
        command = f"hf download {name} --include '{sub}/*' 'scheduler/*'"
        command += f" --revision {spec.revision}" if spec.revision else ""
        folder = _of_hub(name, spec.revision, sub, weights, command)
        revision = folder.name if weights else spec.revision  # the cache names a snapshot's folder by its commit
    inside = folder / sub if (folder / sub).is_dir() else folder
    if inside is folder and not (folder / "config.json").is_file():
        raise CheckpointError(f"{name}: has neither {sub}/config.json nor a config.json; get it with: {command}")
    config = read_json(inside / "config.json", f"{name}: {sub}", command)
    files = weight_files(inside, PART_WEIGHTS, f"{name}: {sub}", command) if weights else []
    return Part(name, inside, config, files, revision, command)


def _of_hub(name: str, revision: str | None, sub: str, weights: bool, command: str) -> Path:
    patterns = [f"{sub}/config.json", "scheduler/*.json", "README.md"]  # the last says the licence
    stem = Path(PART_WEIGHTS).stem
    if weights:  # copies in 16 bits have names of their own
        patterns += [
            f"{sub}/{PART_WEIGHTS}",
            f"{sub}/{PART_WEIGHTS}.index.json",
            f"{sub}/{stem}-*-of-?????.safetensors",
        ]
    try:
        folder = fetched(name, revision, patterns, command)
        for variant in VARIANTS:  # and are fetched if nothing else is there
            if not weights or any((folder / sub).glob("*.safetensors*")):
                break
            patterns = [f"{sub}/{stem}*.{variant}*safetensors", f"{sub}/{PART_WEIGHTS}.index.{variant}.json"]
            folder = fetched(name, folder.name, patterns, command)
        return folder
    except CheckpointError:
        if weights or not (CONFIGS / name).is_dir():
            raise
        return CONFIGS / name


def _settled(spec: PartSpec, part: Part, kinds: dict[str, str], what: str) -> PartSpec:
    """A part's specification with the class and the configuration of its checkpoint."""
    name = str(part.config.get("_class_name"))
    if name not in kinds:
        raise CheckpointError(
            f"{part.name}: {part.folder.name}/config.json is of {name}; a {what} is {' or '.join(kinds)}"
        )
    config = {key: value for key, value in part.config.items() if not key.startswith("_")}
    if spec.kind not in (None, kinds[name]):
        raise RecipeError(f"model.{what}.kind: {part.name} is a {kinds[name]}, not a {spec.kind}; leave it out")
    if spec.config not in ({}, config):
        raise RecipeError(f"model.{what}.config comes with {part.name}; leave it out")
    found: dict[str, Any] = {"kind": kinds[name], "config": config, "revision": part.revision or spec.revision}
    if isinstance(spec, DitSpec):
        family = FAMILIES[kinds[name]]
        width = config.get(family.width_key)
        if spec.width not in (None, width):
            raise RecipeError(f"model.dit.width: {part.name} takes a condition of width {width}; leave it out")
        found["width"] = width
    if config.get("latents_mean") is not None:
        raise RecipeError(f"model.codec: {part.name} standardises its latents by channel, which is not supported")
    return spec.model_copy(update=found)


def _flow(spec: ModelSpec, dit: Part) -> FlowSpec:
    """The flow that a DiT was trained with: what stands in the scheduler beside it, or the recipe's where none does."""
    place = dit.folder.parent / "scheduler" / "scheduler_config.json"
    if not place.is_file():
        if spec.flow == FlowSpec():
            raise CheckpointError(
                f"{dit.name}: has no scheduler/scheduler_config.json, which says what it was trained for; get it with: "
                f"{dit.command}, or give model.flow"
            )
        return spec.flow
    found = flow_of(read_json(place, dit.name, dit.command), dit.name)
    if (own := dit.folder.parent / "mini4o.json").is_file():  # a model of ours may predict something else
        try:
            found = FlowSpec.model_validate(read_json(own, dit.name, dit.command)["spec"]["flow"])
        except (KeyError, TypeError, ValueError):
            raise CheckpointError(f"{own}: has no flow that is known; save the model again") from None
    if spec.flow not in (FlowSpec(), found):
        raise RecipeError(f"model.flow: {dit.name} goes on as its scheduler says; leave it out")
    return found


def read_part(model: nn.Module, part: Part) -> None:
    """Put a checkpoint's weights into a class of `diffusers`, which has to have exactly these; source slots are ours.

    Raises:
        CheckpointError: weights that are missing, too many or of another shape.
    """
    names = {name for name in model.state_dict() if SOURCE not in name}
    if problem := fill_module(model, part.files, names):
        raise CheckpointError(
            f"{part.name}: the weights in {part.folder.name}/ have {problem}: they are not those of a "
            f"{type(model).__name__} with its config.json; get them again with: {part.command}"
        )
