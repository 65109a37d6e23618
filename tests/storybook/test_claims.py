"""Claims: what a noun means, when a claim is true of facts, and that a claim never tells a place on the page."""

from typing import Any

import pytest
from probes import BALL, BOX, CAT, GIRL, LAKE, MEADOW, facts_of
from pydantic import TypeAdapter, ValidationError

from mini4o.storybook.claims import Claim, Lacks, Noun, Plays, Related, Shows, Sits, noun, true_of
from mini4o.storybook.scene import Thing

CLAIM: TypeAdapter[Claim] = TypeAdapter(Claim)
SIGN = Thing(kind="sign", colour="blue", text="A7")
ALL: list[Claim] = [
    Shows(noun=Noun(kind="ball", colour="red"), count=2),
    Shows(noun=Noun(kind="sign", text="A7")),
    Lacks(noun=Noun(kind="cat", state="asleep", facing="left", size="large")),
    Related(name="left of", a=Noun(kind="cat"), b=Noun(kind="ball")),
    Sits(noun=Noun(kind="cat"), side="right"),
    Plays(place="meadow", time="night", season="winter", weather="snow"),
]


def test_a_noun_means_all_things_that_have_what_it_says() -> None:
    assert Noun(kind="cat").fits(CAT) and not Noun(kind="dog").fits(CAT)
    for name in ("colour", "size", "facing", "state"):
        value = getattr(CAT, name)
        assert Noun.model_validate({"kind": "cat", name: value}).fits(CAT)
    for said in ({"colour": "red"}, {"size": "large"}, {"facing": "left"}, {"state": "asleep"}):
        assert not Noun.model_validate({"kind": "cat", **said}).fits(CAT)
    assert Noun(kind="sign", text="A7").fits(SIGN) and not Noun(kind="sign", text="A").fits(SIGN)
    assert not Noun(kind="cat", colour="grey", state="asleep").fits(CAT)  # all of it must be so


def test_a_noun_made_of_a_thing_says_only_what_was_asked_for() -> None:
    assert noun(CAT) == Noun(kind="cat")
    assert noun(CAT, "colour", "facing") == Noun(kind="cat", colour="grey", facing="right")
    assert noun(SIGN, "text", "state") == Noun(kind="sign", text="A7")  # what a kind does not have is not said


@pytest.mark.parametrize("count", [None, 1, 2, 3])
def test_shows_counts_exactly_or_asks_for_one(count: int | None) -> None:
    facts = facts_of(BALL, BALL, BOX)
    assert true_of(Shows(noun=Noun(kind="ball"), count=count), facts) is (count in (None, 2))
    assert true_of(Shows(noun=Noun(kind="ball", colour="blue"), count=count), facts) is False
    assert true_of(Lacks(noun=Noun(kind="ball")), facts) is False
    assert true_of(Lacks(noun=Noun(kind="ball", colour="blue")), facts) is True


def test_bonds_are_facts_and_directions_are_not() -> None:
    facts = facts_of(BALL, BOX, GIRL, related=[("inside", 0, 1)])
    ball, box, girl = Noun(kind="ball"), Noun(kind="box"), Noun(kind="girl")
    assert true_of(Related(name="inside", a=ball, b=box), facts) is True
    assert true_of(Related(name="inside", a=Noun(kind="ball", colour="red"), b=box), facts) is True
    assert true_of(Related(name="inside", a=Noun(kind="ball", colour="blue"), b=box), facts) is False
    assert true_of(Related(name="inside", a=box, b=ball), facts) is False
    assert true_of(Related(name="on", a=ball, b=box), facts) is False
    assert true_of(Related(name="holding", a=girl, b=ball), facts) is False
    assert true_of(Related(name="left of", a=ball, b=girl), facts) is None
    stated = facts_of(BALL, GIRL, related=[("left of", 0, 1)])
    assert true_of(Related(name="left of", a=ball, b=girl), stated) is True


def test_facts_say_nothing_of_sides_unless_there_is_no_such_thing() -> None:
    assert true_of(Sits(noun=Noun(kind="ball"), side="left"), facts_of(BALL)) is None
    assert true_of(Sits(noun=Noun(kind="cat"), side="left"), facts_of(BALL)) is False


def test_plays_holds_for_what_was_said_of_the_setting() -> None:
    assert Plays().fits(MEADOW) and Plays(place="meadow", season="summer").fits(MEADOW)
    assert not Plays(place="meadow", time="night").fits(MEADOW)
    assert true_of(Plays(weather="rain"), facts_of(where=LAKE)) is False
    assert true_of(Plays(season="summer"), facts_of(where=LAKE)) is False  # a lake tells no season


@pytest.mark.parametrize("claim", ALL, ids=lambda claim: claim.type)
def test_claims_survive_json_and_hold_no_coordinates(claim: Claim) -> None:
    assert CLAIM.validate_json(CLAIM.dump_json(claim)) == claim
    assert CLAIM.validate_python(claim.model_dump()) == claim

    def leaves(value: Any) -> list[Any]:
        return [leaf for each in value.values() for leaf in leaves(each)] if isinstance(value, dict) else [value]

    assert all(leaf is None or isinstance(leaf, str) or leaf == 2 for leaf in leaves(claim.model_dump()))
    with pytest.raises(ValidationError):
        CLAIM.validate_python({**claim.model_dump(), "x": 12.5})


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "shows", "noun": {"kind": "ball"}, "count": 0},
        {"type": "shows", "noun": {"kind": "ball", "colour": "golden"}},
        {"type": "related", "name": "near", "a": {"kind": "ball"}, "b": {"kind": "cat"}},
        {"type": "sits", "noun": {"kind": "ball"}, "side": "top"},
        {"type": "plays", "place": "moon"},
        {"type": "box", "noun": {"kind": "ball"}},
    ],
    ids=lambda wrong: f"{wrong['type']}",
)
def test_what_is_no_claim_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CLAIM.validate_python(wrong)
