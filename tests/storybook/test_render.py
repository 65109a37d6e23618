"""Scenes as pixels: pure, the same at every size, and masks, boxes and depth order that say what is seen."""

import numpy as np
import pytest
from probes import BALL, BOX, CAT, GIRL, HOUSE, KITCHEN, PAGES, facts_of, scene_of, scenes

from mini4o.storybook import render as render_module
from mini4o.storybook.backdrop import paint_backdrop
from mini4o.storybook.palette import PAINT
from mini4o.storybook.render import full_box, labels, mask, page_size, render, visible_box
from mini4o.storybook.scene import Pose, Scene, Thing

BUS = Thing(kind="bus", colour="red", facing="right")
STREET = facts_of(BUS, CAT, HOUSE)


def pixels(scene: Scene, short: int = 64) -> np.ndarray:
    return np.asarray(render(scene, short), dtype=np.int16)


def test_the_same_scene_gives_the_same_bytes() -> None:
    """Again, after other scenes, with nothing cached, and from a copy of the values."""
    chosen = scenes(12)
    first = [render(scene).tobytes() for scene in chosen]
    assert [render(scene).tobytes() for scene in reversed(chosen)] == first[::-1]
    assert len(set(first)) == len(first)
    for cached in (render_module._backdrop, render_module._packed):
        cached.cache_clear()
    assert [render(Scene.model_validate(scene.model_dump())).tobytes() for scene in chosen] == first


def test_a_picture_without_things_is_its_backdrop() -> None:
    scene = Scene(facts=facts_of(), poses=(), backdrop=2)
    render(Scene(facts=facts_of(CAT), poses=(Pose(x=50, y=10),), backdrop=2))  # leaves no cat behind
    fine = paint_backdrop(scene.facts.setting, 2, 192, 192)
    assert render(scene).tobytes() == fine.reduce(3).tobytes()
    assert not labels(scene).any()
    render(scene).putpixel((0, 0), (1, 2, 3))  # what one does to a picture is not seen in the next
    assert render(scene).tobytes() == fine.reduce(3).tobytes()


@pytest.mark.parametrize("short", [32, 33, 48, 64, 100, 127, 256, 512])
@pytest.mark.parametrize(
    "page", [*PAGES, (400.0, 100.0), (100.0, 400.0), (100.0, 133.3)], ids=lambda page: f"{page[0]:.0f}x{page[1]:.0f}"
)
def test_any_size_and_aspect(short: int, page: tuple[float, float]) -> None:
    width, height = page
    scene = scene_of(facts_of(CAT, BALL), (30, 10), (70, 12), width=width, height=height)
    size = (round(width * short / 100), round(height * short / 100))
    assert page_size(scene, short) == size and min(size) == short
    image = render(scene, short)
    assert image.mode == "RGB" and image.size == size
    shown = labels(scene, short)
    assert shown.dtype == np.uint8 and shown.shape == (size[1], size[0])
    assert set(np.unique(shown)) == {0, 1, 2}
    whole = mask(scene, 0, short)
    assert whole.dtype == np.bool_ and whole.shape == shown.shape


