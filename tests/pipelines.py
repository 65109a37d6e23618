"""Tiny pretrained DiTs with their codecs and schedulers, of random weights, in the layout of `diffusers` pipelines."""

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKL,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    SanaTransformer2DModel,
    SD3Transformer2DModel,
)

from mini4o import chance

SANA: dict[str, Any] = {
    "in_channels": 4,
    "out_channels": 4,
    "num_attention_heads": 2,
    "attention_head_dim": 16,
    "num_layers": 2,
    "num_cross_attention_heads": 2,
    "cross_attention_head_dim": 16,
    "cross_attention_dim": 32,
    "caption_channels": 24,
    "sample_size": 8,
}
DC: dict[str, Any] = {
    "latent_channels": 4,
    "attention_head_dim": 8,
    "encoder_block_types": ["ResBlock", "ResBlock", "EfficientViTBlock"],
    "decoder_block_types": ["ResBlock", "ResBlock", "EfficientViTBlock"],
    "encoder_block_out_channels": [8, 8, 16],
    "decoder_block_out_channels": [8, 8, 16],
    "encoder_layers_per_block": [1, 1, 1],
    "decoder_layers_per_block": [1, 1, 1],
    "encoder_qkv_multiscales": [[], [], [5]],
    "decoder_qkv_multiscales": [[], [], [5]],
    "downsample_block_type": "Conv",
    "upsample_block_type": "interpolate",
    "scaling_factor": 0.41407,
}
SD3: dict[str, Any] = {
    "sample_size": 8,
    "patch_size": 2,
    "in_channels": 4,
    "out_channels": 4,
    "num_layers": 2,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": 24,
    "caption_projection_dim": 32,
    "pooled_projection_dim": 20,
    "pos_embed_max_size": 24,
    "dual_attention_layers": [0],
    "qk_norm": "rms_norm",
}
KL: dict[str, Any] = {
    "latent_channels": 4,
    "block_out_channels": [8, 16, 16],
    "down_block_types": ["DownEncoderBlock2D"] * 3,
    "up_block_types": ["UpDecoderBlock2D"] * 3,
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "scaling_factor": 1.5305,
    "shift_factor": 0.0609,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}
SANA_SCHEDULER: dict[str, Any] = {
    "prediction_type": "flow_prediction",
    "use_flow_sigmas": True,
    "flow_shift": 3.0,
}
SIZES = [(32, 32), (48, 32), (16, 32)]  # of the tiny pipelines: both have one latent of 4 x 4 pixels


def filled(kind: Any, config: dict[str, Any], seed: int = 0) -> Any:
    """A class of `diffusers` whose every weight is random: none is at the value it would have from the start."""
    with chance.library(seed, f"pipeline {kind.__name__}"):
        model = kind(**config).eval()
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(0.1 * torch.randn_like(weight))
    return model


def write(folder: Path, transformer: Any, vae: Any, scheduler: Any) -> Path:
    """A pipeline's folder without its text encoders."""
    transformer.save_pretrained(folder / "transformer")
    vae.save_pretrained(folder / "vae")
    scheduler.save_pretrained(folder / "scheduler")
    return folder


def write_sana(folder: Path, scheduler: Any = None, **changes: Any) -> Path:
    dit, vae = filled(SanaTransformer2DModel, SANA | changes), filled(AutoencoderDC, DC)
    return write(folder, dit, vae, scheduler or DPMSolverMultistepScheduler(**SANA_SCHEDULER))


def write_sd3(folder: Path, scheduler: Any = None, **changes: Any) -> Path:
    dit, vae = filled(SD3Transformer2DModel, SD3 | changes), filled(AutoencoderKL, KL)
    return write(folder, dit, vae, scheduler or FlowMatchEulerDiscreteScheduler(shift=3.0))


WRITE = {"sana": write_sana, "sd3": write_sd3}


def parts_of(folder: Path) -> dict[str, Any]:
    """What a specification says of such a pair."""
    place = {"pretrained": str(folder)}
    return {"dit": place, "codec": place, "flow": {}, "sizes": SIZES}
