"""Real handwriting as a small data set: read it, draw it, edit it, with the exact target of every edit.

The 1,797 scans of 8x8 grey pixels that come with scikit-learn (Alpaydin and Kaynak, *Optical Recognition of
Handwritten Digits*, UCI Machine Learning Repository, 1998) become small RGB pictures. A picture is what
`Digits.render` makes of a `Look` (which scan, what ink, which paper …); an `Edit` turns one look into another. So an
edit, or a chain of edits, has one right answer, pixel by pixel.
"""

import json
import math
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import PIL.Image

from mini4o import chance
from mini4o.errors import DataError

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
HELD_OUT_PER_CLASS = 30  # in val and in test each: 300 + 300 scans, which leaves 1,197 to train on

INKS = {
    "black": (0, 0, 0),
    "red": (220, 30, 30),
    "green": (20, 150, 50),
    "blue": (30, 70, 220),
    "orange": (245, 140, 10),
}
NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}

Kind = Literal["recolour", "invert", "thicken", "shift", "make_it"]
TRAINING_SHARE: dict[Kind, float] = {"recolour": 0.25, "invert": 0.2, "thicken": 0.2, "shift": 0.15, "make_it": 0.2}

READ = ("Which digit is this?", "What digit do you see?", "Read the digit.", "Which number is written here?")
DRAW = ("Draw {a} {d}.", "Draw the digit {d}.", "Write {a} {d} by hand.", "A handwritten {d}.")
INSTRUCTIONS: dict[Kind, tuple[str, ...]] = {
    "recolour": ("Make the ink {to}.", "Turn the digit {to}.", "Colour it {to}."),
    "invert": ("Invert the colours.", "Invert the picture.", "Invert it."),
    "thicken": ("Make the strokes thicker.", "Thicken the lines.", "Make it bolder."),
    "shift": ("Move it {to}.", "Shift the digit {to}.", "Move the digit {to}."),
    "make_it": ("Make it {a} {to}.", "Turn it into {a} {to}.", "Change the digit to {to}."),
}
ROUNDS = {"train": 1200, "val": 100, "test": 100}

Floats = npt.NDArray[np.float32]
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Look:
    """One picture: version `variant` of scan `scan` (0 is the scan as it is), which shows `digit`, and how it is shown.

    `inverted` paper is black instead of white; black ink is white on it, coloured ink keeps its colour.
    `dx`, `dy` count steps of an eighth of the picture to the right and down.
    """

    scan: int
    digit: int
    variant: int = 0
    ink: str = "black"
    inverted: bool = False
    thick: bool = False
    dx: int = 0
    dy: int = 0

    @property
    def name(self) -> str:
        """A file name that tells every look from every other."""
        parts = [f"{self.scan:04d}", f"d{self.digit}", f"v{self.variant}", self.ink]
        parts += ["inverted"] * self.inverted + ["thick"] * self.thick
        parts += [f"x{self.dx:+d}"] * bool(self.dx) + [f"y{self.dy:+d}"] * bool(self.dy)
        return "-".join(parts) + ".png"


@dataclass(frozen=True)
class Edit:
    """One instruction: a kind and, where the kind needs it, a goal (a colour, a direction, a digit)."""

    kind: Kind
    to: str = ""


