"""`mini4o ask | draw | edit | chat | run`: talk with one model. Chat and run stand in files of their own."""

import os.path
from pathlib import Path
from typing import Annotated

import typer

from mini4o.cli.chat import chat
from mini4o.cli.common import (
    DEFAULT_MODEL,
    AdapterOption,
    DeviceOption,
    ImageScaleOption,
    JsonOption,
    ModelOption,
    NegativeOption,
    OverwriteOption,
    SeedOption,
    SizeOption,
    StepsOption,
    TemperatureOption,
    TextScaleOption,
    check_file,
    check_folder,
    given,
    open_model,
    parse_size,
    print_json,
    save_pictures,
    visible,
    working,
)
from mini4o.cli.run import run
from mini4o.errors import ImageError

__all__ = ["ask", "chat", "draw", "edit", "run"]

LONGEST_NAME = 255  # of a file, on the usual file systems


def ask(
    words: Annotated[
        list[str],
        typer.Argument(metavar='[IMAGE]… "question"', help="Pictures, then the question.", show_default=False),
    ],
    model: ModelOption = DEFAULT_MODEL,
    adapter: AdapterOption = None,
    seed: SeedOption = 0,
    temperature: TemperatureOption = None,
    device: DeviceOption = "cpu",
    as_json: JsonOption = False,
) -> None:
    """Ask about pictures; the answer is text."""
    *images, question = words
    if os.path.isfile(question):  # of a name too long for a file it says no, where `Path.is_file` raises
        raise typer.BadParameter(f"{question} is a file; the question comes last, in quotes")
    for image in images:
        if len(os.path.basename(image)) > LONGEST_NAME and not image.startswith("data:"):
            raise ImageError(f"'{image[:40]} …' is no picture; pictures come first, then one question in quotes")
    talker = open_model(model, device, adapter)
    with working("reading"):
        answer = talker.ask(images, question, seed=seed, **given(temperature=temperature))
    if as_json:
        print_json({"text": answer, "model": model, "seed": seed})
    else:
        typer.echo(visible(answer))


def draw(
    prompt: Annotated[str, typer.Argument(metavar='"prompt"', help="What to draw.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", metavar="OUT.png", help="The picture.", show_default=False)],
    model: ModelOption = DEFAULT_MODEL,
    adapter: AdapterOption = None,
    size: SizeOption = None,
    seed: SeedOption = 0,
    steps: StepsOption = None,
    text_scale: TextScaleOption = None,
    negative: NegativeOption = "",
    device: DeviceOption = "cpu",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draw a picture from a text."""
    pixels = parse_size(size)
    check_file(out, overwrite)
    talker = open_model(model, device, adapter)
    with working("drawing"):
        options = given(steps=steps, text_scale=text_scale)
        picture = talker.draw(prompt, size=pixels, negative=negative, seed=seed, **options)
    save_pictures([picture], [out])
    if as_json:
        print_json({"image": str(out), "size": list(picture.size), "model": model, "seed": seed})
    else:
        typer.echo(out)


def edit(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="The picture to start from.", show_default=False)],
    instructions: Annotated[
        list[str], typer.Argument(metavar='"do this" ["then this"]…', help="One a round.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option("-o", metavar="DIR", help="For 1.png, 2.png …, a picture a round.", show_default=False)
    ],
    model: ModelOption = DEFAULT_MODEL,
    adapter: AdapterOption = None,
    size: SizeOption = None,
    seed: SeedOption = 0,
    steps: StepsOption = None,
    text_scale: TextScaleOption = None,
    image_scale: ImageScaleOption = None,
    negative: NegativeOption = "",
    device: DeviceOption = "cpu",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Edit a picture; each instruction starts from the picture before it."""
    pixels = parse_size(size)
    check_folder(out, overwrite)
    talker = open_model(model, device, adapter)
    with working("drawing"):
        options = given(steps=steps, text_scale=text_scale, image_scale=image_scale)
        pictures = talker.edit(image, instructions, size=pixels, negative=negative, seed=seed, **options)
    paths = [out / f"{number}.png" for number in range(1, len(pictures) + 1)]
    save_pictures(pictures, paths)
    if as_json:
        rounds = [
            {"instruction": text, "image": str(path), "size": list(picture.size)}
            for text, path, picture in zip(instructions, paths, pictures, strict=True)
        ]
        print_json({"rounds": rounds, "model": model, "seed": seed})
    else:
        typer.echo("\n".join(map(str, paths)))
