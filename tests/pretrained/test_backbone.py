"""A pretrained backbone that is not there, or not what it should be: one line says which file, and how to get it."""

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import PIL.Image
import pytest
import torch
from checkpoints import make_checkpoint
from huggingface_hub import errors as hub
from safetensors.torch import load_file, save_file

from mini4o.errors import CheckpointError
from mini4o.model.spec import BackboneSpec, GenerationSpec, ModelSpec
from mini4o.pretrained.backbone import find, load_model, load_tokenizer
from mini4o.pretrained.hub import reached
from mini4o.pretrained.model import Model, new_model


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint("qwen2_5_vl", tmp_path_factory.mktemp("kept") / "qwen", shards=True)


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    return shutil.copytree(kept, tmp_path / "qwen")


def load(folder: Path, **changes: Any) -> Any:
    spec = BackboneSpec(pretrained=str(folder), **changes)
    return load_model(find(spec), torch.float32, spec.attention)


def refused(folder: Path | str, *words: str, **changes: Any) -> None:
    """One line that holds all `words`."""
    with pytest.raises(CheckpointError) as caught:
        load(Path(folder) if isinstance(folder, Path) else folder, **changes)  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    for word in words:
        assert word in message, message


def shard(folder: Path) -> Path:
    return sorted(folder.glob("model-*.safetensors"))[1]


def test_shards_are_read_whole(copy: Path) -> None:
    assert len(list(copy.glob("model-*.safetensors"))) > 3
    state = load(copy).state_dict()
    kept = {name: value for path in copy.glob("model-*.safetensors") for name, value in load_file(path).items()}
    ours = {
        name.replace("model.language_model.", "model.").replace("model.visual.", "visual."): value
        for name, value in state.items()
    }
    ours.pop("lm_head.weight")  # tied
    assert ours.keys() == kept.keys()
    assert all(torch.equal(value, kept[name]) for name, value in ours.items())


def test_a_missing_shard(copy: Path) -> None:
    name = shard(copy).name
    shard(copy).unlink()
    refused(copy, f"{name} is missing", "hf download")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_half_downloaded_shard(copy: Path, share: float) -> None:
    path = shard(copy)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    refused(copy, f"{path.name} is damaged or cut off at {int(len(content) * share):,} bytes", "hf download")


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ("config.json", "config.json"),
        ("tokenizer.json", "tokenizer.json"),
        ("preprocessor_config.json", "preprocessor_config.json"),
        ("model.safetensors.index.json", "model.safetensors"),
    ],
)
def test_a_missing_file(copy: Path, gone: str, named: str) -> None:
    (copy / gone).unlink()
    refused(copy, f"{named} is missing", "hf download")


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff"])
def test_a_damaged_configuration(copy: Path, text: str) -> None:
    (copy / "config.json").write_text(text, encoding="latin-1")
    refused(copy, "config.json is damaged", "hf download")


@pytest.mark.parametrize("shard", ["../qwen/model-00001-of-00005.safetensors", "/model.safetensors", "a.bin", 3, {}])
def test_an_index_never_reaches_outside_its_folder(copy: Path, shard: Any) -> None:
    index = copy / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": {"lm_head.weight": shard}}))
    refused(copy, f"{index.name} is damaged")


def test_weights_that_are_quantised_already(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"quantization_config": {"load_in_4bit": True}}))
    refused(copy, "quantization_config", "model.backbone.quantise")


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("tokenizer.json", "tokenizer"),
        ("tokenizer_config.json", "tokenizer"),
        ("preprocessor_config.json", "image processor"),
    ],
)
@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_damaged_tokenizer_or_processor(file: str, what: str, content: str, copy: Path) -> None:
    (copy / file).write_text(content)
    checkpoint = find(BackboneSpec(pretrained=str(copy)))
    with pytest.raises(CheckpointError, match=rf"{copy}: its {what} is damaged \(.*\); get it again with: hf download"):
        checkpoint.tokenizer() if what == "tokenizer" else checkpoint.processor(None)


def test_pickles_alone(copy: Path) -> None:
    for path in [*copy.glob("*.safetensors"), copy / "model.safetensors.index.json"]:
        path.unlink()
    torch.save({"x": torch.zeros(1)}, copy / "pytorch_model.bin")
    refused(copy, "pytorch_model.bin", "never read", "expected model.safetensors")


def test_pickles_beside_safetensors_are_let_be(copy: Path) -> None:
    (copy / "pytorch_model.bin").write_bytes(b"anything")
    load(copy)


def test_another_class(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text("utf-8"))
    (copy / "config.json").write_text(json.dumps(config | {"model_type": "llama"}), encoding="utf-8")
    refused(copy, "model_type 'llama'", "qwen2_5_vl, qwen3_vl, smolvlm, internvl")


def test_another_family_than_was_said(copy: Path) -> None:
    refused(copy, "is a qwen2_5_vl by its config.json, not a internvl", family="internvl")


