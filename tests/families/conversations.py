"""Conversations of text, read pictures and drawings, and the two ways to compute them."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

import golden
from mini4o import chance
from mini4o.conversation.layout import Document, expand
from mini4o.conversation.parts import parse_conversation
from mini4o.model.batch import collate
from mini4o.model.net import Net
from mini4o.pretrained.model import Model

WIDE = golden.picture("green", 4, (40, 24))

# Text and read pictures alone: what the family's own processor takes too.
PLAIN: dict[str, list[dict[str, Any]]] = {
    "question": [golden.said("user", golden.text("What is two and two?"))],
    "turns": [
        golden.said("user", golden.text("What is two and two?")),
        golden.said("assistant", golden.text("Four. 你好 🎨")),
        golden.said("user", golden.text("Add a box.\n"), golden.text("Make it blue.")),
    ],
    "system": [
        golden.said("system", golden.text("You are a cat.")),
        golden.said("user", golden.text("What colour is the ball?")),
    ],
    "picture": golden.READ,
    "pictures": [
        golden.said(
            "user", golden.text("Here: "), golden.read(WIDE), golden.read(golden.RED), golden.text("Describe.\n")
        ),
        golden.said("assistant", golden.text("A ball.")),
        golden.said("user", golden.read(golden.BOXED), golden.text("\n\nAnd this?")),
    ],
}

# Three drawings among text and pictures: one read back, one an edit with text after it, one at the end.
TALK = [
    golden.said("user", golden.read(WIDE), golden.text("Draw a red ball.")),
    golden.said("assistant", golden.drawn(golden.RED), golden.read(golden.RED), golden.text(" Done.")),
    golden.said("user", golden.text("Make it blue.")),
    golden.said("assistant", golden.drawn(golden.BLUE, source=[2, 1]), golden.text("Here it is.")),
    golden.said("user", golden.text("Add a box. 你好")),
    golden.said("assistant", golden.drawn(golden.BOXED)),
]


def documents(model: Model) -> list[Document]:
    """Of unequal length, with and without pictures and drawings."""
    builder = model.builder()
    some = [TALK, golden.TEXT_ONLY, golden.SINGLE, golden.EDIT, PLAIN["pictures"]]
    return [builder.document(parse_conversation(messages)) for messages in some]


def two_passes(net: Net, docs: Sequence[Document]) -> tuple[Tensor, Tensor]:
    """Hidden states (documents, tokens, width), and those of the queries (spans, queries, width)."""
    batch = collate(docs, 0)
    hidden, keys = net.read(batch)
    states = net.read_spans(batch, keys) if batch.spans else torch.zeros(0, net.spec.queries, hidden.shape[-1])
    return hidden, states


def oracle(model: Model, document: Document) -> tuple[Tensor, Tensor]:
    """The same of one document from one masked pass: (tokens, width), (spans, queries, width)."""
    net, builder = model.net, model.builder()
    page = expand(document, builder.vocabulary, net.spec.queries)
    batch = collate([document], 0)
    hidden = net.read_masked(page, batch.pixels, batch.grids)
    span = torch.tensor(page.span)
    states = [hidden[span == i][1:-1] for i in range(len(document.spans))]
    empty = torch.zeros(0, net.spec.queries, hidden.shape[-1])
    return hidden[span == -1], torch.stack(states) if states else empty


def scalar(hidden: Tensor, states: Tensor) -> Tensor:
    """A loss that looks at every number differently."""
    weigh = [chance.normal(tuple(x.shape), 0, "weights", i) for i, x in enumerate((hidden, states))]
    return (hidden * weigh[0]).sum() + (states.sin() * weigh[1]).sum()


def gradients(net: Net, loss: Tensor) -> dict[str, Tensor]:
    net.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in net.named_parameters() if p.grad is not None}
