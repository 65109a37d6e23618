"""The report as one page that needs nothing else: no script, no other file. Whatever a model wrote is escaped."""

import base64
import io
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import PIL.Image

from mini4o.evaluation.storybook.drawing import DIRECT, THINKING
from mini4o.evaluation.storybook.exam import PARTS, Family
from mini4o.evaluation.storybook.record import PICTURES
from mini4o.evaluation.storybook.scores import EVERY, OVERALL, main_mark
from mini4o.evaluation.storybook.tables import (
    BESIDE,
    HEADS,
    judge_line,
    labels_line,
    labels_rows,
    languages_of,
    rows_of,
)

# What the page begins with: of each family the rows that say most.
GLANCE: dict[Family, tuple[str, ...]] = {
    "questions": ("all questions", "pairs"),
    "captions": ("caption_short", "caption_dense"),
    "text": ("arithmetic", "instructions"),
    "drawing": (OVERALL, THINKING, DIRECT, "reconstruct"),
    "editing": ("all edits", "rounds", "rounds/first 2", "rounds/whole chain", "several"),
}
BASELINES = {
    "blind": "sees no picture",
    "majority": "the most frequent answer",
    "copy": "the input handed back",
    "truth": "the world's own work",
}
LONGEST = 600  # characters of what a model wrote


def page(result: dict[str, Any], folder: Path) -> str:
    """The page of a report, whose pictures lie in `folder`."""
    name = result["model"] or "the baselines"
    body = [
        f"<h1>{_text(name)} <small>examined on {_text(result['world'])}: {', '.join(result['splits'])}</small></h1>",
        _facts(result),
        f'<p class="judge">{_text(judge_line(result["judge"]))}</p>' if result["judge"] else "",
        _labels(result["labels"]) if result.get("labels") else "",
        "<h2>At a glance</h2>",
        _key(result),
    ]
    for family, chosen in GLANCE.items():
        rows = rows_of(result, family)
        body += [_row(result, row, rows[row], short=True) for row in chosen if row in rows]
    for family, head in HEADS.items():
        title, _, note = head.partition(": ")
        if rows := rows_of(result, family):
            body.append(f"<h2>{title}</h2><p>{_text(note[0].upper() + note[1:])}</p>")
            body += [_row(result, row, of) for row, of in rows.items()]
            body += _galleries(result, family, folder)
    return document(name, body)


