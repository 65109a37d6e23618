"""`mini4o info`: what is in a model folder; what a recipe takes; how large a checkpoint of others is."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from mini4o.cli.common import DEFAULT_MODEL, JsonOption, find_model, print_json, working
from mini4o.pretrained.shipped import NAMES


def info(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A model folder, or nano, which is built in; a recipe, by its file or name; or a checkpoint of "
            "others, a folder or the id of a Hub repository.",
        ),
    ] = DEFAULT_MODEL,
    as_json: JsonOption = False,
) -> None:
    """Show the parts of a model, what training by a recipe takes of a GPU's memory, or the size of a checkpoint.

    A model's folder is read and checked whole. Of recipes and checkpoints only configurations are read, and nothing is
    built but shapes.
    """
    recipe = _recipe(what)
    if recipe is not None:
        _recipe_sizes(recipe, as_json)
    elif what not in NAMES and _foreign(what):
        facts = describe_checkpoint(what)
        if as_json:
            print_json(facts)
        else:
            from mini4o.cli.sizes import print_checkpoint

            print_checkpoint(facts)
    else:
        facts = describe(find_model(what))
        if as_json:
            print_json(facts)
        else:
            _print_model(facts)


def _recipe(what: str) -> Path | None:
    """The recipe that is meant, if one is. A model of the package goes before a recipe of its name."""
    path = Path(what)
    if what in NAMES or path.is_dir():
        return None
    from mini4o.training.recipe import find_recipe, shipped_recipes

    return find_recipe(what) if path.suffix in (".yaml", ".yml") or what in shipped_recipes() else None


def _foreign(what: str) -> bool:
    """Whether it is a checkpoint of others and not a model of ours."""
    path = Path(what).expanduser()
    if not path.is_dir():
        return what.count("/") == 1 and not what.startswith((".", "/", "~"))
    marks = ("config.json", "transformer/config.json", "vae/config.json")
    return not (path / "mini4o.json").is_file() and any((path / mark).is_file() for mark in marks)


def _recipe_sizes(path: Path, as_json: bool) -> None:
    with working(f"building {path.stem} without weights"):
        from mini4o.training.recipe import load_recipe
        from mini4o.training.sizes import assumed, on_gpu, sizes

        recipe, net = on_gpu(load_recipe(path))
        found = sizes(recipe, net, [assumed(stage, net) for stage in recipe.stages])
    if as_json:
        print_json(asdict(found))
        return
    from mini4o.cli.sizes import print_sizes

    print_sizes(found)


def describe_checkpoint(name: str) -> dict[str, Any]:
    """The object that `mini4o info --json` prints of a checkpoint of others.

    Raises:
        CheckpointError: there is no such checkpoint, or nothing of it is of a class that mini4o knows.
    """
    with working(f"building {name} without weights"):
        from mini4o.pretrained.foreign import describe as describe_foreign

        return describe_foreign(name)


def _print_model(facts: dict[str, Any]) -> None:
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
    """The object that `mini4o info --json` prints of a model of ours.

    Raises:
        CheckpointError: missing, foreign or damaged.
    """
    with working(f"reading {folder}"):
        import torch

        from mini4o.model.four_bits import numbers
        from mini4o.pretrained.folder import load
        from mini4o.pretrained.index import read_index

        index = read_index(folder)
        model = load(folder)
    halved = index.get("dtype") == "float16"  # in the files: the model in memory has 32 bits
    parts = []
    for name, group in model.net.groups().items():
        if count := sum(map(numbers, group.values())):
            own = halved and not name.endswith("_adapter")  # adapters are kept as they are
            dtypes = [torch.float16 if own and p.dtype == torch.float32 else p.dtype for p in group.values()]
            kinds = {"nf4" if dtype == torch.uint8 else str(dtype).removeprefix("torch.") for dtype in dtypes}
            size = sum(p.numel() * dtype.itemsize for p, dtype in zip(group.values(), dtypes, strict=True))
            parts.append({"part": name, "parameters": count, "dtype": "/".join(sorted(kinds)), "bytes": size})
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
