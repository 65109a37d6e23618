import base64
import io
from pathlib import Path

import PIL.Image
import pytest

from mini4o.cli.gallery import Entry, Note, Section, Shown, page, write_page
from mini4o.data.pages_sample import image_url
from mini4o.errors import Mini4oError


def test_counts_and_escapes() -> None:
    notes = [Note("yes & no", True), Note("no", False), Note("too small", None)]
    entry = Entry([Shown("a.png")], "<Draw>", notes, 3, "a < b", said="<said>", details=[Note("detail", True)])
    section = Section("Drawings", "about", [entry, entry])
    assert section.count() == "2 of 4, 2 open"
    html = page("title", ["intro"], [section], [])
    assert "Drawings: 2 of 4, 2 open" in html
    assert "&lt;Draw&gt;" in html and "<Draw>" not in html and "<said>" not in html
    marks = [html.count(f'<li class="{name}">') for name in ("right", "wrong", "open")]
    assert marks == [4, 2, 2]  # two of the right ones are details, which are not counted
    assert html.count("seed 3<code>a &lt; b</code>") == 2
    assert "How it learnt" not in html and "card" not in html.partition("</style>")[2]


def test_a_section_with_one_command_for_all() -> None:
    section = Section("Rounds", "about", [Entry([], "1.", [Note("done", True)])], seed=4, command="mini4o edit")
    html = page("title", [], [section], [], card="# Card <b>")
    assert html.count("<code>") == 1 and "seed 4<code>mini4o edit</code>" in html
    assert "# Card &lt;b&gt;" in html and 'href="#card"' in html


def test_an_embedded_picture_is_the_picture(picture) -> None:
    kind, _, data = image_url(picture(3)).partition(",")
    assert kind == "data:image/png;base64"
    assert PIL.Image.open(io.BytesIO(base64.b64decode(data))).tobytes() == picture(3).tobytes()


def test_a_page_that_cannot_be_written_is_named_as_it_was_asked_for(tmp_path: Path, small_files) -> None:
    path = tmp_path / "index.html"
    with small_files(10), pytest.raises(Mini4oError) as caught:
        write_page(path, "x" * 100)
    assert str(caught.value) == f"{path}: could not be written (File too large); free some space"
    assert list(tmp_path.iterdir()) == []
