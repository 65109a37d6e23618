"""What is asked in an examination: its parts, and the samples of each as a pure function of the settings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal, cast, get_args

from mini4o.data.storybook import Storybook
from mini4o.errors import DataError, nearest
from mini4o.storybook.splits import LANGUAGES, Language, Split
from mini4o.storybook.tasks.base import Item, Request
from mini4o.storybook.tasks.drawing import Category
from mini4o.storybook.tasks.questions import choices, pairs
from mini4o.storybook.versions import WORLDS, world

Family = Literal["questions", "captions", "text", "drawing", "editing"]

WORLD = "storybook-1"
COUNT = 20  # samples of each part in each split: what two cores manage in a quarter of an hour
SPLITS = ("test", "heldout")
SMALLEST = 48  # pixels: the shorter side of a wide page is 3/4 of it, and the judge needs 32
# The six categories, and the task whose requests are of that category now and then.
CATEGORIES: dict[Category, str] = {
    "single": "draw_short",
    "two": "draw_short",
    "counting": "draw_counted",
    "colours": "draw_short",
    "position": "draw_spatial",
    "binding": "draw_binding",
}
CATEGORY, PAIRS = "category_", "pairs"
_APART = 1_000_000  # requests of the categories begin at this index: none is a request of the drawing tasks as well
_TRIES = 1000  # one request in ten is of a category


def _parts() -> dict[Family, tuple[str, ...]]:
    tasks = WORLDS[WORLD].tasks
    asked = tuple(name for name in tasks if name.startswith("ask_"))
    drawn = tuple(name for name in tasks if name.startswith("draw_"))
    edits = tuple(name for name in tasks if name.startswith("edit_"))
    return {
        "questions": (*asked, "spot_difference", PAIRS),
        "captions": ("caption_short", "caption_dense"),
        "text": ("arithmetic", "instructions"),
        "drawing": (*(CATEGORY + name for name in CATEGORIES), *drawn, "think_then_draw", "reconstruct"),
        "editing": (*edits, "rounds", "several"),
    }


PARTS: dict[Family, tuple[str, ...]] = _parts()


def family_of(part: str) -> Family:
    """The family that a part belongs to."""
    return next(family for family, parts in PARTS.items() if part in parts)


@dataclass(frozen=True)
class Key:
    """The name of one request.

    Attributes:
        part: the part of the examination.
        language: its language.
        index: its number among those of this part and language.
        place: its number within the sample: a choice has four orders of its options, a pair two pictures.
        split: of its scenes.
    """

    part: str
    language: Language
    index: int
    place: int = 0
    split: Split = "test"

    def __str__(self) -> str:
        return f"{self.split}/{self.part}/{self.language}/{self.index}/{self.place}"


@dataclass(frozen=True)
class Exam:
    """The settings of an examination, on which all that is asked hangs.

    Attributes:
        parts: tasks of the world, `pairs`, or one of the six categories of drawing as `category_single` …; see `PARTS`.
            A family stands for all its parts.
        count: samples of each part in each split; the languages take turns.
        splits: of the scenes; they are examined alike.
        languages: "en", "zh" or both.
        seed: other seeds give other samples.
        size: pixels a side of a square picture; wide and tall ones have 5/4 of it by 3/4.

    Raises:
        DataError: there is no such part, split or language, or a number is out of its range; says what there is.
    """

    parts: tuple[str, ...] = get_args(Family)
    count: int = COUNT
    splits: tuple[str, ...] = SPLITS
    languages: tuple[str, ...] = LANGUAGES
    seed: int = 0
    size: int = 64

    def __post_init__(self) -> None:
        for split in self.splits:
            Storybook({"all": 1}, self.count, split, self.languages, self.seed, self.size, WORLD)  # the same settings
        if self.size < SMALLEST:
            raise DataError(f"pictures of {self.size} pixels; to be judged, a side has at least {SMALLEST}")
        object.__setattr__(self, "parts", _named(self.parts))
        object.__setattr__(self, "splits", tuple(dict.fromkeys(self.splits)))
        object.__setattr__(self, "languages", tuple(dict.fromkeys(self.languages)))

    def __len__(self) -> int:
        return len(self.splits) * len(self.parts) * self.count

    def __iter__(self) -> Iterator[Key]:
        """The first request of every sample."""
        for split, part, number in product(self.splits, self.parts, range(self.count)):
            index, turn = divmod(number, len(self.languages))
            yield Key(part, cast(Language, self.languages[turn]), index, split=cast(Split, split))

    def sample(self, key: Key) -> tuple[Item, ...]:
        """The sample of a request: one item; for a choice all four orders, for a pair both."""
        request = Request(key.split, key.language, self.seed, key.index, self.size, WORLD)
        return _sample(key.part, request)

    def item(self, key: Key) -> Item:
        """The item of a request, with the answer."""
        return self.sample(key)[key.place]

    def training(self, part: str, language: Language, count: int) -> list[Item]:
        """So many items of the training split or a few more, in small pictures."""
        items: list[Item] = []
        index = 0
        while len(items) < count:
            items += _sample(part, Request("train", language, self.seed, index, size=32, world=WORLD))
            index += 1
        return items


def _named(names: Sequence[str]) -> tuple[str, ...]:
    """Parts by name, in their order in `PARTS`; a family is all its parts."""
    known = [*PARTS, *(part for parts in PARTS.values() for part in parts)]
    for name in names:
        if name not in known:
            raise DataError(
                f"nothing to score by the name {name!r}{nearest(name, known)}; there are {', '.join(known)}"
            )
    return tuple(part for family, parts in PARTS.items() for part in parts if part in names or family in names)


@lru_cache(maxsize=2)
def _sample(part: str, request: Request) -> tuple[Item, ...]:
    """Kept for a moment: all who are examined are asked the same in turn."""
    if part == PAIRS:
        return pairs.pair(request)
    if part in choices.TASKS:
        return tuple(choices.rotations(request))
    if part.startswith(CATEGORY):
        return (_of_category(part.removeprefix(CATEGORY), request),)
    return (world(request.world).task(part)(request),)


def _of_category(category: str, request: Request) -> Item:
    """The first request of a category in a stretch of its task's stream that belongs to this request alone."""
    task = next(task for name, task in CATEGORIES.items() if name == category)
    start = _APART + _TRIES * request.index
    for index in range(start, start + _TRIES):
        there = Request(request.split, request.language, request.seed, index, request.size, request.world)
        item = world(request.world).task(task)(there)
        if item.facts["category"] == category:
            return item
    raise DataError(f"{task} has no request of the category {category!r} in the split {request.split!r}")
