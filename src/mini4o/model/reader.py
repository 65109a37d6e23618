"""What reads the language model out: the queries, and the rows of our own control tokens.

Both are parameters of their own, outside the vocabulary matrix: nothing frozen can move, not even by weight decay.
"""

import torch
from torch import Tensor, nn

from mini4o.conversation.tokens import OWN_TOKENS


class Reader(nn.Module):
    """
    queries: (N, width), placed in the sequence where a picture is to be drawn.
    rows_in, rows_out: (own tokens, width), the input and output rows of `OWN_TOKENS`, in that order.
    """

    def __init__(self, queries: int, width: int, std: float, generator: torch.Generator) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(queries, width, generator=generator) * std)
        self.rows_in = nn.Parameter(torch.zeros(len(OWN_TOKENS), width))
        self.rows_out = nn.Parameter(torch.zeros(len(OWN_TOKENS), width))

    @torch.no_grad()
    def start_from(self, embedding: Tensor, head: Tensor, starts: list[int]) -> None:
        """Begin each row as the vocabulary row of a token that means something like it, (vocabulary, width) each."""
        self.rows_in.copy_(embedding[starts])
        self.rows_out.copy_(head[starts])
