"""What a task is: a pure function (split, language, seed, index) -> conversation and the facts that go with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import PIL.Image

from mini4o.conversation.parts import Conversation
from mini4o.errors import DataError
from mini4o.storybook import imagine
from mini4o.storybook.compose import SceneError, compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.render import render
from mini4o.storybook.scene import Facts, Scene
from mini4o.storybook.splits import Language, Split, split_of

TRIES = 4000
# (width, height) of pages in page units, and how often each
PAGES: tuple[tuple[float, float], ...] = ((100.0, 100.0), (100.0 * 5 / 3, 100.0), (100.0, 100.0 * 5 / 3))
PAGE_WEIGHTS = (6.0, 1.0, 1.0)


@dataclass(frozen=True)
class Item:
    """One sample of a task.

    Attributes:
        conversation: messages whose pictures are PIL images.
        scenes: the scene of each picture, in the order in which pictures appear (an `image_gen` with the re-read that
            follows it counts once).
        facts: what scoring needs, as plain JSON values; its keys are the task's own (claims, answer, program …).
    """

    conversation: Conversation
    scenes: tuple[Scene, ...]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What an item is asked for."""

    split: Split
    language: Language
    seed: int
    index: int
    size: int = 64  # pixels a side of a square picture; wide and tall ones have 5/4 of it by 3/4
    world: str = "storybook-1"  # the version of the world: each has streams of its own

    def dice(self, task: str, *keys: int | str) -> Dice:
        """The stream of a task for this item."""
        return Dice(self.seed, f"{self.world}/{task}/{self.split}/{self.language}", self.index, *keys)


Task = Callable[[Request], Item]


def picture_of(scene: Scene, request: Request) -> PIL.Image.Image:
    """The picture of a scene in the size that was asked for."""
    return render(scene, request.size if scene.width == scene.height else request.size * 3 // 4)


def page(dice: Dice) -> tuple[float, float]:
    """Width and height of a page in page units."""
    return dice.pick(PAGES, PAGE_WEIGHTS)


def scene_in(
    split: Split,
    dice: Dice,
    draw: Callable[[Dice], Facts | None] = imagine.facts,
    size: tuple[float, float] | None = None,
) -> Scene:
    """The first drawn scene that belongs to the split and fits its page.

    Args:
        split: the split.
        dice: the stream; each try goes on with it.
        draw: facts by chance; None means that this try came to nothing.
        size: the page; by chance if None.

    Raises:
        DataError: none in 4,000 tries, so `draw` asks for what the split hardly holds.
    """
    size = size or page(dice)
    for _ in range(TRIES):
        facts = draw(dice)
        if facts is None or split_of(facts) != split:
            continue
        try:
            return compose(facts, dice, *size)
        except SceneError:
            continue
    raise DataError(f"no scene of the split {split!r} in {TRIES} tries; the task asks for too much")
