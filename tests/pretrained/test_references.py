"""Parts of pretrained checkpoints that nothing changed are kept by reference: as good as whole, and never another."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import make_checkpoint
from model_files import files
from safetensors.torch import load_file, save_file

import pipelines
from hub_cache import COMMIT, fetched
from mini4o.errors import CheckpointError
from mini4o.mini4o import Mini4o
from mini4o.pretrained import folder
from mini4o.pretrained.model import Model
from mini4o.pretrained.references import mark, owns
from turns import Pictures

DIFFUSION = "diffusion_pytorch_model.safetensors"
OF_PARTS = {"backbone": "backbone/model.safetensors", "dit": f"dit/{DIFFUSION}", "codec": f"codec/{DIFFUSION}"}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`qwen` in shards, and `sana`."""
    place = tmp_path_factory.mktemp("checkpoints")
    make_checkpoint("qwen2_5_vl", place / "qwen", shards=True)
    pipelines.write_sana(place / "sana")
    return place


def parts_of(place: Path) -> dict[str, Any]:
    return {"backbone": {"pretrained": str(place / "qwen")}, **pipelines.parts_of(place / "sana")}


@pytest.fixture(scope="module")
def pair(checkpoints: Path, new_tiny: Callable[..., Model]) -> Model:
    """Of pretrained parts alone; leave its weights as they are."""
    return new_tiny(**parts_of(checkpoints))


