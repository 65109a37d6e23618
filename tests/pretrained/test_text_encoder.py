"""A DiT's own text encoder, against its pipeline in `diffusers`."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import SanaPipeline, StableDiffusion3Pipeline
from safetensors.torch import load_file, save_file

import pipelines
import text_encoders
from mini4o.chance import normal
from mini4o.errors import CheckpointError
from mini4o.pretrained.model import Model
from mini4o.pretrained.text_encoder import TextEncoder, fingerprint
from mini4o.training.warm import side_by_side

LONG = "A blue dog! " * 60  # more tokens than any of the encoders reads
CAPTIONS = ["Draw RED.", LONG, "", " a green cat "]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: text_encoders.write(kind, tmp_path_factory.mktemp("pipes") / kind) for kind in pipelines.WRITE}


def test_states_of_sana_are_those_its_pipeline_hands_to_the_dit(
    folders: dict[str, Path], new_tiny: Callable[..., Model]
) -> None:
    folder = folders["sana"]
    pipe: Any = SanaPipeline.from_pretrained(folder, dtype=torch.float32)
    states, mask, none, none_mask = pipe.encode_prompt(CAPTIONS, device=torch.device("cpu"))
    found = TextEncoder(str(folder), dtype=torch.float32)(CAPTIONS)
    assert [len(each.states) for each in found] == mask.sum(1).tolist() and len(found[1].states) == 300
    for each, theirs, kept in zip(found, states, mask, strict=True):
        assert each.pooled is None and torch.equal(each.states, theirs[kept.bool()])
    assert torch.equal(found[2].states, none[0][none_mask[0].bool()])  # guidance compares with the empty caption

    dit = new_tiny(**pipelines.parts_of(folder), sources=0).net.dit.eval()
    x_t, t = normal((4, 4, 8, 8), 0, "x"), torch.tensor([0.1, 0.4, 0.7, 1.0])
    for some in ([0, 1, 2, 3], [0, 2]):
        read = side_by_side([found[index] for index in some], torch.device("cpu"))
        with torch.no_grad():
            ours = dit(x_t[some], x_t[:0], t[some], read.states, read.pooled, read.mask)
            theirs = pipe.transformer(
                x_t[some], states[some], timestep=1000 * t[some], encoder_attention_mask=mask[some], return_dict=False
            )[0]
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
        other = dit(x_t[some], x_t[:0], t[some], read.states.flip(0), read.pooled, read.mask)
        assert (ours - other).abs().max() > 1e-3


def test_states_of_sd3_are_those_its_pipeline_hands_to_the_dit(folders: dict[str, Path]) -> None:
    pipe: Any = StableDiffusion3Pipeline.from_pretrained(folders["sd3"], dtype=torch.float32)
    with torch.no_grad():  # with gradients, attention takes another way to the same
        states, none, pooled, none_pooled = pipe.encode_prompt(CAPTIONS, None, None, device=torch.device("cpu"))
    found = TextEncoder(str(folders["sd3"]), dtype=torch.float32)(CAPTIONS)
    for each, theirs, vector in zip(found, states, pooled, strict=True):
        assert each.pooled is not None and each.states.shape == (77 + 256, 24) and len(vector) == 20
        torch.testing.assert_close(each.states, theirs)
        torch.testing.assert_close(each.pooled, vector)
    assert found[2].pooled is not None and (states[0] - states[2]).abs().max() > 0.1
    torch.testing.assert_close(found[2].states, none[0])  # guidance compares with the empty caption
    torch.testing.assert_close(found[2].pooled, none_pooled[0])
    assert side_by_side(found, torch.device("cpu")).mask is None  # SD3 sees all of them


def test_a_dit_is_known_by_its_entrance_in_every_type(folders: dict[str, Path], new_tiny: Callable[..., Model]) -> None:
    for kind, folder in folders.items():
        entrance = TextEncoder(str(folder)).entrance
        place = {"pretrained": str(folder)}
        for dtype in ("float32", "bfloat16"):
            changes = pipelines.parts_of(folder) | {"dit": place | {"dtype": dtype}}
            dit = new_tiny(**changes).net.dit
            assert dit.kind == kind
            assert fingerprint(dit.model.get_parameter(dit.entrance)) == entrance
        with torch.no_grad():
            dit.model.get_parameter(dit.entrance)[0, 0] += 1
        assert fingerprint(dit.model.get_parameter(dit.entrance)) != entrance


def _without(*names: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for name in names:
            place = folder / name
            shutil.rmtree(place) if place.is_dir() else place.unlink()

    return damage


def _less(folder: Path) -> None:
    file = folder / "text_encoder" / "model.safetensors"
    tensors = load_file(file)
    del tensors[max(tensors)]
    save_file(tensors, file, {"format": "pt"})


def _named(**parts: Any) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        index = json.loads((folder / "model_index.json").read_text())
        (folder / "model_index.json").write_text(json.dumps(index | parts))

    return damage


def _cut(folder: Path) -> None:
    file = folder / "text_encoder" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-10])


def _pickled(folder: Path) -> None:
    (folder / "text_encoder" / "model.safetensors").rename(folder / "text_encoder" / "pytorch_model.bin")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_without("model_index.json"), "model_index.json is missing; get it with: hf download"),
        (_without("text_encoder"), "text_encoder: config.json is missing"),
        (_without("tokenizer"), "tokenizer: is missing; expected a tokenizer"),
        (_without("transformer/diffusion_pytorch_model.safetensors"), "diffusion_pytorch_model.safetensors is missing"),
        (_less, "text_encoder: the weights do not fit config.json: 1 missing"),
        (_cut, "text_encoder: model.safetensors is damaged or cut off"),
        (_pickled, "pickles only"),
        (_named(_class_name="LuminaPipeline"), "of LuminaPipeline; text encoders are known of SanaPipeline and Stable"),
        (_named(text_encoder=["transformers", "T5EncoderModel"]), "text_encoder is T5EncoderModel by model_index.json"),
        (
            _named(text_encoder=["own_code", "Gemma2Model"]),
            "text_encoder is missing by model_index.json; expected a Ge",
        ),
        (_named(tokenizer=["own_code", "GemmaTokenizer"]), "tokenizer: is of no class by model_index.json"),
        (_named(tokenizer=["transformers", "GemmaForCausalLM"]), "tokenizer: is GemmaForCausalLM by model_index.json"),
        (_named(tokenizer=["transformers"]), "tokenizer: is of no class by model_index.json"),
        (_named(text_encoder=3), "text_encoder is missing by model_index.json"),
    ],
)
def test_what_is_not_whole_is_one_line(
    folders: dict[str, Path], tmp_path: Path, damage: Callable[[Path], None], says: str
) -> None:
    folder = tmp_path / "pipe"
    shutil.copytree(folders["sana"], folder)
    damage(folder)
    with pytest.raises(CheckpointError) as error:
        TextEncoder(str(folder))
    assert says in str(error.value) and "\n" not in str(error.value)


def test_a_pipeline_that_is_nowhere_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no such folder"):
        TextEncoder(str(tmp_path / "nothing"))
    with pytest.raises(CheckpointError, match=r"is not on this machine.*hf download someone/thing --include"):
        TextEncoder("someone/thing")


def test_sd3_without_one_of_its_encoders_is_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "pipe"
    shutil.copytree(folders["sd3"], folder)
    _named(text_encoder_3=[None, None])(folder)
    with pytest.raises(CheckpointError, match="text_encoder_3 is missing by model_index"):
        TextEncoder(str(folder))
