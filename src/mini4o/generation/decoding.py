"""From logits to tokens, and from tokens to text as it comes."""

import torch
from torch import Tensor

from mini4o.conversation.tokens import Vocabulary


def choose_token(logits: Tensor, temperature: float, top_p: float, generator: torch.Generator | None) -> int:
    """One token. Temperature 0 takes the likeliest; else a draw from the smallest set of tokens that holds `top_p` of
    the probability (nucleus sampling, arXiv 1904.09751). `logits`: (vocabulary,)."""
    logits = logits.detach().float().cpu()
    if temperature == 0:
        return int(logits.argmax())
    probabilities, order = torch.softmax(logits / temperature, -1).sort(descending=True)
    outside = probabilities.cumsum(-1) - probabilities >= top_p
    kept = probabilities.masked_fill(outside, 0)
    return int(order[torch.multinomial(kept, 1, generator=generator)])


class TextStream:
    """Text of tokens as they come; a character cut in the middle of its bytes waits for the rest. `lead` is left out
    where it is the very first."""

    def __init__(self, vocabulary: Vocabulary, lead: str = "") -> None:
        self.vocabulary = vocabulary
        self._ids: list[int] = []
        self._lead = lead

    def push(self, index: int) -> str:
        self._ids.append(index)
        text = self.vocabulary.decode(self._ids)
        if text.endswith("\ufffd"):
            return ""
        self._ids = []
        return self._without_lead(text)

    def end(self) -> str:
        """What is left, whole or not."""
        ids, self._ids = self._ids, []
        return self._without_lead(self.vocabulary.decode(ids))

    def _without_lead(self, text: str) -> str:
        if text:
            text, self._lead = text.removeprefix(self._lead), ""
        return text
