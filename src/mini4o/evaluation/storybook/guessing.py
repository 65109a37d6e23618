"""Baselines that answer without looking: majority and blind. They learn from training questions of the same part."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from mini4o.conversation.parts import Conversation, Message, Text
from mini4o.evaluation.storybook.blind import Answered, Answerer, Question, best_reader
from mini4o.evaluation.storybook.exam import Exam, Family, Key, family_of
from mini4o.generation.session import Reply, Wish
from mini4o.storybook.splits import Language

LEARNT = 10  # training questions for each that is asked


class Lessons:
    """Answered training questions of each part and language, made when they are first needed."""

    def __init__(self, exam: Exam) -> None:
        self.exam = exam
        self._known: dict[tuple[str, Language], list[Answered]] = {}

    def known(self, key: Key) -> list[Answered]:
        """Those of the part and the language of a request."""
        group = key.part, key.language
        if group not in self._known:
            count = LEARNT * -(-self.exam.count // len(self.exam.languages))
            items = [
                item for item in self.exam.training(key.part, key.language, count) if "answer" in item.facts
            ]  # a list of things has no answer that could come again
            every = tuple(sorted({str(item.facts["answer"]) for item in items}))
            told = [
                (words_of(item.conversation[0]), choices_of(item.facts, every), item.facts["answer"]) for item in items
            ]
            self._known[group] = [Answered(text, choices, choices.index(answer)) for text, choices, answer in told]
        return self._known[group]

    def caption(self, key: Key) -> str:
        """What was written under another picture, one of the training split."""
        return words_of(self.exam.training(key.part, key.language, key.index + 1)[-1].conversation[1])


class Majority:
    """Always gives the most frequent answer of the part."""

    name = "majority"
    families: Collection[Family] = frozenset[Family]({"questions", "text"})
    every = 1

    def __init__(self, lessons: Lessons) -> None:
        self._lessons = lessons

    def reply(self, messages: Conversation, wish: Wish, key: Key) -> Reply:
        """The answer; of those that are as frequent the one that came first."""
        counts = Counter(question.answer for question in self._lessons.known(key))
        return Reply((Text(text=counts.most_common(1)[0][0]),))


class Blind:
    """Reads the words of the question alone; is told the possible answers, which a model is not. As a caption it gives
    one of another picture."""

    name = "blind"
    families: Collection[Family] = frozenset[Family]({"questions", "captions", "text"})
    every = 1

    def __init__(self, lessons: Lessons) -> None:
        self._lessons = lessons
        self._readers: dict[tuple[str, Language], Answerer] = {}

    def reply(self, messages: Conversation, wish: Wish, key: Key) -> Reply:
        """The answer of the reader that did best on the training questions of the part."""
        if family_of(key.part) == "captions":
            return Reply((Text(text=self._lessons.caption(key)),))
        known, group = self._lessons.known(key), (key.part, key.language)
        if group not in self._readers:
            self._readers[group] = best_reader(known)(known)
        every = tuple(sorted({question.answer for question in known}))
        choices = choices_of(self._lessons.exam.item(key).facts, every)
        return Reply((Text(text=choices[self._readers[group](Question(words_of(messages[-1]), choices))]),))


def choices_of(facts: dict[str, Any], every: tuple[str, ...]) -> tuple[str, ...]:
    """The answers that were equally likely; where they were too many to tell, every answer that was ever right."""
    return tuple(facts.get("choices") or every)


def words_of(message: Message) -> str:
    """The words of a message."""
    return "\n".join(part.text for part in message.content if isinstance(part, Text))
