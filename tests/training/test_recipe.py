"""The recipe: what it refuses and how it says so, what `--set` changes, and that it comes back as it was written."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from mini4o.errors import RecipeError
from mini4o.training.recipe import Recipe, dump_recipe, find_recipe, load_recipe

SHIPPED = sorted(Path(str(resources.files("mini4o") / "recipes")).glob("*.yaml"))


@pytest.fixture
def write(tmp_path: Path, tools: SimpleNamespace) -> Callable[[Any], Path]:
    def write(values: Any) -> Path:
        path = tmp_path / "micro.yaml"
        path.write_text(values if isinstance(values, str) else tools.dump(values), encoding="utf-8")
        return path

    return write


def refused(path: Path, *changes: str) -> str:
    with pytest.raises(RecipeError) as caught:
        load_recipe(path, changes)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("stagse", "stages"),
        ("model.conector", "connector"),
        ("model.connector.layer", "layers"),
        ("model.backbone.tokeniser_words", "tokenizer_words"),
        ("stages.0.bach", "batch"),
        ("stages.1.branches.no_txt", "no_text"),
        ("stages.1.train.querys", "queries"),
        ("stages.1.data.0.wieght", "weight"),
        ("generation.text_scail", "text_scale"),
        ("optimiser.weight_decey", "weight_decay"),
        ("ema.decai", "decay"),
        ("previews.evry", "every"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    key: str, meant: str, values: dict[str, Any], write: Callable[[Any], Path]
) -> None:
    message = refused(write(values), f"{key}=1")
    assert f"'{key}'" in message and f"did you mean '{meant}'" in message
    # and the same written into the file
    *steps, last = key.split(".")
    place: Any = values
    for step in steps:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    place[last] = 1
    path = write(values)
    assert refused(path) == message and str(path) in message


def test_set_beats_the_file(values: dict[str, Any], write: Callable[[Any], Path]) -> None:
    changes = [
        "seed=7",
        "stages.1.steps=99",
        "stages.1.train.dit=5e-4",
        "stages.2.data.1.weight=2.5",
        "generation.text_scale=2",
        "model.sizes.1=[48, 16]",
        "previews.data=[]",
        "optimiser.betas.1=0.9",
        "stages.0.data.0.only=text",
    ]
    values["optimiser"]["betas"] = [0.9, 0.98]
    recipe = load_recipe(write(values), changes)
    assert recipe.seed == 7 and recipe.stages[1].steps == 99
    assert recipe.stages[1].train["dit"] == 5e-4 and recipe.stages[1].train["queries"] == 3e-3
    assert recipe.stages[2].data[1].weight == 2.5 and recipe.generation.text_scale == 2
    assert recipe.model.sizes == [(16, 16), (48, 16)] and recipe.previews.data == ()
    assert recipe.optimiser.betas == (0.9, 0.9) and recipe.stages[0].data[0].only == "text"
    assert load_recipe(write(values), ["ema.decay=0.5", "ema.decay=0.25"]).ema.decay == 0.25


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("stages.1.steps", "key=value"),
        ("stages.9.steps=3", "'9'"),
        ("stages.0.train=3", "train"),
        ("stages.9={}", "'9'"),
        ("name.first=3", "'first'"),
        ("seed=many", "seed"),
        ("stages.0.steps=0", "steps"),
        ("stages.0.steps=1.5", "steps"),
        ("stages.0.name=pretrain", "stages.0.name"),
        ("stages.0.data=[]", "data"),
        ("stages=[]", "stages"),
        ("stages.1.train.dit=fast", "dit"),
        ("stages.1.train.dit=-1", "dit"),
        ("stages.1.train={}", "train"),
        ("stages.1.branches.none=1.5", "none"),
        ("stages.1.branches.none=0.9", "more than 1"),
        ("stages.0.text_loss=0", "nothing would be learnt"),
        ("ema.decay=2", "decay"),
        ("precision=fp16", "precision"),
        ("on_bad=maybe", "on_bad"),
        ("model.sizes=[[20, 16]]", "20x16"),
        ("generation.top_p=0", "top_p"),
        ("seed={", "seed"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_one_line(
    change: str, says: str, values: dict[str, Any], write: Callable[[Any], Path]
) -> None:
    values["stages"][1]["branches"]["no_text"] = 0.2
    assert says in refused(write(values), change)


@pytest.mark.parametrize("text", ["a: [", "- a\n- b\n", "just words", "", "\tname: x"])
def test_what_is_no_mapping_is_refused_in_one_line(text: str, write: Callable[[Any], Path]) -> None:
    path = write(text)
    assert str(path) in refused(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "gone.yaml" in refused(tmp_path / "gone.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00name")
    assert "binary.yaml" in refused(binary)


def test_guidance_that_no_stage_trains_is_refused(values: dict[str, Any], write: Callable[[Any], Path]) -> None:
    path = write(values)
    untrained = ["stages.1.branches.none=0", "stages.2.branches.none=0"]
    assert "text_scale" in refused(path, *untrained)
    assert load_recipe(path, [*untrained, "generation.text_scale=1"]).generation.text_scale == 1
    assert load_recipe(path, untrained[:1]).stages[2].branches.none == 0.1  # one stage that trains it is enough
    # A stage that draws nothing trains no branch, whatever its rate says.
    only_understand = [*untrained, "stages.0.branches.none=0.5"]
    assert "text_scale" in refused(path, *only_understand)


def test_a_recipe_comes_back_as_it_was_written(values: dict[str, Any], write: Callable[[Any], Path]) -> None:
    values["name"] = "数字 ✎"
    recipe = load_recipe(write(values), ["ema.skip=[head]", "data=some/where"])
    dumped = dump_recipe(recipe)
    again = load_recipe(write(dumped))
    assert again == recipe and dump_recipe(again) == dumped
    assert yaml.safe_load(dumped)["stages"][0]["floor"] == 0.05  # every default is written out


def test_recipes_that_are_shipped_load() -> None:
    assert "digits" in [path.stem for path in SHIPPED]
    for path in SHIPPED:
        recipe = load_recipe(path)
        assert find_recipe(path.stem) == path
        assert Recipe.model_validate(yaml.safe_load(dump_recipe(recipe))) == recipe


def test_a_recipe_is_found_by_path_before_name(write: Callable[[Any], Path], values: dict[str, Any]) -> None:
    path = write(values)
    assert find_recipe(str(path)) == path
    with pytest.raises(RecipeError, match="no such recipe file; did you mean 'digits'"):
        find_recipe("digit")
