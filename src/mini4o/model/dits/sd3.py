"""Stable Diffusion 3 and 3.5 (arXiv 2403.03206): joint attention over condition and picture, and a pooled vector."""

from typing import Any

from torch import Tensor

from mini4o.model.dit import Dit
from mini4o.model.library import SD3Transformer2DModel
from mini4o.model.spec import ModelSpec


class Sd3(Dit):
    """The condition enters where the states of its three text encoders do, the pooled vector where CLIP's do."""

    kind = "sd3"
    library = SD3Transformer2DModel
    follows = ("in_channels", "out_channels", "joint_attention_dim", "caption_projection_dim", "sample_size")
    width_key = "joint_attention_dim"
    pooled_key = "pooled_projection_dim"
    patches = "pos_embed"
    entrance = "context_embedder.weight"

    @classmethod
    def config(cls, spec: ModelSpec, channels: int, factor: int) -> dict[str, Any]:
        """Positions are cut from the middle of a table of `pos_embed_max_size`, scaled to the first size."""
        width, height = spec.sizes[0]
        given = spec.dit.config
        inner = given.get("num_attention_heads", 18) * given.get("attention_head_dim", 64)
        derived = {
            "in_channels": channels,
            "out_channels": channels,
            "joint_attention_dim": spec.dit.width,
            "caption_projection_dim": inner,  # joint attention runs over both at one width
            "sample_size": max(width, height) // factor,
        }
        return {**given, **derived}

    @classmethod
    def check(cls, config: dict[str, Any], grid: tuple[int, int]) -> str | None:
        patch, most = config["patch_size"], config["pos_embed_max_size"]
        if max(grid) // patch > most:
            return f"knows {most} positions a side, and {grid[0]}x{grid[1]} latents in patches of {patch} need more"
        return None

    def predict(
        self, latents: Tensor, t: Tensor, condition: Tensor, pooled: Tensor | None, mask: Tensor | None
    ) -> Tensor:
        if mask is not None:
            raise ValueError("SD3 attends to every state it is given and takes no mask")
        out: Tensor = self.model(latents, condition, pooled, timestep=t * 1000, return_dict=False)[0]
        return out
