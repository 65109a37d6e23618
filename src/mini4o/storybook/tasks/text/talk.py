"""What the text-only tasks share: a question, its reply, and the split that it belongs to."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mini4o.errors import DataError
from mini4o.storybook.dice import Dice
from mini4o.storybook.language.words import Grammar, Phrases, say
from mini4o.storybook.splits import Split

TRIES = 400


@dataclass(frozen=True)
class Exchange:
    """A question and its reply.

    Attributes:
        skeleton: which sort of question.
        question: in words.
        reply: in words.
        answer: the exact answer, a part of the reply; None if many replies are right.
        thought: the steps to it in words, if there are any.
        content: what the question is about, by which its split is decided. Empty: knowledge, which all splits share.
        facts: what else scoring needs.
        also: other answers that are right too.
    """

    skeleton: str
    question: str
    reply: str
    answer: str | None = None
    thought: str | None = None
    content: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Desk:
    """What exchanges are written with."""

    dice: Dice
    grammar: Grammar
    words: Phrases
    answers: Phrases  # other ways to say a value that are right too

    def say(self, key: str, **slots: object) -> str:
        """One of the phrasings of a skeleton as a sentence."""
        return say(self.words, key, self.dice, **slots)

    def plain(self, answer: str) -> str:
        """An answer as a reply, its first letter as it is."""
        return self.word("reply").format(answer=answer)

    def word(self, key: str) -> str:
        """The word of a key."""
        return self.words[key][0]

    def also(self, key: str) -> tuple[str, ...]:
        """Other words of a key, which nobody says here but which are right too."""
        return tuple(self.words[key][1:])

    def ways(self, key: str, **slots: object) -> tuple[str, ...]:
        """All phrasings of a skeleton."""
        return tuple(each.format(**slots) for each in self.words[key])

    def number(self, number: int) -> str:
        """A number in words."""
        return self.grammar.value("number", number)

    def row(self, table: str) -> tuple[str, str]:
        """A row of a table of pairs "this|that"."""
        first, _, second = self.dice.pick(self.words[table]).partition("|")
        return first, second

    def kind(self, name: str) -> str:
        """A kind as a bare noun."""
        return self.grammar.value("kind", name)

    def row_of(self, names: Sequence[object]) -> str:
        """Words or numbers one after the other: "cat, dog, bus"."""
        return self.word("comma").join(map(str, names))


Write = Callable[[Desk], Exchange]


def ask(split: Split, desk: Desk, writers: Sequence[Write], weights: Sequence[float] | None = None) -> Exchange:
    """An exchange of one of these sorts that belongs to the split. A fifteenth of what can be asked is for `val`, two
    for the others that are not trained on.

    Raises:
        DataError: none in 400 tries.
    """
    write = desk.dice.pick(writers, weights)
    for _ in range(TRIES):
        exchange = write(desk)
        if not exchange.content or split in _splits(f"{exchange.skeleton} {exchange.content}"):
            return exchange
    raise DataError(f"no exchange of the split {split!r} in {TRIES} tries")


def _splits(told: str) -> tuple[Split, ...]:
    part = int.from_bytes(hashlib.blake2b(told.encode(), digest_size=8).digest(), "big") % 15
    return ("val",) if part == 0 else ("test", "heldout") if part < 3 else ("train",)
