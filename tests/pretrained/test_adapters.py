"""Adapters as folders: alone, in a model's folder, merged into it, and what is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import make_checkpoint
from conversations import documents, two_passes
from diffusers import AutoModel
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForImageTextToText
from typer.testing import CliRunner

import pipelines
from adapted import base, same, trained
from mini4o.chance import normal
from mini4o.cli.app import app
from mini4o.errors import CheckpointError
from mini4o.mini4o import Mini4o
from mini4o.model import adapters
from mini4o.model.spec import GenerationSpec, ModelSpec
from mini4o.pretrained import adapters as stored
from mini4o.pretrained import folder
from mini4o.pretrained.model import Model, new_model

CLOSE = {"atol": 2e-5, "rtol": 1e-4}


def outputs(model: Model) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden states of the ordinary tokens, those of the queries, and what the DiT says."""
    net = model.net.eval()
    with torch.no_grad():
        hidden, states = two_passes(net, documents(model)[:2])
        x_t, sources = normal((1, net.dit.channels, 4, 4), 0, "x"), normal((1, 2 * net.dit.channels, 4, 4), 0, "s")
        condition = normal((1, net.spec.queries, net.dit.width), 0, "condition")
        return hidden, states, net.predict(x_t, sources, torch.tensor([0.7]), condition)


