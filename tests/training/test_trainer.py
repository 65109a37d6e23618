"""A run: its losses fall, it freezes what it should, its length is what was asked for."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import PIL.Image
import pytest
import torch
from safetensors.torch import load_file

from mini4o.errors import RecipeError
from mini4o.pretrained.folder import load
from mini4o.training.log import Plan, Watcher
from mini4o.training.recipe import Recipe
from mini4o.training.trainer import Trainer

MakeRecipe = Callable[..., Recipe]


def average_losses(rows: list[dict[str, Any]], stage: str, name: str) -> tuple[float, float]:
    """Means over the first and the last fifth of a stage."""
    losses = [row[name] for row in rows if row["stage"] == stage]
    some = len(losses) // 5
    return sum(losses[:some]) / some, sum(losses[-some:]) / some


# --------------------------------------------------------------------------------------------------------- learning


def test_losses_of_all_three_stages_fall(make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace) -> None:
    changes = {
        "stages.0.steps": 40,
        "stages.1.steps": 60,
        "stages.2.steps": 15,
        "stages.1.batch": 8,
        "previews.data": [],
    }
    trainer = Trainer(make_recipe({**changes, "ema.decay": 0.9, "ema.skip": []}), tmp_path / "run")
    assert trainer.run()
    rows = tools.rows(tmp_path / "run")
    before, after = average_losses(rows, "understand", "text")
    assert after < 0.5 * before
    before, after = average_losses(rows, "connect", "image")
    assert after < 0.6 * before
    # What the first two have learnt is still there in the last.
    unify = [row for row in rows if row["stage"] == "unify"]
    assert max(row["text"] for row in unify[-3:]) < min(row["text"] for row in unify[:3])
    assert max(row["image"] for row in unify) < rows[40]["image"]
    assert all("text" not in row for row in rows if row["stage"] == "connect")
    assert all("image" not in row for row in rows if row["stage"] == "understand")


def test_a_run_leaves_what_it_promises(whole_run: Path, tools: SimpleNamespace) -> None:
    names = {path.name for path in whole_run.iterdir()}
    assert names >= {"recipe.yaml", "plan.json", "log.jsonl", "loss.png", "samples", "answers.jsonl", "state", "model"}
    assert "progress.png" in names
    assert [path.name for path in (whole_run / "state").iterdir()] == ["000015"]
    rows = tools.rows(whole_run)
    assert [row["done"] for row in rows] == list(range(1, 16))
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3]
    assert rows[-1]["seconds_left"] == 0 < rows[0]["seconds_left"]
    for row in rows[:6]:
        assert row["tasks"] == {"read": {"text": pytest.approx(row["text"], abs=1e-4)}}
    assert all({"image"} == set(of) for row in rows[6:12] for of in row["tasks"].values())
    assert {name for row in rows[6:12] for name in row["tasks"]} == {"draw", "edit", "none", "no_text"}
    assert all(row["tasks"].keys() >= {"read", "draw", "edit"} for row in rows[12:])
    # Every 4 steps and at the end of a stage; no drawing before a stage has taught it.
    assert [path.name for path in sorted((whole_run / "samples").iterdir())] == [
        "000008-connect.png",
        "000012-connect.png",
        "000015-unify.png",
    ]
    answers = [row["at"] for row in tools.rows(whole_run, "answers.jsonl")]
    assert answers == ["000004-understand", "000006-understand", "000008-connect", "000012-connect", "000015-unify"]
    model = load(whole_run / "model")
    assert model.net.spec.queries == 2
    assert (whole_run / "model" / "recipe.yaml").read_text("utf-8") == (whole_run / "recipe.yaml").read_text("utf-8")


def test_pictures_of_previews_are_strips(whole_run: Path) -> None:
    with PIL.Image.open(whole_run / "samples" / "000015-unify.png") as strip:
        assert strip.format == "PNG" and strip.width > 3 * 96 and strip.height > 96


# ----------------------------------------------------------------------------------------------- freezing, averages


class Snapshots(Watcher):
    """The weights as they are at the end of each step, before a stage hands on its averages."""

    def __init__(self) -> None:
        self.trainer: Trainer
        self.after: list[dict[str, torch.Tensor]] = []

    def plan(self, plan: Plan) -> None:
        self.after.append(self._now())

    def step(self, log: Any) -> None:
        self.after.append(self._now())

    def _now(self) -> dict[str, torch.Tensor]:
        return {name: p.detach().clone() for name, p in self.trainer.model.net.named_parameters()}


@pytest.fixture(scope="module")
def watched(whole_run: Path, tmp_path_factory: pytest.TempPathFactory, tools: SimpleNamespace) -> Snapshots:
    """Snapshots of a whole run: before it and after each of its 15 steps, and what was released."""
    watcher = Snapshots()
    run = tools.again(whole_run, tmp_path_factory.mktemp("watched") / "run")
    watcher.trainer = Trainer.resume(run, watcher=watcher)
    assert watcher.trainer.run()
    watcher.step(None)
    return watcher


BORDERS = [(0, 0, 6), (1, 6, 12), (2, 12, 15)]


def test_frozen_groups_stay_bit_identical_and_the_others_move(watched: Snapshots) -> None:
    recipe = watched.trainer.recipe
    assert recipe.optimiser.weight_decay > 0
    groups = watched.trainer.model.net.groups()
    for number, first, last in BORDERS:
        for group, parameters in groups.items():
            moved = {
                name: not torch.equal(watched.after[first][name], watched.after[last][name]) for name in parameters
            }
            if group not in recipe.stages[number].train:
                begin = watched.after[first + 1]  # a stage begins on averages, which moved what trained before
                same = [name for name in parameters if torch.equal(begin[name], watched.after[last][name])]
                assert same == list(parameters), group
                if number == 0:
                    assert not any(moved.values())
            elif parameters:
                assert any(moved.values()), (recipe.stages[number].name, group)


def test_the_average_is_that_of_the_formula_and_is_handed_on(watched: Snapshots) -> None:
    trainer = watched.trainer
    recipe, groups = trainer.recipe, trainer.model.net.groups()
    weights = dict(watched.after[0])
    for number, first, last in BORDERS:
        stage = recipe.stages[number]
        averaged = [name for group in stage.train if group not in recipe.ema.skip for name in groups[group]]
        averages = {name: weights[name].double() for name in averaged}
        for step, after in enumerate(watched.after[first + 1 : last + 1]):
            for name in averaged:
                decay = min(recipe.ema.decay, (1 + step) / (10 + step))
                averages[name] = decay * averages[name] + (1 - decay) * after[name].double()
        weights = dict(watched.after[last])
        weights |= {name: value.float() for name, value in averages.items()}
    # What the next stage began on shows in its first step: a group that it freezes stands still on the averages.
    assert stage.name == "unify"
    vision = list(groups["vision"])
    averages = {name: watched.after[0][name].double() for name in vision}
    for step, after in enumerate(watched.after[1:7]):
        decay = min(0.8, (1 + step) / (10 + step))  # the first steps count for more
        averages = {name: decay * averages[name] + (1 - decay) * after[name].double() for name in vision}
    for name in vision:
        assert torch.allclose(watched.after[7][name], averages[name].float(), atol=1e-6)
        assert not torch.allclose(watched.after[7][name], watched.after[6][name], atol=1e-5)
    for name, value in weights.items():  # and what is released are the averages of the last stage
        assert torch.allclose(watched.after[16][name], value, atol=1e-6), name
    trained = [name for name in groups["dit"] if not torch.equal(watched.after[16][name], watched.after[15][name])]
    assert trained


def test_the_released_folder_holds_the_averages(watched: Snapshots) -> None:
    released = load(watched.trainer.folder / "model").net.state_dict()
    for name, value in watched.after[16].items():
        assert torch.equal(released[name], value), name


# ------------------------------------------------------------------------------------------------------------- dial


def test_measuring_does_not_change_a_run(
    make_recipe: MakeRecipe, whole_run: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    trainer = Trainer(make_recipe(), tmp_path / "run", steps=15)  # measures threads; `again` measures nothing
    assert trainer.run()
    unmeasured = tools.again(whole_run, tmp_path / "unmeasured")
    assert Trainer.resume(unmeasured).run()
    tools.same_run(tmp_path / "run", unmeasured)


def test_minutes_are_measured_once_and_then_frozen(
    make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace
) -> None:
    run = tmp_path / "run"
    trainer = Trainer(make_recipe({"previews.data": []}), run, minutes=0.05)
    plan = json.loads((run / "plan.json").read_text("utf-8"))
    steps = [stage["steps"] for stage in plan["stages"]]
    assert all(stage["seconds_a_step"] > 0 for stage in plan["stages"]) and sum(steps) > 5
    assert plan["threads"] == 1 == torch.get_num_threads()
    scale = (
        0.05 * 60 / 1.06 / sum(n * stage["seconds_a_step"] for n, stage in zip((6, 6, 3), plan["stages"], strict=True))
    )
    assert steps == [round(6 * scale), round(6 * scale), round(3 * scale)]
    # The same run by its number of steps, or resumed from the plan that was made with minutes: the same weights.
    plan["stages"] = [{**stage, "steps": n} for stage, n in zip(plan["stages"], (4, 3, 2), strict=True)]
    (run / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    (tools.again(run, tmp_path / "fresh") / "plan.json").write_text(
        json.dumps({**plan, "stages": [{**stage, "seconds_a_step": None} for stage in plan["stages"]]}),
        encoding="utf-8",
    )
    assert trainer.plan.threads == Trainer.resume(run).plan.threads
    for folder in (run, tmp_path / "fresh"):
        (folder / "answers.jsonl").touch()
        assert Trainer.resume(folder).run()
    assert tools.told(run) == tools.told(tmp_path / "fresh") and len(tools.told(run)) == 9
    one, two = tools.weights(run), tools.weights(tmp_path / "fresh")
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    ("dial", "says"),
    [
        ({"minutes": 1.0, "steps": 10}, "not both"),
        ({"steps": 1}, "too little"),
        ({"steps": 0}, "too little"),
        ({"steps": -5}, "too little"),
        ({"minutes": 1e-9}, "too little"),
        ({"minutes": -1.0}, "too little"),
        ({"minutes": float("nan")}, "minutes"),
    ],
)
def test_a_dial_that_makes_no_run_is_refused(
    dial: dict[str, Any], says: str, make_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace
) -> None:
    with pytest.raises(RecipeError) as caught:
        Trainer(make_recipe(), tmp_path / "run", **dial)
    assert says in tools.one_line(caught.value)
    assert not (tmp_path / "run").exists()


def test_the_precision_of_the_plan_is_that_of_the_run(whole_run: Path, tmp_path: Path, tools: SimpleNamespace) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    plan = json.loads((run / "plan.json").read_text("utf-8"))
    assert plan["precision"] == "fp32"
    (run / "plan.json").write_text(json.dumps({**plan, "precision": "bf16"}), encoding="utf-8")
    assert not Trainer.resume(run, watcher=tools.StopAt(8)).run()
    for mine, other in zip(tools.rows(run), tools.rows(whole_run), strict=False):
        kind = "text" if "text" in other else "image"
        assert mine[kind] == pytest.approx(other[kind], rel=0.05) and mine[kind] != other[kind]
    assert {value.dtype for value in load_file(run / "state" / "000008" / "net.safetensors").values()} == {
        torch.float32
    }


def test_resume_takes_the_threads_of_the_plan(whole_run: Path, tmp_path: Path, tools: SimpleNamespace) -> None:
    run = tools.again(whole_run, tmp_path / "run")
    plan = json.loads((run / "plan.json").read_text("utf-8"))
    (run / "plan.json").write_text(json.dumps({**plan, "threads": 2}), encoding="utf-8")
    try:
        Trainer.resume(run)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
