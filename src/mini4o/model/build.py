"""A net from its specification."""

from typing import Any

from diffusers.models.transformers.sana_transformer import SanaTransformer2DModel

from mini4o import chance
from mini4o.conversation.tokens import OWN_TOKENS
from mini4o.errors import RecipeError
from mini4o.model.backbone import Backbone
from mini4o.model.codec import Pixels
from mini4o.model.dit import Dit, sana_config
from mini4o.model.families import qwen2_5_vl
from mini4o.model.net import Net
from mini4o.model.spec import ModelSpec

# What each of our own control tokens starts as: the vocabulary row of the family's token nearest in meaning.
STARTS = {
    "<|image_gen_start|>": "<|vision_start|>",
    "<|image_gen_pad|>": "<|image_pad|>",
    "<|image_gen_end|>": "<|vision_end|>",
    "<|think_start|>": "<|object_ref_start|>",
    "<|think_end|>": "<|object_ref_end|>",
    "<|source|>": "<|object_ref_start|>",
}


def from_scratch(spec: ModelSpec, tokenizer: Any, seed: int) -> Net:
    """A net of random weights, a function of the specification, the tokenizer and the seed.

    Raises:
        RecipeError: a number that `transformers` or `diffusers` refuses.
    """
    tokens = tokenizer.get_added_vocab()
    try:
        with chance.library(seed, "weights"):
            config = qwen2_5_vl.configuration(spec.backbone.config, tokens, len(tokenizer))
            lm = qwen2_5_vl.build(config)
            net = Net(spec, Backbone(lm), make_dit(spec), Pixels(spec.codec), seed)
    except (TypeError, ValueError, KeyError) as error:
        raise RecipeError(f"model: {' '.join(str(error).split())[:300]}") from None
    start_rows(net, tokens)
    return net


def make_dit(spec: ModelSpec) -> Dit:
    """A DiT of random weights with zero source slots."""
    channels = 3 * spec.codec.factor**2
    return Dit(SanaTransformer2DModel(**sana_config(spec, channels)), spec.sources)


def start_rows(net: Net, tokens: dict[str, int]) -> None:
    """Begin the rows of our own control tokens as rows of the vocabulary."""
    lm = net.backbone.lm
    starts = [tokens[STARTS[token]] for token in OWN_TOKENS]
    net.reader.start_from(lm.get_input_embeddings().weight, lm.get_output_embeddings().weight, starts)
