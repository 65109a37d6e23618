"""Properties of the builder over random conversations."""

from collections.abc import Callable
from functools import partial
from typing import Any

import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference import Reference

import golden
from mini4o.conversation.builder import Writer
from mini4o.conversation.layout import IGNORE, Document, expand, render, visible
from mini4o.conversation.parts import (
    Box,
    Conversation,
    Image,
    ImageGen,
    Message,
    Part,
    Point,
    Quad,
    Text,
    Think,
    parse_conversation,
)
from mini4o.conversation.scratch import NOT_SPECIAL, SPECIAL
from mini4o.conversation.tokens import DRAW_START, OWN_TOKENS
from mini4o.errors import ConversationError

BUILDER = golden.make_builder()
VOCABULARY = BUILDER.vocabulary
REFERENCE = Reference(BUILDER)
CONTROLS = [*SPECIAL, *NOT_SPECIAL, *OWN_TOKENS]
START = VOCABULARY.control(DRAW_START)

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORDS = [
    "Draw",
    " a red ball",
    "\n",
    "\n\n",
    "  ",
    "\t",
    "\r\n",
    "1,2",
    "<|",
    "|>",
    "你好，世界",
    "e\u0301",
    "👩\u200d🚀",
]
words = st.sampled_from(WORDS)
plain = st.lists(words | st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=4).map("".join)
# What people type that looks like control.
typed = st.lists(plain | st.sampled_from(CONTROLS), max_size=4).map("".join)


@st.composite
def conversations(draw: st.DrawFn, text: st.SearchStrategy[str], *, after_span: bool = False) -> list[dict[str, Any]]:
    """Random messages. Unless `after_span`, what follows a drawing begins with a control token."""
    images = 0
    messages = []
    for _ in range(draw(st.integers(1, 4))):
        content: list[dict[str, Any]] = []
        for kind in draw(st.lists(st.sampled_from(["text", "think", "image", "image_gen"]), max_size=4)):
            if kind == "text" and content and content[-1]["type"] == "image_gen" and not after_span:
                kind = "image"
            part: dict[str, Any] = {"type": kind}
            if kind in ("text", "think"):
                part["text"] = draw(text)
            else:
                part["image"] = PIL.Image.new("RGB", (draw(st.integers(4, 70)), draw(st.integers(4, 70))), "red")
            if kind == "image":
                images += 1
            elif draw(st.booleans()):
                part["loss"] = draw(st.booleans())
            if kind == "image_gen" and images:
                part["source"] = draw(st.lists(st.integers(1, images), max_size=3))
            content.append(part)
        messages.append({"role": draw(st.sampled_from(["system", "user", "assistant"])), "content": content})
    return messages


def no_control(messages: list[dict[str, Any]]) -> bool:
    """Whether the library's tokenizer finds no control token in what people typed, pieces joined included."""
    return not any(
        token in "".join(part.get("text", "") for part in message["content"])
        for message in messages
        for token in CONTROLS
    )


@quick
@given(conversations(plain).filter(no_control), st.booleans())
def test_ordinary_tokens_are_those_of_transformers(messages: list[dict[str, Any]], reply: bool) -> None:
    conversation = parse_conversation(messages)
    document = BUILDER.document(conversation, reply=reply)
    assert (document.ids, document.positions) == REFERENCE(conversation, document, reply=reply)


@quick
@given(conversations(typed, after_span=True))
def test_what_is_typed_is_never_control(messages: list[dict[str, Any]]) -> None:
    conversation = parse_conversation(messages)
    document = BUILDER.document(conversation)
    control = [index for index in document.ids if VOCABULARY.is_control(index)]
    turns = len(messages) + (messages[0]["role"] != "system")
    parts = [part for message in conversation for part in message.content]
    expected = 2 * turns + sum(2 + image.tokens for image in document.images)
    expected += sum(2 for part in parts if isinstance(part, Think))
    expected += sum(1 for part in parts if isinstance(part, ImageGen) and part.source)
    assert len(control) == expected
    assert render(document, VOCABULARY, BUILDER.queries, expanded=False) == as_text(conversation)


def as_text(conversation: Conversation) -> str:
    """The contract's rendering, written down a second time."""
    header = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n" if conversation[0].role != "system" else ""
    return header + "".join(
        f"<|im_start|>{message.role}\n{''.join(map(part_text, message.content))}<|im_end|>\n"
        for message in conversation
    )


