"""Which pictures of an examination are labelled: a function of the seed, evenly over all that may matter."""

from collections import Counter
from collections.abc import Iterable

from mini4o.chance import derive
from mini4o.evaluation.storybook.exam import Family, family_of
from mini4o.evaluation.storybook.examine import Line, key_of
from mini4o.evaluation.storybook.gallery import is_right

FAMILIES: tuple[Family, ...] = ("drawing", "editing")


def choose(lines: Iterable[Line], count: int, seed: int) -> list[Line]:
    """Up to `count` samples in which the model drew, of those of which the judge could tell whether they were right.

    One by one that sample is taken of whose like there are fewest so far: right or wrong by the judge first, so each is
    half of them while there are enough; then its part of the examination, language and split.
    """
    left = {line["sample"]: line for line in lines if pictures_of(line) and is_right(line) is not None}
    chance = {sample: derive(seed, "labels", sample) for sample in left}
    likes = {sample: _likes(line) for sample, line in left.items()}
    taken: Counter[tuple[object, ...]] = Counter()
    chosen: list[Line] = []
    while left and len(chosen) < count:
        sample = min(left, key=lambda sample: ([taken[like] for like in likes[sample]], chance[sample]))
        chosen.append(left.pop(sample))
        taken.update(likes[sample])
    return chosen


def _likes(line: Line) -> list[tuple[object, ...]]:
    """What a sample has in common with others, what matters most first."""
    key, right = key_of(line["sample"]), is_right(line)
    alike = ((right,), (key.part,), (key.part, right), (key.part, key.language), (key.language,), (key.split,))
    return [(place, *values) for place, values in enumerate(alike)]


def pictures_of(line: Line) -> list[str]:
    """What the model drew in a sample of drawing or editing: file names in `pictures/`."""
    if line["sample"].count("/") != 3 or family_of(key_of(line["sample"]).part) not in FAMILIES:
        return []
    return [name for reply in line.get("replies", ()) for name in reply["pictures"]]
