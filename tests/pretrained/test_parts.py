"""A pretrained DiT and its codec: read whole or refused, and kept as plain `diffusers` has them."""

import json
import shutil
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKL,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    SanaTransformer2DModel,
    SD3Transformer2DModel,
)
from huggingface_hub import errors as hub
from safetensors.torch import load_file, save_file

import pipelines
from mini4o.errors import CheckpointError, Mini4oError, RecipeError
from mini4o.mini4o import Mini4o
from mini4o.model.build import make_codec, make_dit
from mini4o.model.spec import DitSpec, FlowSpec, ModelSpec
from mini4o.pretrained import folder
from mini4o.pretrained.model import Model
from mini4o.pretrained.parts import find_part, settle
from turns import Pictures

CLASSES: dict[str, Any] = {
    "sana": (SanaTransformer2DModel, AutoencoderDC, DPMSolverMultistepScheduler),
    "sd3": (SD3Transformer2DModel, AutoencoderKL, FlowMatchEulerDiscreteScheduler),
}
WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {kind: write(tmp_path_factory.mktemp("pairs") / kind) for kind, write in pipelines.WRITE.items()}


@pytest.fixture(scope="module")
def models(pairs: dict[str, Path], new_tiny: Callable[..., Model]) -> dict[str, Model]:
    return {kind: new_tiny(**pipelines.parts_of(place)) for kind, place in pairs.items()}