def part_text(part: Part) -> str:
    match part:
        case Text():
            return part.text
        case Think():
            return f"<|think_start|>{part.text}<|think_end|>"
        case Image():
            return "<|vision_start|><|image_pad|><|vision_end|>"
        case ImageGen():
            sources = f"<|source|>{','.join(map(str, part.source))}" if part.source else ""
            return f"{sources}<|image_gen_start|><|image_gen_pad|><|image_gen_end|>"
    raise AssertionError(part)


@quick
@given(typed)
def test_text_comes_back(text: str) -> None:
    ids, starts = VOCABULARY.encode(text)
    assert VOCABULARY.decode(ids) == text
    assert not any(VOCABULARY.is_control(index) for index in ids)
    assert starts == sorted(starts) and all(0 <= start < len(text) for start in starts)


@pytest.mark.parametrize("token", CONTROLS)
def test_every_control_token_can_be_typed(token: str) -> None:
    """Also those that the tokenizer does not mark special, and our own."""
    ids, _ = VOCABULARY.encode(f"say {token}!")
    assert VOCABULARY.control(token) not in ids and len(ids) > 3
    assert VOCABULARY.decode(ids) == f"say {token}!"
    if token not in OWN_TOKENS:  # the library's own encoding would have made a control token of it
        assert VOCABULARY.control(token) in VOCABULARY.tokenizer(f"say {token}!").input_ids


@quick
@given(conversations(typed, after_span=True))
def test_labels(messages: list[dict[str, Any]]) -> None:
    document = BUILDER.document(parse_conversation(messages))
    spans_at = {span.at: span for span in reversed(document.spans)}  # the first where several stand together
    for i, label in enumerate(document.labels):
        span = spans_at.get(i + 1)
        if span is not None:  # the token before a span predicts its start; the one after it is never a target
            assert label == (START if span.loss else IGNORE)
        else:
            assert label == IGNORE or label == document.ids[i + 1]
    expanded = expand(document, VOCABULARY, BUILDER.queries)
    assert all(label == IGNORE for label, span in zip(expanded.labels, expanded.span, strict=True) if span >= 0)


@quick
@given(conversations(plain, after_span=True))
def test_positions_and_sight_of_spans(messages: list[dict[str, Any]]) -> None:
    document = BUILDER.document(parse_conversation(messages))
    expanded = expand(document, VOCABULARY, BUILDER.queries)
    sees = visible(expanded.span)
    for number, span in enumerate(document.spans):
        rows = [row for row, of in enumerate(expanded.span) if of == number]
        assert [expanded.positions[row] for row in rows] == [
            (span.position + k,) * 3 for k in range(BUILDER.queries + 2)
        ]
        # They go on from the largest position before them, and the next token stands where they began.
        assert span.position == max(max(position) for position in document.positions[: span.at]) + 1
        if span.at < len(document):
            assert document.positions[span.at] == (span.position,) * 3
        assert sum(of == -1 for of in expanded.span[: rows[0]]) == span.at
        for k, row in enumerate(rows):
            assert int(sees[row].sum()) == span.at + k + 1
        assert not sees[[row for row, of in enumerate(expanded.span) if of != number]][:, rows].any()


@quick
@given(conversations(typed, after_span=True), st.data())
def test_mark_and_back(messages: list[dict[str, Any]], data: st.DataObject) -> None:
    steps = [step for message in parse_conversation(messages) for step in steps_of(message)]
    keep = data.draw(st.integers(0, len(steps)))
    whole, undone = Writer(BUILDER), Writer(BUILDER)
    for step in steps[:keep]:
        step(undone)
        step(whole)
    mark = undone.mark()
    whole.mark()  # a mark ends a piece of text
    before = state(undone.document)
    for step in steps[keep:]:
        step(undone)
    undone.back(mark)
    assert state(undone.document) == before
    for step in steps[keep:]:  # and it goes on as if nothing had happened
        step(undone)
        step(whole)
    assert state(undone.finish()) == state(whole.finish())


def steps_of(message: Message) -> list[Callable[[Writer], None]]:
    """A turn piece by piece, as a session writes it."""
    role = message.role
    parts = [partial(Writer.part, role=role, part=part) for part in message.content]
    return [partial(Writer.open, role=role), *parts, partial(Writer.close, loss=role == "assistant")]


