"""The one builder: conversation -> documents for training, inference and serving, and model output -> parts.

A `Writer` writes a document turn by turn, so that a session goes on writing where it stands; `Builder.document` writes
a whole conversation at once, and `Builder.branch` the short renderings that guidance compares with.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mini4o.conversation.families.chat import Chat
from mini4o.conversation.images import load_image
from mini4o.conversation.layout import IGNORE, Control, Document, Pads, Position, ReadImage, Span, Words
from mini4o.conversation.parts import (
    Box,
    Conversation,
    Image,
    ImageGen,
    ImageSource,
    Message,
    Part,
    Point,
    Quad,
    Role,
    Text,
    Think,
    trained,
)
from mini4o.conversation.sizes import Size, choose, fit
from mini4o.conversation.tokens import DRAW_START, SOURCE, Vocabulary
from mini4o.errors import ConversationError
from mini4o.formats.coordinates import Convention, parse, render

Branch = Literal["full", "no_text", "none"]


@dataclass(frozen=True)
class Mark:
    """A place in a document that a writer can go back to."""

    tokens: int
    spans: int
    next: int
    system: str | None
    last_label: list[int]
    after_span: bool


class Writer:
    """Writes one document. Text is held back until a control token ends it, so that it is encoded in one piece as
    `transformers` does; a span ends a piece of text too."""

    def __init__(self, builder: "Builder") -> None:
        self.builder = builder
        self.document = Document()
        self._held: list[tuple[str, bool]] = []
        self._next = 0  # position of the next token
        self._after_span = False  # the first token after a span carries no loss
        self._lead = ""  # what stands before text, at the beginning of a turn

    def message(self, message: Message) -> None:
        """A whole turn."""
        self.open(message.role)
        for part in message.content:
            self.part(message.role, part)
        self.close(message.role == "assistant" and any(trained(message.role, part) for part in message.content))

    def open(self, role: Role) -> None:
        """The header of a turn; before a first turn that is not the system's, the default system prompt."""
        chat = self.builder.chat
        if not self.document.ids and role != "system" and chat.system is not None:
            self.message(Message(role="system", content=(Text(text=chat.system),)))
        token, text = chat.opening(role, first=not self.document.ids)
        if token:
            self.control(token, False)
        self.text(text, False)
        self._lead = chat.lead

    def close(self, loss: bool = False) -> None:
        """The end of a turn. `loss`: whether the model learns to stop here."""
        token, text = self.builder.chat.closing()
        self.control(token, loss)
        self.text(text, False)

    def part(self, role: Role, part: Part) -> None:
        """One part of a turn.

        Raises:
            ConversationError: a source that does not exist, a size the model does not list.
            ImageError: a picture that cannot be read.
        """
        loss = trained(role, part)
        if isinstance(part, Text | Box | Point | Quad):
            self.text(self._lead, loss)  # after the header the model writes it with its first word
        if not isinstance(part, ImageGen) or part.source:  # a drawing itself is no part of the ordinary tokens
            self._lead = ""
        match part:
            case Text():
                self.text(part.text, loss)
                if role == "system":
                    self.document.system = (self.document.system or "") + part.text
            case Think():
                start, end = self.builder.chat.think
                self.control(start, loss)
                self.text(part.text, loss)
                self.control(end, loss)
            case Image():
                self.image(self.builder.read(part.image))
            case ImageGen():
                self.draw(part, loss)
            case Box() | Point() | Quad():
                if part.image > len(self.document.images):
                    raise ConversationError(f"{part.type}: there is no image {part.image} before it")
                image = self.document.images[part.image - 1]
                size, convention = image.picture.size, self.builder.coordinates
                self.text(render(part, convention=convention, size=size, read_size=image.read_size), loss)

    def text(self, text: str, loss: bool) -> None:
        if text:
            self._held.append((text, loss))

    def control(self, token: str, loss: bool) -> None:
        self.flush()
        self.token(self.builder.vocabulary.control(token), loss)

    def token(self, index: int, loss: bool = False) -> None:
        """One token at the next position, also one that the model itself has written."""
        self._append(index, (self._next,) * 3, loss)
        self._next += 1

    def image(self, image: ReadImage) -> None:
        """A picture to read: as many image tokens as it takes, at positions of their own."""
        self.flush()
        self.document.image_starts.append(len(self.document))
        pad = self.builder.vocabulary.control(self.builder.chat.image_pad)
        for piece in image.layout:
            match piece:
                case Control():
                    self.control(piece.token, False)
                case Words():
                    self.text(piece.text, False)
                case Pads():
                    self.flush()
                    start = self._next
                    for time, row, column in piece.positions:
                        self._append(pad, (start + time, start + row, start + column), False)
                    self._next = start + piece.next
        self.document.images.append(image)
        self.document.image_ends.append(len(self.document))

    def draw(self, part: ImageGen, loss: bool) -> None:
        """A picture to draw. Its sources are written before it, so that the model learns to name them."""
        count = len(self.document.images)
        if any(number > count for number in part.source):
            raise ConversationError(f"source {list(part.source)}: there are {count} images before this drawing")
        if part.source:
            self.control(SOURCE, loss)
            self.text(",".join(map(str, part.source)), loss)
        self.span(self.builder.span_for(part, self.document.images, loss))

    def span(self, span: Span) -> None:
        """A span where the document stands; its `at` and `position` are set here."""
        self.flush()
        if span.loss and not self._after_span and self.document.labels:
            self.document.labels[-1] = self.builder.vocabulary.control(DRAW_START)
        self._after_span = True
        self.document.spans.append(
            Span(len(self.document), self._next, span.size, span.sources, span.target, span.loss)
        )

    def mark(self) -> Mark:
        """Where the document stands, for `back`."""
        self.flush()
        document = self.document
        return Mark(
            len(document), len(document.spans), self._next, document.system, document.labels[-1:], self._after_span
        )

    def back(self, mark: Mark) -> None:
        """Take back all that was written since a mark."""
        self._held = []
        spans = self.document.spans[: mark.spans]
        self.document = self.document.until(mark.tokens)
        self.document.spans, self.document.system = spans, mark.system
        self.document.labels[-1:] = mark.last_label
        self._next, self._after_span = mark.next, mark.after_span

    def flush(self) -> None:
        """Encode the text held back. A token carries loss if the character it starts with does."""
        if not self._held:
            return
        losses = [loss for text, loss in self._held for _ in text]
        ids, starts = self.builder.vocabulary.encode("".join(text for text, _ in self._held))
        self._held = []
        for index, start in zip(ids, starts, strict=True):
            self.token(index, losses[start])

    def finish(self) -> Document:
        """The document, complete.

        Raises:
            ConversationError: longer than the context holds.
        """
        self.flush()
        length, context, pictures = len(self.document), self.builder.context, len(self.document.images)
        if length > context:
            held = f", {sum(image.tokens for image in self.document.images)} of them for {pictures} pictures"
            raise ConversationError(
                f"the conversation takes {length} tokens{held if pictures else ''}; the context holds {context}: "
                "shorten the text or give fewer or smaller pictures"
            )
        return self.document

    def _append(self, index: int, position: Position, loss: bool) -> None:
        document = self.document
        if loss and document.labels and not self._after_span:
            document.labels[-1] = index
        self._after_span = False
        document.ids.append(index)
        document.labels.append(IGNORE)
        document.positions.append(position)


