"""From a question to a conversation. The question comes first, then its answer, then a picture that has it.

In this order the words of a question say nothing about its answer: all answers in `choices` are alike by chance, and
whatever does not fit a page or a split is drawn anew with the same question and the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mini4o.conversation.parts import Conversation, Image, Message, Text, Think
from mini4o.errors import DataError
from mini4o.storybook.compose import SceneError, compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.scene import Scene
from mini4o.storybook.splits import Split, split_of
from mini4o.storybook.tasks.base import Item, Request, page, picture_of
from mini4o.storybook.tasks.questions.plans import Maker, Plan
from mini4o.storybook.tasks.questions.programs import Program, Value, answer, execute
from mini4o.storybook.tasks.questions.telling import tell
from mini4o.storybook.tasks.questions.voice import Voice

THOUGHT = 0.25  # how often the question asks to think first
_DRAWS, _PAGES, _PLANS = 3000, 60, 60


@dataclass(frozen=True)
class Staged:
    """A plan, one of its answers, a scene that has it, and the other answers that are offered, if any are."""

    plan: Plan
    value: Value
    scene: Scene
    decoys: tuple[Value, ...] = ()


def staged(dice: Dice, split: Split, makers: Mapping[Maker, float], options: int | None = None) -> Staged:
    """A question by chance, then an answer, then a scene.

    Args:
        dice: the stream.
        split: the split of the scene.
        makers: what makes plans, and how often each is to be asked.
        options: how many answers the question offers, if it offers any; the right one is among them.

    Raises:
        DataError: none of many questions could be staged.
    """
    maker = dice.pick(list(makers), list(makers.values()))
    for _ in range(_PLANS):
        plan = maker(dice, split)
        if plan is None or len(plan.choices) < (options or 2):
            continue
        offered = plan.choices if options is None else tuple(dice.sample(plan.choices, options))
        value = dice.pick(offered)
        decoys = () if options is None else tuple(each for each in offered if each != value)
        scene = realised(dice, split, plan, value, decoys)
        if scene is not None:
            return Staged(plan, value, scene, decoys)
    raise DataError(f"no picture of the split {split!r} for any of {_PLANS} questions")


def realised(dice: Dice, split: Split, plan: Plan, value: Value, decoys: tuple[Value, ...] = ()) -> Scene | None:
    """A scene of the split that has the answer; None if many tries came to nothing."""
    pages = 0
    for _ in range(_DRAWS):
        facts = plan.draw(dice, value, decoys)
        if facts is None or split_of(facts) != split:
            continue
        try:
            scene = compose(facts, dice, *page(dice))
            if answer(plan.program, scene) == value:
                return scene
        except SceneError:
            pass
        pages += 1
        if pages == _PAGES:
            break
    return None


def ask(request: Request, task: str, makers: Mapping[Maker, float]) -> Item:
    """An item: a picture, a question, perhaps thoughts, and the short answer."""
    dice = request.dice(task)
    return item(request, task, staged(dice, request.split, makers), dice)


def item(request: Request, task: str, done: Staged, dice: Dice) -> Item:
    """The conversation about one staged scene."""
    plan, voice = done.plan, Voice(request.language)
    question, said, facts = put(task, plan, done.value, voice, dice)
    asked, thinking = pondered(question, voice, dice)
    thought = thoughts(plan.program, (done.scene,), voice, dice) if thinking else ""
    return Item(talk(request, (done.scene,), asked, thought, said[0]), (done.scene,), facts)


def put(task: str, plan: Plan, value: Value, voice: Voice, dice: Dice) -> tuple[str, list[str], dict[str, Any]]:
    """A question in words, its answer in all ways of saying it, and its facts."""
    question = question_of(plan, voice, dice)
    said = spoken(plan, value, voice)
    choices = [] if plan.open else [spoken(plan, each, voice)[0] for each in plan.choices]
    facts = told(task, plan.skeleton, question, said, plan.program, choices)
    return question, said, facts


def question_of(plan: Plan, voice: Voice, dice: Dice) -> str:
    """The question in words."""
    return voice.ask(plan.phrase or plan.skeleton, dice, **plan.slots(voice))


def spoken(plan: Plan, value: Value, voice: Voice) -> list[str]:
    """An answer as it is said, and after it the other ways of saying it that count as right."""
    if isinstance(value, bool):
        found = voice.yes_no(plan.said, value, plan.phrase or plan.skeleton)
    elif isinstance(value, int):
        assert plan.counted is not None
        found = voice.count(value, plan.counted)
    elif plan.said in ("noun", "plural"):
        assert plan.nouns is not None
        noun = plan.nouns[value == "second"]
        bare = voice.noun(noun, 1, "none")
        found = [voice.plural(noun), bare] if plan.said == "plural" else [voice.noun(noun), bare]
        if noun.colour is not None:  # then both are of one kind, and differ in their colours
            found += voice.one(noun)
    elif plan.said in ("kind", "any"):
        named = [voice.noun(value, 1, "a"), voice.noun(value, 1, "none"), voice.noun(value)]
        found = named if plan.said == "kind" else [voice.any(value), *named]
    elif plan.said == "where":
        found = voice.where(value)
    elif plan.said in ("side", "seen_from"):
        assert plan.nouns is not None
        found = [each.format(thing=voice.noun(plan.nouns[1])) for each in voice.answers[f"{plan.said}/{value}"]]
    else:
        found = voice.value(plan.said, value, plan.kind)
    return list(dict.fromkeys(found))


def told(
    task: str, skeleton: str, question: str, said: list[str], program: Program, choices: list[str]
) -> dict[str, Any]:
    """The facts of a question: `choices` are the answers that were equally likely; none if there are very many."""
    return {
        "task": task,
        "skeleton": skeleton,
        "question": question,
        "answer": said[0],
        "answers": said,
        "choices": choices,
        "program": program,
        "balanced": bool(choices),
    }


def pondered(question: str, voice: Voice, dice: Dice) -> tuple[str, bool]:
    """The question, now and then with the request to think first; and whether it has that."""
    thinking = dice.happens(THOUGHT)
    return (voice.ask("think", dice, question=question) if thinking else question), thinking


def thoughts(program: Program, scenes: tuple[Scene, ...], voice: Voice, dice: Dice) -> str:
    """The executed program in words."""
    trace = execute(program, *scenes)
    assert trace is not None  # the scenes were chosen because they have an answer
    return tell(program, trace, scenes, voice, dice)


def talk(request: Request, scenes: tuple[Scene, ...], asked: str, thought: str, said: str) -> Conversation:
    """Pictures and question; thoughts, if there are any, and the answer."""
    pictures = [Image(image=picture_of(scene, request)) for scene in scenes]
    thinking = [Think(text=thought)] if thought else []
    return [
        Message(role="user", content=(*pictures, Text(text=asked))),
        Message(role="assistant", content=(*thinking, Text(text=said))),
    ]
