"""`mini4o train`: run a recipe, or go on with a run."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mini4o.cli.common import DeviceOption, check_folder, working

if TYPE_CHECKING:
    from mini4o.training.recipe import Recipe

MinutesOption = Annotated[float | None, typer.Option("--minutes", help="Train for about so long.")]
TrainStepsOption = Annotated[
    int | None, typer.Option("--steps", min=1, help="Train for so many steps, all stages together.")
]


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A YAML file, or the name of a shipped recipe.")],
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="a.b=c", help="Beats the file; as often as you like.")
    ] = None,
    minutes: MinutesOption = None,
    steps: TrainStepsOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in DIR as it was begun.")] = False,
    out: Annotated[
        Path | None, typer.Option("-o", metavar="DIR", help="The run's folder.", show_default="runs/NAME")
    ] = None,
    device: DeviceOption = "cpu",
    workers: Annotated[
        int, typer.Option("--workers", min=0, help="Processes that make the samples; 0 is a thread.")
    ] = 0,
    standalone: Annotated[
        bool, typer.Option("--standalone", help="Keep pretrained parts that nothing trained in the model's folder too.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Write nothing: print the plan, the first batches and the memory it takes."),
    ] = False,
) -> None:
    """Train a model. Without --minutes and --steps it takes the recipe's own number of steps."""
    if resume and (changes or minutes is not None or steps is not None or standalone):
        raise typer.BadParameter(
            "a run is resumed as it was begun: leave --set, --minutes, --steps and --standalone out"
        )
    check_dial(minutes, steps)
    if dry_run and (resume or minutes is not None or steps is not None):
        raise typer.BadParameter("a dry run trains nothing: leave --resume, --minutes and --steps out")
    from mini4o.training.recipe import find_recipe, load_recipe

    loaded = load_recipe(find_recipe(recipe), [*(changes or []), *(["standalone=true"] if standalone else [])])
    if dry_run:
        print_plan(loaded)
        return
    folder = out or Path("runs") / loaded.name
    if not resume and not (folder / "plan.json").exists():
        check_folder(folder, None)
    again = f"mini4o train {shlex.quote(recipe)} --resume -o {shlex.quote(str(folder))}"
    run_training(loaded, folder, minutes, steps, device, resume, again, workers)
    typer.echo(folder / "model")


def print_plan(recipe: "Recipe") -> None:
    """Build everything without weights, render the first batch of each stage, and say what came of it."""
    with working(f"building {recipe.name} without weights"):
        from mini4o.cli.sizes import print_dry_run
        from mini4o.training.dry_run import dry_run

        run = dry_run(recipe)
    print_dry_run(run)


def check_dial(minutes: float | None, steps: int | None) -> None:
    """Refuse a dial set twice, or to nothing."""
    if minutes is not None and steps is not None:
        raise typer.BadParameter("give --minutes or --steps, not both")
    if minutes is not None and not 0 < minutes < float("inf"):
        raise typer.BadParameter("the minutes are more than 0", param_hint="--minutes")


def run_training(
    recipe: "Recipe",
    folder: Path,
    minutes: float | None,
    steps: int | None,
    device: str,
    resume: bool,
    again: str,
    workers: int = 0,
) -> None:
    """Train to the end; when stopped, say how to go on (`again`) and exit with 130."""
    from mini4o.cli.watcher import TerminalWatcher

    with TerminalWatcher() as watcher:
        with working("getting ready"):
            from mini4o.training.trainer import Trainer

            if resume:
                trainer = Trainer.resume(folder, device=device, workers=workers, watcher=watcher)
            else:
                trainer = Trainer(
                    recipe, folder, minutes=minutes, steps=steps, device=device, workers=workers, watcher=watcher
                )
        finished = trainer.run()
    if not finished:
        print(f"go on with: {again}", file=sys.stderr)
        raise typer.Exit(130)
