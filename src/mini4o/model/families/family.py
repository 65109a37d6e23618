"""The protocol that the model side of every backbone family keeps; the modules beside this one are its families."""

from typing import Any, Protocol

from torch import Tensor, nn

from mini4o.model.features import Features


class Family(Protocol):
    """What must be known of a family's class in `transformers`.

    MODEL: the class, one for image and text to text.
    PROCESSOR: its image processor, the one that needs no torchvision.
    MROPE: positions are (3, batch, tokens), time, row and column; else (batch, tokens).
    """

    MODEL: Any
    PROCESSOR: Any
    MROPE: bool

    def image_features(self, model: Any, pixels: Tensor, grids: Tensor) -> Features:
        """Features of pictures, prepared as `layout.ReadImage` says."""
        ...

    def tile_tokens(self, model: Any) -> int | None:
        """Image tokens of a tile; None where a picture's number of tokens follows from its size."""
        ...

    def parts(self, model: Any) -> dict[str, list[nn.Module]]:
        """The modules of the freeze groups `vision`, `merger` and `language`. What is left is the `head`; a head that
        is tied to the embedding moves with `language`."""
        ...
