"""An organisation's colour becomes tones that everybody can read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.core.errors import Refused
from mobilize.organisations import colour

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_text_reads_on_every_paper(chosen: str) -> None:
    """Whatever the colour, the accent and its pressed form reach 4.5:1 on each paper and on their own wash."""
    found = colour.palette(chosen)
    for tones, papers in ((found.light, colour.PAPERS_LIGHT), (found.dark, colour.PAPERS_DARK)):
        for paper in (*papers, tones.soft):
            assert colour.contrast(tones.accent, paper) >= colour.READABLE
            assert colour.contrast(tones.strong, paper) >= colour.READABLE


@given(COLOURS)
def test_ink_reads_on_the_accent(chosen: str) -> None:
    """The words on a button reach 4.5:1 at rest and pressed."""
    found = colour.palette(chosen)
    for tones in (found.light, found.dark):
        assert colour.contrast(tones.ink, tones.accent) >= colour.READABLE
        assert colour.contrast(tones.ink, tones.strong) >= colour.READABLE


def test_a_readable_colour_is_kept() -> None:
    """A colour that passes is used as it was chosen."""
    assert colour.palette("#7C2D3A").light.accent == "#7c2d3a"


def test_a_pale_colour_is_darkened_in_its_own_hue() -> None:
    """Yellow on white cannot be read: it becomes a darker yellow, not another colour."""
    accent = colour.palette("#ffdd00").light.accent
    red, green, blue = (int(accent[at : at + 2], 16) for at in (1, 3, 5))
    assert red > green > blue


@pytest.mark.parametrize(("text", "normal"), [("#abc", "#aabbcc"), ("ABCDEF", "#abcdef"), (" #012345 ", "#012345")])
def test_forms_of_a_colour(text: str, normal: str) -> None:
    """Short, bare and capital forms mean the same colour."""
    assert colour.normal(text) == normal


@pytest.mark.parametrize("text", ["", "red", "#12", "#1234567", "#12345g", "#fff;}body{display:none"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    """Nothing but a colour can reach the style sheet."""
    with pytest.raises(Refused) as refusal:
        colour.palette(text)
    assert refusal.value.field == "accent"


def test_the_style_sheet_names_both_themes() -> None:
    """Old browsers read the light accent, new ones the pair."""
    sheet = colour.style_sheet(colour.palette("#7c2d3a"))
    assert sheet.startswith(":root{--accent:#7c2d3a;--accent-ink:#ffffff;")
    assert "light-dark(#7c2d3a," in sheet
