"""How well a model reads, draws and edits handwritten digits, measured without asking the model.

Drawings are judged by `DigitReader`, a classifier fitted on real training scans alone; its own accuracy on held-out
real scans stands beside every score it gives. Edits are judged against the exact target, with copy-the-input beside.
"""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import PIL.Image

from mini4o import chance
from mini4o.conversation.images import save_png
from mini4o.data.digits import Digits, Edit, Kind, Split, possible_edits
from mini4o.errors import DataError
from mini4o.evaluation.shares import share

KINDS: tuple[Kind, ...] = ("recolour", "invert", "thicken", "shift", "make_it")
EASY_KINDS = ("recolour", "invert", "thicken")

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Pictures = Sequence[PIL.Image.Image]
_Item = TypeVar("_Item")
_GRID = 16  # side of the ink map that the reader sees


class Model(Protocol):
    """What is measured: one loaded model that answers, draws and edits."""

    def ask(self, images: list[PIL.Image.Image], question: str, /, *, seed: int) -> str: ...

    def draw(self, prompt: str, /, *, seed: int) -> PIL.Image.Image: ...

    def edit(self, image: PIL.Image.Image, instructions: list[str], /, *, seed: int) -> list[PIL.Image.Image]: ...


class DigitReader:
    """A support vector machine on normalised ink maps, fitted on the training scans of `digits`.

    It sees each scan in two versions, thin and thick; colour, paper, place and size are normalised away.

    Raises:
        DataError: scikit-learn is not installed.
    """

    def __init__(self, digits: Digits) -> None:
        from sklearn.svm import SVC

        looks = [digits.look(scan, variant) for scan in digits.split["train"] for variant in (0, 1)]
        looks += [digits.apply(Edit("thicken"), look) for look in looks]
        features = np.stack([_ink_map(digits.render(look)) for look in looks])
        self._classifier = SVC(C=10.0, gamma="scale").fit(features, [look.digit for look in looks])

    def predict(self, images: Pictures) -> Integers:
        """The digit seen in each picture, (count,). It always names one; a blank picture gets an arbitrary digit."""
        if not images:
            return np.zeros(0, dtype=np.int64)
        found: Integers = self._classifier.predict(np.stack([_ink_map(image) for image in images])).astype(np.int64)
        return found

    def recognised(self, images: Pictures, digits: Sequence[int]) -> npt.NDArray[np.bool_]:
        """Whether each picture shows its digit, (count,)."""
        return np.asarray(self.predict(images) == np.asarray(digits), dtype=np.bool_)


def _ink_map(image: PIL.Image.Image) -> Floats:
    """The ink alone, from 0 to 1, flattened: box of the ink scaled to fit a grid, centred by its weight."""
    pixels = np.asarray(image.convert("RGB"), dtype=np.float32)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    ink = np.linalg.norm(pixels - np.median(border, axis=0), axis=2)
    if ink.max() < 20:  # of 441, black to white: a faint shade is no ink
        return np.zeros(_GRID * _GRID, dtype=np.float32)
    ink = ink / ink.max()
    rows, columns = np.nonzero(ink.max(axis=1) > 0.3)[0], np.nonzero(ink.max(axis=0) > 0.3)[0]
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    y = float((ink.sum(axis=1) * np.arange(len(ink))).sum() / ink.sum()) + 0.5
    x = float((ink.sum(axis=0) * np.arange(ink.shape[1])).sum() / ink.sum()) + 0.5
    half = max(height, width) / 2 * 1.2  # room for ink whose weight lies off the middle of its box
    step = half / _GRID  # twice the grid, then the mean of each 2x2: plain interpolation would skip ink
    affine = (step, 0.0, x - half, 0.0, step, y - half)
    fine = PIL.Image.fromarray(ink).transform(
        (2 * _GRID, 2 * _GRID), PIL.Image.Transform.AFFINE, affine, PIL.Image.Resampling.BILINEAR
    )
    grid: Floats = np.asarray(fine, dtype=np.float32).reshape(_GRID, 2, _GRID, 2).mean(axis=(1, 3)).ravel()
    return grid


