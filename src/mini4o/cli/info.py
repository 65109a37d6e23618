"""`mini4o info`: what is in a model folder."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mini4o.cli.common import DEFAULT_MODEL, JsonOption, find_model, print_json, working


def info(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model folder, or nano, which is built in.")
    ] = DEFAULT_MODEL,
    as_json: JsonOption = False,
) -> None:
    """Show the parts of a model: parameters, types, bytes, versions. The whole folder is read and checked."""
    facts = describe(find_model(model))
    if as_json:
        print_json(facts)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column("part", "all")
    table.add_column("parameters", f"{facts['parameters']:,}", justify="right")
    table.add_column("type")
    table.add_column("bytes", f"{facts['bytes']:,}", justify="right")
    for part in facts["parts"]:
        table.add_row(part["part"], f"{part['parameters']:,}", part["dtype"], f"{part['bytes']:,}")
    console = Console()
    console.print(table)
    rows = {
        "folder": f"{facts['folder']}, {facts['folder_bytes']:,} bytes in {facts['files']} files",
        "format": facts["format"],
        "backbone": facts["backbone"],
        "draws at": ", ".join(f"{width}x{height}" for width, height in facts["sizes"]),
        "made with": ", ".join(f"{name} {version}" for name, version in facts["versions"].items()),
        "licences": ", ".join(f"{name}: {licence}" for name, licence in facts["licences"].items()),
    }
    for name, value in rows.items():
        console.print(f"{name:>9}  {value}", soft_wrap=True, highlight=False, markup=False)


def describe(folder: Path) -> dict[str, Any]:
    """The object that `mini4o info --json` prints.

    Raises:
        CheckpointError: missing, foreign or damaged.
    """
    with working(f"reading {folder}"):
        import torch

        from mini4o.pretrained.folder import load, read_index

        index = read_index(folder)
        model = load(folder)
    halved = index.get("dtype") == "float16"  # in the files: the model in memory has 32 bits
    parts = []
    for name, group in model.net.groups().items():
        if count := sum(tensor.numel() for tensor in group.values()):
            dtype = torch.float16 if halved else next(iter(group.values())).dtype
            kind = str(dtype).removeprefix("torch.")
            parts.append({"part": name, "parameters": count, "dtype": kind, "bytes": count * dtype.itemsize})
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        "folder": str(folder),
        "format": index["format"],
        "backbone": model.spec.backbone.in_words(),
        "parts": parts,
        "parameters": sum(part["parameters"] for part in parts),
        "bytes": sum(part["bytes"] for part in parts),
        "files": len(files),
        "folder_bytes": sum(path.stat().st_size for path in files),
        "sizes": [list(size) for size in model.spec.sizes],
        "versions": index.get("versions", {}),
        "licences": index.get("licences", {}),
    }
