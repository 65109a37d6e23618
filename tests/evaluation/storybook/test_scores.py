import math
from typing import Any

import pytest

from mini4o.evaluation.shares import share
from mini4o.evaluation.storybook.exam import CATEGORIES
from mini4o.evaluation.storybook.scores import OVERALL, main_mark, marks_of, mean, read_marks, scores


def line(sample: str, **rows: Any) -> dict[str, Any]:
    return {"sample": sample, "rows": rows}


def test_marks_are_counted_by_split_and_language_and_together() -> None:
    lines = [
        line(f"{split}/ask_exist/{language}/{index}", model={"ask_exist": {"right": [language == "en"]}})
        for split in ("test", "heldout")
        for index in range(3)
        for language in ("en", "zh")[: 2 if index < 2 else 1]
    ]
    row = scores(lines)["heldout"]["questions"]["ask_exist"]["model"]["right"]
    assert {language: (told["share"], told["n"]) for language, told in row.items()} == {
        "all": (0.6, 5),
        "en": (1.0, 3),
        "zh": (0.0, 2),
    }
    assert row["all"] == {**share(3, 5), "left_out": 0}


def test_what_cannot_be_told_is_left_out_and_counted() -> None:
    marks = [[True, None], [None], [False, True]]
    lines = [line(f"test/rounds/en/{number}", model={"rounds": {"both": each}}) for number, each in enumerate(marks)]
    told = scores(lines)["test"]["editing"]["rounds"]["model"]["both"]["all"]
    assert (told["share"], told["n"], told["left_out"]) == (pytest.approx(2 / 3), 3, 2)


def test_overall_is_the_mean_of_the_six_categories() -> None:
    lines = [
        line(f"test/category_{name}/en/{index}", model={f"category_{name}": {"right": [number < 3], "claims": [True]}})
        for number, name in enumerate(CATEGORIES)
        for index in range(number + 1)
    ]
    overall = scores(lines)["test"]["drawing"][OVERALL]["model"]["right"]["en"]
    assert (overall["share"], overall["n"]) == (0.5, 21) and overall["low"] < 0.5 < overall["high"]
    assert OVERALL not in scores(lines[1:])["test"]["drawing"]  # a category is missing


def test_marks_are_kept_sample_by_sample() -> None:
    marks = [[True, False], [None], []]
    lines = [line(f"test/rounds/en/{number}", model={"rounds": {"both": each}}) for number, each in enumerate(marks)]
    told = marks_of([*lines, line("test/rounds/en/3", truth={"rounds": {"both": [True]}})], "model")
    assert told == {"test": {"editing": {"rounds": {"both": "10 ? "}}}}
    assert read_marks("10 ? ") == marks


def test_the_main_mark() -> None:
    assert main_mark({"claims": 0, "right": 0}) == "right" and main_mark({"done": 0, "both": 0}) == "both"


def test_the_interval_of_a_mean() -> None:
    """Of alike shares it is as much narrower as there are more of them; one that is not known leaves none."""
    one = {**share(20, 40), "left_out": 1}
    four = mean([one] * 4)
    assert four["share"] == 0.5 and (four["n"], four["left_out"]) == (160, 4)
    assert four["share"] - four["low"] == pytest.approx((one["share"] - one["low"]) / math.sqrt(4))
    assert four["high"] == pytest.approx(share(80, 160)["high"], abs=0.005)
    assert mean([one, {**share(0, 0), "left_out": 3}])["share"] is None
