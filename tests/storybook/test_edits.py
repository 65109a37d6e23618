"""Edits: of facts, of pages, of pictures. What is asked for happens, and all else keeps its very pixels."""

import re
from typing import Any

import numpy as np
import pytest
from probes import BALL, BOX, CAT, GIRL, HOUSE, KITCHEN, LAKE, facts_of, scene_of
from pydantic import TypeAdapter
from truths import claims_of, item, pixels, shown, true_on

from mini4o.storybook.claims import Noun, Related, Shows
from mini4o.storybook.compose import SceneError, compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.edit_places import FAR
from mini4o.storybook.edits import (
    SETTING_EDITS,
    Add,
    Edit,
    Goal,
    Move,
    Recolour,
    Remove,
    Replace,
    Resize,
    SetSeason,
    SetState,
    SetText,
    SetTime,
    SetWeather,
    Turn,
    apply,
    changed_mask,
    edited,
)
from mini4o.storybook.relations import between
from mini4o.storybook.render import labels, render
from mini4o.storybook.scene import Facts, Pose, Relation, Scene, Setting, Thing
from mini4o.storybook.splits import LANGUAGES, Language
from mini4o.storybook.tasks.editing.proposing import EDIT_TYPES
from mini4o.storybook.tasks.editing.wording import order, thought

EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)
TABLE, SUN = Thing(kind="table", colour="brown", size="large"), Thing(kind="sun", colour="yellow")
BED = Thing(kind="bed", colour="red", facing="left")
CAR, CAKE = (
    Thing(kind="car", colour="red", facing="left", state="off"),
    Thing(kind="cake", colour="white", state="unlit"),
)
BEACH = Setting(place="beach", weather="clear")
TREE = Thing(kind="tree", colour="green", state="leafy")
APPLE = Thing(kind="apple", colour="red", size="small")
PAIR = facts_of(GIRL, BALL, BOX, related=[("inside", 1, 2)])


def dice() -> Dice:
    return Dice(0, "test edits")


def things_of(scene: Scene) -> list[tuple[Thing, Pose]]:
    return list(zip(scene.facts.things, scene.poses, strict=True))


# ---- facts


def test_bonds_follow_their_things_when_others_come_and_go() -> None:
    assert edited(PAIR, Remove(index=0)) == facts_of(BALL, BOX, related=[("inside", 0, 1)])
    assert edited(PAIR, Remove(index=1)) == facts_of(GIRL, BOX)
    assert edited(PAIR, Add(thing=CAT, index=1)) == facts_of(GIRL, CAT, BALL, BOX, related=[("inside", 2, 3)])
    held = edited(PAIR, Add(thing=APPLE, index=0, goal=Goal(relation="holding", other=0)))
    assert held == facts_of(APPLE, GIRL, BALL, BOX, related=[("inside", 2, 3), ("holding", 1, 0)])
    assert edited(PAIR, Add(thing=CAT, index=3, goal=Goal(relation="left of", other=0))).relations == PAIR.relations


def test_what_moves_leaves_what_carried_it_and_takes_what_it_carries() -> None:
    out = edited(PAIR, Move(index=1, goal=Goal(relation="holding", other=0)))
    assert out.relations == (Relation(name="holding", a=0, b=1),)
    assert edited(PAIR, Move(index=1, goal=Goal(side="left"))).relations == ()
    assert edited(PAIR, Move(index=2, goal=Goal(side="left"))).relations == PAIR.relations


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        (Recolour(index=1, colour="blue"), {"colour": "blue"}),
        (Resize(index=1, size="medium"), {"size": "medium"}),
        (Turn(index=1, facing="left"), {"facing": "left"}),
        (SetState(index=1, state="asleep"), {"state": "asleep"}),
    ],
)
def test_one_property_changes_and_no_other(edit: Edit, changed: dict[str, Any]) -> None:
    facts = facts_of(GIRL, CAT if "facing" in changed or "state" in changed else BALL)
    expected = facts.things[1].model_copy(update=changed)
    assert edited(facts, edit) == facts_of(GIRL, expected)


