"""Training a pretrained pair: what no stage trains is neither released nor kept in the state, and all the same a run
goes on as if it had never stopped."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from checkpoints import make_checkpoint
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import pipelines
from hub_cache import COMMIT, fetched
from mini4o.errors import CheckpointError
from mini4o.pretrained import folder
from mini4o.training.recipe import Recipe, load_recipe
from mini4o.training.trainer import Trainer

Make = Callable[..., Recipe]
DIFFUSION = "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("checkpoints")
    make_checkpoint("qwen2_5_vl", place / "qwen")
    pipelines.write_sana(place / "sana")
    return place


def around(make_recipe: Make, place: Path, **changes: Any) -> Recipe:
    """`connect` and `unify` of the micro recipe around the pair, four steps and two."""
    pair = {"pretrained": str(place / "sana")}
    backbone = {"pretrained": str(place / "qwen"), "read_pixels": [64, 1024]}
    values = {"model.backbone": backbone, "model.dit": pair, "model.codec": pair, "model.flow": {}, "save_every": 3}
    recipe = make_recipe(values | {"stages.1.steps": 4, "stages.2.steps": 2} | changes)
    return recipe.model_copy(update={"stages": recipe.stages[1:]})


def state_of(run: Path) -> tuple[dict[str, Any], set[str]]:
    """The place that a run's state says, and the names of the net's tensors in it."""
    (place,) = (run / "state").iterdir()
    with safe_open(place / "net.safetensors", "pt") as opened:
        return json.loads((place / "state.json").read_text("utf-8")), set(opened.keys())


def of(part: str, names: set[str]) -> set[str]:
    return {name for name in names if name.startswith(f"{part}.") and ".source." not in name}


def test_what_no_stage_up_to_now_trains_is_not_in_the_state(
    make_recipe: Make, checkpoints: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    """`connect` trains the DiT, `unify` the language model too, and nothing the codec."""
    run = tmp_path / "run"
    trainer = Trainer(around(make_recipe, checkpoints), run, watcher=tools.StopAt(2))
    assert not trainer.run()
    place, names = state_of(run)
    assert place["elsewhere"] == ["backbone", "codec"]
    own = set(trainer.model.net.state_dict())
    assert not of("backbone", names) | of("codec", names)
    assert names == own - of("backbone", own) - of("codec", own)
    again = Trainer.resume(run, watcher=tools.StopAt(5))
    assert not again.run()
    place, names = state_of(run)
    assert place["elsewhere"] == ["codec"] and of("backbone", names) == of("backbone", own)
    assert Trainer.resume(run).run()
    assert Trainer(around(make_recipe, checkpoints), tmp_path / "whole").run()
    tools.same_run(tmp_path / "whole", run)
    model = run / "model"
    there = {file.parent.name for file in model.glob("*/*.safetensors")}
    assert there == {"backbone", "dit"}
    assert folder.read_index(model)["references"].keys() == {"codec"}
    kept = load_file(checkpoints / "sana" / "vae" / DIFFUSION)
    codec = folder.load(model).net.codec.state_dict()
    assert all(torch.equal(value, codec[f"model.{name}"]) for name, value in kept.items())


@pytest.mark.parametrize("standalone", [False, True])
def test_connect_releases_what_it_trained_and_the_rest_when_asked(
    make_recipe: Make, checkpoints: Path, tmp_path: Path, standalone: bool
) -> None:
    frozen = {"stages.1.train": {"queries": 3e-3, "connector": 3e-3, "source_in": 3e-3}, "standalone": standalone}
    recipe = around(make_recipe, checkpoints, **frozen)
    recipe = recipe.model_copy(update={"stages": recipe.stages[:1]})
    trainer = Trainer(recipe, tmp_path / "run")
    assert trainer.run()
    assert load_recipe(tmp_path / "run" / "recipe.yaml").standalone == standalone
    model = tmp_path / "run" / "model"
    parts = {file.parent.name for file in model.glob("*/*.safetensors")}
    assert parts == ({"backbone", "dit", "codec"} if standalone else set())
    loaded = folder.load(model).net.state_dict()
    assert all(torch.equal(value, loaded[name]) for name, value in trainer.model.net.state_dict().items())


def spoil(path: Path) -> None:
    tensors = load_file(path)
    name = sorted(tensors)[0]
    save_file(tensors | {name: tensors[name] + 1}, path, metadata={"format": "pt"})


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("part", ["backbone", "dit", "codec"])
def test_a_run_does_not_go_on_around_another_checkpoint(
    make_recipe: Make, checkpoints: Path, tmp_path: Path, tools: SimpleNamespace, part: str, begun: bool
) -> None:
    place = Path(shutil.copytree(checkpoints, tmp_path / "checkpoints"))
    trainer = Trainer(around(make_recipe, place), tmp_path / "run", watcher=tools.StopAt(1))
    if begun:
        assert not trainer.run()
    files = {
        "backbone": "qwen/model.safetensors",
        "dit": f"sana/transformer/{DIFFUSION}",
        "codec": f"sana/vae/{DIFFUSION}",
    }
    path = place / files[part]
    spoil(path)
    with pytest.raises(CheckpointError) as caught:
        Trainer.resume(tmp_path / "run")
    message = tools.one_line(caught.value)
    assert message.startswith(f"{tmp_path / 'run'}: its {part} is that of {place}")
    assert f"({path.name} has changed)" in message
    shutil.rmtree(path.parent)
    with pytest.raises(CheckpointError, match=r"get it with: hf download|no such folder|has neither"):
        Trainer.resume(tmp_path / "run")


def test_a_state_that_leaves_out_what_nothing_gives_is_refused(
    make_recipe: Make, checkpoints: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    assert not Trainer(around(make_recipe, checkpoints), tmp_path / "run", watcher=tools.StopAt(2)).run()
    (place,) = (tmp_path / "run" / "state").glob("*/state.json")
    values = json.loads(place.read_text("utf-8"))
    for elsewhere in ([], ["codec"], ["backbone", "codec", "dit"], ["backbone", "codec", "reader"]):
        place.write_text(json.dumps(values | {"elsewhere": elsewhere}), encoding="utf-8")
        with pytest.raises(CheckpointError, match="its state does not fit the model"):
            Trainer.resume(tmp_path / "run")
    place.write_text(json.dumps(values), encoding="utf-8")
    Trainer.resume(tmp_path / "run")


def test_all_commits_are_written_down_and_kept_to(
    make_recipe: Make, checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tools: SimpleNamespace
) -> None:
    for name in ("qwen", "sana"):
        fetched(tmp_path / "cache", checkpoints / name, name)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    recipe = around(make_recipe, Path("owner"), **{"stages.1.train": {"connector": 3e-3}})
    recipe = recipe.model_copy(update={"stages": recipe.stages[:1]})
    assert recipe.model.dit.revision is None
    assert not Trainer(recipe, tmp_path / "run", watcher=tools.StopAt(2)).run()
    written = load_recipe(tmp_path / "run" / "recipe.yaml").model
    assert [part.revision for part in (written.backbone, written.dit, written.codec)] == [COMMIT] * 3
    assert written.dit.config == {} and written.dit.kind is None  # what the checkpoint says is not said again
    for repository in (tmp_path / "cache").iterdir():  # main moves on, to a commit that is not here
        (repository / "refs" / "main").write_text(COMMIT[::-1])
    assert Trainer.resume(tmp_path / "run").run()
    spec = folder.read_index(tmp_path / "run" / "model")["spec"]
    assert [spec[part]["revision"] for part in ("backbone", "dit", "codec")] == [COMMIT] * 3
