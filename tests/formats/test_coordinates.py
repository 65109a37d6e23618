import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mini4o.conversation.parts import Box, Point, Quad
from mini4o.errors import ConversationError
from mini4o.formats.coordinates import Convention, parse, render

SIZE, READ_SIZE = (640, 480), (644, 476)
conventions = st.sampled_from(["relative", "absolute"])
lengths = st.integers(1, 3000)
labels = st.text(max_size=20) | st.lists(
    st.sampled_from(["<ref>", "</ref>", "<box>", "&lt;", "&amp;", "&", '"', "\\", "]}", "\n", "\\u0041", "橋"]),
    max_size=5,
).map("".join)


def values(part: Box | Point | Quad) -> tuple[float, ...]:
    return getattr(part, part.type)  # type: ignore[no-any-return]


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Box | Point | Quad, tuple[int, int], tuple[int, int]]:
    size, read_size = draw(st.tuples(lengths, lengths)), draw(st.tuples(lengths, lengths))

    def numbers(count: int) -> list[float]:
        return [draw(st.floats(0, size[axis % 2])) for axis in range(count)]

    label = draw(labels)
    kind = draw(st.sampled_from(["box", "point", "quad"]))
    if kind == "point":
        return Point(point=tuple(numbers(2)), label=label), size, read_size  # type: ignore[arg-type]
    if kind == "quad":
        return Quad(quad=tuple(numbers(8)), label=label), size, read_size  # type: ignore[arg-type]
    x1, y1, x2, y2 = numbers(4)
    return Box(box=(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)), label=label), size, read_size


@settings(deadline=None)
@given(drawn(), conventions)
def test_what_is_written_reads_back_up_to_rounding(
    case: tuple[Box | Point | Quad, tuple[int, int], tuple[int, int]], convention: Convention
) -> None:
    part, size, read_size = case
    text = render(part, convention=convention, size=size, read_size=read_size)
    (back,) = parse(text, convention=convention, size=size, read_size=read_size)
    assert not isinstance(back, str) and back.type == part.type and back.label == part.label
    grid = (1000, 1000) if convention == "relative" else read_size
    for axis, (was, read) in enumerate(zip(values(part), values(back), strict=True)):
        assert abs(was - read) <= 0.5 * size[axis % 2] / grid[axis % 2] + 1e-6
    assert render(back, convention=convention, size=size, read_size=read_size) == text


plain = st.text(st.characters(exclude_characters="<{", exclude_categories=("Cs",)), min_size=1, max_size=10)


@settings(deadline=None)
@given(st.lists(st.tuples(plain, drawn()), max_size=4), conventions)
def test_text_between_coordinates_stays_as_it_is(
    pairs: list[tuple[str, tuple[Box | Point | Quad, tuple[int, int], tuple[int, int]]]], convention: Convention
) -> None:
    wanted: list[str] = []
    for text, (part, _, _) in pairs:
        whole = part.model_copy(update={part.type: tuple(0.0 for _ in values(part))})
        wanted += [text, render(whole, convention=convention, size=SIZE, read_size=READ_SIZE)]
    pieces = parse("".join(wanted), convention=convention, size=SIZE, read_size=READ_SIZE)
    again = [
        piece if isinstance(piece, str) else render(piece, convention=convention, size=SIZE, read_size=READ_SIZE)
        for piece in pieces
    ]
    assert again == wanted


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(['<ref>', '</ref>', '<box>', '</box>', '(1,2)', '(9999,1)', ',', '{"bbox_2d": [', '1, 2',
                              ']', ', "label": "', '"', '}', '\\', 'a', '\\ud800', '{"point_2d": [1, 2]']), max_size=12)
    .map("".join) | st.text(),
    conventions,
)  # fmt: skip
def test_parsing_never_raises_and_loses_no_text(text: str, convention: Convention) -> None:
    pieces = parse(text, convention=convention, size=SIZE, read_size=READ_SIZE)
    if not any(isinstance(piece, Box | Point | Quad) for piece in pieces):
        assert pieces == ([text] if text else [])