def spread(drawn: Pictures, digits: Sequence[int], real: Pictures, real_digits: Sequence[int]) -> float:
    """How varied the drawings of a digit are, relative to real ones: 1 is as varied, 0 is all alike.

    S(X) is the mean over digits of the mean L2 distance between the grey pixels of two different pictures of that
    digit; the spread is S(drawn) / S(real), over the digits of which both have at least two. NaN where there is none.
    """
    pairs = []
    for digit in range(10):
        mine = _mean_distance([image for image, label in zip(drawn, digits, strict=True) if label == digit])
        theirs = _mean_distance([image for image, label in zip(real, real_digits, strict=True) if label == digit])
        if mine is not None and theirs is not None:
            pairs.append((mine, theirs))
    if not pairs:
        return math.nan
    return float(np.mean([mine for mine, _ in pairs]) / np.mean([theirs for _, theirs in pairs]))


def _mean_distance(images: Pictures) -> float | None:
    if len(images) < 2:
        return None
    vectors = _vectors(images)
    return float(_distances(vectors, vectors).sum() / (len(images) * (len(images) - 1)))


def copies(drawn: Pictures, train: Pictures, heldout: Pictures) -> dict[str, float]:
    """Whether drawings are copies: root mean squared grey distance (0 to 1) to the nearest training picture.

    `drawn_median` and `heldout_median` are those distances for the drawings and for real pictures never trained on;
    `too_near` is the share of drawings nearer than the first percentile of the held-out ones (0.01 is expected of
    pictures that are no copies), `ratio` the one median over the other.
    """
    known = _vectors(train)

    def nearest(images: Pictures) -> npt.NDArray[np.float64]:
        return np.asarray(_distances(_vectors(images), known).min(axis=1) / math.sqrt(known.shape[1]))

    mine, theirs = nearest(drawn), nearest(heldout)
    return {
        "drawn_median": float(np.median(mine)),
        "heldout_median": float(np.median(theirs)),
        "ratio": float(np.median(mine) / np.median(theirs)),
        "too_near": float((mine < np.percentile(theirs, 1)).mean()),
    }


def edit_done(
    result: PIL.Image.Image, source: PIL.Image.Image, target: PIL.Image.Image, other_targets: Pictures
) -> bool:
    """Whether a result is nearer (mean squared pixel distance) to its target than to the source and all other targets.

    A result of another size is first scaled to that of the target.
    """
    mine = _pixels(_fitted(result, target.size))
    distance = float(((mine - _pixels(target)) ** 2).mean())
    return all(distance < float(((mine - _pixels(other)) ** 2).mean()) for other in (source, *other_targets))


@dataclass(frozen=True)
class EditTrial:
    """One edit that a model was asked for, and what became of it."""

    kind: Kind
    source: PIL.Image.Image
    result: PIL.Image.Image
    target: PIL.Image.Image
    done: bool
    recognised: bool


