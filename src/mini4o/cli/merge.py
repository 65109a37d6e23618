"""`mini4o merge`: adapters added to a model's weights for good."""

from pathlib import Path
from typing import Annotated

import typer

from mini4o.cli.common import AdapterOption, OverwriteOption, check_folder, open_model, working


def merge(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model folder.")],
    out: Annotated[Path, typer.Option("-o", metavar="DIR", help="The new model folder.", show_default=False)],
    adapter: AdapterOption = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Write a model with its adapters, its own and those that are stacked on it, in its weights: it answers and draws
    the same, and as fast as without adapters."""
    check_folder(out, overwrite)
    whole = open_model(model, adapters=adapter)
    with working("merging"):
        whole.merge_adapters()
        whole.save_pretrained(out)
    typer.echo(out)
