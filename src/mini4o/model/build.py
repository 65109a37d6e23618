"""A net from its specification."""

import dataclasses
import inspect
import typing
from typing import Any

from diffusers.models.transformers.sana_transformer import SanaTransformer2DModel
from pydantic import PydanticUserError, TypeAdapter, ValidationError
from transformers.models.qwen2_5_vl.configuration_qwen2_5_vl import Qwen2_5_VLTextConfig, Qwen2_5_VLVisionConfig

from mini4o import chance
from mini4o.conversation.tokens import OWN_TOKENS
from mini4o.errors import RecipeError, nearest
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


# Keys of the libraries' configurations that follow from other parts of a specification.
FOLLOWS = {
    "model.backbone.config.text_config": ("vocab_size", "bos_token_id", "eos_token_id", "pad_token_id", "dtype"),
    "model.backbone.config.vision_config": ("out_hidden_size", "dtype"),
    "model.dit.config": ("in_channels", "out_channels", "caption_channels", "sample_size"),
}
NEEDED = {
    "model.backbone.config.text_config": ("hidden_size", "num_attention_heads"),
    "model.backbone.config.vision_config": ("patch_size", "temporal_patch_size", "spatial_merge_size"),
}


def check_configs(spec: ModelSpec) -> None:
    """Hold the parts of a specification that are in the words of `transformers` and `diffusers` to what these know;
    they themselves take any key and say nothing.

    Raises:
        RecipeError: names the key that is unknown, missing or of a wrong type.
    """
    backbone, place = spec.backbone.config, "model.backbone.config"
    parts = {"text_config": Qwen2_5_VLTextConfig, "vision_config": Qwen2_5_VLVisionConfig}
    _check(place, backbone, dict.fromkeys(parts, dict[str, Any]) | {"tie_word_embeddings": bool})
    for name, kind in parts.items():
        _check(f"{place}.{name}", backbone.get(name, {}), _parameters(kind))
    _check("model.dit.config", spec.dit.config, _parameters(SanaTransformer2DModel))


def _parameters(kind: Any) -> dict[str, Any]:
    """What a configuration class, or a class with its configuration as arguments, takes: types by name."""
    if dataclasses.is_dataclass(kind):
        return {field.name: field.type for field in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind.__init__)
    return {name: hints.get(name, Any) for name in inspect.signature(kind.__init__).parameters if name != "self"}


def _check(place: str, values: dict[str, Any], known: dict[str, Any]) -> None:
    follows = FOLLOWS.get(place, ())
    for key, value in values.items():
        if key in follows:
            raise RecipeError(f"{place}.{key} follows from the rest of the recipe; leave it out")
        if key not in known:
            raise RecipeError(f"unknown key '{place}.{key}'{nearest(key, known.keys() - set(follows))}")
        try:
            TypeAdapter(known[key]).validate_python(value, strict=True)
        except ValidationError as error:
            raise RecipeError(f"{place}.{key}: {value!r} does not fit: {error.errors()[0]['msg']}") from None
        except PydanticUserError:
            pass  # a type that only the library itself can check
    for key in NEEDED.get(place, ()):
        if key not in values:
            raise RecipeError(f"{place}.{key} is missing; give it a number")


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
