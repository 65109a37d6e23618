"""What a training step keeps in memory for its backward pass.

The forward pass is run on the meta device, where tensors have no values, and each storage that autograd keeps is
counted once: so the count follows the real code, with frozen groups, source slots, gradient checkpointing and bf16.
What a GPU does otherwise is put in: matrix products in bf16 as autocast has them, copies of weights included;
attention that keeps queries, keys, values and result but no matrix of weights (FlashAttention, arXiv 2205.14135); an
RMSNorm in one piece, which keeps its input alone, where input and weight have one type.

The vision tower, whose shapes depend on values, goes by a formula instead: 34 bytes a layer, token and unit of width
with 16 bits, which is the formula of Korthikanti et al. (arXiv 2205.05198, section 4.1) without the matrix of
attention, twice that with 32 bits; only its input, 2 or 4 bytes, of a layer that is computed again.

Left out: what a frozen part computes and frees at once, and what the allocator and the libraries need.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map
from transformers.modeling_layers import GradientCheckpointingLayer

from mini4o.conversation.sizes import Size
from mini4o.model import flow
from mini4o.model.backbone import FirstPassCache, KeyValues
from mini4o.model.codec import Autoencoder
from mini4o.model.net import Net

META = torch.device("meta")
VISION_BYTES = 34
# What autocast computes in 16 bits, of what is used here.
PRODUCTS = {
    F.linear,
    F.conv1d,
    F.conv2d,
    F.scaled_dot_product_attention,
    torch.matmul,
    torch.bmm,
    torch.Tensor.matmul,
    torch.Tensor.__matmul__,
    torch.Tensor.bmm,
}


@dataclass(frozen=True)
class BatchShape:
    """Documents side by side.

    tokens: ordinary tokens of the longest. learnt: tokens that are predicted, of all. spans: drawings, each of which
    sees `seen` tokens at most. patches: of all pictures that are read, as the vision tower counts them.
    """

    documents: int
    tokens: int
    learnt: int
    spans: int
    seen: int
    patches: int


@dataclass(frozen=True)
class StepShape:
    """What one step computes on: its batches, and how many drawings of each size."""

    batches: tuple[BatchShape, ...]
    drawings: Mapping[Size, int]


@dataclass(frozen=True)
class Activations:
    """In bytes. parts: what is kept, by freeze group. working: what the backward pass needs for a moment beside it: the
    largest layer that is computed again, and two gradients of the largest tensor. encoding: what the codec needs for
    the pictures, before anything else is kept."""

    parts: dict[str, int]
    working: int
    encoding: int


class _Attention(torch.autograd.Function):
    """Stands for fused attention: the shape of its result, and what it keeps."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        out = query.new_empty((*query.shape[:-1], value.shape[-1]))
        sums = query.new_empty(query.shape[:-1], dtype=torch.float32)
        ctx.save_for_backward(query, key, value, out, sums, *(() if mask is None else (mask,)))
        return out


