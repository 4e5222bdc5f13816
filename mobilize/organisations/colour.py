"""An organisation's accent, made readable: one colour in, four pairs out, each checked (WCAG 2.2, 1.4.3).

The hue is kept; the lightness moves only as far as it must. On dark paper a loud colour also becomes quieter, because
full strength glares there.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mobilize.core.errors import Refused
from mobilize.core.i18n import _

READABLE = 4.5
PAPERS_LIGHT = ("#fbfaf8", "#ffffff", "#f4f2ee")
PAPERS_DARK = ("#141618", "#1b1e21", "#101214")
_DARK_INK = "#14181a"
_WHITE = "#ffffff"
_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\Z")
_STEPS = 200
_QUIET = 0.6


@dataclass(frozen=True)
class Tones:
    """The accent on one kind of paper: as text or fill, the ink upon it, a wash of it, and its pressed form.

    ``accent`` and ``strong`` reach 4.5:1 on the paper and on ``soft``; ``ink`` reaches it on ``accent`` and ``strong``.
    """

    accent: str
    ink: str
    soft: str
    strong: str


@dataclass(frozen=True)
class Palette:
    light: Tones
    dark: Tones


def palette(colour: str) -> Palette:
    """The tones of ``"#rrggbb"`` (or ``"#rgb"``) on light and dark paper.

    Raises:
        Refused: it is not a colour in this form.
    """
    base = normal(colour)
    return Palette(light=_light(base), dark=_dark(base))


def normal(colour: str) -> str:
    """``"#RGB"``, ``"rrggbb"``, ``"#rrggbb"`` as ``"#rrggbb"``.

    Raises:
        Refused: any other form.
    """
    found = _HEX.match(colour.strip())
    if not found:
        raise Refused("accent", _("Enter a colour like #245c4f"))
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def style_sheet(found: Palette) -> str:
    """The palette as custom properties; browsers without ``light-dark()`` get the light one.

    ``--band`` is the organisation's own strip across its pages: a large field, so it keeps its light tone in the dark.
    """
    names = {"--accent": "accent", "--accent-ink": "ink", "--accent-soft": "soft", "--accent-strong": "strong"}
    plain = "".join(f"{name}:{getattr(found.light, key)};" for name, key in names.items())
    both = "".join(
        f"{name}:light-dark({getattr(found.light, key)},{getattr(found.dark, key)});" for name, key in names.items()
    )
    band = f"--band:{found.light.accent};--band-ink:{found.light.ink};"
    return f":root{{{plain}{band}}}@supports (color:light-dark(#000,#fff)){{:root{{{both}}}}}\n"


def _light(base: str) -> Tones:
    soft = _mixed(base, PAPERS_LIGHT[0], 0.1)
    accent = _first_readable(_darker(base), _WHITE, (*PAPERS_LIGHT, soft))
    return Tones(accent=accent, ink=_WHITE, soft=soft, strong=_mixed(accent, "#000000", 0.75))


def _dark(base: str) -> Tones:
    soft = _mixed(base, PAPERS_DARK[0], 0.14)
    accent = _first_readable(_lighter(_quieter(base)), _DARK_INK, (*PAPERS_DARK, soft))
    return Tones(accent=accent, ink=_DARK_INK, soft=soft, strong=_mixed(accent, _WHITE, 0.7))


def _first_readable(candidates: Iterator[str], ink: str, papers: tuple[str, ...]) -> str:
    return next(colour for colour in candidates if all(contrast(colour, other) >= READABLE for other in (ink, *papers)))


def _darker(colour: str) -> Iterator[str]:
    """From the colour itself down to black."""
    hue, lightness, strength = colorsys.rgb_to_hls(*_channels(colour))
    yield colour
    for step in range(1, _STEPS + 1):
        yield _hex(colorsys.hls_to_rgb(hue, lightness * (1 - step / _STEPS), strength))


def _lighter(colour: str) -> Iterator[str]:
    """From the colour itself up to white."""
    hue, lightness, strength = colorsys.rgb_to_hls(*_channels(colour))
    yield colour
    for step in range(1, _STEPS + 1):
        yield _hex(colorsys.hls_to_rgb(hue, lightness + (1 - lightness) * step / _STEPS, strength))


def _quieter(colour: str) -> str:
    hue, lightness, strength = colorsys.rgb_to_hls(*_channels(colour))
    return _hex(colorsys.hls_to_rgb(hue, max(lightness, _QUIET), min(strength, _QUIET)))


def _mixed(colour: str, into: str, share: float) -> str:
    """``share`` of the colour in ``into``, channel by channel."""
    pairs = zip(_channels(colour), _channels(into), strict=True)
    red, green, blue = (one * share + other * (1 - share) for one, other in pairs)
    return _hex((red, green, blue))


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part) for part in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{min(255, max(0, round(part * 255))):02x}" for part in channels)
