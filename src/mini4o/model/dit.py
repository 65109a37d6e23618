"""The diffusion transformer: a class of `diffusers`, with slots for the latents of source pictures.

Each family is a small file in `model/dits/`: it says how the class is called and what of its configuration follows from
the rest of a model.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from mini4o.model.library import ModelMixin
from mini4o.model.spec import ModelSpec

SOURCE = ".proj.source."  # in the names of what plain checkpoints do not have


class PatchesWithSources(nn.Conv2d):
    """The DiT's patch convolution, and beside it one for the source latents that follow on the channels.

    Convolving concatenated channels is adding two convolutions; kept apart, the pretrained weights stay a tensor of
    their own. The new one starts at zero, so the output of the pretrained DiT is unchanged, bit for bit. It stays in
    32 bits when the DiT is frozen in 16.
    """

    def __init__(self, patches: nn.Conv2d, source_channels: int) -> None:
        super().__init__(patches.in_channels, patches.out_channels, patches.kernel_size, patches.stride)  # type: ignore[arg-type]
        self.weight, self.bias = patches.weight, patches.bias
        self.source = nn.Conv2d(source_channels, self.out_channels, patches.kernel_size, patches.stride, bias=False)  # type: ignore[arg-type]
        nn.init.zeros_(self.source.weight)

    def forward(self, latents: Tensor) -> Tensor:
        noisy, sources = latents[:, : self.in_channels], latents[:, self.in_channels :]
        plain = super().forward(noisy.to(self.weight.dtype))
        out: Tensor = (plain + self.source(sources)).to(plain.dtype)
        return out


class Dit(nn.Module):
    """What every family computes: (noisy latents, source latents, time, conditioning) -> its prediction.

    kind: the family's name; the class of `diffusers` is the attribute of that name.
    channels: of the latents; width: of the conditioning; pooled: of the pooled vector, 0 where it takes none.
    patch: latents a side of one token.
    """

    kind: ClassVar[str]
    library: ClassVar[type[ModelMixin]]
    follows: ClassVar[tuple[str, ...]]  # keys of the configuration that are not to be given
    width_key: ClassVar[str]  # the key that is the width of the conditioning
    pooled_key: ClassVar[str | None] = None
    patches: ClassVar[str]  # the module that holds the patch convolution as `proj`
    entrance: ClassVar[str]  # the weight by which the conditioning enters: what ties a DiT to its text encoder

    def __init__(self, model: Any, sources: int) -> None:
        super().__init__()
        self.add_module(self.kind, model)
        self.sources = sources
        self.channels = int(model.config["in_channels"])
        self.width = int(model.config[self.width_key])
        self.pooled = int(model.config[self.pooled_key]) if self.pooled_key else 0
        self.patch = int(model.config["patch_size"])
        if sources:
            holder = getattr(model, self.patches)
            holder.proj = PatchesWithSources(holder.proj, sources * self.channels)

    @property
    def model(self) -> Any:
        """The class of `diffusers`."""
        return getattr(self, self.kind)

    @classmethod
    def config(cls, spec: ModelSpec, channels: int, factor: int) -> dict[str, Any]:
        """The configuration of the `diffusers` class: what the spec gives, and what follows from its other parts.

        Args:
            channels, factor: of the codec.
        """
        raise NotImplementedError

    @classmethod
    def check(cls, config: dict[str, Any], grid: tuple[int, int]) -> str | None:
        """What is wrong with a configuration, or with latents of a size (width, height) for it; None if nothing is."""
        return None

    def forward(
        self,
        x_t: Tensor,
        sources: Tensor,
        t: Tensor,
        condition: Tensor,
        pooled: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """
        Args:
            x_t: noisy latents, (batch, channels, height, width).
            sources: latents of the sources in their slots, zeros where empty,
                (batch, sources * channels, height, width).
            t: times in [0, 1], (batch,).
            condition: (batch, tokens, conditioning width).
            pooled: (batch, pooled width), where the family takes one.
            mask: of a text encoder's states in place of ours, 1 for what counts, (batch, tokens).
        """
        # The weights' own type, not that of the source slots.
        dtype = self.model.proj_out.weight.dtype
        latents = torch.cat([x_t, sources], 1) if self.sources else x_t.to(dtype)
        return self.predict(latents, t, condition.to(dtype), None if pooled is None else pooled.to(dtype), mask)

    def predict(
        self, latents: Tensor, t: Tensor, condition: Tensor, pooled: Tensor | None, mask: Tensor | None
    ) -> Tensor:
        """The call of the library's class; arguments as of `forward`, in the weights' type."""
        raise NotImplementedError

    def source_parameters(self) -> dict[str, nn.Parameter]:
        """The input weights of the source slots, which the plain DiT does not have."""
        return {n: p for n, p in self.model.named_parameters() if SOURCE in f".{n}"}
