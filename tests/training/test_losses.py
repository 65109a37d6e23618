"""Both losses against what they should be by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from mini4o import chance
from mini4o.conversation.layout import IGNORE, expand
from mini4o.data.readers import JsonlData
from mini4o.data.sample import Sample
from mini4o.model import flow
from mini4o.model.batch import collate, sourced
from mini4o.model.net import Net
from mini4o.pretrained.model import Model, new_model
from mini4o.training.losses import losses
from mini4o.training.prepare import Drawings, Step, documents, prepare
from mini4o.training.recipe import Recipe, StageSpec


@pytest.fixture(scope="module")
def micro(micro_recipe: Recipe) -> Model:
    """With queries and source slots that have an effect."""
    model = new_model(micro_recipe.model, micro_recipe.generation, ["Which colour? Draw red. Make it blue."], 0)
    with torch.no_grad():
        model.net.reader.queries.mul_(50)
        for name, weight in model.net.dit.source_parameters().items():
            weight.copy_(0.1 * chance.normal(tuple(weight.shape), 0, name))
    model.net.eval()
    return model


@pytest.fixture
def stage(make_recipe: Callable[..., Recipe]) -> Callable[..., StageSpec]:
    def make(**changes: Any) -> StageSpec:
        changes = {"branches": {"none": 0}, **changes}
        return make_recipe({f"stages.2.{key}": value for key, value in changes.items()}).stages[2]

    return make


def read(micro_data: Path, name: str, *numbers: int) -> list[Sample]:
    data = JsonlData(micro_data / f"{name}.jsonl")
    return [data[number] for number in numbers]


def make_step(micro: Model, some: list[Sample], stage: StageSpec) -> Step:
    return prepare(documents(some, micro.builder(), stage, 0, 0), micro.net, stage, 0, 0)


def masked_pass(micro: Model, sample: Sample) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One masked pass over a whole document: logits and labels of its tokens, and the states of its queries."""
    builder, net = micro.builder(), micro.net
    document = builder.document(sample.conversation)
    expanded = expand(document, builder.vocabulary, net.spec.queries)
    batch = collate([document], 0)
    hidden = net.read_masked(expanded, batch.pixels, batch.grids)
    inside = torch.tensor([index >= 0 for index in expanded.span])
    states = hidden[inside].view(-1, net.spec.queries + 2, hidden.shape[-1])[:, 1:-1]
    return net.backbone.logits(hidden, net.reader), torch.tensor(expanded.labels), states


def test_text_loss_is_the_mean_over_all_trained_tokens_of_the_batch(
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec]
) -> None:
    some = [*read(micro_data, "read", 0, 7), *read(micro_data, "draw", 3), *read(micro_data, "edit", 5)]
    total, count = torch.zeros(()), 0
    with torch.no_grad():
        for sample in some:
            logits, labels, _ = masked_pass(micro, sample)
            for place in range(len(labels)):
                if labels[place] != IGNORE:
                    total = total - torch.log_softmax(logits[place].double(), -1)[labels[place]].float()
                    count += 1
        result = losses(micro.net, make_step(micro, some, stage()), stage())
    assert count > 8
    assert result.text == pytest.approx(float(total) / count, rel=1e-4)
    assert len(logits[0]) == micro.net.backbone.vocabulary + 6  # over the whole vocabulary and our own tokens


def test_image_loss_is_the_mean_over_pictures_of_the_flow_loss(
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec]
) -> None:
    some = [*read(micro_data, "draw", 5, 0, 11), *read(micro_data, "edit", 1)]  # two sizes, three and one of them
    step = make_step(micro, some, stage())
    assert [len(drawings.t) for drawings in step.drawings] == [2, 2]
    net, each = micro.net, {}
    with torch.no_grad():
        for drawings in step.drawings:
            for row, index in enumerate(drawings.spans.tolist()):
                _, _, states = masked_pass(micro, some[index])
                t, x, noise = drawings.t[row], drawings.x[row], drawings.noise[row]
                x_t = (1 - t) * x + t * noise
                condition = net.connector(states, sourced(step.batch.spans))
                output = net.dit(x_t[None], drawings.sources[row][None], t[None], condition)[0]
                error = (output - x) / max(float(t), net.spec.flow.smallest_t)  # x-prediction, loss on v
                each[index] = float(error.square().mean())
        result = losses(net, step, stage())
    assert result.image == pytest.approx(sum(each.values()) / 4, rel=1e-3)
    assert len({round(value, 4) for value in each.values()}) == 4
    with torch.no_grad():
        both = losses(net, step, stage(text_loss=0.5, image_loss=3.0))
    assert both.total.item() == pytest.approx(0.5 * result.text + 3 * result.image, rel=1e-5)  # type: ignore[operator]


