"""Colours that can be read: WCAG 2.2 contrast, and an accent moved until it has enough of it."""

import re

from mobilize.core.errors import Refused
from mobilize.core.i18n import _

READABLE = 4.5

Rgb = tuple[float, float, float]

_HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, 1 to 21 (WCAG 2.2, success criterion 1.4.3)."""
    light, dark = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, on: str) -> str:
    """The colour itself, or the nearest darker (or lighter) one that can be read on the other."""
    target = (0.0, 0.0, 0.0) if _luminance(_rgb(on)) > 0.18 else (1.0, 1.0, 1.0)
    start = _rgb(colour)
    steps = (_hex(_mixed(start, target, step / 20)) for step in range(21))
    return next((step for step in steps if contrast(step, on) >= READABLE), _hex(target))


def ink_on(colour: str) -> str:
    """White or near-black, whichever can be read better on a colour."""
    return max("#ffffff", "#1b1d1f", key=lambda ink: contrast(ink, colour))


def _rgb(colour: str) -> Rgb:
    if not _HEX.match(colour):
        raise Refused("accent", _("Write a colour as # and six digits, such as #1f5f99"))
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)


def _mixed(start: Rgb, target: Rgb, share: float) -> Rgb:
    red, green, blue = (a + (b - a) * share for a, b in zip(start, target, strict=True))
    return red, green, blue


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
