"""What the model writes itself: drawings it opens, sources it names, thoughts; and what it can never write."""

from collections.abc import Callable, Sequence
from typing import Any

import PIL.Image
import pytest
from torch import Tensor

from mini4o.conversation.parts import Image, ImageGen, Text, Think
from mini4o.conversation.tokens import DRAW_START, OWN_TOKENS, SOURCE, THINK_END, THINK_START
from mini4o.errors import ConversationError
from mini4o.generation.engine import Row
from mini4o.generation.session import Session, Wish
from mini4o.mini4o import Mini4o
from mini4o.pretrained.model import Model
from turns import NEVER, Pictures, same, user


@pytest.fixture
def puppet(new_tiny: Callable[..., Model], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Session]:
    """A session whose model wants to write the given tokens, one after the other; masking still applies."""

    def make(script: Sequence[str | int], messages: Sequence[Any], **options: Any) -> Session:
        model = Mini4o(new_tiny())
        vocabulary = model.engine.builder.vocabulary
        wanted: list[int] = []
        for item in script:
            if isinstance(item, int):
                wanted.append(item)
            elif item in OWN_TOKENS or item == "<|im_end|>":
                wanted.append(vocabulary.control(item))
            else:
                wanted += vocabulary.encode(item)[0]
        queue = iter(wanted)
        true_read = model.engine.read

        def read(row: Row, document: Any) -> Tensor:
            logits = true_read(row, document)
            if asked["next"]:
                logits = logits.clone()
                logits[next(queue, vocabulary.control("<|im_end|>"))] = 1e4
            return logits

        asked = {"next": True}
        monkeypatch.setattr(model.engine, "read", read)
        session = model.session(messages)
        session.options = session.options.model_copy(update={"max_tokens": 40, **options})
        true_draw = session._draw

        def draw(*args: Any) -> PIL.Image.Image:
            asked["next"] = False  # the reading before a drawing asks for no token
            try:
                return true_draw(*args)
            finally:
                asked["next"] = True

        monkeypatch.setattr(session, "_draw", draw)
        return session

    return make


def test_a_model_that_opens_a_drawing_draws_and_goes_on(puppet: Callable[..., Session]) -> None:
    session = puppet(["Here: ", DRAW_START, " done.", "<|im_end|>"], [user("A cat.")])
    events = list(session.stream())
    reply = session.messages[-1].content
    assert [type(part) for part in reply] == [Text, ImageGen, Image, Text]
    assert (reply[0].text, reply[3].text) == ("Here: ", " done.")  # type: ignore[union-attr]
    assert reply[1].image is reply[2].image  # type: ignore[union-attr]
    assert "".join(event.text for event in events) == "Here:  done."
    assert [event.kind for event in events if event.image] == ["image"]


def test_sources_that_the_model_writes_are_followed(puppet: Callable[..., Session], picture: Pictures) -> None:
    messages = [user(picture(1), picture(2, (48, 32)), "Join.")]
    session = puppet([SOURCE, "2,1", DRAW_START, "<|im_end|>"], messages)
    drawn = session.reply().parts[0]
    assert isinstance(drawn, ImageGen)
    assert drawn.source == (2, 1)
    assert drawn.size == (48, 32)  # the listed size nearest in shape to the first source
    assert session._writer.document.spans[0].sources == (1, 0)
    # Written by the model or by the caller, it is the same document and the same picture.
    forced = puppet([], messages)
    assert same(forced.reply(Wish(draw="force", source=(2, 1))).images, [drawn.image])  # type: ignore[list-item]
    start = len(forced._writer.document)
    assert session._writer.document.ids[:start] == forced._writer.document.ids[:start]


