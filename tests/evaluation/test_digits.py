"""The measure is right about models that are known: one that knows every answer, one that copies its input."""

import math
import random
import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from mini4o.data.digits import NUMERALS, Digits, Edit, possible_edits
from mini4o.data.digits_files import INSTRUCTIONS, make_digits
from mini4o.errors import DataError
from mini4o.evaluation.digits import DigitReader, copies, edit_done, evaluate_digits, spread

DIGITS = Digits(seed=0)
EASY = [Edit("recolour", "red"), Edit("recolour", "orange"), Edit("invert"), Edit("thicken")]


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    return DigitReader(DIGITS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("digits") / "data"
    make_digits(out, variants=1)
    return out


def real(split: str, step: int = 1) -> tuple[list[PIL.Image.Image], list[int]]:
    scans = DIGITS.split[split][::step]  # type: ignore[index]
    return [DIGITS.render(DIGITS.look(scan)) for scan in scans], [int(DIGITS.labels[scan]) for scan in scans]


class Oracle:
    """Knows the scans by heart: reads them, draws real ones never trained on, and renders the target of every edit."""

    def __init__(self) -> None:
        looks = [DIGITS.look(scan) for scan in DIGITS.split["test"]]
        self.looks = {DIGITS.render(look).tobytes(): look for look in looks}
        self.seeds: list[int] = []

    def ask(self, images: list[PIL.Image.Image], question: str, /, *, seed: int) -> str:
        return f" {self.looks[images[0].tobytes()].digit}\n"

    def draw(self, prompt: str, /, *, seed: int) -> PIL.Image.Image:
        self.seeds.append(seed)
        scans = [scan for scan in DIGITS.split["val"] if DIGITS.labels[scan] == number_in(prompt)]
        return DIGITS.render(DIGITS.look(random.Random(seed).choice(scans)))

    def edit(self, image: PIL.Image.Image, instructions: list[str], /, *, seed: int) -> list[PIL.Image.Image]:
        look, [text] = self.looks[image.tobytes()], instructions
        [edit] = [edit for edit in possible_edits(look) if text in wordings(edit)]
        return [DIGITS.render(DIGITS.apply(edit, look))]


class Copier(Oracle):
    """Says and draws always the same, and gives the source back for an edit."""

    def ask(self, images: list[PIL.Image.Image], question: str, /, *, seed: int) -> str:
        return "3"

    def draw(self, prompt: str, /, *, seed: int) -> PIL.Image.Image:
        three = next(scan for scan in DIGITS.split["train"] if DIGITS.labels[scan] == 3)
        return DIGITS.render(DIGITS.look(three))

    def edit(self, image: PIL.Image.Image, instructions: list[str], /, *, seed: int) -> list[PIL.Image.Image]:
        return [image]


def number_in(text: str) -> int:
    [word] = re.findall("|".join(["[0-9]", *NUMERALS]), text)
    return int(word) if word.isdigit() else NUMERALS.index(word)


def wordings(edit: Edit) -> set[str]:
    goals = [edit.to, NUMERALS[int(edit.to)]] if edit.to.isdigit() else [edit.to]
    return {text.format(to=to, a=a) for text in INSTRUCTIONS[edit.kind] for to in goals for a in ("a", "an")}


@pytest.mark.parametrize("split", ["val", "test"])
def test_the_reader_is_right_on_held_out_scans(reader: DigitReader, split: str) -> None:
    images, labels = real(split)
    assert reader.recognised(images, labels).mean() >= 0.98


@pytest.mark.parametrize("edit", [*EASY, *(Edit("shift", to) for to in ("left", "right", "up", "down"))])
def test_the_reader_does_not_mind_how_a_digit_is_shown(reader: DigitReader, edit: Edit) -> None:
    looks = [DIGITS.apply(edit, DIGITS.look(scan)) for scan in DIGITS.split["test"][::2]]
    assert reader.recognised([DIGITS.render(look) for look in looks], [look.digit for look in looks]).mean() >= 0.97


def test_the_reader_takes_any_picture(reader: DigitReader) -> None:
    blank = [PIL.Image.new(mode, (9, 5), 255) for mode in ("L", "RGB")]
    assert reader.predict([]).shape == (0,)
    assert reader.predict(blank).shape == (2,)
    images, labels = real("test", 3)
    large = [image.resize((96, 96), PIL.Image.Resampling.BICUBIC) for image in images]
    assert reader.recognised(large, labels).mean() >= 0.97


def test_the_reader_does_not_recognise_noise(reader: DigitReader) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 32, 32, 3), dtype=np.uint8)
    images = [PIL.Image.fromarray(picture) for picture in noise]
    assert reader.recognised(images, [number % 10 for number in range(200)]).mean() < 0.3


