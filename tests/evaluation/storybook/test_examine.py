import json
import math

import pytest

from mini4o.conversation.parts import Text
from mini4o.evaluation.shares import share
from mini4o.evaluation.storybook.candidates import Copy, Truth
from mini4o.evaluation.storybook.exam import CATEGORIES, Exam
from mini4o.evaluation.storybook.examine import OVERALL, _mean, examine
from mini4o.evaluation.storybook.tables import markdown
from mini4o.generation.session import Reply


def test_marks_are_counted_by_language_and_together(told) -> None:
    exam, steps = Exam(("ask_exist", "arithmetic"), count=5), list[tuple[int, int]]()
    truth = Truth(exam)
    english = told(lambda messages, wish, key: truth.reply(messages, wish, key) if key.language == "en" else Reply(()))
    result = examine(exam, [english, truth], lambda done, total: steps.append((done, total)))
    row = result["scores"]["questions"]["ask_exist"]
    assert {language: (told["share"], told["n"]) for language, told in row["told"]["right"].items()} == {
        "all": (0.6, 5),
        "en": (1.0, 3),
        "zh": (0.0, 2),
    }
    assert row["told"]["right"]["all"] == {**share(3, 5), "left_out": 0}
    assert row["truth"]["right"]["all"]["share"] == 1
    assert steps == [(number, 10) for number in range(1, 11)]
    assert json.loads(json.dumps(result)) == result


def test_the_same_twice_and_other_samples_for_another_seed(told) -> None:
    yes = told(lambda *_: Reply((Text(text="yes"),)))
    exams = [Exam(("ask_exist", "ask_relation"), 6, seed=seed) for seed in (0, 0, 1)]
    first, again, other = (examine(exam, [yes]) for exam in exams)
    assert first == again
    assert first["prompts_hash"] != other["prompts_hash"]


def test_a_candidate_is_asked_what_it_can_do() -> None:
    exam = Exam(("arithmetic", "edit_time"), 2)
    result = examine(exam, [Copy(), Truth(exam)])
    assert set(result["scores"]["text"]["arithmetic"]) == {"truth"}
    assert set(result["scores"]["editing"]["edit_time"]) == {"copy", "truth"}
    marks = result["scores"]["editing"]["edit_time"]["copy"]
    assert {name: each["all"]["share"] for name, each in marks.items()} == {"done": 0, "kept": 1, "both": 0}
    table = markdown(result)
    assert "| edit_time | 2 | 0.0 (0–66) |" in table and "| arithmetic | 2 | 100.0 (34–100) |" in table
    assert "| edit_time | 0.0 / 0.0 |" in table


def test_what_cannot_be_told_is_left_out_and_counted(told) -> None:
    """Letters on a small sign are too low to be read at this size."""
    exam = Exam(("edit_text",), 6)
    row = examine(exam, [Truth(exam)])["scores"]["editing"]["edit_text"]["truth"]["done"]
    assert all(told["n"] + told["left_out"] == asked for told, asked in zip(row.values(), (6, 3, 3), strict=True))
    assert 0 < row["all"]["left_out"] == row["en"]["left_out"] + row["zh"]["left_out"]


def test_overall_is_the_mean_of_the_six_categories(told) -> None:
    exam = Exam(tuple(f"category_{name}" for name in CATEGORIES), count=1)
    truth = Truth(exam)
    half = told(
        lambda messages, wish, key: (
            truth.reply(messages, wish, key)
            if key.part in ("category_single", "category_two", "category_colours")
            else Reply(())
        )
    )
    rows = examine(exam, [half])["scores"]["drawing"]
    overall = rows.pop(OVERALL)["told"]["right"]["en"]
    assert overall["share"] == pytest.approx(sum(row["told"]["right"]["en"]["share"] for row in rows.values()) / 6)
    assert (overall["share"], overall["n"]) == (0.5, 6) and overall["low"] < 0.5 < overall["high"]


def test_the_interval_of_a_mean() -> None:
    """Of alike shares it is as much narrower as there are more of them; one that is not known leaves none."""
    one = {**share(20, 40), "left_out": 1}
    mean = _mean([one] * 4)
    assert mean["share"] == 0.5 and (mean["n"], mean["left_out"]) == (160, 4)
    assert mean["share"] - mean["low"] == pytest.approx((one["share"] - one["low"]) / math.sqrt(4))
    assert mean["high"] == pytest.approx(share(80, 160)["high"], abs=0.005)
    assert _mean([one, {**share(0, 0), "left_out": 3}])["share"] is None
