"""One list of tests that every backbone family passes, on a tiny checkpoint in its official layout."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import make_checkpoint
from conversations import PLAIN, TALK, documents, gradients, oracle, scalar, two_passes
from own_processors import inputs, own_processor
from transformers import AutoModelForImageTextToText

import golden
from adapted import base, same, trained
from mini4o import chance
from mini4o.conversation.layout import IGNORE
from mini4o.conversation.parts import parse_conversation
from mini4o.conversation.tokens import OWN_TOKENS
from mini4o.generation.engine import Engine, Row
from mini4o.generation.session import Wish
from mini4o.mini4o import Mini4o
from mini4o.model import adapters
from mini4o.model.backbone import FirstPassCache
from mini4o.model.batch import collate
from mini4o.model.families import FAMILIES
from mini4o.model.spec import AdapterSpec
from mini4o.pretrained import folder
from mini4o.pretrained.model import Model

Checkpoints = Callable[[str], Path]
CLOSE = {"atol": 5e-5, "rtol": 2e-4}


@pytest.fixture(scope="module")
def processor(family: str, checkpoint: Checkpoints) -> Any:
    return own_processor(family, checkpoint(family))


def whole_inputs(processor: Any, model: Model, conversation: Any, reply: bool) -> dict[str, torch.Tensor]:
    """What the family's class takes, as its own processor gives it."""
    given = inputs(processor, conversation, reply)
    if FAMILIES[model.net.backbone.lm.config.model_type].MROPE:
        given["mm_token_type_ids"] = (given["input_ids"] == model.net.backbone.image_token).int()
    return given


# The prompt.


@pytest.mark.parametrize("reply", [False, True])
@pytest.mark.parametrize("name", list(PLAIN))
def test_prompt_and_pixels_are_those_of_the_familys_own_processor(
    model: Model, processor: Any, name: str, reply: bool
) -> None:
    conversation = parse_conversation(PLAIN[name])
    document = model.builder().document(conversation, reply=reply)
    given = inputs(processor, conversation, reply)
    assert document.ids == given["input_ids"][0].tolist()
    if document.images:
        ours = torch.cat([image.pixels for image in document.images])
        assert torch.equal(ours, given["pixel_values"].reshape(ours.shape))


@pytest.mark.parametrize("name", list(PLAIN))
def test_positions_are_those_of_transformers(family: str, model: Model, processor: Any, name: str) -> None:
    conversation = parse_conversation(PLAIN[name])
    document = model.builder().document(conversation, reply=True)
    given = whole_inputs(processor, model, conversation, True)
    length = len(document)
    expected = torch.arange(length).expand(3, -1)
    if FAMILIES[family].MROPE:
        expected = model.net.backbone.lm.model.get_rope_index(
            given["input_ids"], given["mm_token_type_ids"], given.get("image_grid_thw")
        )[0][:, 0]
        assert (len({p[1] for p in document.positions}) < length) == bool(document.images)
    assert document.positions == [tuple(row) for row in expected.T.tolist()]


@pytest.mark.parametrize("name", list(PLAIN))
def test_logits_are_those_of_the_familys_class(model: Model, processor: Any, name: str) -> None:
    """Of the whole class, pixels to logits, as `transformers` runs it; deep features go in there of themselves."""
    conversation = parse_conversation(PLAIN[name])
    net = model.net
    with torch.no_grad():
        hidden, _ = net.read(collate([model.builder().document(conversation, reply=True)], 0))
        ours = net.backbone.logits(hidden, net.reader)[..., : net.backbone.vocabulary]
        theirs = net.backbone.lm(**whole_inputs(processor, model, conversation, True), use_cache=False).logits
    torch.testing.assert_close(ours, theirs, **CLOSE)
    assert theirs.std() > 0.1


def test_the_six_pages_are_as_kept(family: str, model: Model) -> None:
    """`python tests/families/make_golden.py` writes them anew, after a wanted change of the contract. Those of
    Qwen2.5-VL are the pages of the contract itself."""
    builder = model.builder()
    builder.sizes = [(32, 32), (48, 32)]
    kept = golden.FOLDER if family == "qwen2_5_vl" else golden.FOLDER / "families" / family
    pages = golden.make_pages(builder)
    assert sorted(pages) == sorted(path.stem for path in kept.glob("[0-9]-*.json"))
    for name, page in pages.items():
        made = json.loads(json.dumps(golden.record(page)))
        assert made == json.loads((kept / f"{name}.json").read_text("utf-8")), name


