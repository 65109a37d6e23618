"""Every task: the same item twice, a valid conversation, facts without places, scenes of the split, their pictures."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pytest
from truths import SEED, WORLD, asked, claims_of, item, parts, pixels, shown, true_on

from mini4o.conversation.parts import Image, ImageGen, Text, Think, parse_conversation
from mini4o.errors import DataError
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.scene import Scene
from mini4o.storybook.splits import LANGUAGES, SPLITS, Language, Split, held_out, split_of
from mini4o.storybook.tasks import TASKS
from mini4o.storybook.tasks.base import Item, Request, picture_of
from mini4o.storybook.tasks.editing.proposing import EDIT_TYPES
from mini4o.storybook.versions import world

INDICES = range(3)
TEXT_ONLY = ("instructions", "arithmetic", "smalltalk")
DRAWN_WITHOUT_SOURCE = ("reconstruct", "think_then_draw", *(task for task in WORLD.tasks if task.startswith("draw_")))

every_task = pytest.mark.parametrize("task", WORLD.tasks)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def made(task: str, language: Language) -> Iterator[Item]:
    """Some items for training and for testing."""
    for split in ("train", "test"):
        for index in INDICES:
            yield item(task, index, split, language)


def told(item: Item) -> tuple[Any, ...]:
    """All of an item in a comparable form."""
    said = [
        (message.role, part.model_dump(exclude={"image"})) for message in item.conversation for part in message.content
    ]
    pictures = [pixels(picture).tobytes() for picture in shown(item.conversation)]
    return said, pictures, [scene.hash for scene in item.scenes], json.dumps(item.facts, sort_keys=True)


def leaves(value: Any) -> Iterator[Any]:
    """The plain values in nested facts."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
    else:
        yield value


def test_the_world_lists_what_there_is() -> None:
    assert set(WORLD.tasks) <= set(TASKS) and set(WORLD.kinds) <= set(KINDS)
    assert len(set(WORLD.tasks)) == len(WORLD.tasks) and len(set(WORLD.kinds)) == len(WORLD.kinds)
    assert {f"edit_{type_}" for type_ in EDIT_TYPES} <= set(WORLD.tasks)
    with pytest.raises(DataError, match="storybook-1 has no task 'sing'; its tasks are caption_short, "):
        WORLD.task("sing")
    with pytest.raises(DataError, match="no world 'storybook-0'; the worlds are storybook-1"):
        world("storybook-0")


@every_task
@every_language
def test_items_are_pure(task: str, language: Language) -> None:
    """The same request gives the same item; another index, split, language or seed another one."""
    first = item(task, 0, "train", language)
    again = WORLD.task(task)(Request("train", language, SEED, 0))
    assert told(again) == told(first)
    others = [
        item(task, 1, "train", language),
        item(task, 0, "test", language),
        item(task, 0, "train", "zh" if language == "en" else "en"),
        WORLD.task(task)(Request("train", language, SEED + 1, 0)),
    ]
    different = sum(told(other) != told(first) for other in others)
    assert different >= (3 if task in TEXT_ONLY else 4)  # small talk may repeat


