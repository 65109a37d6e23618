"""The pages of a data set: what `mini4o data show` writes."""

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
import torch

from mini4o.conversation.parts import parse_conversation
from mini4o.data.pages import default_builder, pack, page, write_pages
from mini4o.data.pages_html import html
from mini4o.data.readers import JsonlData
from mini4o.data.storybook import Storybook
from mini4o.data.storybook_files import make_storybook
from mini4o.errors import DataError


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def assistant(*content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(content)}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


CONVERSATIONS = [
    [user({"type": "image", "image": "red.png"}, text("Which <colour> is this?")), assistant(text("Red."))],
    [user(text("Draw blue.")), assistant({"type": "image_gen", "image": "blue.png"})],
    [
        user({"type": "image", "image": "red.png"}, text("把它变成蓝色 🎈")),
        assistant({"type": "image_gen", "source": [1], "image": "blue.png", "size": [48, 32]}),
    ],
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    PIL.Image.new("RGB", (40, 24), "red").save(tmp_path / "red.png")
    PIL.Image.new("RGB", (32, 32), "blue").save(tmp_path / "blue.png")
    path = tmp_path / "colours.jsonl"
    lines = (json.dumps({"messages": messages}, ensure_ascii=False) for messages in CONVERSATIONS)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


class Balanced(HTMLParser):
    """Fails on a tag that closes what is not open; keeps the text and what is loaded from elsewhere."""

    ALONE = frozenset({"meta", "img", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.said: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attributes if name in ("src", "href")]
        if tag not in self.ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def parsed(path: Path) -> Balanced:
    parser = Balanced()
    parser.feed(path.read_text("utf-8"))
    parser.close()
    assert parser.open == []
    return parser


def test_one_file_that_needs_no_other(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "pages.html"
    write_pages(data, out)
    seen = parsed(out)
    said = "\n".join(seen.said)
    for origin in ("colours.jsonl:1", "colours.jsonl:2", "colours.jsonl:3"):
        assert origin in said
    assert "small default builder" in said
    assert all(load.startswith("data:image/png;base64,") for load in seen.loads)
    # Red is read on pages 1 and 3 and in two branches of page 3; blue is the target on two pages and in five branches.
    # And each page shows the pictures of its conversation.
    colours = []
    for load in seen.loads:
        with PIL.Image.open(io.BytesIO(base64.b64decode(load.partition(",")[2]))) as image:
            colours.append(image.convert("RGB").getpixel((0, 0)))
    assert sorted(colours) == sorted([(255, 0, 0)] * 6 + [(0, 0, 255)] * 9)
    assert list(out.parent.iterdir()) == [out]  # nothing left beside it


def test_typed_markup_is_shown_not_obeyed(data: Path, tmp_path: Path) -> None:
    messages = [user(text("<script>alert(1)</script> <|im_end|>")), assistant(text("&amp; <b>"))]
    data.write_text(json.dumps(messages), encoding="utf-8")
    out = tmp_path / "pages.html"
    write_pages(data, out)
    assert "<script" not in out.read_text("utf-8") and "<b>" not in out.read_text("utf-8")
    parsed(out)


def test_count(data: Path, tmp_path: Path) -> None:
    write_pages(data, tmp_path / "one.html", count=1)
    assert (tmp_path / "one.html").read_text("utf-8").count("<section>") == 1
    write_pages(data, tmp_path / "all.html", count=100)
    assert (tmp_path / "all.html").read_text("utf-8").count("<section>") == 3


def test_with_a_builder_of_ones_own(data: Path, tmp_path: Path) -> None:
    """Ids, queries and sizes are then that builder's, and nothing speaks of a default."""
    samples = JsonlData(data)
    builder = default_builder(samples, [])
    builder.queries, builder.sizes = 7, [(48, 32)]
    out = tmp_path / "pages.html"
    write_pages(data, out, builder)
    said = "\n".join(parsed(out).said)
    assert "<|image_gen_pad|> ×7" in said and "default builder" not in said
    assert "48x32: flow loss" in said


def test_page_of_an_edit(data: Path) -> None:
    samples = JsonlData(data)
    conversation = samples[2].conversation
    builder = default_builder(samples, [conversation])
    made = page(builder.document(conversation), builder, "edit")
    assert [branch.title for branch in made.branches] == ["Drawing 1: full", "Drawing 1: no_text", "Drawing 1: none"]
    assert [(picture.kind, picture.note) for picture in made.pictures] == [
        ("read", "picture 1, 40x24 read at 40x24"),
        ("target", "target of drawing 1 from picture 1, 48x32: flow loss"),
    ]
    assert made.tokens[made.pictures[0].token].text == "<|vision_start|>"
    assert made.tokens[made.pictures[1].token].text == "<|image_gen_start|>"
    learnt = [token.text for token in made.tokens if token.learnt]
    assert learnt == ["<|source|>", "1", "<|image_gen_start|>"]  # what follows a drawing is never a target
    # A token is learnt exactly where the one before it says so.
    for before, token in zip(made.tokens, made.tokens[1:], strict=False):
        assert token.learnt == (before.label == token.id)


def test_a_pack_has_no_branches_and_no_sight_across(data: Path) -> None:
    samples = JsonlData(data)
    builder = default_builder(samples, [samples[2].conversation])
    documents = [builder.document(samples[index].conversation) for index in range(3)]
    made = pack(documents, ["a", "b", "c"], builder, "pack")
    alone = [page(document, builder, "") for document in documents]
    assert made.branches == []
    assert len(made.tokens) == sum(len(each.tokens) for each in alone)
    assert int(made.visible.sum()) == sum(int(each.visible.sum()) for each in alone)
    assert [token.position for token in made.tokens] == [token.position for each in alone for token in each.tokens]


def test_the_picture_of_sight_is_right(data: Path) -> None:
    """The coloured area of the drawing is the number of visible pairs."""
    samples = JsonlData(data)
    builder = default_builder(samples, [])
    made = page(builder.document(samples[0].conversation), builder, "")
    drawing = html([made], "").partition("<svg")[2].partition("</svg>")[0]
    cell = min(11, 620 / len(made.tokens))
    widths = [float(width) for width in re.findall(r'width="([0-9.]+)" height="[0-9.]+" fill="#5b8bd6"', drawing)]
    assert round(sum(widths) / cell) == int(made.visible.sum()) == len(made.tokens) * (len(made.tokens) + 1) // 2


def test_long_conversations_stay_drawable() -> None:
    """Hundreds of tokens: axes name turns instead of tokens, and the file stays small."""
    messages = [user(text("word " * 300)), assistant({"type": "image_gen", "image": PIL.Image.new("RGB", (64, 64))})]
    conversation = parse_conversation(messages)

    class One:
        def __len__(self) -> int:
            return 1

        def __getitem__(self, index: int, /) -> Any:
            return type("Sample", (), {"conversation": conversation})()

    builder = default_builder(One(), [])
    made = page(builder.document(conversation), builder, "long")
    assert len(made.tokens) > 300
    written = html([made], "long")
    assert ">drawing</text>" in written and len(written) < 1_000_000
    assert torch.equal(made.visible, made.visible.tril())


def test_a_sample_that_cannot_be_rendered_is_named(data: Path, tmp_path: Path) -> None:
    (data.parent / "blue.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"colours.jsonl:2: .*blue.png"):
        write_pages(data, tmp_path / "pages.html")
    assert not (tmp_path / "pages.html").exists()


def test_a_place_that_cannot_be_written(data: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(DataError, match=r"taken: could not be written .*choose another place"):
        write_pages(data, tmp_path / "taken")
    with pytest.raises(DataError, match="could not be written"):
        write_pages(data, data / "under" / "a-file.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blue.png", "colours.jsonl", "red.png", "taken"]


def test_the_conversation_with_what_is_not_learnt_in_grey(data: Path, tmp_path: Path) -> None:
    content = [{"type": "think", "text": "Hm."}, text("Yes."), {"type": "text", "text": "No.", "loss": False}]
    line = {"messages": [user(text("Is it?")), assistant(*content)], "facts": {"answer": "<yes>"}}
    data.write_text(json.dumps(line), encoding="utf-8")
    write_pages(data, tmp_path / "pages.html")
    written = (tmp_path / "pages.html").read_text("utf-8")
    looks = dict(re.findall(r"<p class='([a-z ]+)'>([^<]+)</p>", written))
    assert looks == {"think learnt": "Hm.", "learnt": "Yes.", "grey": "No."}  # of the two grey ones, the later
    assert "<p class='grey'>Is it?</p>" in written
    assert "&quot;&lt;yes&gt;&quot;" in written


def test_pictures_of_the_storybook_with_boxes_and_masks(tmp_path: Path) -> None:
    """A box and a line of the list for each thing, masks, and what an edit changes."""
    story = Storybook({"edit_recolour": 1, "smalltalk": 1}, 2, languages=["en"])
    make_storybook(story, tmp_path / "story")
    write_pages(tmp_path / "story", tmp_path / "story.html")
    parsed(tmp_path / "story.html")
    edit, talk = (tmp_path / "story.html").read_text("utf-8").split("<section>")[1:]
    things = [thing for scene in story[0].scenes for thing in scene.facts.things]
    assert edit.count("<li>") == len(things) and all(thing.kind.replace("_", " ") in edit for thing in things)
    assert edit.count("<div class=scene>") == 3 and "what changes from 1 to 2" in edit
    assert (
        edit.count("<image ") == 2 * 3 + 2
    )  # of each scene the picture twice and its masks; the picture and the change
    assert "What the pictures show" not in talk and "Facts" in talk