def test_what_a_drawing_stands_in_is_the_conversation_without_it(model: Model, processor: Any) -> None:
    """Text after a span may be cut into other tokens, so the text is compared, and the ids up to the first drawing."""
    drawn = model.builder().document(parse_conversation(TALK))
    ordinary = [
        {**m, "content": [p for p in m["content"] if p["type"] != "image_gen"]} for m in TALK if m["role"] == "user"
    ][:1]
    given = inputs(processor, parse_conversation(ordinary), True)["input_ids"][0].tolist()
    assert drawn.ids[: drawn.spans[0].at] == given
    assert all(drawn.positions[span.at][0] == span.position for span in drawn.spans[:-1])


# Who sees whom.


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_two_passes_are_the_masked_pass(family: str, new_pretrained: Callable[..., Model], attention: str) -> None:
    model = new_pretrained(family, attention=attention)
    assert model.net.backbone.lm.config._attn_implementation == attention
    docs = documents(model)
    with torch.no_grad():
        hidden, states = two_passes(model.net, docs)
        done = 0
        for row, document in enumerate(docs):
            ordinary, spans = oracle(model, document)
            torch.testing.assert_close(hidden[row, : len(document)], ordinary, **CLOSE)
            torch.testing.assert_close(states[done : done + len(spans)], spans, **CLOSE)
            done += len(spans)
    assert done == len(states) == 5
    assert hidden.abs().mean() > 0.1
    assert (states[0] - states[1]).abs().mean() > 0.02


@pytest.mark.parametrize("checkpointing", [False, True])
def test_gradients_are_those_of_the_masked_pass(
    family: str, new_pretrained: Callable[..., Model], checkpointing: bool
) -> None:
    model = new_pretrained(family)
    net, document = model.net.train(), documents(model)[0]
    truth = gradients(net, scalar(*oracle(model, document)))
    if checkpointing:
        net.backbone.checkpoint_gradients()
    hidden, states = two_passes(net, [document])
    mine = gradients(net, scalar(hidden[0], states))
    assert mine.keys() == truth.keys()
    groups = net.groups()
    seen = {group for group, members in groups.items() if any(name in mine for name in members)}
    assert seen == {"vision", "merger", "language", "rows", "queries"}
    for name, gradient in truth.items():
        scale = gradient.abs().max().clamp(min=1e-2)
        torch.testing.assert_close(mine[name] / scale, gradient / scale, atol=5e-4, rtol=1e-3, msg=name)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_with_the_backbone_frozen_only_the_queries_learn(
    family: str, new_pretrained: Callable[..., Model], checkpointing: bool
) -> None:
    model = new_pretrained(family)
    net, document = model.net.train(), documents(model)[3]
    truth = gradients(net, scalar(*oracle(model, document)))
    if checkpointing:
        net.backbone.checkpoint_gradients()
    for parameter in net.backbone.parameters():
        parameter.requires_grad_(False)
    batch = collate([document], 0)
    with torch.no_grad():
        hidden, keys = net.read(batch)
    mine = gradients(net, scalar(hidden[0], net.read_spans(batch, keys)))
    assert {name for name in mine if not name.startswith("reader.")} == set()
    expected = truth["reader.queries"]
    torch.testing.assert_close(mine["reader.queries"], expected, atol=5e-4 * float(expected.abs().max()), rtol=1e-3)
    assert expected.abs().max() > 1e-3


def test_checkpointing_keeps_less_and_changes_nothing(family: str, new_pretrained: Callable[..., Model]) -> None:
    """That it is on at all: without a word `transformers` would drop the cache, and the keys of the second pass."""
    model = new_pretrained(family)
    net, document = model.net.train(), documents(model)[0]
    kept: list[int] = []
    results = []
    for _ in range(2):
        sizes: list[int] = []
        with torch.autograd.graph.saved_tensors_hooks(lambda x, s=sizes: (s.append(x.numel()), x)[1], lambda x: x):
            results.append(two_passes(net, [document]))
        kept.append(sum(sizes))
        net.backbone.checkpoint_gradients()
    assert kept[1] < 0.7 * kept[0]
    assert torch.equal(results[0][0], results[1][0])
    assert torch.equal(results[0][1], results[1][1])


