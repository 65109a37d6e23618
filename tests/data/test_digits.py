"""The digits data set: its fixed split, exact pictures for every edit, and a folder written whole or not at all."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mini4o.conversation.images import load_image
from mini4o.conversation.parts import Image, ImageGen, parse_conversation
from mini4o.data.digits import (
    DIRECTIONS,
    INKS,
    NUMERALS,
    TRAINING_SHARE,
    Digits,
    Edit,
    Look,
    paint,
    possible_edits,
    shift,
    thicken,
)
from mini4o.data.digits_files import ASKED_AFTER, INK, TALK, make_digits
from mini4o.errors import DataError

DIGITS = Digits(seed=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("digits") / "small"
    make_digits(out, seed=3, variants=2, size=16)
    return out


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def pixels(look: Look) -> np.ndarray:
    return np.asarray(DIGITS.render(look)).astype(int)


def test_the_split_is_stratified_complete_and_fixed_by_the_seed() -> None:
    assert {name: len(scans) for name, scans in DIGITS.split.items()} == {"train": 1197, "val": 300, "test": 300}
    assert sorted(scan for scans in DIGITS.split.values() for scan in scans) == list(range(1797))
    for name in ("val", "test"):
        assert Counter(DIGITS.labels[DIGITS.split[name]].tolist()) == dict.fromkeys(range(10), 30)
    assert Digits(seed=0).split == DIGITS.split
    assert Digits(seed=1).split["test"] != DIGITS.split["test"]


def test_a_plain_picture_is_the_scan_in_black_on_white_inside_a_margin() -> None:
    for scan in range(0, 1797, 100):
        picture = DIGITS.render(DIGITS.look(scan))
        assert (picture.size, picture.mode) == ((32, 32), "RGB")
        ink = 1 - np.asarray(picture.convert("L")) / 255
        assert max(ink[:3].max(), ink[-3:].max(), ink[:, :3].max(), ink[:, -3:].max()) < 0.03
        small = ink[4:28, 4:28].reshape(8, 3, 8, 3).mean(axis=(1, 3))
        assert np.corrcoef(small.ravel(), DIGITS.scans[scan].ravel())[0, 1] > 0.97


def test_variants_differ_from_each_other_and_stay_near_the_scan() -> None:
    looks = [DIGITS.look(5, variant) for variant in range(8)]
    pictures = [pixels(look) for look in looks]
    assert len({picture.tobytes() for picture in pictures}) == 8
    stranger = abs(pictures[0] - pixels(DIGITS.look(6))).mean()
    assert all(abs(picture - pictures[0]).mean() < stranger for picture in pictures)


def test_recolour_and_invert_do_as_documented() -> None:
    look = DIGITS.look(8)
    black = pixels(look)
    ink = 1 - black[..., :1] / 255
    for name, colour in INKS.items():
        assert (
            abs(pixels(DIGITS.apply(Edit("recolour", name), look)) - (255 + ink * (np.array(colour) - 255))).max() <= 1
        )
    inverted = DIGITS.apply(Edit("invert"), look)
    assert abs(pixels(inverted) - (255 - black)).max() <= 1
    assert DIGITS.apply(Edit("invert"), inverted) == look
    red = pixels(DIGITS.apply(Edit("recolour", "red"), inverted))
    assert abs(red - ink * np.array(INKS["red"])).max() < 2


def test_thicken_adds_ink_and_takes_none_away() -> None:
    thin = np.zeros((7, 7), dtype=np.float32)
    thin[3, 3] = 0.5
    cross = thicken(thin)
    assert cross[3, 3] == cross[2, 3] == cross[4, 3] == cross[3, 2] == cross[3, 4] == 0.5
    assert cross.sum() == 2.5
    look = DIGITS.look(8)
    before, after = pixels(look), pixels(DIGITS.apply(Edit("thicken"), look))
    assert (after <= before).all() and (255 - after).sum() > 1.2 * (255 - before).sum()


@given(st.integers(-4, 4), st.integers(-4, 4))
def test_shift_moves_whole_pixels_and_fills_with_paper(right: int, down: int) -> None:
    ink = np.zeros((16, 16), dtype=np.float32)
    ink[5:11, 4:12] = np.arange(48, dtype=np.float32).reshape(6, 8) / 48
    moved = shift(ink, right, down)
    assert (moved[5 + down : 11 + down, 4 + right : 12 + right] == ink[5:11, 4:12]).all()
    assert np.count_nonzero(moved) == np.count_nonzero(ink)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_a_shifted_look_is_four_pixels_away(name: str) -> None:
    look = DIGITS.look(8)
    dx, dy = DIRECTIONS[name]
    before, after = pixels(look), pixels(DIGITS.apply(Edit("shift", name), look))
    inside = slice(4, 28)
    assert (after[4 + 4 * dy : 28 + 4 * dy, 4 + 4 * dx : 28 + 4 * dx] == before[inside, inside]).all()
    edge = {"left": after[:, -4:], "right": after[:, :4], "up": after[-4:], "down": after[:4]}[name]
    assert (edge == 255).all()


def test_make_it_takes_the_nearest_training_scan_and_keeps_the_way_it_is_shown() -> None:
    look = Look(scan=DIGITS.split["test"][0], digit=0, ink="blue", inverted=True, thick=True, dx=1)
    goal = DIGITS.apply(Edit("make_it", "7"), look)
    assert goal.scan in DIGITS.split["train"] and DIGITS.labels[goal.scan] == goal.digit == 7
    assert (goal.ink, goal.inverted, goal.thick, goal.dx, goal.dy) == ("blue", True, True, 1, 0)
    distance = ((DIGITS.scans - DIGITS.scans[look.scan]) ** 2).sum(axis=(1, 2))
    sevens = [scan for scan in DIGITS.split["train"] if DIGITS.labels[scan] == 7]
    assert distance[goal.scan] == distance[sevens].min()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1796), st.lists(st.integers(0, 99), max_size=6))
def test_every_possible_edit_of_any_chain_changes_the_picture_and_names_a_file_of_its_own(
    scan: int, choices: list[int]
) -> None:
    look = DIGITS.look(scan)
    for choice in choices:
        edits = possible_edits(look)
        look = DIGITS.apply(edits[choice % len(edits)], look)
    targets = [look] + [DIGITS.apply(edit, look) for edit in possible_edits(look)]
    assert len({target.name for target in targets}) == len(targets)
    assert len({DIGITS.render(target).tobytes() for target in targets}) == len(targets)


def test_paint_goes_from_paper_to_ink() -> None:
    painted = paint(np.array([[0, 0.5, 1]], dtype=np.float32), (200, 0, 0), (0, 100, 0))
    assert painted.tolist() == [[[0, 100, 0], [100, 50, 0], [200, 0, 0]]]


def test_counts_and_files(folder: Path) -> None:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    assert meta["counts"]["train/read"] == meta["counts"]["train/draw"] == meta["counts"]["train/edit"] == 2 * 1197
    assert (meta["counts"]["train/rounds"], meta["counts"]["test/edit"]) == (1200, 1500)
    found = {f"{path.parent.name}/{path.stem}": len(lines(path)) for path in folder.glob("*/*.jsonl")}
    assert found == {name: count for name, count in meta["counts"].items() if name != "pictures"}
    assert len(list(folder.glob("*/images/*.png"))) == meta["counts"]["pictures"]
    assert [path.name for path in folder.parent.iterdir()] == ["small"]


def test_kinds_of_training_edits_come_at_their_shares(folder: Path) -> None:
    kinds = Counter(line["facts"]["edit"] for line in lines(folder / "train" / "edit.jsonl"))
    for kind, share in TRAINING_SHARE.items():
        assert abs(kinds[kind] / kinds.total() - share) < 0.03


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_lines_are_conversations_whose_pictures_are_what_the_facts_say(folder: Path, split: str) -> None:
    digits = Digits(seed=3, size=16)
    seen = set()
    for file in ("read", "draw", "edit", "rounds"):
        for line in lines(folder / split / f"{file}.jsonl"):
            assert line["id"] not in seen
            seen.add(line["id"])
        for line in lines(folder / split / f"{file}.jsonl")[::150]:
            check_line(folder / split, file, line, digits)


def test_some_drawings_of_training_are_asked_about(folder: Path) -> None:
    digits = Digits(seed=3, size=16)
    for file, share in (("draw", ASKED_AFTER), ("edit", ASKED_AFTER)):
        asked = 0
        for line in (every := lines(folder / "train" / f"{file}.jsonl")):
            *drawing, question, answer = (
                line["messages"] if len(line["messages"]) == 4 else (*line["messages"], None, None)
            )
            assert len(drawing) == 2
            if answer is None:
                continue
            asked += 1
            shown = digits.look(line["facts"]["scan"], line["facts"]["variant"])
            if file == "edit":
                shown = digits.apply(Edit(line["facts"]["edit"], line["facts"]["to"]), shown)
            words = answer["content"][0]["text"]
            assert words == (f"It is {shown.colour}." if question["content"][0]["text"] in INK else str(shown.digit))
        assert asked / len(every) == pytest.approx(share, abs=0.02)
        assert all(len(line["messages"]) == 2 for line in lines(folder / "test" / f"{file}.jsonl"))


def check_line(root: Path, file: str, line: dict[str, Any], digits: Digits) -> None:
    facts, parts = line["facts"], [p for message in parse_conversation(line["messages"]) for p in message.content]
    look = digits.look(facts["scan"], facts["variant"])
    assert look.digit == facts["digit"]
    if file == "read":
        assert parts[-1].text == str(look.digit)  # type: ignore[union-attr]
    steps = facts.get("edits", [facts] if file == "edit" else [])
    looks = [look]
    for step in steps:
        looks.append(digits.apply(Edit(step["edit"], step["to"]), looks[-1]))
    read = [load_image(part.image, root=root) for part in parts if isinstance(part, Image)]
    drawn = [part for part in parts if isinstance(part, ImageGen)]
    assert [picture.tobytes() for picture in read] == [digits.render(look).tobytes() for look in looks]
    if steps:
        assert [part.source for part in drawn] == [(number,) for number in range(1, len(steps) + 1)]
        targets = looks[1:]
    else:
        targets = looks if file == "draw" else []
    for part, target in zip(drawn, targets, strict=True):
        assert part.image is not None
        assert load_image(part.image, root=root).tobytes() == digits.render(target).tobytes()


def test_the_same_call_returns_at_once_and_another_is_refused(folder: Path) -> None:
    calls: list[tuple[int, int]] = []
    again = make_digits(folder, seed=3, variants=2, size=16, progress=lambda done, total: calls.append((done, total)))
    assert again["test/edit"] == 1500 and calls == []
    with pytest.raises(DataError, match="other parameters"):
        make_digits(folder, seed=4, variants=2, size=16)


def test_a_folder_of_something_else_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(DataError, match="something else"):
        make_digits(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_interrupted_call_leaves_nothing(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_digits(tmp_path / "digits", variants=1, size=16, progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [{"variants": 0}, {"size": 8}])
def test_absurd_parameters_are_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(DataError, match=str(next(iter(wrong.values())))):
        make_digits(tmp_path / "digits", **wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_png_files(folder: Path) -> None:
    with PIL.Image.open(next((folder / "val" / "images").iterdir())) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (16, 16))


@pytest.mark.parametrize("split", ["train", "test"])
def test_talk_is_about_the_picture_that_is_shown(folder: Path, split: str) -> None:
    kinds = Counter()
    for line in lines(folder / split / "talk.jsonl"):
        asked, said = (message.content for message in parse_conversation(line["messages"]))
        kinds[line["facts"]["talk"]] += 1
        answer = said[0].text
        if line["facts"]["talk"] == "plan drawing":
            assert len(asked) == 1 and answer == f"{line['facts']['digit']}, black"
            continue
        _, shown, _, ink, *more = Path(asked[0].image).stem.split("-")
        if line["facts"]["talk"] == "name":
            assert answer.split()[-1] == f"{NUMERALS[int(shown[1:])]}."
        elif line["facts"]["talk"] == "ink":
            assert answer == f"It is {'white' if ink == 'black' and 'inverted' in more else ink}."
        elif line["facts"]["edit"] in ("recolour", "make_it"):
            assert line["facts"]["to"] in answer.split(", ")
        else:
            word = {"invert": "white on black", "thicken": "thick"}.get(line["facts"]["edit"], line["facts"]["to"])
            assert answer == f"{shown[1:]}, {word}" or answer == f"{shown[1:]}, black, {word}"
    assert kinds.keys() == set(TALK) and min(kinds.values()) > 0.1 * kinds.total()
