"""Pages that show what the model gets of a conversation: tokens, positions, who sees whom, labels, guidance branches.

A `Page` is plain data taken from the builder's own output; `write_pages` renders those of a data set to one HTML file.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from mini4o.conversation.builder import Branch, Builder
from mini4o.conversation.families.qwen2_5_vl import DEFAULT_SYSTEM, Qwen2_5_VLChat
from mini4o.conversation.layout import IGNORE, Document, Expanded, expand, visible
from mini4o.conversation.parts import Conversation, ImageGen
from mini4o.conversation.scratch import make_processor, make_tokenizer
from mini4o.conversation.sizes import Size
from mini4o.conversation.tokens import DRAW_PAD, Vocabulary
from mini4o.data.pages_html import Kind, Page, Picture, Token, html
from mini4o.data.readers import texts
from mini4o.data.sample import Samples
from mini4o.data.shards import open_data
from mini4o.errors import DataError, Mini4oError

# The builder for a data set that no model goes with yet: small pictures, few queries, room for long conversations.
DEFAULT_WORDS, DEFAULT_QUERIES, DEFAULT_CONTEXT = 1024, 16, 32768
DEFAULT_VISION = {"patch_size": 4, "temporal_patch_size": 1, "spatial_merge_size": 2}
DEFAULT_READ_PIXELS = (64, 64 * 64)
DEFAULT_SIZES: tuple[Size, ...] = ((64, 64), (96, 64), (64, 96))
SAMPLES_FOR_TOKENIZER = 2000


def page(document: Document, builder: Builder, title: str) -> Page:
    """The page of one document, with the guidance branches of each of its drawings."""
    out = pack([document], [""], builder, title)
    for number, span in enumerate(document.spans, start=1):
        branches: list[Branch] = ["full", "no_text", "none"] if span.sources else ["full", "none"]
        for branch in branches:
            rendered = builder.branch(branch, document, span)
            out.branches.append(pack([rendered], [""], builder, f"Drawing {number}: {branch}"))
    return out


def pack(documents: Sequence[Document], names: Sequence[str], builder: Builder, title: str) -> Page:
    """The page of a pack: documents one after another, each with positions of its own; none sees another. In training
    the branches are documents of the pack, so it has none beside it."""
    tokens: list[Token] = []
    pictures: list[Picture] = []
    all_expanded = [expand(document, builder.vocabulary, builder.queries) for document in documents]
    length = sum(len(expanded.ids) for expanded in all_expanded)
    sees = torch.zeros(length, length, dtype=torch.bool)
    for number, (document, expanded) in enumerate(zip(documents, all_expanded, strict=True)):
        start, end = len(tokens), len(tokens) + len(expanded.ids)
        pictures += _pictures(document, start, expanded.span)
        tokens += _tokens(expanded, number, builder)
        sees[start:end, start:end] = visible(expanded.span)
    return Page(title, tokens, sees, list(names), pictures)


def write_pages(path: Path, out: Path, builder: Builder | None = None, count: int = 3) -> None:
    """Write the pages of the first `count` conversations of a data set as one HTML file that needs no other.

    Args:
        builder: of the model that is to read the data; without one, a small default builder is made from the data's
            own text, and the page says so.

    Raises:
        DataError: the data set cannot be read, a conversation cannot be rendered, or the file cannot be written.
    """
    data = open_data(path)
    samples = [data[index] for index in range(min(count, len(data)))]
    note = ""
    if builder is None:
        builder = default_builder(data, [sample.conversation for sample in samples])
        drawn = ", ".join(f"{width}x{height}" for width, height in builder.sizes)
        note = (
            "No model was given, so these pages come from a small default builder: a byte-level BPE learnt from this "
            f"data, pictures read at up to {DEFAULT_READ_PIXELS[1] // 64} tokens, {DEFAULT_QUERIES} queries a drawing, "
            f"drawings of {drawn}. Give a model to see the ids and sizes that it gets."
        )
    pages = []
    for sample in samples:
        try:
            shown = page(builder.document(sample.conversation), builder, sample.origin)
            pages.append(replace(shown, sample=sample))
        except Mini4oError as error:
            raise DataError(f"{sample.origin}: {error}") from None
    written = html(pages, f"{path.name}: {len(pages)} of {len(data)} conversations", note)
    aside = out.with_name(f".{out.name}.new-{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            aside.write_text(written, encoding="utf-8")
            aside.replace(out)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{out}: could not be written ({error.strerror or error}); choose another place") from None


def default_builder(data: Samples, shown: Sequence[Conversation]) -> Builder:
    """A builder from the data alone: a tokenizer of its text, the default sizes and those that `shown` asks for."""
    words = [*texts(data, limit=SAMPLES_FOR_TOKENIZER), DEFAULT_SYSTEM, "system\nuser\nassistant\n"]
    tokenizer = make_tokenizer(words, DEFAULT_WORDS)
    parts = [part for conversation in shown for message in conversation for part in message.content]
    wanted = [part.size for part in parts if isinstance(part, ImageGen) and part.size]
    return Builder(
        Qwen2_5_VLChat(make_processor(DEFAULT_VISION, DEFAULT_READ_PIXELS)),
        Vocabulary(tokenizer, len(tokenizer)),
        queries=DEFAULT_QUERIES,
        sizes=list(dict.fromkeys([*DEFAULT_SIZES, *wanted])),
        context=DEFAULT_CONTEXT,
        coordinates="absolute",
    )


def _tokens(expanded: Expanded, document: int, builder: Builder) -> list[Token]:
    vocabulary = builder.vocabulary
    kinds: dict[int, Kind] = {
        vocabulary.control(builder.chat.image_pad): "image",
        vocabulary.control(DRAW_PAD): "query",
    }
    out = []
    for i, (index, label) in enumerate(zip(expanded.ids, expanded.labels, strict=True)):
        trains = label != IGNORE
        out.append(
            Token(
                id=index,
                text=vocabulary.show(index),
                kind=kinds.get(index, "control" if vocabulary.is_control(index) else "text"),
                position=expanded.positions[i],
                label=label if trains else None,
                label_text=vocabulary.show(label) if trains else None,
                learnt=i > 0 and expanded.labels[i - 1] == index,
                document=document,
                span=expanded.span[i],
            )
        )
    return out


def _pictures(document: Document, start: int, spans: list[int]) -> list[Picture]:
    """Where pictures stand among the tokens, which begin at `start` of the page."""
    out = []
    ordinary = [i for i, span in enumerate(spans) if span == -1]
    for number, (image, start_at) in enumerate(zip(document.images, document.image_starts, strict=True), start=1):
        first = ordinary[start_at]
        width, height = image.picture.size
        note = f"picture {number}, {width}x{height} read at {image.read_size[0]}x{image.read_size[1]}"
        out.append(Picture("read", start + first, image.picture, note))
    for number, span in enumerate(document.spans, start=1):
        if span.target is not None:
            sources = f" from picture {', '.join(str(source + 1) for source in span.sources)}" if span.sources else ""
            loss = "flow loss" if span.loss else "no loss"
            note = f"target of drawing {number}{sources}, {span.size[0]}x{span.size[1]}: {loss}"
            out.append(Picture("target", start + spans.index(number - 1), span.target, note))
    return out
