"""Successes and failures of each part, as they came: which ones is chosen by the seed, never by looks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import PIL.Image

from mini4o.chance import derive
from mini4o.conversation.images import load_image, save_png
from mini4o.conversation.parts import Conversation, Image, ImageGen, Message
from mini4o.evaluation.storybook.drawing import THINKING
from mini4o.evaluation.storybook.exam import Exam
from mini4o.evaluation.storybook.examine import key_of
from mini4o.evaluation.storybook.record import PICTURES
from mini4o.evaluation.storybook.scores import main_mark
from mini4o.evaluation.storybook.trial import words_of

SHOWN = 3  # of each part, of either sort

Card = dict[str, Any]


def gallery(exam: Exam, lines: Sequence[dict[str, Any]], folder: Path) -> list[Card]:
    """Cards of what the model did, as plain values; the pictures that belong to them are written.

    Returns:
        For each card `part`, `split`, `sample`, whether it is `right`, what was `wrong`, and `steps`: what was `asked`,
        the pictures `given`; what was `said`, `thought` and `drawn`; what the world would have said and drawn, `wanted`
        and `meant`. Pictures are names of files in `pictures/`.
    """
    cards: list[Card] = []
    for part in exam.parts:
        for right in (True, False):
            fitting = [line for line in lines if line["sample"].split("/")[1] == part and is_right(line) is right]
            fitting.sort(key=lambda line: derive(exam.seed, "gallery", line["sample"]))
            cards += [_card(exam, line, right, folder / PICTURES) for line in fitting[:SHOWN]]
    return cards


def is_right(line: dict[str, Any]) -> bool | None:
    """Whether the model had a sample right; None where nobody can tell, and where no model was asked."""
    rows = line["rows"].get("model")
    if rows is None:
        return None
    part = line["sample"].split("/")[1]
    marks = rows.get(f"{part}/whole chain") or rows[part]
    [right] = marks[main_mark(marks)]
    return cast(bool | None, right)


def _card(exam: Exam, line: dict[str, Any], right: bool, folder: Path) -> Card:
    key = key_of(line["sample"])
    part = key.part
    turns = [turn for item in exam.sample(key) for turn in _turns(item.conversation)]
    if part == THINKING:
        turns *= 2  # asked twice, with a thought and without
    name = line["sample"].replace("/", "-")
    steps: list[dict[str, Any]] = []
    before: list[bytes] = []
    for number, ((asked, answer), reply) in enumerate(zip(turns, line["replies"], strict=True), start=1):
        given = [picture.tobytes() for picture in _shown(asked)]
        step = {
            "asked": words_of(asked) if part != THINKING or number == 1 else "The same without a thought.",
            "given": [] if given == before else _saved(_shown(asked), folder, f"{name}-{number}-given"),
            "said": reply["text"],
            "thought": reply["thought"],
            "drawn": reply["pictures"],
            "wanted": words_of(answer),
            "meant": _saved(_drawn(answer), folder, f"{name}-{number}-meant"),
        }
        steps.append(step)
        before = given
    return {
        "part": part,
        "split": key.split,
        "sample": line["sample"],
        "right": right,
        "wrong": line["wrong"],
        "steps": steps,
    }


def _turns(conversation: Conversation) -> list[tuple[Message, Message]]:
    """What the user says, and what follows it."""
    return list(zip(conversation[::2], conversation[1::2], strict=True))


def _shown(message: Message) -> list[PIL.Image.Image]:
    return [load_image(part.image) for part in message.content if isinstance(part, Image)]


def _drawn(message: Message) -> list[PIL.Image.Image]:
    return [load_image(part.image) for part in message.content if isinstance(part, ImageGen) and part.image is not None]


def _saved(pictures: Sequence[PIL.Image.Image], folder: Path, name: str) -> list[str]:
    files = [f"{name}-{number}.png" for number in range(1, len(pictures) + 1)]
    for picture, file in zip(pictures, files, strict=True):
        save_png(picture, folder / file)
    return files
