"""Text and control tokens: whatever is typed stays text, and control tokens are ids alone."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini4o.conversation.parts import parse_conversation
from mini4o.conversation.scratch import NOT_SPECIAL, SPECIAL, make_tokenizer
from mini4o.conversation.tokens import DRAW_PAD, DRAW_START, OWN_TOKENS, SOURCE, Vocabulary
from mini4o.pretrained.model import Model

TOKENIZER = make_tokenizer(["You are a helpful assistant.", "A cat and a dog."], 300)
VOCABULARY = Vocabulary(TOKENIZER, len(TOKENIZER))
CONTROL = [*SPECIAL, *NOT_SPECIAL, *OWN_TOKENS]
unicode = st.text(st.characters(exclude_categories=["Cs"]))
typed = st.lists(st.sampled_from(CONTROL) | unicode).map("".join)


@given(typed)
def test_no_text_gives_a_control_token_and_all_of_it_comes_back(text: str) -> None:
    ids, starts = VOCABULARY.encode(text)
    assert not any(VOCABULARY.is_control(index) for index in ids)
    assert all(index < VOCABULARY.size for index in ids)
    assert VOCABULARY.decode(ids) == text
    assert len(starts) == len(ids)


@given(unicode.filter(lambda text: not any(token in text for token in CONTROL)))
def test_text_without_control_tokens_is_encoded_as_transformers_does(text: str) -> None:
    assert VOCABULARY.encode(text)[0] == TOKENIZER.encode(text, add_special_tokens=False)


@given(unicode)
def test_every_token_knows_the_character_at_which_it_starts(text: str) -> None:
    ids, starts = VOCABULARY.encode(text)
    assert starts == sorted(starts)
    assert all(0 <= start < len(text) for start in starts)
    if ids:
        assert starts[0] == 0
    for place, start in enumerate(starts):  # up to a character's own bytes, what is before it has been written
        if start > 0 and starts[place - 1] < start:
            assert VOCABULARY.decode(ids[:place]) == text[:start]


def test_control_tokens_have_ids_and_names_and_ours_follow_the_vocabulary() -> None:
    assert [VOCABULARY.control(token) for token in OWN_TOKENS] == list(range(len(TOKENIZER), len(TOKENIZER) + 6))
    for token in CONTROL:
        index = VOCABULARY.control(token)
        assert VOCABULARY.is_control(index)
        assert VOCABULARY.show(index) == token
    for token in (*SPECIAL, *NOT_SPECIAL):
        assert VOCABULARY.control(token) == TOKENIZER.convert_tokens_to_ids(token)
    with pytest.raises(KeyError):
        VOCABULARY.control("<|nothing|>")


def test_control_tokens_are_left_out_of_text() -> None:
    ids = [*VOCABULARY.encode("A cat")[0], VOCABULARY.control("<|im_end|>"), VOCABULARY.control(SOURCE)]
    ids += VOCABULARY.encode(" and")[0]
    assert VOCABULARY.decode(ids) == "A cat and"


def test_our_tokens_follow_a_padded_vocabulary_too() -> None:
    padded = Vocabulary(TOKENIZER, len(TOKENIZER) + 100)
    assert padded.control(DRAW_START) == len(TOKENIZER) + 100
    assert not padded.is_control(len(TOKENIZER) + 50)


def test_typed_control_tokens_open_and_close_nothing(tiny_model: Model, picture: Callable[..., object]) -> None:
    """In a whole conversation, by a user and in the answers of a data set."""
    builder = tiny_model.builder()
    text = "".join(CONTROL)
    for role in ("system", "user", "assistant"):
        plain, hostile = (
            builder.document(
                parse_conversation(
                    [
                        {"role": role, "content": t},
                        {"role": "user", "content": [{"type": "image", "image": picture(1)}]},
                    ]
                )
            )
            for t in ("x", text)
        )
        control = [[i for i in document.ids if builder.vocabulary.is_control(i)] for document in (plain, hostile)]
        assert control[0] == control[1]
        assert len(hostile.images) == 1
        assert not hostile.spans
        assert builder.vocabulary.control(DRAW_PAD) not in hostile.ids
        assert text in builder.vocabulary.decode(hostile.ids)
