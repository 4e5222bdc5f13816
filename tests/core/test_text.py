"""Text that people typed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mobilize
from mobilize.core.errors import Refused
from mobilize.core.text import lines, mail_address, masked_address, one_line, required_line

HOSTILE = ["\r", "\n", "\x00", "\x1b", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\u2029", "\x85", "\x7f",
           "\ufffe", "\uffff", "\ufdd0", "\U0001fffe"]  # fmt: skip


@pytest.mark.parametrize("character", HOSTILE, ids=lambda character: f"U+{ord(character):04X}")
def test_what_could_act_is_refused(character):
    """Line breaks, controls and whatever reorders text, inside a line or an address."""
    with pytest.raises(Refused, match="name"):
        one_line("name", f"a{character}b")
    with pytest.raises(Refused, match="email"):
        mail_address("email", f"a{character}b@example.org")


@given(st.text(max_size=300))
def test_a_line_is_one_line_or_refused(text):
    """What comes out holds no control and is not too long."""
    try:
        line = one_line("name", text)
    except Refused:
        return
    assert len(line.splitlines()) <= 1
    assert len(line) <= 200
    assert one_line("name", line) == line


def test_a_million_characters_are_refused_at_once():
    """Before anything looks at each of them."""
    with pytest.raises(Refused):
        one_line("name", "x" * 1_000_000)


def test_blanks_inside_a_line_cost_no_more_than_other_signs():
    """A pattern for blanks at the end, tried at each of them, took seconds (quadratic) for what a public form takes."""
    began = time.process_time()
    with pytest.raises(Refused):
        lines("text", f"é{' ' * 39_000}x", at_most=10_000)
    assert time.process_time() - began < 1


def test_a_pile_of_marks_costs_no_more_than_other_signs():
    """Ordering them is quadratic; a text of any language is composed as before."""
    began = time.process_time()
    pile = "e" + "\u0300\u0316" * 19_000
    assert lines("text", pile, at_most=40_000) == pile
    assert time.process_time() - began < 1
    assert lines("text", "e\u0301t\u0323\u0302" * 1_000, at_most=40_000) == "\u00e9\u1e6d\u0302" * 1_000


def test_every_text_is_normalised_with_that_bound():
    """The square of a body of four megabytes is an hour, in which the process serves nobody."""
    package = Path(mobilize.__file__).parent
    found = [path for path in package.rglob("*.py") if "unicodedata.normalize(" in path.read_text("utf-8")]
    assert [path.relative_to(package).as_posix() for path in found] == ["core/text.py"]


def test_a_required_line_is_not_blank():
    """Spaces are nothing."""
    with pytest.raises(Refused):
        required_line("name", " \t ".replace("\t", " "))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@b.org",
        "a@b",
        "a@b..org",
        "a b@example.org",
        "a@exa mple.org",
        "<a@example.org>",
        "a@example.org,b@example.org",
        "x" * 65 + "@example.org",
    ],
)
def test_what_is_no_address_is_refused(address):
    """By the syntax of RFC 5321, nothing being looked up."""
    with pytest.raises(Refused, match="email"):
        mail_address("email", address)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("A.B@EXAMPLE.org", "A.B@example.org"),
        ("é@example.org", "é@example.org"),
        ("a@bücher.example", "a@bücher.example"),
    ],
)
def test_an_address_is_kept_as_its_owner_spells_it(typed, kept):
    """Only the domain is folded."""
    assert mail_address("email", typed) == kept


def test_a_masked_address_shows_its_owner_who_it_is():
    """And nobody else."""
    assert masked_address("amina@example.org") == "a•••@e•••.org"
