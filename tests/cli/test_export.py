from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import pipelines
from mini4o.pretrained import folder
from mini4o.pretrained.model import Model


def test_export_halves_a_model_and_keeps_what_belongs_to_it(cli, tiny_model: Model, tmp_path: Path) -> None:
    folder.save(tiny_model, tmp_path / "run", recipe="name: tiny\n")
    (tmp_path / "card.md").write_text("# tiny\n\nKnows nothing.\n", encoding="utf-8")
    result = cli("export", tmp_path / "run", "-o", tmp_path / "out", "--card", tmp_path / "card.md")
    assert (result.code, result.err) == (0, "")
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "# tiny\n\nKnows nothing." in card and "this/folder" not in card
    assert "name: tiny" in card and "| all |" in card
    assert (tmp_path / "out" / "recipe.yaml").read_text() == "name: tiny\n"
    facts = cli("info", tmp_path / "out", "--json").json
    assert facts["bytes"] == 2 * facts["parameters"]
    assert {part["dtype"] for part in facts["parts"]} == {"float16"}
    assert result.out == f"{tmp_path / 'out'}: {facts['folder_bytes']:,} bytes\n"
    assert folder.load(tmp_path / "out").generation == tiny_model.generation
    assert next(folder.load(tmp_path / "out").net.parameters()).dtype == torch.float32


@pytest.mark.parametrize("standalone", [False, True])
def test_parts_by_reference_stay_so_unless_the_copy_is_to_stand_alone(
    cli, new_tiny: Callable[..., Model], tmp_path: Path, standalone: bool
) -> None:
    place = {"pretrained": str(pipelines.write_sana(tmp_path / "sana")), "dtype": "bfloat16"}
    folder.save(new_tiny(dit=place, codec=place, flow={}), tmp_path / "model")
    flags = ["--standalone"] if standalone else []
    assert cli("export", tmp_path / "model", "-o", tmp_path / "out", *flags).code == 0
    weights = {part: tmp_path / "out" / part / "diffusion_pytorch_model.safetensors" for part in ("dit", "codec")}
    assert {file.is_file() for file in weights.values()} == {standalone}
    before, after = (folder.load(tmp_path / name).net.state_dict() for name in ("model", "out"))
    for name, value in before.items():  # what is in 16 bits is not rounded to others
        rounded = value.dtype == torch.float32 and not name.startswith("connector.standardise")
        assert torch.equal(after[name], value.half().float() if rounded else value), name
    assert folder.load(tmp_path / "out").references.keys() == (set() if standalone else {"dit", "codec"})


def test_what_cannot_be_exported(refused, cli, tiny_folder: Path, tmp_path: Path) -> None:
    assert "card.md" in refused("export", tiny_folder, "-o", tmp_path / "out", "--card", tmp_path / "card.md")
    assert "no such model folder" in refused("export", tmp_path / "none", "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "mine.txt").write_text("mine")
    assert "not empty" in refused("export", tiny_folder, "-o", tmp_path)
    assert "would be replaced" in refused("export", tiny_folder, "-o", tmp_path, "--overwrite")
    assert (tmp_path / "mine.txt").read_text() == "mine"
