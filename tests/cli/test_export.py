from pathlib import Path

import torch

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


def test_what_cannot_be_exported(refused, cli, tiny_folder: Path, tmp_path: Path) -> None:
    assert "card.md" in refused("export", tiny_folder, "-o", tmp_path / "out", "--card", tmp_path / "card.md")
    assert "no such model folder" in refused("export", tmp_path / "none", "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "mine.txt").write_text("mine")
    assert "not empty" in refused("export", tiny_folder, "-o", tmp_path)
    assert "would be replaced" in refused("export", tiny_folder, "-o", tmp_path, "--overwrite")
    assert (tmp_path / "mine.txt").read_text() == "mine"
