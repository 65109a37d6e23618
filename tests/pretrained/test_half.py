"""Weights kept in 16 bits: what is rounded, what is not, and who can read them."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers.models.transformers.sana_transformer import SanaTransformer2DModel
from model_files import WEIGHTS, files
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText

from mini4o.errors import CheckpointError
from mini4o.pretrained import folder
from mini4o.pretrained.model import Model


@pytest.fixture
def half(new_tiny: Callable[..., Model], tmp_path: Path) -> tuple[Model, Path]:
    """A model whose statistics are no numbers of 16 bits, and the folder that keeps it in 16 bits."""
    model = new_tiny(seed=4)
    states = torch.randn(3, 4, 64, generator=torch.Generator().manual_seed(0)) + 1000
    assert model.net.connector.standardise is not None
    model.net.connector.standardise.observe(states, torch.tensor([True, False, False]))
    folder.save(model, tmp_path / "half", half=True)
    return model, tmp_path / "half"


def test_parameters_are_rounded_and_statistics_are_not(half: tuple[Model, Path]) -> None:
    model, path = half
    loaded = folder.load(path).net
    buffers = {name for name, _ in model.net.named_buffers()}
    for name, value in model.net.state_dict().items():
        again = loaded.state_dict()[name]
        assert again.dtype == torch.float32, name
        assert torch.equal(again, value if name in buffers else value.half().float()), name
    assert {"connector.standardise.square", "connector.standardise_out.mean"} <= buffers
    assert not torch.equal(loaded.reader.queries, model.net.reader.queries)  # rounding does something


def test_a_half_model_saved_again_is_the_same_files(half: tuple[Model, Path], tmp_path: Path) -> None:
    _, path = half
    folder.save(folder.load(path), tmp_path / "again", half=True)
    assert files(path) == files(tmp_path / "again")
    for name in WEIGHTS:
        types = {value.dtype for value in load_file(path / name).values()}
        assert types == ({torch.float16, torch.float32} if name.startswith("connector") else {torch.float16}), name


def test_plain_transformers_and_diffusers_load_it(half: tuple[Model, Path]) -> None:
    model, path = half
    lm = AutoModelForImageTextToText.from_pretrained(path / "backbone")
    mine = model.net.backbone.lm.state_dict()
    assert lm.dtype == torch.float16
    assert all(torch.equal(value, mine[name].half()) for name, value in lm.state_dict().items())
    dit, report = SanaTransformer2DModel.from_pretrained(path / "dit", output_loading_info=True)
    assert not any(report.values())
    for name, value in dit.state_dict().items():
        assert torch.equal(value, model.net.dit.sana.state_dict()[name].half().to(value.dtype)), name


def test_a_value_too_large_for_16_bits_is_refused(new_tiny: Callable[..., Model], tmp_path: Path) -> None:
    model = new_tiny()
    with torch.no_grad():
        model.net.reader.queries[0, 0] = 70_000
    with pytest.raises(CheckpointError, match=r"^reader\.queries holds values that float16 cannot"):
        folder.save(model, tmp_path / "half", half=True)
    assert list(tmp_path.iterdir()) == []
