"""What a recipe takes of a GPU's memory, part by part and stage by stage, told before anything is fetched or trained.

A parameter that trains takes its weight, its gradient, two averages of AdamW and, unless `ema.skip` has its group, an
averaged copy, 4 bytes each; a frozen one its weight alone. Activations are counted by `model/activations.py`.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from mini4o.conversation.layout import IGNORE, Document
from mini4o.model import adapters
from mini4o.model.activations import BatchShape, StepShape, activations
from mini4o.model.batch import like_length
from mini4o.model.four_bits import BLOCK
from mini4o.model.net import Net
from mini4o.pretrained.licences import licences
from mini4o.pretrained.meta import meta_net
from mini4o.pretrained.model import READ_PIXELS
from mini4o.training.losses import READING
from mini4o.training.plan import backbone_dtype
from mini4o.training.recipe import Recipe, StageSpec
from mini4o.training.stages import freeze
from mini4o.training.start import find

CARDS = (16, 24, 48, 80, 141)  # GB, of 10^9 bytes
ROOM = 0.9  # of a card: the CUDA context, the libraries and the gaps between tensors need the rest
WORDS = 256  # of a sample that nobody has seen yet: MetaQuery cuts captions there
TILES = 5  # of a picture, in families that cut them: four and the whole


@dataclass(frozen=True)
class PartSize:
    """A freeze group. dtype: of its weights; weights: in bytes."""

    part: str
    parameters: int
    dtype: str
    weights: int


@dataclass(frozen=True)
class StagePart:
    """What a freeze group takes in a stage besides its weights, in bytes."""

    part: str
    trained: bool
    gradients: int
    optimiser: int
    ema: int
    activations: int


@dataclass(frozen=True)
class StageSize:
    """A stage, in bytes. sample: what one of its samples is taken to be, in words. working, encoding: as of
    `activations.Activations`. total: the most that is there at once. fits: which cards of so many GB hold it."""

    stage: str
    batch: int
    sample: str
    parts: list[StagePart]
    working: int
    encoding: int
    total: int
    fits: dict[int, bool]


@dataclass(frozen=True)
class Sizes:
    """Of a recipe. backbone: which, the type of its weights, its attention. precision: of matrix products. licences:
    as the repositories of the parts report them."""

    recipe: str
    parameters: int
    backbone: str
    precision: str
    parts: list[PartSize]
    stages: list[StageSize]
    licences: dict[str, str] = field(default_factory=dict)


def on_gpu(recipe: Recipe) -> tuple[Recipe, Net]:
    """A recipe as it runs on a GPU, with what its checkpoints say, and its net on the meta device.

    Raises:
        CheckpointError, RecipeError: as of `meta_net`.
    """
    backbone = recipe.model.backbone
    if backbone.pretrained is not None and backbone.dtype == "auto":
        backbone = backbone.model_copy(update={"dtype": backbone_dtype(recipe, "cuda")})
    folder = find(recipe.start, weights=False) if recipe.start is not None else None
    spec, net = meta_net(recipe.model.model_copy(update={"backbone": backbone}), folder)
    if recipe.checkpoint_gradients:
        net.backbone.checkpoint_gradients()
    with torch.device("meta"):
        adapters.add(net, recipe.adapters, recipe.seed)
    return recipe.model_copy(update={"model": spec}), net


def sizes(recipe: Recipe, net: Net, shapes: Sequence[tuple[StepShape, str]]) -> Sizes:
    """The table of a recipe.

    Args:
        recipe, net: as of `on_gpu`.
        shapes: what a step of each stage computes on, and what its samples are, in words.

    Raises:
        RecipeError: a stage that cannot train what it says.
    """
    parts = [_part(net, name, list(group.values())) for name, group in net.groups().items() if group]
    weights = sum(part.weights for part in parts)
    stages = [
        _stage(recipe, stage, net, weights, shape, sample)
        for stage, (shape, sample) in zip(recipe.stages, shapes, strict=True)
    ]
    return Sizes(
        recipe.name,
        sum(part.parameters for part in parts),
        recipe.backbone_in_words(),
        "fp32" if recipe.precision == "fp32" else "bf16",
        parts,
        stages,
        licences(recipe.model),
    )


def _part(net: Net, name: str, group: Sequence[nn.Parameter]) -> PartSize:
    """In 4 bits a weight takes half a byte, and each block of them a scale of 4 bytes."""
    dtypes = {str(p.dtype).removeprefix("torch.") for p in group}
    weights = sum(p.numel() * p.dtype.itemsize for p in group)
    quantise = {"language": net.spec.backbone.quantise, "dit": net.spec.dit.quantise}.get(name)
    if quantise is not None:
        for layer in adapters.layers(net, name).values():
            count = layer.weight.numel() if layer.in_features % BLOCK == 0 else 0
            weights += count // 2 + 4 * count // BLOCK - count * layer.weight.dtype.itemsize
        dtypes.add(quantise)
    return PartSize(name, sum(p.numel() for p in group), "/".join(sorted(dtypes)), weights)


def _stage(recipe: Recipe, stage: StageSpec, net: Net, weights: int, shape: StepShape, sample: str) -> StageSize:
    trained = freeze(net, stage)
    found = activations(
        net,
        shape,
        reading=any(group in stage.train for group in READING),
        text=bool(stage.text_loss),
        words=bool(stage.words_loss),
        bf16=recipe.precision != "fp32",
    )
    parts = []
    for name, group in net.groups().items():
        if group:
            count = sum(p.numel() for p in trained.get(name, {}).values())
            ema = 0 if name in recipe.ema.skip else 4 * count
            parts.append(StagePart(name, bool(count), 4 * count, 8 * count, ema, found.parts.get(name, 0)))
    lasting = weights + sum(part.optimiser + part.ema for part in parts)
    passing = sum(part.gradients + part.activations for part in parts) + found.working
    total = lasting + max(passing, found.encoding)
    fits = {card: total <= ROOM * card * 10**9 for card in CARDS}
    return StageSize(stage.name, stage.batch, sample, parts, found.working, found.encoding, total, fits)


def assumed(stage: StageSpec, net: Net) -> tuple[StepShape, str]:
    """What a step of a stage computes on if nobody has seen its data: samples of `WORDS` tokens of text; one drawing of
    the first size where the stage draws; one picture that is read where it answers or edits; and the drawn picture read
    again where what comes after a drawing counts."""
    edits = stage.draws and stage.branches.no_text > 0
    before = int(stage.reads or edits)
    after = int(stage.reads and stage.draws)
    tokens, patches = _picture(net)
    seen = WORDS + before * tokens
    batch = BatchShape(
        documents=stage.batch,
        tokens=seen + after * tokens,
        learnt=stage.batch * WORDS if stage.reads else 0,
        spans=stage.batch if stage.draws else 0,
        seen=seen,
        patches=stage.batch * (before + after) * patches,
    )
    width, height = net.spec.sizes[0]
    drawn = f", one drawing of {width}x{height}" if stage.draws else ""
    read = f", {before + after} picture{'s' * after} read, {tokens} tokens each" if before else ""
    drawings = {net.spec.sizes[0]: stage.batch} if stage.draws else {}
    return StepShape((batch,), drawings), f"assumed: {WORDS} tokens of text{read}{drawn}"


def rendered_shape(documents: Sequence[Document], net: Net) -> StepShape:
    """What a step computes on that has these documents."""
    batches = tuple(
        BatchShape(
            documents=len(group),
            tokens=max(map(len, group)),
            learnt=sum(label != IGNORE for document in group for label in document.labels),
            spans=sum(len(document.spans) for document in group),
            seen=max((span.at for document in group for span in document.spans), default=0),
            patches=sum(_patches(image.pixels, net) for document in group for image in document.images),
        )
        for group in like_length(documents)
    )
    return StepShape(batches, Counter(span.size for document in documents for span in document.spans))


def _picture(net: Net) -> tuple[int, int]:
    """Image tokens of a picture that is read as large as may be, and the patches of its vision tower."""
    vision = net.backbone.lm.config.vision_config
    if (tile := net.backbone.tile_tokens) is not None:
        side, patch = (int(_first(each)) for each in (vision.image_size, vision.patch_size))
        return TILES * tile, TILES * (side // patch) ** 2
    most = (net.spec.backbone.read_pixels or READ_PIXELS)[1]
    merge = int(vision.spatial_merge_size)
    tokens = math.isqrt(most // (int(_first(vision.patch_size)) * merge) ** 2) ** 2  # of a square one
    return tokens, tokens * merge**2


def _patches(pixels: torch.Tensor, net: Net) -> int:
    if pixels.ndim == 2:
        return len(pixels)
    patch = int(_first(net.backbone.lm.config.vision_config.patch_size))
    return len(pixels) * (pixels.shape[-2] // patch) * (pixels.shape[-1] // patch)


def _first(value: int | Sequence[int]) -> int:
    """Some families give both sides."""
    return value if isinstance(value, int) else value[0]