@pytest.mark.parametrize(
    ("facts", "edit", "message"),
    [
        (PAIR, Remove(index=2), "remove: the box carries something"),
        (PAIR, Replace(index=2, thing=CAT), "replace: the box carries something"),
        (PAIR, Resize(index=0, size="large"), None),
        (PAIR, Turn(index=1, facing="left"), "turn: .*ball: has no facing"),
        (PAIR, SetState(index=0, state="asleep"), "state: .*girl: state 'asleep' is not one of"),
        (PAIR, SetText(index=0, text="A"), "text: .*girl: needs no text"),
        (PAIR, SetWeather(weather="snow"), "weather: .*snow falls in winter only"),
        (PAIR, SetSeason(season="winter"), None),
        (facts_of(BALL, where=LAKE), SetSeason(season="winter"), "season: .*lake: a season is for"),
        (facts_of(BALL, where=KITCHEN), SetWeather(weather="rain"), "weather: .*kitchen: weather is for outdoor"),
        (facts_of(SUN), SetTime(time="night"), "time: there can be no sun in meadow/night"),
        (facts_of(SUN), SetWeather(weather="rain"), "weather: there can be no sun"),
        (facts_of(BALL), Add(thing=BED, index=1), "add: .*bed cannot be in a meadow"),
        (PAIR, Add(thing=APPLE, index=3, goal=Goal(relation="on", other=0)), "add: .*apple cannot be on a girl"),
    ],
)
def test_what_cannot_be_is_refused(facts: Facts, edit: Edit, message: str | None) -> None:
    if message is None:
        assert edited(facts, edit) != facts
        return
    with pytest.raises(SceneError, match=message):
        edited(facts, edit)


# ---- pages


def test_what_is_not_named_keeps_its_pose() -> None:
    scene = scene_of(facts_of(HOUSE, CAT, BALL), (70, 30), (20, 20), (35, 5))
    for edit in (Recolour(index=1, colour="white"), Turn(index=1, facing="left"), SetWeather(weather="rain")):
        after = apply(scene, edit, dice())
        assert after.poses == scene.poses and after.facts != scene.facts and after.backdrop == scene.backdrop
    assert apply(apply(scene, Turn(index=1, facing="left"), dice()), Turn(index=1, facing="right"), dice()) == scene
    larger = apply(scene, Resize(index=2, size="medium"), dice())
    assert larger.poses == scene.poses
    assert apply(larger, Resize(index=2, size="small"), dice()) == scene


def test_what_was_removed_can_come_back_just_as_it_was() -> None:
    scene = scene_of(facts_of(HOUSE, CAT, BALL), (70, 30), (20, 20), (35, 5))
    gone = apply(scene, Remove(index=1), dice())
    assert things_of(gone) == [things_of(scene)[0], things_of(scene)[2]]
    assert apply(gone, Add(thing=CAT, index=1, pose=scene.poses[1]), dice()) == scene


def test_a_carrier_moves_with_its_load() -> None:
    scene = compose(facts_of(TABLE, APPLE, where=KITCHEN, related=[("on", 1, 0)]), dice(), 400 / 3, 100)
    side = "left" if scene.poses[0].x > scene.width / 2 else "right"
    after = apply(scene, Move(index=0, goal=Goal(side=side)), dice())
    (x, y), (x2, y2) = ((pose.x, pose.y) for pose in scene.poses)
    (to_x, to_y), (to_x2, to_y2) = ((pose.x, pose.y) for pose in after.poses)
    assert abs(to_x - x) + abs(to_y - y) >= FAR
    assert (to_x2 - to_x, to_y2 - to_y) == pytest.approx((x2 - x, y2 - y))
    turned = apply(
        compose(facts_of(GIRL, APPLE, related=[("holding", 0, 1)]), dice()), Recolour(index=0, colour="red"), dice()
    )
    assert len(turned.facts.bonds) == 1


@pytest.mark.parametrize("relation", ["left of", "right of", "next to"])
def test_what_comes_or_moves_is_where_the_goal_says(relation: Any) -> None:
    scene = scene_of(facts_of(HOUSE, CAT), (80, 25), (80, 5), width=500 / 3)
    goal = Goal(relation=relation, other=0)
    added = apply(scene, Add(thing=BALL, index=2, goal=goal), dice())
    assert between(added, relation, 2, 0) is True and things_of(added)[:2] == things_of(scene)
    moved = apply(scene, Move(index=1, goal=goal), dice())
    assert between(moved, relation, 1, 0) is True and moved.poses[0] == scene.poses[0]
    with pytest.raises(SceneError, match="move: no place for the cat"):  # it is there already
        apply(moved, Move(index=1, goal=goal), dice())


def test_a_page_without_room_is_refused() -> None:
    large = HOUSE.model_copy(update={"size": "large"})
    scene = scene_of(facts_of(large, large), (28, 20), (72, 20))
    with pytest.raises(SceneError, match="add: no place for the house"):
        apply(scene, Add(thing=large, index=2), dice())
    with pytest.raises(SceneError, match="resize: no place for the ball"):
        apply(scene_of(facts_of(BALL), (4, 5)), Resize(index=0, size="large"), dice())


