"""Throughput of the picture book on one core: scenes made and painted, items of every task, pictures judged.

    python benchmarks/storybook.py [--out benchmarks/storybook.json]

Process time is counted, so other work on the machine matters little; run it on an idle one all the same.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import PIL

from mini4o.evaluation.judge import can_be_told, related_facts
from mini4o.storybook.dice import Dice
from mini4o.storybook.judge.planted import all_claims
from mini4o.storybook.judge.verdicts import judge
from mini4o.storybook.render import render
from mini4o.storybook.tasks import TASKS
from mini4o.storybook.tasks.base import Request, scene_in

SCENES, ITEMS, JUDGED, WARM = 1000, 60, 150, 400


def seconds(act: Callable[[int], object], count: int) -> float:
    """Process time of one call, averaged over `count`."""
    start = time.process_time()
    for index in range(count):
        act(index)
    return (time.process_time() - start) / count


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    out = parser.parse_args().out
    figures: dict[str, float] = {}
    scenes = [scene_in("train", Dice(0, "benchmark", index), size=(100.0, 100.0)) for index in range(SCENES)]
    [render(scene, 64) for scene in scenes[:WARM]]  # shapes and backdrops are drawn once and kept
    figures["scenes sampled a second"] = 1 / seconds(
        lambda index: scene_in("train", Dice(1, "benchmark", index)), SCENES
    )
    for size in (64, 128, 512):
        count = SCENES if size < 512 else 100
        figures[f"scenes painted a second at {size} px"] = 1 / seconds(
            lambda index, size=size: render(scenes[index], size), count
        )
    both = seconds(lambda index: render(scene_in("train", Dice(2, "benchmark", index)), 64), SCENES)
    figures["scenes sampled and painted a second at 64 px"] = 1 / both
    for name, task in TASKS.items():
        figures[f"items a second: {name}"] = 1 / seconds(
            lambda index, task=task: task(Request("train", "en", 0, index)), ITEMS
        )
    told = [scene_in("test", Dice(3, "benchmark", index), related_facts) for index in range(JUDGED + WARM)]
    for size in (64, 128):
        pictures = [(render(scene, size), all_claims(scene.facts)) for scene in told if can_be_told(scene, size)]
        for picture, claims in pictures[JUDGED:]:  # stamps are painted once and kept
            judge(picture, claims)
        rate = 1 / seconds(lambda index, pictures=pictures: judge(*pictures[index]), min(JUDGED, len(pictures)))
        figures[f"pictures judged a second at {size} px"] = rate
    for name, figure in figures.items():
        print(f"{figure:10.1f}  {name}")
    if out:
        machine = {"processor": platform.processor() or platform.machine(), "python": platform.python_version()}
        out.write_text(json.dumps({**machine, "pillow": PIL.__version__, "figures": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