def change(folder: Path, edit: Callable[[dict[str, torch.Tensor]], None]) -> None:
    """Change the weights of the shard that holds the last norm, and the index with it."""
    index = json.loads((folder / "model.safetensors.index.json").read_text("utf-8"))
    name = index["weight_map"]["model.norm.weight"]
    tensors = load_file(folder / name)
    edit(tensors)
    save_file(tensors, folder / name, metadata={"format": "pt"})
    others = {key: file for key, file in index["weight_map"].items() if file != name}
    index["weight_map"] = others | dict.fromkeys(tensors, name)
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def drop(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["model.norm.weight"]


def add(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model.layers.0.self_attn.q_proj.lora_A.weight"] = torch.zeros(2, 2)


def reshape(tensors: dict[str, torch.Tensor]) -> None:
    tensors["model.norm.weight"] = torch.zeros(7)


@pytest.mark.parametrize(
    ("edit", "words"),
    [(drop, "1 missing, such as model"), (add, "1 too many, such as model"), (reshape, "1 misshapen, such as model")],
)
def test_other_keys(copy: Path, edit: Callable[[dict[str, torch.Tensor]], None], words: str) -> None:
    change(copy, edit)
    refused(copy, words, "Qwen2_5_VLForConditionalGeneration", "hf download")


def test_a_tokenizer_of_another_model(copy: Path, tiny_model: Model, tmp_path: Path) -> None:
    other = make_checkpoint("smolvlm", tmp_path / "smolvlm")
    shutil.copy(other / "tokenizer.json", copy)
    values = tiny_model.spec.model_dump() | {"backbone": {"pretrained": str(copy)}}
    with pytest.raises(CheckpointError, match="its tokenizer has no <"):
        new_model(ModelSpec.model_validate(values), GenerationSpec(), [], 0)


# The Hub.


def test_no_such_folder() -> None:
    for name in ("./no/where", "/no/where", "~/no-where", "a/b/c", "nowhere"):
        refused(name, "there is no such folder", "OWNER/NAME")


def test_offline_and_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it comes from the library: nothing is reached in these tests."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    refused("Qwen/Qwen2.5-VL-3B-Instruct", "is not on this machine", "hf download Qwen/Qwen2.5-VL-3B-Instruct")
    refused("Qwen/a", "at revision abc", "hf download Qwen/a --revision abc", revision="abc")
    refused("Qwen/a b", "neither a folder nor the id")


def test_a_hub_that_never_answers_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a firewall: connected, and nothing comes."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_ETAG_TIMEOUT", 0.2)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        reached.cache_clear()
        try:
            refused("Qwen/a", "is not on this machine, and the Hub was not reached")
        finally:
            reached.cache_clear()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (lambda: hub.GatedRepoError("x", response=MagicMock()), ["is gated; accept its terms at https://", "hf auth"]),
        (lambda: hub.RepositoryNotFoundError("x", response=MagicMock()), ["no such repository", "or it is private"]),
        (lambda: hub.RevisionNotFoundError("x", response=MagicMock()), ["has no revision abc", "/commits/main"]),
        (lambda: hub.HfHubHTTPError("too\nmany", response=MagicMock()), ["could not be fetched (too many", "hf down"]),
        (lambda: RuntimeError("no route"), ["could not be fetched (no route", "hf download"]),
        (lambda: OSError(28, "No space left on device"), ["could not be fetched", "No space left", "hf download"]),
    ],
)
def test_what_the_hub_refuses(
    error: Callable[[], Exception], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise error()

    monkeypatch.setattr("mini4o.pretrained.hub.snapshot_download", refuse)
    refused("Qwen/a", *words, revision="abc")


def test_a_repository_is_pinned_to_its_commit(
    kept: Path, tiny_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the library's own cache, in the layout in which it keeps repositories."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "models--Qwen--tiny"
    shutil.copytree(kept, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    found = find(BackboneSpec(pretrained="Qwen/tiny"))
    assert (found.family, found.revision) == ("qwen2_5_vl", commit)
    values = tiny_model.spec.model_dump() | {"backbone": {"pretrained": "Qwen/tiny"}}
    model = new_model(ModelSpec.model_validate(values), GenerationSpec(), [], 0)
    pinned = model.spec.backbone
    assert (pinned.family, pinned.revision, pinned.dtype) == ("qwen2_5_vl", commit, "float32")
    assert find(pinned).folder == found.folder


# Nothing is random.


def test_the_global_generator_and_the_seed_change_nothing_of_it(kept: Path, tiny_model: Model) -> None:
    values = tiny_model.spec.model_dump() | {"backbone": {"pretrained": str(kept)}}
    spec = ModelSpec.model_validate(values)
    one, two = (new_model(spec, GenerationSpec(), [], seed).net for seed in (0, 1))
    state = two.backbone.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in one.backbone.state_dict().items())
    assert not torch.equal(one.reader.queries, two.reader.queries)


def test_read_pixels_beats_the_checkpoint_in_families_that_have_it(
    kept: Path, tiny_model: Model, tmp_path: Path
) -> None:
    def read(path: Path, pixels: list[int] | None) -> int:
        values = tiny_model.spec.model_dump() | {"backbone": {"pretrained": str(path), "read_pixels": pixels}}
        model = new_model(ModelSpec.model_validate(values), GenerationSpec(), [], 0)
        return model.builder().read(PIL.Image.new("RGB", (64, 64))).tokens

    assert (read(kept, None), read(kept, [64, 1024])) == (64, 16)
    with pytest.raises(CheckpointError, match=r"leave out model\.backbone\.read_pixels"):
        read(make_checkpoint("internvl", tmp_path / "internvl"), [64, 1024])


def test_the_chat_template_of_older_checkpoints_is_found(copy: Path) -> None:
    (copy / "chat_template.jinja").unlink()
    config = json.loads((copy / "tokenizer_config.json").read_text("utf-8"))
    assert "chat_template" not in config
    assert load_tokenizer(copy).chat_template == json.loads((copy / "chat_template.json").read_text())["chat_template"]
