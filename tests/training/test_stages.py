"""Freeze groups, rates by hand, what weight decay touches."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from mini4o.errors import RecipeError
from mini4o.pretrained.model import Model, new_model
from mini4o.training.recipe import Recipe
from mini4o.training.stages import check_gradients, freeze, make_optimiser, set_rates, swapped

MakeRecipe = Callable[..., Recipe]


@pytest.fixture
def micro(make_recipe: MakeRecipe) -> Model:
    recipe = make_recipe()
    return new_model(recipe.model, recipe.generation, ["Which colour? red"], 0)


def test_freeze_leaves_only_the_groups_of_the_stage_to_train(micro: Model, make_recipe: MakeRecipe) -> None:
    groups = micro.net.groups()
    for stage in [*make_recipe().stages, make_recipe().stages[0]]:
        named = freeze(micro.net, stage)
        assert set(named) == {group for group in stage.train if groups[group]}
        for group, parameters in groups.items():
            assert all(p.requires_grad == (group in stage.train) for p in parameters.values()), group


def test_a_stage_that_has_nothing_to_train_is_refused(micro: Model, make_recipe: MakeRecipe) -> None:
    stage = make_recipe({"stages.0.train": {"codec": 1e-3}}).stages[0]  # the codec of pixels has no weights
    with pytest.raises(RecipeError, match=r"stage understand: .*codec"):
        freeze(micro.net, stage)


def test_rates_by_hand(micro: Model, make_recipe: MakeRecipe) -> None:
    changes = {"stages.1.warmup": 4, "stages.1.floor": 0.1, "stages.1.train": {"queries": 2e-3, "dit": 1e-3}}
    recipe = make_recipe(changes)
    stage = recipe.stages[1]
    optimiser = make_optimiser(recipe, stage, freeze(micro.net, stage))

    def scale(step: int, steps: int) -> float:
        rates = set_rates(optimiser, stage, step, steps)
        assert rates["queries"] == pytest.approx(2 * rates["dit"])
        assert {(g["name"], g["lr"]) for g in optimiser.param_groups} == set(rates.items())
        return rates["dit"] / 1e-3

    # 24 steps: 4 of warm-up, then 20 of a half cosine from 1 towards 0.1.
    assert [scale(step, 24) for step in range(4)] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert scale(4, 24) == pytest.approx(1)
    assert scale(9, 24) == pytest.approx(0.1 + 0.9 * 0.5 * (1 + math.sqrt(0.5)))
    assert scale(14, 24) == pytest.approx(0.55)
    assert scale(23, 24) == pytest.approx(0.1 + 0.45 * (1 + math.cos(math.pi * 19 / 20)))
    assert scale(24, 24) == pytest.approx(0.1)
    # A short run warms up for a fifth of its steps at most.
    assert [scale(step, 10) for step in range(3)] == pytest.approx([1 / 3, 2 / 3, 1])
    assert scale(0, 1) == pytest.approx(1)


def test_weight_decay_is_for_matrices_and_never_for_queries_or_rows(micro: Model, make_recipe: MakeRecipe) -> None:
    recipe = make_recipe({"optimiser.weight_decay": 0.1, "optimiser.betas": [0.5, 0.6]})
    stage = recipe.stages[2]
    optimiser = make_optimiser(recipe, stage, freeze(micro.net, stage))
    decays = {id(p): g["weight_decay"] for g in optimiser.param_groups for p in g["params"]}
    seen = set()
    for group, parameters in micro.net.groups().items():
        for parameter in parameters.values():
            if group not in stage.train:
                assert id(parameter) not in decays
                continue
            expected = 0.1 if parameter.ndim > 1 and group not in ("queries", "rows") else 0.0
            assert decays[id(parameter)] == expected
            seen.add((group, parameter.ndim > 1))
    assert {("queries", True), ("rows", True), ("dit", True), ("dit", False), ("connector", False)} <= seen
    assert optimiser.param_groups[0]["betas"] == (0.5, 0.6)


def test_a_group_without_gradients_is_named(micro: Model, make_recipe: MakeRecipe) -> None:
    stage = make_recipe().stages[1]
    named = freeze(micro.net, stage)
    for group, parameters in named.items():
        if group != "connector":
            next(iter(parameters.values())).grad = torch.zeros(1).expand_as(next(iter(parameters.values())))
    with pytest.raises(RecipeError, match="stage connect trains 'connector'"):
        check_gradients(named, stage)
    parameter = next(iter(named["connector"].values()))
    parameter.grad = torch.zeros_like(parameter)
    check_gradients(named, stage)


def test_swapped_gives_the_weights_back_even_after_an_error(micro: Model) -> None:
    parameters = dict(micro.net.connector.named_parameters())
    before = {name: p.detach().clone() for name, p in parameters.items()}
    others: dict[str, Any] = {name: torch.full_like(p, 7) for name, p in before.items() if "norm" in name}
    with pytest.raises(KeyError), swapped(parameters, others):
        for name, p in parameters.items():
            assert torch.equal(p, others.get(name, before[name]))
        raise KeyError
    assert others and all(torch.equal(p, before[name]) for name, p in parameters.items())