@every_task
@every_language
def test_conversations_are_valid_and_say_something(task: str, language: Language) -> None:
    for each in made(task, language):
        assert parse_conversation(each.conversation) == each.conversation
        assert parse_conversation([message.model_dump() for message in each.conversation]) == each.conversation
        roles = [message.role for message in each.conversation]
        assert roles == ["user", "assistant"] * (len(roles) // 2) and roles
        assert asked(each.conversation).strip()
        for message in each.conversation:
            assert message.content
            for part in message.content:
                if isinstance(part, Text | Think):
                    assert part.text.strip() == part.text != ""
                    assert not isinstance(part, Think) or message.role == "assistant"


@every_task
@every_language
def test_facts_are_plain_json_without_places(task: str, language: Language) -> None:
    for each in made(task, language):
        assert json.loads(json.dumps(each.facts)) == each.facts  # tuples, too, would come back as something else
        assert each.facts["task"] == task and each.facts["skeleton"]
        assert not any(isinstance(leaf, float) for leaf in leaves(each.facts))
        for holder in (each.facts, *each.facts.get("rounds", ())):
            if "claims" in holder:
                assert [claim.model_dump() for claim in claims_of(holder)] == holder["claims"]


@every_task
@every_language
def test_scenes_are_of_the_split_and_valid(task: str, language: Language) -> None:
    for split in ("train", "test"):
        for index in INDICES:
            for scene in item(task, index, split, language).scenes:  # type: ignore[arg-type]
                assert split_of(scene.facts) == split
                assert Scene.model_validate(scene.model_dump()) == scene  # made without checks, but nothing is amiss
                left, bottom, right, top = zip(*map(scene.box, range(len(scene.poses))), strict=True)
                assert min(*left, *bottom) >= -1e-6 and max(right) <= scene.width + 1e-6
                assert max(top) <= scene.height + 1e-6


@every_task
@every_language
def test_pictures_are_those_of_the_scenes(task: str, language: Language) -> None:
    for split in ("train", "test"):
        for index in INDICES:
            each = item(task, index, split, language)  # type: ignore[arg-type]
            pictures = shown(each.conversation)
            assert len(pictures) == len(each.scenes) and bool(pictures) == (task not in TEXT_ONLY)
            for picture, scene in zip(pictures, each.scenes, strict=True):
                expected = picture_of(scene, Request(split, language, SEED, index))  # type: ignore[arg-type]
                assert picture.mode == "RGB" and np.array_equal(pixels(picture), pixels(expected))


@every_task
@every_language
def test_what_is_drawn_is_read_again_and_tells_its_size_or_sources(task: str, language: Language) -> None:
    drawings = 0
    for each in made(task, language):
        read: list[Any] = []  # the pictures that can be a source by now
        flat = parts(each.conversation)
        for part, following in zip(flat, [*flat[1:], None], strict=True):
            if isinstance(part, Image):
                read.append(part.image)
            if not isinstance(part, ImageGen):
                continue
            drawings += 1
            assert isinstance(following, Image) and np.array_equal(pixels(following.image), pixels(part.image))  # type: ignore[arg-type]
            width, height = part.image.size  # type: ignore[union-attr]
            assert all(1 <= source <= len(read) for source in part.source)
            if part.source:  # the size is that of the sources, and need not be said
                assert part.size is None
                assert {read[source - 1].size for source in part.source} == {(width, height)}
            else:
                assert task in DRAWN_WITHOUT_SOURCE
                assert part.size == (None if width == height else (width, height))
    draws = task in ("rounds", "several", *DRAWN_WITHOUT_SOURCE) or task.startswith("edit_")
    assert (drawings > 0) == draws


def test_wide_and_tall_pages_are_drawn_in_sizes_of_about_as_many_pixels() -> None:
    sizes = {shown(item("draw_short", index).conversation)[0].size for index in range(24)}
    assert sizes == {(64, 64), (80, 48), (48, 80)}
    large = WORLD.task("draw_short")
    sizes = {shown(large(Request("train", "en", SEED, index, size=128)).conversation)[0].size for index in range(24)}
    assert sizes == {(128, 128), (160, 96), (96, 160)}


@pytest.mark.parametrize("split", SPLITS)
def test_held_out_combinations_are_in_their_split_alone(split: Split) -> None:
    for task in ("draw_counted", "ask_count", "edit_add", "several"):
        for index in INDICES:
            for scene in item(task, index, split).scenes:
                assert bool(held_out(scene.facts)) == (split == "heldout")


def test_splits_share_no_scene() -> None:
    seen: dict[str, set[str]] = {split: set() for split in get_args(Split)}
    for split, hashes in seen.items():
        for task in ("caption_short", "draw_short", "reconstruct"):
            hashes |= {scene.facts.hash for index in range(20) for scene in item(task, index, split).scenes}  # type: ignore[arg-type]
    assert sum(map(len, seen.values())) == len(set().union(*seen.values()))


@pytest.mark.parametrize("task", ["caption_short", "caption_dense"])
@every_language
def test_captions_are_true_and_long_ones_leave_nothing_out(task: str, language: Language) -> None:
    for split in ("train", "test"):
        for index in range(12):
            each = item(task, index, split, language)  # type: ignore[arg-type]
            (scene,), claims = each.scenes, claims_of(each.facts)
            assert claims and all(true_on(claim, scene) for claim in claims)
            if task == "caption_dense":
                said = [claim.noun for claim in claims if claim.type == "shows"]
                assert all(any(noun.fits(thing) for noun in said) for thing in scene.facts.things)
                assert sum(claim.count or 0 for claim in claims if claim.type == "shows") >= len(scene.facts.things)
                assert any(claim.type == "plays" and claim.place and claim.time for claim in claims)
