"""Words between edits that ask for no picture: thanks, a question, an order that is fulfilled or impossible."""

from collections.abc import Callable
from dataclasses import dataclass

from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import FIRST_VOLUME
from mini4o.storybook.language import grammar, phrasebook
from mini4o.storybook.language.words import say
from mini4o.storybook.scene import Facts
from mini4o.storybook.splits import Language
from mini4o.storybook.tasks.editing.proposing import name_of
from mini4o.storybook.tasks.questions.programs import ALIKE, echoed


@dataclass(frozen=True)
class Aside:
    """What is said, and what is answered.

    Attributes:
        type: "thanks", "colour", "exists", "already" or "missing".
        question: the user's words.
        answer: the answer, in words alone.
    """

    type: str
    question: str
    answer: str


def aside(facts: Facts, dice: Dice, language: Language) -> Aside | None:
    """An exchange about what the picture shows; None if the chosen one does not suit it."""
    return dice.pick(_ASIDES)(facts, dice, language)


def _thanks(facts: Facts, dice: Dice, language: Language) -> Aside:
    ways = phrasebook("rounds", language)
    return Aside("thanks", say(ways, "thanks", dice), say(ways, "welcome", dice))


def _coloured(facts: Facts, dice: Dice) -> tuple[int, Noun] | None:
    """Something whose colour one can speak of, and its name, which does not tell the colour."""
    plain = [
        index
        for index, thing in enumerate(facts.things)
        if thing.colour is not None and thing.of.family != "people" and thing.kind != "tree"
    ]
    if not plain:
        return None
    index = dice.pick(plain)
    said = name_of(facts, index, dice, "colour")
    return None if said is None or said.colour is not None else (index, said)


def _colour(facts: Facts, dice: Dice, language: Language) -> Aside | None:
    asked, words, ways = _coloured(facts, dice), grammar(language), phrasebook("rounds", language)
    if asked is None:
        return None
    question = say(ways, "ask_colour", dice, thing=words.noun(asked[1], article="the"))
    answer = words.value("colour", facts.things[asked[0]].colour)
    return Aside("colour", question, say(ways, "answer", dice, value=answer))


def _already(facts: Facts, dice: Dice, language: Language) -> Aside | None:
    asked, words, ways = _coloured(facts, dice), grammar(language), phrasebook("rounds", language)
    if asked is None:
        return None
    slots = {
        "thing": words.noun(asked[1], article="the"),
        "colour": words.value("colour", facts.things[asked[0]].colour),
    }
    return Aside(
        "already", say(phrasebook("editing", language), "recolour", dice, **slots), say(ways, "already", dice, **slots)
    )


def _exists(facts: Facts, dice: Dice, language: Language) -> Aside | None:
    words, ways = grammar(language), phrasebook("rounds", language)
    there = [thing.kind for thing in facts.things if not echoed(thing.kind, facts.setting)]
    missing = _missing_kinds(facts)
    yes = dice.happens(0.5)
    if not (there if yes else missing):
        return None
    kinds = words.value("kinds", dice.pick(there if yes else missing))
    answer = words.value("exists", "yes" if yes else "no")
    return Aside("exists", say(ways, "ask_exists", dice, kinds=kinds), say(ways, "answer", dice, value=answer))


def _missing(facts: Facts, dice: Dice, language: Language) -> Aside | None:
    words, ways = grammar(language), phrasebook("rounds", language)
    kind = Noun(kind=dice.pick(_missing_kinds(facts)))
    order = say(phrasebook("editing", language), "remove", dice, thing=words.noun(kind, article="the"))
    answer = say(ways, "missing", dice, bare=words.noun(kind, article="none"))
    return Aside("missing", order, answer)


def _missing_kinds(facts: Facts) -> list[str]:
    """Kinds of which the picture shows none, nor anything like it."""
    there = {thing.kind for thing in facts.things}
    return [
        name
        for name, kind in FIRST_VOLUME.items()
        if name not in there
        and not there & ALIKE.get(name, frozenset())
        and not echoed(name, facts.setting)
        and kind.family != "sky"  # backdrops have skies of their own
    ]


_ASIDES: tuple[Callable[[Facts, Dice, Language], Aside | None], ...] = (_thanks, _colour, _already, _exists, _missing)