def test_the_two_conventions_to_the_letter() -> None:
    box = Box(box=(64, 48, 320, 480), label='a "red" <hat> & 帽子')
    quad = Quad(quad=(0, 0, 640, 0, 640, 480, 0, 480))
    relative = {"convention": "relative", "size": SIZE, "read_size": READ_SIZE}
    absolute = {"convention": "absolute", "size": SIZE, "read_size": (320, 240)}
    assert render(box, **relative) == '<ref>a "red" &lt;hat> &amp; 帽子</ref><box>(100,100),(500,1000)</box>'
    assert render(Point(point=(320, 120)), **relative) == "<point>(500,250)</point>"
    assert render(quad, **relative) == "<quad>(0,0),(1000,0),(1000,1000),(0,1000)</quad>"
    assert render(box, **absolute) == '{"bbox_2d": [32, 24, 160, 240], "label": "a \\"red\\" <hat> & 帽子"}'
    assert render(Point(point=(320, 120)), **absolute) == '{"point_2d": [160, 60]}'
    assert render(quad, **absolute) == '{"quad_2d": [0, 0, 320, 0, 320, 240, 0, 240]}'


def test_a_list_in_a_code_fence_as_models_write_it() -> None:
    text = (
        '```json\n[\n\t{"bbox_2d": [32, 24, 160, 240], "label": "cat"},\n\t{"point_2d": [1, 2], "label": "eye"}\n]\n```'
    )
    assert parse(text, convention="absolute", size=SIZE, read_size=(320, 240), image=2) == [
        "```json\n[\n\t",
        Box(box=(64, 48, 320, 480), label="cat", image=2),
        ",\n\t",
        Point(point=(2, 4), label="eye", image=2),
        "\n]\n```",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<box>(1,2)</box>",  # too few corners
        "<point>(1,2),(3,4)</point>",  # too many
        "<box>(1,2),(3,1001)</box>",  # outside
        "<box>(5,5),(1,1)</box>",  # reversed
        "<box>(1,2),(3,4)</quad>",
        "<box>(1,2),(3,4)",
        "<box>(-1,2),(3,4)</box>",
        '{"bbox_2d": [1, 2, 3, 4]}',  # the other convention
    ],
)
def test_malformed_relative_markup_stays_text(text: str) -> None:
    assert parse(text, convention="relative", size=SIZE, read_size=READ_SIZE) == [text]


@pytest.mark.parametrize(
    "text",
    [
        '{"bbox_2d": [1, 2, 3]}',
        '{"bbox_2d": [1, 2, 3, 4, 5, 6, 7, 8]}',
        '{"bbox_2d": [1, 2, 645, 4]}',
        '{"bbox_2d": [3, 2, 1, 4]}',
        '{"bbox_2d": [1, 2, 3, 4], "label": "\\x"}',
        '{"bbox_2d": [1, 2, 3, 4], "label": "\\ud800"}',
        '{"bbox_2d": [1, 2, 3, 4]',
        "<box>(1,2),(3,4)</box>",
    ],
)
def test_malformed_absolute_markup_stays_text(text: str) -> None:
    assert parse(text, convention="absolute", size=SIZE, read_size=READ_SIZE) == [text]


@pytest.mark.parametrize(
    "part",
    [
        Box(box=(0, 0, 641, 10)),
        Box(box=(0, 0, 10, 480.5)),
        Box(box=(10, 0, 5, 10)),
        Point(point=(-1, 0)),
        Point(point=(float("nan"), 0)),
        Quad(quad=(0, 0, 1, 0, 1, 1, 0, 481)),
    ],
)
def test_coordinates_outside_the_picture_are_refused(part: Box | Point | Quad) -> None:
    for convention in ("relative", "absolute"):
        with pytest.raises(ConversationError, match=part.type):
            render(part, convention=convention, size=SIZE, read_size=READ_SIZE)  # type: ignore[arg-type]
