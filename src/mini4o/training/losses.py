"""The losses of a step."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from mini4o.conversation.layout import IGNORE
from mini4o.model import flow
from mini4o.model.batch import Batch, sourced
from mini4o.model.net import Net
from mini4o.training import warm
from mini4o.training.prepare import Step
from mini4o.training.recipe import StageSpec

Precision = Literal["fp32", "bf16"]

# Groups whose gradients run through pass 1.
READING = ("vision", "merger", "language", "head", "rows", "language_adapter")


@dataclass(frozen=True)
class Losses:
    """text: cross-entropy over the trained tokens of the step; image: flow loss over its pictures; words: how badly
    pictures name what is said of them; warm: how far velocities are from those under text states; each may be absent.
    tasks: text, image and warm for each task, by its name. spread: how much the condition differs over prompts,
    relative to its size; near 0 the drawings ignore the prompt."""

    total: Tensor
    text: float | None
    image: float | None
    words: float | None
    tasks: dict[str, dict[str, float]]
    spread: float | None
    warm: float | None = None


def losses(net: Net, step: Step, stage: StageSpec, precision: Precision = "fp32") -> Losses:
    """The losses of a step, weighted as the stage says.

    precision: what matrices are multiplied in. Weights, norms, the flow and the losses are fp32 in any case.
    """
    device = net.reader.queries.device
    total = torch.zeros((), device=device)
    text = image = spread = warmth = None
    words: list[Tensor] = []
    states: list[Tensor] = []
    reading = any(group in stage.train for group in READING)
    with products(device, precision):
        for batch in step.batches:
            if not (stage.text_loss or batch.spans):
                continue
            with nullcontext() if reading else torch.no_grad():
                hidden, keys = net.read(batch)
            trained = batch.labels != IGNORE
            if stage.text_loss and trained.any():
                logits = net.backbone.logits(hidden[trained], net.reader)
                words.append(F.cross_entropy(logits.float(), batch.labels[trained], reduction="none"))
            if batch.spans:
                states.append(net.read_spans(batch, keys))
        seen = words_seen(net, step.batches) if stage.words_loss else None
    if seen is not None:
        total = total + stage.words_loss * seen
    by_task: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    if words:
        each = torch.cat(words)
        total, text = total + stage.text_loss * each.mean(), each.mean().item()
        for name, value in zip(_tasks_of_words(step.batches), each.tolist(), strict=True):
            by_task[name]["text"].append(value)
    if step.drawings:
        kinds = sourced(step.spans).to(device)
        pictures = torch.zeros(len(kinds), device=device)
        with products(device, precision):
            observe = net.training and "connector" in stage.train
            condition = net.connector(torch.cat(states), kinds, observe=observe).float()
            for some in step.drawings:
                x_t = flow.mix(some.x, some.noise, some.t)
                output = net.predict(x_t, some.sources, some.t, condition[some.spans])
                v = flow.velocity(output, x_t, some.t, net.spec.flow)
                if some.captions is None:
                    each = flow.loss(v, some.x, x_t, some.noise, some.t, net.spec.flow)
                else:
                    each = warm.loss(net, v, x_t, some.sources, some.t, some.captions)
                pictures = pictures.index_put((some.spans,), each)
        mean = pictures.mean()
        if stage.warms:
            total, warmth = total + mean, mean.item()
        else:
            total, image = total + stage.image_loss * mean, mean.item()
        names = [batch.documents[row].task for batch in step.batches for row in batch.rows]
        for name, value in zip(names, pictures.tolist(), strict=True):
            by_task[name]["warm" if stage.warms else "image"].append(value)
        if len(kinds) > 1:
            spread = float(condition.detach().std(0).mean() / condition.detach().square().mean().sqrt())
    tasks = {name: {kind: sum(v) / len(v) for kind, v in kinds.items()} for name, kinds in sorted(by_task.items())}
    return Losses(total, text, image, None if seen is None else seen.item(), tasks, spread, warmth)


@contextmanager
def products(device: torch.device, precision: Precision) -> Iterator[None]:
    """What matrices are multiplied in. On a CPU attention in bf16 goes step by step: the fused kernel's backward pass
    costs more there than all that it saves (a fifth of a step of nano's DiT)."""
    plain = device.type == "cpu" and precision == "bf16"
    with (
        torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"),
        sdpa_kernel(SDPBackend.MATH) if plain else nullcontext(),
    ):
        yield


def words_seen(net: Net, batches: Sequence[Batch]) -> Tensor | None:
    """How badly the pictures of a step name what is said of them: the trained words of each document as a bag, each
    weighed by how rare it is in the step (after arXiv 2411.03313). The mean over documents with pictures and such
    words; None if there are none.

    Every image token is compared with the vocabulary's output rows, (tokens, vocabulary), and a word counts where it
    fits best. So the token that shows a thing learns to name it, directly and in the language model's own space; what
    the words of a question have to find there later is told by the same comparison.
    """
    named: list[Tensor] = []
    bags: list[Tensor] = []
    head = net.backbone.lm.get_output_embeddings()
    for batch in batches:
        if batch.pixels is None or batch.grids is None:
            continue
        counts = [sum(image.tokens for image in document.images) for document in batch.documents]
        features = net.backbone.image_features(batch.pixels, batch.grids).tokens.float()
        logits: Tensor = head(F.rms_norm(features, features.shape[-1:])).float()
        words = torch.zeros(len(counts), logits.shape[-1], device=batch.ids.device)
        rows, places = ((batch.labels >= 0) & (batch.labels < net.backbone.vocabulary)).nonzero(as_tuple=True)
        words[rows, batch.labels[rows, places]] = 1
        for of_document, bag in zip(torch.split(logits, counts), words, strict=True):
            if len(of_document) and bag.any():
                named.append(of_document.amax(0))
                bags.append(bag)
    if not bags:
        return None
    bag = torch.stack(bags)
    bag = bag * torch.log((1 + len(bags)) / bag.sum(0).clamp(min=1))
    return -(bag / bag.sum(1, keepdim=True) * torch.stack(named).log_softmax(-1)).sum(1).mean()


def _tasks_of_words(batches: list[Batch]) -> list[str]:
    """The task of every trained token, in the order of the losses."""
    rows = [(batch, row) for batch in batches for row in (batch.labels != IGNORE).nonzero()[:, 0].tolist()]
    return [batch.documents[row].task for batch, row in rows]
