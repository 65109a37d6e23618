"""Out to the Hub and back, with a hub that is a folder."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
import torch
import yaml
from checkpoints import make_checkpoint
from huggingface_hub import errors

import pipelines
from mini4o.errors import CheckpointError
from mini4o.mini4o import Mini4o
from mini4o.pretrained.model import Model

COMMITS = ("0123456789abcdef0123456789abcdef01234567", "89abcdef0123456789abcdef0123456789abcdef")


class FakeHub:
    """Keeps each upload as a commit, laid out as the library's cache has fetched repositories."""

    def __init__(self, cache: Path) -> None:
        self.cache, self.calls, self.pushed = cache, [], 0

    def __call__(self, token: str | None = None) -> "FakeHub":
        self.calls.append(("token", token))
        return self

    def create_repo(self, repo_id: str, private: bool | None, exist_ok: bool) -> Any:
        self.calls.append(("create", repo_id, private, exist_ok))
        return SimpleNamespace(repo_id=repo_id)

    def upload_folder(self, repo_id: str, folder_path: Path, revision: str | None, **options: Any) -> str:
        self.calls.append(("upload", repo_id, revision, options["commit_message"]))
        self.deleted = options["delete_patterns"]
        commit = COMMITS[self.pushed]
        self.pushed += 1
        place = self.cache / f"models--{repo_id.replace('/', '--')}"
        shutil.copytree(folder_path, place / "snapshots" / commit)
        (place / "refs").mkdir(exist_ok=True)
        (place / "refs" / (revision or "main")).write_text(commit)
        return f"https://huggingface.co/{repo_id}/commit/{commit}"

    def files(self, repo_id: str, commit: str) -> Path:
        return self.cache / f"models--{repo_id.replace('/', '--')}" / "snapshots" / commit


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    fake = FakeHub(tmp_path / "hub")
    monkeypatch.setattr("huggingface_hub.hub_mixin.HfApi", fake)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return fake


def same(one: Mini4o, two: Mini4o) -> None:
    mine, other = one.model.net.state_dict(), two.model.net.state_dict()
    assert mine.keys() == other.keys()
    assert all(torch.equal(value, other[name]) for name, value in mine.items())


def head(place: Path) -> dict[str, Any]:
    """The card's metadata."""
    return dict(yaml.safe_load((place / "README.md").read_text("utf-8").split("---")[1]))


def test_pushed_and_loaded_by_name(tiny: Mini4o, hub: FakeHub) -> None:
    address = tiny.push_to_hub("me/tiny", private=True, token="secret", commit_message="first")
    assert address == f"https://huggingface.co/me/tiny/commit/{COMMITS[0]}"
    calls = [("token", "secret"), ("create", "me/tiny", True, True), ("upload", "me/tiny", None, "first")]
    assert hub.calls == calls
    assert hub.deleted == ["*.safetensors", "*.safetensors.index.json"]  # else shards of an earlier push would be read
    same(Mini4o.from_pretrained("me/tiny"), tiny)
    there = head(hub.files("me/tiny", COMMITS[0]))
    assert (there["library_name"], there["pipeline_tag"], there["license"]) == ("mini4o", "any-to-any", "apache-2.0")
    assert "text-to-image" in there["tags"] and "base_model" not in there


def test_a_revision_is_the_model_that_it_was(tiny: Mini4o, new_tiny: Callable[..., Model], hub: FakeHub) -> None:
    tiny.push_to_hub("me/tiny")
    other = Mini4o(new_tiny(seed=5))
    other.push_to_hub("me/tiny")
    same(Mini4o.from_pretrained("me/tiny"), other)
    same(Mini4o.from_pretrained("me/tiny", revision=COMMITS[0]), tiny)
    same(Mini4o.from_pretrained("me/tiny", revision="main", local_files_only=True), other)
    with pytest.raises(CheckpointError, match=r"me/tiny: is not on this machine at revision v9, .* --revision v9$"):
        Mini4o.from_pretrained("me/tiny", revision="v9")


