"""A sample as people read it: its conversation, what its pictures show (boxes and masks), its facts. Pieces of HTML."""

import base64
import io
import json
from collections.abc import Sequence
from html import escape
from itertools import pairwise

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from mini4o.conversation.images import load_image
from mini4o.conversation.parts import Conversation, Image, ImageGen, Message, Part, Role, Text, Think, trained
from mini4o.data.sample import Sample
from mini4o.storybook.edits import changed_mask
from mini4o.storybook.render import full_box, labels, visible_box
from mini4o.storybook.scene import Scene, Setting, Thing

SPOKEN = 150  # pixels of the longer side of a picture in the conversation
SHOWN = 240  # of one with boxes or masks
TAG = 11  # of the height of a number beside a box
# Of the things of a scene, one after another: far from each other, and legible on light and dark.
TINTS = ("#e6194b", "#2f6fde", "#008f6b", "#8a2be2", "#d9600a", "#d02fc0", "#7a4a12", "#0090b0")

STYLE = """
.said { border-left: 4px solid #d6dae2; padding: 4px 10px; margin: 6px 0; overflow-wrap: anywhere; }
.said.assistant { border-color: #16181d; } .said > small { color: #5b6270; font-weight: 600; display: block; }
.said p { margin: 2px 0; white-space: pre-wrap; } .said p.grey { color: #9aa1ae; } .said p.think { font-style: italic; }
.said figure, .scene figure { display: inline-block; max-width: 47%; margin: 4px 8px 4px 0; vertical-align: top; }
.said img { max-width: 100%; height: auto; } .said .drawn img { border: 2px solid #e08a2b; }
.scene { margin: 8px 0 14px; } .scene svg { display: block; border: 1px solid #c9ced8; border-radius: 4px; }
.scene image { image-rendering: pixelated; }
.things { padding: 0; margin: 4px 0; list-style: none; font-size: 14px; columns: 18em; }
.things i { display: inline-block; min-width: 1.6em; margin-right: 6px; text-align: center; color: #fff;
            border-radius: 3px; font: 600 12px/1.5 system-ui, sans-serif; }
.more > summary { font-size: 15px; font-weight: 600; margin: 16px 0 6px; cursor: pointer; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12.5px; background: #f4f5f8; padding: 8px;
      border-radius: 6px; }
"""


def sample_html(sample: Sample) -> str:
    """All of it: conversation, pictures with what is known of them, facts."""
    said = "".join(_message(message) for message in sample.conversation)
    facts = ""
    if sample.facts:
        text = json.dumps(dict(sample.facts), ensure_ascii=False, indent=1)
        facts = f"<details class=more><summary>Facts</summary><pre>{escape(text)}</pre></details>"
    return said + _scenes(sample) + facts


