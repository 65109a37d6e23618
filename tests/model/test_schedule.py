"""Schedules: ours, and those of a pretrained DiT's own scheduler."""

import json
from itertools import pairwise
from typing import Any

import pytest
import torch
from diffusers import DPMSolverMultistepScheduler, EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler
from pydantic import ValidationError

from mini4o.chance import normal
from mini4o.errors import RecipeError
from mini4o.model import flow, schedule
from mini4o.model.spec import FlowSpec

CPU = torch.device("cpu")
SANA = {"prediction_type": "flow_prediction", "use_flow_sigmas": True, "flow_shift": 3.0}


def spec_of(scheduler: Any) -> FlowSpec:
    return schedule.flow_of(json.loads(scheduler.to_json_string()), "here")


def test_our_own_steps_are_euler_on_the_shifted_even_times() -> None:
    spec, x_t, v = FlowSpec(shift=3.0), normal((1, 2, 2, 2), 0, "x"), normal((1, 2, 2, 2), 0, "v")
    sampler, path = schedule.sampler(spec, 4, 16, CPU), flow.sampling_times(4, 3.0)
    assert torch.equal(sampler.times, path[:-1])
    for now, following in pairwise(path):
        stepped = sampler.step(v, x_t)
        assert torch.equal(stepped, x_t + (following - now) * v)
        x_t = stepped


@pytest.mark.parametrize("kind", [FlowMatchEulerDiscreteScheduler, DPMSolverMultistepScheduler])
def test_a_library_scheduler_that_is_told_the_truth_arrives_at_the_picture(kind: Any) -> None:
    spec = spec_of(kind(shift=3.0) if kind is FlowMatchEulerDiscreteScheduler else kind(**SANA))
    x, noise = normal((1, 2, 3, 3), 0, "x"), normal((1, 2, 3, 3), 0, "noise")
    sampler = schedule.sampler(spec, 6, 16, CPU)
    assert sampler.times.shape == (6,)
    assert sampler.times[0] > 0.99 and (sampler.times.diff() < 0).all()
    x_t = noise
    for _ in sampler.times:
        x_t = sampler.step(noise - x, x_t)
    torch.testing.assert_close(x_t, x, atol=5e-3, rtol=1e-3)  # the path begins a thousandth off noise with DPM


def test_the_shift_is_the_schedulers() -> None:
    assert schedule.shift_at(FlowSpec(shift=5.0), 100) == 5
    assert schedule.shift_at(spec_of(FlowMatchEulerDiscreteScheduler(shift=3.0)), 100) == 3
    assert schedule.shift_at(spec_of(FlowMatchEulerDiscreteScheduler()), 100) == 1
    assert schedule.shift_at(spec_of(DPMSolverMultistepScheduler(**SANA)), 100) == 3


@pytest.mark.parametrize("kind", ["exponential", "linear"])
@pytest.mark.parametrize("tokens", [256, 1000, 4096])
def test_shifting_by_resolution_is_the_same_in_training_and_in_sampling(kind: Any, tokens: int) -> None:
    scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, time_shift_type=kind)
    mu = {256: 0.5, 4096: 1.15}.get(tokens, 0.5 + 0.65 * (tokens - 256) / 3840)
    times = torch.linspace(0.05, 0.95, 7)
    expected = scheduler.time_shift(mu, 1.0, times)
    shift = schedule.shift_at(spec_of(scheduler), tokens)
    torch.testing.assert_close(flow.shifted(times, shift), expected, atol=1e-5, rtol=1e-5)


def test_only_what_differs_from_the_librarys_defaults_is_kept() -> None:
    kept = spec_of(DPMSolverMultistepScheduler(**SANA))
    assert kept.prediction == "v"
    assert kept.scheduler == {"_class_name": "DPMSolverMultistepScheduler", **SANA}
    assert FlowSpec.model_validate_json(kept.model_dump_json()) == kept  # its defaults have an infinity, JSON has none
    assert schedule.library_scheduler(kept.scheduler).config == DPMSolverMultistepScheduler(**SANA).config


@pytest.mark.parametrize(
    ("scheduler", "said"),
    [
        (EulerDiscreteScheduler(), "EulerDiscreteScheduler is not supported"),
        (DPMSolverMultistepScheduler(), "prediction_type is 'epsilon', and only 'flow_prediction'"),
        (DPMSolverMultistepScheduler(prediction_type="flow_prediction"), "use_flow_sigmas is False"),
        (DPMSolverMultistepScheduler(**SANA, algorithm_type="sde-dpmsolver++"), "algorithm_type"),
        (FlowMatchEulerDiscreteScheduler(stochastic_sampling=True), "stochastic_sampling is True"),
        (FlowMatchEulerDiscreteScheduler(num_train_timesteps=500), "num_train_timesteps is 500"),
    ],
)
def test_what_is_no_flow_is_refused(scheduler: Any, said: str) -> None:
    with pytest.raises(RecipeError, match=r"^here: ") as caught:
        spec_of(scheduler)
    assert said in str(caught.value)


@pytest.mark.parametrize("other", [{"prediction": "x"}, {"shift": 3.0}])
def test_beside_a_scheduler_nothing_else_is_said(other: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="prediction` is v and the shift is the scheduler's own"):
        FlowSpec.model_validate({"prediction": "v", "scheduler": {"_class_name": "x"}, **other})
