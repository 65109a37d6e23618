"""Who sees whom, computed: two passes, the masked oracle, batches, freeze groups."""

from collections.abc import Callable, Sequence
from typing import Any

import PIL.Image
import pytest
import torch
from torch import Tensor

from mini4o import chance
from mini4o.conversation.layout import IGNORE, Document, expand
from mini4o.conversation.parts import parse_conversation
from mini4o.conversation.tokens import OWN_TOKENS
from mini4o.model import flow
from mini4o.model.batch import collate, sourced
from mini4o.model.codec import to_pixels
from mini4o.model.net import GROUPS, Net
from mini4o.pretrained.model import Model

Pictures = Callable[..., PIL.Image.Image]


def talk(picture: Pictures, *, drawings: bool = True) -> list[Any]:
    """Two turns with text, read pictures and three drawings, one of them an edit, each read back but the last."""

    def drawn(seed: int, back: bool = True, **more: Any) -> list[Any]:
        part = {"type": "image_gen", "image": picture(seed), "size": [32, 32], **more}
        return ([part] if drawings else []) + ([{"type": "image", "image": picture(seed)}] if back else [])

    return [
        {
            "role": "user",
            "content": [{"type": "image", "image": picture(1, (40, 24))}, {"type": "text", "text": "Two cats."}],
        },
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "Here: "}, *drawn(2), {"type": "text", "text": " and"}, *drawn(3)],
        },
        {"role": "user", "content": "Make it green. 你好 🎨"},
        {"role": "assistant", "content": [*drawn(4, back=False)]},
    ]


def documents(model: Model, picture: Pictures) -> list[Document]:
    """Documents of unequal length, with three, none, one and two drawings."""
    short = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello, here I am to answer."}]
    one = [
        {"role": "user", "content": "Draw a cat."},
        {"role": "assistant", "content": [{"type": "image_gen", "image": picture(5, (48, 32))}]},
    ]
    edit = [
        {
            "role": "user",
            "content": [{"type": "image", "image": picture(6)}, {"type": "text", "text": "Green and then blue."}],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "image_gen", "source": [1], "image": picture(7)},
                {"type": "image", "image": picture(7)},
                {"type": "image_gen", "source": [2, 1], "image": picture(8)},
            ],
        },
    ]
    builder = model.builder()
    return [builder.document(parse_conversation(c)) for c in (talk(picture), short, one, edit)]


def two_passes(net: Net, docs: Sequence[Document]) -> tuple[Tensor, Tensor]:
    batch = collate(docs, 0)
    hidden, keys = net.read(batch)
    return hidden, net.read_spans(batch, keys)


def oracle(net: Net, model: Model, document: Document) -> tuple[Tensor, Tensor]:
    """The same from one masked pass: hidden states of the ordinary tokens, and those of the queries of each span."""
    page = expand(document, model.builder().vocabulary, net.spec.queries)
    batch = collate([document], 0)
    hidden = net.read_masked(page, batch.pixels, batch.grids)
    span = torch.tensor(page.span)
    width = hidden.shape[-1]
    states = [hidden[span == i][1:-1] for i in range(len(document.spans))]
    return hidden[span == -1], torch.stack(states) if states else torch.zeros(0, net.spec.queries, width)


@pytest.fixture(params=["sdpa", "eager"])
def attention(request: pytest.FixtureRequest, new_tiny: Callable[..., Model]) -> Model:
    model = new_tiny(seed=1)
    model.net.backbone.lm.set_attn_implementation(request.param)
    return model


def test_two_passes_give_the_hidden_states_of_the_masked_pass(attention: Model, picture: Pictures) -> None:
    net = attention.net
    docs = documents(attention, picture)
    with torch.no_grad():
        hidden, states = two_passes(net, docs)
        done = 0
        for row, document in enumerate(docs):
            ordinary, spans = oracle(net, attention, document)
            torch.testing.assert_close(hidden[row, : len(document)], ordinary, atol=2e-5, rtol=1e-4)
            torch.testing.assert_close(states[done : done + len(spans)], spans, atol=2e-5, rtol=1e-4)
            done += len(spans)
    assert done == len(states) == 6
    assert hidden.abs().mean() > 0.1  # the comparison is of something
    assert (states[0] - states[1]).abs().mean() > 0.02


