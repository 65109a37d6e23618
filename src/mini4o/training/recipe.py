"""The recipe: typed, unknown keys refused with the nearest known one, `--set a.b=c` beats the file."""

import types
import typing
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from mini4o.data.readers import OnBad
from mini4o.data.storybook import StorybookSpec
from mini4o.errors import RecipeError, first_problem, nearest
from mini4o.model.spec import Adapted, AdapterSpec, GenerationSpec, ModelSpec, Positive, Spec, StartSpec

Group = Literal[
    "vision", "merger", "language", "head", "rows", "queries", "connector", "dit", "source_in", "codec",
    "language_adapter", "dit_adapter",
]  # fmt: skip
BACKBONE_GROUPS: tuple[Group, ...] = ("vision", "merger", "language", "head")
Share = Annotated[float, Field(ge=0, le=1)]


class DataSpec(Spec):
    """One source of a mixture: files, or a storybook made as it is read.

    path: a JSONL of conversations, a folder of shards or one `.tar`, relative to the recipe's `data`.
    only: of the files, conversations in which words (`text`) or a picture to draw (`image`) carry loss.
    """

    path: Path | None = None
    storybook: StorybookSpec | None = None
    weight: Annotated[float, Field(ge=0)] = 1.0
    only: Literal["all", "text", "image"] = "all"

    @model_validator(mode="after")
    def _one_of_them(self) -> "DataSpec":
        if (self.path is None) == (self.storybook is None):
            raise ValueError("a source is either a `path` or a `storybook`")
        if self.storybook is not None and self.only != "all":
            raise ValueError("`only` chooses from files; of a storybook choose the tasks")
        return self

    @property
    def key(self) -> str:
        """What tells data sets apart."""
        return self.model_dump_json(exclude={"weight"})


class BranchRates(Spec):
    """How often a drawing is trained under another rendering than the full one, for guidance to compare with."""

    none: Share = 0.1
    no_text: Share = 0.0


