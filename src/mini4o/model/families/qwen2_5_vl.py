"""Qwen2.5-VL as `transformers` has it."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2VLImageProcessorPil

from mini4o.model.features import Features

MODEL = Qwen2_5_VLForConditionalGeneration
PROCESSOR = Qwen2VLImageProcessorPil
MROPE = True


def configuration(config: dict[str, Any], tokens: dict[str, int], vocabulary: int) -> Qwen2_5_VLConfig:
    """The family's configuration for a model from scratch: the given numbers, and the ids of its tokenizer.

    `tokens` names the control tokens; `vocabulary` is the number of rows of the vocabulary matrix.
    """
    text = {
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": None},
        **config.get("text_config", {}),
        "vocab_size": vocabulary,
        "bos_token_id": tokens["<|endoftext|>"],
        "eos_token_id": tokens["<|im_end|>"],
        "pad_token_id": tokens["<|endoftext|>"],
    }
    rope = dict(text["rope_parameters"])
    if rope.get("mrope_section") is None:
        # Qwen2.5-VL splits a head's 64 frequencies 16 : 24 : 24 over time, height and width; the same shares here.
        half = text["hidden_size"] // text["num_attention_heads"] // 2
        side = half * 3 // 8
        rope["mrope_section"] = [half - 2 * side, side, side]
    text["rope_parameters"] = rope
    vision = {**config.get("vision_config", {}), "out_hidden_size": text["hidden_size"]}
    text["dtype"] = vision["dtype"] = "float32"  # as `transformers` writes it for a model that it has loaded
    return Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=tokens["<|image_pad|>"],
        video_token_id=tokens["<|video_pad|>"],
        vision_start_token_id=tokens["<|vision_start|>"],
        vision_end_token_id=tokens["<|vision_end|>"],
        tie_word_embeddings=bool(config.get("tie_word_embeddings", True)),
    )


def build(config: Qwen2_5_VLConfig) -> Qwen2_5_VLForConditionalGeneration:
    """A model of random weights."""
    return Qwen2_5_VLForConditionalGeneration(config)


def image_features(model: Any, pixels: Tensor, grids: Tensor) -> Features:
    """(patches of all pictures, values) and (pictures, 3) to features."""
    return Features(torch.cat(list(model.model.get_image_features(pixels, grids, return_dict=True).pooler_output)))


def tile_tokens(model: Any) -> int | None:
    """None: a picture is read at its own size."""
    return None


def parts(model: Any) -> dict[str, list[nn.Module]]:
    """The modules of the freeze groups; the merger stands inside the vision tower."""
    visual = model.model.visual
    return {
        "vision": [module for name, module in visual.named_children() if name != "merger"],
        "merger": [visual.merger],
        "language": [model.model.language_model],
    }
