"""Pictures load the same whatever they come as, and what cannot be loaded gives one ImageError that names it."""

import base64
import io
import os
import struct
import urllib.parse
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mini4o.conversation.images import load_image, save_png
from mini4o.errors import ImageError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def ramp(width: int = 24, height: int = 16) -> PIL.Image.Image:
    """Red grows to the right, green downwards."""
    y, x = np.mgrid[0:height, 0:width]
    return PIL.Image.fromarray(np.stack([x * 10, y * 15, 0 * x + 60], axis=2).astype(np.uint8))


def encode(image: PIL.Image.Image, format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=format, **options)
    return buffer.getvalue()


def one_line(error: pytest.ExceptionInfo[ImageError]) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def test_every_kind_of_source_gives_the_same_picture(tmp_path: Path) -> None:
    content = encode(ramp())
    (tmp_path / "a.png").write_bytes(content)
    plain = base64.b64encode(content).decode()
    sources = [
        str(tmp_path / "a.png"),
        tmp_path / "a.png",
        content,
        ramp(),
        PIL.Image.open(io.BytesIO(content)),
        f"data:image/png;base64,{plain}",
        f"data:image/png;base64,{urllib.parse.quote(plain)}",
        "data:image/png," + urllib.parse.quote_from_bytes(content),
    ]
    for source in sources:
        loaded = load_image(source)
        assert (loaded.mode, loaded.tobytes()) == ("RGB", ramp().tobytes())
    assert load_image("a.png", root=tmp_path).tobytes() == ramp().tobytes()
    assert load_image(str(tmp_path / "a.png"), root=Path("/elsewhere")).tobytes() == ramp().tobytes()


@pytest.mark.parametrize("format", FORMATS)
def test_the_format_is_told_by_content(tmp_path: Path, format: str) -> None:
    path = tmp_path / "wrong-name.txt"
    path.write_bytes(encode(ramp(), format))
    loaded = load_image(path)
    assert (loaded.mode, loaded.size) == ("RGB", (24, 16))
    assert abs(np.asarray(loaded).astype(int) - np.asarray(ramp())).mean() < 8


@pytest.mark.parametrize("format", ["BMP", "TIFF", "PPM"])
def test_other_formats_are_refused_with_the_list(tmp_path: Path, format: str) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(encode(ramp(), format))
    with pytest.raises(ImageError) as error:
        load_image(path)
    assert all(word in one_line(error) for word in (str(path), "PNG", "JPEG", "WebP", "GIF"))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_exif_orientation_is_applied_once(format: str, orientation: int) -> None:
    corner = PIL.Image.new("RGB", (32, 16), "white")
    corner.paste("red", (0, 0, 16, 8))
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    loaded = load_image(encode(corner, format, exif=exif, quality=95))
    # Where the stored top left corner belongs, after the EXIF standard (CIPA DC-008, tag 0x0112).
    place = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}[orientation]
    assert loaded.size == ((32, 16) if orientation < 5 else (16, 32))
    x = loaded.width // 4 if place[1] == "l" else 3 * loaded.width // 4
    y = loaded.height // 4 if place[0] == "t" else 3 * loaded.height // 4
    red, green, _ = np.asarray(loaded)[y, x].tolist()
    assert red > 200 and green < 60
    assert load_image(loaded).tobytes() == loaded.tobytes()
    assert dict(loaded.getexif()) == {}


def test_transparency_becomes_white() -> None:
    half = PIL.Image.new("RGBA", (4, 2), (0, 0, 0, 0))
    half.paste((200, 0, 0, 128), (2, 0, 4, 2))
    for content in (encode(half), encode(half, "WEBP", lossless=True, exact=True)):
        pixels = np.asarray(load_image(content))
        assert (pixels[:, :2] == 255).all() and abs(pixels[:, 2:].astype(int) - (227, 127, 127)).max() <= 1
    grey = PIL.Image.new("LA", (2, 2), (0, 0))
    assert (np.asarray(load_image(encode(grey))) == 255).all()
    assert (np.asarray(load_image(grey.convert("La"))) == 255).all()
    palette = PIL.Image.new("P", (2, 1), 0)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    for content in (encode(palette, transparency=0), encode(palette, transparency=bytes([0, 255]))):
        assert np.asarray(load_image(content)).tolist() == [[[255, 255, 255], [40, 50, 60]]]
    assert np.asarray(load_image(encode(palette, "GIF", transparency=0)))[0, 0].tolist() == [255, 255, 255]
    named = encode(PIL.Image.new("RGB", (2, 2), (1, 2, 3)), transparency=(1, 2, 3))
    assert (np.asarray(load_image(named)) == 255).all()


def test_sixteen_bits_are_scaled() -> None:
    values = np.array([[0, 128, 129, 257, 32768, 65535]], dtype=np.uint16)
    wanted = [0, 0, 1, 1, 128, 255]
    sixteen = PIL.Image.fromarray(values)
    assert sixteen.mode == "I;16"
    for source in (encode(sixteen), sixteen, PIL.Image.fromarray(values.astype(np.int32))):
        assert np.asarray(load_image(source))[0, :, 0].tolist() == wanted
    see_through = np.asarray(load_image(encode(sixteen, transparency=257)))
    assert see_through[0, :, 0].tolist() == [0, 0, 1, 255, 128, 255]


