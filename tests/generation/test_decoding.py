"""From logits to tokens, and from tokens to text as it comes."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mini4o.chance import generator, normal
from mini4o.conversation.scratch import make_tokenizer
from mini4o.conversation.tokens import Vocabulary
from mini4o.generation.decoding import TextStream, choose_token

TOKENIZER = make_tokenizer(["A cat and a dog. 你好"], 300)
VOCABULARY = Vocabulary(TOKENIZER, len(TOKENIZER))


def test_temperature_zero_takes_the_likeliest() -> None:
    assert choose_token(torch.tensor([0.1, 3.0, 2.9, -torch.inf]), 0, 0.5, None) == 1


@pytest.mark.parametrize(
    ("top_p", "kept"),
    [(0.4, {2}), (0.5, {2}), (0.51, {2, 0}), (0.8, {2, 0}), (0.81, {2, 0, 3}), (1.0, {2, 0, 3, 1})],
)
def test_the_nucleus_of_a_case_worked_by_hand(top_p: float, kept: set[int]) -> None:
    logits = torch.tensor([0.3, 0.05, 0.5, 0.15]).log()
    chance = generator(0, "test")
    drawn = Counter(choose_token(logits, 1.0, top_p, chance) for _ in range(400))
    assert set(drawn) == kept
    whole = sum([0.3, 0.05, 0.5, 0.15][token] for token in kept)
    assert drawn[2] / 400 == pytest.approx(0.5 / whole, abs=0.1)


def test_a_low_temperature_sharpens() -> None:
    logits = torch.tensor([1.0, 0.0])
    hot, cold = (
        sum(choose_token(logits, temperature, 1.0, chance) for _ in range(300))
        for temperature, chance in ((2.0, generator(0, "hot")), (0.1, generator(0, "cold")))
    )
    assert cold == 0  # e⁻¹⁰
    assert hot / 300 == pytest.approx(1 / (1 + torch.e**0.5), abs=0.1)


@given(st.integers(0, 10**6), st.floats(0.1, 3), st.floats(0.05, 1))
def test_a_token_is_a_function_of_its_chance_and_never_a_masked_one(
    seed: int, temperature: float, top_p: float
) -> None:
    logits = normal((20,), seed, "logits")
    logits[5:] = -torch.inf
    one, two = (choose_token(logits, temperature, top_p, generator(seed, "token")) for _ in range(2))
    assert one == two < 5


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_streamed_text_is_the_text_and_never_splits_a_character(text: str) -> None:
    ids, _ = VOCABULARY.encode(text)
    stream = TextStream(VOCABULARY)
    pieces = [stream.push(index) for index in ids]
    done = ""
    for piece in pieces:
        done += piece
        assert text.startswith(done)  # half a character would be a replacement character here
    assert done + stream.end() == text
    if not text.endswith("\ufffd"):
        assert done == text


def test_bytes_that_are_no_character_come_at_the_end_once() -> None:
    ids, _ = VOCABULARY.encode("🎨")
    assert len(ids) > 1
    stream = TextStream(VOCABULARY)
    assert [stream.push(index) for index in ids[:-1]] == [""] * (len(ids) - 1)
    assert "\ufffd" in stream.end()
    assert stream.end() == ""
    assert stream.push(VOCABULARY.encode("a")[0][0]) == "a"
