"""The net: two forward passes over a batch of documents.

ordinary tokens --(1)--> hidden states, keys --(2, the spans against those keys)--> query states
    --> connector --> condition --> DiT --> velocity
"""

import re
from collections.abc import Sequence

import PIL.Image
import torch
from torch import Tensor, nn

from mini4o.chance import generator
from mini4o.conversation.layout import Expanded, visible
from mini4o.conversation.sizes import fit
from mini4o.conversation.tokens import DRAW_END, DRAW_PAD, DRAW_START, OWN_TOKENS
from mini4o.model.backbone import Backbone, FirstPassCache, KeyValues, ReadOnlyCache, additive
from mini4o.model.batch import Batch, place_spans
from mini4o.model.codec import Codec, to_pixels
from mini4o.model.connector import Connector
from mini4o.model.dit import Dit
from mini4o.model.features import Features
from mini4o.model.reader import Reader
from mini4o.model.spec import ModelSpec

GROUPS = (
    *("vision", "merger", "language", "head", "rows", "queries", "connector", "dit", "source_in", "codec"),
    *("language_adapter", "dit_adapter"),  # beside the weights of the groups that they are named after
)
ADAPTER_WEIGHT = re.compile(r"\.lora_[AB]\.")  # in names, as `peft` gives them


class Net(nn.Module):
    """All weights of a model, and what they compute. Knows nothing of files, training or serving."""

    def __init__(self, spec: ModelSpec, backbone: Backbone, dit: Dit, codec: Codec, seed: int = 0) -> None:
        super().__init__()
        self.spec = spec
        self.backbone = backbone
        self.reader = Reader(spec.queries, backbone.width, spec.query_std, generator(seed, "queries"))
        self.connector = Connector(spec.connector, spec.queries, backbone.width, dit.width, dit.pooled)
        self.dit = dit
        self.codec = codec

    def groups(self) -> dict[str, dict[str, nn.Parameter]]:
        """The freeze groups: every parameter of the net by name, each in exactly one group."""
        of_module = {module: group for group, modules in self.backbone.parts().items() for module in modules}
        group_of = {id(p): group for module, group in of_module.items() for p in module.parameters()}
        group_of |= {id(self.reader.queries): "queries"}
        group_of |= {id(self.reader.rows_in): "rows", id(self.reader.rows_out): "rows"}
        group_of |= {id(p): "connector" for p in self.connector.parameters()}
        group_of |= {id(p): "dit" for p in self.dit.parameters()}
        group_of |= {id(p): "source_in" for p in self.dit.source_parameters().values()}
        group_of |= {id(p): "codec" for p in self.codec.parameters()}
        groups: dict[str, dict[str, nn.Parameter]] = {group: {} for group in GROUPS}
        for name, parameter in self.named_parameters():
            group = group_of[id(parameter)]
            groups[f"{group}_adapter" if ADAPTER_WEIGHT.search(name) else group][name] = parameter
        return groups

    def read(self, batch: Batch, features: Features | None = None) -> tuple[Tensor, KeyValues]:
        """Pass 1: all ordinary tokens, causally. Hidden states (documents, tokens, width), and the keys for pass 2.

        `features` of the batch's pictures, if they are known already.
        """
        if features is None and batch.pixels is not None and batch.grids is not None:
            features = self.backbone.image_features(batch.pixels, batch.grids)
        embeds = self.backbone.embed(batch.ids, self.reader, features)
        cache = FirstPassCache()
        hidden = self.backbone(embeds, batch.positions, cache=cache, ids=batch.ids, features=features)
        return hidden, cache.seen

    def query_states(self, keys: KeyValues, at: Tensor, positions: Tensor) -> Tensor:
        """Pass 2: spans against the keys of their documents, one row a span.

        Args:
            keys: of each layer, (spans, heads, tokens, head width).
            at: how many of those tokens each span sees, (spans,).
            positions: (3, spans, queries + 2).

        Returns:
            Final hidden states of the queries, (spans, queries, width).
        """
        spans, length = positions.shape[1:]
        embeds = self.span_embeds().expand(spans, -1, -1)
        tokens = keys[0][0].shape[2]
        before = torch.arange(tokens, device=at.device)[None] < at[:, None]
        itself = torch.ones(length, length, dtype=torch.bool, device=at.device).tril()
        see = torch.cat([before[:, None].expand(-1, length, -1), itself.expand(spans, -1, -1)], -1)
        mask = additive(see[:, None], embeds.dtype)
        hidden: Tensor = self.backbone(embeds, positions, mask=mask, cache=ReadOnlyCache(keys))
        states = hidden[:, 1:-1]
        # A frozen backbone may be kept in 16 bits; what learns is fp32.
        return states if embeds.dtype == self.reader.queries.dtype else states.to(self.reader.queries.dtype)

    def span_embeds(self) -> Tensor:
        """Start row, queries, end row: (queries + 2, width)."""
        rows = self.reader.rows_in
        start, end = OWN_TOKENS.index(DRAW_START), OWN_TOKENS.index(DRAW_END)
        span = torch.cat([rows[start : start + 1], self.reader.queries, rows[end : end + 1]])
        return span.to(self.backbone.lm.get_input_embeddings().weight.dtype)

    def read_spans(self, batch: Batch, keys: KeyValues) -> Tensor:
        """Pass 2 for all spans of a batch: (spans, queries, width)."""
        device = batch.ids.device
        rows = torch.tensor(batch.rows, device=device)
        at = torch.tensor([span.at for span in batch.spans], device=device)
        longest = int(at.max())
        seen = [(k[rows, :, :longest], v[rows, :, :longest]) for k, v in keys]
        return self.query_states(seen, at, place_spans(batch.spans, self.spec.queries).to(device))

    def predict(self, x_t: Tensor, sources: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        """What the DiT says of noisy latents, given the connector's condition; shapes as of `Dit.forward`."""
        out: Tensor = self.dit(x_t, sources, t, condition, self.connector.pooled(condition))
        return out

    def tokens(self, size: tuple[int, int]) -> int:
        """How many tokens of the DiT a picture of a size (width, height) is."""
        side = self.codec.factor * self.dit.patch
        return (size[0] // side) * (size[1] // side)

    def source_latents(self, pictures: Sequence[PIL.Image.Image], size: tuple[int, int]) -> Tensor:
        """Sources of one drawing fitted to its grid, in their slots: (1, slots * channels, height, width).

        Empty slots are zero; sources beyond the slots reach the DiT through the language model alone.
        """
        device = self.reader.queries.device
        width, height = size[0] // self.codec.factor, size[1] // self.codec.factor
        slots = torch.zeros(self.spec.sources, self.codec.channels, height, width, device=device)
        for slot, picture in enumerate(pictures[: self.spec.sources]):
            slots[slot] = self.codec.encode(to_pixels(fit(picture, size))[None].to(device))[0]
        return slots.flatten(0, 1)[None]

    def read_masked(self, expanded: Expanded, pixels: Tensor | None, grids: Tensor | None) -> Tensor:
        """The oracle of the tests: one masked pass over ordinary tokens and spans of one document together.

        Final hidden states of all tokens of the expanded document, (tokens, width).
        """
        device = self.reader.queries.device
        ids = torch.tensor(expanded.ids, device=device)
        pad = self.backbone.vocabulary + OWN_TOKENS.index(DRAW_PAD)
        features = None if pixels is None or grids is None else self.backbone.image_features(pixels, grids)
        embeds = self.backbone.embed(ids[None], self.reader, features)[0]
        count = int((ids == pad).sum()) // self.spec.queries
        queries = self.reader.queries.repeat(count, 1).to(embeds.dtype)
        embeds = embeds.masked_scatter((ids == pad)[:, None], queries)
        mask = additive(visible(expanded.span).to(device), embeds.dtype)
        positions = torch.tensor(expanded.positions, device=device).T[:, None]
        hidden: Tensor = self.backbone(
            embeds[None], positions, mask=mask[None, None], ids=ids[None], features=features
        )[0]
        return hidden
