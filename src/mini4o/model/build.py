"""A net from its specification."""

import dataclasses
import inspect
import json
import typing
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from pydantic import PydanticUserError, TypeAdapter, ValidationError
from torch import nn
from transformers.models.qwen2_5_vl.configuration_qwen2_5_vl import Qwen2_5_VLTextConfig, Qwen2_5_VLVisionConfig

from mini4o import chance
from mini4o.conversation.families import FAMILIES
from mini4o.conversation.tokens import OWN_TOKENS
from mini4o.errors import RecipeError, nearest
from mini4o.model.backbone import Backbone
from mini4o.model.codec import AUTOENCODERS, Codec, Pixels, latent_shape
from mini4o.model.dit import Dit
from mini4o.model.dits import FAMILIES as DITS
from mini4o.model.families import qwen2_5_vl
from mini4o.model.net import Net
from mini4o.model.spec import CodecSpec, ModelSpec

# Keys of the libraries' configurations that follow from other parts of a specification.
FOLLOWS = {
    "model.backbone.config.text_config": ("vocab_size", "bos_token_id", "eos_token_id", "pad_token_id", "dtype"),
    "model.backbone.config.vision_config": ("out_hidden_size", "dtype"),
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
    if backbone is not None:
        parts = {"text_config": Qwen2_5_VLTextConfig, "vision_config": Qwen2_5_VLVisionConfig}
        _check(place, backbone, dict.fromkeys(parts, dict[str, Any]) | {"tie_word_embeddings": bool})
        for name, kind in parts.items():
            _check(f"{place}.{name}", backbone.get(name, {}), _parameters(kind))
    dit, codec = spec.dit, spec.codec
    if dit.pretrained is None:
        _check("model.dit.config", dit.config, _parameters(DITS[str(dit.kind)].library), DITS[str(dit.kind)].follows)
    if codec.pretrained is None and codec.kind in AUTOENCODERS:
        # The library's own types of lists are those of lists of one.
        known = dict.fromkeys(_parameters(AUTOENCODERS[str(codec.kind)].library), Any)
        _check("model.codec.config", codec.config, known)


def _parameters(kind: Any) -> dict[str, Any]:
    """What a configuration class, or a class with its configuration as arguments, takes: types by name."""
    if dataclasses.is_dataclass(kind):
        return {field.name: field.type for field in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind.__init__)
    return {name: hints.get(name, Any) for name in inspect.signature(kind.__init__).parameters if name != "self"}


def _check(place: str, values: dict[str, Any], known: dict[str, Any], follows: tuple[str, ...] = ()) -> None:
    follows = FOLLOWS.get(place, follows)
    for key, value in values.items():
        if key in follows:
            raise RecipeError(f"{place}.{key} follows from the rest of the recipe; leave it out")
        if key not in known:
            raise RecipeError(f"unknown key '{place}.{key}'{nearest(key, known.keys() - set(follows))}")
        try:
            TypeAdapter(known[key]).validate_json(json.dumps(value), strict=True)  # in which a list may be a tuple
        except ValidationError as error:
            raise RecipeError(f"{place}.{key}: {value!r} does not fit: {error.errors()[0]['msg']}") from None
        except PydanticUserError:
            pass  # a type that only the library itself can check
    for key in NEEDED.get(place, ()):
        if key not in values:
            raise RecipeError(f"{place}.{key} is missing; give it a number")


def from_scratch(spec: ModelSpec, tokenizer: Any, seed: int, lm: Any = None) -> Net:
    """A net of random weights, a function of the specification, the tokenizer and the seed; around a pretrained
    language model if `lm` is given.

    Raises:
        RecipeError: a number that `transformers` or `diffusers` refuses.
    """
    tokens = tokenizer.get_added_vocab()
    try:
        with chance.library(seed, "weights"):
            if lm is None:
                config = qwen2_5_vl.configuration(spec.backbone.config or {}, tokens, len(tokenizer))
                lm = qwen2_5_vl.build(config)
                lm.set_attn_implementation(spec.backbone.attention)
            net = Net(spec, Backbone(lm), make_dit(spec), make_codec(spec.codec), seed)
    except (TypeError, ValueError, KeyError) as error:
        raise RecipeError(f"model: {' '.join(str(error).split())[:300]}") from None
    start_rows(net, tokens)
    return net


def make_dit(spec: ModelSpec) -> Dit:
    """A DiT of random weights with zero source slots; a pretrained one has no weights until they are read.

    Raises:
        RecipeError: it does not go with the codec or with the sizes.
    """
    family, (factor, channels) = DITS[str(spec.dit.kind)], latent_shape(spec.codec)
    # A pretrained configuration is whole.
    config = spec.dit.config if spec.dit.pretrained else family.config(spec, channels, factor)
    check_fit(spec, family, {**_defaults(family.library), **config})
    with without_values() if spec.dit.pretrained else nullcontext():
        model = family.library(**config)
    return wrap_dit(spec, model)


def wrap_dit(spec: ModelSpec, model: Any) -> Dit:
    """A class of `diffusers` as our DiT, in the type that the specification says and with zero source slots."""
    dit = DITS[str(spec.dit.kind)](cast(model, spec.dit.dtype), spec.sources)
    if spec.dit.checkpointing:
        model.enable_gradient_checkpointing()
    return dit


def check_fit(spec: ModelSpec, family: type[Dit], config: Any) -> None:
    """Hold a DiT's configuration, defaults and all, to the codec, the condition and the sizes of a specification.

    Raises:
        RecipeError: says what would fit.
    """
    factor, channels = latent_shape(spec.codec)
    name, width, patch = family.library.__name__, config[family.width_key], config["patch_size"]
    if config["in_channels"] != channels:
        raise RecipeError(
            f"model: the DiT takes latents of {config['in_channels']} channels, and the codec ({spec.codec.kind}) "
            f"gives {channels}; take the codec that the DiT was trained with"
        )
    if (config["out_channels"] or channels) != channels:
        raise RecipeError(
            f"model.dit: gives {config['out_channels']} channels for {channels}, a variance too; take another"
        )
    if spec.dit.width not in (None, width):
        raise RecipeError(
            f"model.dit.width: the DiT takes a condition of width {width}, not {spec.dit.width}; leave it out"
        )
    for size in spec.sizes:
        side = factor * patch
        if size[0] % side or size[1] % side:
            raise RecipeError(
                f"model.sizes: {size[0]}x{size[1]} is no multiple of {side} pixels: the codec makes one latent of "
                f"{factor}x{factor}, and the DiT one token of {patch}x{patch} latents"
            )
        if problem := family.check(config, (size[0] // factor, size[1] // factor)):
            raise RecipeError(f"model.dit: {name} {problem}")


def _defaults(kind: Any) -> dict[str, Any]:
    return {name: parameter.default for name, parameter in inspect.signature(kind.__init__).parameters.items()}


def make_codec(spec: CodecSpec) -> Codec:
    """A codec; a pretrained autoencoder has no weights until they are read."""
    if spec.kind == "pixels":
        return Pixels(spec)
    family = AUTOENCODERS[str(spec.kind)]
    with without_values() if spec.pretrained else nullcontext():
        model = family.library(**spec.config)
    return family(cast(model, spec.dtype))


@contextmanager
def without_values() -> Iterator[None]:
    """Modules that are made inside have parameters without values, on the meta device, and buffers as ever: for weights
    that are read next. Billions of random numbers are not drawn to be thrown away, and there is one copy of the weights
    and not two. Like the library's own such contexts it holds for all threads."""
    register = nn.Module.register_parameter

    def on_meta(self: nn.Module, name: str, param: nn.Parameter | None) -> None:
        if param is not None:
            param = nn.Parameter(param.detach().to("meta"), param.requires_grad)
        register(self, name, param)

    nn.Module.register_parameter = on_meta  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.register_parameter = register  # type: ignore[method-assign]


def cast(model: Any, dtype: str) -> Any:
    """A class of `diffusers` in another type; its own `to` warns of nothing at length."""
    return nn.Module.to(model, getattr(torch, dtype))


def start_rows(net: Net, tokens: dict[str, int]) -> None:
    """Begin each row of our own control tokens as that of the family's token nearest in meaning."""
    lm = net.backbone.lm
    nearest = FAMILIES[lm.config.model_type].nearest
    starts = [tokens[nearest[token]] for token in OWN_TOKENS]
    net.reader.start_from(lm.get_input_embeddings().weight, lm.get_output_embeddings().weight, starts)