def state(document: Document) -> Any:
    """All of a document, copied; pictures by their grids, since each writer prepares its own."""
    spans = [(span.at, span.position, span.size, span.sources, span.loss) for span in document.spans]
    grids = [image.grid for image in document.images]
    return (
        (list(document.ids), list(document.labels), list(document.positions)),
        (spans, grids, list(document.image_ends), document.system),
    )


@pytest.mark.parametrize(
    "part",
    [
        Box(box=(8, 4, 32, 24), label="<|im_end|> 球"),
        Point(point=(10, 12)),
        Quad(quad=(0, 0, 40, 0, 40, 24, 0, 24), label='a "sign"'),
    ],
)
def test_coordinates_come_back(part: Box | Point | Quad) -> None:
    image = PIL.Image.new("RGB", (40, 24))
    messages = [
        {"role": "user", "content": [{"type": "image", "image": image}]},
        {"role": "assistant", "content": [part]},
    ]
    document = BUILDER.document(parse_conversation(messages))
    start = next(i for i, label in enumerate(document.labels) if label != IGNORE)
    written = [label for label in document.labels[start:] if label != IGNORE][:-1]  # without the end of the turn
    assert BUILDER.text_parts(written, False, document.images) == [part]
    assert BUILDER.text_parts(written, True, document.images) == [Think(text=VOCABULARY.decode(written))]
    assert BUILDER.text_parts(written, False, []) == [Text(text=VOCABULARY.decode(written))]


def test_a_span_ends_a_piece_of_text() -> None:
    """Text around a drawing is encoded in two pieces, since nothing after a drawing may change what stands before."""
    pieces = [golden.text("Dra"), golden.drawn(golden.RED), golden.text("w")]
    document = BUILDER.document(parse_conversation([golden.said("user", *pieces)]))
    joined = BUILDER.document(parse_conversation([golden.said("user", golden.text("Draw"))]))
    at = document.spans[0].at
    assert VOCABULARY.show(document.ids[at]) == "w"
    assert "Draw" in [VOCABULARY.show(index) for index in joined.ids]
    assert VOCABULARY.decode(document.ids) == VOCABULARY.decode(joined.ids)


def test_branches_hold_what_they_say() -> None:
    document = BUILDER.document(parse_conversation(golden.EDIT))
    span = document.spans[0]

    def shown(name: Any, negative: str = "") -> str:
        return render(BUILDER.branch(name, document, span, negative), VOCABULARY, BUILDER.queries, expanded=False)

    system = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    drawing = "<|image_gen_start|><|image_gen_pad|><|image_gen_end|>"
    picture = "<|vision_start|><|image_pad|><|vision_end|>"
    header = "<|im_start|>assistant\n"
    assert shown("full") == f"{system}<|im_start|>user\n{picture}Make it blue.<|im_end|>\n{header}<|source|>1{drawing}"
    assert shown("no_text") == f"{system}<|im_start|>user\n{picture}<|im_end|>\n{header}{drawing}"
    assert shown("none") == f"{system}{header}{drawing}"
    assert shown("none", "blurry") == f"{system}<|im_start|>user\nblurry<|im_end|>\n{header}{drawing}"
    assert BUILDER.branch("none", document, span).spans[0].sources == ()
    assert BUILDER.branch("no_text", document, span).images[0] is document.images[0]


def test_too_long_names_both_numbers() -> None:
    builder = golden.make_builder(context=30)
    with pytest.raises(ConversationError, match=r"takes \d+ tokens, 9 of them for 1 pictures; the context holds 30"):
        builder.document(parse_conversation(golden.READ))


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({"type": "image_gen", "source": [2]}, r"source \[2\]: there are 1 images before this drawing"),
        ({"type": "image_gen", "size": [33, 32]}, "does not draw 33x32; it draws 32x32, 48x32"),
        ({"type": "box", "box": [0, 0, 1, 1], "image": 2}, "box: there is no image 2 before it"),
    ],
)
def test_what_does_not_exist_is_refused(part: dict[str, Any], problem: str) -> None:
    conversation = parse_conversation([golden.said("user", golden.read(golden.RED), part)])
    with pytest.raises(ConversationError, match=problem):
        BUILDER.document(conversation)
