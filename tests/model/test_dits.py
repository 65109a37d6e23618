"""What holds for every family of DiTs: untouched as long as its source slots are zero, frozen in 16 bits or not."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import pipelines
from mini4o.chance import normal
from mini4o.errors import RecipeError
from mini4o.model.build import make_codec, make_dit
from mini4o.model.dit import Dit
from mini4o.model.dits import FAMILIES
from mini4o.model.spec import ModelSpec
from mini4o.pretrained.model import Model
from mini4o.pretrained.parts import settle

CONFIGS = {"sana": pipelines.SANA, "sd3": pipelines.SD3}
SIZES = [(8, 8), (8, 12), (8, 4), (14, 6)]  # height, width of the latents


def spec_of(tiny: ModelSpec, kind: str, config: dict[str, Any] | None = None, **changes: Any) -> ModelSpec:
    """A specification as it is once a checkpoint's configuration is known."""
    values = {
        **tiny.model_dump(),
        "dit": {"kind": kind, "pretrained": "there", "config": config or CONFIGS[kind], "width": 24, **changes},
        "codec": {"kind": "kl", "config": pipelines.KL},
    }
    return ModelSpec.model_validate(values)


def pair(spec: ModelSpec) -> tuple[Any, Dit]:
    """The library's class with random weights, and ours with the same and zero source slots."""
    family = FAMILIES[spec.dit.kind]
    plain = pipelines.filled(family.library, spec.dit.config).to(getattr(torch, spec.dit.dtype))
    ours = make_dit(spec).eval()
    sources = {name: weight.detach() for name, weight in ours.source_parameters().items()}
    weights = {name: weight.clone() for name, weight in plain.state_dict().items()}
    ours.model.load_state_dict(weights | sources, assign=True)  # of a pretrained DiT they have no values before
    return plain, ours


def inputs(dit: Dit, size: tuple[int, int]) -> tuple[Tensor, ...]:
    x_t = normal((2, dit.channels, *size), 0, "x")
    sources = normal((2, dit.sources * dit.channels, *size), 0, "sources")
    pooled = normal((2, 20), 0, "pooled")
    return x_t, sources, torch.tensor([0.3, 0.9]), normal((2, 5, 24), 0, "condition"), pooled


def called(plain: Any, given: tuple[Tensor, ...]) -> Tensor:
    """The library's class called by hand."""
    dtype = plain.proj_out.weight.dtype
    x_t, _, t, condition, pooled = (value.to(dtype) if value.ndim > 1 else value for value in given)
    more = {"pooled_projections": pooled} if "pooled_projection_dim" in plain.config else {}
    out: Tensor = plain(x_t, encoder_hidden_states=condition, timestep=t * 1000, return_dict=False, **more)[0]
    return out


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("kind", CONFIGS)
def test_zero_source_slots_change_no_bit_of_the_output(tiny_model: Model, kind: str, dtype: str) -> None:
    plain, ours = pair(spec_of(tiny_model.spec, kind, dtype=dtype))
    assert all(weight.dtype == torch.float32 for weight in ours.source_parameters().values())
    assert len(ours.source_parameters()) == 1
    with torch.no_grad():
        for size in SIZES:
            given = inputs(ours, size)
            expected = called(plain, given)
            assert torch.equal(ours(*given), expected)
            assert expected.std() > 1e-2
            zeros = [given[0], torch.zeros_like(given[1]), *given[2:]]
            assert torch.equal(ours(*zeros), expected)


@pytest.mark.parametrize("kind", CONFIGS)
def test_every_input_counts_and_each_source_by_weights_of_its_own(tiny_model: Model, kind: str) -> None:
    _, dit = pair(spec_of(tiny_model.spec, kind))
    with torch.no_grad():
        for weight in dit.source_parameters().values():
            weight.copy_(0.1 * normal(tuple(weight.shape), 0, "slots"))
        given = inputs(dit, (8, 12))
        output = dit(*given)
        first, second = given[1].chunk(2, 1)
        changed = {0: -given[0], 1: torch.cat([second, first], 1), 2: given[2] / 2, 3: -given[3]}
        changed |= {4: -given[4]} if dit.pooled else {}
        for index, other in changed.items():
            with_other = [other if place == index else value for place, value in enumerate(given)]
            assert (dit(*with_other) - output).abs().mean() > 1e-4, index


