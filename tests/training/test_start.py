"""Training on from a finished model: a run begins as that, and goes on as if it had never stopped."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from adapted import base, same
from hub_cache import COMMIT, fetched
from mini4o.errors import CheckpointError, Mini4oError, RecipeError
from mini4o.mini4o import Mini4o
from mini4o.model import adapters
from mini4o.pretrained import folder
from mini4o.training.dry_run import dry_run
from mini4o.training.losses import losses
from mini4o.training.prepare import prepare, rendered
from mini4o.training.recipe import Recipe, load_recipe
from mini4o.training.sizes import on_gpu
from mini4o.training.sources import Sources
from mini4o.training.trainer import Trainer

Write = Callable[..., Recipe]
LORA = {"language": {"rank": 2, "alpha": 4, "dropout": 0.1}, "dit": {"rank": 3}}
ADAPTERS = {"language_adapter": 3e-3, "dit_adapter": 3e-3}
DRAWS = {"connector": 3e-3, "dit": 3e-3, "source_in": 3e-3}


@pytest.fixture
def started(values: dict[str, Any], tools: SimpleNamespace, tmp_path: Path) -> Write:
    """The micro recipe's last stage alone, for a start: `started(start, train, adapters={})`."""

    def write(start: Any, train: dict[str, float], **changes: Any) -> Recipe:
        stage = values["stages"][2] | {"steps": 4, "train": train}
        left = {key: value for key, value in values.items() if key not in ("model", "generation")}
        path = tmp_path / "started.yaml"
        given = left | {"start": start, "stages": [stage], "save_every": 1} | changes
        path.write_text(tools.dump(given), encoding="utf-8")
        return load_recipe(path)

    return write


