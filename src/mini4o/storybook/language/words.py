"""What a language can say. English and Chinese each implement it; tasks speak through it and know no words."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from mini4o.errors import DataError
from mini4o.storybook.claims import Noun, Plays
from mini4o.storybook.dice import Dice
from mini4o.storybook.scene import RelationName

_SENTENCE = re.compile(r"(?<=[.!?] )[a-z]")
Article = Literal["a", "the", "none", "any"]
Phrases: TypeAlias = Mapping[str, Sequence[str]]  # skeleton -> several ways to say it, with {slots}


class Grammar(Protocol):
    """Phrases of one language."""

    def noun(self, noun: Noun, count: int = 1, article: Article = "a") -> str:
        """A phrase for things: "a small red ball", "two sad girls in blue", 'a sign that says "A7"'.

        Article "a" says the number ("a ball", "two balls"; 一个球、两个球), "the" means certain things ("the ball",
        "the two balls"; 球、那两个球) and "none" is bare, as in "how many red balls" (红色的球). "any" is one of which
        one speaks in general, as in "can a cat hold a ball?": in English with "a", in Chinese bare (猫能拿着球吗).
        """

    def plays(self, plays: Plays) -> str:
        """Where and when. English: ends a sentence ("in a garden on a rainy spring night"); Chinese: begins one
        (春天一个下着雨的夜晚，花园里)."""

    def relation(self, name: RelationName) -> str:
        """What stands between the two things in an English sentence ("to the left of", "on", "holding"); in Chinese the
        bare word of place (左边、上), which follows the second thing, or 拿着."""

    def related(self, a: str, name: RelationName, b: str) -> str:
        """A phrase: "a cat to the left of a tree", "a girl holding a balloon"; Chinese has its own order:
        一只在树左边的猫."""

    def clause(self, a: str, name: RelationName, b: str, many: bool = False) -> str:
        """The same as a statement without a full stop: "a cat is to the left of a tree". `many`: `a` is a plural."""

    def value(self, name: str, value: str | int | None, kind: str | None = None) -> str:
        """A value as it is answered.

        The names: colour, size, facing, state, text; kind, kinds and countable (one bare noun, its
        plural, what follows "how many": 只猫); count (of a
        kind, if one is given: 两只) and number (二); place, time, season, weather; answer ("yes", "no": 是、不是) and
        exists ("yes", "no": 有、没有). States need their kind.
        """

    def amount(self, kind: str, count: int) -> str:
        """A number in digits with what is counted: "7 apples", 7个苹果."""

    def listed(self, phrases: Sequence[str]) -> str:
        """ "a, b and c"."""

    def joined(self, sentences: Sequence[str]) -> str:
        """Whole sentences one after the other, with the language's space between them or none."""


def say(phrases: Phrases, key: str, dice: Dice, **slots: object) -> str:
    """One of the phrasings of a skeleton with its slots filled; the first letter of every sentence is made a capital.

    Raises:
        DataError: no such skeleton, or a slot that a phrasing needs is missing.
    """
    if key not in phrases:
        raise DataError(f"no phrasing for {key!r}")
    try:
        text = dice.pick(phrases[key]).format(**slots)
    except KeyError as error:
        raise DataError(f"{key!r}: a phrasing needs {error}") from None
    return _SENTENCE.sub(lambda start: start.group().upper(), text[:1].upper() + text[1:])
