"""The warm start: the frozen DiT under the connector's condition goes where it goes under its text encoder's states."""

import json
import logging
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save_file

import pipelines
import text_encoders
from mini4o.conversation.captions import caption_of
from mini4o.data.captions import captions
from mini4o.data.readers import JsonlData
from mini4o.errors import DataError, RecipeError
from mini4o.model import flow
from mini4o.pretrained.model import Model, new_model
from mini4o.pretrained.text_encoder import TextEncoder
from mini4o.pretrained.text_states import StateFiles, make_states
from mini4o.training import warm
from mini4o.training.losses import losses
from mini4o.training.prepare import Step, documents, prepare, rendered
from mini4o.training.recipe import BranchRates, Recipe
from mini4o.training.sources import Sources
from mini4o.training.stages import check_gradients, freeze
from mini4o.training.trainer import Trainer

MakeRecipe = Callable[..., Recipe]
KINDS = tuple(pipelines.WRITE)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory, micro_data: Path) -> dict[str, Path]:
    """Of each family a pipeline, with the states of the micro data beside it in `states`."""
    out = {}
    for kind in KINDS:
        out[kind] = text_encoders.write(kind, tmp_path_factory.mktemp("pairs") / kind)
        encoder = TextEncoder(str(out[kind]), dtype=torch.float32)
        make_states(out[kind] / "states", encoder, captions([micro_data / "draw.jsonl"]))
    return out


@pytest.fixture
def warm_recipe(make_recipe: MakeRecipe, pairs: dict[str, Path]) -> MakeRecipe:
    """The micro recipe on a pretrained pair: warm, connect."""

    def make(kind: str = "sana", changes: dict[str, Any] | None = None, **warm: Any) -> Recipe:
        place = {"pretrained": str(pairs[kind])}
        stage = {
            "name": "warm",
            "steps": 6,
            "batch": 4,
            "train": {"queries": 3e-3, "connector": 3e-3},
            "states": str(pairs[kind] / "states"),
            "data": [{"path": "draw.jsonl"}],
            "branches": {"none": 0.3},
            "warmup": 2,
        }
        values = make_recipe({"model.dit": place, "model.codec": place, "model.flow": {}}).model_dump(mode="json")
        values["stages"] = [stage | warm, values["stages"][1]]
        for key, value in (changes or {}).items():
            values[key] = value
        return Recipe.model_validate(values)

    return make


def model_of(recipe: Recipe) -> Model:
    model = new_model(recipe.model, recipe.generation, ["Draw red. Draw blue."], 0)
    with torch.no_grad():
        model.net.reader.queries.mul_(50)
    return model


