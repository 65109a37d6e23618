"""Editing in rounds: sources, references back, undo and memory, over chains of 2 to 8 rounds."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from truths import claims_of, item, parts, pixels, shown, true_on

from mini4o.conversation.parts import Image, ImageGen, Text
from mini4o.storybook.claims import Plays
from mini4o.storybook.edits import Edit, changed_mask, edited
from mini4o.storybook.scene import Pose, Scene, Thing
from mini4o.storybook.tasks.base import Item

EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)
CHAINS = 100
BACK = ("undo", "first")  # rounds without an edit of their own


def chains() -> Iterator[Item]:
    for index in range(CHAINS):
        yield item("rounds", index, "test" if index % 4 == 3 else "train", "zh" if index % 2 else "en")


def rounds() -> Iterator[tuple[Item, int, dict[str, Any]]]:
    for chain in chains():
        for number, each in enumerate(chain.facts["rounds"]):
            yield chain, number, each


def things_of(scene: Scene) -> list[tuple[Thing, Pose]]:
    return list(zip(scene.facts.things, scene.poses, strict=True))


def test_chains_have_two_to_eight_rounds_and_all_sorts_of_references() -> None:
    lengths = Counter(len(chain.facts["rounds"]) for chain in chains())
    assert set(lengths) == set(range(2, 9)) and lengths[2] > lengths[8]
    assert all(chain.facts["skeleton"] == f"rounds_{len(chain.facts['rounds'])}" for chain in chains())
    references = Counter(each["reference"] for _, _, each in rounds())
    known = {"name", "pronoun", "added", "same", "other", "undo", "first", "from_first", "restore", "as_at_first"}
    assert set(references) == known
    assert {chain.facts["rounds"][0]["reference"] for chain in chains()} == {"name"}  # nothing to refer to as yet


def test_each_round_draws_one_picture_from_its_source() -> None:
    for chain, number, each in rounds():
        message = chain.conversation[each["message"]]
        drawn, read = message.content[-2:]
        assert isinstance(drawn, ImageGen) and isinstance(read, Image)
        assert list(drawn.source) == each["source"] == [each["before"] + 1]
        assert each["current"] == number and each["after"] == number + 1
        pictures = shown(chain.conversation)
        assert drawn.image is pictures[each["after"]]
        assert each["before"] in (0, number - 1, number)
        assert each["before"] == number or each["reference"] in (*BACK, "from_first")
    for chain in chains():
        assert sum(isinstance(part, ImageGen) for part in parts(chain.conversation)) == len(chain.facts["rounds"])


def test_claims_hold_afterwards_and_not_before() -> None:
    for chain, _, each in rounds():
        before, current, after = (chain.scenes[each[name]] for name in ("before", "current", "after"))
        claims = claims_of(each)
        assert all(true_on(claim, after) for claim in claims), each
        if each["reference"] in BACK:  # the source itself, once more: it must differ from what is there now
            before = current
        if claims:
            assert not all(true_on(claim, before) for claim in claims), each
        else:  # a step back of a move: no fact is another, only a place
            assert each["reference"] in BACK and before.facts.things == after.facts.things


def test_edits_start_from_the_source_and_leave_the_rest() -> None:
    for chain, _, each in rounds():
        before, after = chain.scenes[each["before"]], chain.scenes[each["after"]]
        pictures = shown(chain.conversation)
        short = min(pictures[0].size)
        mask = changed_mask(before, after, short)
        old, new = pixels(pictures[each["before"]]), pixels(pictures[each["after"]])
        assert np.array_equal(old[~mask], new[~mask])
        assert mask.any() == (each["reference"] not in BACK)
        if each["edit"] is not None:
            assert edited(before.facts, EDIT.validate_python(each["edit"])) == after.facts


def test_a_step_back_gives_the_very_same_picture() -> None:
    steps = [(chain, number, each) for chain, number, each in rounds() if each["reference"] in BACK]
    assert len(steps) >= 10
    for chain, number, each in steps:
        assert each["before"] == (0 if each["reference"] == "first" else number - 1)
        assert chain.scenes[each["after"]] == chain.scenes[each["before"]] != chain.scenes[each["current"]]
        pictures = shown(chain.conversation)
        assert pixels(pictures[each["after"]]).tobytes() == pixels(pictures[each["before"]]).tobytes()


def test_what_was_removed_comes_back_as_it_was_where_it_was() -> None:
    found = [(chain, each) for chain, _, each in rounds() if each["reference"] == "restore"]
    assert len(found) >= 3
    for chain, each in found:
        current, after = chain.scenes[each["current"]], chain.scenes[each["after"]]
        (back,) = [known for known in things_of(after) if known not in things_of(current)]
        seen = [back in things_of(chain.scenes[number]) for number in range(each["current"])]
        assert any(seen) and back not in things_of(current)
        assert any(
            earlier["type"] == "remove" and earlier["edit"] for earlier in chain.facts["rounds"][: each["current"]]
        )


def test_a_colour_comes_back_from_the_first_picture() -> None:
    for chain, _, each in rounds():
        if each["reference"] != "as_at_first":
            continue
        thing = chain.scenes[each["after"]].facts.things[each["edit"]["index"]]
        first = [known for known in chain.scenes[0].facts.things if known.kind == thing.kind]
        assert thing.colour == each["edit"]["colour"] and thing.colour in {known.colour for known in first}


def test_references_go_to_what_the_last_round_was_about() -> None:
    """ "it", "the other one" and "the same" take up the round before; "the ball you added" one that added something."""
    for chain, number, each in rounds():
        earlier = chain.facts["rounds"][:number]
        last = earlier[-1] if earlier else None
        if each["reference"] == "pronoun":
            assert last is not None and last["type"] not in ("remove", "undo", "first", "time", "season", "weather")
            if last["edit"] is not None and last["type"] != "restore":
                assert each["edit"]["index"] == last["edit"]["index"]
        elif each["reference"] in ("same", "other"):
            assert last is not None and each["type"] == last["type"]
            if each["type"] != "remove":
                assert each["edit"]["index"] != last["edit"]["index"]
        elif each["reference"] == "added":
            assert any(known["type"] == "add" for known in earlier)


def test_talk_in_between_draws_nothing_and_is_told_in_the_facts() -> None:
    types = Counter[str]()
    for chain in chains():
        for aside in chain.facts["asides"]:
            answer = chain.conversation[aside["message"]]
            (said,) = answer.content
            assert answer.role == "assistant" and isinstance(said, Text) and said.text == aside["answer"]
            types[aside["type"]] += 1
        drawn = {each["message"] for each in chain.facts["rounds"]}
        told = drawn | {aside["message"] for aside in chain.facts["asides"]}
        assert told == set(range(1, len(chain.conversation), 2))
    assert set(types) == {"thanks", "colour", "exists", "already", "missing"}


@pytest.mark.parametrize("reference", ["name", "undo"])
def test_claims_of_settings_are_of_what_changed(reference: str) -> None:
    for chain, _, each in rounds():
        plays = [claim for claim in claims_of(each) if isinstance(claim, Plays)]
        if each["reference"] == reference and plays:
            current, after = (chain.scenes[each[name]].facts.setting for name in ("current", "after"))
            said = plays[0].model_dump(exclude={"type"}, exclude_none=True)
            assert all(getattr(after, name) == value != getattr(current, name) for name, value in said.items())
