"""Pixels <-> latents: space-to-depth for models from scratch, and the autoencoders of pretrained ones."""

import inspect
from typing import Any, ClassVar

import numpy as np
import PIL.Image
import torch
from torch import Tensor, nn

from mini4o.model.library import AutoencoderDC, AutoencoderKL, ModelMixin
from mini4o.model.spec import CodecSpec


class Codec(nn.Module):
    """`factor`: pixels a side of one latent; `channels`: of the latents. Never trained."""

    factor: int
    channels: int

    def encode(self, pixels: Tensor) -> Tensor:
        """(batch, 3, height, width) in [-1, 1] -> (batch, channels, height / factor, width / factor), fp32."""
        raise NotImplementedError

    def decode(self, latents: Tensor) -> Tensor:
        """The inverse of `encode`, not clamped."""
        raise NotImplementedError


class Pixels(Codec):
    """Lossless space-to-depth: the latents are the pixels of a `factor` x `factor` patch. No parameters."""

    def __init__(self, spec: CodecSpec) -> None:
        super().__init__()
        self.factor, self.channels = latent_shape(spec)

    def encode(self, pixels: Tensor) -> Tensor:
        return nn.functional.pixel_unshuffle(pixels, self.factor)

    def decode(self, latents: Tensor) -> Tensor:
        return nn.functional.pixel_shuffle(latents, self.factor)


class Autoencoder(Codec):
    """A pretrained autoencoder of `diffusers`, always in evaluation mode and without gradients.

    Latents z of the autoencoder become (z - shift) * scale, of variance about 1, which is what the DiT was trained on;
    both numbers are in its configuration.
    """

    library: ClassVar[type[ModelMixin]]
    blocks: ClassVar[str]  # the key that lists the levels, of which each but the first halves the picture

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model.eval().requires_grad_(False)
        self.factor, self.channels = shape_of(type(self), model.config)
        self.scale = float(model.config["scaling_factor"])
        self.shift = float(model.config.get("shift_factor") or 0)

    def train(self, mode: bool = True) -> "Autoencoder":
        return super().train(False)

    @torch.no_grad()
    def encode(self, pixels: Tensor) -> Tensor:
        latents = self._encode(pixels.to(self.model.dtype)).float()
        return (latents - self.shift) * self.scale

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        latents = latents / self.scale + self.shift
        out: Tensor = self.model.decode(latents.to(self.model.dtype)).sample
        return out.float()

    def _encode(self, pixels: Tensor) -> Tensor:
        raise NotImplementedError


class DeepCompression(Autoencoder):
    """`AutoencoderDC` (arXiv 2410.10733), which goes with SANA."""

    library = AutoencoderDC
    blocks = "encoder_block_out_channels"

    def _encode(self, pixels: Tensor) -> Tensor:
        out: Tensor = self.model.encode(pixels).latent
        return out


class Variational(Autoencoder):
    """`AutoencoderKL` (arXiv 2112.10752), which goes with SD3. A picture's latents are the mean of what it gives, so
    that nothing here is left to chance."""

    library = AutoencoderKL
    blocks = "block_out_channels"

    def _encode(self, pixels: Tensor) -> Tensor:
        out: Tensor = self.model.encode(pixels).latent_dist.mode()
        return out


AUTOENCODERS: dict[str, type[Autoencoder]] = {"dc": DeepCompression, "kl": Variational}


def shape_of(kind: type[Autoencoder], config: Any) -> tuple[int, int]:
    """Pixels a side of one latent, and channels of the latents, of a configuration; what it leaves out has the
    library's defaults."""
    defaults = {name: p.default for name, p in inspect.signature(kind.library.__init__).parameters.items()}
    known = {**defaults, **config}
    return 2 ** (len(known[kind.blocks]) - 1), int(known["latent_channels"])


def latent_shape(spec: CodecSpec) -> tuple[int, int]:
    """Pixels a side of one latent, and channels of the latents."""
    if spec.factor is not None:
        return spec.factor, 3 * spec.factor**2
    return shape_of(AUTOENCODERS[str(spec.kind)], spec.config)


def to_pixels(picture: PIL.Image.Image) -> Tensor:
    """An RGB picture as (3, height, width) in [-1, 1], fp32; 8-bit values come back exactly by `to_picture`."""
    return torch.from_numpy(np.array(picture, dtype=np.float32)).permute(2, 0, 1) / 127.5 - 1


def to_picture(pixels: Tensor) -> PIL.Image.Image:
    """(3, height, width) in [-1, 1], clamped, as the RGB picture that is saved and read back."""
    values = ((pixels.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return PIL.Image.fromarray(values.permute(1, 2, 0).cpu().numpy(), "RGB")
