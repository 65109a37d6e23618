"""What a vision tower makes of pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Features:
    """Features of pictures in order, as the language model takes them.

    tokens: (image tokens of all pictures, width), in the place of the embeddings of the image tokens.
    deep: of the same shape each, added at the image tokens to what the first layers give, one a layer (DeepStack, arXiv
        2406.04334); none in most families.
    """

    tokens: Tensor
    deep: tuple[Tensor, ...] = ()

    @staticmethod
    def join(some: Sequence["Features"]) -> "Features":
        """Those of several pictures, in order."""
        layers = zip(*(each.deep for each in some), strict=True)
        return Features(torch.cat([each.tokens for each in some]), tuple(torch.cat(layer) for layer in layers))
