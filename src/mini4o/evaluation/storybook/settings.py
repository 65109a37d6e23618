"""All that the marks of an examination are a function of, as plain JSON values: the same settings, the same marks."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from mini4o.errors import DataError
from mini4o.evaluation.hashes import digest, model_hash, model_name
from mini4o.evaluation.storybook.exam import WORLD, Exam
from mini4o.evaluation.storybook.guessing import LEARNT
from mini4o.mini4o import Mini4o
from mini4o.pretrained.shipped import find

FORMAT = 2  # of the record and of report.json
PACKAGES = ("mini4o", "torch", "transformers", "diffusers", "numpy", "pillow")
# What a score hangs on: the world with its judge, and the rules of the examination.
CODE = {"world": "storybook", "judge": "storybook/judge", "rules": "evaluation/storybook"}
_WHERE = ("model",)  # may differ where an examination goes on: the folder may have been moved


def settings_of(
    exam: Exam, judged: int, named: str | None, model: Mini4o | None, device: str, adapters: Sequence[Path] = ()
) -> dict[str, Any]:
    """The settings of an examination.

    Args:
        exam: what is asked.
        judged: scenes on which the judge's own errors are measured.
        named, model: who is examined beside the baselines, if anyone: its folder or its name, and itself.
        device: where the model runs.
        adapters: that are stacked on it.
    """
    return {
        "format": FORMAT,
        "model": model_name(named, adapters) if named is not None else None,
        "model_hash": model_hash(find(named), adapters) if named is not None else None,
        "generation": model.model.generation.model_dump(mode="json") if model is not None else None,
        "world": WORLD,
        "splits": list(exam.splits),
        "parts": list(exam.parts),
        "count": exam.count,
        "languages": list(exam.languages),
        "seed": exam.seed,
        "size": exam.size,
        "judged": judged,
        "training_questions_for_each": LEARNT,
        "code": {name: _code(files("mini4o").joinpath(place)) for name, place in CODE.items()},
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "device": device,
        "hardware": hardware(device),
    }


def exam_of(settings: dict[str, Any]) -> Exam:
    """What was asked in an examination with these settings."""
    parts, splits, languages = (tuple(settings[name]) for name in ("parts", "splits", "languages"))
    return Exam(parts, settings["count"], splits, languages, settings["seed"], settings["size"])


def check_same(begun: dict[str, Any], asked: dict[str, Any], folder: Path) -> None:
    """Refuses to go on with an examination that was begun with other settings.

    Raises:
        DataError: names what differs.
    """
    differing = [name for name in asked if name not in _WHERE and begun.get(name) != asked[name]]
    if differing:
        what = ", ".join(f"{name} ({_told(begun.get(name), asked[name])})" for name in differing)
        raise DataError(
            f"{folder}: holds an unfinished examination with other settings: {what}; "
            "repeat it as it was, choose another folder or pass --overwrite"
        )


def hardware(device: str) -> str:
    """The processor or the accelerator, as it names itself."""
    if device.startswith("cuda"):
        import torch

        return torch.cuda.get_device_name(torch.device(device))
    try:
        told = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        told = []
    names = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _code(folder: Traversable) -> str:
    """A digest of all modules of a package, those inside it too."""
    sources = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "__pycache__":
            sources.append(_code(entry))
        elif entry.name.endswith(".py"):
            sources.append(f"{entry.name}\n{entry.read_text('utf-8')}")
    return digest(*sources)


def _told(before: Any, now: Any) -> str:
    """What a setting was and is; of several values the names of those that differ."""
    if isinstance(before, dict) and isinstance(now, dict):
        return ", ".join(name for name in before | now if before.get(name) != now.get(name))
    words = (f"{', '.join(map(str, value)) if isinstance(value, list) else value}" for value in (before, now))
    return ", now ".join(text if len(text) <= 60 else f"{text[:57]}…" for text in words)
