from types import SimpleNamespace

import pytest

from mini4o.errors import DataError
from mini4o.evaluation.labels.choice import pictures_of
from mini4o.evaluation.labels.claimed import KEPT, judged_again
from mini4o.storybook.judge.verdicts import all_hold


def test_pictures_are_judged_as_they_were(examined: SimpleNamespace) -> None:
    """By the claims, the marks of every sample come out again."""
    seen = set()
    for line in examined.record.lines.values():
        if not pictures_of(line):
            continue
        found = judged_again(examined.exam, line, examined.folder)
        assert list(found) == pictures_of(line)
        rows = line["rows"]["model"]
        part = line["sample"].split("/")[1]
        seen.add(part)
        held = [[claim.holds for claim in each.claims if claim.sort != "kept"] for each in found.values()]
        if part in ("category_two", "think_then_draw"):
            assert held == [row["claims"] for row in rows.values()]
            assert all(each.before is None and each.claims[0].sort == "drawing" for each in found.values())
            continue
        assert [all_hold(each) for each in held] == rows[part]["done"]
        kept = [each.claims[-1] for each in found.values() if each.before is not None]
        assert [claim.holds for claim in kept] == rows[part].get("kept", [])
        assert {(claim.words, claim.sort) for claim in kept} <= {(KEPT, "kept")}
    assert seen == {*examined.exam.parts} - {"ask_exist"}


def test_in_rounds_the_picture_before_is_the_models_own(examined: SimpleNamespace) -> None:
    line = examined.record.lines["test/rounds/en/0"]
    found = list(judged_again(examined.exam, line, examined.folder).values())
    assert len(found) > 1 and all(each.before is not None for each in found)
    assert len({each.before.tobytes() for each in found if each.before}) > 1


@pytest.mark.parametrize("name", ["asked", "rows"])
def test_another_world_or_judge_is_refused(examined: SimpleNamespace, name: str) -> None:
    line = examined.record.lines["test/edit_recolour/en/0"]
    other = {"asked": "0123", "rows": {"model": {}}}
    with pytest.raises(DataError, match="another version of the world or of the judge"):
        judged_again(examined.exam, {**line, name: other[name]}, examined.folder)
