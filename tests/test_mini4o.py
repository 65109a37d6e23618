"""One loaded model: ask, draw, edit; and one clear line for what cannot be."""

from typing import Any

import numpy as np
import PIL.Image
import pytest

from mini4o.conversation.parts import Image, ImageGen
from mini4o.errors import ConversationError, ImageError
from mini4o.generation.session import Wish
from mini4o.mini4o import Mini4o
from turns import FORCE, Pictures, same, user


def test_draw_is_the_one_message_conversation_with_a_forced_opening(tiny: Mini4o) -> None:
    for options in ({}, {"text_scale": 1.0}, {"text_scale": 4.0, "renorm": "channel", "steps": 5}):
        drawn = tiny.draw("A red cat.", seed=3, **options)
        chat = tiny.chat([user("A red cat.")], FORCE, seed=3, **options)
        session = tiny.session(seed=3)
        session.add(user("A red cat."))
        assert [type(part) for part in chat.parts] == [ImageGen, Image]
        assert same([drawn] * 2, [chat.images[0], session.reply(FORCE, **options).images[0]])


def test_size_source_text_and_negative_change_the_drawing(tiny: Mini4o, picture: Pictures) -> None:
    one = tiny.draw("A red cat.")
    assert not same([one], [tiny.draw("A blue dog.")])
    assert not same([one], [tiny.draw("A red cat.", negative="A dog.")])
    assert [tiny.draw("A red cat.", size=size).size for size in tiny.model.spec.sizes] == tiny.model.spec.sizes
    edits = [tiny.edit(picture(seed), ["Blue."])[0] for seed in (1, 2)]
    assert not same(edits[:1], edits[1:])


def test_edits_go_on_from_the_pixels_that_were_returned(tiny: Mini4o, picture: Pictures) -> None:
    first, second = tiny.edit(picture(1), ["Red.", "Blue."], seed=2)
    history = [
        user(picture(1), "Red."),
        {
            "role": "assistant",
            "content": [{"type": "image_gen", "source": [1], "image": first}, {"type": "image", "image": first}],
        },
        user("Blue."),
    ]
    again = tiny.chat(history, Wish(draw="force", source=(2,)), seed=2).images[0]
    difference = np.abs(np.array(second, dtype=int) - np.array(again, dtype=int))
    assert difference.max() <= 1


@pytest.mark.parametrize("prompt", ["", "  \n"])
def test_an_empty_prompt_is_refused(tiny: Mini4o, picture: Pictures, prompt: str) -> None:
    for call in (
        lambda: tiny.draw(prompt),
        lambda: tiny.ask([], prompt),
        lambda: tiny.edit(picture(1), ["Blue.", prompt]),
        lambda: tiny.edit(picture(1), []),
    ):
        with pytest.raises(ConversationError, match=r"is empty|at least one"):
            call()


def test_pictures_that_cannot_be_are_named(tiny: Mini4o, tmp_path: Any) -> None:
    (tmp_path / "notes.png").write_text("no picture")
    PIL.Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    PIL.Image.new("1", (20000, 20000)).save(tmp_path / "vast.png")
    PIL.Image.new("RGB", (2000, 4)).save(tmp_path / "line.png")
    for name, words in {
        "missing.png": "no such file",
        "notes.png": "not a picture",
        "dot.png": "1x1 pixels is too small",
        "vast.png": "20000x20000 is over the cap",
        "line.png": "cannot be read",
    }.items():
        for path in (tmp_path / name, str(tmp_path / name)):
            for call in (lambda p=path: tiny.ask([p], "What?"), lambda p=path: tiny.edit(p, ["Blue."])):
                with pytest.raises(ImageError) as caught:
                    call()
                message = str(caught.value)
                assert name in message
                assert words in message
                assert "\n" not in message


@pytest.mark.parametrize("image", [7, None, ["a.png"]])
def test_what_is_no_picture_at_all_is_refused_in_one_line(tiny: Mini4o, image: Any) -> None:
    with pytest.raises(ConversationError, match=r"^[^\n]*image[^\n]*$"):
        tiny.ask([image], "What?")


def test_more_than_the_context_holds_is_refused_with_its_numbers(tiny: Mini4o, picture: Pictures) -> None:
    with pytest.raises(ConversationError, match=r"takes \d+ tokens; the context holds 506"):
        tiny.draw("cat dog " * 300)
    with pytest.raises(ConversationError, match=r"\d+ of them for 60 pictures; the context holds 506"):
        tiny.ask([picture(i) for i in range(60)], "Which?")
