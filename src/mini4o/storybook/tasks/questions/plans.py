"""Plans of questions: what is asked, which answers there are, and how to make facts for each of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from mini4o.storybook.claims import Noun
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.scene import Facts
from mini4o.storybook.splits import Split
from mini4o.storybook.tasks.questions.programs import Program, Step, Value
from mini4o.storybook.tasks.questions.staging import at_home, colours
from mini4o.storybook.tasks.questions.voice import Voice

# (dice, answer, decoys) -> facts by chance that have the answer, or None if this try came to nothing. Decoys are other
# answers that should be seen in the picture too.
Draw: TypeAlias = Callable[[Dice, Value, tuple[Value, ...]], Facts | None]
Slots: TypeAlias = Callable[[Voice], dict[str, str]]
Aspect: TypeAlias = Literal["colour", "size", "facing", "state", "text"]

FAMILIES = ("animals", "people", "vehicles")  # the families that have a plain name and clear borders
EXTREMES = ("small", "large")  # the sizes that are clear
_LETTERS = "ACDEFGHJKLMNPRTUVWXY34679"  # those that nobody takes for another


@dataclass(frozen=True)
class Plan:
    """A question, and how to make pictures for each of its answers.

    Attributes:
        skeleton: what is asked, as `facts` tell it.
        choices: the answers, all equally likely.
        program: what computes the answer.
        draw: makes facts that have an answer.
        slots: the question's words.
        said: how the answer is said: "noun" or "plural" (of `nouns`), "kind" (of a thing that is there), "any" (of a
            kind in general), "count", "where", "side", "seen_from", or the name of a value of the grammar.
        phrase: the key of the phrasings, if it is not the skeleton.
        kind: the kind of thing whose property is the answer.
        counted: what a number counts: things, or a kind or family by its name.
        nouns: what "first" and "second" mean.
        open: whether the choices are only some of very many.
    """

    skeleton: str
    choices: tuple[Value, ...]
    program: Program
    draw: Draw
    slots: Slots
    said: str
    phrase: str | None = None
    kind: str | None = None
    counted: Noun | str | None = None
    nouns: tuple[Noun, Noun] | None = None
    open: bool = False


Maker: TypeAlias = Callable[[Dice, Split], Plan | None]


def values(dice: Dice, split: Split, kind: str, aspect: Aspect) -> tuple[str, ...]:
    """What a split may show of a property of a kind; of texts, some."""
    of = KINDS[kind]
    if aspect == "colour":
        return colours(split, kind)
    if aspect == "size":
        return EXTREMES if of.family not in ("sky", "people") else ()
    if aspect == "facing":
        return ("left", "right") if of.faces else ()
    if aspect == "state":
        return of.states
    if not of.text:
        return ()
    words = ("".join(dice.sample(_LETTERS, dice.pick((1, min(2, of.text))))) for _ in range(8))
    return tuple(dict.fromkeys(words))


@lru_cache(maxsize=64)
def having(split: Split, aspect: Aspect, counted: bool = False) -> tuple[str, ...]:
    """The kinds of which something else might be shown of a property; for `counted` see `at_home`."""
    any_dice = Dice(0, "having")
    return tuple(kind for kind in at_home(split, counted) if len(values(any_dice, split, kind, aspect)) > 1)


def seek(noun: Noun | str, *among: int) -> Step:
    """The step that looks for what a noun means, or for a family, among the things of another step."""
    meant: dict[str, Any] = {"family": noun} if isinstance(noun, str) else {"noun": noun.model_dump(exclude_none=True)}
    return {"op": "filter", **meant, **({"in": list(among)} if among else {})}


def seek_one(noun: Noun, at: int = 0) -> Program:
    """The two steps that look for one certain thing, the first of them step number `at`."""
    return [seek(noun), {"op": "unique", "in": [at]}]


def other_than(dice: Dice, options: tuple[str, ...], value: str | None) -> str:
    """Another one of the options."""
    return dice.pick([option for option in options if option != value])


def phrase_for(aspect: Aspect, kind: str) -> str:
    """The key of the phrasings that ask for a property: clothes, leaves and every kind's states have their own."""
    family = KINDS[kind].family
    if aspect == "state":
        return f"attribute/state/{family if family in ('people', 'animals') else kind}"
    if aspect == "colour" and (family == "people" or kind == "tree"):
        return f"attribute/colour/{'people' if family == 'people' else kind}"
    return f"attribute/{aspect}"


def about(*subject: Noun) -> Slots:
    """Slots of questions that speak of certain things as `noun`, or as `a` and `b`."""

    def slots(voice: Voice) -> dict[str, str]:
        return dict(zip(("a", "b") if len(subject) > 1 else ("noun",), map(voice.noun, subject), strict=True))

    return slots