@given(mode=st.sampled_from(["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "CMYK", "YCbCr", "HSV", "F"]))
@settings(deadline=None)
def test_every_mode_becomes_rgb(mode: str) -> None:
    source = ramp().convert("RGBA").convert(mode) if mode == "RGBa" else ramp().convert(mode)
    loaded = load_image(source)
    assert (loaded.mode, loaded.size) == ("RGB", source.size)
    grey = mode in ("1", "L", "LA", "F")
    wanted = np.asarray(ramp().convert("L").convert("RGB") if grey else ramp()).astype(int)
    if mode == "1":  # dithered: black and white in the right proportion
        assert set(np.unique(loaded)) == {0, 255} and abs(np.asarray(loaded).mean() - wanted.mean()) < 15
    else:
        assert abs(np.asarray(loaded) - wanted).mean() < 15


def test_cmyk_jpeg_and_one_bit_png() -> None:
    cmyk = load_image(encode(PIL.Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG"))
    assert abs(np.asarray(cmyk).astype(int) - (255, 0, 0)).max() < 12
    bits = PIL.Image.new("1", (2, 1), 0)
    bits.putpixel((1, 0), 1)
    assert np.asarray(load_image(encode(bits)))[0, :, 0].tolist() == [0, 255]


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [PIL.Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for format in ("GIF", "WEBP", "PNG"):
        content = encode(frames[0], format, save_all=True, append_images=frames[1:])
        red, _, blue = np.asarray(load_image(content))[4, 4].tolist()
        assert red > 240 and blue < 15


def test_one_pixel_loads() -> None:
    assert load_image(encode(PIL.Image.new("RGB", (1, 1), "red"))).size == (1, 1)


def test_the_cap_comes_from_the_header_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(png_header(20_000, 20_000) + chunk(b"IDAT", b""))  # decoding it would say that it is cut off
    with pytest.raises(ImageError, match=r"20000x20000.*64000000") as error:
        load_image(path)
    assert str(path) in one_line(error)
    with pytest.raises(ImageError, match="24x16 is over the cap of 383 pixels"):
        load_image(ramp(), max_pixels=383)
    for options in ({"lossless": True}, {"quality": 80}, {"quality": 80, "exif": PIL.Image.Exif().tobytes()}):
        content = encode(PIL.Image.new("RGB", (300, 200)), "WEBP", **options)
        with pytest.raises(ImageError, match="300x200 is over the cap of 59999 pixels"):
            load_image(content[:40], max_pixels=59_999)
    for format in FORMATS:
        with pytest.raises(ImageError, match="24x16 is over the cap of 383 pixels"):
            load_image(encode(ramp(), format), max_pixels=383)
        assert load_image(encode(ramp(), format), max_pixels=384).size == (24, 16)


def test_limits_of_pil_are_neither_used_nor_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 10)
    for format in ("PNG", "JPEG"):
        assert load_image(encode(ramp(), format)).size == (24, 16)
    assert PIL.Image.MAX_IMAGE_PIXELS == 10


@pytest.mark.parametrize("content", [b"", b"just text\n", b"\x89PNG\r\n\x1a\n", encode(ramp())[:60]])
def test_files_that_are_no_pictures_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(ImageError) as error:
        load_image("bad.png", root=tmp_path)
    assert str(path) in one_line(error)


def test_folders_pipes_and_missing_files_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("", "pipe", "missing.png", "pipe/inside.png", "x" * 5000, "nul\0.png"):
        with pytest.raises(ImageError) as error:
            load_image(name, root=tmp_path)
        assert name.replace("\0", "\\x00") in one_line(error)


@pytest.mark.parametrize("url", ["http://example.org/a.png", "https://example.org/a.png", "file:///a.png"])
def test_urls_are_refused(url: str) -> None:
    with pytest.raises(ImageError, match="not fetched from URLs") as error:
        load_image(url)
    assert url in one_line(error)


@pytest.mark.parametrize("uri", ["data:image/png;base64", "data:image/png;base64,@@@", "data:,hello", "data:,"])
def test_broken_data_uris_are_refused(uri: str) -> None:
    with pytest.raises(ImageError) as error:
        load_image(uri)
    assert "data URI" in one_line(error)


@given(st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x20\0\0\0WEBP"]), st.binary())
@settings(deadline=None)
def test_random_bytes_raise_nothing_but_image_errors(start: bytes, rest: bytes) -> None:
    with pytest.raises(ImageError) as error:
        load_image(start + rest)
    one_line(error)


@given(st.sampled_from(FORMATS), st.integers(0, 2000), st.integers(0, 255), st.booleans())
@settings(deadline=None)
def test_damaged_pictures_load_or_raise_image_errors(format: str, place: int, value: int, cut: bool) -> None:
    content = bytearray(encode(ramp(), format))
    place %= len(content)
    content[place:] = b"" if cut else bytes([value]) + content[place + 1 :]
    try:
        assert load_image(bytes(content), max_pixels=100_000).mode == "RGB"
    except ImageError as error:
        assert "\n" not in str(error)


def test_save_png_writes_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    save_png(ramp(), path)
    assert load_image(path).tobytes() == ramp().tobytes()
    save_png(PIL.Image.new("RGB", (2, 2), "red"), str(path))
    assert load_image(path).size == (2, 2)
    with pytest.raises(ImageError, match=r"b\.png"):
        save_png(ramp().convert("HSV"), tmp_path / "b.png")  # PNG has no such mode
    with pytest.raises(ImageError, match="missing"):
        save_png(ramp(), tmp_path / "missing" / "c.png")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]