def evaluate_digits(
    model: Model,
    data_root: Path,
    *,
    split: Split = "test",
    reads: int = 300,
    draws_per_digit: int = 30,
    edits_per_kind: int = 60,
    seed: int = 0,
    gallery: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Reading, drawing and editing on one split of a folder made by `make_digits`.

    The spread counts the drawings that are recognised, and is relative to the real pictures of the split; copies are
    looked for among all training pictures in black on white. Every share comes with its count and Wilson interval.

    Args:
        model: what is measured.
        data_root: the folder.
        split: `val` for choices, `test` for the report.
        reads: pictures to ask about (at most those of the split).
        draws_per_digit: drawings of each digit, over the requests of the split; further rounds use further seeds.
        edits_per_kind: edits of each kind (at most those of the split).
        seed: every call to the model gets a seed derived from it.
        gallery: a folder for contact sheets (`galleries`).
        progress: called with (calls made, calls in all).

    Raises:
        DataError: the folder is not one of `make_digits`, or scikit-learn is not installed.
    """
    data_root = Path(data_root)
    digits, variants = _open(data_root)
    reader = DigitReader(digits)
    real_looks = [digits.look(scan) for scan in digits.split[split]]
    real, real_digits = [digits.render(look) for look in real_looks], [look.digit for look in real_looks]

    read_lines = _strided(_lines(data_root / split / "read.jsonl"), reads)
    draw_lines = _requests(_lines(data_root / split / "draw.jsonl"), draws_per_digit)
    edits = _lines(data_root / split / "edit.jsonl")
    by_kind = {kind: [line for line in edits if line["facts"]["edit"] == kind] for kind in KINDS}
    edit_lines = [line for kind in KINDS for line in _strided(by_kind[kind], edits_per_kind)]

    calls, total = 0, len(read_lines) + len(draw_lines) + len(edit_lines)

    def called() -> None:
        nonlocal calls
        calls += 1
        if progress:
            progress(calls, total)

    right = 0
    for line in read_lines:
        picture = digits.render(digits.look(line["facts"]["scan"]))
        answer = model.ask([picture], _request(line), seed=chance.derive(seed, "evaluation/read", line["id"]))
        right += answer.strip() == str(line["facts"]["digit"])
        called()

    drawn, asked = [], [int(line["facts"]["digit"]) for line in draw_lines]
    for number, line in enumerate(draw_lines):
        picture = model.draw(_request(line), seed=chance.derive(seed, "evaluation/draw", number))
        drawn.append(_fitted(picture, (digits.size, digits.size)))
        called()
    recognised = reader.recognised(drawn, asked)

    trials, copied = [], []
    for line in edit_lines:
        picture = digits.render(digits.look(line["facts"]["scan"]))
        [result] = model.edit(picture, [_request(line)], seed=chance.derive(seed, "evaluation/edit", line["id"]))
        trials.append(_trial(digits, reader, line, result))
        copied.append(_trial(digits, reader, line, picture))
        called()

    if gallery is not None:
        galleries(gallery, drawn, asked, recognised.tolist(), trials)
    good, good_digits = _where(drawn, recognised), _where(asked, recognised)
    varied = spread(good, good_digits, real, real_digits)
    train = [digits.render(digits.look(scan, v)) for scan in digits.split["train"] for v in range(variants)]
    return {
        "split": split,
        "seed": seed,
        "data_seed": digits.seed,
        "reader_on_real": _share(reader.recognised(real, real_digits)),
        "read": _share([True] * right + [False] * (len(read_lines) - right)),
        "draw": {
            "recognised": _share(recognised),
            "per_digit": {str(d): _share(_where(recognised, [a == d for a in asked])) for d in range(10)},
            "spread": None if math.isnan(varied) else varied,
            "copies": copies(drawn, train, real) if drawn else None,
        },
        "edit": {kind: _edit_scores(trials, copied, [kind]) for kind in KINDS},
        "edit_easy": _edit_scores(trials, copied, EASY_KINDS),
    }


def galleries(
    folder: Path, drawn: Pictures, asked: Sequence[int], recognised: Sequence[bool], trials: Sequence[EditTrial]
) -> list[Path]:
    """Contact sheets as PNG files, a red frame around what failed.

    `drawn.png` has a row for each digit; `edits.png` a row for each kind with source, result and target side by side
    (up to eight trials).

    Raises:
        ImageError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        [(image, ok) for image, label, ok in zip(drawn, asked, recognised, strict=True) if label == digit]
        for digit in range(10)
    ]
    strips = [
        [
            pair
            for t in [trial for trial in trials if trial.kind == kind][:8]
            for pair in ((t.source, True), (t.result, t.done and t.recognised), (t.target, True))
        ]
        for kind in KINDS
    ]
    paths = [folder / "drawn.png", folder / "edits.png"]
    for path, sheet in zip(paths, (rows, strips), strict=True):
        save_png(_contact_sheet(sheet), path)
    return paths