def equal(one: Any, other: Any) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def alone(new_tiny: Callable[..., Model], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two adapters of `tiny_model`, `first` on both parts and `second` on the language model, and a model with both,
    `model`. Copy what you change."""
    place, model = tmp_path_factory.mktemp("adapters"), new_tiny()
    trained(model.net, seed=1)
    trained(model.net, ["language"], rank=2, seed=2)
    for number, name in enumerate(("first", "second")):
        Mini4o(model).save_adapter(place / name, number)
    folder.save(model, place / "model")
    return place


@pytest.fixture(scope="module")
def pair(tiny_model: Model, tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """A pretrained backbone with a pretrained DiT, the layers of both in 4 bits."""
    place = tmp_path_factory.mktemp("pair")
    # Rows of 64, which are kept in 4 bits.
    wide = {"num_attention_heads": 4, "num_cross_attention_heads": 4, "cross_attention_dim": 64}
    parts = pipelines.parts_of(pipelines.write_sana(place / "sana", **wide))
    parts["dit"] = parts["dit"] | {"quantise": "nf4"}
    backbone = {"pretrained": str(make_checkpoint("qwen2_5_vl", place / "qwen")), "quantise": "nf4"}
    return ModelSpec.model_validate(tiny_model.spec.model_dump() | parts | {"backbone": backbone})


# Alone.


def test_an_adapter_alone_holds_its_own_weights_and_what_it_goes_with(alone: Path, tiny_model: Model) -> None:
    names = sorted(path.relative_to(alone / "first").as_posix() for path in (alone / "first").rglob("*.*"))
    parts = [f"{part}/adapter_{kind}" for part in ("backbone", "dit") for kind in ("config.json", "model.safetensors")]
    assert names == [*parts, "mini4o_adapter.json"]
    index = json.loads((alone / "first" / "mini4o_adapter.json").read_text("utf-8"))
    assert index["marks"] == stored.marks(tiny_model.net)
    assert index["marks"].keys() == {"backbone", "reader", "connector", "dit"}  # the codec of pixels has no weights
    assert index["trained_on"]["backbone"].startswith("from random weights (qwen2_5_vl)")
    assert not (alone / "second" / "dit").exists()


def test_plain_peft_puts_it_onto_the_plain_classes(alone: Path, tiny_folder: Path, new_tiny: Any) -> None:
    model = new_tiny()
    stored.stack(model.net, [alone / "first"])
    lm = PeftModel.from_pretrained(
        AutoModelForImageTextToText.from_pretrained(tiny_folder / "backbone"), str(alone / "first" / "backbone")
    ).eval()
    ids = torch.arange(20, 40)[None]
    with torch.no_grad():
        theirs, ours = lm(input_ids=ids).logits, model.net.eval().backbone.lm(input_ids=ids).logits
        assert torch.equal(theirs, ours)
        with lm.disable_adapter():
            assert (lm(input_ids=ids).logits - ours).abs().mean() > 0.01
        dit = AutoModel.from_pretrained(str(tiny_folder / "dit"), use_safetensors=True)
        dit = PeftModel.from_pretrained(dit, str(alone / "first" / "dit")).eval()
        given: Any = {"encoder_hidden_states": normal((1, 4, 64), 0, "c"), "timestep": torch.tensor([0.5])}
        x = normal((1, model.net.dit.channels, 4, 4), 0, "x")
        with_sources = torch.cat([x, torch.zeros(1, 2 * model.net.dit.channels, 4, 4)], 1)
        ours = model.net.dit.model(with_sources, **given).sample
        torch.testing.assert_close(dit(x, **given).sample, ours, atol=1e-6, rtol=1e-5)
        with dit.disable_adapter():
            assert (dit(x, **given).sample - ours).abs().mean() > 0.01


def test_stacked_by_path_it_computes_what_was_saved(alone: Path, tiny_folder: Path) -> None:
    both = folder.load(alone / "model")
    stacked = Mini4o.from_pretrained(tiny_folder, adapters=[alone / "first", alone / "second"]).model
    one = Mini4o.from_pretrained(tiny_folder, adapters=[str(alone / "first")]).model
    assert equal(outputs(stacked), outputs(both))
    assert not torch.equal(outputs(one)[0], outputs(both)[0]) and torch.equal(outputs(one)[2], outputs(both)[2])
    assert adapters.names(both.net) == ["adapter_1", "adapter_2"]
    third = Mini4o.from_pretrained(alone / "model", adapters=[alone / "second"])
    assert adapters.names(third.model.net) == ["adapter_1", "adapter_2", "adapter_3"]


# In a model's folder.


def test_a_model_with_adapters_comes_back_as_it_was(alone: Path, tiny_model: Model, new_tiny: Any) -> None:
    model, again = new_tiny(), folder.load(alone / "model")
    trained(model.net, seed=1)
    trained(model.net, ["language"], rank=2, seed=2)
    assert same(again.net.state_dict(), model.net.state_dict())
    assert equal(outputs(again), outputs(model))
    index = folder.read_index(alone / "model")
    assert index["format"] == 2  # an older mini4o would leave the adapters out and say nothing
    assert "adapters/2/backbone/adapter_model.safetensors" in index["hashes"]
    lm, report = AutoModelForImageTextToText.from_pretrained(alone / "model" / "backbone", output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert same(dict(lm.state_dict()), dict(tiny_model.net.backbone.lm.state_dict()))


def test_an_adapter_is_copied_out_of_a_models_folder(alone: Path, tiny_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(alone / "model" / "adapters" / "1", tmp_path / "copy")
    copied = Mini4o.from_pretrained(tiny_folder, adapters=[tmp_path / "copy"]).model
    assert equal(outputs(copied), outputs(Mini4o.from_pretrained(tiny_folder, adapters=[alone / "first"]).model))


def test_at_half_the_size_its_adapters_still_go_with_it(alone: Path, tmp_path: Path) -> None:
    whole = folder.load(alone / "model")
    folder.save(whole, tmp_path / "half", half=True)
    again = folder.load(tmp_path / "half")
    assert adapters.names(again.net) == ["adapter_1", "adapter_2"]
    for mine, other in zip(outputs(again), outputs(whole), strict=True):
        torch.testing.assert_close(mine, other, atol=0.05, rtol=0.05)
    with pytest.raises(CheckpointError, match="whose backbone and reader and connector and dit are not"):
        stored.stack(folder.load(tmp_path / "half").net, [alone / "first"])


def test_merged_it_is_kept_as_a_plain_model(alone: Path, tmp_path: Path) -> None:
    model = Mini4o.from_pretrained(alone / "model")
    before, kept = outputs(model.model), base(model.model.net)
    model.merge_adapters()
    merged = outputs(model.model)
    model.save_pretrained(tmp_path / "merged")
    assert not (tmp_path / "merged" / "adapters").exists()
    again = folder.load(tmp_path / "merged")
    assert not adapters.names(again.net)
    assert equal(outputs(again), merged)
    for mine, other in zip(merged, before, strict=True):
        torch.testing.assert_close(mine, other, **CLOSE)
    for use in (model.save_adapter, lambda path: stored.stack(model.model.net, [alone / "first"])):
        with pytest.raises(CheckpointError, match="are merged into its weights; unmerge them before"):
            use(tmp_path / "adapter")
    model.unmerge_adapters()
    for name, value in base(model.model.net).items():
        torch.testing.assert_close(value, kept[name], atol=1e-6, rtol=0)


# In 4 bits.


@pytest.mark.parametrize("standalone", [False, True])
def test_a_model_in_4_bits_comes_back_bit_for_bit(pair: ModelSpec, tmp_path: Path, standalone: bool) -> None:
    model = new_model(pair, GenerationSpec(), [], 0)
    trained(model.net)
    folder.save(model.standalone() if standalone else model, tmp_path / "model")
    assert (tmp_path / "model" / "backbone" / "model.safetensors").exists() == standalone
    again = folder.load(tmp_path / "model")
    assert same(again.net.state_dict(), model.net.state_dict())
    assert equal(outputs(again), outputs(model))
    assert again.spec.backbone.quantise == again.spec.dit.quantise == "nf4"
    if standalone:  # whole, it holds plain numbers
        lm, report = AutoModelForImageTextToText.from_pretrained(tmp_path / "model/backbone", output_loading_info=True)
        assert not report["missing_keys"] and not report["unexpected_keys"]
        assert {p.dtype for p in lm.parameters()} == {torch.float32}


def test_merged_in_4_bits_it_is_kept_whole_in_plain_numbers(pair: ModelSpec, tmp_path: Path) -> None:
    model = new_model(pair, GenerationSpec(), [], 0)
    trained(model.net, ["language"])
    before = outputs(model)
    Mini4o(model).merge_adapters()
    folder.save(model, tmp_path / "model")
    again = folder.load(tmp_path / "model")
    assert again.spec.backbone.quantise is None and again.spec.dit.quantise == "nf4"
    assert set(again.references) == {"dit", "codec"}  # the backbone is no more what its checkpoint holds
    for mine, other in zip(outputs(again), before, strict=True):
        torch.testing.assert_close(mine, other, **CLOSE)


def test_an_adapter_beside_weights_in_4_bits_goes_with_those(pair: ModelSpec, tmp_path: Path) -> None:
    model = new_model(pair, GenerationSpec(), [], 0)
    trained(model.net)
    Mini4o(model).save_adapter(tmp_path / "adapter")
    again = new_model(pair, GenerationSpec(), [], 0)
    stored.stack(again.net, [tmp_path / "adapter"])
    assert equal(outputs(again), outputs(model))
    parts = {part: getattr(pair, part).model_copy(update={"quantise": None}) for part in ("backbone", "dit")}
    plain = new_model(pair.model_copy(update=parts), GenerationSpec(), [], 0)
    with pytest.raises(CheckpointError, match=r"whose backbone and dit are not this one's \(backbone .* in nf4, sdpa"):
        stored.stack(plain.net, [tmp_path / "adapter"])


# What is refused.


def refused(use: Callable[[], Any]) -> str:
    with pytest.raises(CheckpointError) as caught:
        use()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_adapter_of_another_model_is_refused(alone: Path, new_tiny: Any) -> None:
    other = new_tiny(seed=1)
    before = base(other.net)
    message = refused(lambda: stored.stack(other.net, [alone / "first"]))
    assert "was trained on a model whose backbone and reader and connector and dit are not this one's" in message
    assert "stack it on the model that it was trained on" in message
    one = new_tiny()
    with torch.no_grad():
        next(one.net.connector.parameters()).mul_(1.001)
    message = refused(lambda: stored.stack(one.net, [alone / "second"]))
    assert "whose connector is not this one's; stack it" in message
    assert same(base(other.net), before) and not adapters.names(one.net)


def test_what_is_no_adapter_is_refused_with_what_is_one(alone: Path, tiny_model: Model, tmp_path: Path) -> None:
    net = tiny_model.net
    assert "there is no such folder" in refused(lambda: stored.stack(net, [tmp_path / "nowhere"]))
    hint = refused(lambda: stored.stack(net, [alone / "model"]))
    assert f"there is one in {alone / 'model' / 'adapters' / '1'}" in hint
    assert "keeps them in its folder `adapters/`" in refused(lambda: stored.stack(net, [tmp_path]))
    facade = Mini4o(tiny_model)
    assert "the model has 0 adapters" in refused(lambda: facade.save_adapter(tmp_path / "x"))
    assert "no adapters to merge" in refused(facade.merge_adapters)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    loaded = Mini4o(folder.load(alone / "model"))
    assert "is not an adapter and would be replaced" in refused(lambda: loaded.save_adapter(tmp_path / "full"))
    assert not adapters.names(net)


def test_what_is_damaged_is_refused_and_nothing_is_stacked(alone: Path, new_tiny: Any, tmp_path: Path) -> None:
    net = new_tiny().net
    index = json.loads((alone / "second" / "mini4o_adapter.json").read_text("utf-8"))
    weights = load_file(alone / "second" / "backbone" / "adapter_model.safetensors")
    config = json.loads((alone / "second" / "backbone" / "adapter_config.json").read_text("utf-8"))
    some = next(iter(weights))
    spoilt: dict[str, tuple[str, Any, str]] = {
        "newer": ("mini4o_adapter.json", index | {"format": 9}, "format 9 is newer"),
        "index": ("mini4o_adapter.json", {"format": 1}, "damaged"),
        "json": ("mini4o_adapter.json", "{", "damaged"),
        "kind": ("backbone/adapter_config.json", config | {"peft_type": "VERA"}, "cannot be read"),
        "rank": ("backbone/adapter_config.json", config | {"r": 3}, "its weights do not fit"),
        "dora": ("backbone/adapter_config.json", config | {"use_dora": True}, "use_dora is True"),
        "scale": ("backbone/adapter_config.json", config | {"use_rslora": True}, "use_rslora is True"),
        "gone": ("backbone/adapter_config.json", None, "cannot be read"),
        "weights": ("backbone/adapter_model.safetensors", b"nothing", "cannot be read"),
        "fewer": ("backbone/adapter_model.safetensors", {n: v for n, v in weights.items() if n != some}, "do not fit"),
        "other": (
            "backbone/adapter_model.safetensors",
            weights | {f"{some}.more": weights[some].clone()},
            "do not fit",
        ),
    }
    for name, (file, content, words) in spoilt.items():
        copy = Path(shutil.copytree(alone / "second", tmp_path / name))
        if content is None:
            (copy / file).unlink()
        elif isinstance(content, bytes):
            (copy / file).write_bytes(content)
        elif file.endswith(".json"):
            (copy / file).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        else:
            save_file(content, copy / file)
        message = refused(lambda copy=copy: stored.stack(net, [copy]))
        assert words in message and str(copy) in message, name
    assert not adapters.names(net)


# On the command line.


def test_the_verbs_stack_adapters_and_merge_them(alone: Path, tiny_folder: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    words = ["--model", str(tiny_folder), "--adapter", str(alone / "first"), "--adapter", str(alone / "second")]
    done = run(app, ["draw", "Draw a red cat.", "-o", str(tmp_path / "stacked.png"), "--steps", "2", *words])
    assert done.exit_code == 0, done.output
    done = run(app, ["merge", str(alone / "model"), "-o", str(tmp_path / "merged")])
    assert done.exit_code == 0, done.output
    for name, model in (("model", alone / "model"), ("merged", tmp_path / "merged"), ("plain", tiny_folder)):
        file = tmp_path / f"{name}.png"
        done = run(app, ["draw", "Draw a red cat.", "-o", str(file), "--steps", "2", "--model", str(model)])
        assert done.exit_code == 0, done.output
    drawn = {name: (tmp_path / f"{name}.png").read_bytes() for name in ("stacked", "model", "plain")}
    assert drawn["stacked"] == drawn["model"] != drawn["plain"]
    assert not adapters.names(folder.load(tmp_path / "merged").net)
    exam = ["eval", "storybook", "--task", "arithmetic", "--count", "1", "--judged", "0", "--workers", "1"]
    hashes = []
    for number, more in enumerate(([], ["--adapter", str(alone / "first")], words[2:])):
        out = tmp_path / f"exam-{number}"
        done = run(app, [*exam, "-o", str(out), "--model", str(tiny_folder), *more])
        assert done.exit_code == 0, done.output
        report = json.loads((out / "report.json").read_text("utf-8"))
        assert report["model"].split(" with ")[1:] == ([", ".join(more[1::2])] if more else [])
        hashes.append(report["model_hash"])
    assert len(set(hashes)) == 3
    done = run(app, ["merge", str(tiny_folder), "-o", str(tmp_path / "none")])
    assert done.exit_code == 1 and "no adapters to merge" in done.stderr
