"""What survives the re-encoding of a picture, and what is refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mobilize.core.errors import Refused
from mobilize.media.encoding import MAX_BYTES, MAX_SIDE, clean_picture

ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F


def photograph(**options: object) -> bytes:
    """A noisy JPEG, 64 × 32, with a place, a device and a comment beside its pixels."""
    picture = Image.effect_noise((64, 32), 80).convert("RGB")
    exif = Image.Exif()
    exif[MAKE] = "SecretCamera"
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS).update({1: "N", 2: (50.0, 51.0, 1.0), 3: "E", 4: (4.0, 21.0, 6.0)})
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"taken at the safe house", **options)
    return out.getvalue()


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def test_a_photograph_keeps_its_pixels_and_nothing_else() -> None:
    """Place, device, comment and orientation are gone; the picture stands upright."""
    raw = photograph()
    assert b"SecretCamera" in raw
    assert b"safe house" in raw
    clean = clean_picture(raw)
    assert (clean.width, clean.height) == (32, 64)
    assert b"SecretCamera" not in clean.data
    assert b"safe house" not in clean.data
    again = Image.open(io.BytesIO(clean.data))
    assert not dict(again.getexif())
    assert not {"exif", "comment", "xmp", "icc_profile"} & set(again.info)


def test_text_chunks_of_a_png_are_dropped_and_transparency_stays() -> None:
    """PNG carries metadata too."""
    notes = PngInfo()
    notes.add_text("Author", "SecretAuthor")
    raw = encoded(Image.new("RGBA", (10, 10), (255, 0, 0, 128)), "PNG", pnginfo=notes)
    assert b"SecretAuthor" in raw
    clean = clean_picture(raw)
    assert clean.extension == "png"
    assert b"SecretAuthor" not in clean.data
    assert Image.open(io.BytesIO(clean.data)).getpixel((5, 5)) == (255, 0, 0, 128)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_four_kinds_are_taken(kind: str) -> None:
    """What people have on their machines, as PNG or JPEG that every mail program shows."""
    clean = clean_picture(encoded(Image.new("RGB", (40, 20), "#0b5f8a"), kind))
    assert clean.extension in {"png", "jpg"}
    assert (clean.width, clean.height) == (40, 20)


def test_the_same_pixels_have_the_same_bytes() -> None:
    """The name is the hash of the bytes, so it must not depend on the moment."""
    raw = photograph()
    assert clean_picture(raw) == clean_picture(raw)


def test_large_sides_are_scaled() -> None:
    """A mail needs no more than 2,400 pixels."""
    clean = clean_picture(encoded(Image.new("RGB", (4_800, 1_200)), "PNG"))
    assert (clean.width, clean.height) == (MAX_SIDE, 600)


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises many pixels and whose body is tiny."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "JPEG"),
        (b"not a picture", "JPEG"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "JPEG"),
        (encoded(Image.new("RGB", (8, 8)), "BMP"), "JPEG"),
        (b"x" * (MAX_BYTES + 1), "megabytes"),
        (bomb(50_000, 50_000), "million pixels"),
        (bomb(10_000, 10_000), "million pixels"),
        (bomb(1_000, 1_000), "damaged"),
        (photograph()[:300], "damaged"),
    ],
    ids=["empty", "text", "svg", "bmp", "too large", "bomb", "small bomb", "short", "cut off"],
)
def test_what_is_refused(data: bytes, words: str) -> None:
    """Anything that is not a whole picture of a kind we take, before its pixels are unpacked."""
    with pytest.raises(Refused, match=words):
        clean_picture(data)
