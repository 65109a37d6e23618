"""The pages that `mini4o demo` and `mini4o digits` leave: plain HTML without scripts, to be read on a phone too."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mini4o.errors import Mini4oError

if TYPE_CHECKING:
    pass

STYLE = """
:root { color-scheme: light dark; --ink: #23201d; --faint: #6f6963; --rule: #e2ddd5; --paper: #fbfaf6; --card: #fff;
  --link: #2b62b5; --right: #2a7a3b; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4dfd8; --faint: #a39c93; --rule: #3a3733; --paper: #1a1917;
  --card: #242220; --link: #8fb6f2; --right: #6cc17e; --wrong: #f2877f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; -webkit-text-size-adjust: 100%; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.5rem 0 .25rem; padding-top: 1rem;
  border-top: 1px solid var(--rule); }
p { max-width: 44rem; margin: .5rem 0; } .faint { color: var(--faint); font-size: .9rem; } a { color: var(--link); }
nav { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1.2rem 0; }
nav a { display: flex; justify-content: space-between; gap: .8rem; align-items: center; min-height: 2.75rem;
  padding: .3rem .9rem; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem;
  text-decoration: none; } nav b { color: var(--ink); white-space: nowrap; font-variant-numeric: tabular-nums; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem; margin: 1rem 0;
  align-items: start; }
.grid.large { grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); }
figure { margin: 0; min-width: 0; padding: .75rem; background: var(--card); border: 1px solid var(--rule);
  border-radius: .5rem; }
figure.some { grid-column: span 2; } figure.many { grid-column: 1 / -1; }
.pictures { display: flex; flex-wrap: wrap; gap: .5rem; margin-bottom: .6rem; }
.pictures div { color: var(--faint); font-size: .8rem; }
img { display: block; width: 6rem; height: 6rem; object-fit: contain; image-rendering: pixelated;
  border-radius: .2rem; }
.grid.columns { display: block; columns: 17rem; column-gap: 1rem; }
.columns figure { break-inside: avoid; margin-bottom: 1rem; }
.large .pictures div, .columns .pictures div { width: 100%; }
.large img, .columns img { width: 100%; height: auto; max-height: 20rem; }
.prompt { font-weight: 600; } .said { margin: .3rem 0; padding-left: .6rem; border-left: 3px solid var(--rule);
  white-space: pre-line; overflow-wrap: anywhere; }
ul { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: .4rem 0; padding: 0; font-size: .9rem; }
li { display: flex; overflow-wrap: anywhere; min-width: 0; } li::before { content: "–"; flex: none; width: 1.2rem; }
.right { color: var(--right); } .right::before { content: "✓"; } .wrong { color: var(--wrong); }
.wrong::before { content: "✗"; } .details { font-size: .8rem; } .details li { color: var(--faint); }
.again { margin-top: .5rem; font-size: .8rem; color: var(--faint); }
code { display: block; margin-top: .2rem; padding: .6rem .7rem; background: var(--paper); border: 1px solid var(--rule);
  border-radius: .4rem; color: var(--ink); font: .75rem/1.5 ui-monospace, Menlo, Consolas, monospace;
  overflow-wrap: anywhere; user-select: all; -webkit-user-select: all; }
