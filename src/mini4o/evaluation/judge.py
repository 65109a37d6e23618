"""How far the judge of the picture book can be trusted: what it accepts of true pictures, and of planted errors.

True pictures are other renders of the facts that the claims were made from: elsewhere on the page. Planted errors
differ from the facts in one thing. Both are measured on clean pictures and on disturbed ones, in steps until it
breaks.
"""

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageFilter

from mini4o.evaluation.shares import share
from mini4o.storybook import imagine
from mini4o.storybook.claims import Claim
from mini4o.storybook.compose import SceneError, compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.judge.planted import ERRORS, Error, all_claims, plant
from mini4o.storybook.judge.verdicts import LEGIBLE, LETTER_UNITS, Verdict, judge
from mini4o.storybook.render import labels, mask, render
from mini4o.storybook.scene import Direction, Facts, Relation, Scene
from mini4o.storybook.tasks.base import scene_in

FEWEST = 70.0  # square page units (29 pixels at 64 pixels a side) of a thing that have to be visible
MOST_HIDDEN = 0.5  # share of a thing that may be hidden; letters may not be hidden at all
DIRECTIONS: tuple[Direction, ...] = ("left of", "right of", "in front of", "behind", "next to", "above", "below")


@dataclass
class Count:
    """Pictures of one sort: how many were judged and accepted, and how many left out because nobody could tell."""

    judged: int = 0
    accepted: int = 0
    left_out: int = 0

    def add(self, verdicts: list[Verdict] | None, planted: bool) -> bool:
        """Counts one picture and says whether it was accepted; None is a picture that was not worth judging."""
        held = [verdict.holds for verdict in verdicts or [] if verdict]
        accepted = False not in held
        if verdicts is None or (planted and accepted and None in held):
            self.left_out += 1
            return False
        self.judged += 1
        self.accepted += accepted
        return accepted

    def told(self) -> dict[str, Any]:
        """As plain values, with the 95 % interval."""
        return {"left_out": self.left_out, "accepted": self.accepted, **share(self.accepted, self.judged)}


