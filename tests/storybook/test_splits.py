"""Splits are a function of the facts: no scene is in two, and held-out combinations are in none but their own."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from probes import BALL, CAT, GIRL, MEADOW, facts_of, scenes

from mini4o.errors import DataError
from mini4o.storybook import imagine
from mini4o.storybook.compose import compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.scene import ZONES, Facts, Scene, Thing
from mini4o.storybook.splits import LANGUAGES, SPLITS, held_out, split_of
from mini4o.storybook.tasks.base import Item, Request, scene_in
from mini4o.storybook.versions import WORLDS

WORLD = WORLDS["storybook-1"]


@pytest.fixture(scope="module")
def drawn() -> list[Facts]:
    dice = Dice(0, "splits")
    return [imagine.facts(dice) for _ in range(6000)]


@pytest.fixture(scope="module")
def items() -> dict[str, list[Item]]:
    """Of every split one of each task, the languages in turn."""
    return {
        split: [
            WORLD.task(task)(Request(split, LANGUAGES[number % 2], 5, 0)) for number, task in enumerate(WORLD.tasks)
        ]
        for split in SPLITS
    }


def shown(items: list[Item]) -> Iterator[Scene]:
    for item in items:
        yield from item.scenes


def test_splits_never_share_a_scene(items: dict[str, list[Item]]) -> None:
    """Nor one of its edits: all scenes of an item are in the split that was asked for."""
    hashes = {split: {scene.facts.hash for scene in shown(items[split])} for split in SPLITS}
    for split in SPLITS:
        assert len(hashes[split]) > 40
        for scene in shown(items[split]):
            assert split_of(scene.facts) == split, scene.facts
        assert not any(hashes[split] & hashes[other] for other in SPLITS if other != split)


def test_held_out_combinations_are_in_heldout_only(items: dict[str, list[Item]]) -> None:
    for split in SPLITS:
        for scene in shown(items[split]):
            assert bool(held_out(scene.facts)) is (split == "heldout")


def test_hashes_in_items_are_those_of_their_facts(items: dict[str, list[Item]]) -> None:
    """Scenes are made step by step, without validation; yet all are valid, and none keeps a hash of an earlier step."""
    for split in SPLITS:
        for scene in shown(items[split]):
            again = Scene.model_validate(scene.model_dump())
            assert (again.hash, again.facts.hash) == (scene.hash, scene.facts.hash)


def test_proportions(drawn: list[Facts]) -> None:
    counts = Counter(split_of(facts) for facts in drawn)
    usual = len(drawn) - counts["heldout"]
    assert set(counts) == set(SPLITS)
    assert counts["train"] / usual == pytest.approx(0.85, abs=0.02)
    assert counts["val"] / usual == pytest.approx(0.05, abs=0.015)
    assert counts["test"] / usual == pytest.approx(0.10, abs=0.015)
    assert 0.1 < counts["heldout"] / len(drawn) < 0.5


def test_only_the_facts_decide() -> None:
    """Not the place on the page, its size, or the order in which things are told."""
    dice = Dice(0, "again")
    for scene in scenes(30):
        facts = scene.facts
        same = Facts(setting=facts.setting, things=facts.things, relations=facts.relations[::-1])
        assert split_of(same) == split_of(facts)
    facts = facts_of(CAT, GIRL)
    assert len({split_of(compose(facts, dice, width, 100).facts) for width in (100, 150, 200)}) == 1


# ---- what is held out


def test_three_sorts_of_combinations_are_held_out() -> None:
    """About one in fourteen of each: kind × colour, kind × place, count × kind."""
    combinations: dict[str, list[str]] = defaultdict(list)
    totals: Counter[str] = Counter()
    settings = {setting.place: setting for setting in imagine.all_settings()}
    for kind in KINDS.values():
        for setting in settings.values():
            if not set(kind.where) & set(ZONES[setting.place]):
                continue
            facts = Facts(setting=setting, things=(imagine.thing(Dice(0, "thing"), kind),) * 5)
            for sort, names in (
                ("colour", {f"{kind.name} × {facts.things[0].colour}"}),
                ("place", {f"{kind.name} × {setting.place}"}),
                ("count", {f"5 × {kind.name}"}),
            ):
                totals[sort] += 1
                combinations[sort] += [name for name in held_out(facts) if name in names]
    for sort, total in totals.items():
        assert 0.01 < len(combinations[sort]) / total < 0.2, sort


def colours_and_places() -> Iterator[tuple[str, set[str], set[str]]]:
    """For each kind the colours and the places that are not held out."""
    for kind in KINDS.values():
        settings = [setting for setting in imagine.all_settings() if set(kind.where) & set(ZONES[setting.place])]
        base = imagine.thing(Dice(0, "thing"), kind)
        things = [base.model_copy(update={"colour": colour}) for colour in kind.colours or (None,)]
        facts = [Facts(setting=setting, things=(thing,)) for setting in settings for thing in things]
        usual = [each for each in facts if not held_out(each)]
        yield (
            kind.name,
            {str(each.things[0].colour) for each in usual},
            {each.setting.place for each in usual},
        )


def test_most_of_every_kind_is_learnt() -> None:
    for name, colours, places in colours_and_places():
        assert len(colours) >= 0.5 * len(KINDS[name].colours), name
        assert places, name


def test_one_thing_of_a_kind_is_no_count() -> None:
    facts = facts_of(CAT, BALL)
    assert not any(name.startswith("1 × ") for name in held_out(facts))
    rare = [
        count
        for count in range(2, 9)
        if f"{count} × cat" in held_out(Facts(setting=MEADOW, things=(CAT,) * count, relations=()))
    ]
    assert len(rare) < 4


def test_held_out_names_are_sorted_and_told_once(drawn: list[Facts]) -> None:
    told = [held_out(facts) for facts in drawn[:1000]]
    assert all(names == sorted(set(names)) for names in told)
    assert any(len(names) > 1 for names in told)
    assert {name.count(" × ") for names in told for name in names} == {1}


# ---- scenes of a split


@pytest.mark.parametrize("split", SPLITS)
def test_a_scene_of_a_split(split: str) -> None:
    assert split in SPLITS
    dice = Dice(1, "scene in")
    for _ in range(5):
        scene = scene_in(split, dice)
        assert split_of(scene.facts) == split


def test_what_a_split_does_not_have_is_refused() -> None:
    usual = next(
        facts for colour in KINDS["ball"].colours if not held_out(facts := facts_of(Thing(kind="ball", colour=colour)))
    )
    with pytest.raises(DataError, match="heldout"):
        scene_in("heldout", Dice(0, "none"), lambda _: usual)