summary { display: flex; align-items: center; min-height: 2.75rem; cursor: pointer; color: var(--link); }
summary::before { content: "▸"; width: 1.3rem; } [open] summary::before { content: "▾"; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: .8rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
.plot { width: auto; max-width: 100%; height: auto; background: #fff; image-rendering: auto; }
@media (max-width: 40rem) { body { padding: .8rem; } nav a { width: 100%; } .grid.large { grid-template-columns: 1fr; }
  .grid.columns { columns: 1; }
  figure.some { grid-column: 1 / -1; } }
"""


@dataclass(frozen=True)
class Shown:
    """A picture by its path from the page, or as a data URI, and the word under it."""

    source: str
    label: str = ""


@dataclass(frozen=True)
class Note:
    """A line on how it came out, and whether that is right; None if nobody can tell."""

    text: str
    right: bool | None = None


@dataclass(frozen=True)
class Entry:
    """One thing the model was asked for.

    Attributes:
        pictures: those that it was shown, and those that it drew.
        prompt: what it was asked.
        notes: how it came out, as it came; these are counted.
        seed: of what it did.
        command: makes it again; empty if another one does.
        said: what it answered or thought, in words.
        details: lines that are not counted.
    """

    pictures: Sequence[Shown]
    prompt: str
    notes: Sequence[Note]
    seed: int = 0
    command: str = ""
    said: str = ""
    details: Sequence[Note] = ()


@dataclass(frozen=True)
class Section:
    """A heading, a line on what is judged and how, and entries.

    Attributes:
        layout: pictures "small", or as wide as their column: "large" in rows, or in "columns" one below the other.
        seed, command: of all entries together, if they have no commands of their own.
    """

    title: str
    about: str
    entries: Sequence[Entry]
    layout: Literal["small", "large", "columns"] = "small"
    seed: int = 0
    command: str = ""

    def count(self) -> str:
        """`11 of 12`, of what is judged, and how many cannot be."""
        notes = [note.right for entry in self.entries for note in entry.notes]
        open_ = f", {notes.count(None)} open" if None in notes else ""
        return f"{notes.count(True)} of {len(notes) - notes.count(None)}{open_}"


def page(title: str, intro: Sequence[str], sections: Sequence[Section], plots: Sequence[Shown], card: str = "") -> str:
    """The whole page as HTML.

    Args:
        title: its heading.
        intro: what is said at its top.
        sections: what it shows.
        plots: pictures of how the model learnt.
        card: the model card, which the top links to.
    """
    body = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(line)}</p>" for line in intro)]
    links = [
        f'<a href="#part-{number}">{escape(section.title)} <b>{section.count()}</b></a>'
        for number, section in enumerate(sections, start=1)
    ]
    links += ['<a href="#card">The model card: data, compute, scores, limits</a>'] if card else []
    body.append(f"<nav>{''.join(links)}</nav>")
    for number, section in enumerate(sections, start=1):
        figures = "\n".join(map(_figure, section.entries))
        body.append(f'<h2 id="part-{number}">{escape(section.title)}: {section.count()}</h2>')
        body.append(f"<p class=faint>{escape(section.about)}</p>")
        body.append(f'<div class="grid {section.layout}">\n{figures}\n</div>')
        body.append(_again(section.seed, section.command))
    if plots:
        body.append("<h2>How it learnt</h2>")
    for plot in plots:
        picture = f'<img class=plot src="{escape(plot.source)}" alt="{escape(plot.label)}">'
        body.append(f"<p>{picture}</p><p class=faint>{escape(plot.label)}</p>")
    if card:
        body.append("<h2 id=card>The model card</h2>\n<details open><summary>README.md of its folder</summary>")
        body.append(f"<pre>{escape(card)}</pre></details>")
    content = "\n".join(filter(None, body))
    return (
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
        '<meta name=viewport content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n{content}\n</html>\n"
    )


def write_page(path: Path, content: str) -> None:
    """Write the page whole or not at all."""
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(content, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise Mini4oError(f"{path}: could not be written ({error.strerror or error}); free some space") from None
    finally:
        aside.unlink(missing_ok=True)


def _figure(entry: Entry) -> str:
    pictures = "".join(
        f'<div><img src="{escape(shown.source)}" alt="{escape(shown.label or entry.prompt)}">'
        f"{escape(shown.label)}</div>"
        for shown in entry.pictures
    )
    parts = [
        f"<div class=pictures>{pictures}</div>" if pictures else "",
        f"<div class=prompt>{escape(entry.prompt)}</div>",
        f"<div class=said>{escape(entry.said)}</div>" if entry.said else "",
        _lines(entry.notes),
        _lines(entry.details, " class=details"),
        _again(entry.seed, entry.command),
    ]
    wide = "" if len(entry.pictures) <= 1 else " class=some" if len(entry.pictures) <= 3 else " class=many"
    return f"<figure{wide}>{''.join(parts)}</figure>"


def _lines(notes: Sequence[Note], style: str = "") -> str:
    marks = {True: "right", False: "wrong", None: "open"}
    lines = "".join(f'<li class="{marks[note.right]}">{escape(note.text)}</li>' for note in notes)
    return f"<ul{style}>{lines}</ul>" if lines else ""


def _again(seed: int, command: str) -> str:
    return f"<div class=again>seed {seed}<code>{escape(command)}</code></div>" if command else ""