def step_of(model: Model, recipe: Recipe, data: Path, count: int = 6) -> Step:
    stage, samples = recipe.stages[0], JsonlData(data / "draw.jsonl")
    assert stage.states is not None
    states = StateFiles(stage.states)
    some = documents([samples[5 * n % 24] for n in range(count)], model.builder(), stage, 0, 0, states=states)
    return prepare(some, model.net, stage, 0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_the_mean_squared_difference_of_two_velocities(
    kind: str, warm_recipe: MakeRecipe, micro_data: Path
) -> None:
    recipe = warm_recipe(kind)
    model, stage = model_of(recipe), recipe.stages[0]
    net = model.net.eval()
    step = step_of(model, recipe, micro_data)
    with torch.no_grad():
        result = losses(net, step, stage)
        each: dict[int, float] = {}
        states = []
        for batch in step.batches:
            states.append(net.read_spans(batch, net.read(batch)[1]))
        condition = net.connector(torch.cat(states), torch.zeros(len(step.spans), dtype=torch.bool))
        files = StateFiles(stage.states)  # type: ignore[arg-type]
        names = [batch.documents[row].task for batch in step.batches for row in batch.rows]
        assert "none" in names and "draw" in names and len(step.drawings) == 2  # of two sizes
        for some in step.drawings:
            for place, number in enumerate(some.spans.tolist()):
                x, noise, t = some.x[place : place + 1], some.noise[place : place + 1], some.t[place : place + 1]
                x_t = flow.mix(x, noise, t)
                caption = "" if names[number] == "none" else captions_of(step, number)
                read = files[caption]  # alone, so nothing of it is padding
                pooled = None if read.pooled is None else read.pooled[None]
                slots = torch.zeros(1, net.spec.sources * 4, *x.shape[2:])
                target = net.dit(x_t, slots, t, read.states[None], pooled)
                v = net.predict(x_t, slots, t, condition[number : number + 1])
                each[number] = float((v - target).square().mean())
    assert len(each) == 6 and result.image is None and result.text is None
    assert (
        result.warm == pytest.approx(sum(each.values()) / 6, rel=1e-3) == pytest.approx(float(result.total), rel=1e-3)
    )
    assert result.warm > 1e-3
    of_none = [value for number, value in each.items() if names[number] == "none"]
    assert result.tasks["none"] == {"warm": pytest.approx(sum(of_none) / len(of_none), rel=1e-3)}


def captions_of(step: Step, number: int) -> str:
    """The request of a drawing by the colour of its target."""
    target = step.spans[number].target
    assert target is not None
    r, g, b = target.getpixel((0, 0))  # type: ignore[misc]
    colour = {(True, False, False): "red", (False, True, False): "green", (False, False, True): "blue"}
    return f"Draw {colour.get((r > 150, g > 150, b > 150), 'white')}."


def test_a_condition_that_equals_the_states_has_no_loss(warm_recipe: MakeRecipe, micro_data: Path) -> None:
    """Though it is not padded, and the states that it is compared with stand beside longer ones."""
    recipe = warm_recipe()
    model = model_of(recipe)
    net: Any = model.net.eval()
    stage = recipe.stages[0].model_copy(update={"branches": BranchRates(none=0)})
    samples = JsonlData(micro_data / "draw.jsonl")
    files = StateFiles(recipe.stages[0].states)  # type: ignore[arg-type]
    both = documents([samples[0], samples[12]], model.builder(), stage, 0, 0, states=files)
    step = prepare(both, net, stage, 0, 0)
    said = [document.caption for batch in step.batches for document in batch.documents]
    lengths = [len(each.states) for each in said if each is not None]
    assert len(set(lengths)) == 2
    shorter = min(range(2), key=lambda place: lengths[place])
    net.connector.forward = lambda states, kinds, observe: said[shorter].states.expand(2, -1, -1)  # type: ignore[union-attr]
    with torch.no_grad():
        (some,) = step.drawings
        condition = net.connector(None, None, observe=False)
        x_t = flow.mix(some.x, some.noise, some.t)
        v = net.predict(x_t, some.sources, some.t, condition)
        assert some.captions is not None and some.captions.mask is not None
        each = warm.loss(net, v, x_t, some.sources, some.t, some.captions)
    assert each[shorter] < 1e-9 < 1e-5 < each[1 - shorter]


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_queries_and_connector_through_the_dit_and_nothing_else(
    kind: str, warm_recipe: MakeRecipe, micro_data: Path
) -> None:
    recipe = warm_recipe(kind)
    model, stage = model_of(recipe), recipe.stages[0]
    named = freeze(model.net, stage)
    losses(model.net.train(), step_of(model, recipe, micro_data), stage).total.backward()  # type: ignore[no-untyped-call]
    check_gradients(named, stage)
    groups = model.net.groups()
    for group, parameters in groups.items():
        reached = [name for name, each in parameters.items() if each.grad is not None and each.grad.abs().max() > 0]
        assert bool(reached) == (group in ("queries", "connector")), group
    if kind == "sd3":
        assert groups["connector"]["connector.pool.weight"].grad is not None  # the pooled vector learns too


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_learns_and_leaves_all_else_bit_identical(
    kind: str, warm_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace
) -> None:
    recipe = warm_recipe(kind, {"previews": {"every": 100}}, steps=24)
    recipe = recipe.model_copy(update={"stages": recipe.stages[:1]})
    trainer = Trainer(recipe, tmp_path / "run")
    before = {name: value.clone() for name, value in trainer.model.net.named_parameters()}
    assert trainer.run()
    moved = {name for name, value in trainer.model.net.named_parameters() if not torch.equal(value, before[name])}
    groups = trainer.model.net.groups()
    assert moved <= groups["queries"].keys() | groups["connector"].keys()
    assert moved & groups["queries"].keys() and len(moved) > 8
    rows = tools.rows(tmp_path / "run")
    assert all("image" not in row and "text" not in row and row["warm"] > 0 for row in rows)
    first, last = (sum(row["warm"] for row in some) / 5 for some in (rows[:5], rows[-5:]))
    assert last < 0.8 * first
    assert {"draw", "none"} <= {name for row in rows for name in row["tasks"]}
    assert all(task.keys() == {"warm"} for row in rows for task in row["tasks"].values())


def test_a_resumed_run_equals_one_that_never_stopped(
    warm_recipe: MakeRecipe, tmp_path: Path, tools: SimpleNamespace
) -> None:
    recipe = warm_recipe()
    assert Trainer(recipe, tmp_path / "whole").run()
    again = tools.again(tmp_path / "whole", tmp_path / "again")
    assert not Trainer.resume(again, watcher=tools.StopAt(3)).run()
    assert Trainer.resume(again).run()
    tools.same_run(tmp_path / "whole", again)
    told = [[row.get("warm") for row in tools.rows(run)] for run in (tmp_path / "whole", again)]
    assert told[0] == told[1] and [bool(value) for value in told[0]] == [True] * 6 + [False] * 6


def test_a_worker_renders_the_same(warm_recipe: MakeRecipe) -> None:
    """What is sent to it, and what it sends back, bear being pickled."""
    recipe = warm_recipe()
    model, stage, sources = model_of(recipe), recipe.stages[0], Sources(recipe)
    states = sources.states(stage, model.net.dit)
    render = partial(rendered, sources.mixture(stage), model.builder(), stage, recipe.seed, recipe.on_bad, states)
    here = render(0)  # with a shard open
    there = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(render))(0)))
    assert len(here) == len(there) >= 4
    for one, two in zip(here, there, strict=True):
        assert one.caption is not None and torch.equal(one.caption.states, two.caption.states)


