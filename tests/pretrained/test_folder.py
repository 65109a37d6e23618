"""The checkpoint folder: what is saved is what is loaded, others can read it, and nothing damaged gets in."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.models.transformers.sana_transformer import SanaTransformer2DModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText, AutoTokenizer, Qwen2VLImageProcessorPil

from mini4o.errors import CheckpointError, Mini4oError
from mini4o.generation.session import Wish
from mini4o.mini4o import Mini4o
from mini4o.model.spec import GenerationSpec
from mini4o.pretrained import folder
from mini4o.pretrained.model import Model

Pictures = Callable[..., PIL.Image.Image]
WEIGHTS = [
    "backbone/model.safetensors",
    "connector.safetensors",
    "dit/diffusion_pytorch_model.safetensors",
    "reader.safetensors",
    "source_in.safetensors",
]


@pytest.fixture
def copy(tiny_folder: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "model"))


def files(path: Path) -> dict[str, bytes]:
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


def edit_json(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    value = json.loads(path.read_text("utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def refused(path: Path, *words: str) -> None:
    """Loading says no: in one line that names the folder, and these words."""
    with pytest.raises(CheckpointError) as caught:
        folder.load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    for word in words:
        assert word in message


# Round trip.


def test_every_tensor_comes_back_bit_for_bit(tiny_model: Model, tiny_folder: Path) -> None:
    loaded = folder.load(tiny_folder)
    before, after = tiny_model.net.state_dict(), loaded.net.state_dict()
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert value.dtype == after[name].dtype, name
        assert torch.equal(value, after[name]), name
    assert loaded.spec == tiny_model.spec
    assert loaded.generation == tiny_model.generation


def test_a_loaded_model_saves_the_same_files(tiny_folder: Path, tmp_path: Path) -> None:
    folder.save(folder.load(tiny_folder), tmp_path / "again")
    before, after = files(tiny_folder), files(tmp_path / "again")
    assert before.keys() == after.keys()
    for name, content in before.items():
        assert content == after[name], name
    assert [p.name for p in tmp_path.iterdir()] == ["again"]


def test_a_loaded_model_says_and_draws_the_same(tiny: Mini4o, tiny_folder: Path, picture: Pictures) -> None:
    loaded = Mini4o.from_pretrained(tiny_folder)
    said = [{"role": "user", "content": [{"type": "image", "image": picture(1)}, {"type": "text", "text": "Who? 谁"}]}]
    for model in (tiny, loaded):
        assert model.chat(said, Wish(draw="never")).text == tiny.chat(said, Wish(draw="never")).text
    for size in tiny.model.spec.sizes:
        pair = [m.edit(picture(2), ["red", "blue"], size=size, image_scale=1.5)[1] for m in (tiny, loaded)]
        assert pair[0].size == size
        assert np.array_equal(*map(np.array, pair))


def test_other_values_and_the_recipe_are_saved_when_given(tiny_model: Model, tmp_path: Path) -> None:
    averages = {name: value + 1 for name, value in tiny_model.net.state_dict().items() if name == "reader.queries"}
    folder.save(tiny_model, tmp_path / "ema", recipe="base: digits\n", weights=averages)
    loaded = folder.load(tmp_path / "ema").net.state_dict()
    for name, value in tiny_model.net.state_dict().items():
        assert torch.equal(loaded[name], averages.get(name, value)), name
    assert (tmp_path / "ema" / "recipe.yaml").read_text() == "base: digits\n"
    assert "base: digits" in (tmp_path / "ema" / "README.md").read_text()


def test_standardising_statistics_are_part_of_the_model(new_tiny: Callable[..., Model], tmp_path: Path) -> None:
    model = new_tiny()
    assert model.net.connector.standardise is not None
    model.net.connector.standardise.observe(
        torch.randn(3, 4, 64, generator=torch.Generator().manual_seed(0)), torch.tensor([True, False, False])
    )
    folder.save(model, tmp_path / "model")
    again = folder.load(tmp_path / "model").net.connector.standardise
    assert again is not None
    assert again.count.tolist() == [1, 1]
    assert torch.equal(again.mean, model.net.connector.standardise.mean)


def test_a_head_of_its_own_is_kept(new_tiny: Callable[..., Model], tiny_model: Model, tmp_path: Path) -> None:
    backbone = tiny_model.spec.model_dump()["backbone"]
    backbone["config"]["tie_word_embeddings"] = False
    model = new_tiny(backbone=backbone)
    folder.save(model, tmp_path / "untied")
    lm = folder.load(tmp_path / "untied").net.backbone.lm
    assert torch.equal(lm.lm_head.weight, model.net.backbone.lm.lm_head.weight)
    assert not torch.equal(lm.lm_head.weight, lm.get_input_embeddings().weight)


def test_saving_again_replaces_the_folder_whole(copy: Path, new_tiny: Callable[..., Model]) -> None:
    (copy / "stray.txt").write_text("from the model before")
    folder.save(new_tiny(seed=8), copy)
    assert not (copy / "stray.txt").exists()
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]
    folder.load(copy)


def test_a_folder_of_other_things_is_never_replaced(tiny_model: Model, tmp_path: Path) -> None:
    (tmp_path / "holiday.txt").write_text("mine")
    with pytest.raises(CheckpointError, match="not a mini4o model and would be replaced"):
        folder.save(tiny_model, tmp_path)
    with pytest.raises(CheckpointError, match="not a mini4o model and would be replaced"):
        folder.save(tiny_model, tmp_path / "holiday.txt")
    assert files(tmp_path) == {"holiday.txt": b"mine"}


# Others can read it.


def test_all_files_are_as_open_as_any_file_written_here(tiny_folder: Path) -> None:
    (tiny_folder.parent / "any").write_text("")
    expected = (tiny_folder.parent / "any").stat().st_mode
    assert {path.stat().st_mode for path in tiny_folder.rglob("*") if path.is_file()} == {expected}


def test_plain_transformers_and_diffusers_load_their_parts(tiny_model: Model, tiny_folder: Path) -> None:
    lm = AutoModelForImageTextToText.from_pretrained(tiny_folder / "backbone")
    mine = tiny_model.net.backbone.lm.state_dict()
    assert type(lm).__name__ == "Qwen2_5_VLForConditionalGeneration"
    assert all(torch.equal(value, mine[name]) for name, value in lm.state_dict().items())
    dit, report = SanaTransformer2DModel.from_pretrained(tiny_folder / "dit", output_loading_info=True)
    assert not any(report.values())
    for name, value in dit.state_dict().items():
        assert torch.equal(value, tiny_model.net.dit.sana.state_dict()[name]), name
    assert not any("source" in name for name in load_file(tiny_folder / "dit" / "diffusion_pytorch_model.safetensors"))
    assert list(load_file(tiny_folder / "source_in.safetensors")) == ["patch_embed.proj.source.weight"]
    scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(tiny_folder / "scheduler")
    assert scheduler.config["shift"] == tiny_model.spec.flow.shift
    tokenizer = AutoTokenizer.from_pretrained(tiny_folder / "backbone")
    assert tokenizer.get_vocab() == tiny_model.tokenizer.get_vocab()
    assert tokenizer.chat_template == tiny_model.tokenizer.chat_template
    processor = Qwen2VLImageProcessorPil.from_pretrained(tiny_folder / "backbone")
    assert processor.to_dict() == tiny_model.processor.to_dict()


def test_the_index_names_format_versions_licences_and_hashes(tiny_folder: Path) -> None:
    index = json.loads((tiny_folder / "mini4o.json").read_text("utf-8"))
    assert index["format"] == 1
    assert set(index["versions"]) == {"mini4o", "torch", "transformers", "diffusers", "safetensors", "tokenizers"}
    assert set(WEIGHTS) < set(index["hashes"])
    assert set(index["licences"]) >= {"weights", "backbone", "dit"}
    assert not [p for p in tiny_folder.rglob("*") if p.suffix in {".bin", ".pt", ".pkl", ".ckpt"}]


# The index as format 1 wrote it, word for word. It must load for ever; a change of format adds another beside it.
FORMAT_1 = """{
  "format": 1,
  "spec": {
    "backbone": {"family": "qwen2_5_vl", "tokenizer_words": 400, "read_pixels": [256, 2048], "config": {
      "text_config": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
                      "num_key_value_heads": 2, "max_position_embeddings": 512, "initializer_range": 0.1},
      "vision_config": {"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "patch_size": 4,
                        "temporal_patch_size": 1, "spatial_merge_size": 2, "window_size": 16,
                        "fullatt_block_indexes": [1], "initializer_range": 0.1}}},
    "queries": 4, "query_std": 1.0,
    "connector": {"layers": 1, "width": 64, "heads": 4, "standardise": true, "norm_scale": 1.0},
    "dit": {"kind": "sana", "width": 64, "config": {"num_attention_heads": 4, "attention_head_dim": 16, "num_layers": 2,
      "num_cross_attention_heads": 4, "cross_attention_head_dim": 16, "cross_attention_dim": 64}},
    "codec": {"kind": "pixels", "factor": 8},
    "flow": {"prediction": "x", "shift": 3.0, "smallest_t": 0.05},
    "sizes": [[32, 32], [48, 32], [16, 32]], "sources": 2, "coordinates": "absolute"
  },
  "versions": {"mini4o": "0.1.0"},
  "licences": {"weights": "Apache-2.0"},
  "hashes": {}
}"""
GENERATION_1 = """{"max_tokens": 8, "temperature": 0.0, "top_p": 1.0, "steps": 3, "text_scale": 1.5, "image_scale": 1.0,
"guided_from": 0.0, "guided_to": 1.0, "renorm": "none", "writes": ["image"]}"""


def test_an_index_of_format_1_loads(copy: Path, tiny_model: Model) -> None:
    (copy / "mini4o.json").write_text(FORMAT_1, encoding="utf-8")
    (copy / "generation.json").write_text(GENERATION_1, encoding="utf-8")
    loaded = folder.load(copy)
    assert loaded.spec == tiny_model.spec
    assert loaded.generation == tiny_model.generation
    assert all(torch.equal(v, loaded.net.state_dict()[n]) for n, v in tiny_model.net.state_dict().items())


# What is not let in.


def test_a_missing_folder_and_a_foreign_one(tmp_path: Path) -> None:
    refused(tmp_path / "nothing", "there is no such model folder")
    (tmp_path / "config.json").write_text("{}")
    refused(tmp_path, "not a mini4o model, it has no mini4o.json; a run leaves one in its folder `model/`")


def test_a_run_in_place_of_its_model_is_told_where_that_is(tiny_folder: Path, tmp_path: Path) -> None:
    for inside in ("model", "run/model"):
        place = tmp_path / inside.replace("/", "-")
        (place / inside).parent.mkdir(parents=True)
        (place / inside).symlink_to(tiny_folder)
        refused(place, f"there is one in {place / inside}")


@pytest.mark.parametrize("name", WEIGHTS)
def test_one_flipped_bit_is_seen_in_every_file_of_weights(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[-5] ^= 1
    (copy / name).write_bytes(content)
    refused(copy, name, "damaged")


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_cut_off_or_missing_are_named(copy: Path, name: str) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    refused(copy, name, "damaged")
    (copy / name).unlink()
    refused(copy, name, "missing")


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_cut_off_are_seen_without_their_hash_too(copy: Path, name: str) -> None:
    edit_json(copy / "mini4o.json", lambda index: index["hashes"].clear())
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    refused(copy)
    (copy / name).unlink()
    refused(copy)


@pytest.mark.parametrize("name", WEIGHTS)
def test_tensors_missing_or_too_many_are_refused(copy: Path, name: str) -> None:
    edit_json(copy / "mini4o.json", lambda index: index["hashes"].clear())
    tensors = load_file(copy / name)
    first = sorted(tensors)[0]
    save_file({**tensors, "one.too.many": torch.zeros(1)}, copy / name, metadata={"format": "pt"})
    refused(copy, "one.too.many")
    save_file({n: t for n, t in tensors.items() if n != first}, copy / name, metadata={"format": "pt"})
    refused(copy)


@pytest.mark.parametrize("name", ["mini4o.json", "generation.json", "backbone/config.json", "backbone/tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"\xff\xfe"])
def test_garbage_in_place_of_json_is_refused(copy: Path, name: str, content: bytes) -> None:
    (copy / name).write_bytes(content)
    refused(copy)
    if name != "mini4o.json":
        edit_json(copy / "mini4o.json", lambda index: index["hashes"].clear())
        refused(copy)


def test_every_file_is_held_to_its_hash_but_those_that_people_edit(copy: Path) -> None:
    free = {"mini4o.json", "generation.json", "README.md"}
    hashed = sorted(set(files(copy)) - free)
    assert set(WEIGHTS) < set(hashed)
    for name in hashed:
        content = (copy / name).read_bytes()
        (copy / name).write_bytes(content + b" ")
        refused(copy, name, "damaged")
        (copy / name).unlink()
        refused(copy, name, "missing")
        (copy / name).write_bytes(content)
    edit_json(copy / "generation.json", lambda values: values.update(steps=7))
    (copy / "README.md").unlink()
    assert folder.load(copy).generation.steps == 7
    (copy / "generation.json").unlink()
    refused(copy, "generation.json is missing")
    (copy / "generation.json").write_text("{}", encoding="utf-8")  # as the error says
    assert folder.load(copy).generation == GenerationSpec()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda index: index.update(format=2), "format 2 is newer than this mini4o reads (1); update mini4o"),
        (lambda index: index.update(format="soon"), "damaged"),
        (lambda index: index.pop("format"), "damaged"),
        (lambda index: index.pop("spec"), "damaged"),
        (lambda index: index.update(hashes=["reader.safetensors"]), "damaged"),
        (lambda index: index.update(spec=[1]), "damaged"),
        (lambda index: index["spec"].update(quieries=4), "mini4o.json: unknown key 'quieries'"),
        (lambda index: index["spec"].pop("queries"), "mini4o.json: queries"),
        (lambda index: index["spec"].update(queries=5), "the reader has 'queries' of shape 4x64, not 5x64: it does"),
        (lambda index: index["spec"]["connector"].update(layers=2), "blocks.1"),
    ],
)
def test_an_index_that_is_newer_or_does_not_fit_is_refused(copy: Path, change: Any, said: str) -> None:
    edit_json(copy / "mini4o.json", change)
    refused(copy, said)


def test_unknown_defaults_of_generation_are_refused_by_the_name_of_their_file(copy: Path) -> None:
    edit_json(copy / "generation.json", lambda values: values.update(stepps=4))
    refused(copy, "generation.json: unknown key 'stepps'")


@pytest.mark.parametrize("name", ["../outside", "../../etc/passwd", "/etc/passwd", "dit/../../outside", ""])
def test_an_index_never_reaches_outside_its_folder(copy: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (copy.parent / "outside").write_text("secret")
    read: list[Path] = []
    true_open = Path.open

    def watched(self: Path, *args: Any, **kwargs: Any) -> Any:
        read.append(self)
        return true_open(self, *args, **kwargs)

    edit_json(copy / "mini4o.json", lambda index: index.update(hashes={name: "0" * 64}))
    monkeypatch.setattr(Path, "open", watched)
    refused(copy)
    assert {path.name for path in read} == {"mini4o.json"}


def test_code_that_a_folder_brings_is_not_run(copy: Path) -> None:
    (copy / "backbone" / "tokenization_x.py").write_text(f"open({str(copy / 'ran')!r}, 'w')\nclass X: pass\n")
    edit_json(
        copy / "backbone" / "tokenizer_config.json",
        lambda c: c.update(tokenizer_class="X", auto_map={"AutoTokenizer": ["tokenization_x.X", "tokenization_x.X"]}),
    )
    edit_json(copy / "mini4o.json", lambda index: index["hashes"].clear())
    folder.load(copy)
    assert not (copy / "ran").exists()


# Nothing half-written.

SAVE_UNDER_A_LIMIT = """
    import resource, signal, sys
    import torch
    from pathlib import Path
    from mini4o.pretrained import folder
    from mini4o.errors import CheckpointError
    torch.set_num_threads(1)
    path = Path(sys.argv[1])
    model = folder.load(path)
    with torch.no_grad():
        model.net.reader.queries.add_(1)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for limit in map(int, sys.argv[2:]):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            folder.save(model, path)
        except CheckpointError as error:
            print(error)
        else:
            print("saved at", limit)
