"""A model whole: the weights and everything needed to talk to them."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch

from mini4o.conversation.builder import Builder
from mini4o.conversation.families import FAMILIES
from mini4o.conversation.scratch import make_processor, make_tokenizer
from mini4o.conversation.tokens import Vocabulary
from mini4o.model.adapters import quantise
from mini4o.model.build import check_configs, from_scratch
from mini4o.model.net import Net
from mini4o.model.spec import BackboneSpec, GenerationSpec, ModelSpec
from mini4o.pretrained.backbone import (
    Checkpoint,
    check_tokens,
    find,
    load_model,
)
from mini4o.pretrained.licences import licences
from mini4o.pretrained.parts import fill, settle
from mini4o.pretrained.references import Reference, refer

Dtype = Literal["float32", "bfloat16"]
READ_PIXELS = (3136, 1003520)  # least and most pixels that Qwen2.5-VL reads a picture at, without other word


@dataclass
class Model:
    """
    tokenizer, processor: the backbone's own, of `transformers`.
    generation: defaults for answering and drawing.
    references: the parts that are those of a checkpoint elsewhere, and are kept by reference while they stay so.
    licences: of its parts, in words, as they were when its checkpoints were at hand.
    """

    spec: ModelSpec
    net: Net
    tokenizer: Any
    processor: Any
    generation: GenerationSpec
    references: dict[str, Reference] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)

    def standalone(self) -> "Model":
        """The same model, of which every part is kept whole."""
        return replace(self, references={})

    def builder(self) -> Builder:
        """The builder that goes with the weights."""
        backbone = self.net.backbone
        return Builder(
            FAMILIES[backbone.lm.config.model_type](self.processor, backbone.tile_tokens),
            Vocabulary(self.tokenizer, backbone.vocabulary),
            queries=self.spec.queries,
            sizes=self.spec.sizes,
            # The positions of a span go on from the last token, so the context keeps room for one.
            context=backbone.context - self.spec.queries - 2,
            coordinates=self.spec.coordinates,
        )


def new_model(spec: ModelSpec, generation: GenerationSpec, texts: list[str], seed: int) -> Model:
    """A model of random weights whose tokenizer is learnt from `texts`; a function of its arguments alone. With a
    pretrained backbone, whose tokenizer is its own, the rest of it is random.

    Raises:
        RecipeError: a specification that `transformers` or `diffusers` refuses.
        CheckpointError: a pretrained backbone that is not there, or not whole.
    """
    check_configs(spec)
    if spec.backbone.pretrained is None:
        return model_with(spec, generation, make_tokenizer(texts, spec.backbone.tokenizer_words), seed)
    checkpoint = find(spec.backbone)
    return model_with(pinned(spec, checkpoint), generation, checkpoint.tokenizer(), seed, checkpoint)


def model_with(
    spec: ModelSpec, generation: GenerationSpec, tokenizer: Any, seed: int, checkpoint: Checkpoint | None = None
) -> Model:
    """A model with a tokenizer that is there already: of random weights, or around the backbone of a checkpoint, for
    which the specification is `pinned`. A pretrained DiT and codec are found and read here.

    Raises:
        RecipeError: a specification that `transformers` or `diffusers` refuses.
        CheckpointError: a checkpoint that cannot be loaded, or does not go with the tokenizer.
    """
    backbone = spec.backbone
    spec, parts = settle(spec)
    if checkpoint is None:
        vision: dict[str, Any] = (backbone.config or {})["vision_config"]
        processor: Any = make_processor(vision, backbone.read_pixels or READ_PIXELS)
        lm = None
    else:
        processor = checkpoint.processor(backbone.read_pixels)
        lm = load_model(checkpoint, dtype_of(backbone), backbone.attention)
        check_tokens(checkpoint, tokenizer, lm)
    net = from_scratch(spec, tokenizer, seed, lm)
    fill(net, parts)
    quantise(net)
    found = {"backbone": checkpoint, "dit": parts.dit, "codec": parts.codec}
    references = {part: refer(net, part, each) for part, each in found.items() if each is not None}
    return Model(spec, net, tokenizer, processor, generation, references, licences(spec))


def pinned(spec: ModelSpec, checkpoint: Checkpoint, dtype: Dtype = "float32") -> ModelSpec:
    """A specification with what was left open about its pretrained backbone: family, commit, type of the weights."""
    backbone = spec.backbone
    found = {
        "family": checkpoint.family,
        "revision": checkpoint.revision,
        "dtype": dtype if backbone.dtype == "auto" else backbone.dtype,
    }
    return spec.model_copy(update={"backbone": backbone.model_copy(update=found)})


def pinned_parts(spec: ModelSpec) -> ModelSpec:
    """A specification with the commits of its pretrained DiT and codec.

    Raises:
        CheckpointError, RecipeError: as of `parts.settle`.
    """
    settled, _ = settle(spec)
    commits = {"dit": settled.dit.revision, "codec": settled.codec.revision}
    changes = {part: getattr(spec, part).model_copy(update={"revision": commit}) for part, commit in commits.items()}
    return spec.model_copy(update=changes)


def dtype_of(spec: BackboneSpec) -> torch.dtype:
    """The type of a backbone's weights in memory."""
    return torch.bfloat16 if spec.dtype == "bfloat16" else torch.float32
