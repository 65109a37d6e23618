"""What a page is, and pages as one HTML file that needs no other: style, pictures and drawings are inside."""

from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Literal

import PIL.Image
import torch

from mini4o.conversation.layout import Position
from mini4o.data import pages_sample
from mini4o.data.pages_sample import image_url, sample_html
from mini4o.data.sample import Sample

Kind = Literal["text", "control", "image", "query"]


@dataclass(frozen=True)
class Token:
    """One token of a page.

    label: the id that it predicts, or None where it carries no loss; `label_text` is that id's text.
    learnt: whether the model learns to write it, so whether the token before it predicts it.
    document: of a pack, counted from 0; span: of its document, -1 for an ordinary token.
    """

    id: int
    text: str
    kind: Kind
    position: Position
    label: int | None
    label_text: str | None
    learnt: bool
    document: int
    span: int


@dataclass(frozen=True)
class Picture:
    """A picture of a page: one that is read from a token on, or the target of a drawing that begins there."""

    kind: Literal["read", "target"]
    token: int
    picture: PIL.Image.Image
    note: str


@dataclass(frozen=True)
class Page:
    """What there is to see of a document, or of a pack of documents side by side.

    visible: (tokens, tokens) of bool, row i may attend to column j.
    documents: the names of the documents.
    branches: for every drawing the renderings that guidance compares, as pages of their own.
    sample: what the document was made of, to be shown before it.
    """

    title: str
    tokens: list[Token]
    visible: torch.Tensor
    documents: list[str]
    pictures: list[Picture] = field(default_factory=list)
    branches: list["Page"] = field(default_factory=list)
    sample: Sample | None = None


THUMBNAIL = 72  # pixels a side at most
GRID, SMALL_GRID = 620, 150  # pixels of a visibility picture without its margin, at most
CELL = (1, 11)  # pixels of one of its cells, at least and at most
LABELLED = 8  # the smallest cell, in pixels, beside which a token's text is legible

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; color: #16181d; background: #fff;
       margin: 0 auto; padding: 14px; max-width: 1000px; }
