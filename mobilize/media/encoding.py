"""An untrusted picture made safe: decoded, turned upright and encoded anew, so that only its pixels survive.

What a camera wrote beside them (place, time, device, thumbnail) can locate a person, so none of it is kept.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from mobilize.core.errors import Refused
from mobilize.core.i18n import _

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 2_400
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_JPEG_QUALITY = 86


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """Encoded bytes and what they show; width and height in pixels; ``extension`` without a dot."""

    data: bytes
    extension: str
    width: int
    height: int


def clean_picture(data: bytes) -> CleanPicture:
    """Re-encode a JPEG, PNG, WebP or GIF (its first frame); larger sides are scaled to 2,400 pixels.

    Raises:
        Refused: too large, of another kind (SVG can carry scripts), broken, or a decompression bomb.
    """
    if len(data) > MAX_BYTES:
        raise Refused("picture", _("Use a picture of at most %(count)d megabytes", count=MAX_BYTES // 1024**2))
    picture = _decoded(data)
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    return _encoded(picture)


def _decoded(data: bytes) -> Image.Image:
    """Pixels only: upright, RGB or RGBA, without the dictionary that metadata travels in."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            _require_size(picture)
            upright = ImageOps.exif_transpose(picture)
            pixels = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except UnidentifiedImageError:
        raise Refused("picture", _("Use a JPEG, PNG, WebP or GIF picture")) from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _too_many_pixels() from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError):
        raise Refused("picture", _("This picture is damaged")) from None
    pixels.info = {}
    return pixels


def _require_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> Refused:
    return Refused("picture", _("Use a picture of at most %(count)d million pixels", count=MAX_PIXELS // 1_000_000))


def _encoded(picture: Image.Image) -> CleanPicture:
    """PNG where it needs transparency or is smaller (drawings), else JPEG; the same pixels give the same bytes."""
    png = _as_png(picture)
    if picture.mode == "RGBA":
        return CleanPicture(png, "png", *picture.size)
    jpeg = _as_jpeg(picture)
    if len(png) <= len(jpeg):
        return CleanPicture(png, "png", *picture.size)
    return CleanPicture(jpeg, "jpg", *picture.size)


def _as_png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _as_jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True, progressive=True)
    return out.getvalue()