def test_the_mask_is_what_changed() -> None:
    scene = scene_of(facts_of(HOUSE, CAT), (70, 30), (20, 20))
    assert not changed_mask(scene, scene).any()
    turned = changed_mask(scene, apply(scene, Turn(index=1, facing="left"), dice()))
    before, after = labels(scene), labels(apply(scene, Turn(index=1, facing="left"), dice()))
    assert turned[(before == 2) | (after == 2)].all() and not turned[before == 1].any()
    lake = changed_mask(scene, scene.model_copy(update={"facts": facts_of(HOUSE, CAT, where=LAKE)}))
    assert lake[before == 0].all() and not lake.all()


# ---- items


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("type_", EDIT_TYPES)
def test_an_edit_makes_its_claims_true_and_changes_nothing_else(type_: str, language: Language) -> None:
    for split in ("train", "test"):
        for index in range(8):
            each = item(f"edit_{type_}", index, split, language)  # type: ignore[arg-type]
            before, after = each.scenes
            claims = claims_of(each.facts)
            assert claims and all(true_on(claim, after) for claim in claims), each.facts
            assert not all(true_on(claim, before) for claim in claims), each.facts  # to copy the input is wrong
            edit = EDIT.validate_python(each.facts["edit"])
            assert edit.type == type_ == each.facts["type"]
            assert edited(before.facts, edit) == after.facts

            stays = [known for known in things_of(before) if known in things_of(after)]
            loads = (
                0
                if isinstance(edit, (*SETTING_EDITS, Add))
                else sum(b.carrier == edit.index for b in before.facts.bonds)
            )
            touched = 0 if isinstance(edit, (*SETTING_EDITS, Add)) else 1 + loads
            assert len(stays) >= len(before.facts.things) - touched

            pictures = [pixels(picture) for picture in shown(each.conversation)]
            mask = changed_mask(before, after, min(pictures[0].shape[:2]))
            assert each.facts["mask"] == [0, 1] and mask.any()
            assert np.array_equal(pictures[0][~mask], pictures[1][~mask])
            assert isinstance(edit, SETTING_EDITS) or not mask.all()
            if isinstance(edit, (Add, Recolour, Replace)):
                assert mask[labels(after, min(mask.shape)) == edit.index + 1].all()


def test_added_and_moved_things_go_to_every_sort_of_place() -> None:
    for type_, sorts in (("add", {"", "sits", "related"}), ("move", {"sits", "related"})):
        found = set()
        for index in range(40):
            claims = claims_of(item(f"edit_{type_}", index).facts)
            found.add(next((claim.type for claim in claims if not isinstance(claim, Shows)), ""))
        assert found == sorts
    names = {c.name for i in range(60) for c in claims_of(item("edit_move", i).facts) if isinstance(c, Related)}
    assert names == {"left of", "right of", "next to", "on", "inside", "holding"}


# ---- thoughts


@pytest.mark.parametrize(
    ("thing", "edit", "english", "chinese"),
    [
        (HOUSE, SetState(index=0, state="open"), ("door", "closed", "open"), ("门", "关着门", "开着门")),
        (CAR, SetState(index=0, state="on"), ("lights", "off", "on"), ("车灯", "没开车灯", "开着车灯")),
        (CAKE, SetState(index=0, state="lit"), ("candles", "unlit", "lit"), ("蜡烛", "没点蜡烛", "点着蜡烛")),
        (BALL, Recolour(index=0, colour="blue"), ("the ball", "red", "blue"), ("球", "红色", "蓝色")),
        (GIRL, Recolour(index=0, colour="red"), ("the girl", "blue", "red"), ("女孩", "蓝色", "红色")),
        (TREE, Recolour(index=0, colour="red"), ("leaves of the tree", "green", "red"), ("树", "绿色", "红色")),
    ],
)
def test_thoughts_say_what_is_and_what_will_be(
    thing: Thing, edit: Edit, english: tuple[str, ...], chinese: tuple[str, ...]
) -> None:
    before = scene_of(facts_of(thing, where=BEACH), (50, 20))
    after = apply(before, edit, dice())
    for language, parts in (("en", english), ("zh", chinese)):
        told = order(before.facts, after.facts, edit, dice(), language)  # type: ignore[arg-type]
        assert told is not None
        thoughts = [thought(before, after, edit, told, Dice(0, "thought", n), language) for n in range(9)]  # type: ignore[arg-type]
        assert any(parts[0] in each.lower() for each in thoughts)
        assert all(parts[1] in each and parts[2] in each for each in thoughts), thoughts
        assert all({"en": "middle", "zh": "中间"}[language] in each for each in thoughts)  # where it is


