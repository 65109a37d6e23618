"""Several questions about one page, one after the other, as a user asks: many questions for the price of one page."""

from collections.abc import Sequence

from mini4o.conversation.parts import Conversation, Image, Message, Text, Think
from mini4o.storybook.dice import Dice
from mini4o.storybook.dice import Item as Option
from mini4o.storybook.scene import Scene
from mini4o.storybook.tasks.base import Item, Request, Task, picture_of
from mini4o.storybook.tasks.questions.asking import pondered, put, staged, thoughts
from mini4o.storybook.tasks.questions.plans import Maker, Plan
from mini4o.storybook.tasks.questions.programs import Value, answer
from mini4o.storybook.tasks.questions.single import MAKERS
from mini4o.storybook.tasks.questions.voice import Voice

TASK = "questions_in_turn"
FEWEST, MOST = 4, 8  # questions
_TRIES = 12  # plans for one question
_SHOWN = 0.7  # how often a question takes its words from what the page shows
# How often each sort of question is asked: simple ones more, on which the others rest.
_SORTS = {task: 1.0 for task in MAKERS} | {"ask_attribute": 4.0, "ask_exist": 3.0, "ask_count": 2.0, "ask_where": 2.0}


class _Leaning(Dice):
    """Dice that lean towards what a page shows: of all kinds and colours one could ask for, nearly none is there."""

    def __init__(self, dice: Dice, scene: Scene) -> None:
        self._next = dice._next
        self._shown = {value for thing in scene.facts.things for value in thing.model_dump().values() if value}

    def pick(self, options: Sequence[Option], weights: Sequence[float] | None = None) -> Option:
        if weights is None and self.happens(_SHOWN):
            options = [option for option in options if option in self._shown] or options
        return super().pick(options, weights)


def questions_in_turn(request: Request) -> Item:
    """A page that was made for the first of its questions, and others that have an answer there."""
    dice, voice = request.dice(TASK), Voice(request.language)
    first = staged(dice, request.split, _makers(dice))
    asked: list[tuple[Plan, Value]] = [(first.plan, first.value)]
    count, leaning = dice.pick(range(FEWEST, MOST + 1)), _Leaning(dice, first.scene)
    for _ in range(2 * count):
        if len(asked) == count:
            break
        further = _another(leaning, request, first.scene)
        if further is not None and all(further[0].program != plan.program for plan, _ in asked):
            asked.append(further)
    scenes = (first.scene,)
    conversation: Conversation = []
    facts = []
    for plan, value in dice.shuffled(asked):
        words, said, fact = put(TASK, plan, value, voice, dice)
        facts.append(fact)
        question, thinking = pondered(words, voice, dice)
        thought = [Think(text=thoughts(plan.program, scenes, voice, dice))] if thinking else []
        shown = [] if conversation else [Image(image=picture_of(first.scene, request))]
        conversation.append(Message(role="user", content=(*shown, Text(text=question))))
        conversation.append(Message(role="assistant", content=(*thought, Text(text=said[0]))))
    return Item(conversation, scenes, {"task": TASK, "skeleton": "in_turn", "questions": facts})


def _another(dice: Dice, request: Request, scene: Scene) -> tuple[Plan, Value] | None:
    """A question that the page answers. Which answer is wanted is settled before the question, so that "no" and "none",
    true of nearly all that could be asked, do not come too often; None if no such question is found."""
    makers = _makers(dice)
    maker = dice.pick(list(makers), list(makers.values()))
    wanted: Value | None = None
    for _ in range(_TRIES):
        plan = maker(dice, request.split)
        if plan is None:
            continue
        if wanted is None and not isinstance(plan.choices[0], str):
            wanted = dice.pick(plan.choices)
        value = answer(plan.program, scene)
        if value is not None and value in plan.choices and wanted in (None, value):
            return plan, value
    return None


def _makers(dice: Dice) -> dict[Maker, float]:
    return MAKERS[dice.pick(list(_SORTS), list(_SORTS.values()))]


TASKS: dict[str, Task] = {TASK: questions_in_turn}
