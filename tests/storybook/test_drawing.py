"""Drawing: the picture shows what was asked for and nothing else; plans tell the page; all six categories occur."""

from collections import Counter
from typing import get_args

import pytest
from truths import asked, claims_of, item, parts, pixels, shown, true_on

from mini4o.conversation.parts import ImageGen, Think
from mini4o.storybook.claims import Claim, Lacks, Noun, Plays, Related, Shows
from mini4o.storybook.language import grammar
from mini4o.storybook.scene import Scene
from mini4o.storybook.splits import LANGUAGES, Language
from mini4o.storybook.tasks.base import Item
from mini4o.storybook.tasks.describing import sayable
from mini4o.storybook.tasks.drawing import TASKS, Category

ASKED = tuple(task for task in TASKS if task != "reconstruct")
MANY = 24


def items(task: str, language: Language) -> list[Item]:
    return [item(task, index, split, language) for split in ("train", "test") for index in range(MANY // 2)]


def shows(claims: list[Claim]) -> list[Shows]:
    return [claim for claim in claims if isinstance(claim, Shows)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", TASKS)
def test_all_that_is_asked_for_is_there_and_nothing_else(task: str, language: Language) -> None:
    for each in items(task, language):
        claims, scene = claims_of(each.facts), each.scenes[-1]
        assert shows(claims)
        assert all(true_on(claim, scene) for claim in claims), each.facts
        assert all(any(claim.noun.fits(thing) for claim in shows(claims)) for thing in scene.facts.things)
        assert all(claim.count is not None for claim in shows(claims))  # one too many is an error


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", ASKED)
def test_the_request_names_all_kinds_that_are_claimed(task: str, language: Language) -> None:
    words = grammar(language)
    for each in items(task, language):
        text = each.conversation[0].content[0].text  # type: ignore[union-attr]
        claims = claims_of(each.facts)
        nouns: list[Noun] = [claim.noun for claim in claims if isinstance(claim, Shows | Lacks)]
        for noun in nouns:
            called = [words.value(form, noun.kind).lower() for form in ("kind", "kinds")]
            assert any(name in text.lower() for name in called), (text, noun)
            assert noun.text is None or f'"{noun.text}"' in text or f"“{noun.text}”" in text


def test_every_category_occurs_and_says_no_more_than_it_means() -> None:
    """Single things, two things and counts say kinds only; colours are of one thing, bindings of several."""
    found = Counter[str]()
    for task in ASKED:
        for each in items(task, "en"):
            category, claims = each.facts["category"], claims_of(each.facts)
            found[str(category)] += 1
            said = [set(claim.noun.model_dump(exclude_none=True)) - {"kind", "text"} for claim in shows(claims)]
            said = [names - {"state"} if {"colour", "state"} == names else names for names in said]  # pink leaves
            total = sum(claim.count or 0 for claim in shows(claims))
            if category is not None:
                assert not any(isinstance(claim, Plays | Lacks) for claim in claims)
                assert any(isinstance(claim, Related) for claim in claims) == (category == "position")
            if category in ("single", "two", "counting", "position"):
                assert not any(said)
            if category in ("single", "colours"):
                assert total == 1 and len(said) == 1
            if category == "colours":
                assert said == [{"colour"}]
            if category == "two":
                assert total == 2 and len(said) == 2
            if category == "counting":
                assert total >= 2 and len(said) in (1, 2)
            if category == "binding":
                assert len(said) >= 2 and all(said)
    assert set(get_args(Category)) == set(found) - {"None"}


def test_counts_go_from_two_to_five() -> None:
    counts = Counter(claim.count for each in items("draw_counted", "en") for claim in shows(claims_of(each.facts)))
    assert {2, 3, 4, 5} <= set(counts) <= {1, 2, 3, 4, 5}


def test_all_relations_are_asked_for() -> None:
    claims = [claim for index in range(100) for claim in claims_of(item("draw_spatial", index).facts)]
    names = {claim.name for claim in claims if isinstance(claim, Related)}
    assert names >= {"left of", "right of", "above", "below", "in front of", "behind", "next to"}
    assert names >= {"on", "inside", "holding"}


def test_what_must_not_be_there_is_not_there() -> None:
    for each in items("draw_negated", "en"):
        lacks = [claim for claim in claims_of(each.facts) if isinstance(claim, Lacks)]
        assert 1 <= len(lacks) <= 2
        things = each.scenes[0].facts.things
        assert not any(claim.noun.fits(thing) for claim in lacks for thing in things)
        if each.facts["skeleton"].startswith("not_kind"):  # "no balloons", not "no balloon"
            asked_for = asked(each.conversation)
            assert all(grammar("en").value("kinds", claim.noun.kind) in asked_for for claim in lacks), asked_for
        if each.facts["skeleton"].startswith("not_colour"):  # a blue ball, but there is a ball
            assert all(claim.noun.colour and any(claim.noun.kind == thing.kind for thing in things) for claim in lacks)


def ninth(scene: Scene, index: int) -> str:
    left, bottom, right, top = scene.box(index)
    x, y = (left + right) / 2 / scene.width, (bottom + top) / 2 / scene.height
    row = "lower" if y < 1 / 3 else "middle" if y < 2 / 3 else "upper"
    return f"{row} {'left' if x < 1 / 3 else 'middle' if x < 2 / 3 else 'right'}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_plans_tell_all_things_with_their_places_from_back_to_front(language: Language) -> None:
    words = grammar(language)
    for each in items("think_then_draw", language):
        (scene,) = each.scenes
        thought, drawing = parts(each.conversation)[1:3]
        assert isinstance(thought, Think) and isinstance(drawing, ImageGen)
        plan = each.facts["plan"]
        assert [entry["at"] for entry in plan] == [ninth(scene, index) for index in scene.order]
        place = 0
        for entry, index in zip(plan, scene.order, strict=True):
            noun = Noun.model_validate(entry["noun"])
            thing = scene.facts.things[index]
            assert noun.fits(thing) and noun.colour == (thing.colour if sayable(thing, "colour") else None)
            said = words.noun(noun)
            assert said in thought.text[place:]
            place = thought.text.index(said, place) + len(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reconstruction_gives_the_same_picture_from_reading_alone(language: Language) -> None:
    for each in items("reconstruct", language):
        before, after = shown(each.conversation)
        assert pixels(before).tobytes() == pixels(after).tobytes()
        assert each.scenes[0] == each.scenes[1]
        drawing = next(part for part in parts(each.conversation) if isinstance(part, ImageGen))
        assert drawing.source == ()
        claims = claims_of(each.facts)
        assert any(isinstance(claim, Plays) and claim.place and claim.time for claim in claims)
