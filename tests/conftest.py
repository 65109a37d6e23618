"""Tiny models of random weights, whose every part has an effect that can be seen, and pictures for them."""

import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

from mini4o import chance
from mini4o.mini4o import Mini4o
from mini4o.model.spec import GenerationSpec, ModelSpec
from mini4o.pretrained import folder
from mini4o.pretrained.model import Model, new_model

torch.set_num_threads(1)
# For `turns`, `golden` and `checkpoints`, which tests of several folders import.
sys.path[:0] = [str(Path(__file__).parent / name) for name in ("", "conversation", "families")]

TEXTS = [
    "Describe this image.\n",
    "You are a helpful assistant.",
    "Draw a red cat and a blue dog.",
    "Make it green: 1,2",
]


def tiny_spec(**changes: Any) -> ModelSpec:
    text = {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "initializer_range": 0.1,
    }
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "patch_size": 4,
        "temporal_patch_size": 1,
        "spatial_merge_size": 2,
        "window_size": 16,
        "fullatt_block_indexes": [1],
        "initializer_range": 0.1,
    }
    dit = {
        "num_attention_heads": 4,
        "attention_head_dim": 16,
        "num_layers": 2,
        "num_cross_attention_heads": 4,
        "cross_attention_head_dim": 16,
        "cross_attention_dim": 64,
    }
    spec = {
        "backbone": {
            "config": {"text_config": text, "vision_config": vision},
            "tokenizer_words": 400,
            "read_pixels": (256, 2048),
        },
        "queries": 4,
        "query_std": 1.0,
        "connector": {"layers": 1, "width": 64, "heads": 4},
        "dit": {"config": dit, "width": 64},
        "codec": {"factor": 8},
        "flow": {"shift": 3.0},
        "sizes": [(32, 32), (48, 32), (16, 32)],
        "sources": 2,
    }
    return ModelSpec.model_validate({**spec, **changes})


def make_tiny(seed: int = 0, **changes: Any) -> Model:
    """A new tiny model. Its source slots, zero by design at the start, are made random, so that sources are seen.

    changes: of the specification.
    """
    model = new_model(tiny_spec(**changes), GenerationSpec(steps=3, max_tokens=8), TEXTS, seed)
    with torch.no_grad():
        for weight in model.net.dit.source_parameters().values():
            weight.copy_(0.1 * chance.normal(tuple(weight.shape), seed, "test sources"))
    return model


def make_picture(seed: int = 0, size: tuple[int, int] = (32, 32)) -> PIL.Image.Image:
    """Noise, (width, height), the same for the same seed."""
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return PIL.Image.fromarray(values, "RGB")


@pytest.fixture(scope="session")
def new_tiny() -> Callable[..., Model]:
    """Makes tiny models, for tests that change weights or need another shape: `new_tiny(seed=0, **spec_changes)`."""
    return make_tiny


@pytest.fixture(scope="session")
def tiny_model() -> Model:
    """One for all tests; leave its weights as they are."""
    return make_tiny()


@pytest.fixture(scope="session")
def tiny(tiny_model: Model) -> Mini4o:
    """The facade on `tiny_model`."""
    return Mini4o(tiny_model)


@pytest.fixture(scope="session")
def tiny_folder(tiny_model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tiny_model` saved; copy it before you change a file."""
    path = tmp_path_factory.mktemp("models") / "tiny"
    folder.save(tiny_model, path)
    return path


@pytest.fixture(scope="session")
def picture() -> Callable[..., PIL.Image.Image]:
    """Makes pictures of noise: `picture(seed=0, size=(width, height))`."""
    return make_picture
