"""The DiT: plain SANA as long as its source slots are zero, at any of its sizes."""

from collections.abc import Callable

import pytest
import torch
from diffusers.models.transformers.sana_transformer import SanaTransformer2DModel
from torch import Tensor

from mini4o.chance import library, normal
from mini4o.model.build import make_dit
from mini4o.model.dit import Dit
from mini4o.model.dits.sana import Sana
from mini4o.pretrained.model import Model

SIZES = [(4, 4), (4, 6), (4, 2), (7, 3)]  # height, width of the latents; the position embedding is made for 4 x 4


def inputs(dit: Dit, size: tuple[int, int], batch: int = 2) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    x_t = normal((batch, dit.channels, *size), 0, "x")
    sources = normal((batch, dit.sources * dit.channels, *size), 0, "sources")
    return x_t, sources, torch.tensor([0.3, 0.9])[:batch], normal((batch, 4, 64), 0, "condition")


@pytest.fixture(scope="module")
def plain_and_ours(tiny_model: Model) -> tuple[SanaTransformer2DModel, Dit]:
    """Plain SANA, and ours with the same weights and zero source slots."""
    with library(0, "plain"):
        plain = SanaTransformer2DModel(**Sana.config(tiny_model.spec, tiny_model.net.codec.channels, 8)).eval()
    ours = make_dit(tiny_model.spec).eval()
    weights = {**plain.state_dict(), **{n: p for n, p in ours.sana.named_parameters() if ".source." in n}}
    ours.sana.load_state_dict(weights)
    return plain, ours


@pytest.mark.parametrize("size", SIZES)
def test_zero_source_channels_change_no_bit_of_the_output(
    plain_and_ours: tuple[SanaTransformer2DModel, Dit], size: tuple[int, int]
) -> None:
    plain, ours = plain_and_ours
    x_t, sources, t, condition = inputs(ours, size)
    with torch.no_grad():
        expected = plain(x_t, condition, timestep=t * 1000, return_dict=False)[0]
        assert torch.equal(ours(x_t, sources, t, condition), expected)
        assert torch.equal(ours(x_t, torch.zeros_like(sources), t, condition), expected)
    assert expected.std() > 1e-3


def test_trained_source_slots_are_seen_each_by_weights_of_its_own(new_tiny: Callable[..., Model]) -> None:
    dit = new_tiny(seed=4).net.dit.eval()
    x_t, sources, t, condition = inputs(dit, (4, 6))
    first, second = sources.clone(), sources.clone()
    first[:, dit.channels :], second[:, : dit.channels] = 0, 0
    swapped = torch.cat([sources[:, dit.channels :], sources[:, : dit.channels]], 1)
    with torch.no_grad():
        outputs = [dit(x_t, s, t, condition) for s in (torch.zeros_like(sources), first, second, sources, swapped)]
    for i, one in enumerate(outputs):
        for other in outputs[:i]:
            assert (one - other).abs().mean() > 1e-4


def test_every_input_of_the_dit_matters(tiny_model: Model) -> None:
    dit = tiny_model.net.dit
    given = inputs(dit, (4, 4))
    with torch.no_grad():
        output = dit(*given)
        for index, other in enumerate((-given[0], -given[1], given[2] / 2, -given[3])):
            changed = [*given]
            changed[index] = other
            assert (dit(*changed) - output).abs().mean() > 1e-4, index


def test_the_dit_knows_places(tiny_model: Model) -> None:
    """SANA has no position embedding by default, and then equal patches far from the border come out equal."""
    spec = tiny_model.spec
    lost = spec.dit.model_copy(update={"config": {**spec.dit.config, "interpolation_scale": None}})
    differences = []
    for dit_spec in (spec.dit, lost):
        with library(0, "places"):
            dit = make_dit(spec.model_copy(update={"dit": dit_spec})).eval()
        flat = torch.ones(1, dit.channels, 12, 12), torch.zeros(1, 2 * dit.channels, 12, 12)
        with torch.no_grad():
            output = dit(*flat, torch.ones(1), torch.ones(1, 4, 64))
        differences.append(float((output[..., 5, 5] - output[..., 6, 6]).abs().mean()))
    assert differences[0] > 1e-3
    assert differences[1] < 1e-5


def test_a_batch_is_each_alone(tiny_model: Model) -> None:
    dit = tiny_model.net.dit
    given = inputs(dit, (4, 6))
    with torch.no_grad():
        both = dit(*given)
        for i in range(2):
            torch.testing.assert_close(dit(*(x[i : i + 1] for x in given)), both[i : i + 1], atol=1e-5, rtol=1e-4)


def test_without_slots_the_dit_is_sana(tiny_model: Model) -> None:
    dit = make_dit(tiny_model.spec.model_copy(update={"sources": 0}))
    assert dit.source_parameters() == {}
    x_t, _, t, condition = inputs(dit, (4, 4))
    with torch.no_grad():
        assert dit(x_t, torch.zeros(2, 0, 4, 4), t, condition).shape == x_t.shape