def test_spread_is_one_for_real_and_zero_for_clones() -> None:
    images, labels = real("test")
    assert spread(images, labels, images, labels) == pytest.approx(1)
    assert spread(*real("val"), images, labels) == pytest.approx(1, abs=0.1)
    clones = [images[labels.index(label)] for label in labels]
    assert spread(clones, labels, images, labels) == pytest.approx(0, abs=1e-6)
    means = [
        np.mean([np.asarray(i, dtype=float) for i, own in zip(images, labels, strict=True) if own == label], axis=0)
        for label in labels
    ]
    half = [
        PIL.Image.fromarray(np.rint((np.asarray(image) + mean) / 2).astype(np.uint8))
        for image, mean in zip(images, means, strict=True)
    ]
    assert spread(half, labels, images, labels) == pytest.approx(0.5, abs=0.01)
    assert math.isnan(spread(images[:1], labels[:1], images, labels))


def test_copies_are_told_from_new_digits() -> None:
    train, heldout, new = real("train")[0], real("test")[0], real("val")[0]
    honest = copies(new, train, heldout)
    assert honest["ratio"] == pytest.approx(1, abs=0.15) and honest["too_near"] < 0.04
    copied = copies(train[::10], train, heldout)
    assert copied["drawn_median"] == pytest.approx(0, abs=1e-6) and copied["too_near"] == 1


def test_an_edit_is_done_when_its_target_is_the_nearest() -> None:
    look = DIGITS.look(DIGITS.split["test"][0])
    source = DIGITS.render(look)
    targets = [DIGITS.render(DIGITS.apply(edit, look)) for edit in possible_edits(look)]
    for number, target in enumerate(targets):
        others = targets[:number] + targets[number + 1 :]
        noise = np.random.default_rng(number).normal(0, 10, (32, 32, 3))
        noisy = PIL.Image.fromarray((np.asarray(target) + noise).clip(0, 255).astype(np.uint8))
        assert edit_done(noisy, source, target, others)
        assert edit_done(target.resize((64, 64), PIL.Image.Resampling.BICUBIC), source, target, others)
        assert not edit_done(source, source, target, others)
        assert not edit_done(others[0], source, target, others)


def test_the_oracle_gets_everything_right(folder: Path, tmp_path: Path) -> None:
    oracle, steps = Oracle(), list[tuple[int, int]]()
    report = evaluate_digits(
        oracle,
        folder,
        reads=50,
        draws_per_digit=10,
        edits_per_kind=10,
        gallery=tmp_path / "sheets",
        progress=lambda done, total: steps.append((done, total)),
    )
    assert report["read"] == pytest.approx({"share": 1, "n": 50, "low": 0.92865, "high": 1}, abs=1e-4)
    assert report["draw"]["recognised"]["share"] >= 0.97 and report["draw"]["recognised"]["n"] == 100
    assert report["draw"]["spread"] == pytest.approx(1, abs=0.15) and report["draw"]["copies"]["too_near"] < 0.06
    for kind, scores in report["edit"].items():
        assert (scores["done"]["share"], scores["done"]["n"]) == (1.0, 10)
        assert scores["recognised"]["share"] >= 0.9
        assert scores["copy_the_input"]["done"]["share"] == scores["copy_the_input"]["both"]["share"] == 0
        assert (scores["copy_the_input"]["recognised"]["share"] > 0.8) == (kind != "make_it")
    assert report["edit_easy"]["both"]["n"] == 30
    assert report["reader_on_real"]["share"] >= 0.98 and report["reader_on_real"]["n"] == 300
    assert steps == [(number, 200) for number in range(1, 201)] and len(set(oracle.seeds)) == 100
    with PIL.Image.open(tmp_path / "sheets" / "drawn.png") as sheet:
        assert sheet.size == (700, 700)
    with PIL.Image.open(tmp_path / "sheets" / "edits.png") as sheet:
        assert sheet.size == (24 * 70, 350)


def test_the_copier_gets_the_baseline(folder: Path) -> None:
    report = evaluate_digits(Copier(), folder, split="val", reads=300, draws_per_digit=3, edits_per_kind=0)
    assert report["read"]["share"] == pytest.approx(0.1)
    assert report["draw"]["recognised"]["share"] == pytest.approx(0.1)
    assert report["draw"]["per_digit"]["3"]["share"] == 1 and report["draw"]["per_digit"]["4"]["share"] == 0
    assert report["draw"]["spread"] == pytest.approx(0, abs=1e-6)
    assert report["draw"]["copies"]["too_near"] == 1
    assert report["edit_easy"]["both"] == {"share": None, "n": 0, "low": 0.0, "high": 1.0}


def test_the_copier_does_no_edit(folder: Path) -> None:
    report = evaluate_digits(Copier(), folder, reads=0, draws_per_digit=0, edits_per_kind=5)
    assert report["draw"]["spread"] is report["draw"]["copies"] is None
    for scores in report["edit"].values():
        assert scores["done"]["share"] == scores["both"]["share"] == 0
        assert scores["recognised"] == scores["copy_the_input"]["recognised"]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a folder of digits"):
        evaluate_digits(Oracle(), tmp_path)
