"""The handwritten digits as files: pictures, and JSONL of conversations that read, draw, edit and talk about them."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mini4o import chance
from mini4o.data.digits import (
    NUMERALS,
    SPLITS,
    TRAINING_SHARE,
    Digits,
    Edit,
    Kind,
    Look,
    Split,
    possible_edits,
)
from mini4o.errors import DataError

READ = ("Which digit is this?", "What digit do you see?", "Read the digit.", "Which number is written here?")
NAME = ("Name the digit.", "Say the digit in words.", "Which digit is it, in words?")
INK = ("What colour is the ink?", "Which colour is it?", "Name the colour of the digit.")
TALK = ("name", "ink", "plan drawing", "plan drawing", "plan edit", "plan edit")
DRAW = ("Draw {a} {d}.", "Draw the digit {d}.", "Write {a} {d} by hand.", "A handwritten {d}.")
INSTRUCTIONS: dict[Kind, tuple[str, ...]] = {
    "recolour": ("Make the ink {to}.", "Turn the digit {to}.", "Colour it {to}."),
    "invert": ("Invert the colours.", "Invert the picture.", "Invert it."),
    "thicken": ("Make the strokes thicker.", "Thicken the lines.", "Make it bolder."),
    "shift": ("Move it {to}.", "Shift the digit {to}.", "Move the digit {to}."),
    "make_it": ("Make it {a} {to}.", "Turn it into {a} {to}.", "Change the digit to {to}."),
}
ASKED_AFTER = 0.15  # of the drawings and edits of training, the share that is then asked about
ROUNDS = {"train": 1200, "val": 100, "test": 100}


_Item = TypeVar("_Item")


def make_digits(
    out: Path,
    *,
    seed: int = 0,
    variants: int = 8,
    size: int = 32,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Writes the data set as a folder: `{train,val,test}/{read,talk,draw,edit,rounds}.jsonl` and `images/` beside them.

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
    made_by = {"digits": 4, "seed": seed, "variants": variants, "size": size}
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
        yield "talk", name, *_talk(digits, look, name)
        prompt = _wording(DRAW, str(look.digit), seed, "digits/draw", name)
        drawn = [_user(prompt), _assistant_draws(look)]
        yield "draw", name, [*drawn, *_question_about(look, seed, split, "draw", name)], facts
        open_edits = possible_edits(look)
        kinds = [_pick_kind(open_edits, seed, "digits/kind", name)] if split == "train" else list(TRAINING_SHARE)
        for kind in kinds:
            edit = _pick([edit for edit in open_edits if edit.kind == kind], seed, "digits/edit", kind, name)
            messages = _rounds(digits, look, [edit], seed, kind, name)
            messages += _question_about(digits.apply(edit, look), seed, split, "edit", kind, name)
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


def _talk(digits: Digits, look: Look, name: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A question answered in words: the digit's name, the colour of its ink (on a picture edited at random), or what a
    drawing or an edit that is asked for will show. What the language model can say, the queries can read out."""
    seed = digits.seed
    kind = _pick(TALK, seed, "digits/talk", name)
    facts = {**_facts(look), "talk": kind}
    edit = _pick(possible_edits(look), seed, "digits/talk/edit", name)
    shown = digits.apply(edit, look)
    if kind == "name":
        article = "an" if shown.digit == 8 else "a"
        return _answered(NAME, f"It is {article} {NUMERALS[shown.digit]}.", seed, name, shown), facts
    if kind == "ink":
        return _answered(INK, f"It is {shown.colour}.", seed, name, shown), facts
    if kind == "plan drawing":
        request = _wording(DRAW, str(look.digit), seed, "digits/plan", name)
        return [_user(f"In words: {request}"), _assistant_says(look.words)], facts
    request = _wording(INSTRUCTIONS[edit.kind], edit.to, seed, "digits/plan", name)
    return [_user(f"In words: {request}", look), _assistant_says(shown.words)], {
        **facts,
        "edit": edit.kind,
        "to": edit.to,
    }


def _answered(questions: Sequence[str], answer: str, seed: int, name: str, shown: Look) -> list[dict[str, Any]]:
    return [_user(_pick(questions, seed, "digits/question", name), shown), _assistant_says(answer)]


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


def _question_about(drawn: Look, seed: int, split: Split, *key: int | str) -> list[dict[str, Any]]:
    """Now and then a question about the picture just drawn, so that a model that has drawn goes on to answer."""
    if split != "train" or chance.uniform(seed, "digits/after", *key) >= ASKED_AFTER:
        return []
    about_ink = chance.uniform(seed, "digits/after/ink", *key) < 0.25
    question = _pick(INK if about_ink else READ, seed, "digits/after/words", *key)
    return [_user(question), _assistant_says(f"It is {drawn.colour}." if about_ink else str(drawn.digit))]


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