class _Norm(torch.autograd.Function):
    """Stands for a fused RMSNorm, likewise."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(values, weight, values.new_empty(values.shape[:-1]))
        return torch.empty_like(values)


class Kept(TorchFunctionMode):
    """Counts bytes, by freeze group. Inside `of`, code runs as on a GPU and what autograd keeps is counted.

    Args:
        net: on the meta device; its own tensors are not counted.
        bf16: products are in bf16.
    """

    def __init__(self, net: nn.Module, bf16: bool) -> None:
        super().__init__()
        self.parts: dict[str, int] = defaultdict(int)
        self.again = self.largest = 0
        self._bf16, self._part = bf16, ""
        self._copies: dict[int, Tensor] = {}  # of the net's own weights, by identity
        # Kept alive: the place of a storage that has gone may be given to another.
        self._seen = {_place(tensor): tensor for tensor in (*net.parameters(), *net.buffers())}

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Count what is kept inside under the name of a group."""
        self._part = part
        with self, saved_tensors_hooks(self.keep, _not_backward):
            yield

    def keep(self, tensor: Tensor) -> Tensor:
        """Count the storage of a tensor if that is new."""
        if _place(tensor) not in self._seen:
            self._seen[_place(tensor)] = tensor
            self.parts[self._part] += _bytes(tensor)
            self.largest = max(self.largest, _bytes(tensor))
        return tensor

    def recompute(self, function: Callable[..., Any], *args: Any) -> Any:
        """In place of `torch.utils.checkpoint.checkpoint`: only what goes in is kept; all else comes again, layer after
        layer, in the backward pass."""
        for leaf in tree_leaves((args, getattr(function, "keywords", {}))):
            if isinstance(leaf, Tensor):
                self.keep(leaf)
        inside: dict[int, Tensor] = {}

        def pack(tensor: Tensor) -> Tensor:
            if _place(tensor) not in self._seen:
                inside[_place(tensor)] = tensor
            return tensor

        with saved_tensors_hooks(pack, _not_backward):
            out = function(*args)
        self.again = max(self.again, sum(map(_bytes, inside.values())))
        return out

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self._bf16 and func in PRODUCTS:
            args, kwargs = tree_map(self._cast, (args, kwargs))
        if func is F.scaled_dot_product_attention:
            mask = kwargs.get("attn_mask", args[3] if len(args) > 3 else None)
            return _Attention.apply(*args[:3], mask)  # type: ignore[no-untyped-call]
        if func in (F.rms_norm, torch.rms_norm):
            values, weight = args[0], kwargs.get("weight", args[2] if len(args) > 2 else None)
            if weight is not None and weight.dtype == values.dtype:
                return _Norm.apply(values, weight)  # type: ignore[no-untyped-call]
        return func(*args, **kwargs)

    def _cast(self, value: Any) -> Any:
        if not isinstance(value, Tensor) or value.dtype != torch.float32:
            return value
        if not (value.is_leaf and value.requires_grad):
            return value.to(torch.bfloat16)
        if id(value) not in self._copies:  # autocast makes one copy of a weight that trains
            self._copies[id(value)] = value.to(torch.bfloat16)
        return self._copies[id(value)]


def activations(net: Net, shape: StepShape, *, reading: bool, text: bool, words: bool, bf16: bool) -> Activations:
    """What a step keeps, as `training/losses.py` computes it.

    Args:
        net: on the meta device, its groups frozen as in the stage, and set to compute layers again where it does.
        reading: gradients run through pass 1. text, words: there is a loss on tokens; there is one on words seen.
        bf16: matrix products are in bf16.
    """
    net.train()
    kept = Kept(net, bf16)
    layers: list[Any] = [each for each in net.backbone.lm.modules() if isinstance(each, GradientCheckpointingLayer)]
    for layer in layers:
        if layer.gradient_checkpointing:
            layer._gradient_checkpointing_func = kept.recompute
    if net.dit.model.is_gradient_checkpointing:
        net.dit.model.enable_gradient_checkpointing(kept.recompute)
    states = [
        state for batch in shape.batches if text or batch.spans for state in _of_batch(net, batch, kept, reading, text)
    ]
    if states:
        with kept.of("connector"):
            together = torch.cat(states)
            condition = net.connector(together, torch.zeros(len(together), dtype=torch.bool, device=META)).float()
        with kept.of("dit"):
            for size, count in shape.drawings.items():
                _draw(net, size, condition[:count])
    patches = sum(batch.patches for batch in shape.batches)
    for group, some in _vision(net, patches, bf16).items():
        kept.parts[group] += some
    if words:  # logits, and their logarithms, for each document
        kept.parts["head"] += 8 * net.backbone.vocabulary * sum(batch.documents for batch in shape.batches)
    return Activations(dict(kept.parts), kept.again + 2 * kept.largest, _encoding(net, shape))