def image_url(picture: PIL.Image.Image) -> str:
    """A picture as a `data:` URI."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _message(message: Message) -> str:
    parts = ""
    for before, part in pairwise((None, *message.content)):
        if _again(before, part):
            parts += "<figure>and read again</figure>"
        elif isinstance(part, Image | ImageGen):
            parts += _picture(part)
        elif part is not None:
            parts += _text(message.role, part)
    return f"<div class='said {message.role}'><small>{message.role}</small>{parts}</div>"


def _again(before: Part | None, part: Part | None) -> bool:
    """Whether a part only reads again what the part before it drew."""
    return isinstance(before, ImageGen) and isinstance(part, Image) and part.image == before.image


def _text(role: Role, part: Part) -> str:
    """Text, a thought or coordinates; grey is what is not learnt."""
    think = "think" if isinstance(part, Think) else ""
    look = f"{think} learnt" if trained(role, part) else f"{think} grey"
    if isinstance(part, Text | Think):
        text = part.text
    else:
        values = part.model_dump(exclude={"type", "loss"}, exclude_defaults=True)
        text = f"{part.type} {json.dumps(values, ensure_ascii=False)}"
    return f"<p class='{look.strip()}'>{escape(text)}</p>"


def _picture(part: Image | ImageGen) -> str:
    drawn = isinstance(part, ImageGen)
    sources = f", from picture {', '.join(map(str, part.source))}" if isinstance(part, ImageGen) and part.source else ""
    if part.image is None:
        return f"<p class=grey>a picture to draw{sources}</p>"
    picture = load_image(part.image)
    note = f"{'drawn' if drawn else 'read'}, {picture.width}x{picture.height}{sources}"
    scale = SPOKEN / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    picture.thumbnail((2 * SPOKEN, 2 * SPOKEN))
    image = f'<img width={width} height={height} alt="" src="{image_url(picture)}">'
    return f"<figure class={'drawn' if drawn else 'read'}>{image}{note}</figure>"


def _scenes(sample: Sample) -> str:
    """Each scene over its picture, as boxes and as masks; and of an edit what it changes."""
    if not sample.scenes:
        return ""
    pictures = _pictures(sample.conversation)
    out = ["<h3>What the pictures show</h3>"]
    for number, (scene, picture) in enumerate(zip(sample.scenes, pictures, strict=False), start=1):
        shown = labels(scene, min(picture.size))
        boxes = "".join(_box(scene, shown, index) for index in range(len(scene.facts.things)))
        things = "".join(_thing(thing, shown, index) for index, thing in enumerate(scene.facts.things))
        out.append(
            f"<div class=scene>{_over(picture, shown, boxes, f'{number}: {_setting(scene.facts.setting)}')}"
            f"{_over(picture, shown, _layer(_tinted(shown)), 'masks')}<ul class=things>{things}</ul></div>"
        )
    out += _change(sample.facts.get("mask"), sample.scenes, pictures)
    return "".join(out)


def _pictures(conversation: Conversation) -> list[PIL.Image.Image]:
    """The pictures that scenes belong to: all but those that read again what was drawn just before."""
    sources = []
    for message in conversation:
        for before, part in pairwise((None, *message.content)):
            if isinstance(part, Image | ImageGen) and part.image is not None and not _again(before, part):
                sources.append(part.image)
    return [load_image(source) for source in sources]


def _change(pair: object, scenes: Sequence[Scene], pictures: Sequence[PIL.Image.Image]) -> list[str]:
    """What changes between two of the scenes, over the picture after the change; nothing if `pair` names none."""
    known = range(min(len(scenes), len(pictures)))
    if not (isinstance(pair, list | tuple) and len(pair) == 2 and all(each in known for each in pair)):
        return []
    first, second = pair
    changes = changed_mask(scenes[first], scenes[second], min(pictures[second].size))
    layer = np.zeros((*changes.shape, 4), np.uint8)
    layer[changes] = (230, 25, 75, 150)
    note = f"what changes from {first + 1} to {second + 1}"
    return [f"<div class=scene>{_over(pictures[second], changes, _layer(layer), note)}</div>"]


def _over(picture: PIL.Image.Image, shown: NDArray[np.generic], layers: str, note: str) -> str:
    """A picture as an SVG in the pixels of `shown`, `(height, width)`, with something drawn over it."""
    height, width = shown.shape
    scale = _scale(shown)
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" width="{width * scale:.0f}" height="{height * scale:.0f}">'
        f'<image width="{width}" height="{height}" preserveAspectRatio="none" href="{image_url(picture)}"/>'
        f"{layers}</svg>{escape(note)}</figure>"
    )


def _scale(shown: NDArray[np.generic]) -> float:
    return float(SHOWN / max(shown.shape))


def _layer(pixels: NDArray[np.uint8]) -> str:
    height, width, _ = pixels.shape
    return f'<image width="{width}" height="{height}" href="{image_url(PIL.Image.fromarray(pixels, "RGBA"))}"/>'


def _tinted(shown: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The things in their tints, half transparent, on a veil that makes the backdrop pale."""
    colours = np.full((int(shown.max()) + 1, 4), (255, 255, 255, 170), np.uint8)
    for index in range(1, len(colours)):
        tint = TINTS[(index - 1) % len(TINTS)]
        colours[index] = (*bytes.fromhex(tint[1:]), 165)
    return colours[shown]


def _box(scene: Scene, shown: NDArray[np.uint8], index: int) -> str:
    """The box of what shows of a thing, with its number; dashed that of the whole thing if it is larger."""
    visible = visible_box(shown, index)
    if visible is None:
        return ""
    tint = TINTS[index % len(TINTS)]
    whole = full_box(scene, index, min(shown.shape))
    out = ""
    if max(abs(a - b) for a, b in zip(visible, whole, strict=True)) > 1.5:
        out = _frame(whole, tint, ' stroke-dasharray="3 3"')
    tag = TAG / _scale(shown)
    x, y = visible[0], max(0.0, visible[1] - tag)
    wide = tag * (0.4 + 0.6 * len(str(index + 1)))
    return (
        f"{out}{_frame(visible, tint)}"
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{wide:.2f}" height="{tag:.2f}" fill="{tint}"/>'
        f'<text x="{x + wide / 2:.2f}" y="{y + 0.84 * tag:.2f}" font-size="{0.95 * tag:.2f}" text-anchor="middle" '
        f'font-family="sans-serif" font-weight="600" fill="#fff">{index + 1}</text>'
    )


def _frame(box: tuple[float, float, float, float], tint: str, more: str = "") -> str:
    left, top, right, bottom = box
    rect = (
        f'<rect x="{left:.2f}" y="{top:.2f}" width="{right - left:.2f}" height="{bottom - top:.2f}" fill="none" '
        'vector-effect="non-scaling-stroke"'
    )
    halo = f'{rect} stroke="#fff" stroke-opacity=".6" stroke-width="3"/>'  # for pictures as dark as the tint
    return f'{"" if more else halo}{rect} stroke="{tint}" stroke-width="1.3"{more}/>'


def _thing(thing: Thing, shown: NDArray[np.uint8], index: int) -> str:
    name = " ".join(value for value in (thing.size, thing.colour, thing.kind.replace("_", " ")) if value)
    more = [thing.state, thing.facing and f"facing {thing.facing}", thing.text and f'"{thing.text}"']
    if not (shown == index + 1).any():
        more.append("hidden")
    words = ", ".join([name, *(each for each in more if each)])
    return f"<li><i style='background:{TINTS[index % len(TINTS)]}'>{index + 1}</i>{escape(words)}</li>"


def _setting(setting: Setting) -> str:
    return ", ".join(value for value in (setting.place, setting.time, setting.season, setting.weather) if value)
