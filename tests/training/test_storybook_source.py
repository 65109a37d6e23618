"""A recipe whose data is the storybook, made as it is read, and shards of it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from mini4o.data.storybook import Storybook
from mini4o.data.storybook_files import make_storybook
from mini4o.errors import DataError, RecipeError
from mini4o.training.recipe import DataSpec, Recipe, dump_recipe, load_recipe
from mini4o.training.trainer import Trainer

STORY = {"tasks": {"edit_recolour": 2, "caption_short": 1}, "count": 60, "size": 32, "languages": ["en"]}


@pytest.fixture
def story(values: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """The micro recipe: its first stage reads shards, the second draws from the stream."""
    make_storybook(Storybook({"caption_short": 1}, 8, size=32, languages=["en"]), tmp_path / "story")
    values["data"] = str(tmp_path)
    values["previews"]["data"] = ["story/000000.tar"]
    values["model"]["backbone"]["config"]["text_config"]["max_position_embeddings"] = 512
    values["stages"] = values["stages"][:2]
    values["stages"][0]["data"] = [{"path": "story"}]
    values["stages"][1]["data"] = [{"storybook": STORY | {"tasks": {"edit_recolour": 1}}, "weight": 2}]
    return values


def test_a_run_on_shards_and_the_stream(story: dict[str, Any], tmp_path: Path) -> None:
    recipe = Recipe.model_validate(story)
    Trainer(recipe, tmp_path / "run", steps=4).run()
    assert (tmp_path / "run" / "model" / "mini4o.json").is_file()
    assert Recipe.model_validate(yaml.safe_load(dump_recipe(recipe))) == recipe


def test_what_a_recipe_may_say(story: dict[str, Any], tmp_path: Path, tools: SimpleNamespace) -> None:
    path = tmp_path / "micro.yaml"
    path.write_text(tools.dump(story))
    with pytest.raises(RecipeError, match=r"'stages\.1\.data\.0\.storybook\.splt'; did you mean 'split'"):
        load_recipe(path, ["stages.1.data.0.storybook.splt=val"])
    with pytest.raises(RecipeError, match="either a `path` or a `storybook`"):
        load_recipe(path, ["stages.1.data.0.path=x.jsonl"])
    for values in ({"weight": 1}, {"storybook": STORY, "only": "text"}):
        with pytest.raises(ValidationError):
            DataSpec.model_validate(values)
    recipe = load_recipe(path, ["stages.1.data.0.storybook.split=tests"])
    with pytest.raises(DataError, match="train, val, test, heldout"):
        Trainer(recipe, tmp_path / "run", steps=4)
    assert not (tmp_path / "run").exists()