class Digits:
    """The scans, their fixed split, and the pictures made of them.

    `scans` is (1797, 8, 8) with ink from 0 to 1; `labels` is (1797,); `split` maps each split to its scan numbers in
    rising order. `seed` fixes the split and the shape of every variant; `size` is the side of a picture in pixels.

    Raises:
        DataError: scikit-learn is not installed, or `size` is too small.
    """

    def __init__(self, seed: int = 0, size: int = 32) -> None:
        if size < 16:
            raise DataError(f"digits: size {size} is too small; pictures have at least 16 pixels a side")
        try:
            from sklearn.datasets import load_digits
        except ImportError:
            raise DataError("the digits need scikit-learn: pip install 'mini4o[digits]'") from None
        data = load_digits()
        self.seed, self.size = seed, size
        self.scans: Floats = (data.images / 16).astype(np.float32)
        self.labels: npt.NDArray[np.int64] = data.target.astype(np.int64)
        self.split = self._split()
        self._nearest: dict[tuple[int, int], int] = {}

    def _split(self) -> dict[Split, list[int]]:
        parts: dict[Split, list[int]] = {name: [] for name in SPLITS}
        for digit in range(10):
            members = [scan for scan in range(len(self.labels)) if self.labels[scan] == digit]
            shuffled = sorted(members, key=lambda scan: chance.derive(self.seed, "digits/split", scan))
            parts["val"] += shuffled[:HELD_OUT_PER_CLASS]
            parts["test"] += shuffled[HELD_OUT_PER_CLASS : 2 * HELD_OUT_PER_CLASS]
            parts["train"] += shuffled[2 * HELD_OUT_PER_CLASS :]
        return {name: sorted(scans) for name, scans in parts.items()}

    def look(self, scan: int, variant: int = 0) -> Look:
        """The black-on-white picture of a scan."""
        return Look(scan, int(self.labels[scan]), variant)

    def nearest(self, scan: int, digit: int) -> int:
        """The training scan of `digit` that is nearest to `scan` in squared pixel distance of the scans."""
        if (scan, digit) not in self._nearest:
            members = [other for other in self.split["train"] if self.labels[other] == digit]
            distance = ((self.scans[members] - self.scans[scan]) ** 2).sum(axis=(1, 2))
            self._nearest[scan, digit] = members[int(distance.argmin())]
        return self._nearest[scan, digit]

    def apply(self, edit: Edit, look: Look) -> Look:
        """What an edit makes of a look. `make_it`: the nearest training scan of the new digit, shown the same way."""
        if edit.kind == "recolour":
            return replace(look, ink=edit.to)
        if edit.kind == "invert":
            return replace(look, inverted=not look.inverted)
        if edit.kind == "thicken":
            return replace(look, thick=True)
        if edit.kind == "shift":
            dx, dy = DIRECTIONS[edit.to]
            return replace(look, dx=look.dx + dx, dy=look.dy + dy)
        return replace(look, scan=self.nearest(look.scan, int(edit.to)), digit=int(edit.to), variant=0)

    def render(self, look: Look) -> PIL.Image.Image:
        """The RGB picture of a look, `size` x `size`."""
        ink = _place(self.scans[look.scan], self.size, *self._shape(look))
        if look.thick:
            ink = thicken(ink, max(1, self.size // 32))
        ink = shift(ink, look.dx * (self.size // 8), look.dy * (self.size // 8))
        colour = (255, 255, 255) if look.inverted and look.ink == "black" else INKS[look.ink]
        return PIL.Image.fromarray(paint(ink, colour, (0, 0, 0) if look.inverted else (255, 255, 255)))

    def _shape(self, look: Look) -> tuple[float, float, float, float, float]:
        """Rotation and slant in radians, scale, and the place of the centre in 32nds of the side, right and down."""
        if look.variant == 0:
            return 0.0, 0.0, 1.0, 0.0, 0.0
        key = (self.seed, "digits/variant", look.scan, look.variant)
        turn, slant, scale, right, down = (2 * chance.uniform(*key, axis) - 1 for axis in range(5))
        return math.radians(10 * turn), math.radians(6 * slant), 1 + 0.08 * scale, 1.5 * right, 1.5 * down


def possible_edits(look: Look) -> list[Edit]:
    """Every edit that changes this look and keeps it within one step of the middle."""
    edits = [Edit("recolour", ink) for ink in INKS if ink not in ("black", look.ink)] + [Edit("invert")]
    edits += [] if look.thick else [Edit("thicken")]
    for name, (dx, dy) in DIRECTIONS.items():
        if max(abs(look.dx + dx), abs(look.dy + dy)) <= 1:
            edits.append(Edit("shift", name))
    return edits + [Edit("make_it", str(digit)) for digit in range(10) if digit != look.digit]


def thicken(ink: Floats, pixels: int = 1) -> Floats:
    """Grey dilation of an ink map (height, width): each pixel takes the most ink within a disc of radius `pixels`."""
    height, width = ink.shape
    padded = np.pad(ink, pixels)
    steps = range(-pixels, pixels + 1)
    disc = [(x + pixels, y + pixels) for y in steps for x in steps if x * x + y * y <= pixels * pixels]
    most: Floats = np.max([padded[y : y + height, x : x + width] for x, y in disc], axis=0)
    return most


def shift(ink: Floats, right: int, down: int) -> Floats:
    """An ink map moved by whole pixels; no ink comes in from outside, and what leaves is gone."""
    height, width = ink.shape
    moved = np.zeros_like(ink)
    moved[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = ink[
        max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)
    ]
    return moved


def paint(ink: Floats, colour: Sequence[int], paper: Sequence[int]) -> npt.NDArray[np.uint8]:
    """An ink map from 0 (paper) to 1 (ink) as RGB, (height, width, 3)."""
    start, end = np.asarray(paper, dtype=np.float32), np.asarray(colour, dtype=np.float32)
    return np.rint(start + ink[..., None] * (end - start)).astype(np.uint8)


def _place(scan: Floats, size: int, turn: float, slant: float, scale: float, right: float, down: float) -> Floats:
    """An ink map (size, size): the 8x8 scan on three quarters of the side, interpolated once (bicubic)."""
    margin = 3  # zeros around the scan, so that strokes at its edge fade out as they do inside
    source = PIL.Image.fromarray(np.pad(scan, margin))
    step = len(scan) / (0.75 * size) / scale  # scan pixels for one pixel of the picture
    cos, sin, shear = math.cos(turn) * step, math.sin(turn) * step, math.tan(slant)
    a, b, c, d = cos, sin + shear * cos, -sin, cos - shear * sin
    x, y = size / 2 + right * size / 32, size / 2 + down * size / 32
    middle = margin + len(scan) / 2
    affine = (a, b, middle - a * x - b * y, c, d, middle - c * x - d * y)
    placed = source.transform((size, size), PIL.Image.Transform.AFFINE, affine, PIL.Image.Resampling.BICUBIC)
    return np.asarray(placed, dtype=np.float32).clip(0, 1)


def make_digits(
    out: Path,
    *,
    seed: int = 0,
    variants: int = 8,
    size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Writes the data set as a folder: `{train,val,test}/{read,draw,edit,rounds}.jsonl` and `images/` beside them.

    A line is `{"id", "messages", "facts"}` with picture paths relative to its file. Training scans come in `variants`
    versions (0 is the plain scan; the others are turned, slanted, scaled and moved a little), the others plain only.
    `train/edit.jsonl` has one line for each version, kinds at `TRAINING_SHARE`; elsewhere there is one for each scan
    and kind. The folder is written aside and renamed, and a call that finds its own work does nothing.

    Args:
        out: the folder to make.
        seed: fixes the split, the versions, the wording and the choice of edits.
        variants: versions of each training scan.
        size: side of a picture in pixels.
        progress: called with (pictures written, pictures in all).

    Returns:
        Lines by file, e.g. `{"train/read": 9576, …}`, and `"pictures"`.

    Raises:
        DataError: `out` holds something else, cannot be written, or scikit-learn is not installed.
    """
    if variants < 1:
        raise DataError(f"digits: variants is {variants}; it is at least 1")
    out = Path(out)
    made_by = {"digits": 1, "seed": seed, "variants": variants, "size": size}
    if found := _found(out, made_by):
        return found
    digits = Digits(seed, size)
    aside = out.absolute().with_name(f".{out.absolute().name}.{os.getpid()}.part")
    try:
        counts = _write(digits, variants, aside, progress)
        (aside / "meta.json").write_text(json.dumps({**made_by, "counts": counts}, indent=1) + "\n", encoding="utf-8")
        os.replace(aside, out)
    except OSError as error:
        raise DataError(f"{out}: the digits could not be written ({error.strerror or error})") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return counts


def _found(out: Path, made_by: dict[str, int]) -> dict[str, int] | None:
    """The counts of an earlier call with the same parameters; None where there is nothing yet."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    try:
        meta = json.loads((out / "meta.json").read_text(encoding="utf-8"))
        counts: dict[str, int] = meta.pop("counts")
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        raise DataError(f"{out}: exists and holds something else; name a new folder or remove it") from None
    if meta != made_by:
        raise DataError(f"{out}: holds digits made with other parameters ({meta}); name a new folder or remove it")
    return counts


def _write(digits: Digits, variants: int, folder: Path, progress: Callable[[int, int], None] | None) -> dict[str, int]:
    looks: dict[Split, dict[str, Look]] = {split: {} for split in SPLITS}
    counts: dict[str, int] = {}
    for split in SPLITS:
        (folder / split / "images").mkdir(parents=True)
        texts: dict[str, list[str]] = {}
        for file, name, messages, facts in _lines(digits, split, variants):
            with_paths = [_with_paths(message, looks[split]) for message in messages]
            line = {"id": f"{split}-{file}-{name}", "messages": with_paths, "facts": facts}
            texts.setdefault(file, []).append(json.dumps(line) + "\n")
        for file, content in texts.items():
            (folder / split / f"{file}.jsonl").write_text("".join(content), encoding="utf-8")
            counts[f"{split}/{file}"] = len(content)
    done, counts["pictures"] = 0, sum(map(len, looks.values()))
    for split in SPLITS:
        for name, look in looks[split].items():
            digits.render(look).save(folder / split / "images" / name, compress_level=1)
            done += 1
            if progress:
                progress(done, counts["pictures"])
    return counts


def _with_paths(message: dict[str, Any], looks: dict[str, Look]) -> dict[str, Any]:
    """The message with each look replaced by its path; the looks are noted by file name, so equal ones share a file."""
    parts = []
    for part in message["content"]:
        look = part.get("image")
        if look is not None:
            looks[look.name] = look
            part = {**part, "image": f"images/{look.name}"}
        parts.append(part)
    return {**message, "content": parts}


def _lines(
    digits: Digits, split: Split, variants: int
) -> Iterator[tuple[str, str, list[dict[str, Any]], dict[str, Any]]]:
    """File, name, messages and facts of every conversation; pictures are still looks."""
    seed, versions = digits.seed, range(variants if split == "train" else 1)
    looks = [digits.look(scan, variant) for scan in digits.split[split] for variant in versions]
    for look in looks:
        name, facts = f"{look.scan:04d}-v{look.variant}", _facts(look)
        question = _pick(READ, seed, "digits/read", name)
        yield "read", name, [_user(question, look), _assistant_says(str(look.digit))], facts
        prompt = _wording(DRAW, str(look.digit), seed, "digits/draw", name)
        yield "draw", name, [_user(prompt), _assistant_draws(look)], facts
        open_edits = possible_edits(look)
        kinds = [_pick_kind(open_edits, seed, "digits/kind", name)] if split == "train" else list(TRAINING_SHARE)
        for kind in kinds:
            edit = _pick([edit for edit in open_edits if edit.kind == kind], seed, "digits/edit", kind, name)
            messages = _rounds(digits, look, [edit], seed, kind, name)
            yield "edit", f"{name}-{kind}", messages, {**facts, "edit": edit.kind, "to": edit.to}
    for number in range(ROUNDS[split]):
        look = now = _pick(looks, seed, "digits/rounds/look", split, number)
        edits: list[Edit] = []
        for step in range(_pick((2, 3), seed, "digits/rounds/count", split, number)):
            kind = _pick_kind(possible_edits(now), seed, "digits/rounds/kind", split, number, step)
            of_kind = [edit for edit in possible_edits(now) if edit.kind == kind]
            edits.append(_pick(of_kind, seed, "digits/rounds/edit", split, number, step))
            now = digits.apply(edits[-1], now)
        facts = {**_facts(look), "edits": [{"edit": edit.kind, "to": edit.to} for edit in edits]}
        yield "rounds", f"{number:04d}", _rounds(digits, look, edits, seed, split, number), facts


def _facts(look: Look) -> dict[str, Any]:
    return {"digit": look.digit, "scan": look.scan, "variant": look.variant}


def _rounds(digits: Digits, look: Look, edits: Sequence[Edit], seed: int, *key: int | str) -> list[dict[str, Any]]:
    """A picture and one edit a round; each drawn picture is read again, and the next round starts from it."""
    messages = []
    for number, edit in enumerate(edits, start=1):
        text = _wording(INSTRUCTIONS[edit.kind], edit.to, seed, "digits/instruction", number, *key)
        messages.append(_user(text, look if number == 1 else None))
        look = digits.apply(edit, look)
        messages.append(_assistant_draws(look, source=number))
    return messages


def _user(text: str, look: Look | None = None) -> dict[str, Any]:
    picture = [] if look is None else [{"type": "image", "image": look}]
    return {"role": "user", "content": [*picture, {"type": "text", "text": text}]}


def _assistant_says(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "text", "text": text}]}


def _assistant_draws(look: Look, source: int | None = None) -> dict[str, Any]:
    start = {} if source is None else {"source": [source]}
    return {
        "role": "assistant",
        "content": [{"type": "image_gen", **start, "image": look}, {"type": "image", "image": look}],
    }


def _wording(templates: Sequence[str], to: str, seed: int, stream: str, *key: int | str) -> str:
    """One of the templates; a digit is written as numeral or word, half of the time each."""
    if to.isdigit() and chance.uniform(seed, stream, "word", *key) < 0.5:
        to = NUMERALS[int(to)]
    article = "an" if to in ("8", "eight") else "a"
    return _pick(templates, seed, stream, *key).format(a=article, d=to, to=to)


def _pick(options: Sequence[_Item], seed: int, stream: str, *key: int | str) -> _Item:
    return options[int(chance.uniform(seed, stream, *key) * len(options))]


def _pick_kind(edits: Sequence[Edit], seed: int, stream: str, *key: int | str) -> Kind:
    """A kind of which there is an edit, at the shares of training."""
    open_kinds = [kind for kind in TRAINING_SHARE if any(edit.kind == kind for edit in edits)]
    left = chance.uniform(seed, stream, *key) * sum(TRAINING_SHARE[kind] for kind in open_kinds)
    for kind in open_kinds:
        left -= TRAINING_SHARE[kind]
        if left < 0:
            return kind
    return open_kinds[-1]
