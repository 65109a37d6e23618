"""Samples and answers as training goes: fixed conversations, fixed seeds, the averaged weights."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import PIL.Image

from mini4o.conversation.builder import Builder
from mini4o.conversation.images import load_image, save_png
from mini4o.conversation.parts import Conversation, Image, ImageGen, Text
from mini4o.data.sample import Sample
from mini4o.errors import Mini4oError
from mini4o.generation.engine import Engine
from mini4o.generation.session import Session, Wish
from mini4o.model.net import Net
from mini4o.model.spec import GenerationSpec
from mini4o.training.strips import strip, write_progress

log = logging.getLogger("mini4o")


def preview(
    net: Net,
    builder: Builder,
    options: GenerationSpec,
    samples: Sequence[Sample],
    folder: Path,
    done: int,
    stage: str,
) -> None:
    """Let the model say the first assistant turn of each sample, after `done` steps over all. Writes
    `samples/DONE-STAGE.png`, a row of input | output | target a drawing, with `progress.png` anew, and appends answers
    to `answers.jsonl`. A sample that cannot be shown is logged and left out."""
    was_training = net.training
    engine = Engine(net, builder)
    name = f"{done:06d}-{stage}"
    rows: list[list[PIL.Image.Image | None]] = []
    answers = []
    for number, sample in enumerate(samples):
        said = _before_first_answer(sample.conversation)
        expected = sample.conversation[len(said)].content
        drawing = next((part for part in expected if isinstance(part, ImageGen)), None)
        try:
            session = Session(engine, options, seed=number, name="preview", messages=said)
            if drawing is None:
                text = "".join(part.text for part in expected if isinstance(part, Text))
                asked = "".join(
                    part.text for message in said[-1:] for part in message.content if isinstance(part, Text)
                )
                answer = session.reply(Wish(draw="never")).text
                answers.append({"at": name, "done": done, "asked": asked, "answer": answer, "expected": text})
                continue
            reply = session.reply(Wish(draw="force", source=drawing.source, size=drawing.size))
            given = [part.image for message in said for part in message.content if isinstance(part, Image)]
            target = None if drawing.image is None else load_image(drawing.image)
            rows.append([load_image(given[-1]) if given else None, reply.images[0], target])
        except Mini4oError as error:
            log.warning("preview left out: %s: %s", sample.origin, error)
    if rows:
        (folder / "samples").mkdir(exist_ok=True)
        save_png(strip(rows), folder / "samples" / f"{name}.png")
        write_progress(folder)
    with (folder / "answers.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers)
    net.train(was_training)


def _before_first_answer(conversation: Conversation) -> Conversation:
    first = next((n for n, message in enumerate(conversation) if message.role == "assistant"), len(conversation) - 1)
    return conversation[:first]
