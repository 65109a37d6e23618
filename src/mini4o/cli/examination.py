"""`mini4o eval storybook | label | compare`: models examined on Storybook, the judge beside labels given by hand, and
reports side by side."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mini4o.cli.common import (
    DEFAULT_MODEL,
    AdapterOption,
    DeviceOption,
    JsonOption,
    OverwriteOption,
    SeedOption,
    check_file,
    check_folder,
    counting,
    find_model,
    new_files,
    open_model,
    print_json,
    working,
    write_json,
)

if TYPE_CHECKING:
    from mini4o.evaluation.storybook.exam import Exam
    from mini4o.evaluation.storybook.record import Record

MOST_WORKERS = 4  # each holds the model


def storybook(
    out: Annotated[Path, typer.Option("-o", metavar="DIR", help="For the reports, and all that came of every sample.")],
    model: Annotated[
        str, typer.Option("--model", help="The model's folder, or nano, which is built in; none: the baselines alone.")
    ] = DEFAULT_MODEL,
    adapter: AdapterOption = None,
    count: Annotated[
        int | None, typer.Option("--count", help="Samples of each part in each split.", show_default="20")
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task", help="questions, captions, text, drawing, editing or a part; may be repeated.", show_default="all"
        ),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option("--split", help="test, heldout, val or train; may be repeated.", show_default="test heldout"),
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="en or zh; may be repeated.", show_default="both")
    ] = None,
    size: Annotated[int, typer.Option("--size", help="Pixels a side of a square picture.")] = 64,
    judged: Annotated[int, typer.Option("--judged", min=0, help="Scenes to measure the judge's own errors on.")] = 40,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes.", show_default="a core each, up to 4; 1 on a GPU")
    ] = None,
    seed: SeedOption = 0,
    device: DeviceOption = "cpu",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure answering, describing, drawing and editing on Storybook, beside baselines. Repeat it to go on."""
    with working("getting ready"):
        from mini4o.evaluation.storybook.exam import COUNT, PARTS, SPLITS, Exam
        from mini4o.evaluation.storybook.record import REPORTS, SAMPLES, Record, clear
        from mini4o.evaluation.storybook.settings import settings_of
        from mini4o.evaluation.storybook.workers import Job, carry_out
        from mini4o.storybook.splits import LANGUAGES

        number = COUNT if count is None else count
        exam = Exam(tuple(task or PARTS), number, tuple(split or SPLITS), tuple(language or LANGUAGES), seed, size)
    unfinished = (out / SAMPLES).is_file() and not any((out / name).exists() for name in REPORTS)
    check_folder(out, overwrite or unfinished)
    named = None if model == "none" else model
    folder = None if named is None else find_model(named)
    if folder is None and adapter:
        raise typer.BadParameter("the baselines have no adapters: leave --adapter out")
    opened = None if folder is None else open_model(folder, device, adapter)
    settings = settings_of(exam, judged, named, opened, device, adapter or ())
    if overwrite:
        clear(out)
    with counting("examining") as progress:
        record = Record(out, settings)
        cores = min(MOST_WORKERS, os.cpu_count() or 1) if device == "cpu" else 1
        carry_out(Job(exam, judged, folder, device, opened, tuple(adapter or ())), record, workers or cores, progress)
    tell(*_write_reports(exam, record, _agreement(exam, record)), as_json)


def label(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Of `mini4o eval storybook`, when it is through.")],
    count: Annotated[int, typer.Option("--count", min=1, help="Pictures that the model drew.")] = 200,
    seed: SeedOption = 0,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write sheets of pictures to label by hand; repeated when they are labelled, put the agreement into the report."""
    with working("getting ready"):
        from mini4o.errors import DataError
        from mini4o.evaluation.labels.files import FILE, write_labels
        from mini4o.evaluation.storybook.record import LABELS, Record, read_record
        from mini4o.evaluation.storybook.report import read_report
        from mini4o.evaluation.storybook.settings import exam_of
        from mini4o.evaluation.storybook.tables import labels_text
    read_report(folder)
    settings, _ = read_record(folder)
    exam, record = exam_of(settings), Record(folder, settings)
    if (folder / LABELS / FILE).is_file() and not overwrite:
        found = _agreement(exam, record)
        if found is None:
            raise DataError(f"{folder / LABELS / FILE}: no picture is labelled yet; the file says how it is done")
        _write_reports(exam, record, found)
        tell(found, labels_text(found), as_json)
        return
    check_folder(folder / LABELS, overwrite)
    with new_files(folder) as place, counting("judging") as progress:
        made = write_labels(exam, record, place / LABELS, count, seed, progress)
        shutil.rmtree(folder / LABELS, ignore_errors=True)
    told = (
        f"{folder / LABELS}: {made['pictures']} pictures on {made['sheets']} sheets; give each of the "
        f"{made['claims']} claims its mark in {FILE}, then repeat this"
    )
    tell({"folder": str(folder / LABELS), **made}, told, as_json)


def compare(
    reports: Annotated[list[Path], typer.Argument(metavar="A B …", help="Folders of `mini4o eval storybook`.")],
    out: Annotated[Path | None, typer.Option("-o", metavar="FILE.html", help="The comparison as a page.")] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put reports of models side by side: what differs from the first one, and whether that may be chance."""
    if out is not None:
        check_file(out, overwrite, ".html")
    with working("comparing"):
        from mini4o.evaluation.storybook.compare import compare as compared
        from mini4o.evaluation.storybook.compare import markdown
        from mini4o.evaluation.storybook.compare_page import page
    result = compared(reports)
    if out is not None:
        with new_files(out.parent) as place:
            (place / out.name).write_text(page(result), encoding="utf-8")
    tell(result, markdown(result), as_json)


def _agreement(exam: "Exam", record: "Record") -> dict[str, Any] | None:
    """What the labels in an examination's folder say of the judge, if there are any."""
    from mini4o.evaluation.labels.agreement import agreement

    with counting("judging what is labelled") as progress:
        return agreement(exam, record, progress)


def _write_reports(exam: "Exam", record: "Record", labels: dict[str, Any] | None) -> tuple[dict[str, Any], str]:
    """The reports of an examination that is through, in its folder: as values, and as tables."""
    from mini4o.evaluation.storybook.page import page
    from mini4o.evaluation.storybook.report import report
    from mini4o.evaluation.storybook.tables import markdown

    with new_files(record.folder) as place:
        result = {**report(exam, record), "labels": labels}
        write_json(result, place / "report.json")
        tables = markdown(result)
        (place / "report.md").write_text(tables, encoding="utf-8")
        (place / "report.html").write_text(page(result, record.folder), encoding="utf-8")
    return result, tables


def tell(result: dict[str, Any], tables: str, as_json: bool) -> None:
    """A result on stdout, as tables or as JSON."""
    if as_json:
        print_json(result)
    else:
        typer.echo(tables)