"""


def test_a_full_disk_leaves_the_old_folder_and_nothing_else(copy: Path) -> None:
    before = files(copy)
    limits = ["0", "1000", "100000", "300000"]  # no file fits; the small ones do; the reader does; the connector does
    assert max(len(content) for content in before.values()) > 300000
    program = textwrap.dedent(SAVE_UNDER_A_LIMIT)
    command = [sys.executable, "-c", program, str(copy), *limits]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(limits)
    expected = f"{copy}: could not be written (File too large); free some space and save again"
    assert lines == [expected] * len(limits)
    assert files(copy) == before
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]
    folder.load(copy)


def test_an_interrupted_save_leaves_the_old_folder_and_nothing_else(copy: Path) -> None:
    before = files(copy)

    def write(aside: Path) -> None:
        (aside / "half").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.write_aside(copy, write)
    assert files(copy) == before
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]


def test_what_was_there_comes_back_when_the_new_cannot_take_its_place(copy: Path) -> None:
    before = files(copy)
    with pytest.raises(CheckpointError, match="could not be written"):
        folder.write_aside(copy, shutil.rmtree)  # nothing is left to rename
    assert files(copy) == before
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]


def test_a_place_that_cannot_be_written_is_named(tiny_model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Mini4oError, match=r"file/model: could not be written \([^\n]+$"):
        folder.save(tiny_model, tmp_path / "file" / "model")
