"""The small examination as training goes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mini4o.errors import DataError
from mini4o.training.exams import exam_of, summary
from mini4o.training.recipe import ExamSpec, Recipe
from mini4o.training.trainer import Trainer


def examined(make_recipe: Callable[..., Recipe], *parts: str) -> Recipe:
    """The micro recipe on pictures large enough to be judged, examined once a stage."""
    return make_recipe(
        {
            "model.sizes": [[64, 64]],
            "model.backbone.config.text_config.max_position_embeddings": 1024,
            "previews": {"every": 100, "exam": {"parts": list(parts), "count": 2}},
        }
    )


def test_a_stage_is_asked_what_it_learns(make_recipe: Callable[..., Recipe], tmp_path: Path) -> None:
    recipe = examined(make_recipe, "ask_exist", "category_single", "edit_time")
    assert Trainer(recipe, tmp_path / "run").run()
    rows = [json.loads(line) for line in (tmp_path / "run" / "exam.jsonl").read_text().splitlines()]
    assert [(row["stage"], row["done"]) for row in rows] == [("understand", 6), ("connect", 12), ("unify", 15)]
    assert rows[0]["right"].keys() == {"questions"}
    assert rows[1]["right"].keys() == rows[2]["right"].keys() == {"questions", "drawing", "editing"}
    assert rows[2]["right"]["drawing"].keys() == {"category_single"}
    assert rows[2]["right"]["editing"].keys() == {"edit_time", "all edits"}
    assert all(0 <= share <= 1 for row in rows for parts in row["right"].values() for share in parts.values())
    # The model is left as it was: the same steps without an examination end at the same weights.
    assert Trainer(
        recipe.model_copy(update={"previews": recipe.previews.model_copy(update={"exam": None})}), tmp_path / "plain"
    ).run()
    weights = [path.read_bytes() for path in sorted(tmp_path.glob("*/model/dit/*.safetensors"))]
    assert len(weights) == 2 and weights[0] == weights[1]


def test_a_part_that_is_not_there_is_refused_before_anything_is_written(
    make_recipe: Callable[..., Recipe], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"ask_exists.*did you mean 'ask_exist'"):
        Trainer(examined(make_recipe, "ask_exists"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_examination_is_on_the_validation_split() -> None:
    exam = exam_of(ExamSpec(parts=("questions",), count=3))
    assert exam.splits == ("val",) and exam.count == 3 and "ask_count" in exam.parts


def test_summary_is_the_mean_of_the_parts_that_could_be_told() -> None:
    shares = {"questions": {"ask_exist": 0.5, "pairs": 1.0}, "drawing": {"reconstruct": None}, "editing": {"all": 0.0}}
    assert summary(shares) == "right: questions 75%, editing 0%"
