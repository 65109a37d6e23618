"""Decisions at the start of a run: how many threads, and how many steps fit the dial. Measured once, then frozen."""

import math
import os
import time
from collections.abc import Callable
from importlib.metadata import version

import torch

from mini4o.errors import RecipeError
from mini4o.training.log import Plan, PlannedStage
from mini4o.training.recipe import Recipe

PACKAGES = ("mini4o", "torch", "transformers", "diffusers")
OVERHEAD = 1.06  # previews and checkpoints, on top of the steps
SAMPLES = 4  # timed steps, after one that is not

# Runs one throw-away training step of a stage.
TryStep = Callable[[int], None]


def make_plan(
    recipe: Recipe, parameters: int, try_step: TryStep, minutes: float | None, steps: int | None, on_cpu: bool
) -> Plan:
    """Freeze threads and steps. `minutes` and `steps` scale all stages alike; without them the recipe's own count.

    Raises:
        RecipeError: both are given, or too little for a step of every stage.
    """
    if minutes is not None and steps is not None:
        raise RecipeError("give --minutes or --steps, not both")
    if minutes is not None and not math.isfinite(minutes):
        raise RecipeError(f"--minutes {minutes}: give a number of minutes")
    threads = choose_threads(try_step) if on_cpu else torch.get_num_threads()
    torch.set_num_threads(threads)
    count = len(recipe.stages)
    seconds = [measure(try_step, stage) for stage in range(count)] if minutes is not None else [None] * count
    own = sum(stage.steps for stage in recipe.stages)
    scale = 1.0 if steps is None else steps / own
    if minutes is not None:
        full = sum(stage.steps * (each or 0) for stage, each in zip(recipe.stages, seconds, strict=True))
        scale = minutes * 60 / OVERHEAD / full
    stages = [
        PlannedStage(stage.name, round(stage.steps * scale), stage.batch, each, ", ".join(stage.train))
        for stage, each in zip(recipe.stages, seconds, strict=True)
    ]
    for stage in stages:
        if stage.steps < 1:
            raise RecipeError(f"too little for one step of every stage: {stage.name} would get none; give more")
    return Plan(recipe.name, stages, threads, parameters, {name: version(name) for name in PACKAGES})


def choose_threads(try_step: TryStep) -> int:
    """The number of threads at which a step of the first stage is fastest now.

    All cores are not always best: with one of two cores taken, two threads were measured seven times slower than one.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    candidates = sorted({1, *(2**n for n in range(1, 7) if 2**n <= cores), cores})
    before = torch.get_num_threads()
    times = {}
    try:
        for threads in candidates:
            torch.set_num_threads(threads)
            times[threads] = measure(try_step, 0)
    finally:
        torch.set_num_threads(before)
    fastest: int = min(times, key=lambda threads: times[threads])
    return fastest


def measure(try_step: TryStep, stage: int) -> float:
    """Seconds a step of a stage, the median of a few."""
    try_step(stage)
    times = []
    for _ in range(SAMPLES):
        start = time.perf_counter()
        try_step(stage)
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]
