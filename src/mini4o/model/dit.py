"""The diffusion transformer: SANA of `diffusers`, with slots for the latents of source pictures."""

from typing import Any

import torch
from diffusers.models.transformers.sana_transformer import SanaTransformer2DModel
from torch import Tensor, nn

from mini4o.model.spec import ModelSpec


class PatchesWithSources(nn.Conv2d):
    """The DiT's patch convolution, and beside it one for the source latents that follow on the channels.

    Convolving concatenated channels is adding two convolutions; kept apart, the pretrained weights stay a tensor of
    their own. The new one starts at zero, so the output of the pretrained DiT is unchanged, bit for bit.
    """

    def __init__(self, patches: nn.Conv2d, source_channels: int) -> None:
        super().__init__(patches.in_channels, patches.out_channels, patches.kernel_size, patches.stride)  # type: ignore[arg-type]
        self.weight, self.bias = patches.weight, patches.bias
        self.source = nn.Conv2d(source_channels, self.out_channels, patches.kernel_size, patches.stride, bias=False)  # type: ignore[arg-type]
        nn.init.zeros_(self.source.weight)

    def forward(self, latents: Tensor) -> Tensor:
        noisy, sources = latents[:, : self.in_channels], latents[:, self.in_channels :]
        out: Tensor = super().forward(noisy) + self.source(sources)
        return out


def sana_config(spec: ModelSpec, channels: int) -> dict[str, Any]:
    """The configuration of the `diffusers` class: what the spec gives, and what follows from its other parts.

    SANA has no position embedding by default and then cannot place anything when it is trained from scratch;
    `interpolation_scale` sets one, sine-cosine on the latent grid of the first size, stretched for the others.
    """
    width, height = spec.sizes[0]
    derived = {
        "in_channels": channels,
        "out_channels": channels,
        "caption_channels": spec.dit.width,
        "sample_size": max(width, height) // spec.codec.factor,
    }
    return {"interpolation_scale": 1, **spec.dit.config, **derived}


class Dit(nn.Module):
    """What the DiT computes: (noisy latents, source latents, time, conditioning) -> its prediction."""

    def __init__(self, sana: SanaTransformer2DModel, sources: int) -> None:
        super().__init__()
        self.sana = sana
        self.sources = sources
        self.channels = int(sana.config["in_channels"])
        if sources:
            sana.patch_embed.proj = PatchesWithSources(sana.patch_embed.proj, sources * self.channels)

    def forward(self, x_t: Tensor, sources: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        """
        Args:
            x_t: noisy latents, (batch, channels, height, width).
            sources: latents of the sources in their slots, zeros where empty,
                (batch, sources * channels, height, width).
            t: times in [0, 1], (batch,); SANA's time embedding counts them in thousandths.
            condition: (batch, queries, conditioning width).
        """
        latents = torch.cat([x_t, sources], 1) if self.sources else x_t
        out: Tensor = self.sana(latents, condition, timestep=t * 1000, return_dict=False)[0]
        return out

    def source_parameters(self) -> dict[str, nn.Parameter]:
        """The input weights of the source slots, which plain SANA does not have."""
        return {n: p for n, p in self.sana.named_parameters() if n.startswith("patch_embed.proj.source.")}