def test_no_query_changes_any_ordinary_token(family: str, new_pretrained: Callable[..., Model]) -> None:
    model = new_pretrained(family)
    net, document = model.net, documents(model)[0]
    with torch.no_grad():
        before, spans_before = oracle(model, document)
        net.reader.queries.copy_(50 * chance.normal(tuple(net.reader.queries.shape), 9, "queries"))
        after, spans_after = oracle(model, document)
    assert torch.equal(before, after)
    assert (spans_before - spans_after).abs().mean() > 0.1


def test_a_query_equal_to_the_image_tokens_row_is_no_picture(family: str, new_pretrained: Callable[..., Model]) -> None:
    """`transformers` finds placeholders of pictures by equal embeddings, if it is let; ours goes by ids."""
    model = new_pretrained(family)
    net, document = model.net, documents(model)[3]
    with torch.no_grad():
        row = net.backbone.lm.get_input_embeddings().weight[net.backbone.image_token]
        net.reader.queries.copy_(row.expand_as(net.reader.queries))
        hidden, states = two_passes(net, [document])
        ordinary, spans = oracle(model, document)
    torch.testing.assert_close(hidden[0], ordinary, **CLOSE)
    torch.testing.assert_close(states, spans, **CLOSE)


def test_a_batch_is_each_of_its_documents_alone(model: Model) -> None:
    docs = documents(model)
    with torch.no_grad():
        hidden, states = two_passes(model.net, docs)
        done = 0
        for row, document in enumerate(docs):
            alone, spans = two_passes(model.net, [document])
            torch.testing.assert_close(hidden[row, : len(document)], alone[0], **CLOSE)
            torch.testing.assert_close(states[done : done + len(spans)], spans, **CLOSE)
            done += len(spans)


def test_deep_features_of_one_picture_never_reach_another(model: Model) -> None:
    """The pictures of a batch in another order give each document the same."""
    docs = documents(model)
    order = [3, 4, 0, 2, 1]
    with torch.no_grad():
        one, _ = two_passes(model.net, docs)
        other, _ = two_passes(model.net, [docs[index] for index in order])
        for place, index in enumerate(order):
            length = len(docs[index])
            torch.testing.assert_close(other[place, :length], one[index, :length], **CLOSE)


def test_mid_grey_and_plain_pictures_are_read_like_any_other(model: Model) -> None:
    """SmolVLM takes tiles whose values are all zero for padding; no picture of 8 bits may become one."""
    for level in (0, 127, 128, 255):
        grey = golden.picture(size=(40, 24)).point(lambda _, level=level: level)
        document = model.builder().document(parse_conversation([golden.said("user", golden.read(grey))]))
        batch = collate([document], 0)
        assert batch.pixels is not None and batch.grids is not None
        with torch.no_grad():
            features = model.net.backbone.image_features(batch.pixels, batch.grids)
        assert len(features.tokens) == document.ids.count(model.net.backbone.image_token)
        assert all(layer.shape == features.tokens.shape for layer in features.deep)


def test_deep_features_are_there_where_the_family_has_them(family: str, model: Model) -> None:
    document = documents(model)[0]
    batch = collate([document], 0)
    assert batch.pixels is not None and batch.grids is not None
    with torch.no_grad():
        features = model.net.backbone.image_features(batch.pixels, batch.grids)
        embeds = model.net.backbone.embed(batch.ids, model.net.reader, features)
        with_deep = model.net.backbone(embeds, batch.positions, ids=batch.ids, features=features)
        without = model.net.backbone(embeds, batch.positions)
    assert len(features.deep) == (2 if family == "qwen3_vl" else 0)
    assert bool((with_deep - without).abs().max() > 0.05) == (family == "qwen3_vl")


# The cache.


