"""An untrusted picture made safe: decoded, turned upright and encoded anew, so that only its pixels survive.

What a camera wrote beside them (place, time, device, thumbnail) can locate a person, so none of it is kept. Call this
outside any transaction: a large picture takes seconds.

open -> size -> decoded small (one at a time) -> 8 bits -> scaled -> sRGB -> upright -> PNG or JPEG
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageCms, UnidentifiedImageError
from PIL.Image import Transpose

from mobilize.core.errors import Refused, TooMany
from mobilize.core.i18n import _

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 2_400
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_JPEG_QUALITY = 86
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
"""How to turn what a camera held otherwise (Exif 2.32, tag 274)."""

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError)

PATIENCE = 20.0
"""Seconds that a picture waits for its turn."""
_one_at_a_time = threading.Lock()
"""A decoded picture takes up to 4 octets a pixel, some of it twice."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """Encoded bytes and what they show; width and height in pixels; ``extension`` without a dot.

    ``was_animated``: only the first of several frames is kept.
    """

    data: bytes
    extension: str
    width: int
    height: int
    was_animated: bool = False


def clean_picture(data: bytes) -> CleanPicture:
    """Re-encode a JPEG, PNG, WebP or GIF (its first frame); larger sides are scaled to 2,400 pixels.

    Raises:
        Refused: too large, of another kind (SVG can carry scripts), broken, or a decompression bomb.
        TooMany: others are being decoded in this process, and it takes too long.
    """
    if len(data) > MAX_BYTES:
        raise Refused("picture", _("Use a picture of at most %(count)d megabytes", count=MAX_BYTES // 1024**2))
    with _turn():
        pixels, was_animated = _decoded(data)
        return _encoded(pixels, was_animated=was_animated)


@contextmanager
def _turn() -> Iterator[None]:
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        raise TooMany(_("Other pictures are being prepared. Try again in a minute"), 60)
    try:
        yield
    finally:
        _one_at_a_time.release()


def _decoded(data: bytes) -> tuple[Image.Image, bool]:
    """Pixels only: upright, RGB or RGBA, without the dictionary that metadata travels in; whether there was more."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            _require_size(picture)
            return _pixels(picture), bool(getattr(picture, "is_animated", False))
    except UnidentifiedImageError:
        raise Refused("picture", _("Use a JPEG, PNG, WebP or GIF picture")) from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _too_many_pixels() from None
    except _DAMAGED:
        raise Refused("picture", _("This picture is damaged")) from None


def _pixels(picture: Image.Image) -> Image.Image:
    """JPEG is decoded at the smallest of its own scales that is large enough, which saves most time and memory."""
    orientation = picture.getexif().get(_ORIENTATION, 1)
    profile = picture.info.get("icc_profile")
    longest = max(picture.size)
    picture.draft(None, (picture.width * MAX_SIDE // longest, picture.height * MAX_SIDE // longest))
    pixels = _of_eight_bits(picture)
    pixels.thumbnail((MAX_SIDE, MAX_SIDE))
    pixels = _in_srgb(pixels, profile)
    if orientation in _UPRIGHT:
        pixels = pixels.transpose(_UPRIGHT[orientation])
    pixels.info = {}
    return pixels


def _of_eight_bits(picture: Image.Image) -> Image.Image:
    """8 bits a channel, no palette; 16-bit grey is scaled (Pillow's own conversion cuts it off at white)."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in {"L", "RGB", "CMYK"} else picture.convert("RGB")


def _in_srgb(pixels: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB or RGBA as browsers show pictures without a profile; one that is broken is left out."""
    mode = "RGBA" if pixels.mode == "RGBA" else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(pixels, source, _SRGB, outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return pixels.convert(mode)


def _require_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> Refused:
    return Refused("picture", _("Use a picture of at most %(count)d million pixels", count=MAX_PIXELS // 1_000_000))


def _encoded(picture: Image.Image, *, was_animated: bool) -> CleanPicture:
    """PNG where it needs transparency or is smaller (drawings), else JPEG; the same pixels give the same bytes."""
    jpeg = b"" if picture.mode == "RGBA" else _as_jpeg(picture)
    png = _as_png(picture)
    if not jpeg or len(png) <= len(jpeg):
        return CleanPicture(png, "png", *picture.size, was_animated)
    return CleanPicture(jpeg, "jpg", *picture.size, was_animated)


def _as_png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _as_jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True, progressive=True)
    return out.getvalue()
