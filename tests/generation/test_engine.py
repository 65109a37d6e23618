"""Reading and drawing equal what the net, and plain `transformers`, give by hand."""

from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoTokenizer

from mini4o import chance
from mini4o.conversation.parts import parse_conversation
from mini4o.errors import ConversationError
from mini4o.generation.engine import Row
from mini4o.generation.painting import paint
from mini4o.generation.session import Session, Wish
from mini4o.mini4o import Mini4o
from mini4o.model.batch import collate, sourced
from mini4o.model.codec import to_picture
from mini4o.model.spec import GenerationSpec
from turns import NEVER, Pictures, same, user


@pytest.mark.parametrize("negative", ["", "Not a dog."])
def test_a_drawing_is_what_the_net_gives_without_any_cache(tiny: Mini4o, picture: Pictures, negative: str) -> None:
    """From the rendered document alone: read, read_spans, connector, branches, paint."""
    net, builder = tiny.engine.net, tiny.engine.builder
    source = picture(1, (40, 24))
    turn = {"role": "assistant", "content": [{"type": "image_gen", "source": [1], "size": [48, 32]}]}
    document = builder.document(parse_conversation([user(source, "Blue."), turn]))
    span = document.spans[0]
    options = GenerationSpec(steps=3, text_scale=2.0, image_scale=1.5)
    branches = {}
    with torch.no_grad():
        for name in ("full", "none", "no_text"):
            batch = collate([builder.branch(name, document, span, negative)], 0)  # type: ignore[arg-type]
            _, keys = net.read(batch)
            condition = net.connector(net.read_spans(batch, keys), sourced(batch.spans))
            branches[name] = condition, net.source_latents([] if name == "none" else [source], span.size)
        noise = chance.normal((1, net.codec.channels, 4, 6), 7, "noise", "", 0)
        by_hand = to_picture(net.codec.decode(paint(net, noise, branches, options))[0])
    wish = Wish(draw="force", source=(1,), size=(48, 32), negative=negative)
    drawn = tiny.chat([user(source, "Blue.")], wish, seed=7, **options.model_dump()).images[0]
    difference = np.abs(np.array(by_hand, dtype=int) - np.array(drawn, dtype=int))
    assert difference.max() <= 1  # a rounding apart at most
    assert (difference > 0).mean() < 0.01


def test_the_facade_is_the_engine_by_hand(tiny: Mini4o) -> None:
    engine, builder = tiny.engine, tiny.engine.builder
    turn = {"role": "assistant", "content": [{"type": "image_gen"}]}
    document = builder.document(parse_conversation([user("A red cat."), turn]))
    span = document.spans[0]
    row, before = Row(), document.until(span.at)
    engine.read(row, before)
    by_hand = engine.draw(row, before, span, tiny.model.generation, (0, "", 0))
    assert row.length == span.at
    assert same([by_hand], [tiny.draw("A red cat.")])


@pytest.mark.parametrize("with_picture", [False, True])
def test_answers_in_text_are_those_of_plain_transformers(
    tiny: Mini4o, tiny_folder: Any, picture: Pictures, with_picture: bool
) -> None:
    lm = AutoModelForImageTextToText.from_pretrained(tiny_folder / "backbone").eval()
    tokenizer = AutoTokenizer.from_pretrained(tiny_folder / "backbone")
    builder, engine = tiny.engine.builder, tiny.engine
    image = builder.read(picture(1, (40, 24)))
    answers = set()
    for question in ("What is it?", "Draw a red cat and a blue dog!", "你好 🎨", "Describe this image.\n"):
        message = user(image.picture, question) if with_picture else user(question)
        rendered = tokenizer.apply_chat_template([message], tokenize=False, add_generation_prompt=True)
        inputs: dict[str, Any] = {}
        if with_picture:
            rendered = rendered.replace("<|image_pad|>", "<|image_pad|>" * image.tokens)
            inputs = {"pixel_values": image.pixels, "image_grid_thw": torch.tensor([image.grid])}
        ids = torch.tensor([tokenizer.encode(rendered, add_special_tokens=False)])
        if with_picture:
            inputs["mm_token_type_ids"] = (ids == lm.config.image_token_id).int()
        # An image token can be written by neither: mini4o masks it, as it stands for a picture that is read.
        out = lm.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=12,
            suppress_tokens=[lm.config.image_token_id],
            **inputs,
        )
        expected = out[0, ids.shape[1] :].tolist()
        session = Session(engine, tiny.model.generation)
        session.add(message)
        session.reply(NEVER, max_tokens=12)
        mine = session._writer.finish().ids
        assert mine[: ids.shape[1]] == ids[0].tolist()
        written = mine[ids.shape[1] :]
        stop = tokenizer.convert_tokens_to_ids("<|im_end|>")
        expected = expected[: expected.index(stop)] if stop in expected else expected
        assert written[: len(expected)] == expected
        assert session.messages[-1].content == tuple(
            builder.text_parts(expected, False, session._writer.document.images)
        )
        answers.add(tuple(expected))
    assert len(answers) > 1
    assert any(len(answer) == 12 for answer in answers)


def test_the_last_room_of_the_context_still_holds_a_drawing(tiny: Mini4o) -> None:
    builder = tiny.engine.builder
    empty = len(builder.document(parse_conversation([user("1")]), reply=True))
    room = builder.context - empty
    drawn = {"type": "image_gen"}
    full = builder.document(parse_conversation([user("1" * (room + 1 - 2)), {"role": "assistant", "content": [drawn]}]))
    assert len(full) == builder.context
    batch = collate([full], 0)
    with torch.no_grad():
        _, keys = tiny.engine.net.read(batch)
        assert tiny.engine.net.read_spans(batch, keys).isfinite().all()
    assert full.spans[0].position + builder.queries + 2 <= tiny.engine.net.backbone.context
    with pytest.raises(ConversationError, match="the context holds"):
        builder.document(parse_conversation([user("1" * (room + 2))]), reply=True)


def test_answering_and_drawing_open_no_connection(
    tiny: Mini4o, picture: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor look up a name, caught or not: also where a library would go on without."""
    asked: list[Any] = []
    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(f"socket.{name}", lambda *args, **_: asked.append(args))
    monkeypatch.setattr("socket.socket.connect", lambda _, address: asked.append(address))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    tiny.ask(picture(1), "What is it?")
    tiny.edit(tiny.draw("A red cat."), "Make it blue.")
    assert not asked
