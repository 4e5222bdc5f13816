"""What survives the re-encoding of a picture, and what is refused."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from mobilize.core.errors import Refused, TooMany
from mobilize.media import encoding
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


CASES = Path(__file__).parent


def shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(clean_picture(data).data))


def test_colours_are_converted_before_their_profile_goes() -> None:
    """The profile of this picture swaps red and green: a browser shows its red pixels green, and so must we."""
    assert shown((CASES / "icc-swapped.png").read_bytes()).getpixel((1, 1)) == (30, 200, 30)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_profile_is_applied_whatever_the_channels(mode: str) -> None:
    """Also beside transparency and to a palette."""
    with Image.open(CASES / "icc-swapped.png") as original:
        profile, picture = original.info["icc_profile"], original.convert("RGB").convert(mode)
    red, green, *_alpha = shown(encoded(picture, "PNG", icc_profile=profile)).getpixel((1, 1))
    assert green - red > 100


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 200])
def test_a_broken_profile_is_left_out(profile: bytes) -> None:
    """The picture is taken as if it had none; browsers do the same."""
    raw = encoded(Image.new("RGB", (8, 8), (200, 30, 30)), "PNG", icc_profile=profile)
    assert shown(raw).getpixel((1, 1)) == (200, 30, 30)


def test_a_profile_of_other_channels_is_left_out() -> None:
    """A grey picture with a profile for colours, and the other way round."""
    colours = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    raw = encoded(Image.new("L", (8, 8), 100), "PNG", icc_profile=colours)
    assert shown(raw).getpixel((1, 1)) == (100, 100, 100)


def test_sixteen_bit_grey_is_scaled() -> None:
    """40,000 of 65,535 is a middle grey; cut off at 255 it was white."""
    assert shown((CASES / "grey16.png").read_bytes()).getpixel((1, 1)) == (156, 156, 156)


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (255, 0), (256, 1), (65_535, 255)])
def test_sixteen_bit_grey_from_black_to_white(value: int, grey: int) -> None:
    """The whole range is used."""
    assert shown(encoded(Image.new("I;16", (4, 4), value), "PNG")).getpixel((1, 1)) == (grey,) * 3


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animation_is_told(kind: str) -> None:
    """Only the first frame survives, and whoever uploads is told; a still picture says nothing."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    moving = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert clean_picture(moving).was_animated
    assert not clean_picture(encoded(frames[0], kind)).was_animated


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_a_camera_is_turned_upright(orientation: int) -> None:
    """As Pillow's own conversion turns it, which does it before the picture is made small."""
    picture = Image.linear_gradient("L").resize((40, 20)).convert("RGB")
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    raw = encoded(picture, "PNG", exif=exif)
    with Image.open(io.BytesIO(raw)) as original:
        expected = ImageOps.exif_transpose(original).convert("RGB")
    assert ImageChops.difference(expected, shown(raw).convert("RGB")).getbbox() is None


def test_a_large_photograph_is_decoded_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """JPEG can be decoded at a fraction of its size: 24 million pixels are never in memory."""
    raw = encoded(Image.effect_noise((600, 400), 50).convert("RGB").resize((6_000, 4_000)), "JPEG")
    decoded: list[tuple[int, int]] = []
    scale = Image.Image.thumbnail
    monkeypatch.setattr(Image.Image, "thumbnail", lambda one, size: (decoded.append(one.size), scale(one, size))[1])
    clean = clean_picture(raw)
    assert (clean.width, clean.height) == (2_400, 1_600)
    assert decoded == [(3_000, 2_000)]


def test_one_picture_at_a_time_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one waits, and is refused in words if that takes too long."""
    monkeypatch.setattr(encoding, "PATIENCE", 0.05)
    with encoding._one_at_a_time, pytest.raises(TooMany, match="Other pictures are being prepared"):
        clean_picture(photograph())
    assert clean_picture(photograph()).width == 32
