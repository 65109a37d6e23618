"""Nets without values: the parameters of the published models and of ours, group by group, and no memory."""

from pathlib import Path
from typing import Any

import pytest
from checkpoints import NAMES, make_checkpoint

from mini4o.conversation.scratch import NOT_SPECIAL, SPECIAL
from mini4o.errors import CheckpointError, RecipeError
from mini4o.model.spec import GenerationSpec, ModelSpec
from mini4o.pretrained.foreign import describe
from mini4o.pretrained.meta import configurations, meta_lm, meta_net
from mini4o.pretrained.model import Model, new_model
from pipelines import parts_of, write_sana


def counts(net: Any) -> dict[str, int]:
    return {name: sum(p.numel() for p in group.values()) for name, group in net.groups().items()}


@pytest.mark.parametrize(
    ("name", "total", "vision"),
    [
        ("Qwen/Qwen2.5-VL-3B-Instruct", 3_754_622_976, 668_684_288),
        ("Qwen/Qwen2.5-VL-7B-Instruct", 8_292_166_656, 676_550_144),
        ("Qwen/Qwen3-VL-2B-Instruct", 2_127_532_032, 406_957_056),
    ],
)
def test_backbones_have_the_parameters_of_the_published_ones(name: str, total: int, vision: int) -> None:
    facts = describe(name)
    parts = {part["part"]: part["parameters"] for part in facts["parts"]}
    assert facts["parameters"] == sum(parts.values()) == total
    assert parts["vision"] + parts["merger"] == vision
    assert facts["kept in"] == "bfloat16"


@pytest.mark.parametrize(("size", "dit"), [("600M", 591_747_872), ("1600M", 1_604_462_752)])
@pytest.mark.parametrize("pixels", [512, 1024])
def test_pipelines_have_the_parameters_of_the_published_ones(size: str, pixels: int, dit: int) -> None:
    facts = describe(f"Efficient-Large-Model/Sana_{size}_{pixels}px_diffusers")
    assert {part["part"]: part["parameters"] for part in facts["parts"]} == {"dit": dit, "codec": 312_250_275}


def test_a_net_from_random_weights_is_the_one_that_is_built(tiny_model: Model) -> None:
    """But for the vocabulary, which is as large here as its tokenizer may become."""
    spec, net = meta_net(tiny_model.spec)
    assert spec == tiny_model.spec
    assert {tensor.device.type for tensor in (*net.parameters(), *net.buffers())} == {"meta"}
    rows = spec.backbone.tokenizer_words + len(SPECIAL) + len(NOT_SPECIAL)
    more = (rows - len(tiny_model.tokenizer)) * net.backbone.width
    assert counts(net) == counts(tiny_model.net) | {"language": counts(tiny_model.net)["language"] + more}


@pytest.mark.parametrize("family", NAMES)
def test_a_net_around_checkpoints_is_the_one_that_is_built(family: str, tmp_path: Path, tiny_model: Model) -> None:
    backbone = {"pretrained": str(make_checkpoint(family, tmp_path / family))}
    parts = parts_of(write_sana(tmp_path / "sana"))
    spec = ModelSpec.model_validate(tiny_model.spec.model_dump() | {"backbone": backbone} | parts)
    settled, net = meta_net(spec)
    model = new_model(spec, GenerationSpec(), [], 0)
    assert settled.backbone.family == family
    assert counts(net) == counts(model.net)
    assert {name: p.shape for name, p in net.named_parameters()} == {
        name: p.shape for name, p in model.net.named_parameters()
    }


def test_a_checkpoint_of_others_by_its_folder(tmp_path: Path) -> None:
    backbone, pipeline = make_checkpoint("qwen2_5_vl", tmp_path / "qwen"), write_sana(tmp_path / "sana")
    assert describe(str(backbone))["kept in"] == "F32"
    facts = describe(str(pipeline))
    assert facts["class"] == "SanaTransformer2DModel, AutoencoderDC"
    part = describe(str(pipeline / "vae"))
    assert part["parts"] == facts["parts"][1:]
    assert (facts["licence"], part["checkpoint"]) == ("not known", str(pipeline / "vae"))


def test_what_is_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nobody/nothing: is not on this machine.*hf download nobody/nothing"):
        configurations("nobody/nothing")
    with pytest.raises(CheckpointError, match="no transformer or vae of a class that mini4o knows"):
        describe(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(CheckpointError, match="model_type 'gpt2', which is no backbone family"):
        describe(str(tmp_path))


def test_parts_that_do_not_fit_are_refused_as_for_training(tiny_model: Model) -> None:
    codec = {"pretrained": "Efficient-Large-Model/Sana_600M_512px_diffusers"}
    with pytest.raises(RecipeError, match="take the codec that the DiT was trained with"):
        meta_net(ModelSpec.model_validate(tiny_model.spec.model_dump() | {"codec": codec, "dit": {
            "pretrained": "stabilityai/stable-diffusion-3.5-medium"}, "flow": {}, "sizes": [(512, 512)]}))  # fmt: skip


def test_a_folder_without_a_configuration_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=f"config.json is missing.*hf download REPOSITORY --local-dir {tmp_path}"):
        meta_lm(tmp_path, str(tmp_path))