def _of_batch(net: Net, batch: BatchShape, kept: Kept, reading: bool, text: bool) -> list[Tensor]:
    """Both passes of the language model over a batch; query states, if there are drawings."""
    groups = net.groups()
    moves = any(p.requires_grad for name in ("vision", "merger", "language", "rows") for p in groups[name].values())
    dtype = net.backbone.lm.get_input_embeddings().weight.dtype
    shape = batch.documents, batch.tokens, net.backbone.width
    embeds = torch.empty(shape, dtype=dtype, device=META, requires_grad=reading and moves)
    cache = FirstPassCache()
    with kept.of("language"), nullcontext() if reading else torch.no_grad():
        hidden = net.backbone(embeds, _positions(batch.documents, batch.tokens), cache=cache)
        for tensor in (each for layer in cache.seen for each in layer):
            kept.keep(tensor)
    if text and batch.learnt:
        with kept.of("language" if net.backbone.tied else "head"):
            chosen = torch.empty(
                batch.learnt, net.backbone.width, dtype=hidden.dtype, device=META, requires_grad=hidden.requires_grad
            )
            logits = net.backbone.logits(kept.keep(chosen), net.reader)
            F.cross_entropy(logits.float(), torch.zeros(batch.learnt, dtype=torch.long, device=META))
    if not batch.spans:
        return []
    with kept.of("language"):
        seen: KeyValues = [(_rows(keys, batch), _rows(values, batch)) for keys, values in cache.seen]
        if _recomputes([net.backbone.lm]):  # layers that are computed again need their keys again
            for tensor in (each for layer in seen for each in layer):
                kept.keep(tensor)
        at = torch.zeros(batch.spans, dtype=torch.long, device=META)
        return [net.query_states(seen, at, _positions(batch.spans, net.spec.queries + 2))]


def _positions(rows: int, tokens: int) -> Tensor:
    return torch.zeros(3, rows, tokens, dtype=torch.long, device=META)


def _rows(states: Tensor, batch: BatchShape) -> Tensor:
    """Keys or values of the documents of spans, a copy."""
    shape = batch.spans, states.shape[1], batch.seen, states.shape[3]
    return torch.empty(shape, dtype=states.dtype, device=META, requires_grad=states.requires_grad)


def _draw(net: Net, size: Size, condition: Tensor) -> None:
    """The DiT's pass and its loss over the drawings of a size."""
    width, height = size[0] // net.codec.factor, size[1] // net.codec.factor
    x = torch.empty(len(condition), net.codec.channels, height, width, device=META)
    sources = torch.empty(len(condition), net.spec.sources * net.codec.channels, height, width, device=META)
    t = torch.empty(len(condition), device=META)
    output = net.predict(x, sources, t, condition)
    v = flow.velocity(output, x, t, net.spec.flow)
    flow.loss(v, x, x, x, t, net.spec.flow)


def _vision(net: Net, patches: int, bf16: bool) -> dict[str, int]:
    """By the formula; the merger counts as one layer."""
    groups = net.groups()
    config = net.backbone.lm.config.vision_config
    wide = 1 if bf16 or next(iter(groups["vision"].values())).dtype == torch.bfloat16 else 2
    layer = VISION_BYTES * wide * patches * int(config.hidden_size)
    layers = int(getattr(config, "depth", 0) or config.num_hidden_layers)
    again = _recomputes(net.backbone.parts()["vision"])
    trains = {group: any(p.requires_grad for p in groups[group].values()) for group in ("vision", "merger")}
    tower = layer + layers * 2 * wide * patches * int(config.hidden_size) if again else layers * layer
    return {"vision": tower * trains["vision"], "merger": layer * any(trains.values())}


def _recomputes(modules: list[nn.Module]) -> bool:
    """Whether their layers are computed again in the backward pass."""
    layers = (each for module in modules for each in module.modules() if isinstance(each, GradientCheckpointingLayer))
    return any(layer.gradient_checkpointing for layer in layers)


@torch.no_grad()
def _encoding(net: Net, shape: StepShape) -> int:
    """The most that a module of the autoencoder has at once: what goes in, what comes out, and the input of the block
    around it, which waits to be added."""
    if not isinstance(net.codec, Autoencoder):
        return 0
    most = 0

    def watch(module: nn.Module, args: Any, out: Any) -> None:
        nonlocal most
        around = sum(_bytes(leaf) for leaf in tree_leaves(args) if isinstance(leaf, Tensor))
        most = max(most, 2 * around + sum(_bytes(leaf) for leaf in tree_leaves(out) if isinstance(leaf, Tensor)))

    leaves = [module for module in net.codec.modules() if not list(module.children())]
    hooks = [module.register_forward_hook(watch) for module in leaves]
    for size, count in shape.drawings.items():
        net.codec.encode(torch.empty(count, 3, size[1], size[0], device=META))
    for hook in hooks:
        hook.remove()
    return most


def _place(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _bytes(tensor: Tensor) -> int:
    return int(tensor.untyped_storage().nbytes())


def _not_backward(_: Any) -> Tensor:
    raise NotImplementedError("there is nothing to go back through on the meta device")
