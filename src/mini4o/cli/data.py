"""`mini4o data show | make | convert | states | digits`."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mini4o.cli.common import DeviceOption, OverwriteOption, SeedOption, check_file, counting, find_model, working

app = typer.Typer(no_args_is_help=True)
make = typer.Typer(no_args_is_help=True)
app.add_typer(make, name="make", help="Make a built-in data set.")


class Format(StrEnum):
    """What `convert` reads."""

    auto = "auto"
    jsonl = "jsonl"
    llava = "llava"
    folder = "folder"


class Directions(StrEnum):
    """What becomes of a captioned picture."""

    both = "both"
    read = "read"
    draw = "draw"


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="DATA", help="A JSONL file, a .tar shard or a folder of them.")],
    out: Annotated[Path | None, typer.Option("-o", help="The page.", show_default="DATA with .html")] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Show it as this model gets it.", show_default="a small new one")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="How many conversations, from the first.")] = 3,
    overwrite: OverwriteOption = False,
) -> None:
    """Write an HTML page of conversations: what is in them, what their pictures show, and what a model gets of them."""
    out = out or (Path(f"{file}.html") if file.is_dir() else file.with_suffix(".html"))
    check_file(out, overwrite, ".html")
    with working(f"reading {file}"):
        from mini4o.data.pages import write_pages
        from mini4o.pretrained.folder import load

        write_pages(file, out, load(find_model(model)).builder() if model else None, count)
    typer.echo(out)


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A JSONL or JSON file, or a folder of pictures.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="The file to write.")],
    format: Annotated[Format, typer.Option("--format", help="What SRC is.")] = Format.auto,
    images: Annotated[
        Path | None,
        typer.Option("--image-root", help="Where relative picture paths start.", show_default="SRC's folder"),
    ] = None,
    copy: Annotated[bool, typer.Option("--copy-images", help="Copy the pictures to OUT_images/.")] = False,
    directions: Annotated[
        Directions, typer.Option("--directions", help="What a captioned picture becomes.")
    ] = Directions.both,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Open every picture.")] = True,
) -> None:
    """Make our JSONL of other data; says what was left out and why. An existing file is never replaced."""
    from mini4o.data.convert import convert

    with working(f"converting {source}"):
        report = convert(
            source,
            out,
            format=format.value,
            image_root=images,
            copy_images=copy,
            directions=directions.value,
            check=check,
        )
    typer.echo("\n".join(report.lines()))


class Dtype(StrEnum):
    """What states are computed and kept in."""

    bfloat16 = "bfloat16"
    float32 = "float32"


@app.command()
def states(
    files: Annotated[list[Path], typer.Argument(metavar="DATA…", help="JSONL files, .tar shards, folders of them.")],
    dit: Annotated[
        str, typer.Option("--dit", metavar="PIPELINE", help="Folder or Hub id of the DiT, with its text encoder.")
    ],
    out: Annotated[Path, typer.Option("-o", metavar="DIR", help="The folder of states, to make or to add to.")],
    revision: Annotated[str | None, typer.Option("--revision", help="Of a pipeline on the Hub.")] = None,
    dtype: Annotated[Dtype, typer.Option("--dtype", help="What states are computed and kept in.")] = Dtype.bfloat16,
    device: DeviceOption = "cpu",
) -> None:
    """Run a pretrained DiT's own text encoder over the captions of data, once, for a warm start of the connector.
    Interrupted, the same command goes on."""
    with working(f"loading the text encoder of {dit}"):
        import torch

        from mini4o.data.captions import captions
        from mini4o.pretrained.text_encoder import TextEncoder
        from mini4o.pretrained.text_states import make_states

        encoder = TextEncoder(dit, revision, getattr(torch, dtype.value), device)
    with counting("captions") as progress:
        found = make_states(out, encoder, captions(files), progress)
    typer.echo(f"{len(found):,} captions in {out}, the empty one among them")
    typer.echo(f"in a recipe: model.connector.norm_scale: {found.index.scale:.3g}, and states: {out} in stage warm")


@app.command()
def digits(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    seed: SeedOption = 0,
    variants: Annotated[int, typer.Option("--variants", min=1, help="Versions of each training scan.")] = 8,
    size: Annotated[int, typer.Option("--size", min=16, help="Side of a picture in pixels.")] = 32,
) -> None:
    """Make the data set of handwritten digits: real scans to read, draw and edit."""
    from mini4o.data.digits_files import make_digits

    with counting("pictures") as progress:
        counts = make_digits(folder, seed=seed, variants=variants, size=size, progress=progress)
    for name, number in counts.items():
        place = folder if name == "pictures" else folder / f"{name}.jsonl"
        typer.echo(f"{number:>7,} {'pictures' if name == 'pictures' else 'conversations'} in {os.fspath(place)}")


@make.command()
def storybook(
    out: Annotated[Path, typer.Option("--out", help="The folder to make.")],
    count: Annotated[int, typer.Option("--count", help="How many samples.")],
    task: Annotated[
        list[str] | None, typer.Option("--task", help="A task by name; may be repeated.", show_default="all")
    ] = None,
    split: Annotated[str, typer.Option("--split", help="train, val, test or heldout.")] = "train",
    language: Annotated[
        list[str] | None, typer.Option("--language", help="en or zh; may be repeated.", show_default="both")
    ] = None,
    seed: SeedOption = 0,
    size: Annotated[int, typer.Option("--size", help="Pixels a side of a square picture.")] = 64,
    shard: Annotated[int, typer.Option("--shard", help="Samples a shard.")] = 1000,
    workers: Annotated[int, typer.Option("--workers", help="Processes.")] = 1,
    world: Annotated[str, typer.Option("--world", help="The version of the world.")] = "storybook-1",
) -> None:
    """Make a data set of the picture-book world as WebDataset shards. Interrupted, the same command goes on."""
    from mini4o.data.storybook import Storybook
    from mini4o.data.storybook_files import make_storybook
    from mini4o.storybook.splits import LANGUAGES

    data = Storybook(dict.fromkeys(task or ["all"], 1), count, split, language or LANGUAGES, seed, size, world)
    with counting("samples") as progress:
        contents = make_storybook(data, out, per_shard=shard, workers=workers, progress=progress)
    typer.echo(f"{count:>7,} conversations in {len(contents.shards):,} shards in {os.fspath(out)}")
