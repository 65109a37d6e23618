"""Several pictures in, one out: what is taken keeps its looks, what is changed keeps the rest."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from probes import CAT, GIRL, facts_of
from truths import asked, claims_of, item, parts, pixels, shown, true_on

from mini4o.conversation.parts import Image, ImageGen
from mini4o.storybook.claims import Noun, Plays, Related
from mini4o.storybook.dice import Dice
from mini4o.storybook.edits import Add, Goal, changed_mask
from mini4o.storybook.language import grammar
from mini4o.storybook.scene import Scene, Thing
from mini4o.storybook.splits import LANGUAGES, Language
from mini4o.storybook.tasks.base import Item
from mini4o.storybook.tasks.editing.several import _into, _together

MANY = 60
TYPES = ("into", "coloured", "like_setting", "together")


def items(type_: str | None = None) -> Iterator[Item]:
    for index in range(MANY):
        each = item("several", index, "test" if index % 4 == 3 else "train", "zh" if index % 2 else "en")
        if type_ in (None, each.facts["type"]):
            yield each


def looks(scene: Scene) -> Counter[tuple[str, int, float]]:
    """What is seen of each thing wherever it is."""
    return Counter(
        (thing.key, pose.variant, pose.scale) for thing, pose in zip(scene.facts.things, scene.poses, strict=True)
    )


def test_all_sorts_of_requests_occur() -> None:
    assert {each.facts["type"] for each in items()} == set(TYPES)
    skeletons = {each.facts["skeleton"] for each in items()}
    assert skeletons >= {"into", "into_at", "coloured", "like_time", "together", "together_at"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_thing_may_come_into_a_hand(language: Language) -> None:
    """Seldom by chance, for few pictures have a free hand and few things fit one."""
    apple = Thing(kind="apple", colour="red", size="small")
    plans = [_into(facts_of(apple), facts_of(GIRL, CAT), Dice(0, "hand", index), language) for index in range(20)]
    held = [plan for plan in plans if plan is not None and plan.skeleton == "into_holding"]
    assert 5 <= len(held) < 20
    for plan in held:
        (edit,) = plan.edits
        assert isinstance(edit, Add) and edit.goal == Goal(relation="holding", other=0) and plan.base == 1
        assert [claim.name for claim in plan.claims if isinstance(claim, Related)] == ["holding"]
        assert plan.taken == ((0, 0),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_means_two_things(language: Language) -> None:
    """Nothing is drawn "to the left of the bus" that is called "the bus" itself."""
    red, blue = (Thing(kind="bus", colour=colour, facing="left") for colour in ("red", "blue"))
    bare = grammar(language).noun(Noun(kind="bus"), article="the")

    def names(first: Thing, second: Thing) -> list[set[str]]:
        """What the two are called wherever one is put beside the other."""
        given, dice = (facts_of(first), facts_of(second)), [Dice(0, "bus", number) for number in range(200)]
        plans = [make(*given, each, language) for make in (_into, _together) for each in dice]
        related = [plan for plan in plans if plan and any(isinstance(claim, Related) for claim in plan.claims)]
        return [{plan.slots[name] for name in ("thing", "other", "a", "b") if name in plan.slots} for plan in related]

    assert any(bare in called for called in names(red, CAT))
    apart = names(red, blue)
    assert apart and all(len(called) == 2 and bare not in called for called in apart)  # the red one and the blue one
    assert not names(red, red.model_copy(update={"facing": "right"}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_pictures_are_given_and_both_are_sources(language: Language) -> None:
    for index in range(12):
        each = item("several", index, language=language)
        assert [type(part) for part in each.conversation[0].content[:2]] == [Image, Image]
        (drawn,) = [part for part in parts(each.conversation) if isinstance(part, ImageGen)]
        assert drawn.source == (1, 2) and each.facts["source"] == [1, 2] and len(each.scenes) == 3
        assert len({(scene.width, scene.height) for scene in each.scenes}) == 1


def test_claims_hold_and_do_not_hold_of_the_picture_that_is_changed() -> None:
    for each in items():
        claims = claims_of(each.facts)
        assert claims and all(true_on(claim, each.scenes[2]) for claim in claims), each.facts
        assert (each.facts["mask"] is None) == (each.facts["type"] == "together")
        if each.facts["mask"] is None:
            assert not any(all(true_on(claim, scene) for claim in claims) for scene in each.scenes[:2])
            continue
        base, made = each.facts["mask"]
        assert made == 2 and base == (1 if each.facts["type"] == "into" else 0)
        assert not all(true_on(claim, each.scenes[base]) for claim in claims), each.facts
        pictures = [pixels(picture) for picture in shown(each.conversation)]
        mask = changed_mask(each.scenes[base], each.scenes[made], min(pictures[0].shape[:2]))
        assert mask.any() and np.array_equal(pictures[base][~mask], pictures[made][~mask])


def test_a_thing_of_the_first_picture_comes_into_the_second_just_as_it_looks() -> None:
    for each in items("into"):
        first, second, made = map(looks, each.scenes)
        assert not second - made
        (new,) = (made - second).elements()
        assert new in first
        assert all(each.scenes[2].poses[index] == pose for index, pose in enumerate(each.scenes[1].poses))


def test_both_things_of_a_new_picture_look_as_in_the_old_ones() -> None:
    for each in items("together"):
        first, second, made = map(looks, each.scenes)
        kept = [new for new in made if new in first], [new for new in made if new in second]
        assert sum(made.values()) == 2 and all(kept) and set(kept[0]) | set(kept[1]) == set(made)
        assert any(isinstance(claim, Plays) and claim.place for claim in claims_of(each.facts))
        related = any(isinstance(claim, Related) for claim in claims_of(each.facts))
        assert related == (each.facts["skeleton"] == "together_at")


def test_a_colour_comes_from_the_second_picture_and_is_not_told() -> None:
    for each in items("coloured"):
        (edit,) = each.facts["edits"]
        assert edit["colour"] in {thing.colour for thing in each.scenes[1].facts.things}
        assert each.scenes[2].facts.things[edit["index"]].colour == edit["colour"]
        assert each.scenes[2].poses == each.scenes[0].poses


def test_the_setting_of_the_second_picture_is_taken_over() -> None:
    for each in items("like_setting"):
        name = each.facts["skeleton"].removeprefix("like_")
        before, model, after = (scene.facts.setting for scene in each.scenes)
        assert getattr(after, name) == getattr(model, name) != getattr(before, name)
        assert after.model_copy(update={name: getattr(before, name)}) == before
        assert getattr(model, name) not in asked(each.conversation).lower().replace("day or night", "").replace(
            "time of day", ""
        )
