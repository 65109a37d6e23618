"""What the verbs share: errors as one line, common options, the model, and output that never overwrites silently."""

import errno
import json
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from mini4o.errors import Mini4oError
from mini4o.pretrained.shipped import DEFAULT as DEFAULT_MODEL
from mini4o.pretrained.shipped import find as find_model

if TYPE_CHECKING:
    import PIL.Image

    from mini4o import Mini4o

__all__ = ["DEFAULT_MODEL", "find_model"]

_MAKE_ROOM = "free some space or choose another place"

ModelOption = Annotated[str, typer.Option("--model", help="The model's folder, or nano, which is built in.")]
AdapterOption = Annotated[
    list[Path] | None,
    typer.Option("--adapter", metavar="DIR", help="An adapter to stack on the model; as often as you like."),
]
SeedOption = Annotated[int, typer.Option("--seed", help="All chance hangs on it.")]
DeviceOption = Annotated[str, typer.Option("--device", help="Where it runs: cpu, cuda, cuda:1, mps …")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on stdout and nothing else.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")]
StepsOption = Annotated[int | None, typer.Option("--steps", min=1, help="Sampling steps of a drawing.")]
TextScaleOption = Annotated[float | None, typer.Option("--text-scale", help="How strongly a drawing follows the text.")]
ImageScaleOption = Annotated[float | None, typer.Option("--image-scale", help="How strongly it follows its sources.")]
NegativeOption = Annotated[str, typer.Option("--negative", help="A text to steer the drawing away from.")]
SizeOption = Annotated[str | None, typer.Option("--size", metavar="WxH", help="One of the sizes the model draws.")]
TemperatureOption = Annotated[
    float | None, typer.Option("--temperature", min=0, help="0 takes the likeliest word; more is more varied.")
]
ThinkOption = Annotated[bool, typer.Option("--think", help="Think first.")]


class Verbs(TyperGroup):
    """All verbs. An error of ours, or of the disk, is one line on stderr and exit code 1; Ctrl-C is 130."""

    def invoke(self, ctx: Any) -> Any:
        # Set before `transformers` and `diffusers` are imported, which is when they read them.
        for name in ("TRANSFORMERS_VERBOSITY", "DIFFUSERS_VERBOSITY"):
            os.environ.setdefault(name, "error")
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        log, handler = logging.getLogger("mini4o"), _Lines()
        level = log.level
        log.addHandler(handler)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", module=r"(torch|transformers|diffusers|huggingface_hub)(\.|$)")
                return super().invoke(ctx)
        except BrokenPipeError:  # the reader of our output has gone: typer ends quietly
            raise
        except Mini4oError as error:
            _tell_error(str(error))
        except UnicodeError as error:  # words in an encoding that the terminal or the pipe does not have
            _tell_error(f"text that is not valid Unicode ({error}); use UTF-8")
        except OSError as error:
            advice = f"; {_MAKE_ROOM}" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else ""
            _tell_error(f"{error.filename or 'the disk'}: {error.strerror or error}{advice}")
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
            raise typer.Exit(130) from None
        finally:
            log.removeHandler(handler)
            log.setLevel(level)


def _tell_error(message: str) -> None:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    raise typer.Exit(1) from None


class _Lines(logging.Handler):
    """Each record as a short line on what is stderr at that moment: a progress bar puts itself in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"{record.levelname.lower()}: {record.getMessage()}", file=sys.stderr)


def show_logs(verbose: bool) -> None:
    """Show warnings of the library, and with `verbose` what it does."""
    logging.getLogger("mini4o").setLevel(logging.INFO if verbose else logging.WARNING)


def open_model(name: str | Path, device: str = "cpu", adapters: Sequence[Path] | None = None) -> "Mini4o":
    """The model of a folder, or of the package, with adapters stacked on it, ready to talk.

    Raises:
        CheckpointError: it is missing or damaged, or an adapter does not go with it.
        Mini4oError: this machine has no such device.
    """
    with working(f"loading {name}"):
        import torch

        from mini4o import Mini4o

        try:
            torch.zeros(1, device=device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            reason = str(error).splitlines()[0]
            raise Mini4oError(f"--device {device}: not to be had on this machine ({reason}); try cpu") from None
        return Mini4o.from_pretrained(name, device, adapters or ())


def given(**options: Any) -> dict[str, Any]:
    """The options that were given; the model's own defaults stand for the others."""
    return {name: value for name, value in options.items() if value is not None}


def parse_size(text: str | None) -> tuple[int, int] | None:
    """`64x48` as (64, 48)."""
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise typer.BadParameter(f"{text}: write width and height in pixels, as 64x48", param_hint="--size")
    return int(width), int(height)


def check_file(path: Path, overwrite: bool, suffix: str = ".png") -> None:
    """Refuse a file that exists or cannot be written, before any work is done."""
    if path.suffix.lower() != suffix:
        raise Mini4oError(f"{path}: it is written as {suffix[1:].upper()}; give a name that ends in {suffix}")
    if path.is_dir():
        raise Mini4oError(f"{path}: is a folder; name a file in it")
    if path.exists() and not overwrite:
        raise Mini4oError(f"{path}: exists already; choose another name or pass --overwrite")
    _check_place(path.absolute().parent)


def check_folder(path: Path, overwrite: bool | None) -> None:
    """Refuse a folder that has something in it or cannot be written, before any work is done.

    overwrite: None where the verb has no such option.
    """
    if path.exists() and not path.is_dir():
        raise Mini4oError(f"{path}: is a file; choose another name for the folder")
    if path.is_dir() and any(path.iterdir()) and not overwrite:
        hint = "" if overwrite is None else " or pass --overwrite"
        raise Mini4oError(f"{path}: is not empty; choose another folder{hint}")
    _check_place(path.absolute())


def _check_place(folder: Path) -> None:
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise Mini4oError(f"{folder}: nothing can be written to {nearest}; choose another place")


@contextmanager
def new_files(folder: Path) -> Iterator[Path]:
    """A hidden folder to write files into. They move to `folder` when all went well; else nothing of it is left."""
    asked, folder = folder, folder.absolute()
    made = [place for place in (folder, *folder.parents) if not place.exists()]  # the deepest first
    aside = folder / f".{os.getpid()}.part"
    try:
        aside.mkdir(parents=True)
        yield aside
        for path in sorted(aside.iterdir()):
            os.replace(path, folder / path.name)
        aside.rmdir()
    except BaseException as error:
        shutil.rmtree(aside, ignore_errors=True)
        for place in made:
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()
        if isinstance(error, OSError):
            raise Mini4oError(f"{asked}: could not be written ({error.strerror or error}); {_MAKE_ROOM}") from None
        if isinstance(error, Mini4oError) and str(aside) in str(error):  # a picture: name it as it was to be called
            raise Mini4oError(f"{str(error).replace(str(aside), str(asked))}; {_MAKE_ROOM}") from None
        raise


def save_pictures(pictures: "Sequence[PIL.Image.Image]", paths: Sequence[Path]) -> None:
    """Write pictures to one folder, all of them or none."""
    from mini4o.conversation.images import save_png

    with new_files(paths[0].parent) as folder:
        for picture, path in zip(pictures, paths, strict=True):
            save_png(picture, folder / path.name)


def print_json(value: dict[str, Any]) -> None:
    """The one object of `--json`."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def write_json(value: Any, path: Path) -> None:
    """A JSON file, readable by people too."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def visible(text: str) -> str:
    """What a model wrote, without characters that would command the terminal."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


@contextmanager
def working(what: str) -> Iterator[None]:
    """Says what is going on for as long as it takes, if someone looks."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} …"):
        yield


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar as a function of (done, all), if someone looks."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
