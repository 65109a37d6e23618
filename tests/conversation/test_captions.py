"""What a text encoder would be given for a drawing."""

from typing import Any

import pytest

from mini4o.conversation.captions import caption_of
from mini4o.conversation.parts import parse_conversation

DRAWN = {"type": "image_gen", "image": "a.png"}
READ = {"type": "image", "image": "a.png"}


def said(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def of(*turns: tuple[str, Any]) -> str | None:
    return caption_of(parse_conversation([{"role": role, "content": content} for role, content in turns]))


def test_it_is_the_words_of_the_request_as_the_builder_joins_them() -> None:
    assert of(("user", "A red cat. "), ("assistant", [DRAWN])) == "A red cat. "
    assert of(("user", [said("A red"), said(" cat.")]), ("assistant", [DRAWN])) == "A red cat."
    assert of(("system", "Be short."), ("user", "A cat."), ("assistant", [said("Here:"), DRAWN, READ])) == "A cat."


@pytest.mark.parametrize(
    "turns",
    [
        [("user", "Hello."), ("assistant", "Hello.")],
        [("user", [said("Again."), READ]), ("assistant", [{**DRAWN, "source": [1]}])],
        [("user", [said("Again."), READ]), ("assistant", [DRAWN])],
        [("user", "Two."), ("assistant", [DRAWN, DRAWN])],
        [("user", "A cat."), ("assistant", [DRAWN]), ("user", "A dog.")],
        [("user", "A cat."), ("assistant", [{"type": "image_gen"}])],
        [("user", "A cat."), ("assistant", [{**DRAWN, "loss": False}])],
        [("user", [said("A cat."), DRAWN])],
        [("user", " \n"), ("assistant", [DRAWN])],
        [("assistant", [DRAWN])],
        [("assistant", [DRAWN]), ("user", "Thank you.")],
    ],
)
def test_other_conversations_have_none(turns: list[tuple[str, Any]]) -> None:
    assert of(*turns) is None
