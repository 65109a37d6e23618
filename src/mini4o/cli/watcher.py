"""Shows a training run in the terminal: the plan as a table, then one bar; plain lines where nobody looks."""

import sys
import time

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from mini4o.training.log import Plan, StepLog, Watcher

SMOOTHING = 0.97  # of the losses shown
PLAIN_SECONDS = 10  # between two plain lines


class TerminalWatcher(Watcher):
    """Writes to stderr. Use it as a context, so that the bar goes when the run does."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._live = sys.stderr.isatty()
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"))
        self._bar = Progress(*columns, console=self._console)
        self._task: TaskID | None = None
        self._told = 0.0
        self._stage = ""
        self._smooth: dict[str, float] = {}

    def __enter__(self) -> "TerminalWatcher":
        return self

    def __exit__(self, *error: object) -> None:
        if self._task is not None:
            self._bar.stop()

    def plan(self, plan: Plan) -> None:
        table = Table(box=box.SIMPLE_HEAD)
        for head in ("stage", "steps", "batch", "s/step", "trains"):
            table.add_column(head, justify="left" if head in ("stage", "trains") else "right")
        for stage in plan.stages:
            seconds = "" if stage.seconds_a_step is None else f"{stage.seconds_a_step:.3f}"
            table.add_row(stage.name, f"{stage.steps:,}", str(stage.batch), seconds, stage.trains)
        threads = "1 thread" if plan.threads == 1 else f"{plan.threads} threads"
        self._console.print(f"{plan.name}: {plan.parameters:,} parameters, {threads}, {plan.precision}")
        if plan.backbone:
            self._console.print(f"backbone: {plan.backbone}", markup=False, soft_wrap=True)
        self._console.print(table)
        if self._live:
            self._task = self._bar.add_task("", total=sum(stage.steps for stage in plan.stages), state="")
            self._bar.start()

    def step(self, log: StepLog) -> None:
        if log.stage != self._stage:
            self._stage, self._smooth = log.stage, {}
        for name, value in (("text", log.text), ("image", log.image), ("words", log.words), ("warm", log.warm)):
            if value is not None:
                old = self._smooth.get(name, value)
                self._smooth[name] = SMOOTHING * old + (1 - SMOOTHING) * value
        losses = "  ".join(f"{name} {value:.3f}" for name, value in self._smooth.items())
        state = f"{log.step}/{log.steps}  {losses}  {_clock(log.seconds_left)} left"
        if self._task is not None:
            self._bar.update(self._task, completed=log.done, description=log.stage, state=state)
        elif time.monotonic() - self._told > PLAIN_SECONDS or log.done == log.total:
            self._told = time.monotonic()
            print(f"{log.stage} {state}", file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"
