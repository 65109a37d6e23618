"""Decisions at the start of a run: how many threads, which precision, and how many steps fit the dial. Measured once,
then frozen."""

import math
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from typing import get_args

import torch

from mini4o.errors import RecipeError
from mini4o.pretrained.model import Dtype
from mini4o.training.log import Plan, PlannedStage
from mini4o.training.losses import Precision
from mini4o.training.recipe import BACKBONE_GROUPS, Recipe

PACKAGES = ("mini4o", "torch", "transformers", "diffusers")
OVERHEAD = 1.06  # previews and checkpoints, on top of the steps
SAMPLES = 4  # timed steps, after one that is not

FASTER = 0.9  # bf16 is taken on a CPU if a step takes at most so much of the time: some emulate it, fifty times slower

# Runs one throw-away training step of a stage, by its number.
TryStep = Callable[[int, Precision], None]


def make_plan(
    recipe: Recipe, parameters: int, try_step: TryStep, minutes: float | None, steps: int | None, on_cpu: bool
) -> Plan:
    """Freeze threads, precision and steps. `minutes` and `steps` scale all stages alike; without them the recipe's own
    count.

    Raises:
        RecipeError: both are given, or too little for a step of every stage.
    """
    if minutes is not None and steps is not None:
        raise RecipeError("give --minutes or --steps, not both")
    if minutes is not None and not math.isfinite(minutes):
        raise RecipeError(f"--minutes {minutes}: give a number of minutes")
    threads = choose_threads(lambda: try_step(0, "fp32")) if on_cpu else torch.get_num_threads()
    torch.set_num_threads(threads)
    precision = choose_precision(try_step, on_cpu) if recipe.precision == "auto" else recipe.precision
    count = len(recipe.stages)
    seconds: list[float | None] = [None] * count
    if minutes is not None:
        seconds = [measure(partial(try_step, stage, precision)) for stage in range(count)]
    counts = [stage.steps for stage in recipe.stages]
    if minutes is not None:
        full = sum(steps * (each or 0) for steps, each in zip(counts, seconds, strict=True))
        counts = [round(steps * minutes * 60 / OVERHEAD / full) for steps in counts]
    elif steps is not None:
        counts = share_out(steps, counts)
    for stage, number in zip(recipe.stages, counts, strict=True):
        if number < 1:
            raise RecipeError(f"too little for one step of every stage: {stage.name} would get none; give more")
    stages = [
        PlannedStage(stage.name, number, stage.batch, each, ", ".join(stage.train))
        for stage, number, each in zip(recipe.stages, counts, seconds, strict=True)
    ]
    return Plan(recipe.name, stages, threads, precision, parameters, {name: version(name) for name in PACKAGES})


def backbone_dtype(recipe: Recipe, device: str) -> Dtype:
    """The type of a pretrained backbone's weights on a kind of device, where the recipe leaves it open: bfloat16 takes
    half the memory, and is too coarse for the small steps of training."""
    trains = any(group in stage.train for stage in recipe.stages for group in BACKBONE_GROUPS)
    return "bfloat16" if device == "cuda" and not trains else "float32"


def share_out(steps: int, own: Sequence[int]) -> list[int]:
    """`steps` in all, in proportion to the stages' own numbers, by largest remainder; one at least for each stage
    while there are enough."""
    quotas = [steps * number / sum(own) for number in own]
    shares = [max(0, math.floor(quota)) for quota in quotas]
    order = sorted(range(len(own)), key=lambda stage: shares[stage] - quotas[stage])
    for stage in order[: max(0, steps - sum(shares))]:
        shares[stage] += 1
    while 0 in shares and max(shares) > 1:
        shares[shares.index(max(shares))] -= 1
        shares[shares.index(0)] += 1
    return shares


def choose_threads(step: Callable[[], None]) -> int:
    """The number of threads at which a step is fastest now.

    All cores are not always best: with one of two cores taken, two threads were measured seven times slower than one.
    Never more than the environment's OMP_NUM_THREADS.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()  # OpenMP allows a number for each level
    if wanted.isdecimal() and int(wanted):
        cores = min(cores, int(wanted))
    candidates = sorted({1, *(2**n for n in range(1, 7) if 2**n <= cores), cores})
    before = torch.get_num_threads()
    times = {}
    try:
        for threads in candidates:
            torch.set_num_threads(threads)
            times[threads] = measure(step)
    finally:
        torch.set_num_threads(before)
    fastest: int = min(times, key=lambda threads: times[threads])
    return fastest


def choose_precision(try_step: TryStep, on_cpu: bool) -> Precision:
    """bf16 where the machine has it: on a CPU, where a step of the last stage, in which all parts run, is faster."""
    if not on_cpu:
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    fp32, bf16 = (measure(partial(try_step, -1, precision)) for precision in get_args(Precision))
    return "bf16" if bf16 < FASTER * fp32 else "fp32"


def measure(step: Callable[[], None]) -> float:
    """Seconds a step, the median of a few."""
    step()
    times = []
    for _ in range(SAMPLES):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]
