import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mini4o.errors import DataError
from mini4o.evaluation.labels.agreement import agreement, compared
from mini4o.evaluation.labels.choice import pictures_of
from mini4o.evaluation.labels.claimed import judged_again
from mini4o.evaluation.labels.files import FILE, read_labels
from mini4o.evaluation.storybook.page import page
from mini4o.evaluation.storybook.record import Record
from mini4o.evaluation.storybook.report import report
from mini4o.evaluation.storybook.tables import markdown

PICTURES = 7


def test_shares_and_kappa_by_hand() -> None:
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    found = compared([[pair] for pair in [*pairs, (None, True), (True, None)]])
    assert found["agreement"] | {"low": 0, "high": 0} == {"share": 0.7, "n": 50, "low": 0, "high": 0, "left_out": 1}
    assert found["agreement"]["low"] < 0.7 < found["agreement"]["high"]
    assert found["kappa"] == pytest.approx(0.4)
    assert (found["accepted_wrongly"]["share"], found["accepted_wrongly"]["n"]) == (0.2, 25)
    assert (found["refused_wrongly"]["share"], found["refused_wrongly"]["n"]) == (0.4, 25)


def test_where_nothing_is_told_or_all_is_alike_there_is_no_kappa() -> None:
    assert compared([[(True, True)]])["kappa"] is None
    nothing = compared([[(None, True), (True, None)]])
    assert (nothing["kappa"], nothing["agreement"]["share"], nothing["agreement"]["left_out"]) == (None, None, 1)


class Labelled:
    """Labels of an examination, which a test may change: `marks`, at first those that the judge would give."""

    def __init__(self, examined: SimpleNamespace, folder: Path, fill: Callable[..., None]) -> None:
        self.exam, self.record, self._fill = examined.exam, Record(folder, examined.record.settings), fill
        self.file = folder / "labels" / FILE
        lines = {name: line for line in self.record.lines.values() for name in pictures_of(line)}
        judged = [judged_again(self.exam, lines[each.picture], folder)[each.picture] for each in read_labels(folder)]
        self.sorts = {claim.sort for each in judged for claim in each.claims}
        self.marks = ["".join("yn"[not claim.holds] for claim in each.claims) for each in judged]
        assert any("n" in marks for marks in self.marks) and any(set(marks) == {"y"} for marks in self.marks)

    def change(self, place: int, claim: int, mark: str) -> None:
        self.marks[place] = self.marks[place][:claim] + mark + self.marks[place][claim + 1 :]

    def measured(self) -> dict[str, Any]:
        self._fill(self.file, self.marks)
        found = agreement(self.exam, self.record)
        assert found is not None
        return found


@pytest.fixture
def labelled(examined: SimpleNamespace, written: Path, tmp_path: Path, fill: Callable[..., None]) -> Labelled:
    return Labelled(examined, Path(shutil.copytree(written, tmp_path / "copy")), fill)


def test_nothing_labelled_is_nothing_to_report(examined: SimpleNamespace, labelled: Labelled) -> None:
    assert agreement(labelled.exam, labelled.record) is None  # dots alone
    assert agreement(examined.exam, examined.record) is None  # no file