class StageSpec(Spec):
    """A stage: what trains at which rate, on what, for how long.

    steps: of a run at the recipe's own length; `--minutes` and `--steps` scale all stages alike.
    train: freeze groups and their learning rates; all others stay bit-identical.
    text_loss, image_loss, words_loss: weights; 0 leaves a loss and its computation out. `words_loss` teaches a vision
        tower from random weights to see, without the language model's layers; see `losses.words_seen`.
    warmup: steps of linear warm-up; then a half cosine down to `floor` of the rate.
    states: of the stage `warm`: the folder of text states, relative to the recipe's `data`; see `training/warm.py`. Its
        one loss is its own, and the other three are 0.
    """

    name: Literal["see", "understand", "warm", "connect", "unify"]
    steps: Positive
    batch: Positive
    train: Annotated[dict[Group, Annotated[float, Field(gt=0)]], Field(min_length=1)]
    data: Annotated[list[DataSpec], Field(min_length=1)]
    text_loss: Annotated[float, Field(ge=0)] = 1.0
    image_loss: Annotated[float, Field(ge=0)] = 1.0
    words_loss: Annotated[float, Field(ge=0)] = 0.0
    branches: BranchRates = BranchRates()
    warmup: Annotated[int, Field(ge=0)] = 50
    floor: Share = 0.05
    states: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _warm_has_one_loss(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("name") == "warm":
            return {"text_loss": 0, "image_loss": 0, **values}
        return values

    @model_validator(mode="after")
    def _warm(self) -> "StageSpec":
        if self.warms != (self.states is not None):
            raise ValueError("`states` and the stage warm belong together: it learns from a text encoder's states")
        if self.warms and (self.text_loss or self.image_loss or self.words_loss):
            raise ValueError("stage warm has a loss of its own; leave the others out")
        if self.warms and (others := sorted(set(self.train) - {"queries", "connector"})):
            raise ValueError(f"stage warm trains queries and connector alone, towards what all else does: {others[0]}")
        return self

    @model_validator(mode="after")
    def _some_loss(self) -> "StageSpec":
        if not (self.text_loss or self.words_loss or self.draws):
            raise ValueError(f"stage {self.name}: all losses are 0, nothing would be learnt")
        if self.branches.none + self.branches.no_text > 1:
            raise ValueError(f"stage {self.name}: the rates of the branches add up to more than 1")
        return self

    @property
    def reads(self) -> bool:
        """Whether words that carry loss teach something here."""
        return bool(self.text_loss or self.words_loss)

    @property
    def warms(self) -> bool:
        """Whether drawings are learnt from what the DiT makes of its own text encoder's states."""
        return self.name == "warm"

    @property
    def draws(self) -> bool:
        """Whether drawings teach something here."""
        return bool(self.image_loss or self.warms)


class OptimiserSpec(Spec):
    """AdamW (arXiv 1711.05101); `clip` is the largest global gradient norm."""

    betas: tuple[Share, Share] = (0.9, 0.98)
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    clip: Annotated[float, Field(gt=0)] = 1.0


class EmaSpec(Spec):
    """Averaged weights, which are what is released; groups in `skip` are released as they are."""

    decay: Share = 0.99
    skip: tuple[Group, ...] = ("language", "head")


class ExamSpec(Spec):
    """A small examination on Storybook's validation split, always the same.

    parts: as of `mini4o eval storybook --task`: families, tasks, or categories of drawing.
    count: samples of each part.
    """

    parts: Annotated[tuple[str, ...], Field(min_length=1)]
    count: Positive = 4


class PreviewSpec(Spec):
    """Samples and answers at intervals, from the first `count` conversations of each set, at fixed seeds.

    data: files as a source names them, or storybooks.
    exam: what is examined and scored besides, if anything.
    """

    every: Positive = 200
    count: Positive = 6
    data: tuple[StorybookSpec | Path, ...] = ()  # in this order: pydantic 2.10 writes anything as a path
    exam: ExamSpec | None = None


class Recipe(Spec):
    """Everything that a run is a function of, but the machine.

    start: the model that it begins with, in place of a `model`, which is then filled in from there: see
        `training/start.py`. `generation` changes the defaults that this has.
    """

    name: str
    start: StartSpec | None = None
    seed: int = 0
    precision: Literal["auto", "fp32", "bf16"] = "auto"  # of matrix products; auto: bf16 where the machine is faster so
    checkpoint_gradients: bool = False  # compute the backbone's layers twice rather than keep what they computed
    data: Path = Path(".")  # the folder that data paths start from; relative to where the command runs
    on_bad: OnBad = "stop"
    model: ModelSpec
    adapters: Annotated[dict[Adapted, AdapterSpec], Field(default_factory=dict)]  # what `language_adapter` … train
    generation: GenerationSpec = GenerationSpec()
    stages: Annotated[list[StageSpec], Field(min_length=1)]
    optimiser: OptimiserSpec = OptimiserSpec()
    ema: EmaSpec = EmaSpec()
    previews: PreviewSpec = PreviewSpec()
    save_every: Positive = 500  # steps between checkpoints of the training state
    standalone: bool = False  # release pretrained parts that no stage trained as copies too, not by reference

    def backbone_in_words(self) -> str:
        """Which it is, the type of its weights and its attention, for people."""
        words = self.model.backbone.in_words()
        return f"that of {self.start.pretrained}: {words}" if self.start else words

    @model_validator(mode="after")
    def _trained_weights_are_fp32(self) -> "Recipe":
        trained = [group for stage in self.stages for group in stage.train if group in BACKBONE_GROUPS]
        if trained and self.model.backbone.dtype == "bfloat16":
            advice = "train an adapter" if self.start else "leave it out, and let `precision` choose for the products"
            raise ValueError(
                "model.backbone.dtype is bfloat16, in which the small steps of training "
                f"`{trained[0]}` vanish; {advice}"
            )
        return self

    @model_validator(mode="after")
    def _adapters_are_trained_and_what_is_in_4_bits_is_not(self) -> "Recipe":
        for stage in self.stages:
            for group, part in (("language", self.model.backbone), ("dit", self.model.dit)):
                adapter, trained = f"{group}_adapter", set(map(str, stage.train))
                if group in trained and part.quantise is not None:
                    raise ValueError(
                        f"stage {stage.name} trains '{group}', whose layers are in {part.quantise} and cannot learn; "
                        f"train '{adapter}', or leave out the part's `quantise`"
                    )
                if adapter in trained and group not in self.adapters:
                    raise ValueError(
                        f"stage {stage.name} trains '{adapter}', and there is none; "
                        f"add `adapters: {{{group}: {{rank: 16}}}}` to the recipe"
                    )
                if {group, adapter} <= trained:
                    raise ValueError(
                        f"stage {stage.name} trains '{group}' and the adapter on it, which stands in for that; take one"
                    )
        for group in self.adapters:
            if not any(f"{group}_adapter" in stage.train for stage in self.stages):
                raise ValueError(f"no stage trains '{group}_adapter'; name it in a stage's `train`, or leave it out")
        return self

    @model_validator(mode="after")
    def _warm_goes_by_the_dit_as_it_came(self) -> "Recipe":
        warm = next((number for number, stage in enumerate(self.stages) if stage.warms), None)
        if warm is None:
            return self
        if self.model.dit.pretrained is None:
            raise ValueError("stage warm: a DiT of random weights has no text encoder to learn from; leave it out")
        if before := [stage.name for stage in self.stages[:warm] if {"dit", "source_in"} & set(stage.train)]:
            raise ValueError(f"stage warm comes after {before[0]}, which trains the DiT that it goes by; put it first")
        return self

    @model_validator(mode="after")
    def _guidance_is_trained(self) -> "Recipe":
        drawing = [stage for stage in self.stages if stage.draws]
        if drawing and self.generation.text_scale != 1 and not any(stage.branches.none for stage in drawing):
            raise ValueError("generation.text_scale is not 1, but no stage trains the branch 'none' it compares with")
        if drawing and self.generation.image_scale != 1 and not any(stage.branches.no_text for stage in drawing):
            raise ValueError("generation.image_scale is not 1, but no stage trains the branch 'no_text' it scales")
        if len({stage.name for stage in self.stages}) < len(self.stages):
            raise ValueError("two stages have the same name, which order, noise and branches are functions of")
        return self


def shipped_recipes() -> dict[str, Path]:
    """The recipes that come with the package, by name."""
    folder = Path(str(resources.files("mini4o") / "recipes"))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_recipe(name: str) -> Path:
    """A recipe by its path, or one that comes with the package by its name, also as `NAME.yaml` or `recipes/NAME.yaml`.

    Raises:
        RecipeError: neither.
    """
    if Path(name).is_file():
        return Path(name)
    shipped = shipped_recipes()
    short = Path(name).stem if Path(name).parent in (Path("."), Path("recipes")) else name
    if short in shipped:
        return shipped[short]
    raise RecipeError(f"{name}: no such recipe file{nearest(short, shipped)}; recipes by name: {', '.join(shipped)}")


def load_recipe(path: Path, changes: Sequence[str] = ()) -> Recipe:
    """Read a recipe; `changes` are `a.b=c` with c as YAML, list items by number (`stages.0.steps=10`).

    Raises:
        RecipeError: no such file, not YAML, an unknown key, a value that does not fit.
    """
    try:
        values = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise RecipeError(f"{path}: a recipe is a mapping of keys to values")
    for change in changes:
        _set(values, change)
    try:
        return Recipe.model_validate(_started(values))
    except ValidationError as error:
        where, last = error.errors()[0]["loc"][:-1], error.errors()[0]["loc"][-1:]
        if last == ("[key]",):  # the mappings with listed keys are those of the groups
            key, known = ".".join(map(str, where)), typing.get_args(Adapted if where[0] == "adapters" else Group)
            raise RecipeError(f"{path}: unknown key '{key}'{nearest(str(where[-1]), known)}") from None
        raise RecipeError(f"{path}: {first_problem(error, _known(Recipe, where))}") from None


def dump_recipe(recipe: Recipe) -> str:
    """The resolved recipe as YAML, every default written out."""
    text: str = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    return text


def _started(values: dict[str, Any]) -> dict[str, Any]:
    """With the model that the recipe starts from, if it names one."""
    try:
        start = StartSpec.model_validate(values["start"])
    except (KeyError, ValidationError):  # what is wrong is told with the rest
        return values
    from mini4o.training.start import complete  # which imports torch

    return complete(start, values)


def _set(values: Any, change: str) -> None:
    key, sign, value = change.partition("=")
    if not sign:
        raise RecipeError(f"--set {change}: write it as key=value, for example stages.0.steps=100")
    *steps, last = key.strip().split(".")
    for step in steps:
        if isinstance(values, list) and step.isdigit() and int(step) < len(values):
            values = values[int(step)]
        elif isinstance(values, dict):
            values = values.setdefault(step, {})
        else:
            raise RecipeError(f"--set {change}: there is no '{step}' to set anything in")
    try:
        parsed = yaml.safe_load(value)
    except yaml.YAMLError:
        parsed = value
    if isinstance(values, list) and last.isdigit() and int(last) < len(values):
        values[int(last)] = parsed
    elif isinstance(values, dict):
        values[last] = parsed
    else:
        raise RecipeError(f"--set {change}: there is no '{last}' to set{nearest(last, map(str, values or ()))}")


def _known(model: Any, where: tuple[int | str, ...]) -> list[str]:
    """The keys that are known at a place of the recipe."""
    for step in where:
        for part in [model, *typing.get_args(model)]:
            if isinstance(part, type) and issubclass(part, BaseModel):
                model = part
        if isinstance(model, type) and issubclass(model, BaseModel) and step in model.model_fields:
            model = model.model_fields[str(step)].annotation
        if typing.get_origin(model) in (Annotated, list, types.UnionType, typing.Union) and isinstance(step, int):
            model = typing.get_args(model)[0]
    candidates = [model, *typing.get_args(model)]
    return [
        name
        for part in candidates
        if isinstance(part, type) and issubclass(part, BaseModel)
        for name in part.model_fields
    ]