@pytest.fixture(scope="module")
def referring(pair: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("referring") / "model"
    folder.save(pair, place)
    return place


def index_of(place: Path) -> dict[str, Any]:
    return dict(json.loads((place / "mini4o.json").read_text("utf-8")))


def same(mine: Model, other: Model) -> None:
    state = other.net.state_dict()
    assert mine.net.state_dict().keys() == state.keys()
    for name, value in mine.net.state_dict().items():
        assert value.dtype == state[name].dtype and torch.equal(value, state[name]), name
    assert mine.tokenizer.get_vocab() == other.tokenizer.get_vocab()
    assert mine.processor.to_dict() == other.processor.to_dict()


def refused(place: Path, *words: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        folder.load(place)
    message = str(caught.value)
    assert "\n" not in message and str(place) in message
    for word in words:
        assert word in message, message


def test_by_reference_and_whole_are_the_same_model(
    pair: Model, referring: Path, tmp_path: Path, picture: Pictures
) -> None:
    folder.save(pair.standalone(), tmp_path / "whole")
    names = {"by reference": files(referring).keys(), "whole": files(tmp_path / "whole").keys()}
    assert names["whole"] - names["by reference"] == set(OF_PARTS.values())
    assert not names["by reference"] - names["whole"]
    for name, content in files(referring).items():
        if name not in ("mini4o.json",):
            assert content == (tmp_path / "whole" / name).read_bytes(), name
    one, two = folder.load(referring), folder.load(tmp_path / "whole")
    same(pair, one)
    same(one, two)
    assert one.references.keys() == set(OF_PARTS) and not two.references
    drawn = [Mini4o(each).edit(picture(1), ["Red."], size=(48, 32))[0].tobytes() for each in (pair, one, two)]
    assert drawn[0] == drawn[1] == drawn[2]


def test_the_index_says_which_files_were_meant(checkpoints: Path, referring: Path, pair: Model, tmp_path: Path) -> None:
    index = index_of(referring)
    places = {"backbone": "qwen", "dit": "sana/transformer", "codec": "sana/vae"}
    assert index["references"].keys() == places.keys()
    for part, place in places.items():
        known = [checkpoints / place / "config.json", *(checkpoints / place).glob("*.safetensors")]
        hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in known}
        assert index["references"][part] == hashes
    assert len(index["references"]["backbone"]) > 4
    assert index["format"] == 2
    folder.save(pair.standalone(), tmp_path / "whole")
    assert index_of(tmp_path / "whole")["format"] == 1 and "references" not in index_of(tmp_path / "whole")


def test_saved_again_it_refers_again(referring: Path, tmp_path: Path) -> None:
    folder.save(folder.load(referring), tmp_path / "again")
    assert files(tmp_path / "again") == files(referring)


@pytest.mark.parametrize("part", OF_PARTS)
def test_a_part_that_was_changed_is_kept_whole(part: str, checkpoints: Path, new_tiny: Any, tmp_path: Path) -> None:
    """Whoever changed it, and however little: one weight by its last bit."""
    model = new_tiny(**parts_of(checkpoints))
    value = next(p for name, p in model.net.named_parameters() if owns(part, name) and p.ndim > 1)
    value.data.view(torch.int32)[0, 0] ^= 1
    folder.save(model, tmp_path / "model")
    there = {each for each, file in OF_PARTS.items() if (tmp_path / "model" / file).is_file()}
    assert there == {part}
    assert index_of(tmp_path / "model")["references"].keys() == OF_PARTS.keys() - {part}
    same(folder.load(tmp_path / "model"), model)


@pytest.mark.parametrize("part", OF_PARTS)
def test_averages_of_a_part_are_kept_whole(part: str, pair: Model, tmp_path: Path) -> None:
    name, value = next((n, v) for n, v in pair.net.state_dict().items() if owns(part, n) and v.ndim > 1)
    folder.save(pair, tmp_path / "model", weights={name: value + 1})
    assert (tmp_path / "model" / OF_PARTS[part]).is_file()
    assert torch.equal(folder.load(tmp_path / "model").net.state_dict()[name], value + 1)


def test_a_mark_is_of_values_alone(pair: Model) -> None:
    marks = {part: mark(pair.net, part) for part in OF_PARTS}
    assert len(set(marks.values())) == 3
    assert marks == {part: reference.mark for part, reference in pair.references.items()}
    for name, value in pair.net.named_parameters():
        owners = [part for part in OF_PARTS if owns(part, name)]
        ours = name.startswith(("reader.", "connector.")) or ".source." in name
        assert len(owners) == (0 if ours else 1), name
        if ours:
            value.data.add_(1)
    assert marks == {part: mark(pair.net, part) for part in OF_PARTS}
    for name, value in pair.net.named_parameters():
        if not any(owns(part, name) for part in OF_PARTS):
            value.data.sub_(1)


# What it refers to is gone, or another.


@pytest.fixture
def moved(checkpoints: Path, new_tiny: Callable[..., Model], tmp_path: Path) -> Path:
    """Checkpoints of its own beside a model that refers to them: a folder to spoil."""
    for name in ("qwen", "sana"):
        shutil.copytree(checkpoints / name, tmp_path / name)
    folder.save(new_tiny(**parts_of(tmp_path)), tmp_path / "model")
    return tmp_path


PLACES = {"backbone": "qwen", "dit": "sana/transformer", "codec": "sana/vae"}


@pytest.mark.parametrize("part", PLACES)
def test_a_checkpoint_that_changed_is_refused(part: str, moved: Path) -> None:
    place = moved / PLACES[part]
    weights = sorted(place.glob("*.safetensors"))[-1]
    kept = weights.read_bytes()
    tensors = load_file(weights)
    name = sorted(tensors)[0]
    save_file(tensors | {name: tensors[name] + 1}, weights, metadata={"format": "pt"})
    words = f"its {part} is that of {moved / PLACES[part].split('/')[0]}, which is another since"
    refused(moved / "model", words, f"({weights.name} has changed); put it back as it was")
    weights.write_bytes(kept)
    folder.load(moved / "model")
    config = json.loads((place / "config.json").read_text("utf-8"))
    (place / "config.json").write_text(json.dumps(config | {"_note": "other"}), encoding="utf-8")
    refused(moved / "model", f"its {part} is", "(config.json has changed)")


@pytest.mark.parametrize("part", PLACES)
def test_a_checkpoint_that_is_gone_is_named_and_can_be_said_anew(part: str, moved: Path) -> None:
    root = PLACES[part].split("/")[0]
    before = folder.load(moved / "model")
    (moved / root).rename(moved / "elsewhere")
    hint = f"say in spec.{'dit' if root == 'sana' else part}.pretrained of its mini4o.json where it is"
    refused(moved / "model", "by reference", str(moved / root), "there is no such folder", hint)
    index = index_of(moved / "model")
    for each, place in PLACES.items():
        if place.startswith(root):
            index["spec"][each]["pretrained"] = str(moved / "elsewhere")
    (moved / "model" / "mini4o.json").write_text(json.dumps(index), encoding="utf-8")
    same(folder.load(moved / "model"), before)


def test_a_shard_that_is_gone_is_named(moved: Path) -> None:
    shard = sorted((moved / "qwen").glob("*.safetensors"))[1]
    shard.unlink()
    refused(moved / "model", "keeps its backbone by reference", f"{shard.name} is missing")


def test_the_folder_of_a_part_is_found_from_anywhere(
    checkpoints: Path, new_tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkpoints)
    model = new_tiny(**parts_of(Path()))
    folder.save(model, tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    assert index_of(tmp_path / "model")["spec"]["backbone"]["pretrained"] == str(checkpoints / "qwen")
    same(folder.load(Path("model")), model)


def test_a_model_never_replaces_what_it_refers_to(pair: Model, new_tiny: Any, tmp_path: Path) -> None:
    folder.save(pair.standalone(), tmp_path / "one")
    taken = {part: {"pretrained": str(tmp_path / "one" / part)} for part in ("dit", "codec")}
    model = new_tiny(**taken, flow={}, sizes=pipelines.SIZES)
    before = files(tmp_path / "one")
    with pytest.raises(CheckpointError, match="holds the weights of the model's dit and would be replaced"):
        folder.save(model, tmp_path / "one")
    assert files(tmp_path / "one") == before
    folder.save(model.standalone(), tmp_path / "one")
    same(folder.load(tmp_path / "one"), model)


# The Hub.


@pytest.fixture
def cache(checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The library's own cache, in which two repositories were fetched."""
    for name in ("qwen", "sana"):
        fetched(tmp_path / "cache", checkpoints / name, name)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_repository_is_referred_to_at_its_commit(cache: Path, new_tiny: Any, tmp_path: Path) -> None:
    model = new_tiny(**parts_of(Path("owner")))
    folder.save(model, tmp_path / "model")
    spec = index_of(tmp_path / "model")["spec"]
    for part, place in PLACES.items():
        assert spec[part]["pretrained"] == f"owner/{place.split('/')[0]}"
        assert spec[part]["revision"] == COMMIT
    for repository in cache.iterdir():  # main moves on, to a commit that is not here
        (repository / "refs" / "main").write_text(COMMIT[::-1])
    same(folder.load(tmp_path / "model"), model)
    shutil.rmtree(cache / "models--owner--sana")
    command = f"hf download owner/sana --include 'transformer/*' 'scheduler/*' --revision {COMMIT}"
    refused(tmp_path / "model", "keeps its dit by reference", f"is not on this machine at revision {COMMIT}", command)
