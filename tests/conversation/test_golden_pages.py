"""The six golden pages: what the builder makes of the six conversations that fix the contract, kept word for word."""

import json

import pytest
import torch
from reference import Reference

import golden
from mini4o.conversation.layout import IGNORE, expand, render, visible
from mini4o.conversation.parts import parse_conversation
from mini4o.conversation.tokens import DRAW_START

BUILDER = golden.make_builder()
PAGES = golden.make_pages(BUILDER)
REFERENCE = Reference(BUILDER)


def test_there_are_six() -> None:
    assert sorted(golden.TITLES) == list(PAGES) == sorted(path.stem for path in golden.FOLDER.glob("[0-9]-*.json"))
    assert len(PAGES) == 6


@pytest.mark.parametrize("name", list(PAGES))
def test_page_is_as_kept(name: str) -> None:
    kept = json.loads((golden.FOLDER / f"{name}.json").read_text("utf-8"))
    made = json.loads(json.dumps(golden.record(PAGES[name])))
    for key in ("title", "documents", "pictures", "sees"):
        assert made[key] == kept[key], key
    for number, (token, expected) in enumerate(zip(made["tokens"], kept["tokens"], strict=True)):
        assert token == expected, f"token {number}"
    assert made == kept


@pytest.mark.parametrize("name", [*golden.CONVERSATIONS, *golden.MIXTURE])
def test_ordinary_tokens_are_those_of_transformers(name: str) -> None:
    conversation = parse_conversation({**golden.CONVERSATIONS, **golden.MIXTURE}[name])
    # The library's tokenizer reads `<|im_end|>` that a user typed as a control token; ours does not.
    if name == "6-text-only":
        conversation = conversation[:2]
    for reply in (False, True):
        document = BUILDER.document(conversation, reply=reply)
        assert (document.ids, document.positions) == REFERENCE(conversation, document, reply=reply)


@pytest.mark.parametrize("name", list(golden.CONVERSATIONS))
def test_spans_change_no_ordinary_token(name: str) -> None:
    """The page is its document with the spans put in, and nothing else."""
    document = BUILDER.document(parse_conversation(golden.CONVERSATIONS[name]))
    ordinary = [token for token in PAGES[name].tokens if token.span == -1]
    assert [token.id for token in ordinary] == document.ids
    assert [token.position for token in ordinary] == document.positions
    assert [IGNORE if token.label is None else token.label for token in ordinary] == document.labels


def test_who_sees_whom_is_the_rule() -> None:
    """Rule 2, spelt out token by token, on the page with three spans."""
    tokens, sees = PAGES["3-three-drawings"].tokens, PAGES["3-three-drawings"].visible
    assert {token.span for token in tokens} == {-1, 0, 1, 2}
    for row, looks in enumerate(tokens):
        for column, seen in enumerate(tokens):
            expected = column <= row and (seen.span == -1 or seen.span == looks.span)
            assert bool(sees[row, column]) is expected, (row, column)


def test_documents_of_a_pack_never_see_each_other() -> None:
    page = PAGES["4-packed-mixture"]
    of = torch.tensor([token.document for token in page.tokens])
    assert not page.visible[of[:, None] != of[None, :]].any()
    for number in range(len(page.documents)):
        rows = (of == number).nonzero().flatten()
        block = page.visible[rows[0] : rows[-1] + 1, rows[0] : rows[-1] + 1]
        assert torch.equal(block, visible([token.span for token in page.tokens if token.document == number]))
        assert page.tokens[int(rows[0])].position == (0, 0, 0)


def test_dropped_drawing_is_still_opened() -> None:
    """The conversation that lost its drawing still teaches to open it; the short document teaches drawing alone."""
    page = PAGES["4-packed-mixture"]
    kept, short = ([token for token in page.tokens if token.document == number] for number in (1, 2))
    assert DRAW_START in [token.label_text for token in kept]
    assert {token.span for token in kept} == {-1}
    assert {token.label for token in short} == {None}
    assert {token.span for token in short} == {-1, 0}


def test_the_example_of_the_contract_byte_for_byte() -> None:
    builder = golden.make_builder(queries=256)
    image = golden.picture(size=(40, 24))
    conversation = parse_conversation(
        [
            golden.said(
                "user",
                golden.read(image),
                golden.text("Describe this image.\n"),
                golden.drawn(image),
                golden.read(image),
                golden.drawn(image),
            )
        ]
    )
    document = builder.document(conversation, reply=True)
    before = (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
        "<|vision_start|><|image_pad|><|vision_end|>Describe this image.\n"
        "<|image_gen_start|><|image_gen_pad|><|image_gen_end|>"
        "<|vision_start|><|image_pad|><|vision_end|><|image_gen_start|><|image_gen_pad|><|image_gen_end|>"
        "<|im_end|>\n<|im_start|>assistant\n"
    )
    # 40 x 24 pixels are 5 x 3 picture tokens of 8 x 8.
    after = before.replace("<|image_pad|>", "<|image_pad|>" * 15).replace(
        "<|image_gen_pad|>", "<|image_gen_pad|>" * 256
    )
    assert render(document, builder.vocabulary, 256, expanded=False).encode() == before.encode()
    assert render(document, builder.vocabulary, 256).encode() == after.encode()
    shown = [builder.vocabulary.show(index) for index in expand(document, builder.vocabulary, 256).ids]
    assert shown.count("<|image_gen_pad|>") == 512 and shown.count("<|image_pad|>") == 30
