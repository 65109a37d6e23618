import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mini4o.errors import DataError
from mini4o.evaluation.labels.agreement import agreement
from mini4o.evaluation.labels.claimed import Claimed, judged_again
from mini4o.evaluation.labels.files import write_labels
from mini4o.evaluation.storybook.page import page
from mini4o.evaluation.storybook.record import Record
from mini4o.evaluation.storybook.report import report
from mini4o.evaluation.storybook.tables import markdown

PICTURES = 6


class Labelled:
    """Labels of an examination: lines to be changed, and beside them what the judge says."""

    def __init__(self, examined: SimpleNamespace, folder: Path) -> None:
        self.exam, self.record = examined.exam, Record(folder, examined.record.settings)
        self.file = folder / "labels" / "labels.jsonl"
        self.rows = [json.loads(line) for line in self.file.read_text("utf-8").splitlines()]
        lines = {name: each for each in self.record.lines.values() for name in _names(each)}
        self.claims: list[Claimed] = []
        for name in dict.fromkeys(row["picture"] for row in self.rows):
            self.claims += judged_again(self.exam, lines[name], folder)[name].claims
        assert [claim.words for claim in self.claims] == [row["claim"] for row in self.rows]

    def agree(self) -> None:
        """Gives the labels that the judge would."""
        for row, claim in zip(self.rows, self.claims, strict=True):
            row["label"] = claim.holds

    def measured(self) -> dict[str, Any] | None:
        self.file.write_text("".join(json.dumps(row) + "\n" for row in self.rows), encoding="utf-8")
        return agreement(self.exam, self.record)


def _names(line: dict[str, Any]) -> list[str]:
    return [name for reply in line["replies"] for name in reply["pictures"]]


@pytest.fixture(scope="module")
def written(examined: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled") / "exam"
    shutil.copytree(examined.folder, folder)
    write_labels(examined.exam, Record(folder, examined.record.settings), folder / "labels", PICTURES, seed=0)
    return folder


@pytest.fixture
def labelled(examined: SimpleNamespace, written: Path, tmp_path: Path) -> Labelled:
    found = Labelled(examined, Path(shutil.copytree(written, tmp_path / "copy")))
    assert {claim.holds for claim in found.claims} == {True, False}  # so the tests below see both
    return found


def test_nothing_labelled_is_nothing_to_report(examined: SimpleNamespace, labelled: Labelled) -> None:
    assert labelled.measured() is None
    assert agreement(examined.exam, examined.record) is None


def test_the_two_kinds_of_disagreement(labelled: Labelled) -> None:
    labelled.agree()
    whole = labelled.measured()
    assert whole is not None and whole["agreement"]["share"] == 1
    assert (whole["pictures"], whole["shown"], whole["claims"]) == (PICTURES, PICTURES, len(labelled.rows))
    held = [claim.holds for claim in labelled.claims]
    wrong = held.index(True), held.index(False)
    for place in wrong:
        labelled.rows[place]["label"] = not held[place]
    found = labelled.measured()
    assert found is not None
    assert found["agreement"]["share"] == pytest.approx(1 - 2 / len(held))
    assert found["agreement"]["low"] < found["agreement"]["share"] < found["agreement"]["high"]
    for name, verdict in (("accepted_wrongly", True), ("refused_wrongly", False)):
        assert whole[name]["share"] == 0 and whole[name]["n"] == found[name]["n"] == held.count(verdict)
        assert found[name]["share"] == pytest.approx(1 / held.count(verdict))
    sorts = {claim.sort for claim in labelled.claims}
    assert set(found["by_sort"]) == sorts and len(sorts) > 1
    assert sum(each["n"] for each in found["by_sort"].values()) == len(held)


def test_what_cannot_be_told_is_left_out_and_counted(labelled: Labelled, caplog: pytest.LogCaptureFixture) -> None:
    labelled.agree()
    numbers = [row["number"] for row in labelled.rows]
    several = next(place for place, number in enumerate(numbers) if numbers.count(number) > 1)
    labelled.rows[several]["label"] = None
    found = labelled.measured()
    assert found is not None and (found["pictures"], found["not_told"]) == (PICTURES, 1)
    assert found["claims"] == found["agreement"]["n"] == len(labelled.rows) - 1 and not caplog.records
    for row in labelled.rows:  # half filled: the last picture was not come to
        if row["number"] == PICTURES:
            row["label"] = None
    found = labelled.measured()
    assert found is not None and (found["pictures"], found["shown"]) == (PICTURES - 1, PICTURES)
    assert found["not_told"] == 1 + numbers.count(PICTURES)
    assert f"1 of {PICTURES} pictures have no label" in caplog.text


def test_claims_that_were_changed_or_are_missing_are_refused(labelled: Labelled) -> None:
    labelled.agree()
    numbers = [row["number"] for row in labelled.rows]
    several = next(place for place, number in enumerate(numbers) if numbers.count(number) > 1)
    kept = labelled.rows.pop(several)
    with pytest.raises(DataError, match=f"claims of number {kept['number']} are not those"):
        labelled.measured()
    labelled.rows.insert(several, {**kept, "claim": "a dragon"})
    with pytest.raises(DataError, match=f"claims of number {kept['number']} are not those"):
        labelled.measured()


def test_a_picture_of_no_drawing_is_refused(labelled: Labelled) -> None:
    labelled.agree()
    name = labelled.rows[0]["picture"]
    given = name.replace(".png", "-given-1.png")
    shutil.copy(labelled.record.folder / "pictures" / name, labelled.record.folder / "pictures" / given)
    for row in labelled.rows:
        row["picture"] = given if row["picture"] == name else row["picture"]
    with pytest.raises(DataError, match=f"{given} is no picture that the model drew"):
        labelled.measured()


def test_the_report_shows_it_at_the_top(labelled: Labelled) -> None:
    labelled.agree()
    labelled.rows[0]["label"] = not labelled.rows[0]["label"]
    plain = {**report(labelled.exam, labelled.record), "labels": None}
    told = {**plain, "labels": labelled.measured()}
    sentence = f"Labelled by hand: {len(labelled.rows)} claims on {PICTURES} of {PICTURES} pictures"
    for shown, without in ((markdown(told), markdown(plain)), (page(told, labelled.file), page(plain, labelled.file))):
        assert sentence in shown and "Labelled" not in without
        assert shown.index(sentence) < shown.index("Drawing")
        assert "the eye says no to" in shown and "the eye says yes to" in shown
