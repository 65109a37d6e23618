"""What a run says of itself: to a watcher as it goes, to a JSONL file, and as a plot."""

import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

log = logging.getLogger("mini4o")

COLOURS = {"text": "#1f77b4", "image": "#d62728", "words": "#2ca02c", "warm": "#ff7f0e"}  # of the losses in a plot


@dataclass(frozen=True)
class PlannedStage:
    """A stage with its steps frozen. `trains` names its groups; `seconds_a_step` where it was measured."""

    name: str
    steps: int
    batch: int
    seconds_a_step: float | None
    trains: str


@dataclass(frozen=True)
class Plan:
    """What was decided at the start of a run and stays: the same again on resume. `samples`: how many each file had;
    `backbone`: which one, the type of its weights and its attention; `checkpoints`: of each pretrained part the hashes
    of its files; `start`: hashes of the files of the model that it was started from."""

    name: str
    stages: list[PlannedStage]
    threads: int
    precision: Literal["fp32", "bf16"]
    parameters: int
    versions: dict[str, str]
    samples: dict[str, int] = field(default_factory=dict)
    backbone: str = ""
    checkpoints: dict[str, dict[str, str]] = field(default_factory=dict)
    start: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StepLog:
    """One step. `step` counts from 1 within the stage, `done` over all; losses as in `losses.Losses`."""

    stage: str
    step: int
    steps: int
    done: int
    total: int
    text: float | None
    image: float | None
    words: float | None
    tasks: dict[str, dict[str, float]]
    spread: float | None
    seconds_left: float
    warm: float | None = None


class Watcher:
    """Sees a run as it goes. This one says nothing."""

    def plan(self, plan: Plan) -> None: ...

    def step(self, log: StepLog) -> None: ...

    def note(self, text: str) -> None: ...


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    aside = path.with_name(f".{path.name}.new")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def cut_back(path: Path, done: int) -> list[dict[str, Any]]:
    """Cut off what a JSONL file says of steps after `done`, and half a line that a kill has left; the rows kept."""
    rows: list[dict[str, Any]] = []
    for line in path.read_text("utf-8", errors="replace").split("\n") if path.is_file() else []:
        try:
            row = json.loads(line)
        except ValueError:
            break
        if row["done"] <= done:
            rows.append(row)
    replace_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return rows


class JsonlLog:
    """One JSON object a step, appended. A resumed run cuts off what came after its checkpoint."""

    def __init__(self, path: Path, done: int) -> None:
        self.path = path
        self.rows = cut_back(path, done)

    def add(self, step: StepLog, rates: dict[str, float]) -> None:
        row = {key: value for key, value in asdict(step).items() if value is not None} | {"rates": rates}
        row["tasks"] = {name: {k: round(v, 4) for k, v in of.items()} for name, of in step.tasks.items()}
        self.rows.append(row)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def plot_losses(rows: list[dict[str, object]], path: Path) -> None:
    """The losses over all steps, each smoothed over 1 % of the run; needs matplotlib and is left out without it."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        log.info("loss plot left out: pip install 'mini4o[plot]'")
        return
    figure = Figure(figsize=(8, 3.2), dpi=110)
    axes = figure.subplots()
    for name, colour in COLOURS.items():
        points = [(int(str(row["done"])), float(str(row[name]))) for row in rows if name in row]
        if not points:
            continue
        width = max(1, len(points) // 100)
        smooth = [
            sum(y for _, y in points[max(0, i - width) : i + 1]) / len(points[max(0, i - width) : i + 1])
            for i in range(len(points))
        ]
        axes.plot([x for x, _ in points], smooth, color=colour, label=f"{name} loss", linewidth=1)
    stages = list(dict.fromkeys(str(row["stage"]) for row in rows))
    for stage in stages:
        start = min(int(str(row["done"])) for row in rows if row["stage"] == stage)
        axes.axvline(start, color="#999999", linewidth=0.6, linestyle="--")
        axes.annotate(stage, (start, 1.01), xycoords=("data", "axes fraction"), fontsize=8)
    axes.set_yscale("log")
    axes.set_xlabel("step")
    axes.legend(loc="upper right", frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)
