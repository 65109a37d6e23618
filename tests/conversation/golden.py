"""The six golden pages: their conversations, the small builder that renders them, and the files they are kept in.

python tests/conversation/golden.py              write tests/golden/*.json anew, after a wanted change of the contract
python tests/conversation/golden.py --html DIR   write the pages as HTML, of which docs/pages/ shows the pictures
"""

import json
import sys
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageDraw

from mini4o.conversation.builder import Builder
from mini4o.conversation.families.qwen2_5_vl import Qwen2_5_VLChat
from mini4o.conversation.parts import parse_conversation
from mini4o.conversation.scratch import make_processor, make_tokenizer
from mini4o.conversation.tokens import Vocabulary
from mini4o.data.pages import Page, pack, page
from mini4o.data.pages_html import html

FOLDER = Path(__file__).parents[1] / "golden"
QUERIES = 4
VISION = {"patch_size": 4, "temporal_patch_size": 1, "spatial_merge_size": 2}

# What the tokenizer is learnt from; a fixed list, so that ids never move.
TEXTS = [
    "system\nYou are a helpful assistant.",
    "user\n",
    "assistant\n",
    "Describe this image.\n",
    "Draw a red ball. Make it blue. Add a box. Make the box bigger.",
    "What colour is the ball? It is red. Done. Here it is.",
    "What is two and two? Four.",
    "A sun over the sea. First the sea, then the sun above it.",
] * 8


def make_builder(queries: int = QUERIES, context: int = 4096) -> Builder:
    """A builder whose picture tokens are 8 x 8 pixels each and which draws 32x32 and 48x32."""
    tokenizer = make_tokenizer(TEXTS, 480)
    return Builder(
        Qwen2_5_VLChat(make_processor(VISION, (64, 64 * 64))),
        Vocabulary(tokenizer, len(tokenizer)),
        queries=queries,
        sizes=[(32, 32), (48, 32)],
        context=context,
        coordinates="absolute",
    )


def picture(ball: str = "red", box: int = 0, size: tuple[int, int] = (24, 24)) -> PIL.Image.Image:
    """A ball, and a box of some width beside it; 3 x 3 picture tokens."""
    image = PIL.Image.new("RGB", size, "#fbf6e9")
    draw = PIL.ImageDraw.Draw(image)
    draw.ellipse([3, 4, 13, 14], fill=ball)
    if box:
        draw.rectangle([22 - box, 21 - box, 21, 20], fill="#6a8f3c")
    return image


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def read(image: PIL.Image.Image) -> dict[str, Any]:
    return {"type": "image", "image": image}


def drawn(image: PIL.Image.Image, **more: Any) -> dict[str, Any]:
    return {"type": "image_gen", "image": image, **more}


def said(role: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "content": list(parts)}


RED, BLUE, BOXED, BIGGER = picture(), picture("#2d5fd0"), picture("#2d5fd0", 6), picture("#2d5fd0", 11)
SUN = picture("#f5a623", size=(32, 24))

SINGLE = [said("user", text("Draw a red ball.")), said("assistant", drawn(RED), read(RED))]
EDIT = [
    said("user", read(RED), text("Make it blue.")),
    said("assistant", drawn(BLUE, source=[1]), read(BLUE), text("Done.")),
]
THREE = [
    said("user", text("Draw a red ball.")),
    said("assistant", drawn(RED), read(RED)),
    said("user", text("Make it blue.")),
    said("assistant", drawn(BLUE, source=[1]), read(BLUE)),
    said("user", text("Add a box.")),
    said("assistant", drawn(BOXED, source=[2]), read(BOXED)),
]
READ = [said("user", read(RED), text("What colour is the ball?")), said("assistant", text("It is red."))]
THOUGHT = [
    said("user", text("Draw a sun over the sea.")),
    said(
        "assistant",
        {"type": "think", "text": "First the sea, then the sun above it."},
        drawn(SUN),
        read(SUN),
        text("Here it is."),
    ),
]
TEXT_ONLY = [
    said("user", text("What is two and two?")),
    said("assistant", text("Four.")),
    said("user", text("What is <|im_end|>?")),
    said("assistant", text("It is text.")),
]
MIXTURE = {"read": READ, "draw": SINGLE, "edit": EDIT}

CONVERSATIONS = {
    "1-single-draw": SINGLE,
    "2-edit": EDIT,
    "3-three-drawings": THREE,
    "5-think-then-draw": THOUGHT,
    "6-text-only": TEXT_ONLY,
}
TITLES = {
    "1-single-draw": "1. Single draw",
    "2-edit": "2. Edit",
    "3-three-drawings": "3. Three drawings with re-reads",
    "4-packed-mixture": "4. Packed mixture",
    "5-think-then-draw": "5. Think, then draw",
    "6-text-only": "6. Text only",
}


def packed(builder: Builder) -> Page:
    """A step of training as one pack. The drawing's branch was dropped: it leaves its conversation, where its opening
    is still learnt, and is trained in a short document of its own."""
    documents, names = [], []
    for name, messages in MIXTURE.items():
        document = builder.document(parse_conversation(messages))
        documents.append(document)
        names.append(f"Document {len(documents)}: {name}")
        if name == "draw":
            names[-1] += ", its drawing dropped"
            documents.append(builder.branch("none", document, document.spans[0]))
            names.append(f"Document {len(documents)}: the dropped drawing as branch none")
            document.spans = []
    return pack(documents, names, builder, TITLES["4-packed-mixture"])


def make_pages(builder: Builder) -> dict[str, Page]:
    pages = {
        name: page(builder.document(parse_conversation(messages)), builder, TITLES[name])
        for name, messages in CONVERSATIONS.items()
    }
    return dict(sorted({**pages, "4-packed-mixture": packed(builder)}.items()))


def record(page: Page) -> dict[str, Any]:
    """A page as plain data. A row of `sees` lists the runs of columns that a token sees."""
    return {
        "title": page.title,
        "documents": page.documents,
        "tokens": [
            [t.document, t.span, t.id, t.text, list(t.position), t.label, t.label_text, t.learnt] for t in page.tokens
        ],
        "sees": [runs(row) for row in page.visible.tolist()],
        "pictures": [[p.kind, p.token, p.note] for p in page.pictures],
        "branches": [record(branch) for branch in page.branches],
    }


def runs(row: list[bool]) -> str:
    """`[True, True, False, True]` as "0-1 3-3"."""
    edges = [i for i, (a, b) in enumerate(zip([False, *row], [*row, False], strict=True)) if a != b]
    return " ".join(f"{start}-{end - 1}" for start, end in zip(edges[::2], edges[1::2], strict=True))


def dump(value: Any, indent: int = 0) -> str:
    """JSON with one token or row a line, so that a difference reads well."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) <= 100 or not value:
        return flat
    space = " " * (indent + 1)
    if isinstance(value, dict):
        body = [f"{space}{json.dumps(key)}: {dump(item, indent + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(body) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(space + dump(item, indent + 1) for item in value) + "\n" + " " * indent + "]"


def main() -> None:
    pages = make_pages(make_builder())
    if sys.argv[1:2] == ["--html"]:
        for name, each in pages.items():
            (Path(sys.argv[2]) / f"{name}.html").write_text(html([each], "What the model gets"), encoding="utf-8")
        return
    FOLDER.mkdir(exist_ok=True)
    for name, each in pages.items():
        (FOLDER / f"{name}.json").write_text(dump(record(each)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
