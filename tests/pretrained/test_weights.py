"""Weights in shards: each file small, all of it there, and plain libraries read them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderDC, SanaTransformer2DModel
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText

import pipelines
from mini4o.errors import CheckpointError
from mini4o.pretrained import folder
from mini4o.pretrained.model import Model
from mini4o.pretrained.weights import fill, save_weights

SHARD = 40_000  # bytes


@pytest.fixture(scope="module")
def model(new_tiny: Callable[..., Model], tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Around a pretrained pair, so that it has an autoencoder."""
    return new_tiny(**pipelines.parts_of(pipelines.write_sana(tmp_path_factory.mktemp("pair") / "sana"))).standalone()


@pytest.fixture
def sharded(model: Model, tmp_path: Path) -> Path:
    folder.save(model, tmp_path / "model", shard_size=SHARD)
    return tmp_path / "model"


def test_every_file_is_small_and_none_is_missing(model: Model, sharded: Path) -> None:
    largest = {"connector": 0, "reader": 0, "dit": 0, "backbone": 0, "codec": 0}
    for path in sharded.rglob("*.safetensors"):
        tensors = load_file(path)
        assert len(tensors) == 1 or sum(t.nbytes for t in tensors.values()) <= SHARD, path
        part = path.parent.name if path.parent != sharded else path.name.split(".")[0].split("-")[0]
        largest[part] = largest.get(part, 0) + 1
    assert largest["reader"] == 1  # small: one file, without an index
    for part in ("backbone", "dit", "codec", "connector"):
        assert largest[part] > 1, part
    for index in sharded.rglob("*.index.json"):
        listed = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
        stem = index.name.split(".")[0]
        assert listed == {path.name for path in index.parent.glob(f"{stem}-*.safetensors")}
        assert not (index.parent / f"{stem}.safetensors").exists()
    assert json.loads((sharded / "mini4o.json").read_text("utf-8"))["format"] == 2


def test_it_comes_back_bit_for_bit(model: Model, sharded: Path) -> None:
    state = folder.load(sharded).net.state_dict()
    assert state.keys() == model.net.state_dict().keys()
    assert all(torch.equal(value, state[name]) for name, value in model.net.state_dict().items())


def test_plain_libraries_load_the_parts(model: Model, sharded: Path) -> None:
    net = model.net
    for library, part, mine in (
        (AutoModelForImageTextToText, "backbone", net.backbone.lm),
        (SanaTransformer2DModel, "dit", net.dit.model),
        (AutoencoderDC, "codec", net.codec.model),
    ):
        plain, report = library.from_pretrained(sharded / part, output_loading_info=True)
        assert not any(report.values()), part
        assert all(torch.equal(value, mine.state_dict()[name]) for name, value in plain.state_dict().items()), part


def test_a_shard_that_is_missing_is_named(sharded: Path) -> None:
    shard = sorted(sharded.glob("connector-*.safetensors"))[1]
    shard.unlink()
    with pytest.raises(CheckpointError, match=f"{shard.name} is missing; copy the folder again"):
        folder.load(sharded)
    index = json.loads((sharded / "mini4o.json").read_text("utf-8"))
    del index["hashes"][shard.name]
    (sharded / "mini4o.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(CheckpointError, match=f"{shard.name} is missing"):
        folder.load(sharded)


def test_files_that_do_not_fit_change_nothing(tmp_path: Path) -> None:
    module = torch.nn.Linear(3, 2)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    good = {name: torch.randn_like(value) for name, value in before.items()}
    bias = {"bias": good["bias"]}
    for tensors, said in (
        (bias, "no 'weight'"),
        (good | {"more": torch.zeros(1)}, "'more' too many"),
        (good | {"weight": torch.zeros(3, 2)}, "'weight' of shape 3x2, not 2x3"),
    ):
        save_weights(tensors, tmp_path / "x.safetensors")
        assert fill(module, [tmp_path / "x.safetensors"], before.keys()) == said
        assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    save_weights(bias, tmp_path / "x.safetensors")
    assert fill(module, [tmp_path / "x.safetensors"], {"bias"}) == ""
    assert torch.equal(module.bias, good["bias"]) and torch.equal(module.weight, before["weight"])
    assert module.bias.requires_grad


def test_what_was_read_is_not_the_file_itself(tmp_path: Path) -> None:
    """A file that someone writes into later must not change a model in memory, nor a model its file."""
    module, path = torch.nn.Linear(64, 64), tmp_path / "x.safetensors"
    save_weights({name: value.clone() for name, value in module.state_dict().items()}, path)
    fill(module, [path], module.state_dict().keys())
    kept, content = module.weight.detach().clone(), path.read_bytes()
    with path.open("r+b") as file:
        file.seek(-64, 2)
        file.write(b"\x01" * 64)
    assert torch.equal(module.weight, kept)
    path.write_bytes(content)
    with torch.no_grad():
        module.weight.add_(1)
    assert path.read_bytes() == content
