"""The chat of Qwen2.5-VL: its template, how a read picture is laid out, and where its tokens stand (M-RoPE)."""

from typing import Any

import PIL.Image

from mini4o.conversation.layout import Position, ReadImage
from mini4o.errors import ImageError

DEFAULT_SYSTEM = "You are a helpful assistant."
IM_START, IM_END = "<|im_start|>", "<|im_end|>"
VISION_START, IMAGE_PAD, VISION_END = "<|vision_start|>", "<|image_pad|>", "<|vision_end|>"
SMALLEST_SIDE = 4  # pixels; below that a picture is a mistake, not a picture


class Qwen2_5_VLChat:
    """What the builder must know of a family. `processor` is the family's image processor of `transformers`."""

    def __init__(self, processor: Any) -> None:
        self.processor = processor
        self.merge = int(processor.merge_size)
        self.patch = int(processor.patch_size)

    def opening(self, role: str) -> tuple[str, str]:
        """Control token and text that open a turn."""
        return IM_START, f"{role}\n"

    def closing(self) -> tuple[str, str]:
        """Control token and text that close a turn; the token is what an assistant learns to stop with."""
        return IM_END, "\n"

    def read(self, picture: PIL.Image.Image, name: str) -> ReadImage:
        """Patches of a picture, resized and normalised by the family's own processor.

        Raises:
            ImageError: too small or too elongated to be read.
        """
        if min(picture.size) < SMALLEST_SIDE:
            width, height = picture.size
            raise ImageError(f"{name}: {width}x{height} pixels is too small to read, {SMALLEST_SIDE} a side at least")
        try:
            out = self.processor(images=[picture], return_tensors="pt")
        except ValueError as error:
            raise ImageError(f"{name}: cannot be read by the model: {error}") from None
        time, height, width = (int(n) for n in out["image_grid_thw"][0])
        read_size = width * self.patch, height * self.patch
        tokens = time * height * width // self.merge**2
        return ReadImage(picture, out["pixel_values"], (time, height, width), tokens, read_size)

    def image_positions(self, image: ReadImage, start: int) -> tuple[list[Position], int]:
        """Positions of the image tokens of a picture that follows a token at `start - 1`, and where the text goes on.

        M-RoPE of Qwen2-VL (arXiv 2409.12191, section 2.1): time, row and column counted from `start`;
        the next token follows the largest of them.
        """
        time, height, width = image.grid[0], image.grid[1] // self.merge, image.grid[2] // self.merge
        positions = [
            (start + t, start + y, start + x) for t in range(time) for y in range(height) for x in range(width)
        ]
        return positions, start + max(height, width)
