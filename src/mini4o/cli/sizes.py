"""Tables of sizes, for `mini4o info` and `mini4o train --dry-run`."""

from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from mini4o.training.dry_run import DryRun
    from mini4o.training.sizes import Sizes, StageSize


def print_sizes(sizes: "Sizes") -> None:
    """What a recipe takes, a table a stage, in GB of 10^9 bytes."""
    console = wide_console()
    say(console, f"{sizes.recipe}: {sizes.parameters:,} parameters, products in {sizes.precision}")
    say(console, f"backbone: {sizes.backbone}")
    for stage in sizes.stages:
        console.print()
        say(console, f"stage {stage.stage}, batch {stage.batch}; a sample is {stage.sample}")
        console.print(_of_stage(sizes, stage))
        if stage.encoding:
            say(console, f"before that, encoding the pictures of a step takes {gb(stage.encoding)} GB for a moment")
        held = [f"{card} GB {'yes' if fits else 'no'}" for card, fits in stage.fits.items()]
        say(console, f"{gb(stage.total)} GB at once; does a card hold it, with a tenth to spare? {', '.join(held)}")
    console.print()
    said = "; ".join(f"{part}: {licence}" for part, licence in sizes.licences.items())
    say(console, f"licences, as reported or assumed: {said}")


def print_dry_run(run: "DryRun") -> None:
    """The plan, what the first batches hold, and the sizes."""
    console = wide_console()
    plan, batches = Table(box=box.SIMPLE_HEAD), Table(box=box.SIMPLE_HEAD)
    for head in ("stage", "steps", "batch", "trains", "samples"):
        plan.add_column(head, justify="right" if head in ("steps", "batch") else "left", overflow="fold")
    for head in ("stage", "task", "documents", "tokens", "longest", "of pictures", "learnt", "drawings"):
        batches.add_column(head, justify="left" if head in ("stage", "task") else "right")
    for stage in run.stages:
        plan.add_row(stage.name, f"{stage.steps:,}", str(stage.batch), stage.trains, stage.data)
        for task in stage.tasks:
            means = (f"{value:.0f}" for value in (task.pictures, task.learnt))
            tokens = f"{task.tokens:.0f}", str(task.longest)
            batches.add_row(stage.name, task.task, str(task.samples), *tokens, *means, str(task.drawings))
    say(console, f"{run.name}: a dry run; nothing is written")
    console.print(plan)
    say(console, f"tokenizer: {run.tokenizer}")
    say(console, "the first batches; tokens are means of a document, and a drawing takes none")
    console.print(batches)
    print_sizes(run.sizes)


def _of_stage(sizes: "Sizes", stage: "StageSize") -> Table:
    total = {
        "weights": sum(part.weights for part in sizes.parts),
        **{name: sum(getattr(part, name) for part in stage.parts) for name in ("gradients", "optimiser", "ema")},
        "activations": sum(part.activations for part in stage.parts) + stage.working,
    }
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column("part", "all")
    table.add_column("parameters", f"{sizes.parameters:,}", justify="right")
    table.add_column("type")
    table.add_column("")
    for name in ("weights", "gradients", "optimiser", "EMA", "activations", "GB"):
        table.add_column(name, gb(total[name.lower()] if name != "GB" else sum(total.values())), justify="right")
    for size, part in zip(sizes.parts, stage.parts, strict=True):
        numbers = size.weights, part.gradients, part.optimiser, part.ema, part.activations
        word = "trained" if part.trained else "frozen"
        columns = (gb(number) for number in (*numbers, sum(numbers)))
        table.add_row(size.part, f"{size.parameters:,}", size.dtype, word, *columns)
    table.add_row("(backward)", "", "", "", "", "", "", "", gb(stage.working), gb(stage.working))
    return table


def wide_console() -> Console:
    """On stdout; a file or a pipe has no width that tables would have to be squeezed into."""
    console = Console()
    return console if console.is_terminal else Console(width=140)


def gb(count: int) -> str:
    """Bytes as GB; nothing as a dash."""
    return f"{count / 1e9:,.2f}" if count else "–"


def say(console: Console, text: str) -> None:
    """A line that is not wrapped or coloured."""
    console.print(text, soft_wrap=True, highlight=False, markup=False)


def print_checkpoint(facts: dict[str, Any]) -> None:
    """The parts of a checkpoint of others."""
    console = wide_console()
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column("part", "all")
    table.add_column("parameters", f"{facts['parameters']:,}", justify="right")
    for name, width in (("float32", 4), ("bfloat16", 2)):
        table.add_column(f"GB in {name}", gb(width * facts["parameters"]), justify="right")
    for part in facts["parts"]:
        count = part["parameters"]
        table.add_row(part["part"], f"{count:,}", gb(4 * count), gb(2 * count))
    console.print(table)
    for name in ("checkpoint", "class", "kept in", "licence"):
        say(console, f"{name:>10}  {facts[name]}")
