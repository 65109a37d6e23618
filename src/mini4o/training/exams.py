"""Scores on a small fixed set as training goes, so that a collapse is seen in minutes and not at the end."""

import json
from pathlib import Path
from typing import Any

from mini4o.evaluation.storybook.candidates import Trained
from mini4o.evaluation.storybook.exam import PARTS, Exam, Family
from mini4o.evaluation.storybook.examine import examine
from mini4o.evaluation.storybook.scores import EVERY, main_mark, scores
from mini4o.mini4o import Mini4o
from mini4o.pretrained.model import Model
from mini4o.training.recipe import ExamSpec

DRAWN: tuple[Family, ...] = ("drawing", "editing")  # families that ask for pictures
Shares = dict[str, dict[str, float | None]]


def exam_of(spec: ExamSpec) -> Exam:
    """The examination on the validation split that a recipe asks for.

    Raises:
        DataError: there is no such part; says what there is.
    """
    return Exam(spec.parts, spec.count, ("val",))


def sit(model: Model, exam: Exam, drawing: bool, folder: Path, done: int, stage: str) -> Shares:
    """Let a model sit the examination; appends a line to `exam.jsonl` in the run's folder.

    Args:
        model: as it is after `done` steps over all.
        exam: what is asked.
        drawing: whether it has begun to learn to draw; else nothing is asked that needs it.
        folder: of the run.
        done: steps over all.
        stage: the stage's name.

    Returns:
        For each family and part the share of samples that are right; None if none could be told.
    """
    drawn = [part for family in DRAWN for part in PARTS[family]]
    was_training = model.net.training
    candidate = Trained(Mini4o(model), seed=0)
    lines = [examine(exam, [candidate], key)[0] for key in exam if drawing or key.part not in drawn]
    model.net.train(was_training)
    found: dict[str, Any] = scores(lines).get("val", {})
    shares: Shares = {}
    for family, rows in found.items():
        parts = {row: marks["model"] for row, marks in rows.items()}
        shares[family] = {row: marks[main_mark(marks)][EVERY]["share"] for row, marks in parts.items()}
    with (folder / "exam.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"done": done, "stage": stage, "right": shares}, ensure_ascii=False) + "\n")
    return shares


def summary(shares: Shares) -> str:
    """One line for people: the mean of each family's parts."""
    told = {family: [share for share in parts.values() if share is not None] for family, parts in shares.items()}
    return "right: " + ", ".join(f"{family} {sum(some) / len(some):.0%}" for family, some in told.items() if some)
