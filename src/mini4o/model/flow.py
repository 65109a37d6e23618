"""Flow matching: the one place that knows the time convention, the conversions, the loss and guidance.

Time t runs from 0 (the picture x) to 1 (noise e) on a straight line, x_t = (1 - t) x + t e, with velocity
v = dx_t/dt = e - x (rectified flow, arXiv 2209.03003). Latents are (batch, channels, height, width), t is (batch,).
All of it is fp32.
"""

from typing import Literal

import torch
from torch import Tensor

from mini4o.model.spec import FlowSpec


def at(t: Tensor) -> Tensor:
    """t as (batch, 1, 1, 1)."""
    return t.float().view(-1, 1, 1, 1)


def mix(x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """x_t, the state at time t."""
    return (1 - at(t)) * x + at(t) * noise


def velocity(output: Tensor, x_t: Tensor, t: Tensor, spec: FlowSpec) -> Tensor:
    """The velocity that a network's output stands for: of x, v = (x_t - x) / t; of e, v = (e - x_t) / (1 - t).

    Times are kept `smallest_t` away from the end that the division would blow up at.
    """
    output = output.float()
    if spec.prediction == "v":
        return output
    if spec.prediction == "x":
        return (x_t - output) / at(t).clamp(min=spec.smallest_t)
    return (output - x_t) / (1 - at(t)).clamp(min=spec.smallest_t)


def picture(v: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
    """x as the velocity implies it: x = x_t - t v."""
    return x_t - at(t) * v


def loss(v: Tensor, x: Tensor, x_t: Tensor, noise: Tensor, t: Tensor, spec: FlowSpec) -> Tensor:
    """Squared error of the velocity, one number a picture, (batch,).

    For x and e the target goes through the same clamped division, so that a perfect answer has loss 0 at every t.
    """
    answer = {"x": x, "v": noise - x, "eps": noise}[spec.prediction]
    target = velocity(answer, x_t, t, spec)
    return (v - target).square().flatten(1).mean(1)


def shifted(t: Tensor, shift: float | Tensor) -> Tensor:
    """Times moved towards noise: t' = s t / (1 + (s - 1) t) (SD3, arXiv 2403.03206, eq. 23)."""
    return shift * t / (shift * t + (1 - t))  # written so that 1 stays exactly 1


def training_times(count: int, generator: torch.Generator, shift: float | Tensor) -> Tensor:
    """Logit-normal times (arXiv 2403.03206, section 3.1), shifted, all alike or each by its own; (count,)."""
    return shifted(torch.sigmoid(torch.randn(count, generator=generator)), shift)


def sampling_times(steps: int, shift: float) -> Tensor:
    """The times of `steps` Euler steps from 1 to 0, shifted as in training; (steps + 1,)."""
    return shifted(torch.linspace(1, 0, steps + 1), shift)


Renorm = Literal["none", "global", "channel"]


def guide(
    full: Tensor,
    none: Tensor | None,
    no_text: Tensor | None,
    *,
    text_scale: float,
    image_scale: float = 1.0,
    renorm: Renorm = "none",
) -> Tensor:
    """Guided velocity. Text alone: none + s (full - none), classifier-free guidance (arXiv 2207.12598). With sources:
    none + s_i (no_text - none) + s_t (full - no_text) (InstructPix2Pix, arXiv 2211.09800, eq. 3).

    `renorm` takes the guided velocity's norm back to at most that of `full`, over the whole latent or each channel.
    """
    if none is not None and no_text is not None:
        guided = none + image_scale * (no_text - none) + text_scale * (full - no_text)
    elif (plain := none if no_text is None else no_text) is not None:  # without `none` the image scale is 1
        guided = plain + text_scale * (full - plain)
    else:
        return full
    if renorm == "none":
        return guided
    axes = (1, 2, 3) if renorm == "global" else (2, 3)
    size = guided.square().sum(axes, keepdim=True).sqrt().clamp(min=1e-8)
    return guided * (full.square().sum(axes, keepdim=True).sqrt() / size).clamp(max=1)