def test_a_colour_that_the_name_tells_is_not_told_again() -> None:
    blue = BALL.model_copy(update={"colour": "blue"})
    scene = scene_of(facts_of(BALL, blue), (20, 20), (80, 20))
    edit = Recolour(index=0, colour="green")
    after = apply(scene, edit, dice())
    told = order(scene.facts, after.facts, edit, dice(), "en")
    assert told is not None
    for number in range(9):
        first = thought(scene, after, edit, told, Dice(0, "thought", number), "en").split(". ")[0]
        assert "the red ball" in first.lower() and first.lower().count("red") == 1 and "green" in first


@pytest.mark.parametrize(
    ("thing", "language", "name", "once"),
    [
        (TREE, "zh", "光秃秃的树", "光秃秃"),
        (TREE, "en", "the bare tree", "bare"),
        (GIRL, "zh", "一脸难过的女孩", "难过"),
        (HOUSE, "en", "the house with a closed door", "closed"),
        (HOUSE, "zh", "关着门的房子", "关着门"),
        (CAR, "en", "the car with unlit headlights", "unlit"),
        (CAKE, "zh", "没点蜡烛的蛋糕", "没点蜡烛"),
    ],
)
def test_a_state_that_the_name_tells_is_not_told_again(thing: Thing, language: Language, name: str, once: str) -> None:
    states = {"tree": ("bare", "leafy"), "girl": ("sad", "happy"), "house": ("closed", "open"), "car": ("off", "on")}
    was, will = states.get(thing.kind, ("unlit", "lit"))
    pair = [thing.model_copy(update={"state": state}) for state in (was, will)]
    scene = scene_of(facts_of(*pair, where=BEACH), (50, 20), (150, 20), width=200)
    edit = EDIT.validate_python({"type": "state", "index": 0, "state": will})
    after = apply(scene, edit, dice())
    known = Noun(kind=thing.kind, state=was)
    told = order(scene.facts, after.facts, edit, dice(), language, (known, name))
    assert told is not None
    for number in range(9):
        said = thought(scene, after, edit, told, Dice(0, "thought", number), language).lower()
        assert name in said and said.count(once) == 1, said


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stays_is_named_only_where_the_name_fits_nothing_new(language: Language) -> None:
    scene = scene_of(facts_of(GIRL, BALL, where=BEACH), (20, 20), (50, 20))
    name = {"en": r"the girl\b(?! in blue)", "zh": "(?<!的)女孩"}[language]
    seen = set[bool]()
    for comes in (GIRL.model_copy(update={"colour": "red"}), CAKE):
        edit = Add(thing=comes, index=2)
        after = apply(scene, edit, dice())
        told = order(scene.facts, after.facts, edit, dice(), language)
        assert told is not None
        thoughts = [thought(scene, after, edit, told, Dice(0, "thought", n), language) for n in range(60)]
        last = [re.split(r"(?<=[.。])\s*(?=.)", each)[-1].lower() for each in thoughts]
        named = any(re.search(name, each) for each in last)
        assert named == (comes.kind != "girl"), last
        seen.add(named)
    assert seen == {True, False}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_side_that_the_order_names_is_thought_of_once(language: Language, side: str) -> None:
    scene = scene_of(facts_of(BALL, where=BEACH), (50, 20))
    edit = Add(thing=CAKE, index=1, goal=Goal(side=side))  # type: ignore[arg-type]
    after = apply(scene, edit, dice())
    told = order(scene.facts, after.facts, edit, dice(), language)
    assert told is not None
    for number in range(9):
        said = thought(scene, after, edit, told, Dice(0, "thought", number), language)
        assert len(re.findall(f"{side}\\b" if language == "en" else {"left": "左", "right": "右"}[side], said)) == 1, (
            said
        )


def test_an_edit_is_rendered_from_its_scene_at_any_size() -> None:
    before, after = item("edit_recolour", 0).scenes
    for short in (64, 96):
        mask = changed_mask(before, after, short)
        pictures = [pixels(render(scene, short)) for scene in (before, after)]
        assert np.array_equal(pictures[0][~mask], pictures[1][~mask]) and mask.any()
