from collections.abc import Callable

import numpy as np
import PIL.Image
import pytest

from mini4o.conversation.parts import Conversation, ImageGen, parse_conversation
from mini4o.evaluation.storybook.candidates import Copy, Trained, Truth, shown
from mini4o.evaluation.storybook.exam import Exam, Key
from mini4o.generation.session import Wish
from mini4o.mini4o import Mini4o
from mini4o.pretrained.model import Model

KEY = Key("rounds", "en", 0)


def asked(*pictures: PIL.Image.Image, text: str = "Make it green.") -> Conversation:
    content = [*({"type": "image", "image": each} for each in pictures), {"type": "text", "text": text}]
    return parse_conversation([{"role": "user", "content": content}])


def same(one: PIL.Image.Image, two: PIL.Image.Image) -> bool:
    return np.array_equal(np.asarray(one), np.asarray(two))


@pytest.fixture
def model(tiny: Mini4o) -> Trained:
    return Trained(tiny, seed=1)


def test_a_model_answers_in_words_and_draws_when_it_is_told_to(model: Trained, picture) -> None:
    messages = asked(picture(1), picture(2))
    words, drawing = (model.reply(messages, Wish(draw=draw), KEY) for draw in ("never", "force"))
    assert words.text and not words.images
    assert len(drawing.images) == 1 and same(
        drawing.images[0], model.reply(messages, Wish(draw="force"), KEY).images[0]
    )
    other = model.reply(messages, Wish(draw="force"), Key("rounds", "en", 1))
    assert not same(drawing.images[0], other.images[0])


def test_who_opens_no_drawing_draws_from_the_last_picture(new_tiny: Callable[..., Model], picture) -> None:
    silent = new_tiny()
    silent.generation = silent.generation.model_copy(update={"writes": ()})  # it has not learnt to open one
    model = Trained(Mini4o(silent), seed=1)
    messages = asked(picture(1), picture(2))
    reply = model.reply(messages, Wish(draw="auto"), KEY)
    assert isinstance(reply.parts[0], ImageGen) and reply.parts[0].source == (2,)


def test_a_size_that_is_not_listed_is_not_asked_for(model: Trained) -> None:
    sizes = [model.reply(asked(), Wish(draw="force", size=size), KEY).images[0].size for size in ((48, 32), (80, 48))]
    assert sizes == [(48, 32), (32, 32)]


def test_what_a_model_cannot_take_is_an_empty_reply_and_counted(model: Trained) -> None:
    for _ in range(2):
        assert model.reply(asked(text="green " * 2000), Wish(draw="force"), KEY).parts == ()
    first, second = model.refusals()
    assert "context" in first and first == second
    assert model.refusals() == []


def test_the_truth_says_what_comes_next_and_a_copy_the_last_picture() -> None:
    exam = Exam()
    conversation = exam.item(KEY).conversation
    for place in (1, 3):
        assert Truth(exam).reply(conversation[:place], Wish(), KEY).parts == conversation[place].content
        [copied] = Copy().reply(conversation[:place], Wish(draw="auto"), KEY).images
        assert same(copied, shown(conversation[:place])[-1])
    assert Copy().reply(conversation[:1], Wish(draw="never"), KEY).parts == ()
