"""Stages as freeze groups: what trains, at which rate, by which optimiser."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from mini4o.errors import RecipeError
from mini4o.model.net import Net
from mini4o.training.recipe import Recipe, StageSpec

Groups = dict[str, dict[str, nn.Parameter]]

NEVER_DECAYED = ("queries", "rows")  # a token that is seen rarely must not shrink meanwhile


def freeze(net: Net, stage: StageSpec) -> Groups:
    """Let the stage's groups train and freeze all others; the groups that train, with their parameters by name.

    Raises:
        RecipeError: none of the groups has a parameter in this model.
    """
    if "codec" in stage.train:
        raise RecipeError(f"stage {stage.name}: the codec is never trained; take it out of `train`")
    groups = net.groups()
    for group, parameters in groups.items():
        for parameter in parameters.values():
            parameter.requires_grad_(group in stage.train)
    named: Groups = {str(group): groups[group] for group in stage.train if groups[group]}
    for group, parameters in named.items():
        for parameter in parameters.values():
            if parameter.dtype in (torch.bfloat16, torch.float16):  # too coarse for small steps
                raise RecipeError(
                    f"stage {stage.name} trains '{group}', whose weights are {parameter.dtype}; "
                    "set the part's `dtype` to float32, or leave the group out of `train`"
                )
    if not named:
        raise RecipeError(f"stage {stage.name}: nothing of this model is in {', '.join(stage.train)}")
    return named


def make_optimiser(recipe: Recipe, stage: StageSpec, named: Groups) -> torch.optim.AdamW:
    """AdamW with the groups' own rates. Weight decay is for matrices: biases, norms, queries and rows have none."""
    groups = []
    for group, parameters in named.items():
        for parameter in parameters.values():
            decays = parameter.ndim > 1 and group not in NEVER_DECAYED
            decay = recipe.optimiser.weight_decay if decays else 0.0
            groups.append({"params": [parameter], "lr": stage.train[group], "weight_decay": decay, "name": group})  # type: ignore[index]
    return torch.optim.AdamW(groups, betas=recipe.optimiser.betas, fused=True)


def set_rates(optimiser: torch.optim.Optimizer, stage: StageSpec, step: int, steps: int) -> dict[str, float]:
    """Rates of a step (from 0): linear warm-up, then a half cosine down to `floor` of the stage's; by group."""
    warmup = min(stage.warmup, steps // 5)
    if step < warmup:
        scale = (step + 1) / (warmup + 1)
    else:
        progress = (step - warmup) / max(1, steps - warmup)
        scale = stage.floor + (1 - stage.floor) * 0.5 * (1 + math.cos(math.pi * progress))
    rates: dict[str, float] = {}
    for group in optimiser.param_groups:
        rates[group["name"]] = group["lr"] = stage.train[group["name"]] * scale
    return rates


def check_gradients(named: Groups, stage: StageSpec) -> None:
    """After a first backward: every group that trains must have been reached.

    Raises:
        RecipeError: names the group that the stage's losses do not reach.
    """
    for group, parameters in named.items():
        if all(parameter.grad is None for parameter in parameters.values()):
            raise RecipeError(
                f"stage {stage.name} trains '{group}', but none of its losses reach it; take it out of `train` or "
                "give the loss that teaches it a weight above 0"
            )


@contextmanager
def swapped(parameters: dict[str, nn.Parameter], others: dict[str, Tensor]) -> Iterator[None]:
    """Other values in the parameters for a while, and back."""
    with torch.no_grad():
        kept = {name: parameters[name].detach().clone() for name in others}
        for name, other in others.items():
            parameters[name].copy_(other)
        try:
            yield
        finally:
            for name, own in kept.items():
                parameters[name].copy_(own)
