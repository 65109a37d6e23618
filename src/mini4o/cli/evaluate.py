"""`mini4o eval`: how well a model does, and how far Storybook's judge can be trusted."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mini4o.cli import examination
from mini4o.cli.common import (
    DEFAULT_MODEL,
    AdapterOption,
    DeviceOption,
    JsonOption,
    ModelOption,
    OverwriteOption,
    SeedOption,
    check_folder,
    counting,
    find_model,
    new_files,
    open_model,
    print_json,
    working,
    write_json,
)

app = typer.Typer(no_args_is_help=True)
app.command()(examination.storybook)
app.command()(examination.label)
app.command()(examination.compare)


class EvaluationSplit(StrEnum):
    """val is for choices, test for the report."""

    val = "val"
    test = "test"


@app.command()
def digits(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Made by `mini4o data digits`.")],
    out: Annotated[Path, typer.Option("-o", metavar="DIR", help="For digits.json and the galleries.")],
    model: ModelOption = DEFAULT_MODEL,
    adapter: AdapterOption = None,
    split: Annotated[EvaluationSplit, typer.Option("--split")] = EvaluationSplit.test,
    reads: Annotated[int, typer.Option("--reads", min=0, help="Pictures to ask about.")] = 300,
    draws: Annotated[int, typer.Option("--draws", min=0, help="Drawings of each digit.")] = 30,
    edits: Annotated[int, typer.Option("--edits", min=0, help="Edits of each kind.")] = 60,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure reading, drawing and editing on held-out scans."""
    check_folder(out, overwrite)
    folder = find_model(model)
    talker = open_model(folder, device, adapter)
    with working("getting ready"):
        from mini4o.evaluation.digits import evaluate_digits
        from mini4o.evaluation.hashes import digest, model_hash, model_name
        from mini4o.pretrained.index import read_index
    with new_files(out) as place, counting("measuring") as progress:
        scores = evaluate_digits(
            talker,
            data,
            split=split.value,
            reads=reads,
            draws_per_digit=draws,
            edits_per_kind=edits,
            seed=seed,
            gallery=place,
            progress=progress,
        )
        index = read_index(folder)
        result = {
            "model": model_name(folder, adapter or ()),
            "model_hash": model_hash(folder, adapter or ()),
            "data": str(data),
            "prompts_hash": digest(*(path.read_text("utf-8") for path in sorted((data / split.value).glob("*.jsonl")))),
            "generation": talker.model.generation.model_dump(mode="json"),
            "versions": index["versions"],
            "scores": scores,
        }
        write_json(result, place / "digits.json")
    if as_json:
        print_json(result)
    else:
        _print_table(scores)
        typer.echo(f"{out / 'digits.json'}, {out / 'drawn.png'}, {out / 'edits.png'}")


@app.command()
def judge(
    out: Annotated[Path, typer.Option("-o", metavar="DIR", help="For judge.json, judge.md and the pictures.")],
    count: Annotated[int, typer.Option("--count", min=1, help="Scenes a size.")] = 1000,
    sizes: Annotated[
        list[int] | None,
        typer.Option("--size", min=32, max=512, help="Pixels of the shorter side.", show_default="64 128"),
    ] = None,
    disturbed: Annotated[int, typer.Option("--disturbed", min=0, help="Scenes for every step of blur, noise …")] = 100,
    seed: SeedOption = 0,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure what Storybook's judge accepts of true pictures, of planted errors, and after disturbances."""
    check_folder(out, overwrite)
    with working("getting ready"):
        from mini4o.evaluation.judge_report import contact_sheet, markdown, report
    with new_files(out) as place, counting("judging") as progress:
        result, wrong = report(count, sizes or [64, 128], disturbed, seed, progress)
        write_json(result, place / "judge.json")
        tables = markdown(result)
        (place / "judge.md").write_text(tables, encoding="utf-8")
        contact_sheet([picture for _, picture in wrong]).save(place / "wrong.png")
        (place / "wrong.txt").write_text("".join(f"{what}\n" for what, _ in wrong), encoding="utf-8")
    examination.tell(result, tables, as_json)


def _print_table(scores: dict[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=f"digits, {scores['split']}", title_justify="left")
    for head in ("what", "share", "95 % interval", "of", "copy the input"):
        table.add_column(head, justify="left" if head == "what" else "right")

    def add(name: str, share: dict[str, Any], beside: dict[str, Any] | None = None) -> None:
        if share["n"]:
            interval = f"{share['low']:.1%} to {share['high']:.1%}"
            copied = "" if beside is None else f"{beside['share']:.1%}"
            table.add_row(name, f"{share['share']:.1%}", interval, str(share["n"]), copied)

    add("read right", scores["read"])
    add("drawn and recognised", scores["draw"]["recognised"])
    for kind, edit in {**scores["edit"], "recolour, invert, thicken": scores["edit_easy"]}.items():
        add(f"edit: {kind}", edit["both"], edit["copy_the_input"]["both"])
    add("the classifier on real scans", scores["reader_on_real"])
    console = Console(highlight=False)
    console.print(table)
    if scores["draw"]["spread"] is not None:
        console.print(f"spread within a digit, of the real one: {scores['draw']['spread']:.0%}")
    if scores["draw"]["copies"] is not None:
        nearest = scores["draw"]["copies"]
        console.print(
            f"nearest training scan: {nearest['drawn_median']:.3f} (median), of held-out scans "
            f"{nearest['heldout_median']:.3f}; nearer than 99 % of those: {nearest['too_near']:.1%}"
        )