@dataclass
class Rates:
    """What was accepted.

    Attributes:
        true: of true pictures.
        planted: of pictures with one planted error, by the sort of error.
        wrong: pictures on which the judge was wrong, with what it was asked.
        seconds: processor time that judging took.
    """

    true: Count = field(default_factory=Count)
    planted: dict[Error, Count] = field(default_factory=lambda: {error: Count() for error in ERRORS})
    wrong: list[tuple[str, PIL.Image.Image]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def all_planted(self) -> Count:
        """All sorts of errors together."""
        counts = self.planted.values()
        return Count(*(sum(getattr(count, name) for count in counts) for name in ("judged", "accepted", "left_out")))

    def told(self) -> dict[str, Any]:
        """As plain values."""
        judged = self.true.judged + self.all_planted.judged
        return {
            "true": self.true.told(),
            "planted": self.all_planted.told(),
            "by_error": {error: count.told() for error, count in self.planted.items()},
            "pictures_a_second_and_core": round(judged / self.seconds, 1) if self.seconds else None,
        }


def measure(
    count: int,
    short: int,
    seed: int = 0,
    disturb: Callable[[PIL.Image.Image, Dice], PIL.Image.Image] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Rates:
    """Judges `count` scenes of the test split, each once as it should be and once with an error.

    Args:
        count: how many scenes.
        short: pixels of the shorter side.
        seed: seed of the scenes.
        disturb: what is done to each picture before it is judged.
        progress: called with how many are done and how many there are.
    """
    rates = Rates()
    for index in range(count):
        dice = Dice(seed, "judge", index)
        error = ERRORS[index % len(ERRORS)]
        scene, planted = _scene_and_error(dice, error, short)
        claims = all_claims(scene.facts)
        for wrong, shown in ((None, scene), (error, planted)):
            sort = rates.true if wrong is None else rates.planted[wrong]
            if not can_be_told(shown, short):
                sort.add(None, planted=False)
                continue
            picture = render(shown, short)
            if disturb is not None:
                picture = disturb(picture, dice)
            start = time.process_time()
            verdicts = judge(picture, claims)
            rates.seconds += time.process_time() - start
            judged = sort.judged
            accepted = sort.add(verdicts, wrong is not None)
            if sort.judged > judged and accepted != (wrong is None):
                rates.wrong.append((f"{index} {wrong or 'true'}: {_reasons(claims, verdicts)}", picture))
        if progress is not None:
            progress(index + 1, count)
    return rates


def related_facts(dice: Dice) -> Facts:
    """Facts by chance, in three of five cases with a direction between two things that stand or fly by themselves."""
    facts = imagine.facts(dice)
    free = [index for index in range(len(facts.things)) if not any(index == bond.carried for bond in facts.bonds)]
    if len(free) < 2 or not dice.happens(0.6):
        return facts
    a, b = dice.sample(free, 2)
    relation = Relation(name=dice.pick(DIRECTIONS), a=a, b=b)
    return facts.model_copy(update={"relations": (*facts.relations, relation)})


def can_be_told(scene: Scene, short: int) -> bool:
    """Whether enough of every thing is visible at this size to say what it is, and all letters are."""
    shown = labels(scene, short)
    for index, thing in enumerate(scene.facts.things):
        visible = int((shown == index + 1).sum())
        whole = int(mask(scene, index, short).sum())
        least = 0.97 if thing.text else 1 - MOST_HIDDEN
        if visible < max(FEWEST * (short / 100) ** 2, least * whole):
            return False
    return True


def _scene_and_error(dice: Dice, error: Error, short: int) -> tuple[Scene, Scene]:
    """A scene, and a scene of its facts with one error that can be seen at this size."""
    while True:
        scene = scene_in("test", dice, related_facts)
        planted = plant(scene.facts, error, dice)
        if planted is None:
            continue
        try:
            shown = compose(planted[0], dice, scene.width, scene.height)
        except SceneError:
            continue
        low = error == "letter" and LETTER_UNITS * shown.scale(planted[1]) * short / 100 < LEGIBLE
        if not low and can_be_told(shown, short):
            return scene, shown


def _reasons(claims: list[Claim], verdicts: list[Verdict]) -> str:
    refused = [f"{each.claim.model_dump(exclude_none=True)} {each.why}" for each in verdicts if each.holds is False]
    return "; ".join(refused) or f"accepted {[claim.model_dump(exclude_none=True) for claim in claims]}"


# ---- disturbances, each in steps from hardly visible to hopeless


def blurred(picture: PIL.Image.Image, level: float) -> PIL.Image.Image:
    """Gaussian blur, its deviation in pixels."""
    return picture.filter(PIL.ImageFilter.GaussianBlur(level))


def noisy(picture: PIL.Image.Image, level: float, dice: Dice) -> PIL.Image.Image:
    """Normal noise on every channel, its deviation in steps of 255."""
    noise = np.random.Generator(np.random.PCG64(dice.below(2**31))).normal(0, level, (picture.height, picture.width, 3))
    return PIL.Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


def compressed(picture: PIL.Image.Image, level: float) -> PIL.Image.Image:
    """JPEG of this quality."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=int(level))
    return PIL.Image.open(file).convert("RGB")


def shifted(picture: PIL.Image.Image, level: float) -> PIL.Image.Image:
    """Moved by so many pixels to the right and half as many down."""
    data = (1, 0, -level, 0, 1, -level / 2)
    return picture.transform(picture.size, PIL.Image.Transform.AFFINE, data, PIL.Image.Resampling.BILINEAR)


def warped(picture: PIL.Image.Image, level: float, dice: Dice) -> PIL.Image.Image:
    """Every eighth of the picture moved by up to so many pixels, what is between along with it."""
    steps = 8
    width, height = picture.size
    corners = [
        [
            (
                width * column / steps + (dice.between(-level, level) if 0 < column < steps else 0),
                height * row / steps + (dice.between(-level, level) if 0 < row < steps else 0),
            )
            for column in range(steps + 1)
        ]
        for row in range(steps + 1)
    ]
    mesh = []
    for row in range(steps):
        for column in range(steps):
            (x0, y0), (x1, y1) = corners[row][column], corners[row + 1][column]
            (x2, y2), (x3, y3) = corners[row + 1][column + 1], corners[row][column + 1]
            box = (
                round(width * column / steps),
                round(height * row / steps),
                round(width * (column + 1) / steps),
                round(height * (row + 1) / steps),
            )
            mesh.append((box, (x0, y0, x1, y1, x2, y2, x3, y3)))
    return picture.transform(picture.size, PIL.Image.Transform.MESH, mesh, PIL.Image.Resampling.BILINEAR)


def disturbances(short: int) -> Iterator[tuple[str, float, Callable[[PIL.Image.Image, Dice], PIL.Image.Image]]]:
    """Name, level and function of every disturbance; pixels count at 64 pixels a side and grow with the picture."""
    grow = short / 64
    for level in (0.5, 0.75, 1.0, 1.5, 2.0):
        yield "blur", level, lambda picture, _, level=level: blurred(picture, level * grow)  # type: ignore[misc]
    for level in (8.0, 16.0, 32.0, 48.0):
        yield "noise", level, lambda picture, dice, level=level: noisy(picture, level, dice)  # type: ignore[misc]
    for level in (90.0, 60.0, 30.0, 10.0):
        yield "JPEG", level, lambda picture, _, level=level: compressed(picture, level)  # type: ignore[misc]
    for level in (0.5, 1.0, 2.0):
        yield "shift", level, lambda picture, _, level=level: shifted(picture, level * grow)  # type: ignore[misc]
    for level in (0.5, 1.0, 1.5, 2.0):
        yield "warp", level, lambda picture, dice, level=level: warped(picture, level * grow, dice)  # type: ignore[misc]
