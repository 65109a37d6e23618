"""The page that `mini4o demo` leaves: plain HTML with relative links, made to be read on a phone too."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from mini4o.errors import Mini4oError

STYLE = """
:root { color-scheme: light dark; --ink: #222; --faint: #767676; --rule: #ddd; --paper: #fdfdfb; --right: #2a7a3b;
  --wrong: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --faint: #999; --rule: #3a3a3a; --paper: #181818;
  --right: #6cc17e; --wrong: #f2877f; } }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 2.5rem 0 0; padding-top: 1rem;
  border-top: 1px solid var(--rule); }
p { max-width: 42rem; } .faint, figcaption { color: var(--faint); }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 1.5rem 1rem; }
figure { margin: 0; min-width: 0; font-size: .85rem; } figure.some { grid-column: span 2; }
figure.many { grid-column: 1 / -1; }
@media (max-width: 23rem) { figure.some { grid-column: 1 / -1; } }
.pictures { display: flex; flex-wrap: wrap; gap: .5rem; margin-bottom: .4rem; }
.pictures div { color: var(--faint); font-size: .75rem; }
.pictures img { display: block; width: 6rem; height: 6rem; object-fit: contain; image-rendering: pixelated;
  border: 1px solid var(--rule); }
.said { color: var(--ink); font-size: .95rem; } .right { color: var(--right); } .wrong { color: var(--wrong); }
code { display: block; margin-top: .2rem; font: .75rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere;
  user-select: all; }
.plot { max-width: 100%; height: auto; border: 1px solid var(--rule); background: #fff; }
"""


@dataclass(frozen=True)
class Shown:
    """A picture by its path from the page, and the word under it."""

    path: str
    label: str = ""


@dataclass(frozen=True)
class Entry:
    """One thing the model was asked for: its pictures, what was said, how it came out, and the command for it.

    notes: lines as they came, each with whether it is right (None where there is no right and wrong).
    """

    pictures: Sequence[Shown]
    prompt: str
    notes: Sequence[tuple[str, bool | None]]
    seed: int
    command: str

    @property
    def judged(self) -> list[bool]:
        return [right for _, right in self.notes if right is not None]


@dataclass(frozen=True)
class Section:
    """A heading, a line on what is judged and how, and entries."""

    title: str
    about: str
    entries: Sequence[Entry]

    def count(self) -> str:
        """`11 of 12`, of what is judged."""
        judged = [right for entry in self.entries for right in entry.judged]
        return f"{sum(judged)} of {len(judged)}"


def page(title: str, intro: Sequence[str], sections: Sequence[Section], plots: Sequence[Shown]) -> str:
    """The whole page as HTML."""
    body = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(line)}</p>" for line in intro)]
    counts = "; ".join(f"{section.title.lower()}: {section.count()}" for section in sections)
    body.append(f"<p><b>{escape(counts[:1].upper() + counts[1:])}.</b></p>")
    for section in sections:
        figures = "\n".join(map(_figure, section.entries))
        body.append(f"<h2>{escape(section.title)}: {section.count()}</h2>\n<p class=faint>{escape(section.about)}</p>")
        body.append(f"<div class=grid>\n{figures}\n</div>")
    if plots:
        body.append("<h2>How it learnt</h2>")
    for plot in plots:
        caption = f"<figcaption>{escape(plot.label)}</figcaption>"
        body.append(
            f'<figure><p><img class=plot src="{escape(plot.path)}" alt="{escape(plot.label)}"></p>{caption}</figure>'
        )
    content = "\n".join(body)
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
        f'<div><img src="{escape(shown.path)}" alt="{escape(shown.label or entry.prompt)}" loading=lazy>'
        f"{escape(shown.label)}</div>"
        for shown in entry.pictures
    )
    notes = "".join(
        f'<div class="said{"" if right is None else " right" if right else " wrong"}">{escape(note)}</div>'
        for note, right in entry.notes
    )
    wide = "" if len(entry.pictures) == 1 else " class=some" if len(entry.pictures) <= 3 else " class=many"
    return (
        f"<figure{wide}><div class=pictures>{pictures}</div><figcaption><div class=said>{escape(entry.prompt)}</div>"
        f"{notes}seed {entry.seed}<code>{escape(entry.command)}</code></figcaption></figure>"
    )
