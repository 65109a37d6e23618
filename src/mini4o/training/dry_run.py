"""A dry run: everything of a recipe without weights, and the first batch of every stage as the model would get it.

Nothing is written and nothing but configurations is fetched. What is not on this machine has a stand-in, and it is said
which: a few samples of the storybook for data, a tokenizer learnt from them for that of a checkpoint.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from huggingface_hub import try_to_load_from_cache
from tokenizers import AddedToken

from mini4o.conversation.builder import Builder
from mini4o.conversation.families import FAMILIES as CHATS
from mini4o.conversation.families.qwen2_5_vl import DEFAULT_SYSTEM
from mini4o.conversation.layout import IGNORE, Document
from mini4o.conversation.parts import ImageGen
from mini4o.conversation.scratch import make_processor, make_tokenizer
from mini4o.data.readers import texts
from mini4o.data.sample import Sample
from mini4o.data.storybook import LONGEST, SHORTEST, Storybook
from mini4o.errors import CheckpointError
from mini4o.model.families import FAMILIES
from mini4o.model.net import Net
from mini4o.pretrained.backbone import load_processor, load_tokenizer
from mini4o.pretrained.model import READ_PIXELS, Model
from mini4o.training.prepare import documents
from mini4o.training.recipe import Recipe, StageSpec
from mini4o.training.sizes import Sizes, on_gpu, rendered_shape, sizes
from mini4o.training.sources import Sources
from mini4o.training.start import find

STAND_IN_SAMPLES = 6  # of the storybook; they take turns in a larger batch
STAND_IN_WORDS = 4096  # of a tokenizer learnt from the samples at hand: it cuts words smaller than a large one


@dataclass(frozen=True)
class TaskTokens:
    """Documents of one task in a batch. tokens: ordinary ones, of a document on average; longest: at most; pictures: of
    them those of pictures that are read, learnt: those that are predicted, on average; drawings: of all together."""

    task: str
    samples: int
    tokens: float
    longest: int
    pictures: float
    learnt: float
    drawings: int


@dataclass(frozen=True)
class DryStage:
    """A stage with its first batch. data: where the samples come from, in words."""

    name: str
    steps: int
    batch: int
    trains: str
    data: str
    tasks: list[TaskTokens]


@dataclass(frozen=True)
class DryRun:
    """tokenizer: which one rendered the samples, in words."""

    name: str
    tokenizer: str
    stages: list[DryStage]
    sizes: Sizes


def dry_run(recipe: Recipe) -> DryRun:
    """Build all parts of a recipe without weights, and render the first batch of every stage.

    Raises:
        CheckpointError, RecipeError: as of `sizes.on_gpu`.
        DataError: data that is there, and cannot be used.
    """
    recipe, net = on_gpu(recipe)
    found = [_samples(recipe, stage) for stage in recipe.stages]
    words = [text for samples, _ in found for text in texts(samples)]
    builder, tokenizer = _builder(recipe, net, words)
    stages, shapes = [], []
    for stage, (samples, source) in zip(recipe.stages, found, strict=True):
        rendered = documents(samples, builder, stage, recipe.seed, 0, recipe.on_bad)
        # A few stand-ins fill a batch by turns.
        rendered = list(islice(cycle(rendered), len(rendered) * stage.batch // len(samples)))
        tasks = _tasks(rendered)
        stages.append(DryStage(stage.name, stage.steps, stage.batch, ", ".join(stage.train), source, tasks))
        shapes.append((rendered_shape(rendered, net), "as in the first batch"))
    return DryRun(recipe.name, tokenizer, stages, sizes(recipe, net, shapes))


def _samples(recipe: Recipe, stage: StageSpec) -> tuple[list[Sample], str]:
    """The first batch of a stage, or stand-ins for it, and where they come from in words."""
    paths = [recipe.data / spec.path for spec in stage.data if spec.path is not None and spec.weight]
    missing = [path for path in paths if not path.exists()]
    if not missing:
        return Sources(recipe).mixture(stage).batch(0), "the recipe's data"
    tasks = {"draw_short": 1} if stage.draws else {}
    tasks |= {"edit_recolour": 1} if stage.draws and stage.branches.no_text else {}
    tasks |= {"ask_attribute": 1, "caption_dense": 1} if stage.reads else {}
    width, height = recipe.model.sizes[0]
    side = min(LONGEST, max(SHORTEST, round((width * height) ** 0.5)))
    story = Storybook(tasks, STAND_IN_SAMPLES, languages=["en"], seed=recipe.seed, size=side)
    count = min(STAND_IN_SAMPLES, stage.batch)
    said = f"{count} of the storybook by turns, as {missing[0]} is not there"
    return [_of_any_size(story[index]) for index in range(count)], said


def _of_any_size(sample: Sample) -> Sample:
    """Its drawings at a size that the model draws, which need not be that of the page."""
    messages = [
        message.model_copy(
            update={
                "content": tuple(
                    part.model_copy(update={"size": None}) if isinstance(part, ImageGen) else part
                    for part in message.content
                )
            }
        )
        for message in sample.conversation
    ]
    return replace(sample, conversation=messages)


def _builder(recipe: Recipe, net: Net, words: Sequence[str]) -> tuple[Builder, str]:
    """The builder, and which tokenizer it has in words."""
    spec = recipe.model.backbone
    family = str(spec.family)
    folder = None
    if recipe.start is not None:
        folder = find(recipe.start, weights=False) / "backbone"
    elif spec.pretrained is not None:
        folder = _tokenizer_folder(spec.pretrained, spec.revision)
    if folder is not None:
        tokenizer, processor = load_tokenizer(folder), load_processor(family, folder, spec.read_pixels)
        said = f"that of {recipe.start.pretrained if recipe.start else spec.pretrained}"
    else:
        if not FAMILIES[family].MROPE:
            raise CheckpointError(
                f"{spec.pretrained}: its files are not on this machine, and how a {family} cuts pictures is in them; "
                f"get them with: hf download {spec.pretrained} --include '*.json'"
            )
        rows = STAND_IN_WORDS if spec.pretrained is not None else spec.tokenizer_words
        tokenizer = make_tokenizer([f"system\n{DEFAULT_SYSTEM}", "user\n", "assistant\n", *words], rows)
        vision: dict[str, Any] = net.backbone.lm.config.vision_config.to_dict()
        processor = make_processor(vision, spec.read_pixels or READ_PIXELS)
        chat = CHATS[family](processor)
        tokenizer.add_tokens([AddedToken(token, normalized=False) for token in chat.nearest.values()])
        tokenizer.add_tokens([AddedToken(token, normalized=False) for token in chat.think if token not in chat.nearest])
        said = "a stand-in, learnt from these samples: it cuts words smaller than that of the model"
    return Model(recipe.model, net, tokenizer, processor, recipe.generation).builder(), said


def _tokenizer_folder(name: str, revision: str | None) -> Path | None:
    """Where a checkpoint's tokenizer and processor are on this machine."""
    folder = Path(name).expanduser()
    if not folder.is_dir():
        cached = try_to_load_from_cache(name, "tokenizer.json", revision=revision)
        if not isinstance(cached, str):
            return None
        folder = Path(cached).parent
    needed = ("tokenizer.json", "vocab.json"), ("preprocessor_config.json", "processor_config.json")
    return folder if all(any((folder / file).is_file() for file in files) for files in needed) else None


def _tasks(rendered: Sequence[Document]) -> list[TaskTokens]:
    groups: dict[str, list[Document]] = defaultdict(list)
    for document in rendered:
        groups[document.task].append(document)
    return [
        TaskTokens(
            task or "(no task)",
            len(some),
            sum(map(len, some)) / len(some),
            max(map(len, some)),
            sum(image.tokens for document in some for image in document.images) / len(some),
            sum(label != IGNORE for document in some for label in document.labels) / len(some),
            sum(len(document.spans) for document in some),
        )
        for task, some in sorted(groups.items())
    ]
