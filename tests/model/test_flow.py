"""The flow's algebra: conversions, loss, times, guidance."""

from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mini4o.chance import normal
from mini4o.model import flow
from mini4o.model.spec import FlowSpec

PREDICTIONS = ["x", "v", "eps"]
seeds = st.integers(0, 10**6)
times = st.floats(0.05, 0.95)


def pair(seed: int, batch: int = 1) -> tuple[Tensor, Tensor]:
    """A picture and noise, (batch, 3, 2, 2)."""
    return normal((batch, 3, 2, 2), seed, "x"), normal((batch, 3, 2, 2), seed, "noise")


def perfect(prediction: str, x: Tensor, noise: Tensor) -> Tensor:
    """What a network that knows the answer says."""
    return {"x": x, "v": noise - x, "eps": noise}[prediction]


@given(seeds, times, st.sampled_from(PREDICTIONS))
def test_every_prediction_means_the_same_velocity_and_picture(seed: int, time: float, prediction: str) -> None:
    x, noise = pair(seed)
    t = torch.tensor([time])
    x_t = flow.mix(x, noise, t)
    v = flow.velocity(perfect(prediction, x, noise), x_t, t, FlowSpec(prediction=prediction))
    torch.testing.assert_close(v, noise - x, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(flow.picture(v, x_t, t), x, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(x_t + (1 - t) * v, noise, atol=1e-4, rtol=1e-4)


def test_time_runs_from_the_picture_to_noise() -> None:
    x, noise = pair(0, batch=2)
    x_t = flow.mix(x, noise, torch.tensor([0.0, 1.0]))
    assert torch.equal(x_t[0], x[0])
    assert torch.equal(x_t[1], noise[1])


@given(seeds, st.floats(0, 1), st.sampled_from(PREDICTIONS))
def test_a_perfect_prediction_has_no_loss_at_any_time(seed: int, time: float, prediction: str) -> None:
    x, noise = pair(seed)
    t = torch.tensor([time])
    spec = FlowSpec(prediction=prediction)
    x_t = flow.mix(x, noise, t)
    v = flow.velocity(perfect(prediction, x, noise), x_t, t, spec)
    assert flow.loss(v, x, x_t, noise, t, spec).item() == pytest.approx(0, abs=1e-6)


def test_the_loss_is_one_mean_squared_error_a_picture() -> None:
    x, noise = pair(1, batch=2)
    t = torch.tensor([0.5, 0.2])
    off = torch.tensor([0.0, 3.0]).view(2, 1, 1, 1)
    loss = flow.loss(noise - x + off, x, flow.mix(x, noise, t), noise, t, FlowSpec(prediction="v"))
    assert loss.tolist() == pytest.approx([0, 9])


def test_a_wrong_x_counts_by_the_square_of_one_over_t() -> None:
    x, noise = pair(2)
    spec = FlowSpec(prediction="x", smallest_t=0.05)
    for time, factor in ((0.5, 4), (0.1, 100), (0.01, 400)):  # below smallest_t the division stops growing
        t = torch.tensor([time])
        x_t = flow.mix(x, noise, t)
        v = flow.velocity(x + 1, x_t, t, spec)
        assert flow.loss(v, x, x_t, noise, t, spec).item() == pytest.approx(factor, rel=1e-3)


@given(st.floats(0.1, 20), st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_shifted_times_keep_both_ends_and_the_order(shift: float, both: list[float]) -> None:
    ends = flow.shifted(torch.tensor([0.0, 1.0]), shift)
    assert ends.tolist() == pytest.approx([0, 1])
    low, high = flow.shifted(torch.tensor(sorted(both), dtype=torch.float64), shift).tolist()
    assert 0 <= low <= high <= 1
    if max(both) - min(both) > 1e-6:
        assert low < high


def test_shifting_moves_towards_noise_as_written() -> None:
    assert flow.shifted(torch.tensor([0.5]), 3).item() == pytest.approx(0.75)  # 3 x 0.5 / (1 + 2 x 0.5)


def test_sampling_times_are_the_shifted_even_ones_from_one_to_zero() -> None:
    assert flow.sampling_times(2, 3).tolist() == pytest.approx([1, 0.75, 0])
    assert flow.sampling_times(4, 1).tolist() == pytest.approx([1, 0.75, 0.5, 0.25, 0])


def test_training_times_are_a_function_of_their_generator() -> None:
    draws = [flow.training_times(2000, torch.Generator().manual_seed(seed), 1) for seed in (0, 0, 1)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert draws[0].min() > 0
    assert draws[0].max() < 1
    assert draws[0].median().item() == pytest.approx(0.5, abs=0.03)


@given(seeds, st.integers(1, 15), st.sampled_from(["x", "v"]))
def test_euler_steps_with_a_network_that_knows_the_picture_arrive_at_it(seed: int, steps: int, prediction: str) -> None:
    x, noise = pair(seed)
    spec = FlowSpec(prediction=prediction, shift=3)
    x_t, path = noise, flow.sampling_times(steps, spec.shift)
    for now, following in pairwise(path):
        x_t = x_t + (following - now) * flow.velocity(perfect(prediction, x, noise), x_t, now[None], spec)
    torch.testing.assert_close(x_t, x, atol=1e-4, rtol=1e-4)


# Guidance.


def three(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    full, none = pair(seed)
    return full, none, normal((1, 3, 2, 2), seed, "no_text")


@given(seeds, st.floats(-3, 8), st.floats(-3, 8))
def test_guidance_equals_its_formulas(seed: int, text: float, image: float) -> None:
    full, none, no_text = three(seed)
    guided = flow.guide(full, none, None, text_scale=text)
    torch.testing.assert_close(guided, (1 - text) * none + text * full, atol=1e-4, rtol=1e-4)
    guided = flow.guide(full, None, no_text, text_scale=text)
    torch.testing.assert_close(guided, (1 - text) * no_text + text * full, atol=1e-4, rtol=1e-4)
    guided = flow.guide(full, none, no_text, text_scale=text, image_scale=image)
    expected = (1 - image) * none + (image - text) * no_text + text * full
    torch.testing.assert_close(guided, expected, atol=1e-4, rtol=1e-4)


@given(seeds)
def test_scale_one_is_the_full_branch(seed: int) -> None:
    full, none, no_text = three(seed)
    assert flow.guide(full, None, None, text_scale=7) is full
    for branches in ((none, None), (None, no_text), (none, no_text)):
        torch.testing.assert_close(flow.guide(full, *branches, text_scale=1), full, atol=1e-5, rtol=1e-5)


@given(seeds, st.floats(0, 10), st.sampled_from(["global", "channel"]))
def test_renormalising_never_exceeds_the_norm_of_full(seed: int, scale: float, renorm: flow.Renorm) -> None:
    full, none, _ = three(seed)
    axes = (1, 2, 3) if renorm == "global" else (2, 3)
    plain = flow.guide(full, none, None, text_scale=scale)
    guided = flow.guide(full, none, None, text_scale=scale, renorm=renorm)
    limit = full.square().sum(axes).sqrt()
    assert (guided.square().sum(axes).sqrt() <= limit * (1 + 1e-5)).all()
    torch.testing.assert_close(
        torch.nn.functional.cosine_similarity(guided.flatten(), plain.flatten(), 0).sign(), torch.tensor(1.0)
    )
    smaller = plain.square().sum(axes).sqrt() <= limit
    if smaller.all():
        torch.testing.assert_close(guided, plain)


@given(seeds, st.sampled_from(["none", "global", "channel"]))
def test_guidance_of_a_batch_is_that_of_each_alone(seed: int, renorm: flow.Renorm) -> None:
    full, none, no_text = map(torch.cat, zip(three(seed), three(seed + 1), strict=True))
    full[1] *= 9
    scales: dict[str, Any] = {"text_scale": 5.0, "image_scale": 2.0, "renorm": renorm}
    together = flow.guide(full, none, no_text, **scales)
    alone = [flow.guide(full[i : i + 1], none[i : i + 1], no_text[i : i + 1], **scales) for i in range(2)]
    torch.testing.assert_close(together, torch.cat(alone))
