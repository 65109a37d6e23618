from types import SimpleNamespace

import pytest

from mini4o.errors import DataError
from mini4o.evaluation.labels.choice import pictures_of
from mini4o.evaluation.labels.claimed import KEPT, in_words, judged_again
from mini4o.storybook.claims import Claim, Lacks, Noun, Plays, Related, Shows, Sits

BALL = Noun(kind="ball", colour="red")


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (Shows(noun=BALL), "a red ball"),
        (Shows(noun=BALL, count=1), "exactly one red ball"),
        (Shows(noun=BALL, count=3), "exactly three red balls"),
        (Lacks(noun=BALL), "no red ball"),
        (Related(name="left of", a=Noun(kind="cat"), b=BALL), "a cat to the left of a red ball"),
        (Sits(noun=BALL, side="left"), "a red ball on the left of the picture"),
        (Plays(place="beach", time="night"), "on a beach at night"),
    ],
)
def test_claims_in_words(claim: Claim, words: str) -> None:
    assert in_words(claim) == words


def test_pictures_are_judged_as_they_were(examined: SimpleNamespace) -> None:
    """By the claims, the marks of every sample come out again."""
    for line in examined.record.lines.values():
        if not pictures_of(line):
            continue
        found = judged_again(examined.exam, line, examined.folder)
        assert list(found) == pictures_of(line)
        rows = line["rows"]["model"]
        part = line["sample"].split("/")[1]
        held = [[claim.holds for claim in each.claims if claim.sort != "kept"] for each in found.values()]
        if part in ("category_two", "think_then_draw"):
            assert held == [row["claims"] for row in rows.values()]
            assert all(each.before is None and each.claims[0].sort == "drawing" for each in found.values())
            continue
        assert [all(each) for each in held] == rows[part]["done"]
        kept = [each.claims[-1] for each in found.values() if each.before is not None]
        assert [claim.holds for claim in kept] == rows[part].get("kept", [])
        assert {(claim.words, claim.sort) for claim in kept} <= {(KEPT, "kept")}


def test_in_rounds_the_picture_before_is_the_models_own(examined: SimpleNamespace) -> None:
    line = examined.record.lines["test/rounds/en/1"]
    found = list(judged_again(examined.exam, line, examined.folder).values())
    assert len(found) > 1 and all(each.before is not None for each in found)
    assert len({each.before.tobytes() for each in found if each.before}) > 1


@pytest.mark.parametrize("name", ["asked", "rows"])
def test_another_world_or_judge_is_refused(examined: SimpleNamespace, name: str) -> None:
    line = examined.record.lines["test/edit_recolour/en/1"]
    other = {"asked": "0123", "rows": {"model": {}}}
    with pytest.raises(DataError, match="another version of the world or of the judge"):
        judged_again(examined.exam, {**line, name: other[name]}, examined.folder)