h1 { font-size: 22px; margin: 4px 0; } h2 { font-size: 20px; margin: 28px 0 4px; }
h3 { font-size: 15px; margin: 20px 0 6px; }
p { margin: 4px 0 10px; } .note { background: #fff6d6; padding: 8px 10px; border-radius: 6px; }
.small { color: #5b6270; font-size: 13px; }
.turn { display: flex; flex-wrap: wrap; gap: 4px; align-items: flex-start; margin: 0 0 8px; padding-left: 8px;
        border-left: 3px solid #d6dae2; }
.document { margin: 10px 0 4px; font-weight: 600; }
.t { display: inline-block; border: 1px solid #e3e6ec; border-radius: 5px; padding: 2px 6px; background: #f4f5f8;
     color: #9aa1ae; font: 13px/1.35 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre; }
.t small { display: block; font-size: 10.5px; color: #8a91a0; }
.next, .t .next { color: #0a6b3d; }
.t.control { color: #a99bd0; } .t.image { color: #6d97a8; background: #e9f4f8; border-color: #cfe5ee; }
.t.span { background: #fdf0e1; border-color: #f3d6b3; color: #b9781f; }
.t.learnt { background: #fff; border-color: #16181d; color: #000; font-weight: 600; }
.t.learnt.control { color: #5a2fc2; border-color: #5a2fc2; } .t.learnt.span { color: #b45309; border-color: #b45309; }
.t details summary { cursor: pointer; } .t details[open] { white-space: pre-wrap; }
figure { margin: 0; font-size: 11px; color: #5b6270; max-width: 118px; }
figure img { display: block; image-rendering: pixelated; border: 1px solid #c9ced8; border-radius: 4px; }
figure.target img { border: 2px solid #e08a2b; }
.key { display: inline-block; width: 12px; height: 12px; margin: 0 4px 0 12px; vertical-align: -1px;
       border: 1px solid #aaa; }
svg { max-width: 100%; height: auto; }
.branch { border: 1px solid #dfe3ea; border-radius: 8px; padding: 6px 10px; margin: 8px 0; }
.branch > summary { font-weight: 600; cursor: pointer; margin-bottom: 6px; }
.beside { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 8px 16px; } .beside > div { flex: 1 1 420px; }
"""

# Colours of a cell: who looks at what.
ORDINARY, READS, OWN, HIDDEN, OTHER = "#5b8bd6", "#f0b26b", "#d9771a", "#f9dede", "#eef0f4"
BARS = {"text": "#b9c0cc", "control": "#8f7cc4", "image": "#58a5c2", "query": "#d9771a"}
TEXT = ("text", "control")  # tokens that are shown one by one


def html(pages: list[Page], title: str, note: str = "") -> str:
    """One HTML document of several pages."""
    head = f"<p class=note>{escape(note)}</p>" if note else ""
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}{pages_sample.STYLE}</style></head><body><h1>{escape(title)}</h1>{head}{_legend()}"
        + "".join(_page(page) for page in pages)
        + "</body></html>\n"
    )


def _legend() -> str:
    return (
        "<p class=small>A box is a token: its text, its id, and after @ its position (one number, or time·row·column "
        "in a picture). <span class='t learnt'>black</span> is text that the model learns to write, "
        "<span class=t>grey</span> carries no loss; <span class='t control'>purple</span> is a control token, "
        "<span class='t image'>blue</span> a picture that is read, <span class='t span'>orange</span> one that is "
        "drawn; a dark frame means learnt. <span class=next>→</span> is what a token is trained to predict. "
        "The token after a drawing takes the position at which the drawing began.</p>"
    )


def _page(page: Page) -> str:
    branches = "".join(
        f"<details class=branch open><summary>{escape(branch.title)}</summary>"
        f"<div class=beside><div>{_chips(branch)}</div>{_grid(branch, SMALL_GRID)}</div></details>"
        for branch in page.branches
    )
    if branches:
        branches = (
            "<p class=small>What guidance compares a drawing with: another rendering each, "
            "never a mask. <i>full</i> is the conversation up to the drawing, <i>no_text</i> its sources alone, "
            f"<i>none</i> neither.</p>{branches}"
        )
    alone = page.sample is None  # else the reader of a gallery asks for the rest
    sample = "" if page.sample is None else sample_html(page.sample)
    return (
        f"<section><h2>{escape(page.title)}</h2>{sample}{_part('What the model gets', _chips(page), opened=True)}"
        f"{_part('Who sees whom', _grid_key(page) + _grid(page, GRID), alone)}"
        f"{branches and _part('Guidance branches', branches, alone)}</section>"
    )


def _part(title: str, content: str, opened: bool) -> str:
    """A part of a page that can be folded away."""
    return f"<details class=more{' open' * opened}><summary>{title}</summary>{content}</details>"


def _chips(page: Page) -> str:
    """The tokens as boxes, a block for each turn; a run of pads is one box."""
    pictures = {picture.token: picture for picture in page.pictures}
    out: list[str] = []
    document, i = -1, 0
    # Pads of one picture or drawing stand together; every other token is a run of its own.
    for _, group in groupby(enumerate(page.tokens), lambda at: (at[1].kind, at[0] if at[1].kind in TEXT else -1)):
        run = [token for _, token in group]
        token = run[0]
        if token.document != document or token.text == "<|im_start|>":
            out.append("</div>" if out else "")
            if token.document != document and page.documents[token.document]:
                out.append(f"<div class=document>{escape(page.documents[token.document])}</div>")
            out.append("<div class=turn>")
            document = token.document
        if i in pictures:
            picture = pictures[i]
            out.append(f"<figure class={picture.kind}>{_thumbnail(picture.picture)}{escape(picture.note)}</figure>")
        out.append(_chip(run))
        i += len(run)
    return "".join(out) + "</div>"


def _chip(run: list[Token]) -> str:
    token = run[0]
    kind = "span" if token.span >= 0 else token.kind
    learnt = " learnt" if token.learnt else ""
    text = escape(shown(token.text))
    below = f"<small>{token.id} @ {_position(token)}</small>"
    if len(run) > 1:
        text = f"{text} ×{len(run)}"
        every = ", ".join(_position(each) for each in run)
        first = f"{token.id} @ {_position(token)} … {_position(run[-1])}"
        below = f"<small><details><summary>{first}</summary>{every}</details></small>"
    after = run[-1].label_text
    if after is not None:
        below += f"<small class=next>→ {escape(shown(after))}</small>"
    return f"<span class='t {kind}{learnt}'>{text}{below}</span>"


def _position(token: Token) -> str:
    return str(token.position[0]) if len(set(token.position)) == 1 else "·".join(map(str, token.position))


def shown(text: str) -> str:
    """Text with its white space made visible; a part of a character shows as U+FFFD."""
    return text.replace("\r", "␍").replace("\n", "⏎").replace("\t", "⇥").replace(" ", "␣")


def _thumbnail(picture: PIL.Image.Image) -> str:
    """An `img` of THUMBNAIL pixels on the longer side, which the browser scales pixel by pixel."""
    small = picture.copy()
    small.thumbnail((4 * THUMBNAIL, 4 * THUMBNAIL))
    scale = THUMBNAIL / max(small.size)
    width, height = (max(1, round(side * scale)) for side in small.size)
    return f'<img width={width} height={height} alt="" src="{image_url(small)}">'


def _grid_key(page: Page) -> str:
    keys = [(ORDINARY, "what an ordinary token sees")]
    if any(token.span >= 0 for token in page.tokens):
        keys += [(READS, "a drawing sees what stands before it"), (OWN, "and itself")]
        keys += [(HIDDEN, "hidden: nothing else sees a drawing")]
    if len(page.documents) > 1:
        keys.append((OTHER, "hidden: another document"))
    boxes = "".join(f"<span class=key style='background:{colour}'></span>{text}" for colour, text in keys)
    return f"<p class=small>A row is a token that looks, a column a token that is seen.{boxes}</p>"


def _grid(page: Page, most: int) -> str:
    """Who sees whom as an SVG: rows of coloured runs; the axes name tokens, or turns where tokens are too small."""
    count = len(page.tokens)
    cell = min(CELL[1], max(CELL[0], most / count))
    labelled = cell >= LABELLED and most == GRID
    margin = 150 if labelled else 80
    side = margin + cell * count
    font = max(8.0, min(10.0, cell))
    out = [
        f'<svg viewBox="0 0 {side:.0f} {side:.0f}" width="{side:.0f}" height="{side:.0f}" role="img" fill="#444" '
        f'shape-rendering="crispEdges" font-family="DejaVu Sans Mono, monospace" font-size="{font:.1f}">'
    ]
    sees = page.visible.tolist()
    for row, token in enumerate(page.tokens):
        y, x, seen = margin + row * cell, float(margin), sum(sees[row])
        out.append(f"<g><title>token {row}, {escape(shown(token.text))}, sees {seen} tokens</title>")
        for colour, cells in groupby(_colour(page, row, column, sees[row][column]) for column in range(row + 1)):
            width = len(list(cells)) * cell
            out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{cell + 0.4:.1f}" fill="{colour}"/>')
            x += width
        out.append("</g>")
    if labelled:
        lines = [margin + i * cell for i in range(count + 1)]
        path = "".join(f"M{margin} {at:.1f}H{side:.1f}M{at:.1f} {margin}V{side:.1f}" for at in lines)
        out.append(f'<path d="{path}" stroke="#fff" stroke-width=".7" fill="none"/>')
    for start, end, kind, name in _axis(page, labelled):
        at, length, colour = margin + start * cell, (end - start) * cell, BARS[kind]
        out.append(f'<rect x="{margin - 6}" y="{at:.1f}" width="4" height="{length:.1f}" fill="{colour}"/>')
        out.append(f'<rect x="{at:.1f}" y="{margin - 6}" width="{length:.1f}" height="4" fill="{colour}"/>')
        if labelled or length >= 9:
            middle, text = at + length / 2, escape(name)
            out.append(f'<text x="{margin - 10}" y="{middle:.1f}" text-anchor="end" dy=".35em">{text}</text>')
            out.append(f'<text transform="translate({middle:.1f} {margin - 10}) rotate(-90)" dy=".35em">{text}</text>')
    return "".join(out) + "</svg>"


def _colour(page: Page, row: int, column: int, visible: bool) -> str:
    looks, seen = page.tokens[row], page.tokens[column]
    if not visible:
        return HIDDEN if looks.document == seen.document else OTHER
    if looks.span < 0:
        return ORDINARY
    return READS if seen.span < 0 else OWN


def _axis(page: Page, single: bool) -> list[tuple[int, int, str, str]]:
    """(start, end, kind, name) of what an axis names: `single` tokens by their text, else turns, pictures, drawings."""
    out: list[tuple[int, int, str, str]] = []
    role = ""
    for i, token in enumerate(page.tokens):
        if token.text == "<|im_start|>" and i + 1 < len(page.tokens):
            role = page.tokens[i + 1].text
        kind, name = ("image", "picture") if token.kind == "image" else ("text", role)
        if single:
            kind, name = token.kind, shown(token.text)
        elif token.span >= 0:
            kind, name = "query", "drawing"
        if out and not single and out[-1][2:] == (kind, name):
            out[-1] = (out[-1][0], i + 1, kind, name)
        else:
            out.append((i, i + 1, kind, name))
    return out
