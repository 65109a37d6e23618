"""Qwen3-VL as `transformers` has it. Its vision tower gives features for several layers of the language model."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import Qwen2VLImageProcessorPil, Qwen3VLForConditionalGeneration

from mini4o.model.features import Features

MODEL = Qwen3VLForConditionalGeneration
PROCESSOR = Qwen2VLImageProcessorPil
MROPE = True


def image_features(model: Any, pixels: Tensor, grids: Tensor) -> Features:
    """(patches of all pictures, values) and (pictures, 3) to features."""
    out = model.model.get_image_features(pixels, grids, return_dict=True)
    deep = tuple(torch.cat(list(of_pictures)) for of_pictures in out.deepstack_features)
    return Features(torch.cat(list(out.pooler_output)), deep)


def tile_tokens(model: Any) -> int | None:
    """None: a picture is read at its own size."""
    return None


def parts(model: Any) -> dict[str, list[nn.Module]]:
    """Each depth at which features leave the tower has a merger of its own."""
    visual = model.model.visual
    mergers = ("merger", "deepstack_merger_list")
    return {
        "vision": [module for name, module in visual.named_children() if name not in mergers],
        "merger": [getattr(visual, name) for name in mergers],
        "language": [model.model.language_model],
    }
