"""Both losses against what they should be by hand."""

import copy
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
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
from mini4o.training.losses import Losses, losses
from mini4o.training.prepare import Drawings, Step, documents, prepare
from mini4o.training.recipe import Recipe, StageSpec
from mini4o.training.stages import check_gradients, freeze


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
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec], tools: SimpleNamespace
) -> None:
    long = tools.longer(*read(micro_data, "edit", 5))
    some = [long, *read(micro_data, "read", 0, 7), *read(micro_data, "draw", 3)]
    total, count = torch.zeros(()), 0
    with torch.no_grad():
        for sample in some:
            logits, labels, _ = masked_pass(micro, sample)
            for place in range(len(labels)):
                if labels[place] != IGNORE:
                    total = total - torch.log_softmax(logits[place].double(), -1)[labels[place]].float()
                    count += 1
        result = losses(micro.net, make_step(micro, some, stage()), stage())
    assert count > 8 and len(make_step(micro, some, stage()).batches) == 2
    assert result.text == pytest.approx(float(total) / count, rel=1e-4)
    assert len(logits[0]) == micro.net.backbone.vocabulary + 6  # over the whole vocabulary and our own tokens


def test_image_loss_is_the_mean_over_pictures_of_the_flow_loss(
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec], tools: SimpleNamespace
) -> None:
    long, *some = [*read(micro_data, "draw", 5, 0, 11), *read(micro_data, "edit", 1)]  # two of each size
    some.append(tools.longer(long))  # in the order of their lengths, which is that of the spans
    step = make_step(micro, some, stage())
    assert [len(drawings.t) for drawings in step.drawings] == [2, 2] and len(step.batches) == 2
    net, each = micro.net, {}
    with torch.no_grad():
        for drawings in step.drawings:
            for row, index in enumerate(drawings.spans.tolist()):
                _, _, states = masked_pass(micro, some[index])
                t, x, noise = drawings.t[row], drawings.x[row], drawings.noise[row]
                x_t = (1 - t) * x + t * noise
                condition = net.connector(states, sourced([step.spans[index]]))
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


def with_gradients(net: Net, step: Step, stage: StageSpec) -> tuple[Losses, dict[str, torch.Tensor]]:
    net.zero_grad(set_to_none=True)
    result = losses(net, step, stage)
    result.total.backward()  # type: ignore[no-untyped-call]
    out = {name: p.grad.clone() for name, p in net.named_parameters() if p.grad is not None}
    net.zero_grad(set_to_none=True)
    return result, out


def test_losses_and_gradients_do_not_depend_on_the_batches(
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec], tools: SimpleNamespace
) -> None:
    long = [tools.longer(sample) for sample in (*read(micro_data, "edit", 1), *read(micro_data, "draw", 11))]
    some = [*long, *read(micro_data, "read", 0), *read(micro_data, "draw", 5), *read(micro_data, "edit", 7)]
    step = make_step(micro, some, stage())
    assert [len(batch.documents) for batch in step.batches] == [3, 2]
    docs = [document for batch in step.batches for document in batch.documents]
    mine, gradient = with_gradients(micro.net, step, stage())
    reached = {name for name, of in micro.net.groups().items() if any(key in gradient for key in of)}
    assert reached >= {"vision", "merger", "language", "rows", "queries", "connector", "dit", "source_in"}
    for batches in ([collate(docs, 0)], [collate([document], 0) for document in docs]):
        other, expected = with_gradients(micro.net, replace(step, batches=batches), stage())
        assert mine.text == pytest.approx(other.text, rel=1e-5) and mine.image == pytest.approx(other.image, rel=1e-4)
        assert mine.spread == pytest.approx(other.spread, rel=1e-3)
        for name, values in other.tasks.items():
            assert mine.tasks[name] == pytest.approx(values, rel=1e-4)
        assert gradient.keys() == expected.keys()
        for name, value in expected.items():
            scale = value.abs().max().clamp(min=1e-3)
            torch.testing.assert_close(gradient[name] / scale, value / scale, atol=1e-3, rtol=0, msg=name)


