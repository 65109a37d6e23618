"""Boxes, points and quads as text, and back.

Two conventions, both taken from published models:

- "relative": whole thousandths of the picture's width and height in tags, as Qwen-VL writes them:
  `<ref>label</ref><box>(x1,y1),(x2,y2)</box>`, `<point>(x,y)</point>`, `<quad>(x1,y1),(x2,y2),(x3,y3),(x4,y4)</quad>`.
  In a label `&` is written `&amp;` and `<` is written `&lt;`, so that no label can close its own tag.
- "absolute": whole pixels of the picture in the size the model reads it, in JSON, as Qwen2.5-VL writes them:
  `{"bbox_2d": [x1, y1, x2, y2], "label": "label"}`, `"point_2d": [x, y]`, `"quad_2d": [x1, y1, …, x4, y4]`.

A part without a label has no `<ref>` and no `"label"`. Parts hold pixels of the original picture; its right and bottom
edge (x = width, y = height) belong to it.
"""

import json
import re
from typing import Literal

from mini4o.conversation.parts import Box, Point, Quad
from mini4o.errors import ConversationError

Convention = Literal["relative", "absolute"]
Coordinates = Box | Point | Quad
Size = tuple[int, int]

_JSON_KEYS = {"box": "bbox_2d", "point": "point_2d", "quad": "quad_2d"}
_NUMBERS = {"box": 4, "point": 2, "quad": 8}
_THOUSAND = (1000, 1000)

_PAIR = r"\([0-9]{1,4}, ?[0-9]{1,4}\)"
_TAGS = re.compile(
    rf"(?:<ref>(?P<label>[^<]*)</ref>)?<(?P<kind>box|point|quad)>(?P<numbers>{_PAIR}(?:, ?{_PAIR}){{0,3}})</(?P=kind)>"
)
_JSON = re.compile(
    r'\{\s*"(?P<kind>bbox|point|quad)_2d"\s*:\s*\[(?P<numbers>\s*[0-9]{1,6}\s*(?:,\s*[0-9]{1,6}\s*){1,7})\]\s*'
    r'(?:,\s*"label"\s*:\s*(?P<label>"(?:[^"\\\x00-\x1f]|\\.)*")\s*)?\}'
)


def render(part: Coordinates, *, convention: Convention, size: Size, read_size: Size) -> str:
    """A part as text.

    Args:
        part: coordinates in pixels of the original picture.
        convention: how they are written, see the module.
        size: (width, height) of the original picture in pixels.
        read_size: (width, height) of the picture as the model reads it; "relative" does not depend on it.

    Raises:
        ConversationError: coordinates outside the picture, or a box whose right is left of its left.
    """
    values = _values(part)
    if problem := _outside(values, part.type, size):
        raise ConversationError(f"{part.type} {list(values)}: {problem}")
    whole = _scaled(values, size, _THOUSAND if convention == "relative" else read_size)
    numbers = [round(value) for value in whole]
    if convention == "absolute":
        record = {_JSON_KEYS[part.type]: numbers} | ({"label": part.label} if part.label else {})
        return json.dumps(record, ensure_ascii=False)
    pairs = ",".join(f"({x},{y})" for x, y in zip(numbers[::2], numbers[1::2], strict=True))
    escaped = part.label.replace("&", "&amp;").replace("<", "&lt;")
    return (f"<ref>{escaped}</ref>" if escaped else "") + f"<{part.type}>{pairs}</{part.type}>"


def parse(
    text: str, *, convention: Convention, size: Size, read_size: Size, image: int = 1
) -> list[str | Box | Point | Quad]:
    """Text as pieces of text and coordinates, in order. The inverse of `render` up to its rounding.

    Markup that is malformed or lies outside the picture stays text, so this never raises: it reads what models write.

    Args:
        text: what the model wrote.
        convention: how coordinates are written in it.
        size: (width, height) of the original picture in pixels.
        read_size: (width, height) of the picture as the model read it; "relative" does not depend on it.
        image: which `image` part of the conversation the coordinates belong to, counted from 1.
    """
    pieces: list[str | Box | Point | Quad] = []
    done = 0
    for match in (_TAGS if convention == "relative" else _JSON).finditer(text):
        part = _part(match, convention, size, read_size, image)
        if part is None:
            continue
        if match.start() > done:
            pieces.append(text[done : match.start()])
        pieces.append(part)
        done = match.end()
    if done < len(text):
        pieces.append(text[done:])
    return pieces


def _part(match: re.Match[str], convention: Convention, size: Size, read_size: Size, image: int) -> Coordinates | None:
    kind, label = match["kind"].replace("bbox", "box"), match["label"] or ""
    if convention == "relative":
        label = label.replace("&lt;", "<").replace("&amp;", "&")
    elif label:
        try:
            label = json.loads(label)
            label.encode()
        except ValueError:  # an unknown escape, or half of a surrogate pair
            return None
    numbers = [int(number) for number in re.findall("[0-9]+", match["numbers"])]
    written_in = _THOUSAND if convention == "relative" else read_size
    if len(numbers) != _NUMBERS[kind] or _outside(numbers, kind, written_in):
        return None
    values = _scaled(numbers, written_in, size)
    match kind, values:
        case "box", [x1, y1, x2, y2]:
            return Box(box=(x1, y1, x2, y2), label=label, image=image)
        case "point", [x, y]:
            return Point(point=(x, y), label=label, image=image)
        case _, [x1, y1, x2, y2, x3, y3, x4, y4]:
            return Quad(quad=(x1, y1, x2, y2, x3, y3, x4, y4), label=label, image=image)
    return None


def _values(part: Coordinates) -> tuple[float, ...]:
    match part:
        case Box():
            return part.box
        case Point():
            return part.point
        case Quad():
            return part.quad


def _scaled(values: tuple[float, ...] | list[int], old: Size, new: Size) -> list[float]:
    """x, y, x, y … of a picture of one size in pixels of another."""
    return [value * new[axis % 2] / old[axis % 2] for axis, value in enumerate(values)]


def _outside(values: tuple[float, ...] | list[int], kind: str, size: Size) -> str:
    """What is wrong with coordinates in a picture of (width, height), or an empty string."""
    if not all(0 <= value <= size[axis % 2] for axis, value in enumerate(values)):
        return f"outside the picture of {size[0]}x{size[1]} pixels"
    if kind == "box" and (values[0] > values[2] or values[1] > values[3]):
        return "left, top, right, bottom are expected in this order"
    return ""
