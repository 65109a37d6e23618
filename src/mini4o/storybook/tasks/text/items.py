"""Text only: instructions, word problems, small talk. So that the language half keeps talking."""

from typing import Any

from mini4o.conversation.parts import parse_conversation
from mini4o.storybook.language import grammar, phrasebook
from mini4o.storybook.tasks.base import Item, Request, Task
from mini4o.storybook.tasks.text.instructions import INSTRUCTIONS
from mini4o.storybook.tasks.text.smalltalk import GREETINGS, WORLD, WORLD_WEIGHTS, chat, hello
from mini4o.storybook.tasks.text.sums import SUMS
from mini4o.storybook.tasks.text.talk import Desk, Exchange, ask


def instructions(request: Request) -> Item:
    """A simple instruction. facts: skeleton; answer where there is exactly one, and answers (all ways to say it that
    count as right); members and count of a list."""
    desk = _desk(request, "instructions", "text")
    return _item("instructions", desk, [ask(request.split, desk, INSTRUCTIONS)])


def arithmetic(request: Request) -> Item:
    """A word problem. facts: skeleton, answer in digits, answers (also with what is counted: "7 apples")."""
    desk = _desk(request, "arithmetic", "sums")
    return _item("arithmetic", desk, [ask(request.split, desk, SUMS)])


def smalltalk(request: Request) -> Item:
    """One or two exchanges. facts: skeleton and, where there is one, answer of the last, and answers."""
    desk = _desk(request, "smalltalk", "smalltalk")
    greeted = [hello(desk)] if desk.dice.happens(0.2) else []
    last = chat(desk) if desk.dice.happens(0.4) else ask(request.split, desk, WORLD, WORLD_WEIGHTS)
    return _item("smalltalk", desk, [*greeted, last] if last.skeleton not in GREETINGS else [last])


def _desk(request: Request, task: str, group: str) -> Desk:
    language = request.language
    return Desk(request.dice(task), grammar(language), phrasebook(group, language), phrasebook("answers", language))


def _item(task: str, desk: Desk, exchanges: list[Exchange]) -> Item:
    """The conversation; what has a thought shows it in half of cases."""
    messages: list[dict[str, Any]] = []
    for exchange in exchanges:
        reply: list[dict[str, Any]] = [{"type": "text", "text": exchange.reply}]
        if exchange.thought and desk.dice.happens(0.5):
            reply.insert(0, {"type": "think", "text": exchange.thought})
        messages += [{"role": "user", "content": exchange.question}, {"role": "assistant", "content": reply}]
    last = exchanges[-1]
    facts: dict[str, Any] = {"task": task, "skeleton": last.skeleton, **last.facts}
    if last.answer is not None:
        facts |= {"answer": last.answer, "answers": list(dict.fromkeys([last.answer, *last.also]))}
    return Item(parse_conversation(messages), (), facts)


TASKS: dict[str, Task] = {"instructions": instructions, "arithmetic": arithmetic, "smalltalk": smalltalk}
