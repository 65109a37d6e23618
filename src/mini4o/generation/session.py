"""A session: one conversation that goes on, with a handle on its row in the engine.

Each turn costs what it adds: the document grows where it stands, and only new tokens and pictures are read.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import PIL.Image
import torch
from pydantic import ValidationError
from torch import Tensor

from mini4o import chance
from mini4o.conversation.builder import Mark, Writer
from mini4o.conversation.parts import Conversation, Image, ImageGen, Message, Part, Text, Think, parse_conversation
from mini4o.conversation.tokens import DRAW_END, DRAW_PAD, DRAW_START, SOURCE, THINK_END, THINK_START
from mini4o.errors import ConversationError, first_problem
from mini4o.generation.decoding import TextStream, choose_token
from mini4o.generation.engine import Engine, Row
from mini4o.model.spec import GenerationSpec

Drawing = Literal["auto", "force", "never"]


@dataclass(frozen=True)
class Reply:
    """What the model said: its parts in order, as they stand in the history. A drawing is an `image_gen` part that
    holds its picture, followed by the same picture as an `image` part: the model has read it back."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def think(self) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, Think))

    @property
    def images(self) -> list[PIL.Image.Image]:
        """The pictures drawn."""
        drawn = [part.image for part in self.parts if isinstance(part, ImageGen)]
        return [image for image in drawn if isinstance(image, PIL.Image.Image)]


@dataclass(frozen=True)
class Event:
    """A piece of a reply as it comes: some text, some thought, or a picture."""

    kind: Literal["text", "think", "image"]
    text: str = ""
    image: PIL.Image.Image | None = None


@dataclass(frozen=True)
class Wish:
    """How one turn is to go.

    draw: `auto` lets the model open a drawing where it has learnt to; `force` opens one and ends the turn after it;
        `never` masks the opening.
    think: open a thought first.
    source, size: of the drawing; without `source` the model names its sources itself.
    negative: a text to steer the drawing away from.
    """

    draw: Drawing = "auto"
    think: bool = False
    source: tuple[int, ...] = ()
    size: tuple[int, int] | None = None
    negative: str = ""


