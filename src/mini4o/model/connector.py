"""The connector: final hidden states of the queries -> conditioning of the DiT."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mini4o.model.spec import ConnectorSpec


class Standardise(nn.Module):
    """Each query's values brought to mean 0 and variance 1 over prompts, by running statistics.

    Drawings from sources and drawings from nothing have statistics of their own: they differ far more from each other
    than prompts of one kind do. Both training and inference divide by the running statistics (no gradient through
    them), so that what one prompt gives never depends on its neighbours in a batch. They move only while the connector
    trains.

    The connector has one at each end. Without the second, most of the condition is the same for every prompt (85 % of
    its power, measured on the digits), and the DiT learns to ignore the rest.
    """

    mean: Tensor
    square: Tensor
    count: Tensor

    def __init__(self, queries: int, width: int, momentum: float = 0.01) -> None:
        super().__init__()
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(2, queries, width))
        self.register_buffer("square", torch.ones(2, queries, width))
        self.register_buffer("count", torch.zeros(2))

    def observe(self, values: Tensor, sourced: Tensor) -> None:
        """Move the statistics towards those of a batch, (batch, queries, width); the first batches count in full.

        `sourced`: which of them are drawings from sources, bool, (batch,).
        """
        for kind in (0, 1):
            some = values.detach().float()[sourced == bool(kind)]
            if len(some):
                self.count[kind] += 1
                share = torch.clamp(1 / self.count[kind], min=self.momentum)
                self.mean[kind].lerp_(some.mean(0), share)
                self.square[kind].lerp_(some.square().mean(0), share)

    def forward(self, values: Tensor, sourced: Tensor) -> Tensor:
        kind = sourced.long()
        variance = (self.square - self.mean.square()).clamp(min=0)
        return ((values.float() - self.mean[kind]) * torch.rsqrt(variance + 1e-5)[kind]).to(values.dtype)


def rotary(length: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines of rotary position embedding (arXiv 2104.09864), each (length, width)."""
    rates = 10000 ** (-torch.arange(0, width, 2, device=device).float() / width)
    angles = torch.arange(length, device=device).float()[:, None] * rates
    angles = torch.cat([angles, angles], -1)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair of values of (…, length, width) by its angle."""
    a, b = x.chunk(2, -1)
    return x * cos.to(x.dtype) + torch.cat([-b, a], -1) * sin.to(x.dtype)


class Block(nn.Module):
    """Pre-norm attention over all queries, or those before, RMSNorm on queries and keys, then a GELU MLP of four times
    the width."""

    def __init__(self, width: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm1, self.norm2 = nn.RMSNorm(width), nn.RMSNorm(width)
        self.norm_q, self.norm_k = nn.RMSNorm(width // heads), nn.RMSNorm(width // heads)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k = rotate(self.norm_q(q), cos, sin), rotate(self.norm_k(k), cos, sin)
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        attended = attended.transpose(1, 2).reshape(batch, length, width)
        x = x + self.out(attended)
        x = x + self.down(F.gelu(self.up(self.norm2(x))))
        return x


def projection(width_in: int, width_out: int) -> nn.Sequential:
    """From the backbone's width to the DiT's."""
    return nn.Sequential(
        nn.RMSNorm(width_in), nn.Linear(width_in, width_out), nn.GELU(), nn.Linear(width_out, width_out)
    )


class Connector(nn.Module):
    """(batch, queries, backbone width) -> (batch, queries, conditioning width).

    pooled: width of the pooled vector, for a DiT that takes one. It is a linear map of the condition's mean over the
        queries: what says in one vector what the picture shows needs no query of its own, and the condition stays all
        there is to hand about. It begins at zero, which SD3 knows: in its training CLIP's vectors were zero for nearly
        half of the pictures (arXiv 2403.03206, section 5.2).
    """

    def __init__(self, spec: ConnectorSpec, queries: int, width_in: int, width_out: int, pooled: int = 0) -> None:
        super().__init__()
        self.standardise = Standardise(queries, width_in) if spec.standardise else None
        encodes_first = spec.order == "encode-project"
        width = (spec.width or width_in) if encodes_first else width_out
        if spec.width not in (None, width):
            raise ValueError(f"a connector that projects first encodes at the DiT's width {width}; leave out its width")
        heads = spec.heads or max(1, width // 64)
        if width % (2 * heads):
            raise ValueError(f"connector: {heads} heads do not divide the width {width} into even parts")
        self.enter: nn.Module
        if encodes_first:
            self.enter = nn.Identity() if width == width_in else nn.Linear(width_in, width)
        else:
            self.enter = projection(width_in, width_out)
        self.blocks = nn.ModuleList(Block(width, heads, spec.causal) for _ in range(spec.layers))
        self.project = projection(width, width_out) if encodes_first else nn.Identity()
        self.standardise_out = Standardise(queries, width_out) if spec.standardise else None
        self.norm = nn.RMSNorm(width_out)
        nn.init.constant_(self.norm.weight, spec.norm_scale)
        self.head_width = width // heads
        self.pool = nn.Linear(width_out, pooled) if pooled else None
        if self.pool is not None:
            nn.init.zeros_(self.pool.weight)
            nn.init.zeros_(self.pool.bias)

    def pooled(self, condition: Tensor) -> Tensor | None:
        """The pooled vector, (batch, pooled width), of conditions (batch, queries, width); None if the DiT has none."""
        return None if self.pool is None else self.pool(condition.mean(1))

    def forward(self, states: Tensor, sourced: Tensor, observe: bool = False) -> Tensor:
        """
        Args:
            states: of the queries, (batch, queries, backbone width).
            sourced: which drawings have sources, bool, (batch,).
            observe: move the statistics by these states first; in training, while the connector trains.
        """
        x = self.enter(_standardised(self.standardise, states, sourced, observe))
        cos, sin = rotary(x.shape[1], self.head_width, x.device)
        for block in self.blocks:
            x = block(x, cos, sin)
        condition: Tensor = self.norm(_standardised(self.standardise_out, self.project(x), sourced, observe))
        return condition


def _standardised(by: Standardise | None, values: Tensor, sourced: Tensor, observe: bool) -> Tensor:
    if by is None:
        return values
    if observe:
        by.observe(values, sourced)
    standardised: Tensor = by(values, sourced)
    return standardised
