"""World storybook-1 is as it was when the golden file was written.

It may change until weights trained on it ship; after a wanted change: python tests/storybook/make_golden.py
"""

import json
import math
from typing import Any

import make_golden
import numpy as np
import pytest
from make_golden import ITEMS, NAME, PATH, SCENES

from mini4o.storybook.kinds import registry
from mini4o.storybook.splits import LANGUAGES, SPLITS, Language, split_of
from mini4o.storybook.versions import WORLDS

CACHES = (registry._shapes, registry._extent)
TOLERANCE = 6  # levels of 255 by which mean colours may differ, so that any version of Pillow will do
KEPT: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))


def test_the_file_holds_all_of_the_world() -> None:
    assert KEPT["world"] == NAME and len(KEPT["scenes"]) == SCENES
    assert list(KEPT["items"]) == list(WORLDS[NAME].tasks)
    for of in KEPT["items"].values():
        counts = {f"{split}/{language}": len(indices) for split, indices in ITEMS.items() for language in LANGUAGES}
        assert {name: len(items) for name, items in of.items()} == counts


@pytest.mark.parametrize("index", range(SCENES))
def test_scenes_are_as_they_were(index: int) -> None:
    kept, scene = KEPT["scenes"][index], make_golden.scene(index)
    made = make_golden.record_scene(scene)
    assert made["told"] == kept["told"]
    assert (made["facts"], made["scene"]) == (kept["facts"], kept["scene"])
    assert split_of(scene.facts) == SPLITS[index % len(SPLITS)]
    assert np.abs(np.subtract(made["cells"], kept["cells"])).max() <= TOLERANCE


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", WORLDS[NAME].tasks)
def test_items_are_as_they_were(task: str, language: Language) -> None:
    for split, indices in ITEMS.items():
        kept = KEPT["items"][task][f"{split}/{language}"]
        for index, (words, facts, scenes) in zip(indices, kept, strict=True):
            item = make_golden.item(task, split, language, index)
            made = make_golden.record_item(item)
            assert made[0] == words, make_golden.said(item)
            assert made[1] == facts, item.facts
            assert made[2] == scenes, [scene.facts for scene in item.scenes]


def test_the_last_bit_of_a_number_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines differ in it: sines are a bit too large here, and scenes stay the same."""
    one, other = {"a": [0.1 + 0.2, -0.0, 3]}, {"a": (0.3, 0.0, 3)}
    assert make_golden.digest(one) == make_golden.digest(other) != make_golden.digest({"a": (0.3001, 0.0, 3)})
    for module in (math, np):
        for name in ("sin", "cos"):
            exact = getattr(module, name)
            monkeypatch.setattr(module, name, lambda angle, exact=exact: np.nextafter(exact(angle), 2))
    try:
        for cached in CACHES:
            cached.cache_clear()
        made = [make_golden.scene(index).hash for index in range(SCENES)]
    finally:
        for cached in CACHES:
            cached.cache_clear()
    assert made == [each["scene"] for each in KEPT["scenes"]]
