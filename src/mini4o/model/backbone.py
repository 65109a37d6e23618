"""The multimodal language model behind one narrow protocol. No state is kept on it between calls."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import DynamicCache
from transformers.modeling_layers import GradientCheckpointingLayer

from mini4o.model.families import FAMILIES
from mini4o.model.families.family import Family
from mini4o.model.features import Features
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


class FirstPassCache(DynamicCache):
    """Keeps the keys and values of one pass from the front, in `seen`. It keeps what it was given first: a layer that
    is computed again for its gradient (checkpointing) gives the same once more."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: KeyValues = []

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        if layer_idx == len(self.seen):
            self.seen.append((key_states, value_states))
        return key_states, value_states


def key_values(cache: DynamicCache) -> KeyValues:
    """What a cache that grows holds."""
    layers: list[Any] = cache.layers
    return [(layer.keys, layer.values) for layer in layers]


def additive(visible: Tensor, dtype: torch.dtype) -> Tensor:
    """A mask of bool as the float mask that every attention of `transformers` understands: 0 where visible, else the
    smallest number of the type (not -inf: a row that sees nothing must not become NaN)."""
    return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill(~visible, torch.finfo(dtype).min)


class Backbone(nn.Module):
    """
    Args:
        lm: the image-text-to-text model of `transformers`, of one of the families.
    """

    def __init__(self, lm: Any) -> None:
        super().__init__()
        self.lm = lm
        self.width = int(lm.config.text_config.hidden_size)
        self.vocabulary = int(lm.config.text_config.vocab_size)
        self.context = int(lm.config.text_config.max_position_embeddings)
        self.image_token = int(lm.config.image_token_id)

    @property
    def family(self) -> Family:
        """What is particular to its kind. A module, which could not be copied with the weights if it were kept."""
        return FAMILIES[self.lm.config.model_type]

    @property
    def tile_tokens(self) -> int | None:
        """Image tokens of a tile, in families that cut pictures into tiles."""
        return self.family.tile_tokens(self.lm)

    @property
    def tied(self) -> bool:
        """Whether the head is the embedding."""
        return self.lm.get_output_embeddings().weight is self.lm.get_input_embeddings().weight

    def parts(self) -> dict[str, list[nn.Module]]:
        """The modules of each of its freeze groups. A tied head is the embedding and moves with `language`."""
        head = [] if self.tied else [self.lm.get_output_embeddings()]
        return {**self.family.parts(self.lm), "head": head}

    def checkpoint_gradients(self) -> None:
        """In training compute the layers a second time in the backward pass rather than keep what they computed."""
        # What the method of `transformers` does, whose name differs between its versions.
        layers: list[Any] = [each for each in self.lm.modules() if isinstance(each, GradientCheckpointingLayer)]
        for layer in layers:
            layer.gradient_checkpointing = True
            layer._gradient_checkpointing_func = partial(checkpoint, use_reentrant=False)
            # Else a layer drops the cache without a word. The caches of both passes bear being updated twice.
            layer._can_checkpoint_with_cache = True

    def image_features(self, pixels: Tensor, grids: Tensor) -> Features:
        """Of pictures as `layout.ReadImage` has them, joined along their first axes."""
        return self.family.image_features(self.lm, pixels, grids)

    def embed(self, ids: Tensor, reader: Reader, features: Features | None) -> Tensor:
        """Input embeddings of ordinary tokens, (batch, tokens) -> (batch, tokens, width): vocabulary rows, rows of
        our own tokens, and image features in the places of the image tokens, in order."""
        own = ids >= self.vocabulary
        embeds: Tensor = self.lm.get_input_embeddings()(ids.masked_fill(own, 0))
        if own.any():
            rows = reader.rows_in[(ids - self.vocabulary).clamp(min=0)]
            embeds = torch.where(own[..., None], rows.to(embeds.dtype), embeds)
        if features is not None:
            embeds = embeds.masked_scatter((ids == self.image_token)[..., None], features.tokens.to(embeds.dtype))
        return embeds

    def forward(
        self,
        embeds: Tensor,
        positions: Tensor,
        *,
        mask: Tensor | None = None,
        cache: DynamicCache | None = None,
        ids: Tensor | None = None,
        features: Features | None = None,
    ) -> Tensor:
        """Final hidden states, after the last norm.

        Args:
            embeds: (batch, tokens, width).
            positions: (3, batch, tokens).
            mask: None for plain causal attention, else additive, (batch, 1, tokens, keys).
            cache: read and, unless it is read-only, extended.
            ids, features: the same as were embedded, for families whose pictures enter later layers too.
        """
        more: dict[str, Any] = {}
        if features is not None and features.deep:
            deep = [layer.to(embeds.dtype) for layer in features.deep]
            more = {"visual_pos_masks": ids == self.image_token, "deepstack_visual_embeds": deep}
        out: Tensor = (
            self.lm.model.get_decoder()(
                inputs_embeds=embeds,
                position_ids=positions if self.family.MROPE else positions[0],
                attention_mask=mask,
                past_key_values=cache,
                use_cache=cache is not None,
                **more,
            )
        ).last_hidden_state
        return out

    def logits(self, hidden: Tensor, reader: Reader) -> Tensor:
        """(…, width) -> (…, vocabulary + own tokens)."""
        ours = hidden @ reader.rows_out.to(hidden.dtype).T
        return torch.cat([self.lm.get_output_embeddings()(hidden), ours], -1)
