"""The dial: steps and minutes scale all stages alike; threads are those that are fastest."""

import os
import time
from collections.abc import Callable
from importlib.metadata import version

import pytest
import torch

from mini4o.errors import RecipeError
from mini4o.training.losses import Precision
from mini4o.training.plan import TryStep, choose_precision, choose_threads, make_plan, measure, share_out
from mini4o.training.recipe import Recipe

MakeRecipe = Callable[..., Recipe]


@pytest.fixture(autouse=True)
def threads_as_before(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    yield
    torch.set_num_threads(1)


def sleeps(*seconds: float) -> TryStep:
    return lambda stage, precision: time.sleep(seconds[stage])


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
    choose_threads(lambda: seen.add(torch.get_num_threads()))
    assert seen == tried


@pytest.mark.parametrize("best", [1, 2, 3])
def test_the_fastest_number_of_threads_is_taken(best: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    tried = []

    def step() -> None:
        tried.append(torch.get_num_threads())
        time.sleep(0.002 if torch.get_num_threads() == best else 0.01)

    assert choose_threads(step) == best
    assert set(tried) == {1, 2, 3} and torch.get_num_threads() == 1


def test_the_threads_of_the_plan_are_set(make_recipe: MakeRecipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    slow = {1: 0.01, 2: 0.002}

    def try_step(stage: int, precision: Precision) -> None:
        assert (stage, precision) == (0, "fp32")
        time.sleep(slow[torch.get_num_threads()])

    plan = make_plan(make_recipe(), 7, try_step, None, None, on_cpu=True)
    assert plan.threads == 2 == torch.get_num_threads()
    assert [stage.seconds_a_step for stage in plan.stages] == [None, None, None]


def test_the_first_step_and_one_slow_one_do_not_count() -> None:
    calls = []

    def step() -> None:
        calls.append(len(calls) + 1)
        time.sleep({1: 0.2, 3: 0.2}.get(len(calls), 0.005))

    assert 0.005 <= measure(step) < 0.1


class Machine:
    """A step takes so much of a clock of its own."""

    def __init__(self, fp32: float, bf16: float) -> None:
        self.seconds = {"fp32": fp32, "bf16": bf16}
        self.now = 0.0
        self.tried: list[tuple[int, str]] = []

    def step(self, stage: int, precision: Precision) -> None:
        self.tried.append((stage, precision))
        self.now += self.seconds[precision]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], Machine]:
    def make(fp32: float, bf16: float) -> Machine:
        made = Machine(fp32, bf16)
        monkeypatch.setattr(time, "perf_counter", lambda: made.now)
        return made

    return make


@pytest.mark.parametrize(
    ("fp32", "bf16", "taken"), [(1, 0.2, "bf16"), (1, 0.89, "bf16"), (1, 0.91, "fp32"), (1, 1, "fp32"), (1, 50, "fp32")]
)
def test_bf16_is_taken_where_it_is_faster_by_the_margin(
    fp32: float, bf16: float, taken: str, machine: Callable[[float, float], Machine]
) -> None:
    made = machine(fp32, bf16)
    assert choose_precision(made.step, on_cpu=True) == taken
    assert set(made.tried) == {(-1, "fp32"), (-1, "bf16")}  # of the last stage


@pytest.mark.parametrize("has", [True, False])
def test_a_gpu_is_asked_and_not_measured(
    has: bool, machine: Callable[[float, float], Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that only emulates bf16 does not have it.
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: has or including_emulation)
    made = machine(1, 1)
    assert choose_precision(made.step, on_cpu=False) == ("bf16" if has else "fp32")
    assert made.tried == []


def test_the_precision_is_measured_unless_the_recipe_names_one(
    make_recipe: MakeRecipe, machine: Callable[[float, float], Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    for said, taken in (("auto", "bf16"), ("fp32", "fp32"), ("bf16", "bf16")):
        made = machine(1, 0.5)
        plan = make_plan(make_recipe({"precision": said}), 7, made.step, 1, None, on_cpu=True)
        assert plan.precision == taken
        # The steps that the dial times are those of the run.
        assert [stage.seconds_a_step for stage in plan.stages] == [made.seconds[taken]] * 3
        assert ((-1, "fp32") in made.tried) == (said == "auto")
