"""The contract of a conversation: what is taken, what is refused, and what carries loss."""

from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mini4o.conversation.parts import (
    Box,
    Image,
    ImageGen,
    Message,
    Part,
    Point,
    Quad,
    Role,
    Text,
    Think,
    parse_conversation,
    trained,
)
from mini4o.errors import ConversationError

PICTURE = PIL.Image.new("RGB", (8, 8))


def one(part: Any) -> Part:
    return parse_conversation([{"role": "user", "content": [part]}])[0].content[0]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        ({"type": "text", "text": "Hi"}, Text(text="Hi")),
        ({"type": "think", "text": "Hm", "loss": False}, Think(text="Hm", loss=False)),
        ({"type": "image", "image": "a.png"}, Image(image="a.png")),
        ({"type": "image", "image": b"\x89PNG"}, Image(image=b"\x89PNG")),
        ({"type": "image", "image": Path("a.png")}, Image(image=Path("a.png"))),
        ({"type": "image_gen"}, ImageGen()),
        ({"type": "image_gen", "source": [2, 1], "size": [32, 48]}, ImageGen(source=(2, 1), size=(32, 48))),
        ({"type": "box", "box": [1, 2, 3, 4.5], "label": "cat"}, Box(box=(1, 2, 3, 4.5), label="cat")),
        ({"type": "point", "point": [1, 2], "image": 3}, Point(point=(1, 2), image=3)),
        ({"type": "quad", "quad": list(range(8))}, Quad(quad=(0, 1, 2, 3, 4, 5, 6, 7))),
    ],
)
def test_every_part_is_read_from_plain_data(data: Any, part: Part) -> None:
    assert one(data) == part


def test_pictures_pass_through_as_they_are() -> None:
    part = one({"type": "image_gen", "image": PICTURE})
    assert isinstance(part, ImageGen)
    assert part.image is PICTURE


def test_a_string_as_content_is_one_text() -> None:
    assert parse_conversation([{"role": "user", "content": "Hi"}])[0].content == (Text(text="Hi"),)
    assert parse_conversation([{"role": "user", "content": ""}])[0].content == (Text(text=""),)


def test_messages_pass_through_and_mix_with_plain_data() -> None:
    message = Message(role="user", content=(Text(text="Hi"),))
    assert parse_conversation([message, {"role": "assistant", "content": "Ho"}])[0] == message


def test_parts_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Text(text="Hi").text = "Ho"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("Hi", "a list of at least one message"),
        ([], "a list of at least one message"),
        ({"role": "user", "content": "Hi"}, "a list of at least one message"),
        ([{"content": "Hi"}], "0.role: Field required"),
        ([{"role": "user"}], "0.content: Field required"),
        ([{"role": "bot", "content": "Hi"}], "0.role: Input should be 'system', 'user' or 'assistant'"),
        ([{"role": "user", "content": "Hi"}, 7], "message 1"),
        ([{"role": "user", "content": "Hi", "name": "Ann"}], "unknown key '0.name'"),
        ([{"role": "user", "content": [{"type": "video"}]}], "'video'"),
        ([{"role": "user", "content": [{"text": "Hi"}]}], "'type'"),
        ([{"role": "user", "content": [{"type": "text", "text": "Hi", "txt": "Ho"}]}], "txt"),
        ([{"role": "user", "content": [{"type": "text", "text": 7}]}], "text"),
        ([{"role": "user", "content": [{"type": "image"}]}], "image"),
        ([{"role": "user", "content": [{"type": "image", "image": 7}]}], "image"),
        ([{"role": "user", "content": [{"type": "image_gen", "source": [0]}]}], "source.0"),
        ([{"role": "user", "content": [{"type": "image_gen", "size": [32]}]}], "size"),
        ([{"role": "user", "content": [{"type": "image_gen", "size": [0, 32]}]}], "size.0"),
        ([{"role": "user", "content": [{"type": "box", "box": [1, 2, 3]}]}], "box"),
        ([{"role": "user", "content": [{"type": "point", "point": [1, 2], "image": 0}]}], "image"),
    ],
)
def test_what_breaks_the_contract_is_refused_in_one_line_with_its_place(data: Any, said: str) -> None:
    with pytest.raises(ConversationError) as caught:
        parse_conversation(data)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# Half a surrogate pair is no character, cannot be written as UTF-8, and reaches a program in JSON such as "\ud800".


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": "a\ud800"},
        {"type": "think", "text": "\udfff"},
        {"type": "box", "box": [0, 0, 1, 1], "label": "\ud83c"},
        {"type": "point", "point": [0, 0], "label": "cat\udc00"},
        {"type": "quad", "quad": [0] * 8, "label": "\ud800\ud800"},
    ],
)
def test_half_a_surrogate_pair_is_refused(part: Any) -> None:
    with pytest.raises(ConversationError, match="surrogate pair at character") as caught:
        one(part)
    str(caught.value).encode()  # the message itself can be printed


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_all_other_text_is_taken_as_it_is(text: str) -> None:
    assert one({"type": "text", "text": text}) == Text(text=text)
    assert one({"type": "think", "text": text}) == Think(text=text)


@pytest.mark.parametrize(
    ("role", "part", "expected"),
    [
        ("assistant", Text(text="Hi"), True),
        ("user", Text(text="Hi"), False),
        ("system", Text(text="Hi"), False),
        ("assistant", Think(text="Hm"), True),
        ("assistant", Box(box=(0, 0, 1, 1)), True),
        ("user", Point(point=(0, 0)), False),
        ("assistant", Image(image="a.png"), False),
        ("assistant", ImageGen(), True),
        ("user", ImageGen(), True),
        ("assistant", Text(text="Hi", loss=False), False),
        ("user", Text(text="Hi", loss=True), True),
        ("assistant", ImageGen(loss=False), False),
    ],
)
def test_what_carries_loss(role: Role, part: Part, expected: bool) -> None:
    assert trained(role, part) is expected
