"""The checkpoint folder: nothing damaged, foreign or newer is let in."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from model_files import WEIGHTS, files
from safetensors.torch import load_file, save_file

from mini4o.errors import CheckpointError
from mini4o.model.spec import GenerationSpec
from mini4o.pretrained import folder


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
        (lambda index: index.update(format=3), "format 3 is newer than this mini4o reads (2); update mini4o"),
        (lambda index: index.update(references=[]), "damaged"),
        (lambda index: index.update(references={"dit": {}}), "refers to 'dit', which comes from nowhere"),
        (lambda index: index.update(references={"../x": {}}), "refers to '../x', which comes from nowhere"),
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


@pytest.mark.parametrize(
    "name",
    [
        "connector.safetensors.index.json",
        "dit/diffusion_pytorch_model-00001-of-00002.safetensors",
        "adapters/1/backbone/adapter_model.safetensors",
    ],
)
def test_weights_of_another_model_in_the_same_place_are_refused(copy: Path, name: str) -> None:
    """As a second copy into a folder leaves them: shards would be read, and an adapter stacked, without a word."""
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    (copy / name).write_bytes(b"{}")
    refused(copy, f"{name} is no file of this model")