def test_image_loss_does_not_depend_on_how_drawings_are_grouped(
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec]
) -> None:
    step = make_step(micro, read(micro_data, "draw", 5, 0, 11, 7, 13), stage())

    def part(drawings: Drawings, rows: list[int]) -> Drawings:
        return Drawings(*(getattr(drawings, name)[rows] for name in ("spans", "x", "noise", "sources", "t")))

    singles = [part(drawings, [row]) for drawings in step.drawings for row in range(len(drawings.t))]
    with torch.no_grad():
        whole = losses(micro.net, step, stage())
        for groups in (singles, singles[::-1], [singles[0], part(step.drawings[0], [2, 1]), *singles[3:]]):
            result = losses(micro.net, replace(step, drawings=groups), stage())
            assert result.image == pytest.approx(whole.image, rel=1e-5) and result.text == whole.text


def test_either_loss_may_be_absent(micro: Model, micro_data: Path, stage: Callable[..., StageSpec]) -> None:
    some, more = read(micro_data, "read", 0), read(micro_data, "draw", 0)
    result = losses(micro.net, make_step(micro, some, stage()), stage())
    assert result.image is None and result.spread is None and result.text == result.total.item()
    drawing = stage(text_loss=0)
    result = losses(micro.net, make_step(micro, more, drawing), drawing)
    assert result.text is None and result.image == result.total.item() and result.spread is None  # of one there is none
    # Drawings without any trained text, though the stage has a text loss: the renderings of `none`.
    dropped = stage(branches={"none": 1})
    step = make_step(micro, more, dropped)
    short = prepare([step.batch.documents[1]], micro.net, dropped, 0, 0)
    result = losses(micro.net, short, dropped)
    assert result.text is None and result.image is not None


def gradients(net: Net, step: Step, stage: StageSpec) -> set[str]:
    """The groups that the losses of a step reach."""
    net.zero_grad(set_to_none=True)
    losses(net, step, stage).total.backward()  # type: ignore[no-untyped-call]
    groups = net.groups().items()
    out = {name for name, ps in groups if any(p.grad is not None and p.grad.any() for p in ps.values())}
    net.zero_grad(set_to_none=True)
    return out


def test_what_the_losses_reach(
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec], make_recipe: Callable[..., Recipe]
) -> None:
    connect = make_recipe({"stages.1.branches": {"none": 0}}).stages[1]
    step = make_step(micro, read(micro_data, "edit", 0, 1), connect)
    # `connect` trains nothing of the first pass, so no graph is kept there; its frozen weights still carry the second.
    reached = gradients(micro.net, step, connect)
    assert reached >= {"queries", "connector", "dit", "source_in"} and not reached & {"vision", "merger"}
    everything = gradients(micro.net, make_step(micro, read(micro_data, "edit", 0, 1), stage()), stage())
    assert everything >= {"vision", "merger", "language", "rows", "queries", "connector", "dit", "source_in"}
    understand = make_recipe().stages[0]
    step = make_step(micro, read(micro_data, "read", 0, 1), understand)
    assert not gradients(micro.net, step, understand) & {"queries", "connector", "dit", "source_in"}


def test_spread_tells_conditions_apart(micro: Model, micro_data: Path, stage: Callable[..., StageSpec]) -> None:
    connect = stage(text_loss=0)
    with torch.no_grad():
        # The same request, so the same condition.
        same = losses(micro.net, make_step(micro, read(micro_data, "draw", 0, 1, 2), connect), connect)
        other = losses(micro.net, make_step(micro, read(micro_data, "draw", 0, 7, 14), connect), connect)
        assert same.spread == pytest.approx(0, abs=1e-5) and other.spread is not None and other.spread > 1e-3
        step = make_step(micro, read(micro_data, "draw", 0, 7, 14), connect)
        _, keys = micro.net.read(step.batch)
        condition = micro.net.connector(micro.net.read_spans(step.batch, keys), sourced(step.batch.spans))
    assert other.spread == pytest.approx(float(condition.std(0).mean() / condition.square().mean().sqrt()), rel=1e-4)


def test_statistics_of_the_connector_move_only_while_it_trains(
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec]
) -> None:
    net = micro.net
    assert net.connector.standardise is not None
    before = {name: value.clone() for name, value in net.connector.standardise.state_dict().items()}

    def moved() -> bool:
        assert net.connector.standardise is not None
        return any(not torch.equal(v, before[k]) for k, v in net.connector.standardise.state_dict().items())

    step = make_step(micro, read(micro_data, "draw", 0, 7), stage())
    try:
        with torch.no_grad():
            losses(net, step, stage())  # in evaluation mode
            losses(net.train(), step, stage(train={"dit": 1e-3}))
            assert not moved()
            losses(net.train(), step, stage())
            assert moved()
    finally:
        net.connector.standardise.load_state_dict(before)
        net.eval()


def test_a_perfect_answer_costs_nothing(micro: Model) -> None:
    x, noise, t = chance.normal((3, 4, 2, 2), 0, "x"), chance.normal((3, 4, 2, 2), 0, "e"), torch.tensor([0.01, 0.5, 1])
    x_t = flow.mix(x, noise, t)
    assert not flow.loss(flow.velocity(x, x_t, t, micro.spec.flow), x, x_t, noise, t, micro.spec.flow).any()
    assert F.mse_loss(x_t[2], noise[2]) == 0
