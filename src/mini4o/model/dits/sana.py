"""SANA (arXiv 2410.10629): linear attention, and cross-attention to the condition."""

from typing import Any

from torch import Tensor

from mini4o.model.dit import Dit
from mini4o.model.library import SanaTransformer2DModel
from mini4o.model.spec import ModelSpec


class Sana(Dit):
    """The condition enters where the states of SANA's text encoder do, in front of its caption projection."""

    kind = "sana"
    library = SanaTransformer2DModel
    follows = ("in_channels", "out_channels", "caption_channels", "sample_size")
    width_key = "caption_channels"
    patches = "patch_embed"
    entrance = "caption_projection.linear_1.weight"

    @classmethod
    def config(cls, spec: ModelSpec, channels: int, factor: int) -> dict[str, Any]:
        """SANA has no position embedding by default and then cannot place anything when it is trained from scratch;
        `interpolation_scale` sets one, sine-cosine on the latent grid of the first size, stretched for the others."""
        width, height = spec.sizes[0]
        derived = {
            "in_channels": channels,
            "out_channels": channels,
            "caption_channels": spec.dit.width,
            "sample_size": max(width, height) // factor,
        }
        return {"interpolation_scale": 1, **spec.dit.config, **derived}

    @classmethod
    def check(cls, config: dict[str, Any], grid: tuple[int, int]) -> str | None:
        if config.get("guidance_embeds"):
            return (
                "is distilled with its guidance built in (`guidance_embeds`), which is not supported; take plain SANA"
            )
        return None

    def predict(
        self, latents: Tensor, t: Tensor, condition: Tensor, pooled: Tensor | None, mask: Tensor | None
    ) -> Tensor:
        time = t * 1000 * self.model.config["timestep_scale"]  # it counts in thousandths
        out: Tensor = self.model(latents, condition, timestep=time, encoder_attention_mask=mask, return_dict=False)[0]
        return out