def test_reading_piece_by_piece_is_reading_at_once(model: Model) -> None:
    engine, document = Engine(model.net, model.builder()), documents(model)[0]
    ends = [1, *document.image_ends, *(span.at for span in document.spans), len(document)]
    row = Row()
    with torch.no_grad():
        hidden, _ = two_passes(model.net, [document])
        whole = model.net.backbone.logits(hidden[0], model.net.reader)
    for end in sorted(set(ends)):
        torch.testing.assert_close(engine.read(row, document.until(end)), whole[end - 1], **CLOSE)
    row.crop(document, document.spans[1].at)
    assert row.images == len(document.images_before(document.spans[1].at))
    torch.testing.assert_close(engine.read(row, document), whole[-1], **CLOSE)


def test_the_spans_of_a_session_are_those_of_the_whole_document(model: Model) -> None:
    engine, document = Engine(model.net, model.builder()), documents(model)[0]
    with torch.no_grad():
        _, states = two_passes(model.net, [document])
        row = Row()
        for number, span in enumerate(document.spans):
            engine.read(row, document.until(span.at))
            torch.testing.assert_close(engine._full_states(row, span)[0], states[number], **CLOSE)
            assert row.length == span.at


def test_branches_with_features_at_hand_are_those_read_anew(model: Model) -> None:
    engine, document = Engine(model.net, model.builder()), documents(model)[0]
    row = Row()
    engine.read(row, document)
    for branch in ("none", "no_text"):
        short = engine.builder.branch(branch, document, document.spans[1])  # type: ignore[arg-type]
        assert len(short.images) == (2 if branch == "no_text" else 0)
        with torch.no_grad():
            torch.testing.assert_close(engine._states(row, short), two_passes(model.net, [short])[1], **CLOSE)
        assert short.labels == [IGNORE] * len(short)


def test_the_cache_of_the_first_pass_bears_a_second_update() -> None:
    cache = FirstPassCache()
    first, again = torch.zeros(1, 1, 2, 4), torch.ones(1, 1, 2, 4)
    cache.update(first, first, 0)
    assert cache.update(again, again, 0)[0] is again
    assert len(cache.seen) == 1
    assert cache.seen[0][0] is first


# Answers.


@pytest.fixture(scope="module")
def talker(family: str, new_pretrained: Callable[..., Model], tmp_path_factory: pytest.TempPathFactory) -> Model:
    """With a head of its own: a tied one of random weights says one word for ever."""
    path = make_checkpoint(family, tmp_path_factory.mktemp("talkers") / family, tied=False)
    return new_pretrained(family, pretrained=str(path))


def test_answers_in_text_are_those_of_generate(talker: Model, processor: Any) -> None:
    net, builder = talker.net, talker.builder()
    stop = builder.vocabulary.control(builder.chat.closing()[0])
    # What stands for pictures cannot be written, nor a thought that the model has not learnt.
    masked = [net.backbone.image_token, *map(builder.vocabulary.control, builder.chat.think)]
    said: set[int] = set()
    for messages in (PLAIN["turns"], PLAIN["picture"][:1], PLAIN["pictures"][:1], PLAIN["system"]):
        conversation = parse_conversation(messages)
        given = whole_inputs(processor, talker, conversation, True)
        start = len(given["input_ids"][0])
        with torch.no_grad():
            out = net.backbone.lm.generate(
                **given,
                max_new_tokens=12,
                do_sample=False,
                eos_token_id=stop,
                pad_token_id=stop,
                suppress_tokens=[index for index in masked if index < net.backbone.vocabulary],
            )
        expected = out[0, start:].tolist()
        session = Mini4o(talker).session(list(conversation))
        session.reply(Wish(draw="never"), writes=())
        assert session._writer.document.ids[start : start + len(expected)] == expected
        said.update(expected)
    assert len(said) > 3


def test_a_conversation_with_drawings_goes_on(model: Model) -> None:
    """Draw, read back, edit, think, answer, undo; the document is that of the conversation said over again."""
    mini4o = Mini4o(model)
    session = mini4o.session(seed=3)
    session.add({"role": "user", "content": "Draw a red ball."})
    assert session.reply(Wish(draw="force")).images[0].size == (32, 32)
    session.add({"role": "user", "content": "Make it blue."})
    session.reply(Wish(draw="force", source=(1,)))
    session.add({"role": "user", "content": "What colour is the ball?"})
    session.reply(Wish(draw="never", think=True))
    again = mini4o.session(list(session.messages), seed=3)
    drawn = session._writer.document.spans
    assert [span.at for span in again._writer.document.spans] == [span.at for span in drawn]
    end = drawn[-1].at
    assert again._writer.document.ids[:end] == session._writer.document.ids[:end]
    before = list(session._writer.document.ids)
    session.add({"role": "user", "content": "Thanks."})
    session.undo()
    assert session._writer.document.ids == before


