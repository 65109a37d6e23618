"""Fair questions: who reads the words alone, and has learned from many answered questions, does no better than chance.

Three readers are told a question and its possible answers. Each learns from one half of the questions and answers the
other half, and the other way round. Where all answers to a question are equally likely, each is right in one case of
as many as there are answers, whatever it has learned.

How far luck alone takes a reader from that depends on the number of questions. The short test, which always runs, has
so many that three points are about two standard errors for one task: for each task it allows for three and a half
standard errors, and for all tasks together, where they are far smaller, for three points. The slow one has so many
that three points for each task are four standard errors.
"""

import math
from collections.abc import Iterator, Sequence

import PIL.Image
import pytest
from truths import asked

from mini4o.evaluation.storybook.blind import (
    READERS,
    Answered,
    Reader,
    by_heart,
    by_place,
    by_words,
    right_answers,
)
from mini4o.storybook.dice import Dice
from mini4o.storybook.splits import Language, Split
from mini4o.storybook.tasks import TASKS
from mini4o.storybook.tasks.base import Item, Request
from mini4o.storybook.tasks.questions import asking, choices, pairs, single

SEED = 2
LIMIT = 0.03
# Questions of each task in the short test; of the pictures to compare, only some have a question with even chances.
SHORT = dict.fromkeys((*single.TASKS, *choices.TASKS), 900) | dict.fromkeys(pairs.TASKS, 2000)


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the pictures: they are not painted."""
    dot = PIL.Image.new("RGB", (1, 1))
    monkeypatch.setattr(asking, "picture_of", lambda scene, request: dot)


def questions(items: Iterator[Item]) -> list[Answered]:
    """The questions with even chances."""
    found = []
    for item in items:
        known = tuple(item.facts["choices"])
        if known:
            found.append(Answered(asked(item.conversation), known, known.index(item.facts["answer"])))
    return found


def made(task: str, split: Split, language: Language, count: int) -> list[Answered]:
    return questions(TASKS[task](Request(split, language, SEED, index)) for index in range(count))


def excess(reader: Reader, asked_: Sequence[Answered]) -> tuple[float, float]:
    """By how much a reader is better than chance, as a share of the questions, and the standard error of that."""
    by_chance = sum(each.chance for each in asked_)
    error = math.sqrt(sum(each.chance * (1 - each.chance) for each in asked_))
    return (right_answers(reader, asked_) - by_chance) / len(asked_), error / len(asked_)


def test_the_readers_find_what_there_is_to_find() -> None:
    """A bias of ten points in the words, or in the place of the answer, is found by the reader that is made for it."""
    dice = Dice(SEED, "biased questions")
    leaky, first = [], []
    for number in range(2000):
        colour, biased = dice.pick(("red", "blue")), dice.happens(0.6)
        leaky.append(Answered(f"Is there a {colour} ball?", ("yes", "no"), int((colour == "red") != biased)))
        names = (f"the cat {number}", f"the dog {number}")
        first.append(Answered(f"Which is larger, {names[0]} or {names[1]}?", names, int(not biased)))
    assert excess(by_heart, leaky)[0] == pytest.approx(0.1, abs=LIMIT)
    assert excess(by_words, leaky)[0] == pytest.approx(0.1, abs=LIMIT)
    assert excess(by_place, first)[0] == pytest.approx(0.1, abs=LIMIT)


@pytest.mark.usefixtures("unpainted")
def test_a_blind_reader_is_at_chance() -> None:
    everything: list[Answered] = []
    far: dict[str, float] = {}
    for number, (task, count) in enumerate(SHORT.items()):
        one = made(task, "train", ("en", "zh")[number % 2], count)
        for reader in READERS:
            better, error = excess(reader, one)
            assert abs(better) < 3.5 * error, (task, reader.__name__, better)
        far[task] = error
        everything += one
    for reader in READERS:
        better, error = excess(reader, everything)
        assert abs(better) < LIMIT and error < LIMIT / 5, (reader.__name__, better)
    assert max(far.values()) < 0.025, far


@pytest.mark.slow
@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("task", SHORT)
@pytest.mark.parametrize(("split", "language"), [("train", "zh"), ("test", "en"), ("heldout", "en")])
def test_a_trained_blind_reader_stays_within_three_points_of_chance(
    task: str, split: Split, language: Language
) -> None:
    asked_ = made(task, split, language, (18_000 if task in pairs.TASKS else 4500))
    for reader in READERS:
        better, error = excess(reader, asked_)
        assert abs(better) < LIMIT and error < LIMIT / 3.9, (reader.__name__, better, error)


@pytest.mark.usefixtures("unpainted")
def test_pairs_leave_a_blind_reader_at_one_half() -> None:
    """Who gives both pictures of a pair the same answer has at most one right."""
    for index in range(40):
        first, second = pairs.pair(Request("train", "en", SEED, index))
        assert asked(first.conversation) == asked(second.conversation)
        assert first.facts["answer"] != second.facts["answer"]
