"""From samples to tensors: branches at their rates, sources in their slots, sizes apart, chance by seed and step."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mini4o.conversation.builder import Builder
from mini4o.conversation.layout import IGNORE, Document
from mini4o.conversation.parts import parse_conversation
from mini4o.conversation.tokens import DRAW_START
from mini4o.data.readers import JsonlData
from mini4o.data.sample import Sample
from mini4o.errors import DataError
from mini4o.model import flow
from mini4o.model.codec import to_pixels
from mini4o.pretrained.model import Model, new_model
from mini4o.training.prepare import Step, documents, prepare
from mini4o.training.recipe import Recipe, StageSpec

MakeRecipe = Callable[..., Recipe]
MakeStage = Callable[..., StageSpec]


@pytest.fixture(scope="module")
def micro(micro_recipe: Recipe) -> Model:
    return new_model(micro_recipe.model, micro_recipe.generation, ["Which colour? Draw red. Make it blue."], 0)


@pytest.fixture(scope="module")
def builder(micro: Model) -> Builder:
    return micro.builder()


@pytest.fixture
def stage(make_recipe: MakeRecipe) -> MakeStage:
    """The stage `unify` without dropped branches, or with other values."""

    def make(**changes: Any) -> StageSpec:
        changes = {"branches": {"none": 0}, **changes}
        return make_recipe({f"stages.2.{key}": value for key, value in changes.items()}).stages[2]

    return make


@pytest.fixture(scope="module")
def samples(micro_data: Path) -> dict[str, JsonlData]:
    return {name: JsonlData(micro_data / f"{name}.jsonl") for name in ("read", "draw", "edit")}


def same(one: Document, two: Document) -> bool:
    spans = [[(s.at, s.position, s.size, s.sources, s.loss) for s in d.spans] for d in (one, two)]
    return (one.ids, one.labels, one.positions) == (two.ids, two.labels, two.positions) and spans[0] == spans[1]


def test_without_branches_a_document_is_what_the_builder_renders(
    samples: dict[str, JsonlData], builder: Builder, stage: MakeStage
) -> None:
    some = [samples["read"][0], samples["draw"][5], samples["edit"][3]]
    rendered = documents(some, builder, stage(), 0, 0)
    assert len(rendered) == 3
    for document, sample in zip(rendered, some, strict=True):
        assert same(document, builder.document(sample.conversation)) and document.trains
    assert [document.task for document in rendered] == ["read", "draw", "edit"]


@pytest.mark.parametrize("branch", ["none", "no_text"])
def test_a_dropped_branch_becomes_a_short_document_of_its_own(
    branch: str, samples: dict[str, JsonlData], builder: Builder, stage: MakeStage
) -> None:
    sample = samples["edit"][0]
    whole = builder.document(sample.conversation)
    dropped = stage(branches={"none": float(branch == "none"), "no_text": float(branch == "no_text")})
    document, short = documents([sample], builder, dropped, 0, 0)
    # The conversation stays for its text, without the drawing; the drawing is trained in the branch's rendering.
    assert document.spans == [] and document.ids == whole.ids and document.labels == whole.labels
    assert same(short, builder.branch(branch, whole, whole.spans[0]))  # type: ignore[arg-type]
    assert set(short.labels) == {IGNORE} and len(short) < len(document)
    assert short.spans[0].target is whole.spans[0].target or short.spans[0].target == whole.spans[0].target
    assert len(short.images) == (branch == "no_text")
    assert (document.task, short.task) == ("edit", branch)
    # Without a text loss there is nothing left in the conversation, so it goes.
    (alone,) = documents([sample], builder, dropped.model_copy(update={"text_loss": 0.0}), 0, 0)
    assert same(alone, short)


def test_a_drawing_without_sources_has_no_branch_of_sources_only(
    samples: dict[str, JsonlData], builder: Builder, stage: MakeStage
) -> None:
    (document,) = documents([samples["draw"][0]], builder, stage(branches={"none": 0, "no_text": 1}), 0, 0)
    assert len(document.spans) == 1 and same(document, builder.document(samples["draw"][0].conversation))


def test_branches_come_at_their_rates_by_seed_and_step(
    samples: dict[str, JsonlData], builder: Builder, stage: MakeStage
) -> None:
    mixed = stage(branches={"none": 0.2, "no_text": 0.3}, text_loss=0)
    prompts = {
        tuple(builder.branch(name, whole, whole.spans[0]).ids): name  # type: ignore[arg-type]
        for whole in [builder.document(samples["edit"][0].conversation)]
        for name in ("full", "no_text", "none")
    }

    def drawn(seed: int, step: int) -> list[str]:
        rendered = documents([samples["edit"][0]] * 20, builder, mixed, seed, step)
        return [prompts[tuple(document.ids)] for document in rendered]

    seen = Counter(name for step in range(40) for name in drawn(1, step))
    assert sum(seen.values()) == 800
    # Four standard deviations of a binomial of 800: 0.057 at 0.2, 0.065 at 0.3.
    assert abs(seen["none"] / 800 - 0.2) < 0.057 and abs(seen["no_text"] / 800 - 0.3) < 0.065
    assert drawn(1, 3) == drawn(1, 3)
    assert len({tuple(drawn(seed, step)) for seed, step in ((1, 3), (1, 4), (2, 3))}) == 3


def test_without_text_loss_a_document_ends_at_its_last_drawing(
    samples: dict[str, JsonlData], builder: Builder, stage: MakeStage
) -> None:
    whole = builder.document(samples["edit"][0].conversation)  # ends with the drawing read back
    (document,) = documents([samples["edit"][0]], builder, stage(text_loss=0), 0, 0)
    span = document.spans[0]
    assert len(document) == span.at == whole.spans[0].at < len(whole)
    assert document.ids == whole.ids[: span.at] and len(document.images) == 1 < len(whole.images)


def test_without_image_loss_there_are_no_drawings(
    samples: dict[str, JsonlData], builder: Builder, stage: MakeStage
) -> None:
    whole = builder.document(samples["draw"][0].conversation)
    (document,) = documents([samples["draw"][0]], builder, stage(image_loss=0), 0, 0)
    assert document.spans == [] and document.ids == whole.ids


def sample(tools: SimpleNamespace, *messages: dict[str, Any], origin: str = "some.jsonl:7") -> Sample:
    return Sample(parse_conversation(list(messages)), origin)


def test_nothing_to_learn_is_named_or_skipped(
    samples: dict[str, JsonlData], builder: Builder, stage: MakeStage, tools: SimpleNamespace, caplog: Any
) -> None:
    masked = sample(tools, tools.user(tools.text("hello")))
    with pytest.raises(DataError, match=r"^some\.jsonl:7: nothing carries loss in stage unify"):
        documents([masked], builder, stage(), 0, 0)
    with pytest.raises(DataError, match=r"^read\.jsonl:1: .*carries loss"):  # text only, where only drawing is learnt
        documents([samples["read"][0]], builder, stage(text_loss=0), 0, 0)
    words = sample(tools, tools.user(tools.text("hello")), tools.assistant(tools.text("hello")))
    seeing = stage(name="see", text_loss=0, image_loss=0, words_loss=1)
    with pytest.raises(DataError, match=r"words_loss asks for a picture and words"):
        documents([words], builder, seeing, 0, 0)
    assert documents([samples["read"][0]], builder, seeing, 0, 0)[0].trains
    (document,) = documents([masked, samples["read"][0]], builder, stage(), 0, 0, "skip")
    assert document.images and "some.jsonl:7" in caplog.text
    with pytest.raises(DataError, match="every sample of step 5 of stage unify"):
        documents([masked, masked], builder, stage(), 0, 4, "skip")


def test_what_cannot_be_rendered_is_named(builder: Builder, stage: MakeStage, tools: SimpleNamespace) -> None:
    for part, says in ((tools.image("gone.png"), "gone.png"), (tools.text("word " * 999), "context")):
        with pytest.raises(DataError, match=r"^some\.jsonl:7: ") as caught:
            documents([sample(tools, tools.user(part), tools.assistant(tools.text("x")))], builder, stage(), 0, 0)
        assert says in str(caught.value) and "\n" not in str(caught.value)


# ------------------------------------------------------------------------------------------------------ tensors


def make_step(micro: Model, some: list[Sample], stage: StageSpec, seed: int = 0, step: int = 0) -> Step:
    builder = micro.builder()
    return prepare(documents(some, builder, stage, seed, step), micro.net, stage, seed, step)


def test_drawings_are_grouped_by_size_and_belong_to_their_documents(
    samples: dict[str, JsonlData], micro: Model, stage: MakeStage, tools: SimpleNamespace
) -> None:
    # Pictures 5, 11, … are wide.
    wide_draw = tools.longer(samples["draw"][5])
    some = [wide_draw, samples["read"][0], samples["edit"][0], samples["draw"][7], samples["edit"][11]]
    step = make_step(micro, some, stage())
    sizes = [{step.spans[index].size for index in drawings.spans.tolist()} for drawings in step.drawings]
    assert sizes == [{(16, 16)}, {(32, 16)}]
    assert sorted(index for drawings in step.drawings for index in drawings.spans.tolist()) == [0, 1, 2, 3]
    assert [[document.task for document in batch.documents] for batch in step.batches] == [
        ["draw", "read", "edit", "edit"],
        ["draw"],
    ]
    small, wide = step.drawings
    assert small.x.shape == small.noise.shape == (2, 192, 2, 2) and wide.x.shape == (2, 192, 2, 4)
    assert small.sources.shape == (2, 192, 2, 2) and small.t.shape == (2,)
    for drawings in step.drawings:
        for row, index in enumerate(drawings.spans.tolist()):
            target = step.spans[index].target
            assert target is not None
            assert torch.equal(micro.net.codec.encode(to_pixels(target)[None])[0], drawings.x[row])
    # Each drawing has a time and noise of its own.
    assert len({float(t) for drawings in step.drawings for t in drawings.t}) == 4
    assert not torch.equal(small.noise[0], small.noise[1])
    assert abs(float(torch.cat([small.noise.flatten(), wide.noise.flatten()]).std()) - 1) < 0.1


def test_source_latents_stand_in_their_slots(
    samples: dict[str, JsonlData], micro: Model, stage: MakeStage, tools: SimpleNamespace
) -> None:
    # The long document comes last, in a batch of its own.
    step = make_step(micro, [tools.longer(samples["edit"][2]), samples["edit"][8], samples["draw"][0]], stage())
    (drawings,) = step.drawings
    owners = [document for batch in step.batches for document in batch.documents]
    assert drawings.spans.tolist() == [0, 1, 2] and [len(batch.rows) for batch in step.batches] == [2, 1]
    assert [owner.task for owner in owners] == ["draw", "edit", "edit"] and not drawings.sources[0].any()
    for row in (1, 2):
        source = owners[row].images[0].picture
        assert torch.equal(drawings.sources[row], micro.net.codec.encode(to_pixels(source)[None])[0])
        assert not torch.equal(drawings.sources[row], drawings.x[row])
    assert not torch.equal(drawings.sources[1], drawings.sources[2])
    # The branch `none` draws from nothing, `no_text` from its source.
    (drawings,) = make_step(micro, [samples["edit"][2]], stage(branches={"none": 1})).drawings
    assert not drawings.sources.any()
    (drawings,) = make_step(micro, [samples["edit"][2]], stage(branches={"none": 0, "no_text": 1})).drawings
    assert drawings.sources.any()


def flat(step: Step) -> list[torch.Tensor]:
    out = [value for batch in step.batches for value in (batch.ids, batch.labels, batch.positions)]
    return out + [value for d in step.drawings for value in (d.spans, d.x, d.noise, d.sources, d.t)]


def test_the_same_seed_and_step_give_the_same_tensors_and_others_do_not(
    samples: dict[str, JsonlData], micro: Model, stage: MakeStage
) -> None:
    some = [samples["draw"][5], samples["edit"][0]]
    state = torch.get_rng_state()
    first = make_step(micro, some, stage(), 1, 2)
    torch.manual_seed(99)
    again = make_step(micro, some, stage(), 1, 2)
    assert all(torch.equal(one, two) for one, two in zip(flat(first), flat(again), strict=True))
    for other in (make_step(micro, some, stage(), 1, 3), make_step(micro, some, stage(), 2, 2)):
        for one, two in zip(first.drawings, other.drawings, strict=True):
            assert torch.equal(one.x, two.x) and not torch.equal(one.noise, two.noise) and not torch.equal(one.t, two.t)
    torch.set_rng_state(state)


def test_times_are_spread_as_the_flow_says(samples: dict[str, JsonlData], micro: Model, stage: MakeStage) -> None:
    times = torch.cat([make_step(micro, [samples["draw"][0]] * 25, stage(), 0, n).drawings[0].t for n in range(8)])
    assert ((times > 0) & (times < 1)).all()
    # Logit-normal with shift 1: the logits are standard normal.
    logits = torch.logit(times)
    assert abs(float(logits.mean())) < 0.3 and abs(float(logits.std()) - 1) < 0.2
    assert float(flow.shifted(times, 3.0).mean()) > float(times.mean())


def test_text_alone_has_no_drawings(samples: dict[str, JsonlData], micro: Model, stage: MakeStage) -> None:
    step = make_step(micro, [samples["read"][0], samples["read"][1]], stage())
    assert step.drawings == [] and (step.batches[0].labels != IGNORE).any()


def test_the_opening_is_learnt_even_where_the_branch_is_dropped(
    samples: dict[str, JsonlData], builder: Builder, stage: MakeStage
) -> None:
    start = builder.vocabulary.control(DRAW_START)
    for rate in (0.0, 1.0):
        document = documents([samples["draw"][0]], builder, stage(branches={"none": rate}), 0, 0)[0]
        assert start in document.labels and start not in document.ids
