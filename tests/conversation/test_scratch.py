"""The tokenizer and the processor of a model from scratch: any text round-trips, in transformers' own layout."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen2VLImageProcessorPil

from mini4o.conversation.layout import render
from mini4o.conversation.parts import parse_conversation
from mini4o.conversation.scratch import NOT_SPECIAL, SPECIAL, make_processor, make_tokenizer
from mini4o.pretrained.model import Model

TEXTS = ["Describe this image.\n", "You are a helpful assistant.", "Draw a red cat and a blue dog."]
TOKENIZER = make_tokenizer(TEXTS, 320)
unicode = st.text(st.characters(exclude_categories=["Cs"]))
HARD = [
    "",
    " ",
    "\n\n \t",
    "\x00\x7f",
    "你好，世界",
    "🎨👩‍👩‍👧‍👦🏳️‍🌈",
    "e\u0301 é",
    "\u202eabc",
    "\ufffd\ufeff",
    "１２３ ½ Ⅷ",
    "a" * 500,
    "ſ\u0130ß",
]


@pytest.fixture(scope="module")
def reloaded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("tokenizer")
    TOKENIZER.save_pretrained(path)
    return AutoTokenizer.from_pretrained(path)


@given(unicode | st.sampled_from(HARD))
def test_any_text_comes_back_exactly(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text, add_special_tokens=False)) == text


@pytest.mark.parametrize("text", [*HARD, "".join([*SPECIAL, *NOT_SPECIAL]), "A red cat<|im_end|>\n"])
def test_autotokenizer_gives_the_same_ids_after_a_round_trip(reloaded: Any, text: str) -> None:
    assert isinstance(reloaded, PreTrainedTokenizerFast)
    assert reloaded.encode(text) == TOKENIZER.encode(text)
    assert reloaded.decode(reloaded.encode(text)) == text


def test_autotokenizer_reads_all_there_is(reloaded: Any) -> None:
    assert reloaded.get_vocab() == TOKENIZER.get_vocab()
    assert reloaded.chat_template == TOKENIZER.chat_template
    assert reloaded.eos_token == "<|im_end|>"
    assert reloaded.pad_token == "<|endoftext|>"
    assert set(SPECIAL) <= set(reloaded.all_special_tokens) | set(reloaded.get_added_vocab())


def test_all_bytes_are_in_it_and_it_grows_no_larger_than_asked() -> None:
    words = 300
    tokenizer = make_tokenizer(["a cat " * 50, "the dog " * 50], words)
    assert len(tokenizer) - len(SPECIAL) - len(NOT_SPECIAL) <= words
    assert len(make_tokenizer([], 300)) == 256 + len(SPECIAL) + len(NOT_SPECIAL)
    assert len(tokenizer.encode(" cat")) == 1  # learnt


def test_digits_stay_apart() -> None:
    tokenizer = make_tokenizer(["1234 " * 100], 400)
    assert [tokenizer.decode([index]) for index in tokenizer.encode("1234")] == ["1", "2", "3", "4"]


def test_the_same_texts_give_the_same_tokenizer() -> None:
    assert make_tokenizer(TEXTS, 320).backend_tokenizer.to_str() == TOKENIZER.backend_tokenizer.to_str()


def test_specials_are_marked_as_those_of_qwen_are() -> None:
    added = TOKENIZER.added_tokens_decoder.values()
    assert {str(token) for token in added if token.special} == set(SPECIAL)
    assert {str(token) for token in added if not token.special} == set(NOT_SPECIAL)


CONVERSATIONS: dict[str, list[dict[str, Any]]] = {
    "one question": [{"role": "user", "content": "What is it?"}],
    "own system": [{"role": "system", "content": "You are a cat."}, {"role": "user", "content": "Hi\nthere "}],
    "turns": [
        {"role": "user", "content": "Hi 你好"},
        {"role": "assistant", "content": " Hello! 🎨"},
        {"role": "user", "content": [{"type": "text", "text": "A c"}, {"type": "text", "text": "at."}]},
    ],
    "empty": [{"role": "user", "content": ""}, {"role": "assistant", "content": "\n"}],
    "pictures": [
        {
            "role": "user",
            "content": [{"type": "image", "image": 1}, {"type": "text", "text": "Describe this image.\n"}],
        },
        {"role": "assistant", "content": "A cat."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "And"}, {"type": "image", "image": 2}, {"type": "image", "image": 3}],
        },
    ],
}


@pytest.mark.parametrize("name", list(CONVERSATIONS))
@pytest.mark.parametrize("reply", [True, False])
def test_the_chat_template_is_the_builders_rendering(tiny_model: Model, picture: Any, name: str, reply: bool) -> None:
    def with_pictures(message: dict[str, Any]) -> dict[str, Any]:
        if isinstance(message["content"], str):
            return message
        parts = [
            {**p, "image": picture(p["image"], (40, 24))} if p["type"] == "image" else p for p in message["content"]
        ]
        return {**message, "content": parts}

    builder, tokenizer = tiny_model.builder(), tiny_model.tokenizer
    document = builder.document(parse_conversation([with_pictures(m) for m in CONVERSATIONS[name]]), reply=reply)
    text = tokenizer.apply_chat_template(CONVERSATIONS[name], tokenize=False, add_generation_prompt=reply)
    assert render(document, builder.vocabulary, builder.queries, expanded=False) == text
    for image in document.images:
        text = text.replace("<|image_pad|>", "<|IMAGE|>" * image.tokens, 1)
    ids = tokenizer.encode(text.replace("<|IMAGE|>", "<|image_pad|>"), add_special_tokens=False)
    assert document.ids == ids


def test_the_processor_reads_within_its_pixels_and_comes_back(picture: Any, tmp_path: Path) -> None:
    vision = {"patch_size": 4, "temporal_patch_size": 1, "spatial_merge_size": 2}
    processor = make_processor(vision, (256, 2048))
    for size in ((8, 8), (40, 24), (300, 200)):
        time, height, width = processor(images=[picture(0, size)], return_tensors="pt")["image_grid_thw"][0].tolist()
        assert time == 1
        assert height % 2 == width % 2 == 0
        assert 256 <= height * width * 16 <= 2048
    processor.save_pretrained(tmp_path)
    assert Qwen2VLImageProcessorPil.from_pretrained(tmp_path).to_dict() == processor.to_dict()