def test_saved_and_pushed_at_once(tiny: Mini4o, hub: FakeHub, tmp_path: Path) -> None:
    address = tiny.save_pretrained(tmp_path / "mine", push_to_hub=True, repo_id="me/mine", branch="next")
    assert address is not None and "me/mine" in address
    assert ("upload", "me/mine", "next", "Push model using huggingface_hub.") in hub.calls
    same(Mini4o.from_pretrained("me/mine", revision="next"), Mini4o.from_pretrained(tmp_path / "mine"))
    assert tiny.save_pretrained(tmp_path / "again") is None and hub.pushed == 1


def test_what_saving_does_not_know_is_refused(tiny: Mini4o, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="no 'standalon'"):
        tiny.save_pretrained(tmp_path / "mine", standalon=True)
    assert not (tmp_path / "mine").exists()


def test_the_model_is_not_copied_as_a_configuration(tiny: Mini4o) -> None:
    """Which the mixin does with dataclasses that are handed to a constructor."""
    assert Mini4o(tiny.model).model.net is tiny.model.net
    assert Mini4o(tiny.model)._hub_mixin_config is None


def test_parts_of_the_hub_stay_there_and_those_of_a_folder_go_along(
    hub: FakeHub, new_tiny: Callable[..., Model], tmp_path: Path
) -> None:
    qwen = hub.cache / "models--owner--qwen"
    make_checkpoint("qwen2_5_vl", qwen / "snapshots" / COMMITS[1])
    (qwen / "refs").mkdir()
    (qwen / "refs" / "main").write_text(COMMITS[1])
    sana = pipelines.write_sana(tmp_path / "sana")
    (sana / "README.md").write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    model = Mini4o(new_tiny(backbone={"pretrained": "owner/qwen"}, **pipelines.parts_of(sana)))
    model.push_to_hub("me/pair")
    place = hub.files("me/pair", COMMITS[0])
    assert not (place / "backbone" / "model.safetensors").exists()
    assert (place / "dit" / "diffusion_pytorch_model.safetensors").is_file()
    assert (place / "codec" / "diffusion_pytorch_model.safetensors").is_file()
    there = head(place)
    assert there["license"] == "other" and there["base_model"] in ("owner/qwen", ["owner/qwen"])
    assert "| backbone | not known; that of owner/qwen |" in (place / "README.md").read_text("utf-8")
    for path in place.rglob("*"):
        assert path.is_dir() or str(tmp_path).encode() not in path.read_bytes(), path
    (place / "README.md").unlink()  # whose licences are not lost with it
    shutil.rmtree(sana)
    again = Mini4o.from_pretrained("me/pair")
    same(again, model)
    assert again.model.licences == model.model.licences
    assert again.model.licences["dit"] == "mit, as its README.md reports"
    model.push_to_hub("me/whole", standalone=True)
    assert (hub.files("me/whole", COMMITS[1]) / "backbone" / "model.safetensors").is_file()
    assert model.model.references.keys() == {"backbone", "dit", "codec"}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.GatedRepoError("x", response=MagicMock()), "is gated; accept its terms at https://huggingface.co/a/b,"),
        (errors.RepositoryNotFoundError("x", response=MagicMock()), "there is no such repository on the Hub, or it is"),
        (
            errors.LocalEntryNotFoundError("x"),
            "is not on this machine, and the Hub was not reached; with a network: hf",
        ),
    ],
)
def test_what_the_hub_refuses(error: Exception, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise error

    monkeypatch.setattr("mini4o.pretrained.hub.snapshot_download", refuse)
    with pytest.raises(CheckpointError, match=f"^a/b: {words}"):
        Mini4o.from_pretrained("a/b")


def test_a_repository_of_something_else(hub: FakeHub) -> None:
    place = hub.files("owner/qwen", COMMITS[0])
    make_checkpoint("qwen2_5_vl", place)
    (place.parents[1] / "refs").mkdir()
    (place.parents[1] / "refs" / "main").write_text(COMMITS[0])
    with pytest.raises(CheckpointError, match=r"not a mini4o model, it has no mini4o\.json"):
        Mini4o.from_pretrained("owner/qwen")


def test_a_folder_has_no_revisions(tiny_folder: Path) -> None:
    with pytest.raises(CheckpointError, match="is a folder, which has no revisions; leave out `revision`"):
        Mini4o.from_pretrained(tiny_folder, revision="main")
    with pytest.raises(CheckpointError, match="there is no such model folder"):
        Mini4o.from_pretrained("./no/where")
