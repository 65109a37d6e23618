"""When the DiT is asked, and how a step is taken: evenly for a model of our own, and for a pretrained DiT as its
scheduler in `diffusers` does it.

A scheduler's sigma is our time t, from 1 (noise) to 0 (the picture); its timesteps are thousandths.
"""

import inspect
import math
from typing import Any, Protocol

import torch
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from mini4o.errors import RecipeError
from mini4o.model import flow
from mini4o.model.spec import FlowSpec

SCHEDULERS: dict[str, Any] = {
    kind.__name__: kind for kind in (FlowMatchEulerDiscreteScheduler, DPMSolverMultistepScheduler)
}
# What a scheduler has to be set to, or not, for its sigma to be our time and its steps to be without chance.
NEEDED: dict[str, dict[str, Any]] = {
    "FlowMatchEulerDiscreteScheduler": {
        "num_train_timesteps": 1000,
        "invert_sigmas": False,
        "stochastic_sampling": False,
    },
    "DPMSolverMultistepScheduler": {
        "num_train_timesteps": 1000,
        "prediction_type": "flow_prediction",
        "use_flow_sigmas": True,
        "algorithm_type": "dpmsolver++",
        "thresholding": False,
    },
}


def flow_of(config: dict[str, Any], place: str) -> FlowSpec:
    """The flow that a scheduler's configuration means. Only what differs from the library's defaults is kept.

    Args:
        place: what the configuration is of, for errors.

    Raises:
        RecipeError: a scheduler of another kind, or set to something that is no flow from noise to picture.
    """
    name = config.get("_class_name")
    if name not in SCHEDULERS:
        raise RecipeError(f"{place}: the scheduler {name} is not supported; take one of {', '.join(SCHEDULERS)}")
    defaults = {key: p.default for key, p in inspect.signature(SCHEDULERS[name].__init__).parameters.items()}
    for key, value in NEEDED[name].items():
        if config.get(key, defaults[key]) != value:
            said = config.get(key, defaults[key])
            raise RecipeError(f"{place}: {key} is {said!r}, and only {value!r} is supported with {name}")
    kept = {key: value for key, value in config.items() if key in defaults and value != defaults[key]}
    return FlowSpec(prediction="v", scheduler={"_class_name": name, **kept})


def library_scheduler(config: dict[str, Any]) -> Any:
    """The scheduler of `diffusers` that a configuration describes."""
    values = {key: value for key, value in config.items() if key != "_class_name"}
    return SCHEDULERS[config["_class_name"]](**values)


def shift_at(spec: FlowSpec, tokens: int) -> float:
    """How far times move towards noise for a picture of so many tokens; see `flow.shifted`."""
    if spec.scheduler is None:
        return spec.shift
    config = library_scheduler(spec.scheduler).config
    if not config["use_dynamic_shifting"]:
        return float(config["shift"] if "shift" in config else config["flow_shift"])
    mu = _mu(config, tokens)
    return mu if config["time_shift_type"] == "linear" else math.exp(mu)


def _mu(config: Any, tokens: int) -> float:
    """Of shifting by resolution: on a straight line over the number of tokens, as the pipelines of `diffusers` do."""
    fewest, most = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    low, high = config.get("base_shift", 0.5), config.get("max_shift", 1.15)
    return float(low + (high - low) * (tokens - fewest) / (most - fewest))


class Sampler(Protocol):
    """`times`: at which the DiT is asked, (steps,)."""

    times: Tensor

    def step(self, v: Tensor, x_t: Tensor) -> Tensor:
        """From the state at the next of the times, and the velocity there, to the state that follows."""
        ...


class Euler:
    """Straight steps along a path of times that ends at 0, (steps + 1,)."""

    def __init__(self, path: Tensor) -> None:
        self.times, self._path, self._done = path[:-1], path, 0

    def step(self, v: Tensor, x_t: Tensor) -> Tensor:
        now, following = self._path[self._done : self._done + 2]
        self._done += 1
        out: Tensor = x_t + (following - now) * v
        return out


class Scheduled:
    """Steps of a scheduler of `diffusers`."""

    def __init__(self, config: dict[str, Any], steps: int, tokens: int, device: torch.device) -> None:
        self._scheduler = library_scheduler(config)
        by_size = self._scheduler.config["use_dynamic_shifting"]
        more = {"mu": _mu(self._scheduler.config, tokens)} if by_size else {}
        self._scheduler.set_timesteps(steps, device=device, **more)
        self._scheduler.set_begin_index(0)
        self._timesteps = list(self._scheduler.timesteps)
        whole = (
            not self._scheduler.timesteps.is_floating_point()
        )  # timesteps cut to whole thousandths are asked as such
        times = self._scheduler.timesteps / 1000 if whole else self._scheduler.sigmas[:-1]
        self.times = times.to(device, torch.float32)

    def step(self, v: Tensor, x_t: Tensor) -> Tensor:
        out: Tensor = self._scheduler.step(v, self._timesteps.pop(0), x_t, return_dict=False)[0]
        return out


def sampler(spec: FlowSpec, steps: int, tokens: int, device: torch.device) -> Sampler:
    """How to draw a picture of so many tokens in so many steps."""
    if spec.scheduler is not None:
        return Scheduled(spec.scheduler, steps, tokens, device)
    return Euler(flow.sampling_times(steps, spec.shift).to(device))
