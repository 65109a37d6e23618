"""World versions are frozen: kinds and places that come later change nothing, and each version has its own streams."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from make_golden import digest, item, said

from mini4o.storybook import imagine, scene
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import FIRST_VOLUME, KINDS
from mini4o.storybook.splits import LANGUAGES
from mini4o.storybook.tasks.base import Request
from mini4o.storybook.versions import WORLDS

WORLD = WORLDS["storybook-1"]
# Items of each task and language; more of those in which a kind of many may be chosen, but seldom is.
MANY = {"ask_exist": 12, "edit_add": 16, "edit_replace": 16, "instructions": 24, "rounds": 16, "smalltalk": 32}
# Adds a kind to the toys and a place where things can be, as a second volume would, before anything reads the tables;
# then makes the same items.
LATER = """
import importlib, json, sys
from dataclasses import replace

from mini4o.storybook import kinds
from mini4o.storybook.kinds import toys

toys.KINDS = (replace(toys.KINDS[0], name="marble"), *toys.KINDS)
importlib.reload(kinds)
from mini4o.storybook import scene

scene.ZONES = {"moor": ("land", "sky"), **scene.ZONES}
sys.path.insert(0, sys.argv[1])
from test_versions import made

assert "marble" in kinds.KINDS and list(scene.ZONES)[0] == "moor"
print(json.dumps(made()))
"""


def made() -> dict[str, list[str]]:
    """Hashes of some items of every task in both languages: words, facts and scenes."""
    hashes: dict[str, list[str]] = {}
    for task in WORLD.tasks:
        for language in LANGUAGES:
            for index in range(MANY.get(task, 2)):
                each = item(task, "train", language, index)
                scenes = [one.hash for one in each.scenes]
                hashes[f"{task}/{language}/{index}"] = [digest(said(each)), digest(each.facts), *scenes]
    return hashes


def test_kinds_and_places_that_come_later_change_no_item() -> None:
    command = [sys.executable, "-c", LATER, str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == made()


def test_the_first_world_has_the_kinds_of_the_first_volume() -> None:
    assert tuple(FIRST_VOLUME) == WORLD.kinds and len(WORLD.kinds) == 55
    assert all(KINDS[name] is kind for name, kind in FIRST_VOLUME.items())
    assert set(imagine.PLACES) <= set(scene.ZONES) and len(imagine.PLACES) == 7


def test_each_world_has_streams_of_its_own() -> None:
    requests = [Request("train", "en", 3, 4), Request("train", "en", 3, 4, world="storybook-2")]
    drawn = [request.dice("draw_short").below(10**9) for request in requests]
    assert drawn[0] == Dice(3, "storybook-1/draw_short/train/en", 4).below(10**9) != drawn[1]


@pytest.mark.parametrize("kind", ["sun", "moon", "rainbow"])
def test_what_is_out_of_sight_is_not_drawn_there(kind: str) -> None:
    for setting in imagine.all_settings():
        names = {each.name for each in imagine.kinds_for(setting)}
        assert not names & imagine.out_of_sight(setting)
        assert setting.weather is None or (kind in names) != (kind in imagine.out_of_sight(setting))