class Builder:
    """Renders conversations for one model.

    Args:
        chat: the family's template and image layout.
        vocabulary: its tokenizer.
        queries: N, the number of queries of a drawing.
        sizes: the (width, height) the model draws, the default first.
        context: the most ordinary tokens a document may have.
        coordinates: how boxes, points and quads are written.
    """

    def __init__(
        self,
        chat: Chat,
        vocabulary: Vocabulary,
        *,
        queries: int,
        sizes: Sequence[Size],
        context: int,
        coordinates: Convention,
    ) -> None:
        self.chat, self.vocabulary = chat, vocabulary
        self.queries, self.sizes, self.context = queries, list(sizes), context
        self.coordinates = coordinates

    def document(self, conversation: Conversation, *, reply: bool = False) -> Document:
        """A whole conversation; with `reply` the assistant's header follows, ready for the model to write."""
        writer = Writer(self)
        for message in conversation:
            writer.message(message)
        if reply:
            writer.open("assistant")
        return writer.finish()

    def branch(self, branch: Branch, document: Document, span: Span, negative: str = "") -> Document:
        """What guidance compares one drawing with: a rendering of its own, never a mask.

        `full` is the conversation up to the drawing; `no_text` the system prompt, a user turn of the sources and the
        header; `none` the system prompt and the header, with `negative` as a user's text if it is given.
        """
        if branch == "full":
            out = document.until(span.at)
            out.spans = [span]
            return out
        writer = Writer(self)
        system = self.chat.system if document.system is None else document.system
        if system is not None:
            writer.message(Message(role="system", content=(Text(text=system),)))
        sources: tuple[int, ...] = ()
        if branch == "no_text":
            writer.open("user")
            for index in span.sources:
                writer.image(document.images[index])
            writer.close()
            sources = tuple(range(len(span.sources)))
        elif negative:
            writer.message(Message(role="user", content=(Text(text=negative),)))
        writer.open("assistant")
        writer.span(Span(0, 0, span.size, sources, span.target, span.loss))
        out = writer.finish()
        out.labels = [IGNORE] * len(out)  # a branch teaches drawing only
        return out

    def read(self, source: ImageSource) -> ReadImage:
        """A picture to read, from anything an `image` part may hold."""
        is_path = isinstance(source, os.PathLike) or (isinstance(source, str) and source[:5].lower() != "data:")
        return self.chat.read(load_image(source), str(source) if is_path else "the given picture")

    def span_for(self, part: ImageGen, images: Sequence[ReadImage], loss: bool) -> Span:
        """The span of a drawing: its size, and its target brought to that size."""
        sources = tuple(number - 1 for number in part.source)
        target = None if part.image is None else load_image(part.image)
        like = images[sources[0]].picture if sources else target
        size = choose(self.sizes, part.size, like)
        return Span(0, 0, size, sources, None if target is None else fit(target, size), loss)

    def text_parts(self, ids: list[int], thinking: bool, images: Sequence[ReadImage], lead: str = "") -> list[Part]:
        """The parts that text written by a model stands for: a thought, or text with its coordinates parsed; without
        `lead` in front of it.

        Coordinates are those of the last of `images`; without one, or malformed, they stay text.
        """
        text = self.vocabulary.decode(ids).removeprefix(lead)
        if not text:
            return []
        if thinking:
            return [Think(text=text)]
        if not images:
            return [Text(text=text)]
        size, read_size = images[-1].picture.size, images[-1].read_size
        pieces = parse(text, convention=self.coordinates, size=size, read_size=read_size, image=len(images))
        return [Text(text=piece) if isinstance(piece, str) else piece for piece in pieces]
