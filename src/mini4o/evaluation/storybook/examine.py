"""An examination from its first sample to its scores: who is asked what, and all marks counted into shares."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Any, TypeAlias

from mini4o.conversation.parts import Text
from mini4o.evaluation.shares import share
from mini4o.evaluation.storybook.answers import problem, question
from mini4o.evaluation.storybook.candidates import Candidate
from mini4o.evaluation.storybook.drawing import drawing
from mini4o.evaluation.storybook.editing import edit, rounds
from mini4o.evaluation.storybook.exam import CATEGORIES, CATEGORY, WORLD, Exam, Key, family_of
from mini4o.evaluation.storybook.guessing import LEARNT
from mini4o.evaluation.storybook.trial import Trial

Scores: TypeAlias = dict[str, Any]
PACKAGES = ("mini4o", "torch", "numpy", "pillow")  # on which pictures and what the judge sees in them hang
EVERY = "all"  # the languages together
OVERALL = "overall of the six categories"


def examine(exam: Exam, candidates: Sequence[Candidate], progress: Callable[[int, int], None] | None = None) -> Scores:
    """Puts an examination to candidates and counts what comes of it.

    Args:
        exam: what is asked.
        candidates: who is examined.
        progress: called with (samples done, samples in all).

    Returns:
        Settings, a hash of all that was asked, and `scores` by family, row, candidate, mark and language.
    """
    counts: dict[tuple[str, ...], list[bool | None]] = defaultdict(list)
    asked = hashlib.sha256()
    for number, key in enumerate(exam, start=1):
        asked.update("\x1f".join(_asked(exam, key)).encode())
        for trial in trials(exam, candidates, key):
            for row, marks in trial.rows.items():
                for mark, held in marks.items():
                    for language in (EVERY, key.language):
                        counts[family_of(key.part), row, trial.candidate, mark, language] += held
        if progress is not None:
            progress(number, len(exam))
    return {
        "world": WORLD,
        "parts": list(exam.parts),
        "count": exam.count,
        "split": exam.split,
        "languages": list(exam.languages),
        "seed": exam.seed,
        "size": exam.size,
        "versions": {name: version(name) for name in PACKAGES},
        "prompts_hash": asked.hexdigest()[:16],
        "training_questions_for_each": LEARNT,
        "candidates": [candidate.name for candidate in candidates],
        "scores": _scores(counts),
    }


def trials(exam: Exam, candidates: Sequence[Candidate], key: Key) -> Iterator[Trial]:
    """One sample put to each of the candidates that are examined in its family."""
    family = family_of(key.part)
    score = {"questions": question, "text": problem, "drawing": drawing, "editing": edit}[family]
    for candidate in candidates:
        if family in candidate.families:
            yield (rounds if key.part == "rounds" else score)(candidate, exam, key)


def _asked(exam: Exam, key: Key) -> Iterator[str]:
    """All that a sample shows and says, for the hash."""
    yield str(key)
    for item in exam.sample(key):
        yield from (part.text for message in item.conversation for part in message.content if isinstance(part, Text))
        yield from (scene.hash for scene in item.scenes)


def _scores(counts: dict[tuple[str, ...], list[bool | None]]) -> Scores:
    scores: Scores = {}
    for (family, *path, language), held in counts.items():
        place = scores.setdefault(family, {})
        for step in path:
            place = place.setdefault(step, {})
        told = [each for each in held if each is not None]
        place[language] = {**share(sum(told), len(told)), "left_out": len(held) - len(told)}
    drawn = scores.get("drawing", {})
    if all(CATEGORY + name in drawn for name in CATEGORIES):
        drawn[OVERALL] = _overall([drawn[CATEGORY + name] for name in CATEGORIES])
    return scores


def _overall(rows: Sequence[Scores]) -> Scores:
    """The mean of the categories for each candidate and language."""
    return {
        name: {"right": {each: _mean([row[name]["right"][each] for row in rows]) for each in marks["right"]}}
        for name, marks in rows[0].items()
    }


def _mean(shares: Sequence[Scores]) -> Scores:
    """The mean of independent shares. Its interval is made of theirs by the method of variance estimates recovery
    (G. Y. Zou and A. Donner, Statistics in Medicine 27, 2008, p. 1693)."""
    total = {name: sum(each[name] for each in shares) for name in ("n", "left_out")}
    if any(each["share"] is None for each in shares):
        return {"share": None, "low": 0.0, "high": 1.0, **total}
    mean = sum(each["share"] for each in shares) / len(shares)
    down, up = (
        math.sqrt(sum((each["share"] - each[end]) ** 2 for each in shares)) / len(shares) for end in ("low", "high")
    )
    return {"share": mean, "low": mean - down, "high": mean + up, **total}