def _contact_sheet(rows: Sequence[Sequence[tuple[PIL.Image.Image, bool]]], cell: int = 64) -> PIL.Image.Image:
    frame = 3
    step = cell + 2 * frame
    sheet = PIL.Image.new("RGB", (step * max(1, *map(len, rows)), step * len(rows)), (150, 150, 150))
    for y, row in enumerate(rows):
        for x, (image, ok) in enumerate(row):
            if not ok:
                sheet.paste((220, 30, 30), (x * step, y * step, (x + 1) * step, (y + 1) * step))
            picture = image.convert("RGB").resize((cell, cell), PIL.Image.Resampling.NEAREST)
            sheet.paste(picture, (x * step + frame, y * step + frame))
    return sheet


def _trial(digits: Digits, reader: DigitReader, line: dict[str, Any], result: PIL.Image.Image) -> EditTrial:
    facts = line["facts"]
    look, edit = digits.look(facts["scan"], facts["variant"]), Edit(facts["edit"], facts["to"])
    goal = digits.apply(edit, look)
    others = [digits.render(digits.apply(other, look)) for other in possible_edits(look) if other != edit]
    source, target = digits.render(look), digits.render(goal)
    done = edit_done(result, source, target, others)
    return EditTrial(edit.kind, source, result, target, done, bool(reader.recognised([result], [goal.digit])[0]))


def _edit_scores(trials: Sequence[EditTrial], copied: Sequence[EditTrial], kinds: Sequence[str]) -> dict[str, Any]:
    mine, copy = ([trial for trial in group if trial.kind in kinds] for group in (trials, copied))
    return {
        "done": _share([trial.done for trial in mine]),
        "recognised": _share([trial.recognised for trial in mine]),
        "both": _share([trial.done and trial.recognised for trial in mine]),
        "copy_the_input": {
            "done": _share([trial.done for trial in copy]),
            "recognised": _share([trial.recognised for trial in copy]),
            "both": _share([trial.done and trial.recognised for trial in copy]),
        },
    }


def _share(hits: Iterable[bool]) -> dict[str, Any]:
    counted = [bool(hit) for hit in hits]
    return share(sum(counted), len(counted))


def _where(items: Iterable[_Item], keep: Iterable[bool]) -> list[_Item]:
    return [item for item, kept in zip(items, keep, strict=True) if kept]


def _open(data_root: Path) -> tuple[Digits, int]:
    """The scans as the folder was made of them, and the number of versions of a training scan."""
    try:
        meta = json.loads((data_root / "meta.json").read_text(encoding="utf-8"))
        seed, size, variants = int(meta["seed"]), int(meta["size"]), int(meta["variants"])
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(f"{data_root}: is not a folder of digits; make one with make_digits") from None
    return Digits(seed, size), variants


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); make the digits again") from None


def _strided(lines: Sequence[_Item], count: int) -> list[_Item]:
    """`count` of the lines, evenly over the file."""
    count = min(count, len(lines))
    return [lines[number * len(lines) // count] for number in range(count)]


def _requests(lines: Sequence[dict[str, Any]], per_digit: int) -> list[dict[str, Any]]:
    """`per_digit` requests for each digit, going round those of the file."""
    by_digit = [[line for line in lines if line["facts"]["digit"] == digit] for digit in range(10)]
    return [own[number % len(own)] for own in by_digit for number in range(per_digit)]


def _request(line: dict[str, Any]) -> str:
    """The text of the first user message."""
    return str(next(part["text"] for part in line["messages"][0]["content"] if part["type"] == "text"))


def _fitted(image: PIL.Image.Image, size: tuple[int, int]) -> PIL.Image.Image:
    return image if image.size == size else image.resize(size, PIL.Image.Resampling.BICUBIC)


def _pixels(image: PIL.Image.Image) -> Floats:
    return np.asarray(np.asarray(image.convert("RGB"), dtype=np.float32) / 255)


def _vectors(images: Pictures) -> npt.NDArray[np.float64]:
    """Grey pictures from 0 to 1, (count, height * width)."""
    return np.stack([np.asarray(image.convert("L"), dtype=np.float64).ravel() / 255 for image in images])


def _distances(some: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """L2 distances, (len(some), len(others))."""
    squares = (some**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None] - 2 * some @ others.T
    return np.asarray(np.sqrt(squares.clip(0)))