@pytest.mark.parametrize(("written", "kept"), [("9", ()), ("9,1,0", (1,)), ("x", ()), ("", ()), ("1,,1", (1, 1))])
def test_sources_that_do_not_exist_are_left_out(
    puppet: Callable[..., Session], picture: Pictures, written: str, kept: tuple[int, ...]
) -> None:
    session = puppet([SOURCE, written, DRAW_START, "<|im_end|>"], [user(picture(1), "Blue.")])
    drawn = session.reply().parts[0]
    assert isinstance(drawn, ImageGen)
    assert drawn.source == kept


def test_what_was_not_learnt_or_not_wanted_is_never_written(puppet: Callable[..., Session], picture: Pictures) -> None:
    script = [
        "a",
        DRAW_START,
        SOURCE,
        THINK_START,
        THINK_END,
        "<|image_gen_pad|>",
        "<|image_gen_end|>",
        "b",
        "<|im_end|>",
    ]
    for wish, options in ((NEVER, {}), (Wish(), {"writes": ()})):
        session = puppet(script, [user(picture(1), "Hi.")], **options)
        assert not session.reply(wish).images
        own = range(session.engine.net.backbone.vocabulary, session.engine.net.backbone.vocabulary + len(OWN_TOKENS))
        assert not set(own) & set(session._writer.document.ids)


def test_an_image_token_is_never_written_and_cannot_shift_pictures(
    puppet: Callable[..., Session], picture: Pictures
) -> None:
    session = puppet([], [user("Hi.")])
    pad = session.engine.net.backbone.image_token
    session = puppet(["a", pad, "b", "<|im_end|>"], [user("Hi.")])
    session.reply()
    assert pad not in session._writer.document.ids
    session.add(user(picture(1), "And?"))
    session.reply()


def test_a_forced_thought_comes_apart_from_the_answer(puppet: Callable[..., Session]) -> None:
    session = puppet(["It is a cat 🎨", THINK_END, "A cat.", "<|im_end|>"], [user("What?")])
    events = list(session.stream(Wish(draw="never", think=True)))
    reply = session.messages[-1].content
    assert [type(part) for part in reply] == [Think, Text]
    assert "".join(e.text for e in events if e.kind == "think") == "It is a cat 🎨"
    assert "".join(e.text for e in events if e.kind == "text") == "A cat."
    rendered = session.engine.builder.document(session.messages)
    assert rendered.ids == session._writer.finish().ids


def test_a_thought_that_never_ends_is_ended(puppet: Callable[..., Session]) -> None:
    session = puppet(["It is a cat"], [user("What?")], max_tokens=4)
    reply = session.reply(Wish(draw="never", think=True))
    assert reply.text == ""
    assert reply.think
    assert session.engine.builder.document(session.messages).ids == session._writer.finish().ids


def test_a_thought_then_a_forced_drawing(puppet: Callable[..., Session]) -> None:
    session = puppet(["Round and red.", THINK_END], [user("Draw it.")])
    reply = session.reply(Wish(draw="force", think=True))
    assert reply.think == "Round and red."
    assert reply.text == ""
    assert len(reply.images) == 1


def test_bytes_without_their_character_do_not_run_into_what_follows(puppet: Callable[..., Session]) -> None:
    session = puppet([], [user("Hi.")])
    half = session.engine.builder.vocabulary.encode("🎨")[0][:-1]
    session = puppet([*half, DRAW_START, "ok", "<|im_end|>"], [user("Hi.")])
    events = list(session.stream())
    assert [event.kind for event in events][:3] == ["text", "image", "text"]
    assert "".join(event.text for event in events) == "".join(
        part.text for part in session.messages[-1].content if isinstance(part, Text)
    )


def test_a_reply_that_outgrows_the_context_leaves_the_session_as_it_was(puppet: Callable[..., Session]) -> None:
    session = puppet(["word " * 500], [user("A cat.")], max_tokens=5000)
    before = list(session._writer.document.ids)
    with pytest.raises(ConversationError, match="the context holds 506"):
        session.reply()
    assert session._writer.document.ids == before
    assert len(session.messages) == 1