@pytest.mark.parametrize("kind", CONFIGS)
def test_gradients_are_the_same_with_checkpointing(tiny_model: Model, kind: str) -> None:
    gradients = []
    for checkpointing in (False, True):
        _, dit = pair(spec_of(tiny_model.spec, kind, checkpointing=checkpointing))
        dit.train()(*inputs(dit, (8, 8))).square().mean().backward()
        assert dit.model.is_gradient_checkpointing == checkpointing
        gradients.append({name: p.grad for name, p in dit.named_parameters()})
    reached = 0
    for name, gradient in gradients[0].items():
        other = gradients[1][name]
        assert (gradient is None) == (other is None), name
        if gradient is not None:
            torch.testing.assert_close(gradient, other, atol=1e-7, rtol=1e-5)
            reached += bool(gradient.any())
    assert reached > 30


def test_a_mask_hides_states_from_sana_and_sd3_takes_none(tiny_model: Model) -> None:
    _, sana = pair(spec_of(tiny_model.spec, "sana"))
    given = inputs(sana, (8, 8))
    mask = torch.tensor([[1, 1, 1, 0, 0]] * 2)
    with torch.no_grad():
        masked = sana(*given, mask=mask)
        short = sana(*given[:3], given[3][:, :3])
    torch.testing.assert_close(masked, short, atol=1e-5, rtol=1e-4)
    _, sd3 = pair(spec_of(tiny_model.spec, "sd3"))
    with pytest.raises(ValueError, match="takes no mask"):
        sd3(*inputs(sd3, (8, 8)), mask=mask)


def test_sd3_from_random_weights_is_built_from_the_rest_of_the_specification(new_tiny: Callable[..., Model]) -> None:
    config = {"num_layers": 1, "num_attention_heads": 2, "attention_head_dim": 16, "patch_size": 1}
    config |= {"pooled_projection_dim": 20, "pos_embed_max_size": 8}
    net = new_tiny(dit={"kind": "sd3", "width": 48, "config": config}).net
    said = net.dit.model.config
    assert (said["in_channels"], said["out_channels"], said["joint_attention_dim"]) == (192, 192, 48)
    assert net.connector.pool is not None and net.connector.pool.weight.shape == (20, 48)


@pytest.mark.parametrize(
    ("kind", "config", "changes", "said"),
    [
        ("sana", {"in_channels": 32}, {}, "latents of 32 channels, and the codec (kl) gives 4"),
        ("sana", {"out_channels": 8}, {}, "gives 8 channels for 4"),
        ("sana", {"guidance_embeds": True}, {}, "distilled"),
        ("sana", {}, {"dit": {"width": 64}}, "takes a condition of width 24, not 64"),
        ("sd3", {"pos_embed_max_size": 5}, {}, "knows 5 positions a side, and 12x8 latents in patches of 2 need more"),
        ("sd3", {"patch_size": 2}, {"sizes": [(32, 32), (36, 32)]}, "36x32 is no multiple of 8 pixels"),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_line(
    tiny_model: Model, kind: str, config: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    spec = spec_of(tiny_model.spec, kind, CONFIGS[kind] | config, **changes.get("dit", {}))
    spec = spec.model_copy(update={"sizes": changes.get("sizes", spec.sizes)})
    with pytest.raises(RecipeError) as caught:
        make_dit(spec)
    assert said in str(caught.value) and "\n" not in str(caught.value)


# Parameters, as the parts are published.
COUNTS = {
    "Efficient-Large-Model/Sana_1600M_512px_diffusers": (1_604_462_752, 312_250_275, (2304, 0), (32, 32)),
    "Efficient-Large-Model/Sana_1600M_1024px_diffusers": (1_604_462_752, 312_250_275, (2304, 0), (32, 32)),
    "Efficient-Large-Model/Sana_600M_512px_diffusers": (591_747_872, 312_250_275, (2304, 0), (32, 32)),
    "Efficient-Large-Model/Sana_600M_1024px_diffusers": (591_747_872, 312_250_275, (2304, 0), (32, 32)),
    "stabilityai/stable-diffusion-3.5-medium": (2_243_171_520, 83_819_683, (4096, 2048), (8, 16)),
}


@pytest.mark.parametrize("name", COUNTS)
def test_real_sizes_without_their_weights(tiny_model: Model, name: str) -> None:
    side = 512 if "512" in name else 1024
    parts = {"dit": {"pretrained": name}, "codec": {"pretrained": name}, "flow": {}, "sizes": [(side, side)]}
    spec, _ = settle(ModelSpec.model_validate(tiny_model.spec.model_dump() | parts), weights=False)
    with torch.device("meta"):
        dit, codec = make_dit(spec), make_codec(spec.codec)
    sources = sum(weight.numel() for weight in dit.source_parameters().values())
    counts = sum(p.numel() for p in dit.parameters()) - sources, sum(p.numel() for p in codec.parameters())
    assert (*counts, (dit.width, dit.pooled), (codec.factor, codec.channels)) == COUNTS[name]
    assert spec.flow.scheduler is not None and spec.flow.prediction == "v"
    assert dit.model.config["sample_size"] * codec.factor == side
