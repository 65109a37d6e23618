"""The tour: the page stands alone, its commands make what it shows, and bad results stay on it."""

import base64
import io
import re
import shlex
from html import unescape
from itertools import islice
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from adapted import same, trained
from mini4o import Mini4o, Wish
from mini4o.cli import tour, tour_asked
from mini4o.cli.gallery import Section
from mini4o.storybook.splits import split_of


def pixels(image: Path | PIL.Image.Image | io.BytesIO) -> np.ndarray:
    return np.asarray(image if isinstance(image, PIL.Image.Image) else PIL.Image.open(image))


def test_the_page_stands_alone_and_its_commands_make_it(
    cli, tiny: Mini4o, tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    two = list(islice(tour_asked.drawings(), 2))  # the others are looked for longer, and are the same to the tour
    monkeypatch.setattr(tour_asked, "drawings", lambda: iter(two))
    result = cli("demo", "-o", "tour", "--model", tiny_folder)
    assert result.code == 0, result.err
    assert result.out.splitlines()[-1] == "look at tour/index.html"
    shown = Path("tour/index.html").read_text("utf-8")
    body = shown.partition("</style>")[2]
    assert "<script" not in shown and "<link" not in shown and "url(" not in shown
    sources = re.findall(r'src="([^"]+)"', shown)
    assert sources and all(source.startswith("data:image/png;base64,") for source in sources)
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]+)"', shown))
    pictures = [pixels(io.BytesIO(base64.b64decode(source.partition(",")[2]))) for source in sources]
    codes = [unescape(code) for code in re.findall(r"<code>(.+?)</code>", body)]
    assert len(codes) == 2 * (1 + len(tour_asked.QUESTIONS)) + len(two) + 2 + 2

    words = [shlex.split(code) for code in codes if code.startswith("mini4o")]
    ask, draw, edit = (next(each for each in words if each[1] == verb) for verb in ("ask", "draw", "edit"))
    assert f"<div class=said>{cli(*ask[1:], '--json').json['text'].split()[0][:3]}" in unescape(body)
    assert cli(*draw[1:]).code == 0
    drawn = pixels(Path(draw[draw.index("-o") + 1]))
    assert any(np.array_equal(drawn, picture) for picture in pictures)
    assert cli(*edit[1:]).code == 0
    for number in range(1, 6):
        round_ = pixels(Path("edited-en") / f"{number}.png")
        assert any(np.array_equal(round_, picture) for picture in pictures), number
    line = next(code for code in codes if code.startswith("model.chat"))
    reply = eval(line, {"model": tiny, "Wish": Wish})
    assert unescape(body).count(reply.think[:3])

    assert f"{sum(p.numel() for p in tiny.model.net.parameters()):,} parameters" in shown
    assert "from_pretrained(&quot;this/folder&quot;)" in shown
    for title in ("in English", "in Chinese", "Six drawings", "Think, then draw"):
        assert title in shown
    assert len(re.findall(r"<div class=prompt>\d\. ", shown)) == 10
    assert re.search(r'<li class="wrong">', shown)  # what a model of random weights draws


def test_a_tour_is_never_overwritten_silently(refused, cli, tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    assert "--overwrite" in refused("demo", "-o", tmp_path, "--model", tiny_folder)
    assert (tmp_path / "index.html").read_text() == "mine"


def test_what_is_asked_is_held_out_and_always_the_same() -> None:
    items = [tour_asked.page("zh"), tour_asked.chain("en"), tour_asked.thought("en")]
    for item in items:
        assert {split_of(scene.facts) for scene in item.scenes} == {"test"}
    assert len(tour_asked.words(items[1])) == tour_asked.ROUNDS
    drawings = list(tour_asked.drawings())
    assert [item.facts["category"] for item, _ in drawings] == list(tour_asked.CATEGORIES)
    assert [language for _, language in drawings] == ["en", "zh"] * 3


def test_questions_are_about_the_page_and_have_its_answers() -> None:
    for language in tour_asked.LANGUAGES:
        scene = tour_asked.page(language).scenes[0]
        found = tour_asked.questions(scene, language)
        assert found == tour_asked.questions(scene, language)
        assert len(found) == len(tour_asked.QUESTIONS)
        assert all(question.text and question.answers for question in found)


def test_true_pictures_are_right_and_copies_are_not(tiny: Mini4o, tmp_path: Path, monkeypatch) -> None:
    """A model that draws what the world draws has all facts right; one that hands back its input has edits undone."""
    monkeypatch.setattr(tour_asked, "drawings", lambda: iter([(tour_asked.thought("en"), "en")]))
    guide = tour.Guide(tiny, "tiny", tmp_path, tmp_path, None)
    item = tour_asked.thought("en")
    own = next(part.image for part in item.conversation[-1].content if part.type == "image")
    monkeypatch.setattr(tiny, "draw", lambda *_, **__: own, raising=False)
    [entry] = guide._drawn().entries
    assert entry.notes and all(note.right for note in entry.notes)
    monkeypatch.setattr(tiny, "edit", lambda picture, texts, **_: [picture] * len(texts), raising=False)
    rounds = guide._edited("en").entries[1:]
    assert len(rounds) == tour_asked.ROUNDS
    assert [note.text for note in rounds[0].notes] == ["not done, the rest kept"]
    assert rounds[0].notes[0].right is False


def test_adapters_are_stacked_and_named_in_the_commands(
    cli, tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guides = []

    def sections(self: tour.Guide) -> list[Section]:
        guides.append(self)
        return []

    monkeypatch.setattr(tour.Guide, "sections", sections)
    net = Mini4o.from_pretrained(tiny_folder)
    trained(net.model.net)
    net.save_adapter(tmp_path / "own")
    result = cli("demo", "-o", tmp_path / "tour", "--model", tiny_folder, "--adapter", tmp_path / "own")
    assert result.code == 0, result.err
    assert f"A tour of {tiny_folder} with {tmp_path / 'own'}" in (tmp_path / "tour" / "index.html").read_text("utf-8")
    [guide] = guides
    assert same(guide.model.model.net.state_dict(), net.model.net.state_dict())
    words = shlex.split(guide._command("draw", "A cat.", seed=1))
    assert words[words.index("--adapter") + 1] == str(tmp_path / "own")
