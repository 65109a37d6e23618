"""Text and control tokens. Text is encoded by a tokenizer that knows no control token at all, so whatever a user types
stays text; control tokens enter a document as ids only."""

import json
from typing import Any

from tokenizers import Tokenizer

# Control tokens of our own. Their ids follow the vocabulary matrix of the backbone, whose rows stay as they are:
# these tokens have input and output rows of their own (`model/reader.py`).
DRAW_START, DRAW_PAD, DRAW_END = "<|image_gen_start|>", "<|image_gen_pad|>", "<|image_gen_end|>"
THINK_START, THINK_END = "<|think_start|>", "<|think_end|>"
SOURCE = "<|source|>"
OWN_TOKENS = (DRAW_START, DRAW_PAD, DRAW_END, THINK_START, THINK_END, SOURCE)


class Vocabulary:
    """The tokenizer of a backbone, split into plain text and control tokens.

    `size` is the number of rows of the backbone's vocabulary matrix; our own tokens take the ids from there on.
    """

    def __init__(self, tokenizer: Any, size: int) -> None:
        self.tokenizer = tokenizer
        self.size = size
        # Without its added tokens the tokenizer cannot produce one, whether it is marked special there or not.
        state = json.loads(tokenizer.backend_tokenizer.to_str())
        state.update(added_tokens=[], post_processor=None, truncation=None, padding=None)
        self._plain = Tokenizer.from_str(json.dumps(state))
        self._added = {str(token): int(index) for token, index in tokenizer.get_added_vocab().items()}
        self._names = {index: token for token, index in self._added.items()}
        for offset, token in enumerate(OWN_TOKENS):
            self._added[token] = size + offset
            self._names[size + offset] = token

    def control(self, token: str) -> int:
        """The id of a control token, of the family or our own."""
        return self._added[token]

    def is_control(self, index: int) -> bool:
        return index in self._names

    def encode(self, text: str) -> tuple[list[int], list[int]]:
        """Ids of plain text, and for each token the index of the character at which it starts."""
        encoding = self._plain.encode(text, add_special_tokens=False)
        return encoding.ids, [start for start, _ in encoding.offsets]

    def decode(self, ids: list[int]) -> str:
        """Plain text of ids; control tokens are left out."""
        return str(self._plain.decode([index for index in ids if index not in self._names], skip_special_tokens=False))

    def show(self, index: int) -> str:
        """The text of one token for people to read: a control token by its name."""
        return self._names[index] if index in self._names else self.decode([index])
