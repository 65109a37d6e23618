"""Our sampling is that of the pipelines of `diffusers`, with a text encoder's states in place of our condition."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    SanaPipeline,
    StableDiffusion3Pipeline,
)
from torch import Tensor

import pipelines
from mini4o.chance import normal
from mini4o.generation.painting import paint
from mini4o.model.spec import GenerationSpec
from mini4o.pretrained.model import Model

SIZES = [(32, 32), (64, 32), (32, 96)]  # width, height; the pipeline of SANA takes multiples of 32
SCALE = 3.0
TOKENS = 7
MASKS = {"full": [1, 1, 1, 1, 1, 0, 0], "none": [1, 1, 0, 0, 0, 0, 0]}  # a text encoder pads its prompts


def euler(**changes: Any) -> FlowMatchEulerDiscreteScheduler:
    return FlowMatchEulerDiscreteScheduler(**changes)


def dpm(**changes: Any) -> DPMSolverMultistepScheduler:
    return DPMSolverMultistepScheduler(**{**pipelines.SANA_SCHEDULER, **changes})


def states(name: str) -> Tensor:
    return normal((1, TOKENS, 24), 0, "states", name)


def noise_of(size: tuple[int, int]) -> Tensor:
    return normal((1, 4, size[1] // 4, size[0] // 4), 1, "noise", *size)


def ours(model: Model, size: tuple[int, int], steps: int, **with_each: dict[str, Any]) -> Tensor:
    """Latents that we paint; `with_each`: what a text encoder gives besides its states, for each branch."""
    net, names = model.net.eval(), ["full", "none"]

    def predict(x_t: Tensor, sources: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        besides = {key: torch.cat([values[name] for name in names]) for key, values in with_each.items()}
        out: Tensor = net.dit(x_t, sources, t, condition, **besides)
        return out

    stub: Any = SimpleNamespace(spec=net.spec, dit=net.dit, predict=predict)
    # Random sources: at their start, the source slots change nothing.
    noise = noise_of(size)
    sources = normal((1, net.spec.sources * 4, *noise.shape[2:]), 2, "sources")
    branches = {name: (states(name), sources) for name in names}
    return paint(stub, noise, branches, GenerationSpec(steps=steps, text_scale=SCALE))


def fresh(make: Callable[..., Model], folder: Path) -> Model:
    model = make(**pipelines.parts_of(folder))
    with torch.no_grad():
        for weight in model.net.dit.source_parameters().values():
            weight.zero_()  # the fixture makes them random
    return model


@pytest.mark.parametrize("scheduler", [euler(shift=3.0), euler(shift=1.0), dpm(), dpm(flow_shift=1.0, solver_order=1)])
def test_sana_is_sampled_as_its_pipeline_does(scheduler: Any, new_tiny: Callable[..., Model], tmp_path: Path) -> None:
    folder = pipelines.write_sana(tmp_path, scheduler, timestep_scale=0.5, qk_norm="rms_norm_across_heads")
    model = fresh(new_tiny, folder)
    pipe: Any = SanaPipeline(None, None, model.net.codec.model, model.net.dit.model, scheduler)
    pipe.set_progress_bar_config(disable=True)
    # The pipeline is handed the plain DiT, without source slots.
    plain = pipelines.filled(pipelines.SanaTransformer2DModel, dict(model.spec.dit.config))
    pipe.transformer = plain
    masks = {name: torch.tensor([values]) for name, values in MASKS.items()}
    for size, steps in zip(SIZES, (1, 4, 7), strict=True):
        theirs = pipe(
            prompt_embeds=states("full"),
            prompt_attention_mask=masks["full"],
            negative_prompt=None,
            negative_prompt_embeds=states("none"),
            negative_prompt_attention_mask=masks["none"],
            width=size[0],
            height=size[1],
            latents=noise_of(size),
            num_inference_steps=steps,
            guidance_scale=SCALE,
            use_resolution_binning=False,
            output_type="latent",
        ).images
        latents = ours(model, size, steps, mask=masks)
        assert (theirs - noise_of(size)).abs().mean() > 0.1
        torch.testing.assert_close(latents, theirs, atol=2e-4, rtol=1e-4)
        picture = pipe.vae.decode(theirs / pipe.vae.config.scaling_factor).sample
        torch.testing.assert_close(model.net.codec.decode(latents), picture, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    "scheduler",
    [
        euler(shift=3.0),
        euler(use_dynamic_shifting=True, base_image_seq_len=8, max_image_seq_len=32),
        euler(use_dynamic_shifting=True, time_shift_type="linear", max_shift=3.0),
    ],
)
def test_sd3_is_sampled_as_its_pipeline_does(scheduler: Any, new_tiny: Callable[..., Model], tmp_path: Path) -> None:
    model = fresh(new_tiny, pipelines.write_sd3(tmp_path, scheduler))
    plain = pipelines.filled(pipelines.SD3Transformer2DModel, dict(model.spec.dit.config))
    pipe: Any = StableDiffusion3Pipeline(plain, scheduler, model.net.codec.model, *[None] * 6)
    pipe.set_progress_bar_config(disable=True)
    pooled = {name: normal((1, 20), 0, "pooled", name) for name in ("full", "none")}
    for size, steps in zip(SIZES, (1, 4, 7), strict=True):
        given = {
            "prompt_embeds": states("full"),
            "negative_prompt_embeds": states("none"),
            "pooled_prompt_embeds": pooled["full"],
            "negative_pooled_prompt_embeds": pooled["none"],
            "width": size[0],
            "height": size[1],
            "num_inference_steps": steps,
            "guidance_scale": SCALE,
        }
        theirs = pipe(**given, latents=noise_of(size), output_type="latent").images
        latents = ours(model, size, steps, pooled=pooled)
        assert (theirs - noise_of(size)).abs().mean() > 0.1
        torch.testing.assert_close(latents, theirs, atol=2e-4, rtol=1e-4)
        shown = pipe(**given, latents=noise_of(size), output_type="pt").images
        picture = (model.net.codec.decode(latents) / 2 + 0.5).clamp(0, 1)
        torch.testing.assert_close(picture, shown, atol=1e-3, rtol=1e-3)
