"""Multiple choice: a question with four answers to choose from, in a circle that can be turned."""

from mini4o.storybook.relations import SIDES
from mini4o.storybook.scene import BONDS
from mini4o.storybook.tasks.base import Item, Request, Task
from mini4o.storybook.tasks.questions.asking import pondered, question_of, spoken, staged, talk, thoughts, told
from mini4o.storybook.tasks.questions.plans import Maker
from mini4o.storybook.tasks.questions.plans_hops import beside, load_of, on_either_side
from mini4o.storybook.tasks.questions.plans_if import added, removed
from mini4o.storybook.tasks.questions.plans_related import of_setting, place_of, side
from mini4o.storybook.tasks.questions.plans_seen import attribute, carried, count, only
from mini4o.storybook.tasks.questions.voice import Voice

LETTERS = "ABCD"
_TASK, _OPTIONS = "ask_choice", "<options>"
_MAKERS: dict[Maker, float] = {
    only(True): 2,
    only(False): 2,
    attribute("colour"): 3,
    attribute("text"): 1,
    **{carried(bond): 1 for bond in BONDS},
    count("kind"): 1,
    count("colour"): 1,
    count("family"): 1,
    place_of: 1,
    side((*SIDES, "in front of", "behind")): 1,
    of_setting("place"): 1,
    of_setting("season"): 1,
    beside("colour"): 2,
    on_either_side("kind"): 1,
    on_either_side("count"): 1,
    **{load_of(bond, "kind"): 1 for bond in BONDS},
    removed("kind"): 1,
    removed("family"): 1,
    added: 1,
}


def ask_choice(request: Request) -> Item:
    """A question with four answers; the answer is a letter."""
    return _turned(request, None)


def rotations(request: Request) -> list[Item]:
    """The four circular versions of the item of a request: the same picture, question and answers, each answer once at
    each letter. Who knows the answer is right in all four."""
    return [_turned(request, rotation) for rotation in range(len(LETTERS))]


def _turned(request: Request, rotation: int | None) -> Item:
    dice = request.dice(_TASK)
    done = staged(dice, request.split, _MAKERS, options=len(LETTERS))
    plan, circle = done.plan, dice.shuffled((done.value, *done.decoys))
    drawn = dice.below(len(LETTERS))
    turn = drawn if rotation is None else rotation
    values = circle[turn:] + circle[:turn]
    voice, words = Voice(request.language), request.dice(_TASK, "words")  # the words are the same in all rotations
    options = [spoken(plan, value, voice)[0] for value in values]
    letter, right = LETTERS[values.index(done.value)], spoken(plan, done.value, voice)
    question = question_of(plan, voice, words)
    said = [letter, letter.lower(), f"{letter}. {right[0]}", *right]
    facts = told(_TASK, f"choice/{plan.skeleton}", question, said, plan.program, list(LETTERS))
    facts |= {"options": options, "rotation": turn}
    asked, thinking = pondered(question, voice, words)
    # The options come into the finished sentence, or their first letters would be made capitals.
    asked = voice.ask("choice", words, question=asked, options=_OPTIONS)
    listed = "\n".join(f"{name}. {option}" for name, option in zip(LETTERS, options, strict=True))
    thought = ""
    if thinking:
        thought = thoughts(plan.program, (done.scene,), voice, words)
        thought += voice.space + voice.think("letter", words, letter=letter)
    conversation = talk(request, (done.scene,), asked.replace(_OPTIONS, listed), thought, letter)
    return Item(conversation, (done.scene,), facts)


TASKS: dict[str, Task] = {_TASK: ask_choice}
