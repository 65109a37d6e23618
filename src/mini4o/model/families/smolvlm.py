"""SmolVLM2 as `transformers` has it. The first SmolVLM calls itself an Idefics3 and is none of this family."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import SmolVLMForConditionalGeneration
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from mini4o.model.features import Features

MODEL = SmolVLMForConditionalGeneration
PROCESSOR = SmolVLMImageProcessorPil
MROPE = False


def image_features(model: Any, pixels: Tensor, grids: Tensor) -> Features:
    """(tiles of all pictures, 3, height, width) to features; `grids` are not needed. The class takes the tiles of one
    sample together; without neighbours there is no padding among them that it would have to leave out."""
    out = model.model.get_image_features(pixels[None], return_dict=True).pooler_output
    return Features(torch.cat(list(out)).flatten(0, -2))


def tile_tokens(model: Any) -> int | None:
    """Image tokens of a tile, the same for all."""
    return int(model.model.image_seq_len)


def parts(model: Any) -> dict[str, list[nn.Module]]:
    """The modules of the freeze groups."""
    return {
        "vision": [model.model.vision_model],
        "merger": [model.model.connector],
        "language": [model.model.text_model],
    }
