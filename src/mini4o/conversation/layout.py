"""Who sees whom. A conversation becomes a `Document`: its ordinary tokens, and beside them the spans of drawn pictures.

The rules (docs/architecture.md, "Who sees whom"):

1. The ordinary tokens are the conversation without its spans: ids and positions as `transformers` gives them.
2. A span `<|image_gen_start|> queries <|image_gen_end|>` sees every ordinary token before it and itself, causally.
   Nothing sees a span. Its positions go on from the token before it; the token after it starts where it started.
3. The last ordinary token before a span predicts its start; nothing is predicted from inside a span, and the first
   token after one carries no loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import PIL.Image
import torch

from mini4o.conversation.tokens import DRAW_END, DRAW_PAD, DRAW_START, Vocabulary

IGNORE = -100  # the label of a token that carries no loss, as in torch.nn.functional.cross_entropy

Position = tuple[int, int, int]  # time, height, width of M-RoPE; equal for text


@dataclass(frozen=True)
class Control:
    """A control token, by its name."""

    token: str


@dataclass(frozen=True)
class Words:
    """Plain text."""

    text: str


@dataclass(frozen=True)
class Pads:
    """A run of image tokens, one for each of `positions`, which count from where the run begins; what comes after it
    stands at `next`, counted likewise."""

    positions: Sequence[Position]
    next: int


Piece = Control | Words | Pads  # of a picture among the ordinary tokens


def run_of_pads(count: int) -> Pads:
    """Image tokens that stand at positions like those of text."""
    return Pads([(i, i, i) for i in range(count)], count)


@dataclass(frozen=True)
class ReadImage:
    """A picture to read, prepared for the vision tower.

    pixels, grid: what the family's vision tower takes; those of several pictures are joined along their first axis.
    The Qwens: (patches, patch values) and patches in time, height and width. Families that cut a picture into tiles:
    (tiles, 3, height, width) and (tiles, rows, columns).
    """

    picture: PIL.Image.Image  # as given, RGB; the source latents of an edit are made from it
    pixels: torch.Tensor  # fp32
    grid: tuple[int, int, int]
    layout: tuple[Piece, ...]  # how it stands in the document
    read_size: tuple[int, int]  # width, height in pixels after the resize, which absolute coordinates count in

    @property
    def tokens(self) -> int:
        """Image tokens it takes in the document."""
        return sum(len(piece.positions) for piece in self.layout if isinstance(piece, Pads))


@dataclass(frozen=True)
class Span:
    """A drawn picture: N queries between a start and an end token, beside the ordinary tokens."""

    at: int  # ordinary tokens before it, which are exactly those it sees
    position: int  # of its start token, on all three axes
    size: tuple[int, int]  # width, height in pixels
    sources: tuple[int, ...] = ()  # indices into the document's images
    target: PIL.Image.Image | None = None  # already of `size`; absent at inference
    loss: bool = True


@dataclass(frozen=True)
class TextStates:
    """What a DiT's own text encoder makes of a caption: states that count, (tokens, width), and a pooled vector,
    (pooled width,), where it gives one."""

    states: torch.Tensor
    pooled: torch.Tensor | None


@dataclass
class Document:
    """A rendered conversation. `labels[i]` is the token that ordinary token i predicts, or IGNORE."""

    ids: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    images: list[ReadImage] = field(default_factory=list)
    image_starts: list[int] = field(default_factory=list)  # ordinary tokens before each picture
    image_ends: list[int] = field(default_factory=list)  # ordinary tokens up to the end of each picture
    spans: list[Span] = field(default_factory=list)
    system: str | None = None  # what the system says, None until a system turn is written
    task: str = ""  # what a log counts it under
    caption: TextStates | None = None  # of its drawing, in a stage that learns from a text encoder

    def __len__(self) -> int:
        return len(self.ids)

    def until(self, end: int) -> "Document":
        """Its first `end` ordinary tokens, without spans."""
        images = self.images_before(end)
        return Document(
            self.ids[:end],
            self.labels[:end],
            self.positions[:end],
            images,
            self.image_starts[: len(images)],
            self.image_ends[: len(images)],
            [],
            self.system,
            self.task,
            self.caption,
        )

    def images_before(self, end: int) -> list[ReadImage]:
        """The pictures whose tokens all stand among the first `end`."""
        return [image for image, last in zip(self.images, self.image_ends, strict=True) if last <= end]

    @property
    def trains(self) -> bool:
        """Whether anything in it carries loss."""
        return any(label != IGNORE for label in self.labels) or any(s.loss and s.target is not None for s in self.spans)


@dataclass(frozen=True)
class Expanded:
    """A document with its spans in place: what a reader of the page sees, and what the one-pass oracle runs on."""

    ids: list[int]
    labels: list[int]
    positions: list[Position]
    span: list[int]  # the index of the span a token belongs to, -1 for an ordinary token


def expand(document: Document, vocabulary: Vocabulary, queries: int) -> Expanded:
    """Put `<start> <pad> x queries <end>` of every span where it stands among the ordinary tokens."""
    body = [vocabulary.control(DRAW_START), *[vocabulary.control(DRAW_PAD)] * queries, vocabulary.control(DRAW_END)]
    out = Expanded([], [], [], [])

    def ordinary(start: int, end: int) -> None:
        out.ids.extend(document.ids[start:end])
        out.labels.extend(document.labels[start:end])
        out.positions.extend(document.positions[start:end])
        out.span.extend([-1] * (end - start))

    done = 0
    for index, span in enumerate(document.spans):
        ordinary(done, span.at)
        done = span.at
        out.ids.extend(body)
        out.labels.extend([IGNORE] * len(body))
        out.positions.extend(span_positions(span.position, queries))
        out.span.extend([index] * len(body))
    ordinary(done, len(document))
    return out


def span_positions(start: int, queries: int) -> list[Position]:
    """Positions of a span's start token, queries and end token: they go on from the token before it."""
    return [(start + i,) * 3 for i in range(queries + 2)]


def visible(span: list[int]) -> torch.Tensor:
    """(tokens, tokens) of bool: row i may attend to column j; `span` as in `Expanded`. Causal, and no other's span."""
    of = torch.tensor(span)
    causal = torch.ones(len(span), len(span), dtype=torch.bool).tril()
    return causal & ((of[None, :] == -1) | (of[None, :] == of[:, None]))


def render(
    document: Document,
    vocabulary: Vocabulary,
    queries: int,
    *,
    expanded: bool = True,
    image_pad: str = "<|image_pad|>",
) -> str:
    """The document as text with control tokens by name, image and query pads `expanded` or one for each run."""
    ids = expand(document, vocabulary, queries).ids
    pads = {vocabulary.control(DRAW_PAD), vocabulary.control(image_pad)}
    out, text = [], []
    for i, index in enumerate(ids):
        if not vocabulary.is_control(index):
            text.append(index)
            continue
        out.append(vocabulary.decode(text))
        text = []
        if expanded or index not in pads or ids[i - 1] != index:
            out.append(vocabulary.show(index))
    return "".join(out) + vocabulary.decode(text)
