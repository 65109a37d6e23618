"""The chat of InternVL 2.5 and 3 as `transformers` has them: ChatML, and pictures cut into square tiles."""

from collections.abc import Mapping
from typing import Any

import PIL.Image
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import get_optimal_tiled_canvas

from mini4o.conversation.families.chat import processed
from mini4o.conversation.layout import Control, ReadImage, Words, run_of_pads
from mini4o.conversation.parts import Role
from mini4o.conversation.tokens import THINK_END, THINK_START

IM_START, IM_END = "<|im_start|>", "<|im_end|>"
IMG_START, IMG_CONTEXT, IMG_END = "<img>", "<IMG_CONTEXT>", "</img>"


class InternVLChat:
    """A picture is one run of tokens, those of its tiles one after another and those of the whole picture last; a line
    break follows it, which is text and is encoded together with the text after it."""

    system: str | None = None
    lead = ""
    think = (THINK_START, THINK_END)
    image_pad = IMG_CONTEXT
    nearest: Mapping[str, str] = {
        "<|image_gen_start|>": IMG_START,
        "<|image_gen_pad|>": IMG_CONTEXT,
        "<|image_gen_end|>": IMG_END,
        "<|think_start|>": "<ref>",
        "<|think_end|>": "</ref>",
        "<|source|>": "<ref>",
    }

    def __init__(self, processor: Any, tile_tokens: int | None = None) -> None:
        if tile_tokens is None:
            raise ValueError("the chat of InternVL needs the number of image tokens of a tile")
        self.processor = processor
        self.tile_tokens = tile_tokens

    def opening(self, role: Role, first: bool) -> tuple[str, str]:
        return IM_START, f"{role}\n"

    def closing(self) -> tuple[str, str]:
        return IM_END, "\n"

    def read(self, picture: PIL.Image.Image, name: str) -> ReadImage:
        """Pictures are cut into tiles although the image processor by itself would not: the family's processor of text
        and pictures asks it to (`InternVLProcessor.images_kwargs`)."""
        pixels = processed(self.processor, picture, name, crop_to_patches=True)["pixel_values"]
        height, width = (int(n) for n in pixels.shape[-2:])
        at_most = int(self.processor.max_patches)
        columns, rows = 1, 1
        if at_most > 1:
            given = picture.size[1], picture.size[0]
            columns, rows = get_optimal_tiled_canvas(given, (height, width), int(self.processor.min_patches), at_most)
        layout = Control(IMG_START), run_of_pads(len(pixels) * self.tile_tokens), Control(IMG_END), Words("\n")
        read_size = columns * width, rows * height
        return ReadImage(picture, pixels, (len(pixels), rows, columns), layout, read_size)
