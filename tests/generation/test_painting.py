"""From conditions to a picture."""

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from mini4o.chance import normal
from mini4o.generation.painting import branches_needed, paint
from mini4o.model import flow
from mini4o.model.net import Net
from mini4o.model.spec import GenerationSpec
from mini4o.pretrained.model import Model

ALL = {"full", "none", "no_text"}


@pytest.mark.parametrize(
    ("text", "image", "has_sources", "needed"),
    [
        (1.0, 1.0, False, ["full"]),
        (1.0, 3.0, False, ["full"]),
        (2.0, 1.0, False, ["full", "none"]),
        (1.0, 1.0, True, ["full"]),
        (2.0, 1.0, True, ["full", "no_text"]),
        (1.0, 2.0, True, ["full", "none", "no_text"]),
        (2.0, 2.0, True, ["full", "none", "no_text"]),
    ],
)
def test_only_the_branches_that_count_are_needed(
    text: float, image: float, has_sources: bool, needed: list[str]
) -> None:
    assert branches_needed(GenerationSpec(text_scale=text, image_scale=image), has_sources) == needed
    full, none, no_text = (normal((1, 3, 2, 2), 0, name) for name in ("full", "none", "no_text"))

    def guided(names: set[str]) -> Tensor:
        return flow.guide(
            full,
            none if "none" in names else None,
            no_text if "no_text" in names else None,
            text_scale=text,
            image_scale=image,
        )

    # Leaving the others out changes nothing: what a drawing without sources calls no_text is its none.
    no_text = no_text if has_sources else none
    torch.testing.assert_close(guided(set(needed)), guided(ALL), atol=1e-5, rtol=1e-5)


def branch(net: Net, name: str) -> tuple[Tensor, Tensor]:
    condition = normal((1, net.spec.queries, net.spec.dit.width), 0, "condition", name)
    return condition, normal((1, net.spec.sources * net.codec.channels, 4, 4), 0, "sources", name)


def by_hand(net: Net, noise: Tensor, branches: dict[str, tuple[Tensor, Tensor]], options: GenerationSpec) -> Tensor:
    x_t, times = noise, flow.sampling_times(options.steps, net.spec.flow.shift)
    for now, following in pairwise(times):
        v = {}
        for name, (condition, sources) in branches.items():
            v[name] = flow.velocity(net.dit(x_t, sources, now[None], condition), x_t, now[None], net.spec.flow)
        inside = options.guided_from <= now <= options.guided_to
        s, i = (options.text_scale, options.image_scale) if inside else (1.0, 1.0)
        if len(v) == 1 or not inside:
            step = v["full"]
        elif len(v) == 3:
            step = v["none"] + i * (v["no_text"] - v["none"]) + s * (v["full"] - v["no_text"])
        else:
            plain = v[next(name for name in v if name != "full")]
            step = plain + s * (v["full"] - plain)
        x_t = x_t + (following - now) * step
    return x_t


@pytest.mark.parametrize("names", [["full"], ["full", "none"], ["full", "no_text"], ["full", "none", "no_text"]])
@pytest.mark.parametrize("interval", [(0.0, 1.0), (0.4, 0.9)])
@pytest.mark.parametrize("prediction", ["x", "v", "eps"])
def test_painting_is_guided_euler_steps(
    new_tiny: Callable[..., Model], names: list[str], interval: tuple[float, float], prediction: str
) -> None:
    net = new_tiny(flow={"shift": 3.0, "prediction": prediction}).net.eval()
    branches = {name: branch(net, name) for name in names}
    options = GenerationSpec(steps=4, text_scale=3, image_scale=2, guided_from=interval[0], guided_to=interval[1])
    noise = normal((1, net.codec.channels, 4, 4), 0, "noise")
    with torch.no_grad():
        expected = by_hand(net, noise, branches, options)
    torch.testing.assert_close(paint(net, noise, branches, options), expected, atol=1e-4, rtol=1e-4)


def test_the_same_call_paints_the_same_bits_and_another_noise_another_picture(tiny_model: Model) -> None:
    net = tiny_model.net
    branches = {name: branch(net, name) for name in ("full", "none")}
    noises = [normal((1, net.codec.channels, 4, 4), seed, "noise") for seed in (0, 0, 1)]
    latents = [paint(net, noise, branches, GenerationSpec(steps=3)) for noise in noises]
    assert torch.equal(latents[0], latents[1])
    assert (latents[0] - latents[2]).abs().mean() > 1e-3
