"""A model whole: the weights and everything needed to talk to them."""

from dataclasses import dataclass
from typing import Any

from mini4o.conversation.builder import Builder
from mini4o.conversation.families.qwen2_5_vl import Qwen2_5_VLChat
from mini4o.conversation.scratch import make_processor, make_tokenizer
from mini4o.conversation.tokens import Vocabulary
from mini4o.model.build import check_configs, from_scratch
from mini4o.model.net import Net
from mini4o.model.spec import GenerationSpec, ModelSpec


@dataclass
class Model:
    """
    tokenizer, processor: the backbone's own, of `transformers`.
    generation: defaults for answering and drawing.
    """

    spec: ModelSpec
    net: Net
    tokenizer: Any
    processor: Any
    generation: GenerationSpec

    def builder(self) -> Builder:
        """The builder that goes with the weights."""
        backbone = self.net.backbone
        return Builder(
            Qwen2_5_VLChat(self.processor),
            Vocabulary(self.tokenizer, backbone.vocabulary),
            queries=self.spec.queries,
            sizes=self.spec.sizes,
            # The positions of a span go on from the last token, so the context keeps room for one.
            context=backbone.context - self.spec.queries - 2,
            coordinates=self.spec.coordinates,
        )


def new_model(spec: ModelSpec, generation: GenerationSpec, texts: list[str], seed: int) -> Model:
    """A model of random weights whose tokenizer is learnt from `texts`; a function of its arguments alone.

    Raises:
        RecipeError: a specification that `transformers` or `diffusers` refuses.
    """
    check_configs(spec)
    return model_with(spec, generation, make_tokenizer(texts, spec.backbone.tokenizer_words), seed)


def model_with(spec: ModelSpec, generation: GenerationSpec, tokenizer: Any, seed: int) -> Model:
    """A model of random weights with a tokenizer that is there already."""
    processor = make_processor(spec.backbone.config["vision_config"], spec.backbone.read_pixels)
    return Model(spec, from_scratch(spec, tokenizer, seed), tokenizer, processor, generation)
