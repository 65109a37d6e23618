"""Real sizes on the meta device, without weights: parameters as published, each in one freeze group."""

from typing import Any

import pytest
import torch
from transformers import Qwen2_5_VLConfig, Qwen3VLConfig

from mini4o.model.backbone import Backbone
from mini4o.model.families import FAMILIES

ROPE = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}
QWEN_3B = {
    "vocab_size": 151936,
    "hidden_size": 2048,
    "intermediate_size": 11008,
    "num_hidden_layers": 36,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "rope_parameters": ROPE,
}
QWEN_7B = {
    "vocab_size": 152064,
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "rope_parameters": ROPE,
}
QWEN3_2B = {
    "vocab_size": 151936,
    "hidden_size": 2048,
    "intermediate_size": 6144,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "rope_parameters": {**ROPE, "mrope_section": [24, 20, 20], "mrope_interleaved": True},
}
VISION = {
    "depth": 32,
    "hidden_size": 1280,
    "intermediate_size": 3420,
    "num_heads": 16,
    "patch_size": 14,
    "window_size": 112,
    "fullatt_block_indexes": [7, 15, 23, 31],
}
VISION3 = {
    "depth": 24,
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_heads": 16,
    "out_hidden_size": 2048,
    "deepstack_visual_indexes": [5, 11, 17],
}


@pytest.mark.parametrize(
    ("family", "config", "total", "vision", "head"),
    [
        (
            "qwen2_5_vl",
            Qwen2_5_VLConfig(
                text_config=QWEN_3B, vision_config={**VISION, "out_hidden_size": 2048}, tie_word_embeddings=True
            ),
            3_754_622_976,
            668_684_288,
            0,
        ),
        (
            "qwen2_5_vl",
            Qwen2_5_VLConfig(
                text_config=QWEN_7B, vision_config={**VISION, "out_hidden_size": 3584}, tie_word_embeddings=False
            ),
            8_292_166_656,
            676_550_144,
            544_997_376,
        ),
        (
            "qwen3_vl",
            Qwen3VLConfig(text_config=QWEN3_2B, vision_config=VISION3, tie_word_embeddings=True),
            2_127_532_032,
            406_957_056,
            0,
        ),
    ],
)
def test_parameters_are_those_of_the_published_model(
    family: str, config: Any, total: int, vision: int, head: int
) -> None:
    with torch.device("meta"):
        backbone = Backbone(FAMILIES[family].MODEL(config))
    groups = {
        group: {id(p): p.numel() for module in modules for p in module.parameters()}
        for group, modules in backbone.parts().items()
    }
    counts = {group: sum(members.values()) for group, members in groups.items()}
    assert counts["vision"] + counts["merger"] == vision
    assert counts["head"] == head
    assert sum(counts.values()) == sum(p.numel() for p in backbone.parameters()) == total
    assert len({key for members in groups.values() for key in members}) == len(list(backbone.parameters()))
