import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mini4o.pretrained.model import Model
from mini4o.training.recipe import shipped_recipes
from pipelines import write_sana


def test_info_counts_every_parameter_once(cli, tiny_folder: Path, tiny_model: Model) -> None:
    facts = cli("info", tiny_folder, "--json").json
    assert facts["parameters"] == sum(p.numel() for p in tiny_model.net.parameters())
    assert facts["bytes"] == 4 * facts["parameters"]
    assert {part["dtype"] for part in facts["parts"]} == {"float32"}
    assert facts["folder_bytes"] == sum(path.stat().st_size for path in tiny_folder.rglob("*") if path.is_file())
    assert facts["format"] == 1
    assert [48, 32] in facts["sizes"]
    assert set(facts["versions"]) >= {"mini4o", "torch", "transformers", "diffusers"}


def test_info_as_a_table(cli, tiny_folder: Path) -> None:
    facts = cli("info", tiny_folder, "--json").json
    result = cli("info", tiny_folder)
    assert (result.code, result.err) == (0, "")
    for part in facts["parts"]:
        [row] = [line.split() for line in result.out.splitlines() if line.split()[:1] == [part["part"]]]
        assert row[1:] == [f"{part['parameters']:,}", part["dtype"], f"{part['bytes']:,}"]
    assert f"{facts['parameters']:,}" in result.out


def test_folders_that_are_no_models(refused, tiny_folder: Path, tmp_path: Path) -> None:
    assert "no such" in refused("info", tmp_path / "none")
    assert "not a mini4o model" in refused("info", tmp_path)
    damaged = tmp_path / "damaged"
    shutil.copytree(tiny_folder, damaged)
    weights = damaged / "connector.safetensors"
    values = bytearray(weights.read_bytes())
    values[-1] ^= 1
    weights.write_bytes(values)
    assert "connector.safetensors" in refused("info", damaged)


def test_info_of_a_recipe(cli) -> None:
    name = "qwen3_vl_2b_sana_600m_512"
    facts = cli("info", name, "--json").json
    parts = {part["part"]: part["parameters"] for part in facts["parts"]}
    assert parts["dit"] == 591_747_872 and facts["parameters"] == sum(parts.values())
    assert [stage["stage"] for stage in facts["stages"]] == ["connect", "unify"]
    assert facts["stages"][0]["fits"] == {"16": False, "24": True, "48": True, "80": True, "141": True}
    assert facts["licences"]["backbone"] == "apache-2.0, assumed; see what Qwen/Qwen3-VL-2B-Instruct reports"
    result = cli("info", f"recipes/{name}.yaml")
    assert (result.code, result.err) == (0, "")
    assert "assumed: 256 tokens of text" in result.out
    for part in facts["parts"]:
        rows = [line.split() for line in result.out.splitlines() if line.split()[:1] == [part["part"]]]
        assert [row[1:3] for row in rows] == [[f"{part['parameters']:,}", part["dtype"]]] * 2
    assert "16 GB no, 24 GB yes" in result.out and "NSCL" in result.out


def test_info_of_a_checkpoint_of_others(cli, refused, tmp_path: Path) -> None:
    facts = cli("info", "Qwen/Qwen2.5-VL-3B-Instruct", "--json").json
    assert facts["parameters"] == 3_754_622_976
    result = cli("info", "Qwen/Qwen2.5-VL-3B-Instruct")
    assert (result.code, result.err) == (0, "")
    assert "3,754,622,976" in result.out and "15.02" in result.out and "research" in result.out
    pipeline = write_sana(tmp_path / "sana")
    assert {part["part"] for part in cli("info", pipeline, "--json").json["parts"]} == {"dit", "codec"}
    assert "hf download nobody/nothing" in refused("info", "nobody/nothing")
    assert "did you mean 'nano'" in refused("info", "nan.yaml")


def test_info_is_quick_and_small() -> None:
    """The largest pair in under 20 seconds and 2 GB: of a processor that may be three times slower, and alone."""
    program = "import sys; from mini4o.cli import main; sys.argv = ['mini4o', *sys.argv[1:]]; main()"
    words = [sys.executable, "-c", program, "info", "qwen2_5_vl_7b_sana_1600m_1024", "--json"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert process.stdout is not None
    out = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert json.loads(out)["parameters"] > 11e9
    assert usage.ru_utime + usage.ru_stime < 3 * 20
    assert usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) < 2e9


@pytest.mark.parametrize("name", shipped_recipes())
def test_dry_runs_of_all_recipes(cli, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = cli("train", name, "--dry-run")
    assert (result.code, result.err) == (0, "")
    assert list(tmp_path.iterdir()) == []
    assert result.out.startswith(f"{name}: a dry run; nothing is written")
    for said in ("a stand-in, learnt from these samples", "the first batches", "GB at once", "licences, as reported"):
        assert said in result.out
    storybook = "of the storybook by turns" in " ".join(result.out.split())
    assert storybook == (name != "nano")  # whose data is the storybook itself
