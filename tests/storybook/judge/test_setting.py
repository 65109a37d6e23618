"""Settings are told with things in front of them."""

import numpy as np

from mini4o.storybook.dice import Dice
from mini4o.storybook.judge.setting import nearest_setting
from mini4o.storybook.render import render
from mini4o.storybook.tasks.base import scene_in


def test_the_setting_and_its_backdrop_are_told() -> None:
    scenes = [scene_in("test", Dice(5, "setting", index)) for index in range(60)]
    told = [nearest_setting(np.asarray(render(scene, 64), dtype=np.float32)) for scene in scenes]
    right = sum((scene.facts.setting, scene.backdrop) == each for scene, each in zip(scenes, told, strict=True))
    assert right >= 59