@pytest.fixture(scope="module")
def finished(whole_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished model; copy what you change."""
    return Path(shutil.copytree(whole_run / "model", tmp_path_factory.mktemp("start") / "finished"))


def changed(path: Path) -> None:
    """Other weights, by one, in a folder that is whole: its index says so."""
    tensors = load_file(path)
    name = sorted(tensors)[0]
    save_file(tensors | {name: tensors[name] + 1}, path, metadata={"format": "pt"})
    place = path.parent if (path.parent / "mini4o.json").is_file() else path.parent.parent
    index = json.loads((place / "mini4o.json").read_text("utf-8"))
    index["hashes"][path.relative_to(place).as_posix()] = folder.sha256(path)
    (place / "mini4o.json").write_text(json.dumps(index), encoding="utf-8")


def in_state(run: Path) -> tuple[list[str], set[str]]:
    """The parts that a run's state leaves out, and the names in it."""
    (place,) = (run / "state").iterdir()
    with safe_open(place / "net.safetensors", "pt") as opened:
        return json.loads((place / "state.json").read_text("utf-8"))["elsewhere"], set(opened.keys())


def test_it_begins_as_the_finished_model(
    started: Write, finished: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    """All weights, the generation, the tokenizer; so the first loss is what that model gives."""
    recipe = started(str(finished), DRAWS, generation={"steps": 3})
    there = folder.load(finished)
    assert recipe.model == there.spec
    assert recipe.generation == there.generation.model_copy(update={"steps": 3})
    trainer = Trainer(recipe, tmp_path / "run", watcher=(watcher := tools.StopAt(1)))
    assert same(trainer.model.net.state_dict(), there.net.state_dict())
    assert trainer.model.tokenizer.get_vocab() == there.tokenizer.get_vocab()
    stage = recipe.stages[0]
    some = rendered(Sources(recipe).mixture(stage), there.builder(), stage, recipe.seed, "stop", None, 0)
    expected = losses(there.net.train(), prepare(some, there.net, stage, recipe.seed, 0), stage, "fp32")
    assert not trainer.run()
    assert watcher.seen[0].image == expected.image and watcher.seen[0].text == expected.text


@pytest.mark.parametrize("train", [DRAWS, ADAPTERS])
def test_what_was_stopped_goes_on_and_keeps_what_it_trains(
    started: Write, finished: Path, tmp_path: Path, tools: SimpleNamespace, train: dict[str, float]
) -> None:
    recipe = started(str(finished), train, adapters=LORA if train is ADAPTERS else {})
    whole = Trainer(recipe, tmp_path / "whole")
    begun = base(whole.model.net)
    assert whole.run()
    run = tmp_path / "run"
    assert not Trainer(recipe, run, watcher=tools.StopAt(2)).run()
    elsewhere, names = in_state(run)
    if train is ADAPTERS:
        assert elsewhere == ["backbone", "reader", "connector", "dit", "codec"]
        assert names and all(".lora_" in name or ".source." in name for name in names)
    else:
        assert elsewhere == ["backbone", "reader", "codec"]
        assert {name.split(".")[0] for name in names} == {"connector", "dit"}
    assert Trainer.resume(run).run()
    tools.same_run(tmp_path / "whole", run)
    now = base(whole.model.net)
    moved = {name.split(".")[0] for name, value in now.items() if not torch.equal(value, begun[name])}
    assert moved == (set() if train is ADAPTERS else {"connector", "dit"})
    assert load_recipe(run / "recipe.yaml") == load_recipe(tmp_path / "whole" / "recipe.yaml") == recipe


def test_an_adapter_of_a_finished_model_alone_stacked_and_merged(
    started: Write, finished: Path, tmp_path: Path
) -> None:
    assert Trainer(started(str(finished), ADAPTERS, adapters=LORA), tmp_path / "run").run()
    released = tmp_path / "run" / "model"
    alone = Path(shutil.copytree(released / "adapters" / "1", tmp_path / "alone"))
    stacked, whole = Mini4o.from_pretrained(finished, adapters=[alone]), Mini4o.from_pretrained(released)
    assert same(stacked.model.net.state_dict(), whole.model.net.state_dict())
    drawn = stacked.draw("Draw red.")
    assert drawn.tobytes() == whole.draw("Draw red.").tobytes()
    plain = Mini4o.from_pretrained(finished).model.net
    assert same(base(plain), adapters.plain_state(whole.model.net, whole.model.net.state_dict()))
    whole.merge_adapters()
    whole.save_pretrained(tmp_path / "merged")
    merged = Mini4o.from_pretrained(tmp_path / "merged").model.net
    with torch.no_grad():
        for group in adapters.PARTS:
            for name, layer in adapters.layers(merged, group).items():
                inputs = torch.ones(1, layer.in_features)
                adapted = adapters.library(stacked.model.net, group).get_submodule(name).eval()(inputs)
                torch.testing.assert_close(layer(inputs), adapted, atol=1e-5, rtol=1e-4)


def test_what_it_started_from_may_change_where_the_state_has_it(
    started: Write, finished: Path, tmp_path: Path, tools: SimpleNamespace
) -> None:
    place = Path(shutil.copytree(finished, tmp_path / "finished"))
    run = tmp_path / "run"
    recipe = started(str(place), DRAWS)
    assert not Trainer(recipe, run, watcher=tools.StopAt(2)).run()
    changed(place / "connector.safetensors")
    changed(place / "source_in.safetensors")
    changed(place / "dit" / "diffusion_pytorch_model.safetensors")
    assert Trainer.resume(run).run()
    assert Trainer(started(str(finished), DRAWS), tmp_path / "whole").run()
    tools.same_run(tmp_path / "whole", run)


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("file", ["reader.safetensors", "source_in.safetensors", "backbone/model.safetensors"])
def test_a_run_does_not_go_on_from_another_model(
    started: Write, finished: Path, tmp_path: Path, tools: SimpleNamespace, file: str, begun: bool
) -> None:
    place = Path(shutil.copytree(finished, tmp_path / "finished"))
    run = tmp_path / "run"
    trainer = Trainer(started(str(place), DRAWS), run, watcher=tools.StopAt(1))
    if begun:
        assert not trainer.run()
    changed(place / file)
    if begun and file == "source_in.safetensors":
        Trainer.resume(run)  # the state has it
        return
    with pytest.raises(CheckpointError) as caught:
        Trainer.resume(run)
    message = tools.one_line(caught.value)
    assert (
        message.startswith(f"{run}: its model at the start is that of {place}") and f"({file} has changed)" in message
    )
    shutil.rmtree(place)
    with pytest.raises(CheckpointError, match=f"{place}: there is no such model folder"):
        Trainer.resume(run)


def test_sizes_and_a_dry_run_go_by_it(started: Write, finished: Path) -> None:
    recipe = started(str(finished), ADAPTERS, adapters=LORA)
    there = folder.load(finished).net
    _, net = on_gpu(recipe)
    shapes = {name: value.shape for name, value in net.state_dict().items()}
    plain = {adapters.plain_name(name): shape for name, shape in shapes.items() if ".lora_" not in name}
    assert plain == {name: value.shape for name, value in there.state_dict().items()}
    assert {value.device.type for value in net.parameters()} == {"meta"}
    told = dry_run(recipe)
    assert told.tokenizer == f"that of {finished}"
    assert told.sizes.backbone.startswith(f"that of {finished}: ")


def test_a_repository_is_kept_to_its_commit(
    started: Write, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tools: SimpleNamespace
) -> None:
    repository = fetched(tmp_path / "cache", finished, "finished").parents[1]
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    recipe = started("owner/finished", DRAWS)
    assert recipe.start is not None and recipe.start.revision == COMMIT
    assert not Trainer(recipe, tmp_path / "run", watcher=tools.StopAt(1)).run()
    (repository / "refs" / "main").write_text(COMMIT[::-1])
    assert Trainer.resume(tmp_path / "run").run()


def test_bad_starts_are_one_line(
    started: Write, finished: Path, tmp_path: Path, values: dict[str, Any], tools: SimpleNamespace
) -> None:
    def refused(start: Any, kind: type[Mini4oError] = CheckpointError, **changes: Any) -> str:
        with pytest.raises(kind) as caught:
            recipe = started(start, changes.pop("train", DRAWS), **changes)
            Trainer(recipe, tmp_path / "run")
        assert not (tmp_path / "run").exists()
        return tools.one_line(caught.value)

    assert "there is no such model folder" in refused(str(tmp_path / "gone"))
    assert "owner/none: " in refused("owner/none")
    assert "has no revisions" in refused({"pretrained": str(finished), "revision": "main"})
    assert "unknown key 'start.name'" in refused({"pretrained": "nano", "name": "nano"}, RecipeError)
    other = values["model"] | {"queries": 3}
    assert "leave out `model`, which says another" in refused(str(finished), RecipeError, model=other)
    damaged = Path(shutil.copytree(finished, tmp_path / "damaged"))
    path = damaged / "dit" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert f"{damaged}: dit/{path.name} is damaged" in refused(str(damaged))
    (damaged / "generation.json").write_text("{", encoding="utf-8")
    assert "generation.json" in refused(str(damaged))
    assert Trainer(started(str(finished), ADAPTERS, adapters=LORA), tmp_path / "lora").run()
    with_adapter = tmp_path / "lora" / "model"
    assert f"has adapters; add them to its weights, and start from that: mini4o merge {with_adapter}" in refused(
        str(with_adapter)
    )
    alone = with_adapter / "adapters" / "1"
    assert f"it is an adapter, which is put onto one: mini4o merge MODEL --adapter {alone}" in refused(str(alone))