@pytest.fixture(params=CLASSES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def spoilt(pairs: dict[str, Path], kind: str, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(pairs[kind], tmp_path / "pair"))


def spec_of(tiny_model: Model, **parts: Any) -> ModelSpec:
    return ModelSpec.model_validate(tiny_model.spec.model_dump() | parts)


def same(mine: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert mine.keys() == other.keys() and len(mine) > 30
    for name, value in mine.items():
        assert value.dtype == other[name].dtype and torch.equal(value, other[name]), name


# Coming in.


def test_every_weight_is_the_checkpoints(kind: str, pairs: dict[str, Path], models: dict[str, Model]) -> None:
    net = models[kind].net
    plain = {name: value for name, value in net.dit.model.state_dict().items() if ".source." not in name}
    same(load_file(pairs[kind] / "transformer" / WEIGHTS), plain)
    same(load_file(pairs[kind] / "vae" / WEIGHTS), net.codec.model.state_dict())
    assert {name for name, group in net.groups().items() if group} >= {"dit", "source_in", "codec", "connector"}
    assert not any(p.requires_grad for p in net.groups()["codec"].values())
    net.train()
    assert not any(module.training for module in net.codec.modules())


def test_the_specification_then_says_what_the_checkpoint_is(
    kind: str, pairs: dict[str, Path], models: dict[str, Model]
) -> None:
    spec = models[kind].spec
    assert (spec.dit.kind, spec.codec.kind) == (kind, {"sana": "dc", "sd3": "kl"}[kind])
    assert spec.dit.width == 24
    assert spec.flow.prediction == "v" and spec.flow.scheduler is not None
    assert spec.flow.scheduler["_class_name"] == CLASSES[kind][2].__name__
    settled, parts = settle(spec)
    assert settled == spec
    assert parts.dit is not None and parts.dit.folder == pairs[kind] / "transformer"


def test_the_folder_of_a_part_itself_will_do(kind: str, pairs: dict[str, Path], tiny_model: Model) -> None:
    parts = {"dit": pairs[kind] / "transformer", "codec": pairs[kind] / "vae"}
    asked = spec_of(tiny_model, flow={}, **{what: {"pretrained": str(place)} for what, place in parts.items()})
    settled, found = settle(asked)
    assert settled.dit.kind == kind and settled.flow.scheduler is not None
    assert found.dit is not None and found.codec is not None
    assert (found.dit.folder, found.codec.folder) == (parts["dit"], parts["codec"])


def test_shards_are_read(kind: str, spoilt: Path, new_tiny: Callable[..., Model], models: dict[str, Model]) -> None:
    for sub, library in zip(("transformer", "vae"), CLASSES[kind], strict=False):
        whole = library.from_pretrained(spoilt / sub)
        shutil.rmtree(spoilt / sub)
        whole.save_pretrained(spoilt / sub, max_shard_size="20KB")
        assert (spoilt / sub / f"{WEIGHTS}.index.json").is_file()
    same(new_tiny(**pipelines.parts_of(spoilt)).net.state_dict(), models[kind].net.state_dict())


@pytest.mark.parametrize("other", ["bf16", "fp16"])
def test_a_copy_in_sixteen_bits_is_read_if_nothing_else_is_there(
    kind: str, spoilt: Path, new_tiny: Callable[..., Model], other: str, caplog: pytest.LogCaptureFixture
) -> None:
    library, dtype = CLASSES[kind][0], {"bf16": torch.bfloat16, "fp16": torch.float16}[other]
    plain = library.from_pretrained(spoilt / "transformer").to(dtype)
    (spoilt / "transformer" / WEIGHTS).unlink()
    plain.save_pretrained(spoilt / "transformer", variant=other)
    name = f"diffusion_pytorch_model.{other}.safetensors"
    assert (spoilt / "transformer" / name).is_file()
    dit = new_tiny(**pipelines.parts_of(spoilt)).net.dit.model
    assert f"transformer: {WEIGHTS} is not there, so {name} is read" in caplog.text
    state = {name: value for name, value in dit.state_dict().items() if ".source." not in name}
    same(state, {name: value.float() for name, value in plain.state_dict().items()})
    plain.save_pretrained(spoilt / "transformer", variant=other, max_shard_size="20KB")
    assert len(list((spoilt / "transformer").glob("*.safetensors"))) > 2
    same(new_tiny(**pipelines.parts_of(spoilt)).net.dit.model.state_dict(), dit.state_dict())


def test_copies_beside_the_plain_weights_are_let_be(kind: str, spoilt: Path, new_tiny: Any, models: Any) -> None:
    for other in ("bf16", "fp16"):
        (spoilt / "transformer" / f"diffusion_pytorch_model.{other}.safetensors").write_bytes(b"anything")
    same(new_tiny(**pipelines.parts_of(spoilt)).net.state_dict(), models[kind].net.state_dict())


def test_of_the_hub_copies_are_fetched_only_if_nothing_else_is_there(
    kind: str, spoilt: Path, tiny_model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A snapshot that holds what was asked for by patterns, as the library fills it."""
    snapshot, asked = tmp_path / "0123abcd", []

    def download(name: str, *, allow_patterns: list[str], **_: Any) -> str:
        names = [str(path.relative_to(spoilt)) for path in spoilt.rglob("*") if path.is_file()]
        got = [each for each in names if any(fnmatch(each, pattern) for pattern in allow_patterns)]
        asked.append(got)
        for each in got:
            (snapshot / each).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(spoilt / each, snapshot / each)
        return str(snapshot)

    monkeypatch.setattr("mini4o.pretrained.hub.snapshot_download", download)
    part = DitSpec(pretrained="owner/name")
    plain = spoilt / "transformer" / WEIGHTS
    shutil.copy(plain, plain.with_name("diffusion_pytorch_model.bf16.safetensors"))
    assert [path.name for path in find_part(part, "dit").files] == [WEIGHTS]
    assert not any(".bf16" in name for name in asked[0]) and len(asked) == 1
    plain.unlink()
    shutil.rmtree(snapshot)
    assert [path.name for path in find_part(part, "dit").files] == ["diffusion_pytorch_model.bf16.safetensors"]
    assert len(asked) == 3


def test_weights_that_are_read_are_not_drawn_by_chance_first(kind: str, models: dict[str, Model]) -> None:
    """Before they are read they take no memory; what is left has no values of its own anywhere."""
    spec, model = models[kind].spec, models[kind]
    dit, codec = make_dit(spec), make_codec(spec.codec)
    assert {name for name, p in dit.model.named_parameters() if not p.is_meta} == set(dit.source_parameters())
    assert all(p.is_meta for p in codec.parameters()) and len(list(codec.parameters())) > 20
    assert not any(value.is_meta for value in model.net.state_dict().values())
    buffers = dict(dit.model.named_buffers())
    assert all(torch.equal(value, buffers[name]) for name, value in model.net.dit.model.named_buffers())


def test_a_frozen_part_may_be_of_sixteen_bits(kind: str, pairs: dict[str, Path], new_tiny: Any, tmp_path: Path) -> None:
    place = {"pretrained": str(pairs[kind]), "dtype": "bfloat16"}
    model = new_tiny(**{**pipelines.parts_of(pairs[kind]), "dit": place, "codec": place})
    groups = model.net.groups()
    assert {p.dtype for group in ("dit", "codec") for p in groups[group].values()} == {torch.bfloat16}
    assert {p.dtype for group in ("source_in", "connector") for p in groups[group].values()} == {torch.float32}
    assert Mini4o(model).draw("a red cat", size=(48, 32)).size == (48, 32)
    folder.save(model, tmp_path / "model")
    same(model.net.state_dict(), folder.load(tmp_path / "model").net.state_dict())


# Going out.


def test_our_folder_comes_back_bit_for_bit_and_plain_diffusers_loads_its_parts(
    kind: str, models: dict[str, Model], tmp_path: Path, picture: Pictures
) -> None:
    model, (dit_class, codec_class, scheduler_class) = models[kind].standalone(), CLASSES[kind]
    place = tmp_path / "model"
    folder.save(model, place)
    loaded = folder.load(place)
    named = {part: getattr(model.spec, part) for part in ("dit", "codec")}  # a whole part says where from, not the way
    named = {key: part.model_copy(update={"pretrained": Path(part.pretrained).name}) for key, part in named.items()}
    assert loaded.spec == model.spec.model_copy(update=named)
    same(model.net.state_dict(), loaded.net.state_dict())
    drawn = [Mini4o(one).edit(picture(2), ["red"], size=(48, 32))[0] for one in (model, loaded)]
    assert drawn[0].size == (48, 32)
    assert np.array_equal(*map(np.array, drawn))
    for sub, library, mine in (("dit", dit_class, model.net.dit.model), ("codec", codec_class, model.net.codec.model)):
        plain, report = library.from_pretrained(place / sub, output_loading_info=True)
        assert not any(report.values())
        same(plain.state_dict(), {n: v for n, v in mine.state_dict().items() if ".source." not in n})
    assert list(load_file(place / "source_in.safetensors")) == list(model.net.dit.source_parameters())
    scheduler = scheduler_class.from_pretrained(place / "scheduler")
    wanted = {"shift": 3.0} if kind == "sd3" else pipelines.SANA_SCHEDULER
    assert {key: scheduler.config[key] for key in wanted} == wanted


def test_the_dit_of_a_model_of_ours_can_be_taken_on(kind: str, models: dict[str, Model], tmp_path: Path) -> None:
    folder.save(models[kind].standalone(), tmp_path / "model")
    place = {"dit": {"pretrained": str(tmp_path / "model/dit")}, "codec": {"pretrained": str(tmp_path / "model/codec")}}
    settled, _ = settle(spec_of(models[kind], flow={}, **place))
    assert settled.flow == models[kind].spec.flow and settled.dit.config == models[kind].spec.dit.config


def test_what_a_dit_from_scratch_predicts_is_taken_on_too(tiny_folder: Path, tiny_model: Model) -> None:
    asked = spec_of(tiny_model, dit={"pretrained": str(tiny_folder / "dit")}, flow={})
    assert settle(asked)[0].flow == tiny_model.spec.flow == FlowSpec(prediction="x", shift=3.0)


# What is not there, or not right: one line that names the file and what to do.


def refused(make: Callable[[], object], *words: str) -> None:
    with pytest.raises(Mini4oError) as caught:
        make()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message


def drop(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def pickle_only(path: Path) -> None:
    path.rename(path.with_suffix(".bin"))


def other_keys(path: Path) -> None:
    tensors = load_file(path)
    tensors["model." + sorted(tensors)[0]] = tensors.pop(sorted(tensors)[0])
    save_file(tensors, path)


def other_shape(path: Path) -> None:
    tensors = load_file(path)
    name = sorted(tensors)[0]
    save_file(tensors | {name: torch.zeros(3, 5)}, path)


@pytest.mark.parametrize("sub", ["transformer", "vae"])
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (drop, (WEIGHTS, "is missing; get it with: hf download")),
        (cut, (WEIGHTS, "damaged or cut off", "get it again with: hf download")),
        (pickle_only, ("pickles only (diffusion_pytorch_model.bin)", f"expected {WEIGHTS}")),
        (other_keys, ("the weights in", "config.json", "hf download")),
        (other_shape, ("of shape 3x5, not", "hf download")),
    ],
)
def test_weights_that_are_not_right_are_never_filled_up(
    spoilt: Path, new_tiny: Callable[..., Model], sub: str, spoil: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    spoil(spoilt / sub / WEIGHTS)
    refused(lambda: new_tiny(**pipelines.parts_of(spoilt)), str(spoilt), sub, *words)


def test_a_shard_that_did_not_arrive_is_named(kind: str, spoilt: Path, tiny_model: Model) -> None:
    whole = CLASSES[kind][0].from_pretrained(spoilt / "transformer")
    shutil.rmtree(spoilt / "transformer")
    whole.save_pretrained(spoilt / "transformer", max_shard_size="20KB")
    last = sorted((spoilt / "transformer").glob("*.safetensors"))[-1]
    last.unlink()
    refused(lambda: settle(spec_of(tiny_model, **pipelines.parts_of(spoilt))), last.name, "is missing")


def test_a_class_that_is_none_of_ours_and_a_missing_or_broken_configuration(spoilt: Path, tiny_model: Model) -> None:
    asked = spec_of(tiny_model, **pipelines.parts_of(spoilt))
    config = spoilt / "transformer" / "config.json"
    values = json.loads(config.read_text())
    config.write_text(json.dumps(values | {"_class_name": "UNet2DConditionModel"}))
    words = (
        "transformer/config.json is of UNet2DConditionModel; a dit is SanaTransformer2DModel or SD3Transformer2DModel"
    )
    refused(lambda: settle(asked), words)
    config.write_text("{")
    refused(lambda: settle(asked), "config.json is damaged")
    config.unlink()
    refused(lambda: settle(asked), "transformer: config.json is missing", "hf download")
    shutil.rmtree(spoilt / "transformer")
    refused(lambda: settle(asked), "has neither transformer/config.json nor a config.json")


def test_a_dit_without_its_scheduler_needs_a_flow_that_is_given(spoilt: Path, tiny_model: Model) -> None:
    shutil.rmtree(spoilt / "scheduler")
    parts = pipelines.parts_of(spoilt)
    refused(lambda: settle(spec_of(tiny_model, **parts)), "scheduler_config.json", "or give model.flow")
    given = {"prediction": "v", "shift": 2.0}
    assert settle(spec_of(tiny_model, **parts | {"flow": given}))[0].flow == FlowSpec.model_validate(given)


def test_names_that_are_nowhere(tiny_model: Model) -> None:
    def asked(name: str, **more: Any) -> Callable[[], object]:
        return lambda: settle(spec_of(tiny_model, dit={"pretrained": name, **more}, flow={}))

    refused(asked("./nowhere"), "there is no such folder")
    refused(asked("nowhere"), "there is no such folder", "OWNER/NAME")
    words = ("is not on this machine at revision abc", "hf download nobody/nothing", "--revision abc")
    refused(asked("nobody/nothing", revision="abc"), *words)
    # Sizes of this one are known, its weights are not here: nothing takes their place.
    known = "Efficient-Large-Model/Sana_600M_512px_diffusers"
    refused(asked(known), "is not on this machine", f"hf download {known} --include 'transformer/*' 'scheduler/*'")


@pytest.mark.parametrize("what", ["dit", "codec"])
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (hub.GatedRepoError("x", response=MagicMock()), ("is gated; accept its terms at https://huggingface.co/a/b",)),
        (hub.RepositoryNotFoundError("x", response=MagicMock()), ("no such repository", "or it is private")),
        (hub.RevisionNotFoundError("x", response=MagicMock()), ("has no revision abc", "/commits/main")),
        (hub.LocalEntryNotFoundError("x"), ("is not on this machine at revision abc", "hf download a/b --include")),
        (OSError(28, "No space left on device"), ("could not be fetched", "No space left", "hf download a/b")),
    ],
)
def test_what_the_hub_refuses(
    what: str, error: Exception, words: tuple[str, ...], tiny_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise error

    monkeypatch.setattr("mini4o.pretrained.hub.snapshot_download", refuse)
    asked = spec_of(tiny_model, **{what: {"pretrained": "a/b", "revision": "abc"}}, flow={})
    refused(lambda: settle(asked), *words)


@pytest.mark.parametrize(
    ("part", "values", "said"),
    [
        ("dit", {"width": 64}, "takes a condition of width 24"),
        ("dit", {"config": {"num_layers": 3}}, "model.dit.config comes with"),
        ("flow", {"shift": 7.0}, "goes on as its scheduler says"),
    ],
)
def test_what_the_checkpoint_says_is_not_to_be_said_otherwise(
    kind: str, pairs: dict[str, Path], tiny_model: Model, part: str, values: dict[str, Any], said: str
) -> None:
    parts = pipelines.parts_of(pairs[kind])
    with pytest.raises(RecipeError, match=said):
        settle(spec_of(tiny_model, **parts | {part: parts[part] | values}))


def test_a_dit_and_a_codec_that_do_not_go_together(
    pairs: dict[str, Path], new_tiny: Callable[..., Model], tiny_model: Model
) -> None:
    dit = {"pretrained": str(pairs["sana"])}
    refused(
        lambda: new_tiny(dit=dit, flow={}), "latents of 4 channels, and the codec (pixels) gives 192", "take the codec"
    )
    refused(lambda: settle(spec_of(tiny_model, dit=dit | {"kind": "sd3"}, flow={})), "is a sana, not a sd3")
    with pytest.raises(CheckpointError, match="a codec is AutoencoderDC or AutoencoderKL"):
        settle(spec_of(tiny_model, codec={"pretrained": str(pairs["sana"] / "transformer")}))


@pytest.mark.parametrize("told", ['{"spec": {}}', "{}", '{"spec": {"flow": {"prediction": "noise"}}}'])
def test_a_description_of_ours_that_is_damaged_is_one_line(spoilt: Path, tiny_model: Model, told: str) -> None:
    (spoilt / "mini4o.json").write_text(told)
    refused(lambda: settle(spec_of(tiny_model, dit={"pretrained": str(spoilt)}, flow={})), "mini4o.json", "flow")