class Session:
    """
    Args:
        engine: the model.
        options: defaults of this conversation.
        seed: with `name`, what all its chance hangs on.
        messages: what was said before.
    """

    def __init__(
        self,
        engine: Engine,
        options: GenerationSpec,
        seed: int = 0,
        name: str = "",
        messages: Conversation | None = None,
    ) -> None:
        self.engine, self.options, self.seed, self.name = engine, options, seed, name
        self.messages: Conversation = []
        self._row = Row()
        self._writer = Writer(engine.builder)
        self._turns: list[tuple[int, Mark, int]] = []
        for message in messages or []:
            self.add(message)

    def add(self, message: Message | dict[str, Any]) -> None:
        """Append a turn, of the user or as it was said before.

        Raises:
            ConversationError, ImageError: the turn cannot be rendered; the session is as it was.
        """
        parsed = parse_conversation([message])[0]
        mark = self._mark()
        try:
            self._writer.message(parsed)
            self._writer.finish()
        except BaseException:
            self._back(mark)
            raise
        self._turns.append(mark)
        self.messages.append(parsed)

    def undo(self) -> None:
        """Take back the last turn, as if it had never been said.

        Raises:
            ConversationError: nothing was said yet.
        """
        if not self._turns:
            raise ConversationError("there is no turn to take back")
        self._back(self._turns.pop())

    def reply(self, wish: Wish | None = None, **changes: Any) -> Reply:
        """The model's turn, complete; takes what `stream` takes."""
        for _ in self.stream(wish, **changes):
            pass
        return Reply(self.messages[-1].content)

    def stream(self, wish: Wish | None = None, **changes: Any) -> Iterator[Event]:
        """The model's turn as it comes; when it is over it stands in `messages`.

        `changes` are other values of `GenerationSpec` for this turn, such as `steps=50`.

        Raises:
            ConversationError: the context is full, a source, size or option does not exist; the session is as it was.
        """
        mark = self._mark()
        try:
            options = GenerationSpec.model_validate({**self.options.model_dump(), **changes})
            parts = yield from self._turn(wish or Wish(), options)
            self._writer.finish()
        except ValidationError as error:
            self._back(mark)
            raise ConversationError(f"reply: {first_problem(error, GenerationSpec.model_fields)}") from None
        except BaseException:
            self._back(mark)
            raise
        self._turns.append(mark)
        self.messages.append(Message(role="assistant", content=parts))

    def _turn(self, wish: Wish, options: GenerationSpec) -> Generator[Event, None, tuple[Part, ...]]:
        """Write one turn token by token; returns its parts."""
        writer, builder = self._writer, self.engine.builder
        chat = builder.chat
        start, source, think, unthink = map(builder.vocabulary.control, (DRAW_START, SOURCE, *chat.think))
        stop = builder.vocabulary.control(chat.closing()[0])
        parts: list[Part] = []
        held: list[int] = []  # tokens of the text being written
        stream, thinking = TextStream(builder.vocabulary, chat.lead), False
        writer.open("assistant")
        for count in range(options.max_tokens):
            if wish.think and count == 0:
                index = think
            elif wish.draw == "force" and not thinking:
                index = start
            else:
                index = self._next_token(wish, options, thinking)
            if index not in (start, source, think, unthink, stop):
                writer.token(index)
                held.append(index)
                if text := stream.push(index):
                    yield Event("think" if thinking else "text", text)
                continue
            if rest := stream.end():
                yield Event("think" if thinking else "text", rest)
            parts += self._said(held, thinking, not parts)
            held, stream = [], TextStream(builder.vocabulary)
            if index == stop:
                break
            if index in (think, unthink):
                thinking = index == think
                writer.control(chat.think[0] if thinking else chat.think[1], False)
                continue
            named = wish.source or (self._name_sources(wish, options) if index == source else ())
            picture = self._draw(ImageGen(source=named, size=wish.size), wish, options)
            parts += [ImageGen(source=named, size=picture.size, image=picture), Image(image=picture)]
            yield Event("image", image=picture)
            if wish.draw == "force":
                break
        else:
            if rest := stream.end():
                yield Event("think" if thinking else "text", rest)
            parts += self._said(held, thinking, not parts)
            if thinking:
                writer.control(chat.think[1], False)
        writer.close()
        return tuple(parts)

    def _said(self, ids: list[int], thinking: bool, first: bool) -> list[Part]:
        """The parts of text that was written; at the beginning of a turn without what the template puts before it."""
        builder = self.engine.builder
        lead = builder.chat.lead if first and not thinking else ""
        return builder.text_parts(ids, thinking, self._writer.document.images, lead)

    def _draw(self, part: ImageGen, wish: Wish, options: GenerationSpec) -> PIL.Image.Image:
        """Draw where the conversation stands, and read the picture back in the pixels that are saved."""
        writer = self._writer
        if wish.source or not part.source:  # else the model has written them itself
            writer.draw(part, False)
        else:
            writer.span(self.engine.builder.span_for(part, writer.document.images, False))
        self._read()
        # Each drawing of a conversation has noise of its own, the same however the conversation came to stand here.
        key = (self.seed, self.name, len(writer.document.spans) - 1)
        picture = self.engine.draw(self._row, writer.document, writer.document.spans[-1], options, key, wish.negative)
        writer.image(self.engine.builder.read(picture))
        return picture

    def _name_sources(self, wish: Wish, options: GenerationSpec) -> tuple[int, ...]:
        """Let the model write the numbers of its sources; numbers of pictures that do not exist are left out."""
        writer, vocabulary = self._writer, self.engine.builder.vocabulary
        writer.control(SOURCE, False)
        digits: list[int] = []
        while len(digits) < 16:
            index = self._next_token(wish, options, False)
            if vocabulary.is_control(index):
                break
            writer.token(index)
            digits.append(index)
        numbers = [int(n) for n in vocabulary.decode(digits).split(",") if n.strip().isdecimal()]
        return tuple(n for n in numbers if 1 <= n <= len(writer.document.images))

    def _read(self) -> Tensor | None:
        """Read what is new in the document: logits for the next token, or None if nothing is new."""
        document = self._writer.finish()
        if self._row.length == len(document):
            return None
        return self.engine.read(self._row, document)

    def _next_token(self, wish: Wish, options: GenerationSpec, thinking: bool) -> int:
        """A token, never one that must not be written now: the inside of a drawing, or what was not learnt."""
        logits = self._read()
        assert logits is not None  # every token before this one was new
        vocabulary = self.engine.builder.vocabulary
        think, unthink = self.engine.builder.chat.think
        masked = {DRAW_PAD, DRAW_END, THINK_START, THINK_END} - {think, unthink}
        masked |= {think} if thinking or "think" not in options.writes else set()
        masked |= set() if thinking else {unthink}
        if thinking or wish.draw == "never" or "image" not in options.writes:
            masked |= {DRAW_START, SOURCE}
        logits[[vocabulary.control(token) for token in masked]] = -torch.inf
        # An image token stands for a picture that is read; it cannot be written.
        logits[self.engine.net.backbone.image_token] = -torch.inf
        # Its chance is a function of the seed, the conversation and the place.
        place = len(self._writer.document)
        generator = chance.generator(self.seed, "token", self.name, place) if options.temperature else None
        return choose_token(logits, options.temperature, options.top_p, generator)

    def _mark(self) -> tuple[int, Mark, int]:
        return len(self.messages), self._writer.mark(), self._row.length

    def _back(self, mark: tuple[int, Mark, int]) -> None:
        count, place, read = mark
        self._writer.back(place)
        # Not a token more than it had read: read in other pieces, the same tokens give other last bits.
        self._row.crop(self._writer.document, read)
        self.messages = self.messages[:count]
