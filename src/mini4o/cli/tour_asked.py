"""What the tour asks for: pages, questions, drawings and edits of Storybook's test split, drawn by chance.

All of it is a function of one seed. It was fixed before any model was shown it, and no answer is looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from mini4o.evaluation.storybook.exam import CATEGORIES, CATEGORY, Exam, Key
from mini4o.evaluation.storybook.trial import words_of
from mini4o.storybook.claims import Claim, Lacks, Plays, Related, Shows
from mini4o.storybook.dice import Dice
from mini4o.storybook.language import grammar
from mini4o.storybook.scene import Scene
from mini4o.storybook.splits import LANGUAGES, Language, Split
from mini4o.storybook.tasks.base import Item
from mini4o.storybook.tasks.questions.asking import question_of, spoken
from mini4o.storybook.tasks.questions.plans import Plan
from mini4o.storybook.tasks.questions.programs import answer
from mini4o.storybook.tasks.questions.single import MAKERS
from mini4o.storybook.tasks.questions.voice import Voice

SEED = 7
SPLIT: Split = "test"
THINGS = 3
ROUNDS = 5
QUESTIONS = ("ask_attribute", "ask_relation", "ask_count", "ask_exist")
_TRIES = 20_000  # plans of a question; of those about three certain kinds of things there is one in some hundreds

EXAM = Exam(("captions", "drawing", "editing"), splits=(SPLIT,), seed=SEED)


@dataclass(frozen=True)
class Question:
    """A question about a page, and every answer that is right; the first is the world's own."""

    text: str
    answers: list[str]


def page(language: Language) -> Item:
    """The first page of at least three things, all of different kinds, and the request to describe it."""
    for index in count():
        item = EXAM.item(Key("caption_dense", language, index))
        kinds = [thing.kind for thing in item.scenes[0].facts.things]
        if len(kinds) >= THINGS and len(kinds) == len(set(kinds)):
            return item
    raise AssertionError  # `count` has no end


def questions(scene: Scene, language: Language) -> list[Question]:
    """A question of each sort about one page; of a sort that does not fit the page, none."""
    dice, voice = Dice(SEED, f"tour/{language}"), Voice(language)
    shown = {thing.kind for thing in scene.facts.things}
    found = []
    for task in QUESTIONS:
        makers = MAKERS[task]
        for _ in range(_TRIES):
            plan = dice.pick(list(makers), list(makers.values()))(dice, SPLIT)
            if plan is None or not _kinds(plan) <= shown:
                continue
            value = answer(plan.program, scene)
            if value is None or not (plan.open or value in plan.choices):
                continue
            if plan.said == "count" and not value:
                continue  # nobody asks how many there are of what is not there
            found.append(Question(question_of(plan, voice, dice), spoken(plan, value, voice)))
            break
    return found


def _kinds(plan: Plan) -> set[str]:
    """The kinds of things that a question names."""
    return {step["noun"]["kind"] for step in plan.program if "noun" in step}


def drawings() -> Iterator[tuple[Item, Language]]:
    """Six requests, one of each category; the languages take turns."""
    for number, category in enumerate(CATEGORIES):
        language: Language = LANGUAGES[number % len(LANGUAGES)]
        yield EXAM.item(Key(f"{CATEGORY}{category}", language, 0)), language


def thought(language: Language) -> Item:
    """A request to think about before it is drawn."""
    return EXAM.item(Key("think_then_draw", language, 0))


def chain(language: Language) -> Item:
    """The first conversation of five edits that all start from the picture before."""
    for index in count():
        item = EXAM.item(Key("rounds", language, index))
        rounds: list[dict[str, Any]] = item.facts["rounds"]
        in_turn = all(each["source"] == [number] for number, each in enumerate(rounds, start=1))
        if len(rounds) == ROUNDS and in_turn and not item.facts["asides"]:
            return item
    raise AssertionError  # `count` has no end


def words(item: Item) -> list[str]:
    """What the user says in each turn."""
    return [words_of(message) for message in item.conversation if message.role == "user"]


def told(claim: Claim) -> str:
    """A claim in plain English, whatever language it was made in."""
    say = grammar("en")
    match claim:
        case Plays():
            return say.plays(claim)
        case Shows():
            return say.noun(claim.noun, claim.count or 1)
        case Lacks():
            return f"no {say.noun(claim.noun, article='none')}"
        case Related():
            return say.related(say.noun(claim.a), claim.name, say.noun(claim.b))
    return f"{say.noun(claim.noun)} on the {claim.side}"