@pytest.mark.parametrize("short", [48, 64, 128, 512])
def test_the_same_picture_at_every_size(short: int) -> None:
    """Averaged down to 16 pixels, pictures of all sizes are alike; small ones have slightly bolder outlines."""
    for scene in scenes(6)[::3]:
        small, other = (render(scene, each).reduce(each // 16) for each in (32, short))
        differing = np.abs(np.asarray(small, dtype=np.int16) - np.asarray(other, dtype=np.int16))
        assert differing.mean() < 4 and differing.max() < 60


# ---- masks


def test_alone_the_mask_is_what_is_shown() -> None:
    for scene in scenes(30):
        for index, thing in enumerate(scene.facts.things):
            if index not in {bond.carried for bond in scene.facts.bonds}:
                alone = Scene(
                    facts=facts_of(thing, where=scene.facts.setting),
                    poses=(scene.poses[index],),
                    width=scene.width,
                    height=scene.height,
                )
                assert np.array_equal(mask(scene, index), labels(alone) == 1)


def test_nearer_things_hide_those_behind() -> None:
    """Whole masks laid over each other from back to front are the labels."""
    for scene in scenes(40):
        laid = np.zeros(page_size(scene, 64)[::-1], dtype=np.uint8)
        for index in sorted(range(len(scene.poses)), key=lambda index: (scene.poses[index].depth, index)):
            laid[mask(scene, index)] = index + 1
        assert np.array_equal(laid, labels(scene))


def test_depth_decides_what_is_seen() -> None:
    facts = facts_of(CAT, HOUSE)
    poses = Pose(x=50, y=10, depth=1), Pose(x=50, y=10, depth=2)
    hidden, seen = Scene(facts=facts, poses=poses), Scene(facts=facts, poses=poses[::-1])
    assert not (labels(hidden) == 1).any() and (labels(seen) == 1).any()
    assert visible_box(labels(hidden), 0) is None
    assert mask(hidden, 0).sum() == mask(seen, 0).sum() > 0
    covered = labels(seen) == 1
    assert (pixels(hidden) != pixels(seen)).any(axis=2)[covered].mean() > 0.5


def test_masks_agree_between_sizes() -> None:
    """A pixel well within a thing in one of 128 is the thing's in one of 64, one well outside is not; so are areas."""
    for scene in scenes(30)[::3]:
        small, large = labels(scene, 64), labels(scene, 128)
        for index in range(len(scene.facts.things)):
            coarse = small == index + 1
            fine = (large == index + 1).reshape(64, 2, 64, 2).mean(axis=(1, 3))
            about = [np.roll(fine, (row, column), axis=(0, 1)) for row in (-1, 0, 1) for column in (-1, 0, 1)]
            assert coarse[np.min(about, axis=0) == 1].all() and not coarse[np.max(about, axis=0) == 0].any()
            if coarse.sum() > 40:
                assert coarse.sum() == pytest.approx(fine.sum(), rel=0.2), scene.facts.things[index].kind


def test_masks_are_where_pixels_change() -> None:
    """A thing in another colour changes pixels of its mask, and at most the one next to its edge."""
    for colour in ("blue", "white"):
        facts = facts_of(Thing(kind="bus", colour=colour, facing="right"), CAT, HOUSE)
        places = ((35.0, 8.0), (70.0, 15.0), (45.0, 30.0))
        before, after = scene_of(STREET, *places), scene_of(facts, *places)
        changed = (pixels(before) != pixels(after)).any(axis=2)
        bus = labels(before) == 1
        near = np.zeros_like(bus)
        for row in (-1, 0, 1):
            for column in (-1, 0, 1):
                near |= np.roll(bus, (row, column), axis=(0, 1))
        assert not (changed & ~near).any()
        assert (changed & bus).sum() > 0.4 * bus.sum()


# ---- boxes


def test_what_is_visible_is_within_the_full_box() -> None:
    for scene in scenes(60):
        shown = labels(scene)
        width, height = page_size(scene, 64)
        for index in range(len(scene.facts.things)):
            left, top, right, bottom = full_box(scene, index)
            assert 0 <= left < right <= width + 0.5 and 0 <= top < bottom <= height + 0.5
            seen = visible_box(shown, index)
            assert seen is not None
            assert left - 1 <= seen[0] < seen[2] <= right + 1 and top - 1 <= seen[1] < seen[3] <= bottom + 1
            whole = visible_box(mask(scene, index).astype(np.uint8), 0)
            assert whole is not None
            assert np.abs(np.subtract(whole, (left, top, right, bottom))).max() <= 1.5  # and it is tight


def test_boxes_end_at_the_page() -> None:
    scene = scene_of(facts_of(HOUSE), (0, 5))
    left, top, right, bottom = full_box(scene, 0, 100)
    assert left == 0 and right == pytest.approx(scene.box(0)[2]) and 0 < top < bottom <= 100
    shown = labels(scene, 100)
    box = visible_box(shown, 0)
    assert box is not None and box[0] == 0 and abs(box[2] - right) <= 1
    below = scene_of(facts_of(CAT), (50, -20))
    assert full_box(below, 0, 100)[3] == 100


# ---- pages, turns and colours


def test_on_a_wide_page_things_keep_their_shape() -> None:
    square = scene_of(facts_of(BUS), (40, 10))
    for width, height in ((250.0, 100.0), (400.0, 100.0)):
        wide = scene_of(facts_of(BUS), (40, 10), width=width, height=height)
        assert np.array_equal(mask(wide, 0)[:, :64], mask(square, 0)) and not mask(wide, 0)[:, 64:].any()
    tall = scene_of(facts_of(BUS), (40, 10), width=100, height=250)
    assert np.array_equal(mask(tall, 0)[-64:], mask(square, 0))
    one, other = (scene_of(facts_of(BUS), (x, 10), width=400) for x in (50, 350))
    assert np.array_equal(np.roll(mask(one, 0), 192, axis=1), mask(other, 0))  # the same at both ends


def test_turned_things_are_mirrored() -> None:
    left = Thing(kind="bus", colour="red", facing="left")
    one, other = (mask(scene_of(facts_of(thing), (50, 10)), 0, 128) for thing in (BUS, left))
    flipped = other[:, ::-1]
    assert not np.array_equal(one, other)
    assert (one & flipped).sum() / (one | flipped).sum() > 0.95


def test_paints_are_seen_as_they_are() -> None:
    for colour in ("red", "yellow", "blue"):
        ball = Thing(kind="ball", colour=colour, size="large")
        scene = scene_of(facts_of(ball, where=KITCHEN), (50, 10))
        body = pixels(scene, 128)[mask(scene, 0, 128)]
        assert (np.abs(body - PAINT[colour]).max(axis=1) <= 2).mean() > 0.3


def test_sizes_are_seen() -> None:
    areas = [
        mask(scene_of(facts_of(Thing(kind="box", colour="red", size=size)), (50, 5)), 0).sum()
        for size in ("small", "medium", "large")
    ]
    assert areas[1] > 1.7 * areas[0] and areas[2] > 1.7 * areas[1]


def test_what_is_inside_is_hidden_below_and_what_is_held_is_seen() -> None:
    facts = facts_of(
        BOX, BALL, GIRL, Thing(kind="balloon", colour="red"), related=[("inside", 1, 0), ("holding", 2, 3)]
    )
    poses = (
        Pose(x=30, y=10, depth=990),
        Pose(x=30, y=24, depth=989.99),
        Pose(x=60, y=10, depth=990),
        Pose(x=75.5, y=29, depth=990.01),
    )
    scene = Scene(facts=facts, poses=poses)
    shown = labels(scene)
    hidden = 1 - (shown == 2).sum() / mask(scene, 1).sum()
    assert 0.2 < hidden < 0.9
    assert (shown == 4).sum() == mask(scene, 3).sum()
