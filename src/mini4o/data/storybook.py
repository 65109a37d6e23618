"""The storybook as a data set: a stream in memory whose whole state is a counter, the index of the next sample.

    data = Storybook({"caption_size": 1, "draw_size": 2}, count=1000)
    data[12]  # made on the spot, always the same

So a run that stops at index n goes on with `data[n]`, and W readers (ranks times workers) share the work by index:
reader w takes `range(w, len(data), W)`. Together they take every sample once.
"""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from mini4o.data.sample import Sample
from mini4o.errors import DataError, nearest
from mini4o.storybook.splits import LANGUAGES, SPLITS, Language
from mini4o.storybook.tasks.base import Request
from mini4o.storybook.versions import World, world

SHORTEST, LONGEST = 32, 1024  # pixels a side of a square picture: smaller ones show no eyes, larger ones no more
CYCLE = 10_000  # turns after which the tasks come round again, at most


class Storybook:
    """Samples of the picture-book world.

    Every task comes as often as its weight says, evenly spread, in a fixed cycle of turns; in a turn it comes once in
    each language. The n-th sample is the item n of its task's stream (seed, split, language), whatever `count` is: a
    longer stream begins with the shorter one.

    Args:
        tasks: their names and weights, in any unit; "all" stands for every task of the world, and what follows it may
            give some of them another weight. A weight of 0 leaves a task out.
        count: how many samples.
        split: "train", "val", "test" or "heldout".
        languages: "en", "zh" or both.
        seed: other seeds give other samples of the same split.
        size: pixels a side of a square picture; wide and tall ones have 5/4 of it by 3/4.
        world: the version of the world.

    Raises:
        DataError: there is no such task, split, language or world, or a number is out of its range; says what there is.
    """

    def __init__(
        self,
        tasks: Mapping[str, float],
        count: int,
        split: str = "train",
        languages: Sequence[str] = LANGUAGES,
        seed: int = 0,
        size: int = 64,
        world: str = "storybook-1",
    ) -> None:
        self._world = _known_world(world)
        self._tasks = _weights(tasks, self._world)
        self._cycle = _cycle(self._tasks)
        if split not in SPLITS:
            raise DataError(f"no split {split!r}{nearest(split, SPLITS)}; the splits are {', '.join(SPLITS)}")
        for language in languages:
            if language not in LANGUAGES:
                raise DataError(f"no language {language!r}; the languages are {', '.join(LANGUAGES)}")
        if not languages:
            raise DataError(f"a storybook needs a language; the languages are {', '.join(LANGUAGES)}")
        if count < 1:
            raise DataError(f"a storybook of {count} samples; the count is at least 1")
        if not SHORTEST <= size <= LONGEST:
            raise DataError(f"pictures of {size} pixels; a side has {SHORTEST} to {LONGEST}")
        self._split = split
        self._languages = cast(tuple[Language, ...], tuple(dict.fromkeys(languages)))
        self._count, self._seed, self._size = count, seed, size

    @property
    def parameters(self) -> dict[str, Any]:
        """All that the samples are a function of, as plain JSON values."""
        return {
            "world": self._world.name,
            "tasks": dict(self._tasks),
            "split": self._split,
            "languages": list(self._languages),
            "seed": self._seed,
            "size": self._size,
            "count": self._count,
        }

    def __repr__(self) -> str:
        return f"Storybook({self._world.name}, {self._split})"

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Sample:
        """The sample at `index` (0 … len - 1), its pictures drawn.

        Raises:
            IndexError: no such sample.
            DataError: the task found no scene for it.
        """
        if not 0 <= index < self._count:
            raise IndexError(f"{self!r} has {self._count} samples, not {index + 1}")
        turn, number = divmod(index, len(self._languages))
        task, language = self._cycle[turn % len(self._cycle)], self._languages[number]
        # The task is looked up here and not kept: an instance can be sent to worker processes, a function may not.
        request = Request(self._split, language, self._seed, index, self._size, self._world.name)
        item = self._world.task(task)(request)
        origin = f"{self._world.name}/{task}/{self._split}/{language}/{self._seed}:{index}"
        return Sample(item.conversation, origin, item.scenes, item.facts, task)


class StorybookSpec(BaseModel):
    """A storybook as a recipe names it; what the values mean is said at `Storybook`, which checks them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tasks: dict[str, float]
    count: int = 1_000_000
    split: str = "train"
    languages: tuple[str, ...] = LANGUAGES
    seed: int = 0
    size: int = 64
    world: str = "storybook-1"

    def open(self) -> Storybook:
        """The data set."""
        return Storybook(**self.model_dump())


def _known_world(name: str) -> World:
    """Under a name of its own: the parameter `world` hides the function."""
    return world(name)


def _weights(tasks: Mapping[str, float], world: World) -> dict[str, float]:
    """The weight of each task that has one, "all" written out, in the order of the world."""
    weights: dict[str, float] = {}
    for name, weight in tasks.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise DataError(f"task {name}: a weight is a number from 0 up, not {weight}")
        for each in world.tasks if name == "all" else (name,):
            world.task(each)  # raises if there is none
            weights[each] = weight
    weights = {name: weights[name] for name in world.tasks if weights.get(name)}
    if not weights:
        raise DataError(f"a storybook needs a task with a weight above 0; the tasks are {', '.join(world.tasks)}")
    return weights


def _cycle(weights: Mapping[str, float]) -> list[str]:
    """Each task as often as its weight says, its turns evenly spread."""
    shares = {name: Fraction(weight).limit_denominator(1000) for name, weight in weights.items()}
    unit = math.lcm(*(share.denominator for share in shares.values()))
    parts = {name: int(share * unit) for name, share in shares.items()}
    common = math.gcd(*parts.values())
    if not all(parts.values()) or sum(parts.values()) // common > CYCLE:
        told = ", ".join(f"{name}: {weight:g}" for name, weight in weights.items())
        raise DataError(f"the weights of the tasks ({told}) have no common measure; take small whole numbers")
    turns = [
        ((2 * turn + 1) / count, place, name)
        for place, (name, count) in enumerate((name, part // common) for name, part in parts.items())
        for turn in range(count)
    ]
    return [name for _, _, name in sorted(turns)]
