"""The connector: what one prompt gives does not depend on its neighbours."""

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from mini4o.chance import library, normal
from mini4o.model.connector import Connector, Standardise
from mini4o.model.spec import ConnectorSpec

SOURCED = torch.tensor([True, False, True, True, False, False])
NO = torch.tensor([False])


def observe(standardise: Standardise, values: torch.Tensor) -> None:
    standardise.observe(values, NO.expand(len(values)))


def plain(standardise: Standardise, values: torch.Tensor) -> torch.Tensor:
    return standardise(values, NO.expand(len(values)))


def connector(**changes: object) -> Connector:
    with library(0, "connector"):
        return Connector(ConnectorSpec.model_validate({"layers": 2, "width": 32, "heads": 4, **changes}), 5, 16, 24)


@pytest.mark.parametrize("training", [True, False])
def test_a_batch_is_each_alone(training: bool) -> None:
    net = connector().train(training)
    states = normal((6, 5, 16), 0, "states")
    with torch.no_grad():
        net(states, SOURCED, observe=True)
        together = net(states, SOURCED)
        alone = torch.cat([net(states[i : i + 1], SOURCED[i : i + 1]) for i in range(6)])
    assert together.shape == (6, 5, 24)
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_the_order_of_the_queries_is_seen() -> None:
    net = connector(standardise=False)
    states = normal((1, 5, 16), 0, "states")
    with torch.no_grad():
        assert (net(states.flip(1), NO).flip(1) - net(states, NO)).abs().mean() > 1e-3


def test_every_query_sees_every_other() -> None:
    net = connector(standardise=False)
    states = normal((1, 5, 16), 0, "states").requires_grad_()
    for index in range(5):
        (gradient,) = torch.autograd.grad(net(states, NO)[0, index].sum(), states)
        assert gradient[0].abs().sum(-1).gt(0).all()


def test_no_layers_and_no_standardising_are_configurations_too() -> None:
    net = connector(layers=0, standardise=False, width=16)
    assert net.standardise is None
    assert not net.blocks
    assert isinstance(net.enter, torch.nn.Identity)
    assert net(normal((2, 5, 16), 0, "states"), SOURCED[:2]).shape == (2, 5, 24)


def test_the_condition_begins_at_the_wanted_size() -> None:
    condition = connector(norm_scale=3.0)(normal((4, 5, 16), 0, "states"), SOURCED[:4])
    torch.testing.assert_close(condition.square().mean(-1).sqrt(), torch.full((4, 5), 3.0), atol=1e-2, rtol=0)


def test_statistics_of_a_case_worked_by_hand() -> None:
    standardise = Standardise(1, 1, momentum=0.5)
    observe(standardise, torch.tensor([1.0, 3.0]).view(2, 1, 1))  # the first counts in full: mean 2, mean square 5
    assert (standardise.mean[0].item(), standardise.square[0].item()) == (2, 5)
    # (4 - 2) / sqrt(5 - 2²) = 2
    assert plain(standardise, torch.tensor([[[4.0]]])).item() == pytest.approx(2, rel=1e-4)
    observe(standardise, torch.tensor([4.0, 4.0]).view(2, 1, 1))  # the second by half: mean 3, mean square 10.5
    assert (standardise.mean[0].item(), standardise.square[0].item()) == (3, 10.5)
    observe(standardise, torch.tensor([5.0]).view(1, 1, 1))  # the third not by a third but by the momentum
    assert (standardise.mean[0].item(), standardise.square[0].item()) == (4, 17.75)


def test_the_first_batches_count_alike() -> None:
    standardise = Standardise(2, 3)
    states = normal((4, 8, 2, 3), 0, "states") * 3 + 1
    for batch in states:
        observe(standardise, batch)
    torch.testing.assert_close(standardise.mean[0], states.mean((0, 1)))
    flat = plain(standardise, states.flatten(0, 1))
    torch.testing.assert_close(flat.mean(0), torch.zeros(2, 3), atol=1e-4, rtol=0)
    torch.testing.assert_close(flat.var(0, correction=0), torch.ones(2, 3), atol=1e-3, rtol=0)


def test_reading_leaves_the_statistics_alone_and_unseen_they_change_nothing() -> None:
    standardise = Standardise(2, 3).train()
    states = normal((4, 2, 3), 0, "states")
    torch.testing.assert_close(plain(standardise, states), states, atol=1e-4, rtol=1e-4)
    assert not standardise.count.any()
    assert not standardise.mean.any()


