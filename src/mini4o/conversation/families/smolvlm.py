"""The chat of SmolVLM2: words for roles, and pictures cut into square tiles beside one of the whole."""

from collections.abc import Mapping
from typing import Any

import PIL.Image

from mini4o.conversation.families.chat import processed
from mini4o.conversation.layout import Control, Piece, ReadImage, Words, run_of_pads
from mini4o.conversation.parts import Role
from mini4o.conversation.tokens import THINK_END, THINK_START

IM_START, END_OF_UTTERANCE = "<|im_start|>", "<end_of_utterance>"
AROUND, GLOBAL, IMAGE = "<fake_token_around_image>", "<global-img>", "<image>"


class SmolVLMChat:
    """`<|im_start|>` opens the conversation and no other turn; a turn begins with its role as a word and a colon, and
    text after that with a space."""

    system: str | None = None
    lead = " "
    think = (THINK_START, THINK_END)
    image_pad = IMAGE
    nearest: Mapping[str, str] = {
        "<|image_gen_start|>": AROUND,
        "<|image_gen_pad|>": IMAGE,
        "<|image_gen_end|>": AROUND,
        "<|think_start|>": IM_START,
        "<|think_end|>": END_OF_UTTERANCE,
        "<|source|>": GLOBAL,
    }

    def __init__(self, processor: Any, tile_tokens: int | None = None) -> None:
        if tile_tokens is None:
            raise ValueError("the chat of SmolVLM needs the number of image tokens of a tile")
        self.processor = processor
        self.tile_tokens = tile_tokens

    def opening(self, role: Role, first: bool) -> tuple[str, str]:
        return IM_START if first else "", f"{role.capitalize()}:"

    def closing(self) -> tuple[str, str]:
        return END_OF_UTTERANCE, "\n"

    def read(self, picture: PIL.Image.Image, name: str) -> ReadImage:
        """Tiles row by row, each named by its row and column, then the whole picture; a small one is whole alone."""
        out = processed(self.processor, picture, name, return_row_col_info=True)
        pixels, rows, columns = out["pixel_values"][0], int(out["rows"][0][0]), int(out["cols"][0][0])
        layout: list[Piece] = []
        for row in range(1, rows + 1):
            for column in range(1, columns + 1):
                layout += [Control(AROUND), Control(f"<row_{row}_col_{column}>"), run_of_pads(self.tile_tokens)]
            layout.append(Words("\n" if row < rows else "\n\n"))
        layout += [Control(AROUND), Control(GLOBAL), run_of_pads(self.tile_tokens), Control(AROUND)]
        height, width = pixels.shape[-2:]
        read_size = max(columns, 1) * int(width), max(rows, 1) * int(height)
        return ReadImage(picture, pixels, (len(pixels), rows, columns), tuple(layout), read_size)
