"""Editing in rounds: 2 to 8 pictures, each made from an earlier one, with references back, undo and memory."""

from typing import Any

from mini4o.conversation.parts import Image, ImageGen, Message, Part, Text, Think
from mini4o.errors import DataError
from mini4o.storybook import imagine
from mini4o.storybook.compose import SceneError, compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.language import grammar, phrasebook
from mini4o.storybook.language.words import say
from mini4o.storybook.splits import split_of
from mini4o.storybook.tasks.base import TRIES, Item, Request, Task, page, picture_of
from mini4o.storybook.tasks.editing.asides import aside
from mini4o.storybook.tasks.editing.chain import Chain, Round, State
from mini4o.storybook.tasks.editing.referring import next_round
from mini4o.storybook.tasks.editing.wording import THOUGHT, thought

LENGTHS = (2, 3, 4, 5, 6, 7, 8)
LENGTH_WEIGHTS = (3.0, 3.0, 3.0, 2.0, 2.0, 1.0, 1.0)
ASIDE = 0.12  # how often a round is followed by words alone


def rounds(request: Request) -> Item:
    """A conversation of several edits.

    `facts["rounds"]` lists for each: type, reference, skeleton, edit, claims, `source` (a picture's number), the scenes
    `before` (of the source), `current` (of the latest picture) and `after`, and its message; `facts["asides"]` the
    answers that are words alone.
    """
    dice = request.dice("rounds")
    chain = _chain(request, dice)
    thinks = dice.happens(THOUGHT)
    shown = [picture_of(state.scene, request) for state in chain.states]
    messages: list[Message] = []
    told: list[dict[str, Any]] = []
    asides: list[dict[str, Any]] = []
    for number, done in enumerate(chain.rounds):
        start: tuple[Part, ...] = (Image(image=shown[0]),) if number == 0 else ()
        messages.append(Message(role="user", content=(*start, Text(text=done.text))))
        thoughts = (Think(text=_thought(chain, number, dice)),) if thinks else ()
        picture = shown[number + 1]
        drawn = (ImageGen(image=picture, source=(done.source,)), Image(image=picture))
        messages.append(Message(role="assistant", content=(*thoughts, *drawn)))
        told.append(_told(done, number, len(messages) - 1))
        said = chain.asides.get(number)
        if said is not None:
            messages += [Message.model_validate({"role": "user", "content": said.question})]
            messages += [Message.model_validate({"role": "assistant", "content": said.answer})]
            asides.append({"message": len(messages) - 1, "type": said.type, "answer": said.answer})
    facts = {"task": "rounds", "skeleton": f"rounds_{len(told)}", "rounds": told, "asides": asides}
    return Item(messages, tuple(state.scene for state in chain.states), facts)


def _told(done: Round, number: int, message: int) -> dict[str, Any]:
    """A round for scoring, as plain values."""
    return {
        "type": done.type,
        "reference": done.reference,
        "skeleton": done.skeleton,
        "edit": None if done.edit is None else done.edit.model_dump(mode="json", exclude_none=True, exclude={"pose"}),
        "claims": [claim.model_dump(mode="json") for claim in done.claims],
        "source": [done.source],
        "before": done.source - 1,
        "current": number,
        "after": number + 1,
        "message": message,
    }


def _thought(chain: Chain, number: int, dice: Dice) -> str:
    """What is thought before a round's picture: what a reference means, then the edit itself."""
    done, ways = chain.rounds[number], phrasebook("rounds", chain.language)
    before = chain.states[done.source - 1].scene
    if done.edit is None or done.order is None:
        return say(ways, f"think_{done.type}", dice, number=done.source)
    told = thought(before, done.state.scene, done.edit, done.order, dice, chain.language)
    if done.pronoun is None or done.order.said is None:
        return told
    words = grammar(chain.language)
    meant = say(ways, "think_means", dice, it=done.pronoun, thing=words.noun(done.order.said, article="the"))
    return words.joined([meant, told])


def _chain(request: Request, dice: Dice) -> Chain:
    """Pictures of the split, one after the other, until there are as many as the dice say."""
    length, size = dice.pick(LENGTHS, LENGTH_WEIGHTS), page(dice)
    for _ in range(TRIES):
        facts = imagine.facts(dice, count=dice.pick((2, 3, 4), (3, 2, 1)), repeats=0.45)
        if split_of(facts) != request.split:
            continue
        try:
            scene = compose(facts, dice, *size)
        except SceneError:
            continue
        chain = Chain(request.split, request.language, dice, [State(scene, tuple(range(len(facts.things))))])
        while len(chain.rounds) < length:
            done = next_round(chain)
            if done is None:
                break
            chain.append(done)
            if len(chain.rounds) < length and dice.happens(ASIDE):
                _talk(chain)
        if len(chain.rounds) == length:
            return chain
    raise DataError(f"rounds: no chain of {length} pictures of the split {request.split!r} in {TRIES} tries")


def _talk(chain: Chain) -> None:
    """A few words without a picture. After a question one no longer knows what "it" is."""
    said = aside(chain.now.facts, chain.dice, chain.language)
    if said is not None:
        chain.asides[len(chain.rounds) - 1] = said
        if said.type != "thanks":
            chain.about = chain.last = None


TASKS: dict[str, Task] = {"rounds": rounds}