def test_sixteen_bits(warm_recipe: MakeRecipe, micro_data: Path) -> None:
    """A frozen DiT in bfloat16 under autocast gives about the same loss and teaches the same groups."""
    results = []
    for dtype, precision in (("float32", "fp32"), ("bfloat16", "bf16")):
        values = warm_recipe().model_dump(mode="json")
        values["model"]["dit"]["dtype"] = dtype
        recipe = Recipe.model_validate(values)
        model = model_of(recipe)
        freeze(model.net, recipe.stages[0])
        result = losses(model.net.train(), step_of(model, recipe, micro_data), recipe.stages[0], precision)  # type: ignore[arg-type]
        result.total.backward()  # type: ignore[no-untyped-call]
        assert model.net.reader.queries.grad is not None and model.net.reader.queries.grad.dtype == torch.float32
        results.append(result.warm)
    assert results[1] == pytest.approx(results[0], rel=0.1)


def test_edits_and_rounds_are_left_out(
    warm_recipe: MakeRecipe, micro_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    draw, edit = ((micro_data / f"{name}.jsonl").read_text() for name in ("draw", "edit"))
    for png in micro_data.glob("*.png"):
        (tmp_path / png.name).symlink_to(png)
    (tmp_path / "draw.jsonl").write_text(draw + edit)
    recipe = warm_recipe("sana", {"data": str(tmp_path)}, steps=8)
    previews = recipe.previews.model_copy(update={"data": ()})
    recipe = recipe.model_copy(update={"stages": recipe.stages[:1], "previews": previews})
    with caplog.at_level(logging.WARNING, "mini4o"):
        trainer = Trainer(recipe, tmp_path / "run")
    assert "skipped 24 of 48: not one drawing of one caption: " in caplog.text
    mixture = trainer.sources.mixture(recipe.stages[0])
    assert all(caption_of(sample.conversation) for step in range(12) for sample in mixture.batch(step))
    (tmp_path / "draw.jsonl").write_text(edit)
    with pytest.raises(DataError, match="in all of its 24 conversations no drawing is asked for with words alone"):
        Trainer(recipe, tmp_path / "other")


def test_a_caption_without_states_is_an_error_that_says_how_to_make_them(
    warm_recipe: MakeRecipe, pairs: dict[str, Path], tmp_path: Path, micro_data: Path, tools: SimpleNamespace
) -> None:
    encoder = TextEncoder(str(pairs["sana"]), dtype=torch.float32)
    make_states(tmp_path / "states", encoder, ["Draw red.", "Draw blue.", "Draw green."])
    recipe = warm_recipe(states=str(tmp_path / "states"), batch=24)
    with pytest.raises(DataError) as error:
        Trainer(recipe, tmp_path / "run")
    said = tools.one_line(error.value)
    assert "has no states of the caption 'Draw white.'; add them with: mini4o data states DATA --dit" in said
    assert not (tmp_path / "run").exists()
    Trainer(warm_recipe("sana", {"on_bad": "skip"}, states=str(tmp_path / "states"), batch=24), tmp_path / "skips")


def test_states_of_another_pair_are_refused_before_anything_is_written(
    warm_recipe: MakeRecipe, pairs: dict[str, Path], tmp_path: Path
) -> None:
    for states, says in ((pairs["sd3"] / "states", "made for a sd3"), (tmp_path / "none", r"holds no index\.json")):
        with pytest.raises(DataError, match=says):
            Trainer(warm_recipe(states=str(states)), tmp_path / "run")
    other = pipelines.write_sana(tmp_path / "other")
    place = {"pretrained": str(other)}
    values = warm_recipe().model_dump(mode="json")
    values["model"] |= {"dit": place, "codec": place}
    entrance = other / "transformer" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(entrance)
    tensors["caption_projection.linear_1.weight"] *= 1.5
    save_file(tensors, entrance, {"format": "pt"})
    with pytest.raises(DataError, match="made for other weights, not for this sana"):
        Trainer(Recipe.model_validate(values), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"states": None}, "`states` and the stage warm belong together"),
        ({"name": "connect"}, "`states` and the stage warm belong together"),
        ({"image_loss": 1}, "stage warm has a loss of its own; leave the others out"),
        ({"train": {"connector": 1e-3, "dit": 1e-3}}, "stage warm trains queries and connector alone.*: dit"),
    ],
)
def test_a_recipe_that_means_something_else_is_refused(
    warm_recipe: MakeRecipe, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        warm_recipe(**changes)


def test_warm_comes_first_and_needs_a_pretrained_dit(warm_recipe: MakeRecipe, make_recipe: MakeRecipe) -> None:
    recipe = warm_recipe()
    values = recipe.model_dump(mode="json")
    with pytest.raises(ValidationError, match="stage warm comes after connect, which trains the DiT that it goes by"):
        Recipe.model_validate(values | {"stages": values["stages"][::-1]})
    with pytest.raises(ValidationError, match="stage warm: a DiT of random weights has no text encoder"):
        Recipe.model_validate(make_recipe().model_dump(mode="json") | {"stages": values["stages"]})
    assert Recipe.model_validate(json.loads(recipe.model_dump_json())) == recipe
    assert (recipe.stages[0].text_loss, recipe.stages[0].image_loss) == (0, 0)


def test_only_its_two_groups_may_be_named_so_the_rest_is_frozen(warm_recipe: MakeRecipe) -> None:
    recipe = warm_recipe(train={"connector": 1e-3})
    model = model_of(recipe)
    named = freeze(model.net, recipe.stages[0])
    assert named.keys() == {"connector"}
    with pytest.raises(RecipeError, match="the codec is never trained"):
        freeze(model.net, recipe.stages[0].model_copy(update={"train": {"codec": 1e-3}}))
