"""`mini4o demo`: a tour of the model that comes with the package, as a page. Nothing is trained."""

from pathlib import Path
from typing import Annotated

import typer

from mini4o.cli.common import (
    DEFAULT_MODEL,
    AdapterOption,
    DeviceOption,
    ModelOption,
    OverwriteOption,
    check_folder,
    counting,
    find_model,
    new_files,
    open_model,
    working,
)
from mini4o.cli.gallery import page, write_page


def demo(
    out: Annotated[Path, typer.Option("-o", metavar="DIR", help="For the page.")] = Path("demo"),
    model: ModelOption = DEFAULT_MODEL,
    adapter: AdapterOption = None,
    device: DeviceOption = "cpu",
    overwrite: OverwriteOption = False,
) -> None:
    """Show what the built-in model can do and what not: reading, drawing, edits in rounds, thoughts. Under 2 minutes.

    What is asked is drawn by chance from pages that no training sample shows; everything is shown as it came.
    """
    check_folder(out, overwrite)
    talker = open_model(model, device, adapter)
    with working("getting ready"):
        from mini4o.cli.tour import Guide
        from mini4o.cli.tour_asked import SEED, SPLIT
        from mini4o.evaluation.hashes import model_name

    folder = find_model(model)
    parameters = sum(parameter.numel() for parameter in talker.model.net.parameters())
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    sizes = ", ".join(f"{width}×{height}" for width, height in talker.model.spec.sizes)
    name = model_name(folder.name if model == DEFAULT_MODEL else model, adapter or ())
    intro = (
        f"{name} is one model of {parameters:,} parameters ({size / 1e6:.1f} MB) that reads, answers, draws and edits, "
        f"in English and Chinese. It was trained from random weights on Storybook, a picture-book world made by code, "
        f"and knows nothing else. It draws at {sizes} pixels.",
        f"Nothing here is chosen. What is asked was drawn by chance (seed {SEED}) from the {SPLIT} split, of which the "
        "training shows no page; good and bad results stand as they came. ✓ and ✗ under what it drew are verdicts of "
        "the world's judge, which looks at the pixels and is itself wrong now and then; – is what it cannot tell.",
        "Each command makes its result again, to the pixel. Run it where the tour ran; after “make demo” that is the "
        "clone, and “. .venv/bin/activate” comes first.",
    )
    with new_files(out) as place, counting("the model") as progress:
        sections = Guide(talker, model, out, place, progress, adapter or ()).sections()
        card = (folder / "README.md").read_text("utf-8") if (folder / "README.md").is_file() else ""
        write_page(place / "index.html", page(f"A tour of {name}", intro, sections, [], card))
    for section in sections:
        typer.echo(f"{section.title}: {section.count()}")
    typer.echo(f"look at {out / 'index.html'}")
