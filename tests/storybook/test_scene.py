"""Scenes are validated values: what cannot be is refused, and the hash is that of the facts and nothing else."""

from dataclasses import replace
from typing import Any

import pytest
from probes import BALL, BOX, CAT, CHAIR, GIRL, HOUSE, KITCHEN, LAKE, MEADOW, facts_of, scene_of, scenes
from pydantic import ValidationError

from mini4o.storybook import imagine
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.scene import SCALE, Facts, Pose, Relation, Scene, Setting, Thing

SIGN: dict[str, Any] = {"kind": "sign", "colour": "red"}


# ---- what cannot be


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"place": "moon"}, "place"),
        ({"place": "meadow"}, "weather"),
        ({"place": "meadow", "season": "spring"}, "weather"),
        ({"place": "meadow", "weather": "clear"}, "season"),
        ({"place": "meadow", "season": "spring", "weather": "snow"}, "winter"),
        ({"place": "meadow", "season": "spring", "weather": "fog"}, "weather"),
        ({"place": "beach", "season": "summer", "weather": "clear"}, "season"),
        ({"place": "lake", "weather": "snow"}, "winter"),
        ({"place": "kitchen", "weather": "clear"}, "weather"),
        ({"place": "bedroom", "season": "winter"}, "season"),
        ({"place": "kitchen", "time": "noon"}, "time"),
        ({"place": "kitchen", "hour": 3}, "hour"),
    ],
)
def test_settings_that_cannot_be_are_refused(setting: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Setting.model_validate(setting)


@pytest.mark.parametrize(
    ("thing", "says"),
    [
        ({"kind": "unicorn"}, "no kind 'unicorn'"),
        ({"kind": "ball", "colour": "mauve"}, "colour"),
        ({"kind": "ball"}, "colour None"),
        ({"kind": "sun", "colour": "blue"}, "yellow, orange"),
        ({"kind": "rainbow", "colour": "red"}, "none"),
        ({"kind": "ball", "colour": "red", "size": "huge"}, "size"),
        ({"kind": "ball", "colour": "red", "facing": "left"}, "has no facing"),
        ({"kind": "bus", "colour": "red"}, "needs a facing"),
        ({"kind": "bus", "colour": "red", "facing": "up"}, "facing"),
        ({"kind": "ball", "colour": "red", "state": "open"}, "state"),
        ({"kind": "house", "colour": "red"}, "closed, open"),
        ({"kind": "house", "colour": "red", "state": "lit"}, "closed, open"),
        ({"kind": "ball", "colour": "red", "text": "A"}, "no text"),
        (SIGN, "1 to 3 letters"),
        ({**SIGN, "text": ""}, "text"),
        ({**SIGN, "text": "ABCD"}, "text"),
        ({**SIGN, "text": "a"}, "text"),
        ({**SIGN, "text": "É"}, "text"),
        ({**SIGN, "text": "A B"}, "text"),
        ({"kind": "block", "colour": "red", "text": "ABC"}, "1 to 2 letters"),
        ({"kind": "ball", "colour": "red", "weight": 3}, "weight"),
    ],
)
def test_things_that_cannot_be_are_refused(thing: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Thing.model_validate(thing)


FISH = Thing(kind="fish", colour="red", facing="left")
TABLE = Thing(kind="table", colour="white")
TEDDY = Thing(kind="teddy", colour="brown", size="small")


@pytest.mark.parametrize(
    ("things", "related", "where", "says"),
    [
        ((CAT,), [("left of", 0, 0)], MEADOW, "two different things"),
        ((CAT, BALL), [("left of", 0, 2)], MEADOW, "two different things"),
        ((CAT, BALL), [("beside", 0, 1)], MEADOW, "name"),
        ((CAT, BALL), [("left of", -1, 1)], MEADOW, "greater than or equal to 0"),
        ((CAT, BALL), [("on", 1, 0)], MEADOW, "a ball cannot be on a cat"),
        ((CAT, CHAIR), [("on", 0, 1)], KITCHEN, "a cat cannot be on a chair"),
        ((BALL, CHAIR), [("inside", 0, 1)], KITCHEN, "a ball cannot be inside a chair"),
        ((BALL, BOX), [("on", 0, 1)], KITCHEN, "a ball cannot be on a box"),
        ((CAT, BALL), [("holding", 0, 1)], MEADOW, "a cat cannot be holding a ball"),
        ((BALL, GIRL), [("holding", 0, 1)], MEADOW, "a ball cannot be holding a girl"),
        ((GIRL, BOX), [("holding", 0, 1)], MEADOW, "a girl cannot be holding a box"),
        ((BALL, CHAIR, BOX), [("on", 0, 1), ("inside", 0, 2)], KITCHEN, "the ball is already on"),
        ((GIRL, BALL, BOX), [("holding", 0, 1), ("inside", 1, 2)], KITCHEN, "the ball is already on"),
        ((FISH,), [], MEADOW, "a fish cannot be in a meadow by itself"),
        ((HOUSE,), [], KITCHEN, "a house cannot be in a kitchen by itself"),
        ((CHAIR,), [], MEADOW, "a chair cannot be in a meadow by itself"),
        ((Thing(kind="sun", colour="yellow"),), [], KITCHEN, "a sun cannot be in a kitchen by itself"),
    ],
)
def test_facts_that_cannot_be_are_refused(things: tuple[Thing, ...], related: Any, where: Setting, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        facts_of(*things, where=where, related=related)


def test_what_is_carried_carries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kind can do both so far, so one is made that can."""
    monkeypatch.setitem(KINDS, "teddy", replace(KINDS["teddy"], top=(-9, 9, 24)))
    facts_of(BALL, TEDDY, where=KITCHEN, related=[("on", 0, 1)])
    with pytest.raises(ValidationError, match="carried cannot carry"):
        facts_of(BALL, TEDDY, TABLE, where=KITCHEN, related=[("on", 0, 1), ("on", 1, 2)])


def test_what_is_carried_may_be_where_it_could_not_be_by_itself() -> None:
    balloon = Thing(kind="balloon", colour="red")
    with pytest.raises(ValidationError):
        facts_of(balloon, where=KITCHEN)
    facts_of(GIRL, balloon, where=KITCHEN, related=[("holding", 0, 1)])


@pytest.mark.parametrize(
    "change",
    [
        {"poses": ()},
        {"poses": (Pose(x=1, y=1),) * 2},
        {"width": 99.0},
        {"width": 101.0, "height": 101.0},
        {"width": 401.0},
        {"height": float("nan")},
        {"height": float("inf")},
        {"backdrop": -1},
        {"poses": ({"x": float("nan"), "y": 1.0},)},
        {"poses": ({"x": 1.0, "y": float("inf")},)},
        {"poses": ({"x": 1.0, "y": 1.0, "scale": 0.0},)},
        {"poses": ({"x": 1.0, "y": 1.0, "scale": -1.0},)},
        {"poses": ({"x": 1.0, "y": 1.0, "variant": -1},)},
        {"poses": ({"x": 1.0, "y": 1.0, "variant": 3},)},  # girls have three: 0 to 2
        {"colour": "red"},
    ],
)
def test_scenes_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    good: dict[str, Any] = {"facts": facts_of(GIRL), "poses": (Pose(x=50, y=20),)}
    Scene.model_validate(good)
    with pytest.raises(ValidationError):
        Scene.model_validate({**good, **change})


def test_values_never_change() -> None:
    scene = scene_of(facts_of(CAT), (50, 20))
    for value, name in ((scene, "width"), (scene.facts, "things"), (scene.poses[0], "x"), (CAT, "size")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(value, name, getattr(value, name))


def test_what_is_made_by_chance_passes_the_validation_that_it_skips() -> None:
    dice = Dice(0, "valid")
    for _ in range(300):
        facts = imagine.facts(dice)
        assert Facts.model_validate(facts.model_dump()) == facts
    for scene in scenes(60):
        again = Scene.model_validate(scene.model_dump())
        assert again == scene and again.hash == scene.hash and again.facts.hash == scene.facts.hash
    settings = imagine.all_settings()
    assert len({setting.key for setting in settings}) == len(settings)
    usual = {setting.key for setting in settings if setting.season != "winter" or setting.weather != "rain"}
    assert {imagine.setting(dice).key for _ in range(2000)} == usual  # it rains in winter only where an edit says so


# ---- the hash of facts


def renumbered(facts: Facts, order: list[int]) -> Facts:
    """The same facts, told in another order."""
    return Facts(
        setting=facts.setting,
        things=tuple(facts.things[index] for index in order),
        relations=tuple(
            Relation(name=each.name, a=order.index(each.a), b=order.index(each.b)) for each in reversed(facts.relations)
        ),
    )


def test_the_hash_is_that_of_every_machine() -> None:
    assert facts_of(BALL).hash == "7970c2943b8459fb"


def test_the_hash_does_not_depend_on_order_or_place() -> None:
    dice = Dice(0, "order")
    for scene in scenes(60):
        facts = scene.facts
        other = renumbered(facts, dice.shuffled(range(len(facts.things))))
        assert other.hash == facts.hash
        moved = Scene(facts=facts, poses=tuple(Pose(x=1, y=1) for _ in facts.things))
        assert moved.facts.hash == facts.hash and moved.hash != scene.hash


def test_the_hash_changes_with_any_fact() -> None:
    first = facts_of(CAT, BALL, HOUSE, related=[("left of", 0, 1)])
    others = [
        first,
        facts_of(CAT, BALL, HOUSE),
        facts_of(CAT, BALL, related=[("left of", 0, 1)]),
        facts_of(CAT, BALL, HOUSE, BALL, related=[("left of", 0, 1)]),
        facts_of(CAT, BALL, HOUSE, related=[("right of", 0, 1)]),
        facts_of(CAT, BALL, HOUSE, related=[("left of", 0, 2)]),
        facts_of(CAT, BALL, HOUSE, related=[("left of", 0, 1), ("next to", 0, 1)]),
    ]
    changes: list[dict[str, Any]] = [{"colour": "white"}, {"size": "large"}, {"facing": "left"}, {"state": "asleep"}]
    for change in changes:
        cat = Thing.model_validate(CAT.model_dump() | change)
        others.append(facts_of(cat, BALL, HOUSE, related=[("left of", 0, 1)]))
    for where in imagine.all_settings():
        if "land" in imagine.ZONES[where.place] and where != MEADOW:
            others.append(facts_of(CAT, BALL, HOUSE, where=where, related=[("left of", 0, 1)]))
    texts = [facts_of(Thing(kind="sign", colour="red", text=text)) for text in ("A", "B", "AB", "BA", "8")]
    hashes = [facts.hash for facts in (*others, *texts)]
    assert len(set(hashes)) == len(hashes)


def test_opposite_relations_say_the_same() -> None:
    """Left of and right of with the things exchanged are one fact; so the two are never in two splits."""
    for name, opposite in (
        ("left of", "right of"),
        ("above", "below"),
        ("in front of", "behind"),
        ("next to", "next to"),
    ):
        one, other = (facts_of(CAT, BALL, related=[each]) for each in ((name, 0, 1), (opposite, 1, 0)))
        assert one.hash == other.hash, name
    assert facts_of(CAT, BALL, related=[("left of", 0, 1), ("right of", 1, 0)]).hash == (
        facts_of(CAT, BALL, related=[("left of", 0, 1)]).hash
    )


def test_a_copy_has_a_hash_of_its_own() -> None:
    """Hashes and bonds are kept once they were asked for; a changed copy must not take them along."""
    facts = facts_of(GIRL, BALL, where=LAKE)
    scene = scene_of(facts, (30, 5), (70, 5))
    assert facts.bonds == () and facts.hash and scene.hash
    holding = facts.model_copy(update={"relations": (Relation(name="holding", a=0, b=1),)})
    assert [bond.name for bond in holding.bonds] == ["holding"]
    assert holding.hash == facts_of(GIRL, BALL, where=LAKE, related=[("holding", 0, 1)]).hash != facts.hash
    moved = scene.model_copy(update={"poses": (scene.poses[1], scene.poses[0])})
    assert moved.hash == scene_of(facts, (70, 5), (30, 5)).hash != scene.hash


# ---- scenes


def test_the_hash_of_a_scene_is_that_of_all_of_it() -> None:
    facts = facts_of(CAT, GIRL)
    poses = (Pose(x=30, y=20, depth=980), Pose(x=70, y=20, depth=980))
    scenes_ = [
        Scene(facts=facts, poses=poses),
        Scene(facts=facts, poses=poses, width=120),
        Scene(facts=facts, poses=poses, height=120),
        Scene(facts=facts, poses=poses, backdrop=1),
        Scene(facts=facts_of(CAT, GIRL, related=[("left of", 0, 1)]), poses=poses),
        Scene(facts=facts_of(GIRL, CAT), poses=poses),
    ]
    changes: list[dict[str, float]] = [{"x": 71}, {"y": 21}, {"scale": 1.06}, {"variant": 1}, {"depth": 981}]
    for change in changes:
        scenes_.append(Scene(facts=facts, poses=(poses[0], Pose.model_validate(poses[1].model_dump() | change))))
    assert len({scene.hash for scene in scenes_}) == len(scenes_)
    assert Scene(facts=facts, poses=poses).hash == scenes_[0].hash


def test_boxes_are_those_of_the_drawing_turned_and_scaled() -> None:
    bus = {"kind": "bus", "colour": "red"}
    for facing, size, scale in (("right", "small", 1.0), ("left", "large", 0.94), ("left", "medium", 1.06)):
        thing = Thing.model_validate({**bus, "facing": facing, "size": size})
        scene = Scene(facts=facts_of(thing), poses=(Pose(x=40, y=7, scale=scale),))
        by = scale * SCALE[thing.size]
        left, bottom, right, top = thing.of.extent(scene.look(0))
        if facing == "left":
            left, right = -right, -left
        assert scene.scale(0) == pytest.approx(by)
        assert scene.box(0) == pytest.approx((40 + by * left, 7 + by * bottom, 40 + by * right, 7 + by * top))


def test_nearer_things_are_drawn_later_and_equals_in_their_order() -> None:
    facts = facts_of(CAT, BALL, GIRL, HOUSE)
    poses = tuple(Pose(x=50, y=10, depth=depth) for depth in (3, 1, 3, 2))
    assert Scene(facts=facts, poses=poses).order == [1, 3, 0, 2]


def test_a_bond_knows_who_goes_with_whom() -> None:
    facts = facts_of(
        GIRL, BALL, TABLE, TEDDY, where=KITCHEN, related=[("holding", 0, 1), ("on", 3, 2), ("left of", 0, 2)]
    )
    assert [(bond.name, bond.carrier, bond.carried) for bond in facts.bonds] == [("holding", 0, 1), ("on", 2, 3)]
