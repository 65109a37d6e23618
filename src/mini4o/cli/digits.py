"""`mini4o digits`: the lesson. A model learns to read, draw and edit real handwritten digits, and a page shows it."""

import importlib.util
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mini4o.cli.common import DeviceOption, counting, open_model, visible, working
from mini4o.cli.gallery import Entry, Note, Section, Shown, page, write_page
from mini4o.cli.train import MinutesOption, TrainStepsOption, check_dial, run_training
from mini4o.errors import Mini4oError

if TYPE_CHECKING:
    import PIL.Image

    from mini4o import Mini4o
    from mini4o.data.digits import Digits, Edit, Look
    from mini4o.evaluation.digits import DigitReader

MINUTES = 6.0
ASKED = 12
RED, BLUE = ("recolour", "red", "Make the ink red."), ("recolour", "blue", "Make the ink blue.")
THICKEN, INVERT = ("thicken", "", "Make the strokes thicker."), ("invert", "", "Invert the colours.")
ROUNDS = (RED, THICKEN, INVERT)
SINGLES = (BLUE, THICKEN, INVERT, ("make_it", "7", "Make it a 7."))


def digits(
    out: Annotated[Path, typer.Option("-o", metavar="DIR", help="For data, run and page.")] = Path("digits"),
    minutes: MinutesOption = None,
    steps: TrainStepsOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Learn to read, draw and edit real handwritten digits in about 6 minutes, and show it.

    Called again it goes on where it was stopped; a model that is there is not trained again.
    """
    check_dial(minutes, steps)
    if not all(importlib.util.find_spec(name) for name in ("sklearn", "matplotlib")):
        raise Mini4oError("the lesson needs scikit-learn and matplotlib: pip install 'mini4o[digits]'")
    data, run = out / "data", out / "run"
    if out.exists() and not data.exists() and any(not path.name.startswith(".") for path in out.iterdir()):
        raise Mini4oError(f"{out}: holds something else than this lesson; choose another folder with -o")
    from mini4o.data.digits_files import make_digits
    from mini4o.training.recipe import find_recipe, load_recipe

    out.mkdir(parents=True, exist_ok=True)
    _say("1/3  the data: 1,797 real scans of handwritten digits")
    with counting("pictures") as progress:
        make_digits(data, progress=progress)
    if (run / "model" / "mini4o.json").is_file():
        _say(f"2/3  trained already: {run / 'model'}")
    else:
        resume = (run / "plan.json").is_file()
        _say("2/3  training goes on" if resume else "2/3  training")
        recipe = load_recipe(find_recipe("digits")).model_copy(update={"data": data})
        dial = MINUTES if minutes is None and steps is None else minutes
        run_training(recipe, run, dial, steps, device, resume, f"mini4o digits -o {shlex.quote(str(out))}")
    _say("3/3  asking, drawing, editing")
    sections = show(out, device)
    for section in sections:
        typer.echo(f"{section.title.lower()}: {section.count()}")
    typer.echo(f"look at {out / 'index.html'}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def show(out: Path, device: str) -> list[Section]:
    """Ask, draw and edit with `out/run/model` on `out/data`, and write `out/index.html`."""
    model = open_model(out / "run" / "model", device)
    with working("getting ready"):
        from mini4o.data.digits import Digits
        from mini4o.evaluation.digits import DigitReader

        meta = json.loads((out / "data" / "meta.json").read_text("utf-8"))
        digits = Digits(meta["seed"], meta["size"])
        reader = DigitReader(digits)
    total = ASKED + 10 + 1 + len(SINGLES)
    with counting("the model") as progress:
        guide = _Guide(out, model, digits, reader, progress, total)
        sections = [guide.asked(), guide.drawn(), guide.edited()]
    run = out / "run"
    strips = {path.stem.partition("-")[2]: path for path in sorted((run / "samples").glob("*.png"))}  # the last of each
    plots = [Shown("run/loss.png", "Losses over the steps.")] if (run / "loss.png").is_file() else []
    plots += [Shown(f"run/samples/{path.name}", f"At the end of {stage}.") for stage, path in strips.items()]
    parameters = sum(parameter.numel() for parameter in model.model.net.parameters())
    intro = (
        f"One model of {parameters:,} parameters, trained from random weights on {len(digits.split['train']):,} real "
        "scans. All scans below were held out. Everything is shown as it came, right and wrong alike.",
        "A command makes its picture again, run where the lesson ran; after “make digits” that is the clone, "
        "and “. .venv/bin/activate” comes first.",
    )
    write_page(out / "index.html", page("mini4o: reading, drawing and editing digits", intro, sections, plots))
    return sections


class _Guide:
    """Takes the model through what the page shows."""

    def __init__(
        self, out: Path, model: "Mini4o", digits: "Digits", reader: "DigitReader", progress: Any, total: int
    ) -> None:
        self.out, self.model, self.digits, self.reader = out, model, digits, reader
        self.pictures = out / "pictures"
        self.pictures.mkdir(exist_ok=True)
        self._progress, self._done, self._total = progress, 0, total
        lines = (out / "data" / "test" / "read.jsonl").read_text("utf-8").splitlines()
        self.scans = [json.loads(line) for line in lines[:: max(1, len(lines) // ASKED)][:ASKED]]

    def asked(self) -> Section:
        """Questions about held-out scans."""
        entries = []
        for scan in self.scans:
            image, text = (part for part in scan["messages"][0]["content"])
            path, digit = f"data/test/{image['image']}", str(scan["facts"]["digit"])
            answer = self.model.ask([str(self.out / path)], text["text"], seed=0)
            self._one_more()
            right = answer.strip() == digit
            note = Note("right" if right else f"it is a {digit}", right)
            command = self._command("ask", self.out / path, text["text"], seed=0)
            entries.append(Entry([Shown(path)], text["text"], [note], 0, command, said=visible(answer)))
        return Section("Scans read right", "The answer against the label of the scan.", entries)

    def drawn(self) -> Section:
        """One drawing of each digit."""
        entries = []
        for digit in range(10):
            prompt = f"Draw {'an' if digit == 8 else 'a'} {digit}."
            picture = self.model.draw(prompt, seed=digit)
            self._one_more()
            path = self._save(picture, f"draw-{digit}")
            seen = int(self.reader.predict([picture])[0])
            note = Note(f"recognised as {'an' if seen == 8 else 'a'} {seen}", seen == digit)
            command = self._command("draw", prompt, "-o", f"{digit}.png", seed=digit)
            entries.append(Entry([Shown(path)], prompt, [note], digit, command))
        about = "Recognised by a classifier fitted on real training scans; it never asks the model."
        return Section("Drawings recognised", about, entries)

    def edited(self) -> Section:
        """Three rounds on one scan, then single edits of others."""
        entries = [self._edit(self.scans[0], ROUNDS, "rounds")]
        for number, step in enumerate(SINGLES, start=1):
            others = [scan for scan in self.scans[number:] if str(scan["facts"]["digit"]) != step[1]]
            entries.append(self._edit(others[0], [step], f"edit-{number}"))
        about = (
            "Done means nearer, pixel by pixel, to the exact target than to the source and to the target of every "
            "other edit; in several rounds each is judged against the target of all rounds so far."
        )
        return Section("Edits done", about, entries)

    def _edit(self, scan: dict[str, Any], steps: Sequence[tuple[str, str, str]], name: str) -> Entry:
        from mini4o.data.digits import Edit

        path = f"data/test/{scan['messages'][0]['content'][0]['image']}"
        look = self.digits.look(scan["facts"]["scan"], scan["facts"]["variant"])
        texts = [text for _, _, text in steps]
        results = self.model.edit(str(self.out / path), texts, seed=0)
        self._one_more()
        pictures, notes = [Shown(path, "scan")], []
        for number, ((kind, to, text), result) in enumerate(zip(steps, results, strict=True), start=1):
            edit = Edit(kind, to)  # type: ignore[arg-type]  # a kind, from the constants above
            done, target = self._judge(result, look, edit)
            look = self.digits.apply(edit, look)
            mark = f" {number}" if len(steps) > 1 else ""
            pictures.append(Shown(self._save(result, f"{name}-{number}"), f"drawn{mark}"))
            pictures.append(Shown(self._save(target, f"{name}-{number}-target"), f"target{mark}"))
            notes.append(Note(f"{text.rstrip('.')}: {'done' if done else 'not done'}", done))
        command = self._command("edit", self.out / path, *texts, "-o", name, seed=0)
        return Entry(pictures, " ".join(texts), notes, 0, command)

    def _judge(self, result: "PIL.Image.Image", look: "Look", edit: "Edit") -> "tuple[bool, PIL.Image.Image]":
        from mini4o.data.digits import possible_edits
        from mini4o.evaluation.digits import edit_done

        target = self.digits.render(self.digits.apply(edit, look))
        others = [self.digits.render(self.digits.apply(other, look)) for other in possible_edits(look) if other != edit]
        return edit_done(result, self.digits.render(look), target, others), target

    def _save(self, picture: "PIL.Image.Image", name: str) -> str:
        from mini4o.conversation.images import save_png

        save_png(picture, self.pictures / f"{name}.png")
        return f"pictures/{name}.png"

    def _command(self, *words: object, seed: int) -> str:
        return shlex.join(["mini4o", *map(str, words), "--model", str(self.out / "run" / "model"), "--seed", str(seed)])

    def _one_more(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, self._total)