def document(title: str, body: Sequence[str]) -> str:
    """A whole page in the style of the reports."""
    style = files("mini4o.evaluation.storybook").joinpath("page.css").read_text("utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title>\n<style>\n{style}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _text(text: object) -> str:
    """Escaped, without characters that are not to be seen, and cut where it is very long."""
    shown = "".join(letter for letter in str(text) if letter.isprintable() or letter in "\n\t")
    return escape(shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} …")


def _facts(result: dict[str, Any]) -> str:
    """What the scores hang on."""
    languages = " and ".join(languages_of(result))
    told = {
        "model": result["model"] or "none",
        "model hash": result["model_hash"] or "–",
        "world": result["world"],
        "prompts hash": ", ".join(f"{split} {each}" for split, each in result["prompts"].items()),
        "asked": f"{result['count']} samples of each of {len(result['parts'])} parts in each split, "
        f"{languages} in turn; copy and truth every second one",
        "pictures": f"{result['size']} pixels a side",
        "seed": result["seed"],
        **({"generation": _listed(result["generation"])} if result["generation"] else {}),
        "code": _listed(result["code"]),
        "versions": _listed(result["versions"]),
        "hardware": f"{result['hardware']}, {result['device']}",
        "time": f"{sum(result['seconds'].values()) / 60:.1f} minutes of one core: " + _listed(result["seconds"]),
        **({"turns not taken": _listed(result["refused"])} if result["refused"] else {}),
    }
    rows = "".join(f"<div><dt>{name}</dt><dd>{_text(value)}</dd></div>" for name, value in told.items())
    return f'<dl class="facts">{rows}</dl>'


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _labels(labels: dict[str, Any]) -> str:
    """How far the judge agrees with labels given by hand."""
    heads, *rows = labels_rows(labels)
    body = [f"<tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>"]
    body += [f"<tr>{''.join(f'<td>{each}</td>' for each in row)}</tr>" for row in rows]
    table = f'<div class="scroll"><table>{"".join(body)}</table></div>'
    return f'<div class="judge">{labels_line(labels)}{table}</div>'


def _key(result: dict[str, Any]) -> str:
    """How a bar is to be read."""
    shown = ['<span><i class="fill"></i>right, in percent</span>', '<span><i class="range"></i>95 % interval</span>']
    shown = shown if "model" in result["candidates"] else []
    ticks = [name for name in result["candidates"] if name in BASELINES]
    shown += [f'<span><i class="tick {name}"></i>{name}: {BASELINES[name]}</span>' for name in ticks]
    return f'<div class="key">{"".join(shown)}</div>'


# ---- bars


def _row(result: dict[str, Any], row: str, of: dict[str, Any], short: bool = False) -> str:
    """A row: a bar for each split. `short`: without what stands beside."""
    part, _, rest = row.partition("/")
    counts = [
        share["n"] + share["left_out"] for share in (_model_or_any(of[split]) for split in result["splits"]) if share
    ]
    name = f"{_text(part if short or not rest else '')} {_text(rest)}".strip()
    tracks = "".join(_track(result, split, of[split], short) for split in result["splits"])
    sub = " sub" if rest and not short else ""
    return (
        f'<div class="row{sub}"><div class="name">{name} <small>{max(counts, default=0)} each</small></div>'
        f'<div class="tracks">{tracks}</div></div>'
    )


def _model_or_any(of: dict[str, Any]) -> dict[str, Any] | None:
    """The main share of the model, or of a baseline where none was asked."""
    for marks in of.values():
        share: dict[str, Any] = marks[main_mark(marks)][EVERY]
        return share
    return None


def _track(result: dict[str, Any], split: str, of: dict[str, Any], short: bool) -> str:
    """The bar of one split with its interval, the baselines as ticks, the number, and what stands beside. An empty
    place where the split has no such row."""
    if not of:
        return "<div></div>"
    main = {name: marks[main_mark(marks)] for name, marks in of.items()}
    marks, number = "", "–"
    if "model" in main and (share := main["model"][EVERY])["share"] is not None:
        low, high = 100 * share["low"], 100 * share["high"]
        marks = (
            f'<i class="fill" style="width:{100 * share["share"]:.1f}%"></i>'
            f'<i class="range" style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
        )
        number = f"<b>{100 * share['share']:.1f}</b> <small>{low:.0f}–{high:.0f}</small>"
    for name in BASELINES:
        if name in main and (value := main[name][EVERY]["share"]) is not None:
            title = f"{name} {100 * value:.1f}"
            marks += f'<i class="tick {name}" style="left:{100 * value:.1f}%" title="{title}"></i>'
    beside = "" if short else f'<div class="beside">{_beside(result, of, main)}</div>'
    return (
        f'<div class="track"><small>{_text(split)}</small><div class="bar">{marks}</div>'
        f'<div class="number">{number}</div>{beside}</div>'
    )


def _beside(result: dict[str, Any], of: dict[str, Any], main: dict[str, Any]) -> str:
    """Baselines as numbers, the model's other marks, and its languages."""
    told = [f"{name} {_percent(main[name][EVERY])}" for name in BASELINES if name in main]
    model = of.get("model", {})
    told += [f"{mark} {_percent(model[mark][EVERY], True)}" for mark in BESIDE if mark in model]
    if "model" in main and len(languages_of(result)) > 1:
        told += [f"{code} {_percent(main['model'][code])}" for code in languages_of(result) if code in main["model"]]
    if "model" in main and (left := main["model"][EVERY]["left_out"]):
        told.append(f"{left} could not be told")
    return " · ".join(told)


def _percent(share: dict[str, Any], interval: bool = False) -> str:
    if share["share"] is None:
        return "–"
    of = f" ({100 * share['low']:.0f}–{100 * share['high']:.0f})" if interval else ""
    return f"{100 * share['share']:.1f}{of}"


# ---- galleries


def _galleries(result: dict[str, Any], family: Family, folder: Path) -> Iterator[str]:
    for part in PARTS[family]:
        cards = [card for card in result["gallery"] if card["part"] == part]
        if cards:
            sides = []
            for right, title in ((True, "right"), (False, "wrong")):
                shown = [_card(card, folder) for card in cards if card["right"] is right]
                sides.append(f"<div><h4>{title}</h4>{''.join(shown) or '<small>none</small>'}</div>")
            yield f'<h3>{_text(part)}</h3><div class="cards">{"".join(sides)}</div>'


def _card(card: dict[str, Any], folder: Path) -> str:
    names = ("before", "after") if card["part"] in PARTS["editing"] else ("shown", "model")
    steps = "".join(_step(step, names, folder) for step in card["steps"])
    wrong = "".join(f"<li>{_text(reason)}</li>" for reason in card["wrong"])
    return (
        f'<div class="card{" right" if card["right"] else ""}"><small class="sample">{_text(card["sample"])}</small>'
        f"{steps}{f'<ul class=wrong>{wrong}</ul>' if wrong else ''}</div>"
    )


def _step(step: dict[str, Any], names: tuple[str, str], folder: Path) -> str:
    """names: of the pictures that were given, and of those that the model made of them."""
    given, drawn = names
    pictures = [(given, file) for file in step["given"]]
    pictures += [(drawn, file) for file in step["drawn"]]
    pictures += [("world", file) for file in step["meant"]]
    shown = "".join(_figure(label, folder / PICTURES / file) for label, file in pictures)
    said = f'<div class="thought">{_text(step["thought"])}</div>' if step["thought"] else ""
    if step["wanted"]:
        said += f'<div class="said">{_text(step["said"])}</div><div class="meant">{_text(step["wanted"])}</div>'
    narrow = " narrow" if step["wanted"] and len(pictures) == 1 else ""  # the words have room beside the picture
    return (
        f'<div class="step{narrow}">{f"<div class=pictures>{shown}</div>" if shown else ""}'
        f'<div><div class="asked">{_text(step["asked"])}</div>{said}</div></div>'
    )


def _figure(label: str, file: Path) -> str:
    with PIL.Image.open(file) as picture:
        data = io.BytesIO()
        picture.save(data, "WEBP", lossless=True)
    uri = f"data:image/webp;base64,{base64.b64encode(data.getvalue()).decode()}"
    return f'<figure><img src="{uri}" alt="{label}"><figcaption>{label}</figcaption></figure>'
