"""InternVL 2.5 and 3 as `transformers` has them: the checkpoints whose names end in `-hf`."""

from typing import Any

from torch import Tensor, nn
from transformers import InternVLForConditionalGeneration
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

from mini4o.model.features import Features

MODEL = InternVLForConditionalGeneration
PROCESSOR = GotOcr2ImageProcessorPil
MROPE = False


def image_features(model: Any, pixels: Tensor, grids: Tensor) -> Features:
    """(tiles of all pictures, 3, height, width) to features; `grids` are not needed."""
    return Features(model.model.get_image_features(pixels, return_dict=True).pooler_output.flatten(0, -2))


def tile_tokens(model: Any) -> int | None:
    """Image tokens of a tile, the same for all."""
    return int(model.config.image_seq_length)


def parts(model: Any) -> dict[str, list[nn.Module]]:
    """The modules of the freeze groups."""
    return {
        "vision": [model.model.vision_tower],
        "merger": [model.model.multi_modal_projector],
        "language": [model.model.language_model],
    }
