"""The dial: steps and minutes scale all stages alike; threads are those that are fastest."""

import os
import time
from collections.abc import Callable
from importlib.metadata import version

import pytest
import torch

from mini4o.errors import RecipeError
from mini4o.training.plan import choose_threads, make_plan, measure, share_out
from mini4o.training.recipe import Recipe

MakeRecipe = Callable[..., Recipe]


@pytest.fixture(autouse=True)
def threads_as_before(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    yield
    torch.set_num_threads(1)


def sleeps(*seconds: float) -> Callable[[int], None]:
    return lambda stage: time.sleep(seconds[stage])


def steps_of(recipe: Recipe, **dial: float) -> list[int]:
    plan = make_plan(recipe, 7, sleeps(0, 0, 0), dial.get("minutes"), dial.get("steps"), on_cpu=False)  # type: ignore[arg-type]
    return [stage.steps for stage in plan.stages]


def test_steps_scale_all_stages_alike(make_recipe: MakeRecipe) -> None:
    recipe = make_recipe({"stages.0.steps": 400, "stages.1.steps": 400, "stages.2.steps": 200})
    assert steps_of(recipe) == [400, 400, 200]
    assert steps_of(recipe, steps=100) == [40, 40, 20]
    assert steps_of(recipe, steps=5000) == [2000, 2000, 1000]
    assert steps_of(recipe, steps=5) == [2, 2, 1]


def test_minutes_are_measured_a_stage_and_kept(make_recipe: MakeRecipe) -> None:
    recipe = make_recipe({"stages.0.steps": 100, "stages.1.steps": 100, "stages.2.steps": 50})
    plan = make_plan(recipe, 7, sleeps(0.004, 0.012, 0.004), 0.1, None, on_cpu=False)
    each = [stage.seconds_a_step for stage in plan.stages]
    assert each[0] and each[1] and each[2] and each[0] >= 0.004 and each[1] >= 0.012
    planned = sum(stage.steps * seconds for stage, seconds in zip(plan.stages, each, strict=True) if seconds)
    assert 0.85 * 6 < planned <= 6  # some is left for previews and checkpoints
    steps = [stage.steps for stage in plan.stages]
    assert abs(steps[0] - steps[1]) <= 1 and abs(steps[0] - 2 * steps[2]) <= 1
    assert plan.parameters == 7 and plan.stages[2].batch == 3 and plan.versions["torch"] == version("torch")
    assert plan.stages[1].trains == "queries, connector, dit, source_in"


@pytest.mark.parametrize("dial", [{"steps": 2}, {"steps": 0}, {"steps": -9}, {"minutes": 0.0}, {"minutes": -1.0}])
def test_too_little_is_refused(dial: dict[str, float], make_recipe: MakeRecipe) -> None:
    with pytest.raises(RecipeError, match="too little for one step of every stage"):
        steps_of(make_recipe(), **dial)


def test_both_and_nonsense_are_refused(make_recipe: MakeRecipe) -> None:
    with pytest.raises(RecipeError, match="not both"):
        steps_of(make_recipe(), steps=10, minutes=1)
    for minutes in (float("nan"), float("inf")):
        with pytest.raises(RecipeError, match="minutes"):
            steps_of(make_recipe(), minutes=minutes)


@pytest.mark.parametrize(
    ("steps", "own", "shares"),
    [
        (10, (1, 1, 1), [4, 3, 3]),
        (100, (700, 900, 400), [35, 45, 20]),
        (7, (700, 900, 400), [3, 3, 1]),
        (3, (1000, 1, 1), [1, 1, 1]),
        (5, (1000, 1, 1), [3, 1, 1]),
        (2, (5, 5, 5), [1, 1, 0]),
        (-4, (5, 5), [0, 0]),
    ],
)
def test_steps_are_shared_out_to_the_last_one(steps: int, own: tuple[int, ...], shares: list[int]) -> None:
    assert share_out(steps, own) == shares
    assert sum(shares) == max(0, steps)


@pytest.mark.parametrize(("wanted", "tried"), [("1", {1}), ("2,1", {1, 2}), ("9", {1, 2, 3}), ("many", {1, 2, 3})])
def test_the_environment_caps_the_threads(wanted: str, tried: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", wanted)
    seen = set()
    choose_threads(lambda stage: seen.add(torch.get_num_threads()))
    assert seen == tried


@pytest.mark.parametrize("best", [1, 2, 3])
def test_the_fastest_number_of_threads_is_taken(best: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    tried = []

    def try_step(stage: int) -> None:
        assert stage == 0
        tried.append(torch.get_num_threads())
        time.sleep(0.002 if torch.get_num_threads() == best else 0.01)

    assert choose_threads(try_step) == best
    assert set(tried) == {1, 2, 3} and torch.get_num_threads() == 1


def test_the_threads_of_the_plan_are_set(make_recipe: MakeRecipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    slow = {1: 0.01, 2: 0.002}
    plan = make_plan(make_recipe(), 7, lambda _: time.sleep(slow[torch.get_num_threads()]), None, None, on_cpu=True)
    assert plan.threads == 2 == torch.get_num_threads()
    assert [stage.seconds_a_step for stage in plan.stages] == [None, None, None]


def test_the_first_step_and_one_slow_one_do_not_count() -> None:
    calls = []

    def try_step(stage: int) -> None:
        calls.append(stage)
        time.sleep({1: 0.2, 3: 0.2}.get(len(calls), 0.005))

    assert 0.005 <= measure(try_step, 2) < 0.1
    assert set(calls) == {2}
