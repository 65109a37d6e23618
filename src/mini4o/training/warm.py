"""The warm start of a pretrained DiT: the connector learns to make it, frozen, predict the velocity that it predicts
under its own text encoder's states for the same caption.

So what the queries say begins where the DiT understands it. What is learnt is the function, not the states: they may
differ as much as they like where the DiT does not look.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from mini4o.conversation.layout import TextStates
from mini4o.model import flow
from mini4o.model.net import Net


@dataclass(frozen=True)
class Captions:
    """Text states of several drawings. states: (drawings, tokens, width), fp32, zeros behind shorter ones; mask: 1 for
    what counts, (drawings, tokens), None if all do; pooled: (drawings, pooled width), where there is one."""

    states: Tensor
    mask: Tensor | None
    pooled: Tensor | None


def side_by_side(read: Sequence[TextStates], device: torch.device) -> Captions:
    """States of several captions as one batch."""
    lengths = torch.tensor([len(each.states) for each in read])
    longest = int(lengths.max())
    mask = (torch.arange(longest) < lengths[:, None]).long() if int(lengths.min()) < longest else None
    pooled = [each.pooled.float() for each in read if each.pooled is not None]
    return Captions(
        pad_sequence([each.states.float() for each in read], batch_first=True).to(device),
        None if mask is None else mask.to(device),
        torch.stack(pooled).to(device) if pooled else None,
    )


def loss(net: Net, v: Tensor, x_t: Tensor, sources: Tensor, t: Tensor, captions: Captions) -> Tensor:
    """Squared difference of two velocities of the DiT, one number a drawing, (drawings,).

    Args:
        v: under the connector's condition, (drawings, channels, height, width).
        x_t, sources, t: what it was asked at; shapes as of `Dit.forward`.
    """
    with torch.no_grad():
        output = net.dit(x_t, sources, t, captions.states, captions.pooled, captions.mask)
        target = flow.velocity(output, x_t, t, net.spec.flow)
    return (v - target).square().flatten(1).mean(1)
