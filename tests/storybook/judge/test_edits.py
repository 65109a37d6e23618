"""Edits: done and kept, apart."""

import numpy as np
import PIL.Image
import pytest
from pydantic import TypeAdapter

from mini4o.storybook.claims import Claim
from mini4o.storybook.edits import changed_mask
from mini4o.storybook.judge.edits import judge_edit
from mini4o.storybook.judge.verdicts import JudgeError
from mini4o.storybook.render import render
from mini4o.storybook.tasks import TASKS
from mini4o.storybook.tasks.base import Item, Request, picture_of

CLAIMS: TypeAdapter[list[Claim]] = TypeAdapter(list[Claim])
TYPES = ("add", "remove", "recolour", "replace", "resize", "move", "turn", "state", "weather", "season", "time")


def square(type_: str, seed: int) -> tuple[Item, list[Claim]]:
    """An edit of that type on a square page."""
    for index in range(50):
        item = TASKS[f"edit_{type_}"](Request("train", "en", seed, index))
        if item.scenes[0].width == item.scenes[0].height:
            return item, CLAIMS.validate_python(item.facts["claims"])
    raise AssertionError("no square page in fifty")


@pytest.mark.parametrize("type_", TYPES)
def test_the_target_is_done_and_kept_and_a_copy_is_not_done(type_: str) -> None:
    good = 0
    for seed in range(4):
        item, claims = square(type_, seed)
        before, after = (render(scene, 64) for scene in item.scenes[:2])
        mask = changed_mask(item.scenes[0], item.scenes[1], 64)
        target, copy = judge_edit(before, after, claims, mask), judge_edit(before, before, claims, mask)
        assert target.kept and target.changed == 0
        assert copy.kept and not copy.done
        good += target.done is not False
    assert good >= 3


def test_a_new_picture_is_not_kept() -> None:
    item, claims = square("recolour", 1)
    before = render(item.scenes[0], 64)
    mask = changed_mask(item.scenes[0], item.scenes[1], 64)
    other = picture_of(square("weather", 2)[0].scenes[0], Request("train", "en", 0, 0))
    assert not judge_edit(before, other, claims, mask).kept
    noise = np.random.default_rng(0).normal(0, 4, (64, 64, 3))
    slightly = PIL.Image.fromarray(np.clip(np.asarray(render(item.scenes[1], 64)) + noise, 0, 255).astype(np.uint8))
    assert judge_edit(before, slightly, claims, mask).kept


def test_sizes_must_agree() -> None:
    item, claims = square("add", 0)
    mask = changed_mask(item.scenes[0], item.scenes[1], 64)
    with pytest.raises(JudgeError, match="sizes must agree"):
        judge_edit(render(item.scenes[0], 64), render(item.scenes[1], 128), claims, mask)
