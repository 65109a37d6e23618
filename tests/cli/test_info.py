import shutil
from pathlib import Path

from mini4o.pretrained.model import Model


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