def test_the_losses_of_the_tasks_make_up_the_whole(
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec], tools: SimpleNamespace
) -> None:
    samples = {name: read(micro_data, name, 0, 7) for name in ("read", "draw", "edit")}
    samples["read"] = [tools.longer(sample) for sample in samples["read"]]
    some = [sample for of in samples.values() for sample in of]
    # Every edit is drawn without its text, in a short document of its own; a plain drawing has no such branch.
    wanted = stage(branches={"none": 0, "no_text": 1})
    step = make_step(micro, some, wanted)
    with torch.no_grad():
        result = losses(micro.net, step, wanted)
        alone = {name: losses(micro.net, make_step(micro, of, wanted), wanted).text for name, of in samples.items()}
        dropped = stage(branches={"none": 1})
        none = losses(micro.net, make_step(micro, some, dropped), dropped)
    kinds = {name: set(of) for name, of in result.tasks.items()}
    assert kinds == {"read": {"text"}, "draw": {"text", "image"}, "edit": {"text"}, "no_text": {"image"}}
    assert {name: of["text"] for name, of in result.tasks.items() if "text" in of} == pytest.approx(alone, rel=1e-4)
    docs = [document for batch in step.batches for document in batch.documents]
    words, pictures = Counter[str](), Counter[str]()
    for document in docs:
        words[document.task] += sum(label != IGNORE for label in document.labels)
        pictures[document.task] += len(document.spans)
    for whole, counts, kind in ((result.text, words, "text"), (result.image, pictures, "image")):
        parts = [counts[name] * of[kind] for name, of in result.tasks.items() if kind in of]
        assert whole == pytest.approx(sum(parts) / counts.total(), rel=1e-4)
    assert pictures == {"draw": 2, "no_text": 2, "read": 0, "edit": 0}
    assert {name: set(of) for name, of in none.tasks.items()} == {
        "read": {"text"},
        "draw": {"text"},
        "edit": {"text"},
        "none": {"image"},
    }
    assert none.tasks["none"]["image"] == pytest.approx(none.image)


@pytest.mark.parametrize("number", [0, 1, 2], ids=["understand", "connect", "unify"])
def test_bf16_is_near_fp32_and_leaves_the_weights_alone(
    number: int, micro: Model, micro_data: Path, make_recipe: Callable[..., Recipe], tools: SimpleNamespace
) -> None:
    stage = make_recipe().stages[number]
    some = read(micro_data, "draw", 5, 0, 11) + [tools.longer(sample) for sample in read(micro_data, "edit", 1, 8)]
    some = some if stage.image_loss else read(micro_data, "read", 0, 7)
    # In evaluation mode, so that both see the same statistics of the condition.
    net = copy.deepcopy(micro.net).eval()
    step = prepare(documents(some, micro.builder(), stage, 0, 0), net, stage, 0, 0)
    named = freeze(net, stage)
    exact = losses(net, step, stage)
    rough = losses(net, step, stage, "bf16")
    for mine, other in ((rough.text, exact.text), (rough.image, exact.image)):
        assert (mine is None) == (other is None)
        assert mine is None or (mine == pytest.approx(other, rel=0.05) and mine != other)
    assert rough.total.dtype == torch.float32
    rough.total.backward()  # type: ignore[no-untyped-call]
    check_gradients(named, stage)
    trained = [parameter for of in named.values() for parameter in of.values()]
    assert all(p.grad is not None and p.grad.dtype == torch.float32 and p.grad.isfinite().all() for p in trained)
    assert {value.dtype for value in net.state_dict().values() if value.is_floating_point()} == {torch.float32}
    towards = torch.cat([p.grad.flatten() for p in trained if p.grad is not None])
    net.zero_grad(set_to_none=True)
    losses(net, step, stage).total.backward()  # type: ignore[no-untyped-call]
    expected = torch.cat([p.grad.flatten() for p in trained if p.grad is not None])
    assert torch.cosine_similarity(towards, expected, dim=0) > 0.98


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
    (alone,) = [document for batch in step.batches for document in batch.documents if document.task == "none"]
    short = prepare([alone], micro.net, dropped, 0, 0)
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


