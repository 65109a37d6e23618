"""A net is a function of its specification, its tokenizer and a seed."""

from collections.abc import Callable

import pytest
import torch
from pydantic import ValidationError

from mini4o.conversation.families.qwen2_5_vl import Qwen2_5_VLChat
from mini4o.conversation.tokens import OWN_TOKENS
from mini4o.errors import RecipeError
from mini4o.model.build import check_configs
from mini4o.model.spec import ModelSpec
from mini4o.pretrained.model import Model


def test_the_same_seed_gives_the_same_weights_whatever_the_global_generator(new_tiny: Callable[..., Model]) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        one = new_tiny(seed=5).net.state_dict()
        torch.manual_seed(2)
        two = new_tiny(seed=5).net.state_dict()
    other = new_tiny(seed=6).net.state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)
    matrices = [name for name, value in one.items() if value.ndim > 1 and not value.eq(value.flatten()[0]).all()]
    fixed = {name for name in matrices if torch.equal(one[name], other[name])}
    assert all("pos_embed" in name for name in fixed)
    assert len(matrices) > 40


def test_own_tokens_begin_as_their_nearest_relatives(tiny_model: Model) -> None:
    net = tiny_model.net
    nearest = [Qwen2_5_VLChat.nearest[token] for token in OWN_TOKENS]
    ids = tiny_model.tokenizer.convert_tokens_to_ids(nearest)
    assert torch.equal(net.reader.rows_in, net.backbone.lm.get_input_embeddings().weight[ids])
    assert torch.equal(net.reader.rows_out, net.backbone.lm.get_output_embeddings().weight[ids])


def test_a_fresh_model_has_zero_source_slots(new_tiny: Callable[..., Model]) -> None:
    from mini4o.model.build import make_dit

    weights = make_dit(new_tiny().spec).source_parameters()
    assert weights
    assert not any(weight.any() for weight in weights.values())


def test_numbers_that_do_not_fit_together_are_refused_in_one_line(
    new_tiny: Callable[..., Model], tiny_model: Model
) -> None:
    backbone = tiny_model.spec.model_dump()["backbone"]
    backbone["config"]["text_config"]["num_attention_heads"] = 5  # of a width of 64
    with pytest.raises(RecipeError, match=r"^model: [^\n]+$"):
        new_tiny(backbone=backbone)


TEXT, VISION, DIT = "backbone.config.text_config", "backbone.config.vision_config", "dit.config"


@pytest.mark.parametrize(
    ("place", "key", "value", "said"),
    [
        (TEXT, "hiden_size", 64, f"unknown key 'model.{TEXT}.hiden_size'; did you mean 'hidden_size'?"),
        (VISION, "window", 16, f"unknown key 'model.{VISION}.window'; did you mean 'window_size'?"),
        (DIT, "num_layer", 2, f"unknown key 'model.{DIT}.num_layer'; did you mean 'num_layers'?"),
        ("backbone.config", "txt_config", {}, "did you mean 'text_config'?"),
        (TEXT, "hidden_size", "many", f"model.{TEXT}.hidden_size: 'many' does not fit"),
        (VISION, "depth", 1.5, f"model.{VISION}.depth: 1.5 does not fit"),
        (DIT, "mlp_ratio", [2], f"model.{DIT}.mlp_ratio: [2] does not fit"),
        ("backbone.config", "text_config", 3, "model.backbone.config.text_config: 3 does not fit"),
        (DIT, "in_channels", 3, f"model.{DIT}.in_channels follows from the rest"),
        (TEXT, "vocab_size", 3, "leave it out"),
        (VISION, "patch_size", None, f"model.{VISION}.patch_size is missing"),
    ],
)
def test_the_words_of_the_libraries_are_checked(
    tiny_model: Model, place: str, key: str, value: object, said: str
) -> None:
    values = tiny_model.spec.model_dump()
    inner = values
    for step in place.split("."):
        inner = inner[step]
    inner[key] = value
    if value is None:
        del inner[key]
    with pytest.raises(RecipeError) as caught:
        check_configs(ModelSpec.model_validate(values))
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_what_the_libraries_know_passes(tiny_model: Model) -> None:
    values = tiny_model.spec.model_dump()
    values["backbone"]["config"]["tie_word_embeddings"] = False
    values["backbone"]["config"]["text_config"] |= {"rope_parameters": {"rope_type": "default"}, "rms_norm_eps": 1e-6}
    values["dit"]["config"] |= {"qk_norm": "rms_norm_across_heads", "mlp_ratio": 2}
    check_configs(ModelSpec.model_validate(values))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sizes": [(30, 32)]}, "30x32 is no multiple of the codec's factor 8"),
        ({"sizes": []}, "sizes"),
        ({"queries": 0}, "queries"),
        ({"quieries": 4}, "quieries"),
        ({"flow": {"prediction": "noise"}}, "prediction"),
    ],
)
def test_a_specification_is_checked(tiny_model: Model, changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ModelSpec.model_validate({**tiny_model.spec.model_dump(), **changes})