def test_states_that_never_vary_do_not_blow_up() -> None:
    standardise = Standardise(1, 1)
    observe(standardise, torch.full((4, 1, 1), 1000.0))
    assert plain(standardise, torch.full((1, 1, 1), 1000.0)).abs().item() < 1


def test_no_gradient_runs_into_the_statistics() -> None:
    standardise = Standardise(1, 1)
    states = normal((4, 1, 1), 0, "states").requires_grad_()
    observe(standardise, states)
    assert not standardise.mean.requires_grad
    plain(standardise, states).sum().backward()
    deviation = (standardise.square[0] - standardise.mean[0].square()).sqrt()
    torch.testing.assert_close(states.grad, (1 / deviation).expand(4, 1, 1), rtol=1e-3, atol=0)


def test_what_is_common_to_all_prompts_is_taken_out_of_the_condition() -> None:
    states = 0.1 * normal((200, 5, 16), 0, "states") + 3 * normal((1, 5, 16), 1, "common")
    shares = []
    for standardise in (False, True):
        net = connector(standardise=standardise)
        with torch.no_grad():
            condition = net(states, NO.expand(200), observe=standardise)
        shares.append(condition.mean(0).square().mean() / condition.square().mean())
    assert shares[0] > 0.9
    assert shares[1] < 0.05


def test_drawings_with_sources_have_statistics_of_their_own() -> None:
    standardise = Standardise(1, 1)
    values = torch.tensor([1.0, 100.0, 3.0, 102.0]).view(4, 1, 1)
    sourced = torch.tensor([False, True, False, True])
    standardise.observe(values, sourced)
    assert standardise.mean.flatten().tolist() == [2, 101]
    assert standardise(values, sourced).flatten().tolist() == pytest.approx([-1, -1, 1, 1], rel=1e-3)


# What it is set to.


def states_of(seed: int = 0) -> Tensor:
    return normal((2, 5, 16), seed, "states")


def made(**changes: Any) -> Connector:
    with library(0, "connector"):
        return Connector(ConnectorSpec.model_validate({"layers": 2, "standardise": False, **changes}), 5, 16, 24).eval()


NONE = torch.tensor([False, False])


@pytest.mark.parametrize("order", ["encode-project", "project-encode"])
def test_a_causal_connector_lets_queries_see_only_those_before(order: str) -> None:
    one, other = states_of(), states_of()
    other[:, 3] += 1
    for causal in (True, False):
        connector = made(order=order, causal=causal)
        with torch.no_grad():
            moved = (connector(one, NONE) - connector(other, NONE)).abs().amax((0, 2))
        assert (moved[3:] > 1e-4).all()
        assert (moved[:3] > 1e-4).all() != causal
        assert not causal or not moved[:3].any()


def test_the_order_says_at_which_width_it_encodes() -> None:
    assert made(width=32, heads=4).blocks[0].qkv.in_features == 32
    assert made().blocks[0].qkv.in_features == 16  # the backbone's
    assert made(order="project-encode").blocks[0].qkv.in_features == 24  # the DiT's
    assert made(order="project-encode")(states_of(), NONE).shape == (2, 5, 24)
    with pytest.raises(ValueError, match="encodes at the DiT's width 24; leave out its width"):
        made(order="project-encode", width=32)
    with pytest.raises(ValueError, match="5 heads do not divide the width 16"):
        made(heads=5)


def test_presets() -> None:
    assert ConnectorSpec() == ConnectorSpec.model_validate("shallow") == ConnectorSpec(layers=6)
    assert ConnectorSpec.model_validate("metaquery") == ConnectorSpec(layers=24)
    mixed = ConnectorSpec.model_validate({"preset": "metaquery", "causal": True, "norm_scale": 2.345})
    assert mixed == ConnectorSpec(layers=24, causal=True, norm_scale=2.345)
    with pytest.raises(ValidationError, match="no preset 'deep' of the connector; take one of shallow, metaquery"):
        ConnectorSpec.model_validate("deep")


def test_the_pooled_vector_is_zero_at_the_start_and_the_same_for_queries_in_any_order() -> None:
    with library(0, "pool"):
        connector = Connector(ConnectorSpec(layers=1, heads=2), 5, 16, 24, pooled=7)
    condition = normal((2, 5, 24), 0, "condition")
    pooled = connector.pooled(condition)
    assert pooled is not None and pooled.shape == (2, 7) and not pooled.any()
    with torch.no_grad():
        connector.pool.weight.copy_(normal((7, 24), 0, "weight"))
        assert connector.pooled(condition).std() > 0.1
        torch.testing.assert_close(connector.pooled(condition.flip(1)), connector.pooled(condition))
    assert made().pooled(condition) is None