def gradients(net: Net, loss: Tensor) -> dict[str, Tensor]:
    net.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in net.named_parameters() if p.grad is not None}


def scalar(hidden: Tensor, states: Tensor) -> Tensor:
    """A loss that looks at every number differently."""
    weigh = [chance.normal(tuple(x.shape), 0, "weights", i) for i, x in enumerate((hidden, states))]
    return (hidden * weigh[0]).sum() + (states.sin() * weigh[1]).sum()


def test_two_passes_give_the_gradients_of_the_masked_pass(attention: Model, picture: Pictures) -> None:
    """With the MLLM trained: queries, rows, language and vision, through the keys too."""
    net = attention.net
    document = documents(attention, picture)[0]
    hidden, states = two_passes(net, [document])
    mine = gradients(net, scalar(hidden[0], states))
    truth = gradients(net, scalar(*oracle(net, attention, document)))
    assert mine.keys() == truth.keys()
    seen = {group for group, members in net.groups().items() if any(name in mine for name in members)}
    assert seen == {"vision", "merger", "language", "rows", "queries"}
    for name, gradient in truth.items():
        scale = gradient.abs().max().clamp(min=1e-3)
        torch.testing.assert_close(mine[name] / scale, gradient / scale, atol=1e-4, rtol=1e-3, msg=name)


def test_with_the_mllm_frozen_only_pass_one_loses_its_graph(attention: Model, picture: Pictures) -> None:
    net = attention.net
    document = documents(attention, picture)[3]
    batch = collate([document], 0)
    with torch.no_grad():
        hidden, keys = net.read(batch)
    mine = gradients(net, scalar(hidden[0], net.read_spans(batch, keys)))
    truth = gradients(net, scalar(*oracle(net, attention, document)))
    name = "reader.queries"
    torch.testing.assert_close(mine[name], truth[name], atol=1e-4, rtol=1e-3)
    assert truth[name].abs().max() > 1e-3
    assert not any("visual" in other for other in mine)


def test_no_query_changes_any_ordinary_token(new_tiny: Callable[..., Model], picture: Pictures) -> None:
    model = new_tiny(seed=2)
    net, document = model.net, documents(model, picture)[0]

    def logits() -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            hidden, spans = oracle(net, model, document)
            return net.backbone.logits(hidden, net.reader), spans

    before, spans_before = logits()
    with torch.no_grad():
        net.reader.queries.copy_(50 * chance.normal(tuple(net.reader.queries.shape), 9, "queries"))
    after, spans_after = logits()
    assert torch.equal(before, after)
    assert (spans_before - spans_after).abs().mean() > 0.1


def test_text_is_the_same_with_and_without_drawings_before_it(tiny_model: Model, picture: Pictures) -> None:
    builder, net = tiny_model.builder(), tiny_model.net
    drawn, plain = (builder.document(parse_conversation(talk(picture, drawings=d))) for d in (True, False))
    assert len(drawn.spans) == 3
    assert not plain.spans
    assert drawn.ids == plain.ids
    assert drawn.positions == plain.positions
    with torch.no_grad():
        both = [net.backbone.logits(two_passes_or_one(net, d), net.reader) for d in (drawn, plain)]
    assert torch.equal(*both)


def two_passes_or_one(net: Net, document: Document) -> Tensor:
    batch = collate([document], 0)
    hidden, keys = net.read(batch)
    if document.spans:
        net.read_spans(batch, keys)  # must leave nothing behind
        again, _ = net.read(batch)
        assert torch.equal(hidden, again)
    return hidden


def test_a_span_changes_with_what_is_before_it_and_not_with_what_is_after(tiny_model: Model, picture: Pictures) -> None:
    def states(text: str, later: str) -> Tensor:
        said = [
            {"role": "user", "content": text},
            {"role": "assistant", "content": [{"type": "image_gen", "size": [32, 32]}]},
            {"role": "user", "content": later},
        ]
        with torch.no_grad():
            return two_passes(tiny_model.net, [tiny_model.builder().document(parse_conversation(said))])[1]

    torch.testing.assert_close(
        states("A cat.", "Thanks."), states("A cat.", "No! Another one, please."), atol=1e-6, rtol=0
    )
    assert (states("A cat.", "Thanks.") - states("A dog.", "Thanks.")).abs().mean() > 1e-2


# Batches.


