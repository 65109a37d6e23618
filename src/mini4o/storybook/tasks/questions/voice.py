"""A language as the questions speak it: its grammar, and its tables of questions, answers and thoughts."""

from collections import Counter
from collections.abc import Iterable

from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.language import grammar, phrasebook
from mini4o.storybook.language.words import Article, say
from mini4o.storybook.scene import Bond, Thing
from mini4o.storybook.splits import Language
from mini4o.storybook.tasks.describing import noun as noun_of

_COUNTED_LIKE = {"animals": "cat", "people": "girl", "vehicles": "ball"}  # families share their measure word


class Voice:
    """Speaks one language."""

    def __init__(self, language: Language) -> None:
        self.grammar = grammar(language)
        self.questions = phrasebook("questions", language)
        self.answers = phrasebook("answers", language)
        self.thoughts = phrasebook("thinking", language)
        self.space = "" if language == "zh" else " "  # between sentences

    def ask(self, key: str, dice: Dice, **slots: object) -> str:
        """One of the phrasings of a question."""
        return say(self.questions, key, dice, **slots)

    def think(self, key: str, dice: Dice, **slots: object) -> str:
        """One of the phrasings of a thought."""
        return say(self.thoughts, key, dice, **slots)

    def noun(self, noun: Noun | str, count: int = 1, article: Article = "the") -> str:
        """A phrase for what a noun means, or a kind or family by its name."""
        if isinstance(noun, str) and noun in _COUNTED_LIKE:
            several, one = self.answers[f"family/{noun}"][:2]
            return several if count > 1 else one
        return self.grammar.noun(Noun(kind=noun) if isinstance(noun, str) else noun, count, article)

    def plural(self, noun: Noun | str) -> str:
        """ "red balls", "animals"; in Chinese the bare noun."""
        return self.noun(noun, 2, "none")

    def any(self, noun: Noun | str) -> str:
        """Something one speaks of in general: "a red ball"; in Chinese without a number, 红色的球."""
        return self.noun(noun, 1, "any")

    def load(self, bond: Bond, carrier: Noun) -> str:
        """ "the thing on the table"."""
        return self.answers[f"thing/{bond}"][0].format(thing=self.noun(carrier))

    def things(self, things: Iterable[Thing]) -> str:
        """A list of things by kind and colour: "two red balls and a cat"."""
        counts = Counter(noun_of(thing, "colour") for thing in things)
        return self.grammar.listed([self.noun(noun, count, "a") for noun, count in counts.items()])

    def measure(self, counted: str) -> str:
        """The measure word of a kind or family; nothing in a language without."""
        kind = _COUNTED_LIKE.get(counted, counted)
        one, two = (self.grammar.value("count", count, kind) for count in (1, 2))
        length = 0
        while length < min(len(one), len(two)) - 1 and one[-1 - length] == two[-1 - length]:
            length += 1
        return one[len(one) - length :]

    def yes_no(self, name: str, truth: bool, asked: str) -> list[str]:
        """Yes or no, and the other ways to say it; after some questions there are more: 在不在？在。

        Args:
            name: "answer", or "exists" where Chinese says that there is one (有).
            truth: yes or no.
            asked: the key of the question's phrasings.
        """
        value = "yes" if truth else "no"
        return [*self.value(name, value), *self.answers.get(f"{name}/{value}/{asked}", ())]

    def count(self, count: int, counted: Noun | str) -> list[str]:
        """A number as an answer, and the other ways to say it: "two", "2", "two cats"; 两只、二、2、2只、两只猫."""
        kind = counted if isinstance(counted, str) else counted.kind
        said, measure = self.grammar.value("count", count, _COUNTED_LIKE.get(kind, kind)), self.measure(kind)
        words = [said, self.grammar.value("number", count), str(count), str(count) + measure]
        noun = self.noun(counted, 1 if count == 1 else 2, "none")
        if count:
            words += [each + self.space + noun for each in (said, str(count) + measure)]
        return [*words, *(each.format(noun=noun, measure=measure) for each in self.answers.get(f"count/{count}", ()))]

    def one(self, noun: Noun) -> list[str]:
        """Other ways to name one of two things of a kind by its colour: "the red one"; 红色的、红色的那个."""
        family = KINDS[noun.kind].family
        key = family if family == "people" else noun.kind if noun.kind == "tree" else "colour"
        slots = {name: self.grammar.value(name, getattr(noun, name)) for name in ("colour", "kind")}
        return [each.format(**slots, measure=self.measure(noun.kind)) for each in self.answers[f"one/{key}"]]

    def where(self, value: str) -> list[str]:
        """A place as programs tell it ("on/table", "sky") in words, and the other ways to say it."""
        name, _, carrier = value.partition("/")
        return [each.format(thing=self.noun(carrier) if carrier else "") for each in self.answers[f"where/{name}"]]

    def value(self, name: str, value: str | int, kind: str | None = None) -> list[str]:
        """Any other value in words, and the other ways to say it."""
        if name == "place":
            return [*self.answers[f"place/{value}"], self.grammar.value(name, value)]
        return [self.grammar.value(name, value, kind), *self.answers.get(f"{name}/{value}", ())]