# Training.


def test_every_parameter_is_in_one_group_and_frozen_ones_stay(
    family: str, new_pretrained: Callable[..., Model]
) -> None:
    model = new_pretrained(family)
    net, docs = model.net.train(), documents(model)[:1]
    groups = net.groups()
    assert sorted(name for members in groups.values() for name in members) == sorted(dict(net.named_parameters()))
    assert not groups["head"]
    assert all(groups[group] for group in ("vision", "merger", "language", "rows", "queries"))
    for train in (["queries", "rows"], ["merger"], ["language"], ["vision"]):
        for group, members in groups.items():
            for parameter in members.values():
                parameter.requires_grad_(group in train)
        before = {name: p.detach().clone() for name, p in net.named_parameters()}
        trained = [p for group in train for p in groups[group].values()]
        optimiser = torch.optim.AdamW(trained, lr=1e-2, weight_decay=0.5)
        hidden, states = two_passes(net, docs)
        logits = net.backbone.logits(hidden, net.reader)
        (scalar(hidden[0], states) + logits.sin().sum()).backward()
        optimiser.step()
        optimiser.zero_grad()
        for group, members in groups.items():
            moved = {name for name, p in members.items() if not torch.equal(before[name], p)}
            assert moved == (set(members) if group in train else set()), group


def test_an_untied_head_is_a_group_of_its_own(
    family: str, tmp_path: Path, new_pretrained: Callable[..., Model]
) -> None:
    path = make_checkpoint(family, tmp_path / "untied", tied=False)
    net = new_pretrained(family, pretrained=str(path)).net
    assert list(net.groups()["head"]) == ["backbone.lm.lm_head.weight"]


def test_own_rows_begin_as_their_nearest_relatives(model: Model) -> None:
    net, builder = model.net, model.builder()
    nearest = [builder.vocabulary.control(builder.chat.nearest[token]) for token in OWN_TOKENS]
    assert torch.equal(net.reader.rows_in, net.backbone.lm.get_input_embeddings().weight[nearest])
    assert torch.equal(net.reader.rows_out, net.backbone.lm.get_output_embeddings().weight[nearest])


# Adapters.


def test_an_adapter_stands_on_the_language_model_and_never_on_the_vision_tower(
    family: str, new_pretrained: Callable[..., Model]
) -> None:
    model = new_pretrained(family)
    groups, names = model.net.groups(), adapters.layers(model.net, "language")
    assert len(names) == 3 * 7
    assert {f"backbone.lm.{name}.weight" for name in names} <= set(groups["language"])
    # Linear layers elsewhere whose names end alike, which a choice by name would take too; SmolVLM has the most.
    modules = {f"backbone.lm.{name}": module for name, module in model.net.backbone.lm.named_modules()}
    others = {f"{name}.weight" for name, module in modules.items() if isinstance(module, torch.nn.Linear)}
    ends = {name.rpartition(".")[2] for name in names}
    twins = {name for name in others & set(groups["vision"]) if name.split(".")[-2] in ends}
    assert bool(twins) == (family != "qwen3_vl")
    trained(model.net, ["language"])
    groups = model.net.groups()
    assert len(groups["language_adapter"]) == 2 * len(names) and not groups["dit_adapter"]
    on = {name.partition(".lora_")[0] for name in groups["language_adapter"]}
    assert on == {f"backbone.lm.{name}" for name in names}


