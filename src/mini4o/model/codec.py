"""Pixels <-> latents. The interface that the autoencoders of pretrained models will share."""

from typing import Protocol

import numpy as np
import PIL.Image
import torch
from torch import Tensor, nn

from mini4o.model.spec import CodecSpec


class Codec(Protocol):
    """`factor`: pixels a side of one latent; `channels`: of the latents."""

    factor: int
    channels: int

    def encode(self, pixels: Tensor) -> Tensor:
        """(batch, 3, height, width) in [-1, 1] -> (batch, channels, height / factor, width / factor)."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """The inverse of `encode`, not clamped."""
        ...


class Pixels(nn.Module):
    """Lossless space-to-depth: the latents are the pixels of a `factor` x `factor` patch. No parameters."""

    def __init__(self, spec: CodecSpec) -> None:
        super().__init__()
        self.factor = spec.factor
        self.channels = 3 * spec.factor**2

    def encode(self, pixels: Tensor) -> Tensor:
        return nn.functional.pixel_unshuffle(pixels, self.factor)

    def decode(self, latents: Tensor) -> Tensor:
        return nn.functional.pixel_shuffle(latents, self.factor)


def to_pixels(picture: PIL.Image.Image) -> Tensor:
    """An RGB picture as (3, height, width) in [-1, 1], fp32; 8-bit values come back exactly by `to_picture`."""
    return torch.from_numpy(np.array(picture, dtype=np.float32)).permute(2, 0, 1) / 127.5 - 1


def to_picture(pixels: Tensor) -> PIL.Image.Image:
    """(3, height, width) in [-1, 1], clamped, as the RGB picture that is saved and read back."""
    values = ((pixels.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return PIL.Image.fromarray(values.permute(1, 2, 0).cpu().numpy(), "RGB")
