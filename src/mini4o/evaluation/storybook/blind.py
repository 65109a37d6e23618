"""Readers of questions who see no picture: what the words of a question give away, and how often answers come.

Each learns from answered questions, and is told the possible answers of those that it is to answer.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias


@dataclass(frozen=True)
class Question:
    """The words of a question, and the answers that may be right."""

    text: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Answered(Question):
    """A question and which of the choices is right."""

    right: int

    @property
    def answer(self) -> str:
        """The right answer."""
        return self.choices[self.right]

    @property
    def chance(self) -> float:
        """How often a guess is right."""
        return 1 / len(self.choices)


Answerer: TypeAlias = Callable[[Question], int]  # the number of the choice
Reader: TypeAlias = Callable[[Sequence[Answered]], Answerer]


def by_heart(known: Sequence[Answered]) -> Answerer:
    """Knows the most frequent answer to each exact question, and of questions that are new, to any question."""
    exact, any_question = defaultdict[str, Counter[str]](Counter), Counter[str]()
    for each in known:
        exact[each.text][each.answer] += 1
        any_question[each.answer] += 1

    def reply(question: Question) -> int:
        counts = exact.get(question.text, Counter())
        return _best([(counts[choice], any_question[choice]) for choice in question.choices])

    return reply


def by_words(known: Sequence[Answered]) -> Answerer:
    """Naive Bayes on words and pairs of words: which answer do they speak for?"""
    return _bayes(known, lambda question, place: question.choices[place])


def by_place(known: Sequence[Answered]) -> Answerer:
    """The same for the place of an answer among the possible ones: the first thing named, the smallest number …"""
    return _bayes(known, lambda _, place: place)


READERS: tuple[Reader, ...] = (by_heart, by_words, by_place)


def right_answers(reader: Reader, known: Sequence[Answered]) -> int:
    """How many of the questions a reader has right that has learned from the other half of them."""
    halves = known[::2], known[1::2]
    right = 0
    for learned, new in (halves, halves[::-1]):
        reply = reader(learned)
        right += sum(reply(question) == question.right for question in new)
    return right


def best_reader(known: Sequence[Answered]) -> Reader:
    """The reader that has most right by `right_answers`; the first of those that have as many."""
    return max(READERS, key=lambda reader: right_answers(reader, known))


def _bayes(known: Sequence[Answered], label: Callable[[Question, int], Hashable]) -> Answerer:
    labels, words_of = Counter[Hashable](), defaultdict[Hashable, Counter[Hashable]](Counter)
    for each in known:
        name = label(each, each.right)
        labels[name] += 1
        words_of[name].update(_words(each.text))
    seen = {word for counts in words_of.values() for word in counts}

    def reply(question: Question) -> int:
        words = _words(question.text) & seen  # a new word would speak for the rarer answers
        scores = []
        for place in range(len(question.choices)):
            name = label(question, place)
            spoken = [math.log((words_of[name][word] + 0.3) / (labels[name] + 0.6)) for word in words]
            # Exact, for the order of words in a set is not the same in every process.
            scores.append((math.fsum([math.log(labels[name] + 0.5), *spoken]),))
        return _best(scores)

    return reply


@lru_cache(maxsize=2**16)
def _words(text: str) -> frozenset[Hashable]:
    words = re.findall(r"[a-z0-9'-]+|[\u3400-\u9fff]", text.lower())
    return frozenset([*words, *pairwise(words)])


def _best(scores: Sequence[tuple[float, ...]]) -> int:
    return max(range(len(scores)), key=scores.__getitem__)
