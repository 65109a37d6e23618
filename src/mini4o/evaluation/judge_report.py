"""The judge's tables: as JSON for programs and as Markdown for people, with the pictures it was wrong about."""

from collections.abc import Callable, Sequence
from typing import Any

import PIL.Image

from mini4o.evaluation.judge import FEWEST, MOST_HIDDEN, Rates, disturbances, measure
from mini4o.storybook.judge.verdicts import LEGIBLE

_CELL, _COLUMNS = 192, 6


def report(
    count: int,
    sizes: Sequence[int],
    disturbed: int,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[dict[str, Any], list[tuple[str, PIL.Image.Image]]]:
    """Measures the judge at every size on clean pictures, and at the first size on disturbed ones.

    Args:
        count: scenes a size, each judged once as it should be and once with an error.
        sizes: pixels of the shorter side.
        disturbed: scenes for every step of every disturbance; 0 leaves them out.
        seed: seed of the scenes.
        progress: called with how many scenes are done and how many there are.
    """
    steps = list(disturbances(sizes[0])) if disturbed else []
    whole, done = count * len(sizes) + disturbed * len(steps), 0
    wrong: list[tuple[str, PIL.Image.Image]] = []

    def measured(number: int, size: int, disturb: Any = None) -> Rates:
        nonlocal done
        before = done
        rates = measure(
            number, size, seed, disturb, (lambda now, _: progress(before + now, whole)) if progress else None
        )
        done += number
        return rates

    clean = {}
    for size in sizes:
        rates = measured(count, size)
        clean[str(size)] = rates.told()
        wrong += [(f"{size} px, {what}", picture) for what, picture in rates.wrong]
    harmed = [{"what": what, "level": level, **measured(disturbed, sizes[0], act).told()} for what, level, act in steps]
    result = {
        "seed": seed,
        "scenes": count,
        "left_out": {"page_units": FEWEST, "hidden": MOST_HIDDEN, "letter_pixels": LEGIBLE},
        "clean": clean,
        "disturbed": {"size": sizes[0], "scenes": disturbed, "steps": harmed},
    }
    return result, wrong


def markdown(result: dict[str, Any]) -> str:
    """The tables of a report."""
    sizes = list(result["clean"])
    lines = [
        f"| accepted | {' | '.join(f'{size} px' for size in sizes)} |",
        "|---" * (len(sizes) + 1) + "|",
        _row("other true renders", [told["true"] for told in result["clean"].values()]),
        _row("one planted error", [told["planted"] for told in result["clean"].values()]),
    ]
    for error in result["clean"][sizes[0]]["by_error"]:
        lines.append(_row(f"· {error}", [told["by_error"][error] for told in result["clean"].values()]))
    rates = [f"{told['pictures_a_second_and_core']}" for told in result["clean"].values()]
    lines += [f"| pictures a second and core | {' | '.join(rates)} |", ""]
    if result["disturbed"]["steps"]:
        size = result["disturbed"]["size"]
        lines += [f"| accepted at {size} px after | step | true | planted error |", "|---|---|---|---|"]
        for step in result["disturbed"]["steps"]:
            lines.append(f"| {step['what']} | {step['level']:g} | {_cell(step['true'])} | {_cell(step['planted'])} |")
    return "\n".join(lines) + "\n"


def contact_sheet(pictures: Sequence[PIL.Image.Image]) -> PIL.Image.Image:
    """Pictures side by side, six a row, enlarged without smoothing."""
    rows = -(-len(pictures) // _COLUMNS)
    sheet = PIL.Image.new("RGB", (_COLUMNS * _CELL, max(1, rows) * _CELL), "white")
    for place, picture in enumerate(pictures):
        scale = (_CELL - 4) / max(picture.size)
        size = round(picture.width * scale), round(picture.height * scale)
        at = place % _COLUMNS * _CELL, place // _COLUMNS * _CELL
        sheet.paste(picture.resize(size, PIL.Image.Resampling.NEAREST), at)
    return sheet


def _row(name: str, told: Sequence[dict[str, Any]]) -> str:
    return f"| {name} | {' | '.join(map(_cell, told))} |"


def _cell(told: dict[str, Any]) -> str:
    if told["share"] is None:
        return "–"
    left_out = f", {told['left_out']} left out" if told["left_out"] else ""
    return f"{100 * told['share']:.1f} % of {told['n']}{left_out}"
