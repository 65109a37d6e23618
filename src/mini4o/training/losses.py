"""The two losses of a step."""

from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from mini4o.conversation.layout import IGNORE
from mini4o.model import flow
from mini4o.model.batch import sourced
from mini4o.model.net import Net
from mini4o.training.prepare import Step
from mini4o.training.recipe import StageSpec


@dataclass(frozen=True)
class Losses:
    """text: cross-entropy over the trained tokens of the batch; image: flow loss over its pictures; either may be
    absent. spread: how much the condition differs over prompts, relative to its size; near 0 the drawings
    ignore the prompt."""

    total: Tensor
    text: float | None
    image: float | None
    spread: float | None


# Groups whose gradients run through pass 1.
READING = ("vision", "merger", "language", "head", "rows")


def losses(net: Net, step: Step, stage: StageSpec) -> Losses:
    """Both losses of a step, weighted as the stage says."""
    batch = step.batch
    reading = any(group in stage.train for group in READING)
    with nullcontext() if reading else torch.no_grad():
        hidden, keys = net.read(batch)
    total = torch.zeros((), device=hidden.device)
    text = image = spread = None
    trained = batch.labels != IGNORE
    if stage.text_loss and trained.any():
        logits = net.backbone.logits(hidden[trained], net.reader)
        loss = F.cross_entropy(logits.float(), batch.labels[trained])
        total, text = total + stage.text_loss * loss, loss.item()
    if step.drawings:
        states = net.read_spans(batch, keys)
        condition = net.connector(
            states, sourced(batch.spans).to(states.device), observe=net.training and "connector" in stage.train
        ).float()
        count = sum(len(drawings.t) for drawings in step.drawings)
        loss = torch.zeros((), device=hidden.device)
        for some in step.drawings:
            x_t = flow.mix(some.x, some.noise, some.t)
            output = net.dit(x_t, some.sources, some.t, condition[some.spans])
            v = flow.velocity(output, x_t, some.t, net.spec.flow)
            loss = loss + flow.loss(v, some.x, x_t, some.noise, some.t, net.spec.flow).sum() / count
        total, image = total + stage.image_loss * loss, loss.item()
        spread = (
            float(condition.detach().std(0).mean() / condition.detach().square().mean().sqrt()) if count > 1 else None
        )
    return Losses(total, text, image, spread)
