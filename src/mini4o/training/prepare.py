"""From samples to what one step computes on; a pure function of the recipe's seed, the stage and the step."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mini4o import chance
from mini4o.conversation.builder import Branch, Builder
from mini4o.conversation.captions import caption_of
from mini4o.conversation.layout import Document, Span
from mini4o.data.mixture import Mixture
from mini4o.data.readers import OnBad
from mini4o.data.sample import Sample
from mini4o.errors import DataError, Mini4oError
from mini4o.model import flow, schedule
from mini4o.model.batch import Batch, collate, like_length
from mini4o.model.codec import to_pixels
from mini4o.model.net import Net
from mini4o.pretrained.text_states import StateFiles
from mini4o.training.recipe import StageSpec
from mini4o.training.sources import no_loss
from mini4o.training.warm import Captions, side_by_side

log = logging.getLogger("mini4o")


@dataclass(frozen=True)
class Drawings:
    """The drawings of one size in a step. `spans`: which spans of the step they are, (drawings,); x, noise:
    (drawings, channels, height, width); sources: (drawings, slots * channels, height, width); t: (drawings,); captions:
    what the DiT's own text encoder makes of them, in a stage that learns from it."""

    spans: Tensor
    x: Tensor
    noise: Tensor
    sources: Tensor
    t: Tensor
    captions: Captions | None = None


@dataclass(frozen=True)
class Step:
    """One step: its documents in batches of like length, and its drawings by size."""

    batches: list[Batch]
    drawings: list[Drawings]

    @property
    def spans(self) -> list[Span]:
        """The spans of all batches, one batch after another."""
        return [span for batch in self.batches for span in batch.spans]


def rendered(
    mixture: Mixture,
    builder: Builder,
    stage: StageSpec,
    seed: int,
    on_bad: OnBad,
    states: StateFiles | None,
    step: int,
) -> list[Document]:
    """The documents of a step. Raises as `documents` does."""
    return documents(mixture.batch(step), builder, stage, seed, step, on_bad, states)


def documents(
    samples: Sequence[Sample],
    builder: Builder,
    stage: StageSpec,
    seed: int,
    step: int,
    on_bad: OnBad = "stop",
    states: StateFiles | None = None,
) -> list[Document]:
    """Render the samples of a step. A drawing whose branch is drawn to be dropped leaves its document for a short one.

    Args:
        states: of captions, for a stage that learns from a text encoder.

    Raises:
        DataError: names the sample that cannot be rendered, or in which this stage has nothing to learn; with
            `on_bad: skip` such samples are logged and left out, and only a step of nothing else is an error.
    """
    out: list[Document] = []
    for number, sample in enumerate(samples):
        try:
            out += _of_sample(sample, builder, stage, (seed, stage.name, step, number), states)
        except Mini4oError as error:
            if on_bad == "stop":
                raise DataError(f"{sample.origin}: {error}") from None
            log.warning("skipped %s: %s", sample.origin, error)
    if not out:
        raise DataError(f"every sample of step {step + 1} of stage {stage.name} is unusable; see the log")
    return out


def _of_sample(
    sample: Sample, builder: Builder, stage: StageSpec, key: tuple[int, str, int, int], states: StateFiles | None
) -> list[Document]:
    document = builder.document(sample.conversation)
    document.task = sample.task
    if states is not None:
        if (caption := caption_of(sample.conversation)) is None:
            raise DataError(no_loss(stage))
        document.caption = states[caption]
    seed, name, step, number = key
    full: list[Span] = []
    short: list[Document] = []
    for index, span in enumerate(document.spans):
        if not (span.loss and span.target is not None and stage.draws):
            continue
        branch = _branch(span, stage, chance.uniform(seed, "branch", name, step, number, index))
        if branch == "full":
            full.append(span)
        else:
            short.append(builder.branch(branch, document, span))
            short[-1].task = branch
            short[-1].caption = None if states is None else states[""]
    if not stage.reads:  # nothing after the last drawing matters
        document = document.until(max((span.at for span in full), default=0))
    document.spans = full
    taught = document.trains and (stage.text_loss or (stage.words_loss and document.images))
    if not (full or short or taught):
        raise DataError(no_loss(stage))
    return [document, *short] if len(document) else short


def prepare(some: Sequence[Document], net: Net, stage: StageSpec, seed: int, step: int) -> Step:
    """Tensors of a step, on the net's device."""
    device = net.reader.queries.device
    step_of = Step([collate(group, pad=0).to(device) for group in like_length(some)], [])
    documents_of = [batch.documents[row] for batch in step_of.batches for row in batch.rows]
    spans = step_of.spans
    shift_of = {size: schedule.shift_at(net.spec.flow, net.tokens(size)) for size in {span.size for span in spans}}
    shifts = torch.tensor([shift_of[span.size] for span in spans])
    times = flow.training_times(len(spans), chance.generator(seed, "time", stage.name, step), shifts)
    for size in sorted({span.size for span in spans}):
        chosen = [index for index, span in enumerate(spans) if span.size == size]
        targets = [target for index in chosen if (target := spans[index].target) is not None]
        x = net.codec.encode(torch.stack([to_pixels(target) for target in targets]).to(device))
        sources = torch.cat(
            [
                net.source_latents([documents_of[index].images[s].picture for s in spans[index].sources], size)
                for index in chosen
            ]
        )
        noise = chance.normal(tuple(x.shape), seed, "noise", stage.name, step, *size).to(device)
        chosen_times = times[chosen].to(device)
        captions = [read for index in chosen if (read := documents_of[index].caption) is not None]
        step_of.drawings.append(
            Drawings(
                torch.tensor(chosen, device=device),
                x,
                noise,
                sources,
                chosen_times,
                side_by_side(captions, device) if captions else None,
            )
        )
    return step_of


def _branch(span: Span, stage: StageSpec, draw: float) -> Branch:
    if draw < stage.branches.none:
        return "none"
    if span.sources and draw < stage.branches.none + stage.branches.no_text:
        return "no_text"
    return "full"
