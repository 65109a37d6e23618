"""`mini4o export`: a model to hand on, at half the size."""

from pathlib import Path
from typing import Annotated

import typer

from mini4o.cli.common import OverwriteOption, check_folder, find_model, working
from mini4o.errors import Mini4oError


def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model folder.")],
    out: Annotated[Path, typer.Option("-o", metavar="DIR", help="The new model folder.", show_default=False)],
    card: Annotated[
        Path | None,
        typer.Option("--card", metavar="FILE.md", help="What its card begins with: data, compute, scores, limits …"),
    ] = None,
    standalone: Annotated[
        bool, typer.Option("--standalone", help="Keep parts of pretrained checkpoints whole, not by reference.")
    ] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Copy a model with its weights in 16 bits (float16). It computes in 32 all the same. Parts that it keeps by
    reference stay so, unless the copy is to stand alone."""
    check_folder(out, overwrite)
    try:
        about = card.read_text("utf-8") if card is not None else ""
    except (OSError, UnicodeError) as error:
        raise Mini4oError(f"{card}: cannot be read ({error}); name a text in UTF-8") from None
    source = find_model(model)
    with working(f"copying {model}"):
        from mini4o.pretrained.folder import load, save

        loaded, recipe = load(source), source / "recipe.yaml"
        whole = loaded.standalone() if standalone else loaded
        save(whole, out, recipe=recipe.read_text("utf-8") if recipe.is_file() else "", about=about, half=True)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    typer.echo(f"{out}: {size:,} bytes")
