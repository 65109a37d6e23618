"""Documents as tensors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mini4o.conversation.layout import IGNORE, Document, Span, span_positions


@dataclass(frozen=True)
class Batch:
    """Documents side by side, padded at the right, where causal attention never looks.

    ids, labels: (documents, tokens); positions: (3, documents, tokens); pixels: (patches of all pictures, values) and
    grids: (pictures, 3), or None; spans with, for each, the row of its document, and the rows' documents themselves.
    """

    ids: Tensor
    labels: Tensor
    positions: Tensor
    pixels: Tensor | None
    grids: Tensor | None
    spans: list[Span]
    rows: list[int]
    documents: Sequence[Document]

    def to(self, device: torch.device) -> "Batch":
        """The same on a device; spans and documents stay where they are."""
        names = ("ids", "labels", "positions", "pixels", "grids")
        tensors = {name: value.to(device) for name in names if (value := getattr(self, name)) is not None}
        return replace(self, **tensors)


def sourced(spans: Sequence[Span]) -> Tensor:
    """Which drawings have sources, bool, (spans,)."""
    return torch.tensor([bool(span.sources) for span in spans])


def place_spans(spans: Sequence[Span], queries: int) -> Tensor:
    """Positions of the tokens of spans, (3, spans, queries + 2)."""
    return torch.tensor([span_positions(span.position, queries) for span in spans]).permute(2, 0, 1)


def like_length(documents: Sequence[Document]) -> list[list[Document]]:
    """Documents in groups in which the longest is at most half as long again as the shortest; the short ones first.

    Side by side in one batch, a few long documents would make all the others as long.
    """
    groups: list[list[Document]] = []
    for document in sorted(documents, key=len):
        if not groups or len(document) > 1.5 * len(groups[-1][0]):
            groups.append([])
        groups[-1].append(document)
    return groups


def collate(documents: Sequence[Document], pad: int) -> Batch:
    """Documents to one batch; `pad` is any token of the vocabulary that is not an image token."""
    longest = max(len(document) for document in documents)
    ids = torch.full((len(documents), longest), pad)
    labels = torch.full((len(documents), longest), IGNORE)
    positions = torch.zeros(3, len(documents), longest, dtype=torch.long)
    for row, document in enumerate(documents):
        length = len(document)
        ids[row, :length] = torch.tensor(document.ids)
        labels[row, :length] = torch.tensor(document.labels)
        positions[:, row, :length] = torch.tensor(document.positions).T
    images = [image for document in documents for image in document.images]
    return Batch(
        ids,
        labels,
        positions,
        torch.cat([image.pixels for image in images]) if images else None,
        torch.tensor([image.grid for image in images]) if images else None,
        [span for document in documents for span in document.spans],
        [row for row, document in enumerate(documents) for _ in document.spans],
        documents,
    )
