"""The chat of Qwen2.5-VL: its template, how a read picture is laid out, and where its tokens stand (M-RoPE)."""

from collections.abc import Mapping
from typing import Any

import PIL.Image

from mini4o.conversation.families.chat import processed
from mini4o.conversation.layout import Control, Pads, ReadImage
from mini4o.conversation.parts import Role
from mini4o.conversation.tokens import THINK_END, THINK_START

DEFAULT_SYSTEM = "You are a helpful assistant."
IM_START, IM_END = "<|im_start|>", "<|im_end|>"
VISION_START, IMAGE_PAD, VISION_END = "<|vision_start|>", "<|image_pad|>", "<|vision_end|>"


class Qwen2_5_VLChat:
    """Turns of ChatML, and pictures whose number of tokens follows from their size."""

    system: str | None = DEFAULT_SYSTEM
    lead = ""
    think = (THINK_START, THINK_END)
    image_pad = IMAGE_PAD
    nearest: Mapping[str, str] = {
        "<|image_gen_start|>": VISION_START,
        "<|image_gen_pad|>": IMAGE_PAD,
        "<|image_gen_end|>": VISION_END,
        "<|think_start|>": "<|object_ref_start|>",
        "<|think_end|>": "<|object_ref_end|>",
        "<|source|>": "<|object_ref_start|>",
    }

    def __init__(self, processor: Any, tile_tokens: int | None = None) -> None:
        self.processor = processor
        self.merge = int(processor.merge_size)
        self.patch = int(processor.patch_size)

    def opening(self, role: Role, first: bool) -> tuple[str, str]:
        return IM_START, f"{role}\n"

    def closing(self) -> tuple[str, str]:
        return IM_END, "\n"

    def read(self, picture: PIL.Image.Image, name: str) -> ReadImage:
        """Positions are M-RoPE of Qwen2-VL (arXiv 2409.12191, section 2.1): time, row and column counted from where
        the picture begins; the next token follows the largest of them."""
        out = processed(self.processor, picture, name)
        time, height, width = (int(n) for n in out["image_grid_thw"][0])
        rows, columns = height // self.merge, width // self.merge
        positions = [(t, y, x) for t in range(time) for y in range(rows) for x in range(columns)]
        layout = Control(VISION_START), Pads(positions, max(rows, columns)), Control(VISION_END)
        read_size = width * self.patch, height * self.patch
        return ReadImage(picture, out["pixel_values"], (time, height, width), layout, read_size)