def test_the_two_kinds_of_disagreement_claim_by_claim_and_of_whole_pictures(labelled: Labelled) -> None:
    whole, count = labelled.measured(), len("".join(labelled.marks))
    assert (whole["pictures"], whole["chosen"], whole["claims"], whole["not_told"]) == (PICTURES, PICTURES, count, 0)
    assert set(whole["rows"]) == {"pictures", "claims"} | labelled.sorts and len(labelled.sorts) == 3
    assert {(row["agreement"]["share"], row["kappa"]) for row in whole["rows"].values()} <= {(1, 1), (1, None)}
    held, rights = "".join(labelled.marks).count("y"), sum("n" not in marks for marks in labelled.marks)
    right = next(place for place, marks in enumerate(labelled.marks) if "n" not in marks)
    wrong = next(place for place, marks in enumerate(labelled.marks) if "n" in marks)
    claims = labelled.marks[wrong].count("n")
    labelled.change(right, 0, "n")
    labelled.marks[wrong] = "y" * len(labelled.marks[wrong])
    found = labelled.measured()
    rows, others = found["rows"], found["disagreements"]
    assert [each["judge"] for each in others].count(True) == 1 and len(others) == 1 + claims
    assert {each["number"] for each in others} == {right + 1, wrong + 1} and whole["disagreements"] == []
    for name, n, accepted, other in (("claims", count, held, claims), ("pictures", PICTURES, rights, 1)):
        assert rows[name]["agreement"]["share"] == pytest.approx(1 - (1 + other) / n)
        assert (rows[name]["agreement"]["n"], rows[name]["accepted_wrongly"]["n"]) == (n, accepted)
        assert rows[name]["accepted_wrongly"]["share"] == pytest.approx(1 / accepted)
        assert rows[name]["refused_wrongly"]["share"] == pytest.approx(other / (n - accepted))
    assert sum(rows[sort]["agreement"]["n"] for sort in labelled.sorts) == count


def test_what_cannot_be_told_is_left_out_and_counted(labelled: Labelled, caplog: pytest.LogCaptureFixture) -> None:
    count = len("".join(labelled.marks))
    several = next(place for place, marks in enumerate(labelled.marks) if len(marks) > 1 and "n" not in marks)
    labelled.change(several, 0, "?")
    found = labelled.measured()
    assert (found["pictures"], found["claims"], found["not_told"]) == (PICTURES, count - 1, 1) and not caplog.records
    assert found["rows"]["claims"]["agreement"]["n"] == count - 1
    assert found["rows"]["pictures"]["agreement"]["n"] == PICTURES - 1  # the rest holds: of the whole it cannot be told


def test_a_picture_that_lacks_marks_is_left_out(labelled: Labelled, caplog: pytest.LogCaptureFixture) -> None:
    left = len("".join(labelled.marks[1:]))
    labelled.change(0, 0, ".")
    found = labelled.measured()
    assert (found["pictures"], found["chosen"], found["claims"]) == (PICTURES - 1, PICTURES, left)
    assert f"1 of {PICTURES} pictures lack marks" in caplog.text


def test_claims_that_were_changed_are_refused(labelled: Labelled) -> None:
    labelled.measured()
    file = labelled.file
    file.write_text(file.read_text("utf-8").replace(" a) ", " a) a dragon, ", 1), encoding="utf-8")
    with pytest.raises(DataError, match="claims of number 1 are not those"):
        agreement(labelled.exam, labelled.record)


def test_a_picture_of_no_drawing_is_refused(labelled: Labelled) -> None:
    labelled.measured()
    name = read_labels(labelled.record.folder)[0].picture
    given = name.replace(".png", "-given-1.png")
    shutil.copy(labelled.record.folder / "pictures" / name, labelled.record.folder / "pictures" / given)
    labelled.file.write_text(labelled.file.read_text("utf-8").replace(name, given), encoding="utf-8")
    with pytest.raises(DataError, match=f"{given} is no picture that the model drew"):
        agreement(labelled.exam, labelled.record)


def test_the_report_shows_it_at_the_top(labelled: Labelled) -> None:
    labelled.change(0, 0, "yn"[labelled.marks[0][0] == "y"])
    plain = {**report(labelled.exam, labelled.record), "labels": None}
    told = {**plain, "labels": labelled.measured()}
    sentence = f"{PICTURES} of {PICTURES} pictures that the model drew"
    folder = labelled.record.folder
    for shown, without in ((markdown(told), markdown(plain)), (page(told, folder), page(plain, folder))):
        assert sentence in shown and "kappa" in shown and "Labelled by hand" not in without
        assert shown.index(sentence) < shown.index("what an edit should do") < shown.index("Drawing")