def test_a_batch_is_each_of_its_documents_alone(tiny_model: Model, picture: Pictures) -> None:
    net, docs = tiny_model.net, documents(tiny_model, picture)
    with torch.no_grad():
        hidden, states = two_passes(net, docs)
        conditions = net.connector(states, sourced(collate(docs, 0).spans))
        rows = collate(docs, 0).rows
        assert rows == [0, 0, 0, 2, 3, 3]
        for row, document in enumerate(docs):
            batch = collate([document], 0)
            alone, keys = net.read(batch)
            torch.testing.assert_close(hidden[row, : len(document)], alone[0], atol=2e-5, rtol=1e-4)
            if document.spans:
                mine = torch.tensor([r == row for r in rows])
                expected = net.connector(net.read_spans(batch, keys), sourced(batch.spans))
                torch.testing.assert_close(conditions[mine], expected, atol=1e-4, rtol=1e-4)


def test_pictures_of_one_conversation_never_reach_another(tiny_model: Model, picture: Pictures) -> None:
    net, docs = tiny_model.net, documents(tiny_model, picture)
    edit = [
        {"role": "user", "content": [{"type": "image", "image": picture(99)}, {"type": "text", "text": "Blue."}]},
        {"role": "assistant", "content": [{"type": "image_gen", "source": [1], "size": [32, 32]}]},
    ]
    other = tiny_model.builder().document(parse_conversation(edit))
    with torch.no_grad():
        one, one_spans = two_passes(net, [*docs[:3], docs[3]])
        two, two_spans = two_passes(net, [*docs[:3], other])
    length = min(one.shape[1], two.shape[1])
    torch.testing.assert_close(one[:3, :length], two[:3, :length], atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(one_spans[:4], two_spans[:4], atol=2e-5, rtol=1e-4)
    assert (one_spans[4] - two_spans[4]).abs().mean() > 1e-2


def weighed_losses(net: Net, docs: Sequence[Document]) -> tuple[Tensor, int, Tensor, int]:
    """Sums over tokens and over pictures, and how many there are of each: as training has them, with times and noise
    that follow the picture."""
    batch = collate(docs, 0)
    hidden, keys = net.read(batch)
    trained = batch.labels != IGNORE
    logits = net.backbone.logits(hidden[trained], net.reader)
    text = torch.nn.functional.cross_entropy(logits, batch.labels[trained], reduction="sum")
    image = torch.zeros(())
    if batch.spans:
        condition = net.connector(net.read_spans(batch, keys), sourced(batch.spans))
        for index, (span, row) in enumerate(zip(batch.spans, batch.rows, strict=True)):
            assert span.target is not None
            x = net.codec.encode(to_pixels(span.target)[None])
            noise, t = chance.normal(tuple(x.shape), 0, "noise", span.at), torch.tensor([0.3 + 0.001 * span.at])
            x_t = flow.mix(x, noise, t)
            sources = net.source_latents([batch.documents[row].images[s].picture for s in span.sources], span.size)
            output = net.dit(x_t, sources, t, condition[index : index + 1])
            v = flow.velocity(output, x_t, t, net.spec.flow)
            image = image + flow.loss(v, x, x_t, noise, t, net.spec.flow).sum()
    return text, int(trained.sum()), image, len(batch.spans)


def test_the_losses_of_a_batch_are_those_of_its_documents(tiny_model: Model, picture: Pictures) -> None:
    docs = documents(tiny_model, picture)
    with torch.no_grad():
        text, tokens, image, pictures = weighed_losses(tiny_model.net, docs)
        alone = [weighed_losses(tiny_model.net, [document]) for document in docs]
    assert (tokens, pictures) == (sum(a[1] for a in alone), sum(a[3] for a in alone))
    assert pictures == 6
    torch.testing.assert_close(text, sum((a[0] for a in alone), torch.zeros(())), rtol=1e-4, atol=0)
    torch.testing.assert_close(image, sum((a[2] for a in alone), torch.zeros(())), rtol=1e-4, atol=0)


# Sources.


def test_sources_are_fitted_into_their_slots_and_the_others_are_zero(tiny_model: Model, picture: Pictures) -> None:
    net = tiny_model.net
    channels = net.codec.channels
    first, second = picture(1, (48, 32)), picture(2, (96, 64))
    latents = net.source_latents([first, second, picture(3)], (48, 32))  # a third has no slot
    assert latents.shape == (1, 2 * channels, 4, 6)
    assert torch.equal(latents[:, :channels], net.codec.encode(to_pixels(first)[None]))
    assert latents[:, channels:].abs().sum() > 0
    assert torch.equal(net.source_latents([first, second], (48, 32)), latents)
    one = net.source_latents([first], (48, 32))
    assert torch.equal(one[:, :channels], latents[:, :channels])
    assert not one[:, channels:].any()
    assert not net.source_latents([], (48, 32)).any()


# Freeze groups.

STAGES = {
    "understand": ["vision", "merger", "language", "head"],
    "connect": ["queries", "connector", "dit", "source_in"],
    "unify": ["merger", "language", "head", "rows", "queries", "connector", "dit", "source_in"],
}


@pytest.mark.parametrize("tied", [True, False])
def test_every_parameter_is_in_exactly_one_group(new_tiny: Callable[..., Model], tiny_model: Model, tied: bool) -> None:
    spec = tiny_model.spec.model_dump()
    backbone = {**spec["backbone"], "config": {**spec["backbone"]["config"], "tie_word_embeddings": tied}}
    net = new_tiny(backbone=backbone).net
    groups = net.groups()
    assert tuple(groups) == GROUPS
    named = [name for members in groups.values() for name in members]
    assert sorted(named) == sorted(dict(net.named_parameters()))
    assert all(parameter is dict(net.named_parameters())[n] for g in groups.values() for n, parameter in g.items())
    empty = {group for group, members in groups.items() if not members}
    assert empty == {"codec", "language_adapter", "dit_adapter", *(["head"] if tied else [])}
    if not tied:
        assert list(groups["head"]) == ["backbone.lm.lm_head.weight"]
    assert set(groups["queries"]) == {"reader.queries"}
    assert set(groups["rows"]) == {"reader.rows_in", "reader.rows_out"}
    assert len(groups["source_in"]) == 1


@pytest.mark.parametrize("stage", list(STAGES))
def test_frozen_groups_stay_bit_for_bit_with_weight_decay_on(
    new_tiny: Callable[..., Model], picture: Pictures, stage: str
) -> None:
    model = new_tiny(seed=3)
    net, docs = model.net, documents(model, picture)
    groups = net.groups()
    for group, members in groups.items():
        for parameter in members.values():
            parameter.requires_grad_(group in STAGES[stage])
    trained = [p for group in STAGES[stage] for p in groups[group].values()]
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    optimiser = torch.optim.AdamW(trained, lr=1e-2, weight_decay=0.5)
    for _ in range(2):
        text, tokens, image, pictures = weighed_losses(net, docs)
        optimiser.zero_grad()
        (text / tokens + image / pictures).backward()
        optimiser.step()
    moved = {group: [not torch.equal(before[n], p) for n, p in members.items()] for group, members in groups.items()}
    for group, which in moved.items():
        assert all(which) if group in STAGES[stage] else not any(which), group
    lm = net.backbone.lm
    assert lm.get_output_embeddings().weight is lm.get_input_embeddings().weight  # a tied head moves with language


def test_the_rows_of_our_own_tokens_are_outside_the_vocabulary(tiny_model: Model) -> None:
    net = tiny_model.net
    ids = torch.tensor([[1, net.backbone.vocabulary, net.backbone.vocabulary + len(OWN_TOKENS) - 1]])
    with torch.no_grad():
        embeds = net.backbone.embed(ids, net.reader, None)
        assert torch.equal(embeds[0, 1:], net.reader.rows_in[[0, -1]])
        hidden = chance.normal((3, net.backbone.width), 0, "hidden")
        logits = net.backbone.logits(hidden, net.reader)
        assert logits.shape == (3, net.backbone.vocabulary + len(OWN_TOKENS))
        torch.testing.assert_close(logits[:, : net.backbone.vocabulary], net.backbone.lm.lm_head(hidden))
        torch.testing.assert_close(logits[:, net.backbone.vocabulary :], hidden @ net.reader.rows_out.T)
    start = tiny_model.tokenizer.convert_tokens_to_ids("<|vision_start|>")
    assert torch.equal(net.reader.rows_in[0], net.backbone.lm.get_input_embeddings().weight[start])
