"""A conversation that goes on: cached = uncached, undo = never said, and a session as it was after every error."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from torch import Tensor

from mini4o.conversation.parts import Message
from mini4o.errors import ConversationError, Mini4oError
from mini4o.generation.engine import Engine
from mini4o.generation.session import Session, Wish
from mini4o.mini4o import Mini4o
from mini4o.model.batch import collate
from mini4o.pretrained.model import Model
from turns import FORCE, NEVER, Pictures, same, user


def said(messages: Sequence[Message]) -> list[Any]:
    """Messages as values that compare by content, pictures by their pixels."""

    def plain(part: Any) -> dict[str, Any]:
        return {k: np.array(v).tolist() if isinstance(v, PIL.Image.Image) else v for k, v in part.model_dump().items()}

    return [(message.role, [plain(part) for part in message.content]) for message in messages]


def state(session: Session) -> Any:
    """All of a session that its next turn hangs on."""
    row, document = session._row, session._writer.document
    keys = [(layer.keys.tolist(), layer.values.tolist()) for layer in row.cache.layers] if row.length else []
    held = [
        document.ids,
        document.labels,
        document.positions,
        len(document.images),
        document.image_ends,
        document.spans,
    ]
    return said(session.messages), row.length, row.images, keys, [list(x) if isinstance(x, list) else x for x in held]


def fresh_logits(engine: Engine, session: Session) -> Tensor:
    """Next-token logits of everything the session has rendered so far, read at once and without a cache."""
    document = session._writer.finish()
    batch = collate([document], 0)
    with torch.no_grad():
        hidden, _ = engine.net.read(batch)
        return engine.net.backbone.logits(hidden[0, -1], engine.net.reader)


# Cached = uncached.


def test_a_session_of_many_turns_equals_reading_it_all_at_once(tiny: Mini4o, picture: Pictures) -> None:
    session = tiny.session(seed=5)
    turns = [
        (user(picture(1, (40, 24)), "What is it?"), NEVER),
        (user("Draw a cat."), FORCE),
        (user("Make it blue."), Wish(draw="force", source=(2,), size=(48, 32))),
        (user(picture(2), "And like this one?"), Wish(draw="force", source=(4, 3))),
        (user("Tell me about them."), NEVER),
    ]
    for message, wish in turns:
        session.add(message)
        session.reply(wish)
    session.add(user("One more."))
    session._writer.open("assistant")
    cached = session._read()
    assert cached is not None
    torch.testing.assert_close(cached, fresh_logits(tiny.engine, session), atol=1e-4, rtol=1e-4)
    assert session._row.length == len(session._writer.document)
    assert len(session._writer.document.spans) == 3
    assert len(session._writer.document.images) == 5


def test_a_session_given_the_same_history_at_once_goes_on_the_same(tiny: Mini4o, picture: Pictures) -> None:
    session = tiny.session(seed=5)
    session.add(user(picture(1), "Draw it in red."))
    session.reply(Wish(draw="force", source=(1,)))
    session.add(user("And in blue."))
    session.reply(Wish(draw="force", source=(2,)))
    session.add(user("And a dog."))
    given = tiny.session(session.messages, seed=5)
    assert given._writer.document.ids == session._writer.document.ids
    assert given._writer.document.positions == session._writer.document.positions
    pair = [s.reply(Wish(draw="force", source=(2, 3))).images[0] for s in (session, given)]
    difference = np.abs(np.array(pair[0], dtype=int) - np.array(pair[1], dtype=int))
    assert difference.max() <= 1
    assert session.messages[:-1] == given.messages[:-1]


# Chance.


def test_the_same_seed_says_and_draws_the_same_and_another_something_else(tiny: Mini4o) -> None:
    def turn(seed: int, name: str = "") -> tuple[str, PIL.Image.Image]:
        session = tiny.session([user("Hi.")], seed=seed, name=name)
        text = session.reply(NEVER, temperature=2.0, max_tokens=12).text
        return text, session.reply(FORCE).images[0]

    one, again, other, named = turn(1), turn(1), turn(2), turn(1, "b")
    assert one[0] == again[0]
    assert same(one[1:], again[1:])
    assert one[0] not in {other[0], named[0]}
    assert not same(one[1:], other[1:])
    assert not same(one[1:], named[1:])


def test_two_drawings_of_one_conversation_have_noise_of_their_own(
    tiny: Mini4o, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, true_draw = [], tiny.engine.draw

    def draw(row: Any, document: Any, span: Any, options: Any, key: Any, negative: str) -> PIL.Image.Image:
        keys.append(key)
        return true_draw(row, document, span, options, key, negative)

    monkeypatch.setattr(tiny.engine, "draw", draw)
    session = tiny.session([user("A cat.")], seed=3, name="b")
    first = session.reply(FORCE).images
    session.undo()
    assert same(first, session.reply(FORCE).images)
    session.add(user("A cat."))
    assert not same(first, session.reply(FORCE).images)
    tiny.session(session.messages, seed=3, name="b").reply(FORCE)
    assert keys == [(3, "b", number) for number in (0, 0, 1, 2)]


def test_the_global_generators_are_neither_read_nor_moved(
    new_tiny: Callable[..., Model], tmp_path: Any, picture: Pictures
) -> None:
    def everything(seed: int, where: str) -> tuple[Any, ...]:
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)
        before = torch.get_rng_state(), random.getstate(), str(np.random.get_state())
        model = Mini4o(new_tiny(seed=2))
        text = model.chat([user("Hi.")], NEVER, temperature=1.0).text
        picture_drawn = model.edit(picture(1), ["Blue."])[0]
        model.save_pretrained(tmp_path / where)
        again = Mini4o.from_pretrained(tmp_path / where).draw("A cat.")
        after = torch.get_rng_state(), random.getstate(), str(np.random.get_state())
        assert torch.equal(before[0], after[0])
        assert before[1:] == after[1:]
        return text, np.array(picture_drawn).tolist(), np.array(again).tolist()

    with torch.random.fork_rng(devices=[]):
        assert everything(1, "a") == everything(2, "b")


# Undo and errors.


def test_undo_is_never_having_said_it(tiny: Mini4o, picture: Pictures) -> None:
    session, other = (tiny.session([user(picture(1), "A cat.")], seed=4) for _ in range(2))
    for s in (session, other):
        s.reply(NEVER)
    before = state(session)
    session.add(user(picture(2), "No, this."))
    session.reply(FORCE)
    session.add(user(picture(3), "Or this."))
    session.undo()
    session.undo()
    session.undo()
    assert state(session) == before
    for s in (session, other):
        s.add(user(picture(4), "Blue."))
    wish = Wish(draw="force", source=(2,))
    one, two = session.reply(wish, image_scale=2.0), other.reply(wish, image_scale=2.0)
    assert same(one.images, two.images)
    assert state(session) == state(other)


def test_pictures_taken_back_leave_nothing_for_those_that_come_after(tiny: Mini4o, picture: Pictures) -> None:
    """Features are kept by picture; one that takes the place of another in memory must not take its features."""
    session = tiny.session([user("Look.")])
    for seed in range(6):
        session.add(user(picture(seed), "What is it?"))
        session.reply(NEVER)
        expected = tiny.session([user("Look."), user(picture(seed), "What is it?")])
        expected.reply(NEVER)
        assert said(session.messages) == said(expected.messages)
        assert len(session._row.features) == 1
        assert torch.equal(*(next(iter(s._row.features.values())).tokens for s in (session, expected)))
        session.undo()
        session.undo()
        assert not session._row.features


def test_everything_can_be_taken_back_and_no_more(tiny: Mini4o) -> None:
    session = tiny.session()
    session.add(user("A cat."))
    session.reply(FORCE)
    session.undo()
    session.undo()
    assert session.messages == []
    with pytest.raises(ConversationError, match="no turn to take back"):
        session.undo()
    session.add(user("A cat."))
    assert same(session.reply(FORCE).images, [tiny.draw("A cat.")])


@pytest.mark.parametrize(
    ("wish", "options", "words"),
    [
        (Wish(draw="force", source=(3,)), {}, "there are 1 images"),
        (Wish(draw="force", source=(0,)), {}, "source"),
        (Wish(draw="force", size=(33, 32)), {}, "does not draw 33x32; it draws 32x32, 48x32, 16x32"),
        (Wish(draw="force", size=(0, 0)), {}, "size"),
        (Wish(draw="force", negative="\ud800"), {}, "surrogate"),
        (FORCE, {"setps": 3}, "unknown key 'setps'; did you mean 'steps'?"),
        (FORCE, {"steps": 0}, "steps"),
    ],
)
def test_a_turn_that_cannot_be_leaves_the_session_as_it_was(
    tiny: Mini4o, picture: Pictures, wish: Wish, options: dict[str, Any], words: str
) -> None:
    session, other = (tiny.session([user(picture(1), "A cat.")]) for _ in range(2))
    for s in (session, other):
        s.reply(NEVER)
    before = state(session)
    with pytest.raises(ConversationError) as caught:
        session.reply(wish, **options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert state(session) == before
    assert same(session.reply(FORCE).images, other.reply(FORCE).images)


def test_a_message_that_cannot_be_added_leaves_the_session_as_it_was(tiny: Mini4o, picture: Pictures) -> None:
    session = tiny.session([user(picture(1), "A cat.")])
    session.reply(FORCE)
    before = state(session)
    for message in (
        user("Fine so far", PIL.Image.new("RGB", (1, 1))),
        user(picture(2), "nothing here.png", b"not a picture"),
        user("word " * 600),
        {"role": "user", "content": [{"type": "image_gen", "source": [9]}]},
        {"role": "user", "content": [{"type": "box", "box": [0, 0, 1, 1], "image": 9}]},
        {"role": "nobody", "content": "hi"},
        user("\ud800"),
    ):
        with pytest.raises(Mini4oError) as caught:
            session.add(message)
        assert "\n" not in str(caught.value)
        assert state(session) == before


def test_leaving_a_reply_half_way_is_never_having_asked(tiny: Mini4o) -> None:
    session = tiny.session([user("Hi.")])
    before = said(session.messages)
    stream = session.stream(NEVER, max_tokens=30, temperature=3.0)
    next(stream)
    stream.close()
    assert said(session.messages) == before
    assert session.reply(NEVER).parts == tiny.chat([user("Hi.")], NEVER).parts


def test_a_reading_broken_off_in_the_middle_is_done_again(tiny: Mini4o, picture: Pictures) -> None:
    """Ctrl-C inside the forward pass, when some layers have read and others have not."""
    session, expected = (tiny.session([user(picture(1), "Hi.")]) for _ in range(2))
    for s in (session, expected):
        s.reply(NEVER)
        s.add(user("And now?"))
    layer = tiny.engine.net.backbone.lm.model.language_model.layers[1]

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    handle = layer.register_forward_pre_hook(stop)
    with pytest.raises(KeyboardInterrupt):
        session.reply(NEVER)
    handle.remove()
    assert session.reply(NEVER).parts == expected.reply(NEVER).parts
    session._writer.open("assistant")
    cached = session._read()
    assert cached is not None
    torch.testing.assert_close(cached, fresh_logits(tiny.engine, session), atol=1e-4, rtol=1e-4)
