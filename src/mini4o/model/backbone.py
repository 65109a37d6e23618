"""The multimodal language model behind one narrow protocol. No state is kept on it between calls."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from mini4o.model.families import qwen2_5_vl
from mini4o.model.reader import Reader

KeyValues = list[tuple[Tensor, Tensor]]  # of each layer, (batch, heads, tokens, head width)


class ReadOnlyCache(DynamicCache):
    """Keys and values that a second pass attends to. `update` returns them joined and stores nothing, so the same
    keys serve many spans, keep their graph, and stay as they were."""

    def __init__(self, seen: KeyValues) -> None:
        super().__init__()
        self.seen = seen

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        keys, values = self.seen[layer_idx]
        return torch.cat([keys, key_states], 2), torch.cat([values, value_states], 2)


def key_values(cache: DynamicCache) -> KeyValues:
    """What a cache holds."""
    layers: list[Any] = cache.layers
    return [(layer.keys, layer.values) for layer in layers]


def additive(visible: Tensor, dtype: torch.dtype) -> Tensor:
    """A mask of bool as the float mask that every attention of `transformers` understands: 0 where visible, else the
    smallest number of the type (not -inf: a row that sees nothing must not become NaN)."""
    return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill(~visible, torch.finfo(dtype).min)


class Backbone(nn.Module):
    """
    Args:
        lm: the image-text-to-text model of `transformers`.
    """

    def __init__(self, lm: Any) -> None:
        super().__init__()
        self.lm = lm
        self.width = int(lm.config.text_config.hidden_size)
        self.vocabulary = int(lm.config.text_config.vocab_size)
        self.context = int(lm.config.text_config.max_position_embeddings)
        self.image_token = int(lm.config.image_token_id)

    def image_features(self, pixels: Tensor, grids: Tensor) -> Tensor:
        """(patches of all pictures, values), (pictures, 3) -> (image tokens of all pictures, width)."""
        return qwen2_5_vl.image_features(self.lm, pixels, grids)

    def embed(self, ids: Tensor, reader: Reader, features: Tensor | None) -> Tensor:
        """Input embeddings of ordinary tokens, (batch, tokens) -> (batch, tokens, width): vocabulary rows, rows of
        our own tokens, and image features in the places of the image tokens, in order."""
        own = ids >= self.vocabulary
        embeds: Tensor = self.lm.get_input_embeddings()(ids.masked_fill(own, 0))
        if own.any():
            rows = reader.rows_in[(ids - self.vocabulary).clamp(min=0)]
            embeds = torch.where(own[..., None], rows.to(embeds.dtype), embeds)
        if features is not None:
            embeds = embeds.masked_scatter((ids == self.image_token)[..., None], features.to(embeds.dtype))
        return embeds

    def forward(
        self, embeds: Tensor, positions: Tensor, *, mask: Tensor | None = None, cache: DynamicCache | None = None
    ) -> Tensor:
        """Final hidden states, after the last norm.

        Args:
            embeds: (batch, tokens, width).
            positions: (3, batch, tokens).
            mask: None for plain causal attention, else additive, (batch, 1, tokens, keys).
            cache: read and, unless it is read-only, extended.
        """
        out: Tensor = self.lm.model.language_model(
            inputs_embeds=embeds,
            position_ids=positions,
            attention_mask=mask,
            past_key_values=cache,
            use_cache=cache is not None,
        ).last_hidden_state
        return out

    def logits(self, hidden: Tensor, reader: Reader) -> Tensor:
        """(…, width) -> (…, vocabulary + own tokens)."""
        ours = hidden @ reader.rows_out.to(hidden.dtype).T
        return torch.cat([self.lm.get_output_embeddings()(hidden), ours], -1)
