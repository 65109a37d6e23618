"""Makes the pictures of `docs/storybook.md`: `python docs/storybook/make_pictures.py [FOLDER]`.

Nothing is chosen by hand but the seeds: a sheet shows the first samples of its streams that have the shape it needs.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from mini4o.conversation.parts import Message, Text, Think
from mini4o.storybook import imagine
from mini4o.storybook.backdrop import VERSIONS, paint_backdrop
from mini4o.storybook.compose import SceneError, compose
from mini4o.storybook.dice import Dice
from mini4o.storybook.edits import changed_mask
from mini4o.storybook.kinds import KINDS
from mini4o.storybook.kinds.registry import Kind, Look
from mini4o.storybook.palette import INK, PAINT, PAPER, RGB
from mini4o.storybook.pen import Paint
from mini4o.storybook.render import full_box, labels, render, visible_box
from mini4o.storybook.scene import SCALE, ZONES, Facts, Pose, Relation, Scene, Setting, Thing
from mini4o.storybook.tasks import TASKS
from mini4o.storybook.tasks.base import Item, Request, scene_in

GREY: RGB = (120, 112, 118)
WHITE: RGB = (255, 255, 255)
SEED = 5
FINE = 4  # outlines of the sheet of kinds are painted at so many times their size


class Sheet:
    """A white page on which pictures and words are put."""

    def __init__(self, width: int, height: int) -> None:
        self.image = PIL.Image.new("RGB", (width, height), WHITE)
        self.draw = PIL.ImageDraw.Draw(self.image)

    def put(self, picture: PIL.Image.Image, x: int, y: int) -> None:
        """Pastes a picture with a thin grey frame."""
        self.draw.rectangle((x - 1, y - 1, x + picture.width, y + picture.height), outline=(214, 208, 212))
        self.image.paste(picture, (x, y))

    def say(self, text: str, x: int, y: int, size: int = 13, colour: RGB = INK, width: int | None = None) -> int:
        """Writes text, broken to a width if one is given; the height of what was written."""
        font = PIL.ImageFont.load_default(size)
        lines: list[str] = []
        for paragraph in text.split("\n"):
            line = ""
            for word in paragraph.split(" "):
                longer = f"{line} {word}".strip()
                if line and width is not None and font.getlength(longer) > width:
                    lines.append(line)
                    longer = word
                line = longer
            lines.append(line)
        step = round(1.3 * size)
        for row, line in enumerate(lines):
            self.draw.text((x, y + row * step), line, font=font, fill=colour)
        return len(lines) * step

    def save(self, path: Path) -> None:
        """Writes a PNG."""
        self.image.save(path, "PNG", optimize=True)


# ---- kinds and settings


def kinds(path: Path) -> None:
    """Every kind in every state, a row or two a family; what faces somewhere faces right."""
    columns, wide, high, unit, margin = 12, 104, 128, 1.9, 92
    rows: list[tuple[str, list[tuple[Kind, str | None]]]] = []
    families: dict[str, None] = dict.fromkeys(kind.family for kind in KINDS.values())
    for family in families:
        each = [(kind, state) for kind in KINDS.values() if kind.family == family for state in kind.states or (None,)]
        for start in range(0, len(each), columns):
            rows.append(("" if start else family, each[start : start + columns]))
    sheet = Sheet(margin + columns * wide, len(rows) * high)
    for row, (family, shown) in enumerate(rows):
        base = row * high + 98
        sheet.say(family, 8, base - 12, 16)
        for column, (kind, state) in enumerate(shown):
            colour = kind.colours[(3 * column + row) % len(kind.colours)] if kind.colours else None
            look = Look(state, "A4"[: kind.text] if kind.text else None, column % kind.variants)
            _draw(
                sheet,
                kind,
                look,
                INK if colour is None else PAINT[colour],
                margin + column * wide + wide // 2,
                base,
                unit,
            )
            told = kind.name.replace("_", " ") + (f", {state}" if state else "")
            length = PIL.ImageFont.load_default(12).getlength(told)
            sheet.say(told, round(margin + column * wide + (wide - length) / 2), base + 6, 12, GREY)
    sheet.save(path)


def _draw(sheet: Sheet, kind: Kind, look: Look, colour: RGB, x: int, base: int, unit: float) -> None:
    """One kind on the white page, the middle of its base at (x, base)."""
    left, bottom, right, top = kind.extent(look)
    unit = min(unit, 100 / (right - left), 94 / (top - bottom))
    tile = PIL.Image.new("RGB", (104 * FINE, 100 * FINE), WHITE)
    draw = PIL.ImageDraw.Draw(tile)
    middle = 52 - unit * (left + right) / 2
    for shape in kind.shapes(look):
        fill = shape.fill.on(colour) if isinstance(shape.fill, Paint) else shape.fill
        draw.polygon(
            [(FINE * (middle + unit * u), FINE * (98 - unit * (v - bottom))) for u, v in shape.points.tolist()],
            fill=fill,
        )
    sheet.image.paste(tile.reduce(FINE), (x - 52, base - 98))


def sizes(path: Path) -> None:
    """Every kind small, medium and large on a page of 64 pixels, enlarged twice: a tile is as high as a square page."""
    columns, width, high, gap = 5, 225.0, 128 + 22, 6
    wide = round(1.28 * width) + gap
    sheet = Sheet(columns * wide + gap, -(-len(KINDS) // columns) * high + gap)
    for number, kind in enumerate(KINDS.values()):
        picture = render(_three_sizes(kind, width), 64)
        x, y = gap + number % columns * wide, gap + number // columns * high
        sheet.put(picture.resize((2 * picture.width, 2 * picture.height), PIL.Image.Resampling.NEAREST), x, y)
        sheet.say(kind.name.replace("_", " "), x + 2, y + 129, 12, GREY)
    sheet.save(path)


def _three_sizes(kind: Kind, width: float) -> Scene:
    """One kind in its three sizes side by side, evenly over the page."""
    look = Look(kind.states[0] if kind.states else None, "A4"[: kind.text] or None, 0)
    said = {"kind": kind.name, "colour": next(iter(kind.colours), None), "state": look.state, "text": look.text}
    things = [Thing(**said, size=size, facing="right" if kind.faces else None) for size in SCALE]
    left, bottom, right, _ = kind.extent(look)
    space = (width - sum(SCALE.values()) * (right - left)) / (len(SCALE) + 1)
    poses: list[Pose] = []
    x = space
    for scale in SCALE.values():
        poses.append(Pose(x=x - scale * left, y=6 - scale * min(bottom, 0)))
        x += scale * (right - left) + space
    place = "beach" if set(kind.where) & set(ZONES["beach"]) else "bedroom"
    setting = Setting(place=place, weather="clear" if place == "beach" else None)
    return Scene(facts=Facts(setting=setting, things=tuple(things)), poses=tuple(poses), width=width)


def settings(path: Path) -> None:
    """Every setting: places and times down, seasons and weathers across; indoors all versions of the backdrop."""
    side, gap, margin, top = 120, 4, 104, 24
    every = imagine.all_settings()
    seasonal = [each for each in every if each.season is not None]
    heads = list(dict.fromkeys(f"{each.season}, {each.weather}" for each in seasonal))
    rows: list[tuple[str, list[tuple[Setting, int, str]]]] = []
    for place, time in dict.fromkeys((each.place, each.time) for each in seasonal):
        rows.append(
            (f"{place}\n{time}", [(each, 0, "") for each in seasonal if (each.place, each.time) == (place, time)])
        )
    for place in ("beach", "lake"):
        outside = [(each, 0, f"{each.time}, {each.weather}") for each in every if each.place == place]
        outside += [(outside[0][0], version, f"backdrop {version + 1}") for version in range(1, VERSIONS)]
        rows.append((place, outside))
    for place in ("bedroom", "kitchen"):
        inside = [each for each in every if each.place == place]
        told = [
            (each, version, f"{each.time}, backdrop {version + 1}") for version in range(VERSIONS) for each in inside
        ]
        rows.append((place, told))
    below = [any(text for _, _, text in shown) for _, shown in rows]
    sheet = Sheet(margin + len(heads) * (side + gap), top + sum(side + gap + (18 if each else 0) for each in below))
    for column, head in enumerate(heads):
        sheet.say(head, margin + column * (side + gap) + 2, 4, 12, GREY)
    y = top
    for (name, shown), lower in zip(rows, below, strict=True):
        sheet.say(name, 8, y + side // 2 - 16, 15)
        for column, (setting, version, text) in enumerate(shown):
            x = margin + column * (side + gap)
            sheet.put(paint_backdrop(setting, version, 4 * side, 4 * side).reduce(4), x, y)
            sheet.say(text, x + 2, y + side + 2, 12, GREY)
        y += side + gap + (18 if lower else 0)
    sheet.save(path)


# ---- scenes


def scenes(number: int, stream: str) -> Iterator[Scene]:
    """The first scenes of a stream, as they come."""
    for index in range(number):
        yield scene_in("train", Dice(SEED, stream, index), size=(100.0, 100.0))


def small_scenes(path: Path) -> None:
    """24 scenes at 64 pixels, every pixel twice as large and unsmoothed."""
    side, columns, gap = 128, 8, 8
    sheet = Sheet(columns * (side + gap) + gap, 3 * (side + gap) + gap)
    for index, scene in enumerate(scenes(24, "docs/small")):
        row, column = divmod(index, columns)
        picture = render(scene, 64).resize((side, side), PIL.Image.Resampling.NEAREST)
        sheet.put(picture, gap + column * (side + gap), gap + row * (side + gap))
    sheet.save(path)


def large_scenes(path: Path) -> None:
    """Six scenes at 512 pixels."""
    sheet = Sheet(3 * 520 + 8, 2 * 520 + 8)
    for index, scene in enumerate(scenes(6, "docs/large")):
        row, column = divmod(index, 3)
        sheet.put(render(scene, 512), 8 + column * 520, 8 + row * 520)
    sheet.save(path)


def shapes(path: Path) -> None:
    """The same facts on pages of five shapes."""
    facts = Facts(
        setting=Setting(place="lake", weather="clear"),
        things=(
            Thing(kind="girl", colour="red", state="happy"),
            Thing(kind="kite", colour="yellow", size="small"),
            Thing(kind="boat", colour="blue", facing="left"),
            Thing(kind="dog", colour="brown", facing="left", state="awake"),
        ),
        relations=(Relation(name="holding", a=0, b=1), Relation(name="right of", a=3, b=0)),
    )
    gap, x = 8, 8
    pages = ((100.0, 100.0, 190), (500 / 3, 100.0, 190), (100.0, 500 / 3, 132), (400.0, 100.0, 110), (100.0, 400.0, 55))
    sheet = Sheet(1191, 236)
    for width, height, short in pages:
        picture = render(_composed(facts, f"docs/{width:.0f}x{height:.0f}", width, height), short)
        sheet.put(picture, x, gap)
        x += picture.width + gap
    sheet.save(path)


def _composed(facts: Facts, stream: str, width: float = 100.0, height: float = 100.0) -> Scene:
    """The first page of a stream on which the facts fit."""
    for index in range(99):
        try:
            return compose(facts, Dice(SEED, stream, index), width, height)
        except SceneError:
            continue
    return compose(facts, Dice(SEED, stream, 99), width, height)


def truth(path: Path) -> None:
    """What a scene gives besides its pixels: instance masks, full and visible boxes, depth order."""
    facts = Facts(
        setting=Setting(place="garden", season="spring", weather="clear"),
        things=(
            Thing(kind="house", colour="yellow", state="open"),
            Thing(kind="tree", colour="green", state="leafy", size="small"),
            Thing(kind="king", colour="purple", state="happy"),
            Thing(kind="balloon", colour="red", size="small"),
            Thing(kind="cat", colour="orange", facing="left", state="awake"),
        ),
        relations=(Relation(name="holding", a=2, b=3), Relation(name="in front of", a=2, b=0)),
    )
    side, gap = 300, 8
    scene = _composed(facts, "docs/truth")
    shown = labels(scene, side)
    tints = np.asarray(
        [(236, 232, 234), *(PAINT[name] for name in ("yellow", "green", "purple", "red", "orange"))], np.uint8
    )
    boxes = PIL.Image.blend(render(scene, side), PIL.Image.new("RGB", (side, side), PAPER), 0.55)
    draw = PIL.ImageDraw.Draw(boxes)
    for index in range(len(facts.things)):
        colour: RGB = (int(tints[index + 1][0]), int(tints[index + 1][1]), int(tints[index + 1][2]))
        seen = visible_box(shown, index)
        if seen is not None:
            draw.rectangle((seen[0], seen[1], seen[2] - 1, seen[3] - 1), outline=colour, width=3)
        draw.rectangle(full_box(scene, index, side), outline=INK)
    nearness = np.zeros(len(facts.things) + 1, np.uint8)
    nearness[0] = 250
    for place, index in enumerate(scene.order):
        nearness[index + 1] = 215 - 185 * place // (len(facts.things) - 1)
    pictures = (
        ("the picture", render(scene, side)),
        ("instance masks", PIL.Image.fromarray(tints[shown])),
        ("boxes: visible, and whole (thin)", boxes),
        ("depth order, the nearest dark", PIL.Image.fromarray(nearness[shown]).convert("RGB")),
    )
    sheet = Sheet(4 * (side + gap) + gap, side + 2 * gap + 22)
    for column, (name, picture) in enumerate(pictures):
        x = gap + column * (side + gap)
        sheet.put(picture, x, gap)
        sheet.say(name, x, side + 12, 14, GREY)
    sheet.save(path)


# ---- tasks


def items(task: str, fits: Callable[[Item], bool], size: int = 128) -> Iterator[Item]:
    """The samples of a task in English whose pictures are square and that fit."""
    for index in count():
        item = TASKS[task](Request("train", "en", SEED, index, size))
        if all(scene.width == scene.height for scene in item.scenes) and fits(item):
            yield item


def words(message: Message) -> str:
    """The text of a message; a thought in brackets."""
    if isinstance(message.content, str):
        return message.content
    said = [f"({part.text})" for part in message.content if isinstance(part, Think)]
    return " ".join([*said, *(part.text for part in message.content if isinstance(part, Text))])


def tasks(path: Path) -> None:
    """One sample of each task with one picture."""
    names = [
        name
        for name in TASKS
        if name.startswith(("caption", "ask", "draw")) or name in ("think_then_draw", "reconstruct")
    ]
    side, columns, gap, room = 190, 7, 10, 168
    sheet = Sheet(columns * (side + gap) + gap, -(-len(names) // columns) * (side + room))
    for number, name in enumerate(names):
        row, column = divmod(number, columns)
        x, y = gap + column * (side + gap), row * (side + room)
        thinks = name == "think_then_draw"
        item = next(items(name, lambda item: len(words(item.conversation[-1])) < 280 and _fitting(item), side))
        asks, answers = words(item.conversation[0]), words(item.conversation[-1])
        sheet.say(name, x, y + 6, 14)
        sheet.put(render(item.scenes[0], side), x, y + 26)
        height = sheet.say(asks, x, y + side + 31, 11, GREY, side)
        if answers:
            sheet.say(answers, x, y + side + 33 + height, 11 if not thinks else 10, INK, side)
    sheet.save(path)


def _fitting(item: Item) -> bool:
    """Whether there is room for the words: no thought before a letter."""
    return item.facts["task"] != "ask_choice" or not _thinks(item)


def edits(path: Path) -> None:
    """One sample of each edit: before, after, and the mask of what changes."""
    names = [name for name in TASKS if name.startswith("edit_")]
    side, columns, gap, line = 128, 3, 6, 24
    wide, high = 3 * (side + gap) + 14, side + line + gap
    sheet = Sheet(columns * wide + gap, -(-len(names) // columns) * high)
    for number, name in enumerate(names):
        row, column = divmod(number, columns)
        x, y = gap + column * wide, row * high
        item = next(items(name, lambda item: len(words(item.conversation[0])) < 54))
        before, after = item.scenes
        mask = changed_mask(before, after, side)
        told = PIL.Image.fromarray(np.where(mask, 70, 240).astype(np.uint8)).convert("RGB")
        sheet.say(f"{name[5:]}:  {words(item.conversation[0])}", x, y + 5, 13)
        for place, picture in enumerate((render(before, side), render(after, side), told)):
            sheet.put(picture, x + place * (side + gap), y + line)
    sheet.save(path)


def rounds(path: Path) -> None:
    """One conversation of several edits: over each picture what was asked for, under it the picture it starts from."""

    def fits(item: Item) -> bool:
        referring = {each["reference"] for each in item.facts["rounds"]}
        return referring >= {"pronoun", "undo", "restore"} and len(item.scenes) == 7 and len(item.scenes[0].poses) > 2

    item = next(items("rounds", fits, 168))
    side, gap = 168, 8
    sheet = Sheet(len(item.scenes) * (side + gap) + gap, side + 112)
    asked = [""] + [words(item.conversation[each["message"] - 1]) for each in item.facts["rounds"]]
    sources = [0] + [each["source"][0] for each in item.facts["rounds"]]
    for number, scene in enumerate(item.scenes):
        x = gap + number * (side + gap)
        sheet.say(asked[number], x, 6, 13, INK, side)
        sheet.put(render(scene, side), x, 82)
        below = f"picture {number + 1}" + (f", from {sources[number]}" if number else ", given")
        sheet.say(below, x, side + 88, 13, GREY)
    sheet.save(path)


def pairs(path: Path) -> None:
    """Three times spot the difference, and two requests with two pictures in and one out."""
    side, gap, high = 150, 8, 236

    def plain(skeleton: str) -> Callable[[Item], bool]:
        return lambda item: item.facts["skeleton"] == skeleton and not _thinks(item)

    rows = (
        [next(items("spot_difference", plain(f"difference/{what}"), side)) for what in ("what", "which", "same")],
        [next(items("several", plain(skeleton), side)) for skeleton in ("into_at", "coloured")],
    )
    sheet = Sheet(6 * (side + gap) + 5 * gap, 2 * high - 16)
    for row, shown in enumerate(rows):
        x, y = gap, row * high
        for item in shown:
            wide = len(item.scenes) * (side + gap) - gap
            sheet.say(f"{item.facts['task']}:  {words(item.conversation[0])}", x, y + 5, 12, INK, wide)
            sheet.say(words(item.conversation[1]), x, y + side + 46, 12, GREY)
            for scene in item.scenes:
                sheet.put(render(scene, side), x, y + 42)
                x += side + gap
            x += gap
    sheet.save(path)


def _thinks(item: Item) -> bool:
    """Whether the answer has a thought."""
    content = item.conversation[-1].content
    return not isinstance(content, str) and any(isinstance(part, Think) for part in content)


SHEETS: Sequence[Callable[[Path], None]]
SHEETS = (kinds, sizes, settings, small_scenes, large_scenes, shapes, truth, tasks, edits, rounds, pairs)


def main() -> None:
    """All sheets, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--only", action="append", choices=[sheet.__name__ for sheet in SHEETS])
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for sheet in SHEETS:
        if asked.only is None or sheet.__name__ in asked.only:
            sheet(asked.folder / f"{sheet.__name__}.png")


if __name__ == "__main__":
    main()
