"""Writes tests/golden/storybook-1.json anew, after a wanted change of the world: python tests/storybook/make_golden.py

The file holds, for fixed indices, what world `storybook-1` made when the file was written: hashes of facts and scenes,
hashes of the conversations of every task in both languages (all but the pictures), and pictures as 8 x 8 mean colours.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from mini4o.storybook.dice import Dice
from mini4o.storybook.render import render
from mini4o.storybook.scene import Scene
from mini4o.storybook.splits import LANGUAGES, SPLITS, Language, Split
from mini4o.storybook.tasks.base import Item, Request, scene_in
from mini4o.storybook.versions import WORLDS

NAME = "storybook-1"
PATH = Path(__file__).parents[1] / "golden" / f"{NAME}.json"
SCENES = 24
ITEMS: dict[Split, tuple[int, ...]] = {"train": (0, 1, 2), "test": (0,)}  # of each task and language
CELLS = 8  # a picture's mean colours are those of 8 x 8 cells


def scene(index: int) -> Scene:
    """One of the golden scenes; the splits take turns."""
    return scene_in(SPLITS[index % len(SPLITS)], Dice(0, "golden scenes", index))


def item(task: str, split: Split, language: Language, index: int) -> Item:
    """One of the golden items."""
    return WORLDS[NAME].task(task)(Request(split, language, 0, index))


def digest(value: Any) -> str:
    """16 hexadecimal digits of plain values; numbers count to six digits after the point."""
    text = json.dumps(rounded(value), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rounded(value: Any) -> Any:
    """Plain values with all numbers at six digits after the point, so that the last bit of a sine changes nothing."""
    if isinstance(value, float):
        return round(value, 6) + 0.0  # never -0.0
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list | tuple) else value


def said(item: Item) -> list[Any]:
    """A conversation without its pictures."""
    return [
        [message.role, *(part.model_dump(mode="json", exclude={"image"}) for part in message.content)]
        for message in item.conversation
    ]


def cells(scene: Scene) -> list[list[int]]:
    """Mean red, green and blue of 8 x 8 cells of a scene's picture, row by row from the upper left."""
    pixels = np.asarray(render(scene, 64), dtype=np.float64)
    rows = [band.mean(axis=0) for band in np.array_split(pixels, CELLS)]
    means = [[cell.mean(axis=0) for cell in np.array_split(row, CELLS)] for row in rows]
    return [[round(float(value)) for value in cell] for row in means for cell in row]


def record_scene(scene: Scene) -> dict[str, Any]:
    """What the file holds of a scene: `scene` is of everything, places included."""
    pairs = scene.facts.things, scene.poses
    things = [f"{thing.key} x {pose.x:.0f} y {pose.y:.0f}" for thing, pose in zip(*pairs, strict=True)]
    return {
        "told": [scene.facts.setting.key, *things],  # for the eye: what the hashes are of
        "facts": scene.facts.hash,
        "scene": scene.hash,
        "cells": cells(scene),
    }


def record_item(item: Item) -> list[str]:
    """What the file holds of an item: hashes of its conversation, of what scoring needs, of its scenes."""
    return [digest(said(item)), digest(item.facts), digest([scene.hash for scene in item.scenes])]


def record() -> dict[str, Any]:
    """All that the file holds."""
    tasks = {
        task: {
            f"{split}/{language}": [record_item(item(task, split, language, index)) for index in indices]
            for split, indices in ITEMS.items()
            for language in LANGUAGES
        }
        for task in WORLDS[NAME].tasks
    }
    return {"world": NAME, "scenes": [record_scene(scene(index)) for index in range(SCENES)], "items": tasks}


def main() -> None:
    """A scene or an item a line."""
    made = record()
    lines = ["{", f' "world": {json.dumps(made["world"])},', ' "scenes": [']
    lines.append(",\n".join("  " + json.dumps(each) for each in made["scenes"]))
    lines += [" ],", ' "items": {']
    tasks = []
    for task, of in made["items"].items():
        rows = [f"   {json.dumps(name)}: {json.dumps(each)}" for name, each in of.items()]
        tasks.append(f"  {json.dumps(task)}: {{\n" + ",\n".join(rows) + "\n  }")
    lines += [",\n".join(tasks), " }", "}"]
    PATH.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
