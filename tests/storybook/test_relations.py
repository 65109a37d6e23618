"""Relations of two boxes: opposites agree, nothing and its opposite hold together, and between yes and no is doubt."""

from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from probes import BALL, BOX, CAT, GIRL, HOUSE, KITCHEN, LAKE, facts_of, scene_of, scenes

from mini4o.storybook import relations
from mini4o.storybook.relations import OPPOSITE, SIDES, Box, between, holds, standing
from mini4o.storybook.scene import BONDS, Direction, RelationName, Thing

NAMES: tuple[RelationName, ...] = get_args(Direction)
every_name = pytest.mark.parametrize("name", NAMES)

lengths = st.floats(4, 60)
places = st.floats(0, 100)
boxes = st.builds(lambda x, y, wide, high: (x, y, x + wide, y + high), places, places, lengths, lengths)


def test_every_direction_has_an_opposite() -> None:
    assert set(OPPOSITE) == set(NAMES) and not set(OPPOSITE) & set(BONDS)
    assert all(OPPOSITE[OPPOSITE[name]] == name for name in NAMES)
    assert set(SIDES) == {"left of", "right of"}


@every_name
@settings(max_examples=60, deadline=None)
@given(boxes, boxes, st.booleans(), st.sampled_from([0.0, 3.0]))
def test_opposites_agree(name: RelationName, a: Box, b: Box, both_stand: bool, slack: float) -> None:
    assert holds(name, a, b, both_stand, slack) is holds(OPPOSITE[name], b, a, both_stand, slack)


@every_name
@settings(max_examples=100, deadline=None)
@given(boxes, boxes, st.booleans())
def test_never_both_a_relation_and_its_opposite(name: RelationName, a: Box, b: Box, both_stand: bool) -> None:
    if OPPOSITE[name] != name and holds(name, a, b, both_stand) is True:
        assert holds(OPPOSITE[name], a, b, both_stand) is False


@every_name
@settings(max_examples=60, deadline=None)
@given(boxes, boxes, st.booleans(), st.floats(0, 6))
def test_slack_is_in_favour(name: RelationName, a: Box, b: Box, both_stand: bool, slack: float) -> None:
    if holds(name, a, b, both_stand) is True:
        assert holds(name, a, b, both_stand, slack) is True


@every_name
@settings(max_examples=25, deadline=None)
@given(boxes, lengths, lengths, st.booleans(), st.booleans(), st.floats(-40, 40))
def test_between_yes_and_no_is_doubt(
    name: RelationName, b: Box, wide: float, high: float, both_stand: bool, across: bool, offset: float
) -> None:
    """A thing that moves past another, a hair at a time, is never from one step to the next no longer related."""
    answers = []
    for step in np.arange(-90, 90, 0.5):
        x, y = (step, offset) if across else (offset, step)
        left, bottom = float((b[0] + b[2] - wide) / 2 + x), float(b[1] + y)
        answers.append(holds(name, (left, bottom, left + wide, bottom + high), b, both_stand))
    for one, other in pairwise(answers):
        assert {one, other} != {True, False}


@every_name
@settings(max_examples=40, deadline=None)
@given(boxes, boxes, st.booleans(), st.floats(-50, 50), st.floats(-50, 50))
def test_only_where_things_are_to_each_other_counts(
    name: RelationName, a: Box, b: Box, both_stand: bool, x: float, y: float
) -> None:
    a, b = (tuple(round(4 * value) / 4 for value in box) for box in (a, b))  # type: ignore[assignment]
    x, y = round(x), round(y)
    moved = [(box[0] + x, box[1] + y, box[2] + x, box[3] + y) for box in (a, b)]
    assert holds(name, a, b, both_stand) is holds(name, moved[0], moved[1], both_stand)


@pytest.mark.parametrize(
    ("name", "a", "both_stand", "expected"),
    [
        # b is 20 wide and 20 high, from (40, 20) to (60, 40)
        ("left of", (10, 20, 30, 40), True, True),
        ("left of", (33, 20, 53, 40), True, None),
        ("left of", (70, 20, 90, 40), True, False),
        ("right of", (70, 60, 90, 80), False, True),
        ("above", (40, 60, 60, 80), False, True),
        ("above", (90, 60, 99, 80), False, None),  # higher, but not over it
        ("above", (40, 60, 60, 80), True, None),  # standing further back is not above
        ("above", (40, 0, 60, 15), False, False),
        ("below", (40, 0, 60, 9), False, True),
        ("in front of", (45, 10, 65, 30), True, True),
        ("in front of", (45, 20, 65, 40), True, None),
        ("in front of", (45, 30, 65, 50), True, False),
        ("in front of", (80, 10, 99, 30), True, False),  # nearer, but hides nothing of it
        ("in front of", (45, 10, 65, 30), False, False),
        ("behind", (45, 30, 65, 50), True, True),
        ("next to", (64, 22, 84, 42), True, True),
        ("next to", (74, 20, 90, 40), True, None),
        ("next to", (45, 20, 65, 40), True, None),
        ("next to", (90, 20, 99, 40), True, False),
        ("next to", (64, 60, 84, 80), True, False),
        ("next to", (64, 22, 84, 42), False, None),
    ],
)
def test_examples(name: RelationName, a: Box, both_stand: bool, expected: bool | None) -> None:
    assert holds(name, a, (40, 20, 60, 40), both_stand) is expected


def test_what_is_carried_or_flies_does_not_stand() -> None:
    bird = Thing(kind="bird", colour="red", facing="left")
    duck = Thing(kind="duck", colour="yellow", facing="left")
    facts = facts_of(GIRL, BALL, bird, duck, HOUSE, where=LAKE, related=[("holding", 0, 1)])
    assert standing(scene_of(facts, (20, 5), (30, 15), (50, 70), (60, 30), (75, 5))) == [0, 3, 4]
    facts = facts_of(CAT, BALL, BOX, where=KITCHEN, related=[("inside", 1, 2)])
    scene = scene_of(facts, (20, 5), (60, 15), (60, 5))
    assert standing(scene) == [0, 2]
    assert between(scene, "left of", 0, 1) is True and between(scene, "next to", 0, 1) is None


def test_between_things_of_scenes_opposites_agree() -> None:
    held = 0
    for scene in scenes(60):
        for a in range(len(scene.facts.things)):
            for b in range(a):
                for name in NAMES:
                    held += (answer := between(scene, name, a, b)) is True
                    assert answer is between(scene, relations.OPPOSITE[name], b, a)
    assert held > 50