def see(stage: Callable[..., StageSpec]) -> StageSpec:
    train = {"vision": 1e-3, "merger": 1e-3, "language": 1e-3}
    return stage(name="see", train=train, text_loss=0, image_loss=0, words_loss=2)


def test_words_seen_is_a_bag_of_words_weighed_by_how_rare_they_are(
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec], tools: SimpleNamespace
) -> None:
    some = [
        *read(micro_data, "read", 0, 1, 2),
        tools.longer(read(micro_data, "read", 5)[0]),
        *read(micro_data, "draw", 0),
    ]
    step = make_step(micro, some, stage(text_loss=1, words_loss=1, image_loss=0))
    docs = [document for batch in step.batches for document in batch.documents]
    bags = [{label for label in doc.labels if 0 <= label < micro.net.backbone.vocabulary} for doc in docs if doc.images]
    assert len(bags) == 4 < len(docs)  # what has no picture to read is left out
    rows = micro.net.backbone.lm.get_output_embeddings().weight
    each = []
    with torch.no_grad():
        for doc, bag in zip([doc for doc in docs if doc.images], bags, strict=True):
            pixels, grids = torch.cat([i.pixels for i in doc.images]), torch.tensor([i.grid for i in doc.images])
            features = micro.net.backbone.image_features(pixels, grids).tokens
            each_token = features / (features.square().mean(1, keepdim=True) + 1e-7).sqrt() @ rows.T
            odds = each_token.max(0).values.log_softmax(0)
            rare = {word: math.log(5 / sum(word in other for other in bags)) for word in bag}
            each.append(-sum(weight * float(odds[word]) for word, weight in rare.items()) / sum(rare.values()))
    seeing = see(stage)
    result = losses(micro.net, step, seeing)
    assert result.words == pytest.approx(sum(each) / 4, rel=1e-4) and result.text is None and result.image is None
    assert result.total.item() == pytest.approx(2 * result.words)
    for batches in ([collate(docs, 0)], [collate([document], 0) for document in docs]):
        assert losses(micro.net, replace(step, batches=batches), seeing).words == pytest.approx(result.words, rel=1e-5)
    assert gradients(micro.net, step, seeing) == {"vision", "merger", "language"}
    drawing = make_step(micro, read(micro_data, "draw", 0), stage(text_loss=1, words_loss=1))
    assert losses(micro.net, drawing, stage(words_loss=1)).words is None


def test_the_words_of_a_page_are_learnt_from_its_picture(
    micro: Model, micro_data: Path, stage: Callable[..., StageSpec]
) -> None:
    net = copy.deepcopy(micro.net)
    seeing = see(stage)
    step = make_step(micro, read(micro_data, "read", 0, 1, 2, 3, 5), seeing)
    optimiser = torch.optim.AdamW([p for of in freeze(net, seeing).values() for p in of.values()], lr=3e-3)
    first = last = losses(net, step, seeing).words
    for _ in range(60):
        result = losses(net, step, seeing)
        result.total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        optimiser.zero_grad()
        last = result.words
    assert first is not None and last is not None and last < 0.6 * first


def test_spread_tells_conditions_apart(micro: Model, micro_data: Path, stage: Callable[..., StageSpec]) -> None:
    connect = stage(text_loss=0)
    with torch.no_grad():
        # The same request, so the same condition.
        same = losses(micro.net, make_step(micro, read(micro_data, "draw", 0, 1, 2), connect), connect)
        other = losses(micro.net, make_step(micro, read(micro_data, "draw", 0, 7, 14), connect), connect)
        assert same.spread == pytest.approx(0, abs=1e-5) and other.spread is not None and other.spread > 1e-3
        step = make_step(micro, read(micro_data, "draw", 0, 7, 14), connect)
        (batch,) = step.batches
        _, keys = micro.net.read(batch)
        condition = micro.net.connector(micro.net.read_spans(batch, keys), sourced(batch.spans))
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
