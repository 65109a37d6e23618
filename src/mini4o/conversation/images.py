"""Pictures in and out: any supported file, bytes, data URI or PIL image becomes 8-bit RGB, or one clear ImageError."""

import base64
import binascii
import io
import os
import re
import stat
import threading
import urllib.parse
from pathlib import Path
from typing import IO

import numpy as np
import PIL.Image
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from mini4o.conversation.parts import ImageSource
from mini4o.errors import ImageError

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
_WITH_ALPHA = ("LA", "PA", "RGBA", "RGBa")
_MAY_HAVE_A_TRANSPARENT_COLOUR = ("1", "L", "P", "RGB")


def load_image(source: ImageSource, *, root: Path | None = None, max_pixels: int = 64_000_000) -> PIL.Image.Image:
    """An 8-bit RGB picture, upright, on white where it was transparent, without metadata.

    The format is told by content, not by name: PNG, JPEG, WebP or GIF (first frame). 16-bit greyscale is scaled to
    8 bits (mode `I` counts as 16-bit). Colour profiles are not applied.

    Args:
        source: a path (relative to `root` if that is given), a `data:` URI, the bytes of a file, or a PIL image.
        root: the folder that relative paths start from.
        max_pixels: the largest width x height; checked from the header, before anything is decoded.

    Raises:
        ImageError: missing, not a picture of the four formats, broken, larger than `max_pixels`, or a URL.
    """
    if isinstance(source, PIL.Image.Image):
        return _rgb(source, "the given picture", max_pixels)
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), "the given bytes", max_pixels)
    if isinstance(source, str) and source[:5].lower() == "data:":
        return _decode(io.BytesIO(_data_uri(source)), "the data URI", max_pixels)
    if isinstance(source, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source):
        raise ImageError(f"{source}: pictures are not fetched from URLs; download it and give its path")
    path = Path(os.fsdecode(source))
    if root is not None:
        path = Path(root) / path
    try:
        # Only plain files: opening a pipe would wait for a writer for ever.
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ImageError(f"{path}: is a folder, not a picture; name a file inside it")
        if not stat.S_ISREG(mode):
            raise ImageError(f"{path}: is not a plain file; give the path of a picture")
        with path.open("rb") as file:
            return _decode(file, str(path), max_pixels)
    except FileNotFoundError:
        raise ImageError(f"{path}: no such file; check the path of the picture") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ImageError(f"{str(path)!r}: cannot be read ({reason}); check the path of the picture") from None


def save_png(image: PIL.Image.Image, path: str | os.PathLike[str]) -> None:
    """Writes a PNG file whole or not at all, in place of what `path` held before.

    Raises:
        ImageError: the file cannot be written.
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        image.save(aside, format="PNG")
        os.replace(aside, path)
    except OSError as error:
        raise ImageError(f"{path}: could not be written ({error.strerror or error})") from None
    finally:
        aside.unlink(missing_ok=True)


def _data_uri(uri: str) -> bytes:
    header, comma, body = uri.partition(",")
    if not comma:
        raise ImageError("the data URI has no comma; write data:image/png;base64,…")
    content = urllib.parse.unquote_to_bytes(body)
    if not header.lower().endswith(";base64"):
        return content
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise ImageError(f"the data URI is not valid base64 ({error})") from None


def _reader(head: bytes) -> type[ImageFile] | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImageFile
    if head.startswith(b"\xff\xd8\xff"):
        return JpegImageFile
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WebPImageFile
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GifImageFile
    return None


def _decode(file: IO[bytes], name: str, max_pixels: int) -> PIL.Image.Image:
    head = file.read(30)
    file.seek(0)
    if not head:
        raise ImageError(f"{name}: is empty (0 bytes); give a PNG, JPEG, WebP or GIF picture")
    reader = _reader(head)
    if reader is None:
        raise ImageError(f"{name}: is not a picture of a known format; give PNG, JPEG, WebP or GIF")
    if reader is WebPImageFile:  # the only one of the four whose class sets up its decoder when it is made
        _check_size(_webp_size(head), name, max_pixels)
    try:
        # The format's own class and not PIL.Image.open: that one compares the size with a global of PIL and raises
        # or warns without saying the size. These classes read no more than the header until they are used.
        return _rgb(reader(file), name, max_pixels)
    except ImageError:
        raise
    except PIL.Image.DecompressionBombError as error:  # a frame larger than its canvas, or PIL's own limit for WebP
        raise ImageError(f"{name}: {_one_line(error)}; make the picture smaller") from None
    except Exception as error:  # hostile bytes make the decoders raise nearly anything
        raise ImageError(f"{name}: is broken or cut off ({_one_line(error)}); save the picture again") from None


def _webp_size(head: bytes) -> tuple[int, int]:
    """Width and height from the first chunk, after RFC 9649; (1, 1) where it is cut off or unknown."""
    kind = head[12:16]
    if len(head) == 30 and kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if len(head) == 30 and kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if len(head) == 30 and kind == b"VP8 ":
        return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    return 1, 1


def _check_size(size: tuple[int, int], name: str, max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise ImageError(f"{name}: {width}x{height} is over the cap of {max_pixels} pixels; make the picture smaller")
    if width * height == 0:
        raise ImageError(f"{name}: has no pixels ({width}x{height})")


def _rgb(image: PIL.Image.Image, name: str, max_pixels: int) -> PIL.Image.Image:
    _check_size(image.size, name, max_pixels)
    try:
        image.load()
        method = _UPRIGHT.get(_orientation(image))
        flat = _flatten(image)
    except Exception as error:
        raise ImageError(f"{name}: is broken or cut off ({_one_line(error)}); save the picture again") from None
    if method is not None:
        flat = flat.transpose(method)
    # A fresh picture carries no metadata, so that loading the result again does not turn it again.
    clean = PIL.Image.new("RGB", flat.size)
    clean.paste(flat)
    return clean


def _orientation(image: PIL.Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # broken metadata does not make the picture unreadable
        return 1


def _flatten(image: PIL.Image.Image) -> PIL.Image.Image:
    """RGB of the same size; transparent parts become white."""
    transparent = image.info.get("transparency")
    if image.mode == "I" or image.mode.startswith("I;16"):
        # PIL's own conversion clips 16 bits to 255 and so turns nearly everything white.
        values = np.asarray(image).astype(np.int64).clip(0, 65535)
        grey = ((values + 128) // 257).astype(np.uint8)
        if isinstance(transparent, int):
            grey[values == transparent] = 255
        return PIL.Image.fromarray(grey).convert("RGB")
    if image.mode == "La":
        image = image.convert("LA")
    if image.mode in _WITH_ALPHA or (transparent is not None and image.mode in _MAY_HAVE_A_TRANSPARENT_COLOUR):
        colours = image.convert("RGBA")
        white = PIL.Image.new("RGBA", colours.size, "white")
        return PIL.Image.alpha_composite(white, colours).convert("RGB")
    return image.convert("RGB")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