@pytest.mark.parametrize("quantise", [None, "nf4"])
def test_two_passes_are_the_masked_pass_with_an_adapter_too(
    family: str, quantise: str | None, new_pretrained: Callable[..., Model]
) -> None:
    """In states and gradients, of which only the adapter has any. A new one changes no bit."""
    model = new_pretrained(family, quantise=quantise)
    net, document = model.net.train(), documents(model)[0]
    with torch.no_grad():
        plain = two_passes(net, [document])
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    adapters.add(net, {"language": AdapterSpec(rank=2)}, 0)
    with torch.no_grad():
        for mine, other in zip(two_passes(net, [document]), plain, strict=True):
            assert torch.equal(mine, other)
    trained(net, ["language"], seed=1)
    before = base(net)
    ordinary, spans = oracle(model, document)
    truth = gradients(net, scalar(ordinary, spans))
    net.backbone.checkpoint_gradients()
    hidden, states = two_passes(net, [document])
    torch.testing.assert_close(hidden[0], ordinary, **CLOSE)
    torch.testing.assert_close(states, spans, **CLOSE)
    assert (states - plain[1]).abs().mean() > 0.02
    mine = gradients(net, scalar(hidden[0], states))
    assert mine.keys() == truth.keys() == set(net.groups()["language_adapter"])
    for name, gradient in truth.items():
        scale = gradient.abs().max().clamp(min=1e-2)
        torch.testing.assert_close(mine[name] / scale, gradient / scale, atol=5e-4, rtol=1e-3, msg=name)
    torch.optim.AdamW(net.groups()["language_adapter"].values(), lr=1e-2, weight_decay=0.5).step()
    assert same(base(net), before)
    with torch.no_grad():
        stepped = two_passes(net, [document])
        adapters.merge(net)
        for one, other in zip(two_passes(net, [document]), stepped, strict=True):
            torch.testing.assert_close(one, other, **CLOSE)


# Keeping it.


@pytest.mark.parametrize("standalone", [False, True])
def test_saved_and_loaded_it_is_the_same(family: str, model: Model, tmp_path: Path, standalone: bool) -> None:
    folder.save(model.standalone() if standalone else model, tmp_path / "model")
    assert (tmp_path / "model" / "backbone" / "model.safetensors").is_file() == standalone
    again = folder.load(tmp_path / "model")
    known = model.spec.backbone.model_copy(update={"pretrained": Path(str(model.spec.backbone.pretrained)).name})
    assert again.spec == (model.spec.model_copy(update={"backbone": known}) if standalone else model.spec)
    assert again.spec.backbone.family == family
    licence = folder.read_index(tmp_path / "model")["licences"]["backbone"]
    assert licence == f"not known; that of {known.pretrained}"
    state = again.net.state_dict()
    assert state.keys() == model.net.state_dict().keys()
    assert all(torch.equal(value, state[name]) for name, value in model.net.state_dict().items())
    document = documents(model)[0]
    assert documents(again)[0].ids == document.ids
    assert torch.equal(documents(again)[0].images[0].pixels, document.images[0].pixels)
    assert again.tokenizer.chat_template == model.tokenizer.chat_template
    with torch.no_grad():
        for mine, other in zip(two_passes(model.net, [document]), two_passes(again.net, [document]), strict=True):
            assert torch.equal(mine, other)


def test_plain_transformers_loads_the_backbone_of_a_saved_model(model: Model, tmp_path: Path) -> None:
    folder.save(model.standalone(), tmp_path / "model")
    lm = AutoModelForImageTextToText.from_pretrained(tmp_path / "model" / "backbone")
    assert type(lm) is type(model.net.backbone.lm)
    state = lm.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in model.net.backbone.lm.state_dict().items())


def test_in_bfloat16_it_reads_and_draws(family: str, new_pretrained: Callable[..., Model], tmp_path: Path) -> None:
    """A frozen backbone in 16 bits; queries, rows and what comes after them stay in 32."""
    model = new_pretrained(family, dtype="bfloat16")
    assert {p.dtype for p in model.net.backbone.parameters()} == {torch.bfloat16}
    assert {p.dtype for p in model.net.reader.parameters()} == {torch.float32}
    picture = Mini4o(model).draw("Draw a red ball.")
    assert picture.size == (32, 32)
    folder.save(model, tmp_path / "model")
    again = folder.load(tmp_path / "model")
    assert {p.dtype for p in again.net.backbone.parameters()} == {torch.bfloat16}
    assert Mini4o(again).draw("Draw a red ball.").tobytes() == picture.tobytes()
