"""The check names what would arrive other than meant, and stops what was never written."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mobilize.audiences.audience import Audience
from mobilize.core import db
from mobilize.core.i18n import LANGUAGES
from mobilize.mailings.checks import Problem, problems_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.mailings.sample_version import SAMPLE_LINK, sample_texts
from mobilize.mailings.text_checks import text_warnings, unencrypted_links
from tests.mailings.conftest import CONTENT, Campaigner, House

ARRIVES = (
    "Ernesto Vos\nRue de la Loi 1\n1000 Brussels\n\n[programme](https://example.org/my file.pdf)\n\n"
    "![poster](https://example.org/x.png)\n\n[register](https://example.org/?name={{first_name|friend}})\n\n"
    "A 2*3*4 grid\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nSee https://example.org/programme"
)


def told(problems: tuple[Problem, ...]) -> str:
    return "\n".join(f"{one.where}|{one.words}" for one in problems)


def text(markdown: str) -> dict[str, str]:
    return {"type": "text", "markdown": markdown}


def found(house: House, **languages: list[dict[str, Any]]) -> tuple[Problem, ...]:
    versions = {tag: {"subject": "Hello", "preheader": "", "blocks": blocks} for tag, blocks in languages.items()}
    uid = house.mailing({**CONTENT, "languages": versions})
    with db.reading():
        return problems_of(mailing_anywhere(uid))


def test_each_thing_that_arrives_otherwise_is_named_with_its_block(house: House) -> None:
    """Five in one text, each once, all of them warnings."""
    warned = [one for one in found(house, en=[text("Hello"), text(ARRIVES)]) if one.where == "English, block 2"]
    parts = (
        "“https://example.org/my file.pdf” has a space",
        "“poster” in the text is not shown",
        "“https://example.org/?name={{first_name|friend}}” holds a field",
        "“2*3*4” make italics",
        "Tables are not",
    )
    assert [sum(part in one.words for one in warned) for part in parts] == [1] * len(parts)
    assert len(warned) == len(parts)
    assert not any(one.is_error for one in warned)


@pytest.mark.parametrize(
    "markdown",
    [
        "[x](https://example.org/a%20b \"a title\") and [y](https://example.org 'title')",
        "*one* and *two*, **bold**, 2 * 3 * 4, a*b",
        "Dear {{first_name|friend}}, [mail us](mailto:a@example.org) or [call](tel:+322)",
        "a | b\n\n---\n\ntext",
        "[brackets] (and a remark)!",
    ],
)
def test_what_arrives_as_meant_is_not_named(markdown: str) -> None:
    """Titles, emphasis, fields in the text, rules and brackets."""
    assert list(text_warnings(markdown)) == []


def test_links_in_texts_without_encryption_are_named(house: House) -> None:
    """Bare and in brackets; once each."""
    assert unencrypted_links("[a](http://a.test) http://b.test http://b.test <http://c.test>, https://d.test") == [
        "http://a.test", "http://b.test", "http://c.test",
    ]  # fmt: skip
    assert "http://a.test is not encrypted" in told(found(house, en=[text("[a](http://a.test)")]))


@pytest.mark.parametrize("sample", sorted(sample_texts()))
def test_a_sample_left_in_a_second_language_keeps_it_here(house: House, sample: str) -> None:
    """Its heading or its last paragraph, in any language, also below a greeting that was changed."""
    kept = [one for one in found(house, en=[text("Hello")], nl=[text(f"Beste lezer,\n\n{sample}")]) if one.is_error]
    assert [(one.where, sample in one.words) for one in kept] == [("Nederlands, block 1", True)]


def test_the_sample_link_keeps_it_here(house: House) -> None:
    """A page of that domain is one somebody typed; there is a sample in each language."""
    assert len(sample_texts()) == 2 * len(LANGUAGES)
    button = {"type": "button", "text": "Read on", "url": SAMPLE_LINK}
    assert [one.where for one in found(house, fr=[button]) if one.is_error] == ["Français, block 1"]
    assert not any(one.is_error for one in found(house, fr=[{**button, "url": f"{SAMPLE_LINK}news"}]))


def test_languages_whose_blocks_differ_are_named(house: House) -> None:
    """Where the first difference is, against the default language."""
    heading = {"type": "heading", "text": "News"}
    same = found(house, en=[heading, text("Hello")], fr=[heading, text("Bonjour")])
    assert "blocks differ" not in told(same)
    for blocks, number in (([heading], 2), ([text("Bonjour")], 1), ([heading, text("Bonjour"), heading], 3)):
        words = told(found(house, en=[heading, text("Hello")], fr=blocks))
        assert f"Français, block {number}|From here on the blocks differ from those in English" in words


def test_no_list_chosen_keeps_it_here(house: House) -> None:
    """Whoever is on the organisation's lists."""
    uid = house.mailing()
    with db.writing():
        mailing_anywhere(uid).to_whom = Audience(house.row.id)
    with db.reading():
        row = mailing_anywhere(uid)
        assert [one.words for one in problems_of(row) if one.is_error] == ["Choose at least one list"]


def test_the_page_lists_what_was_checked_in_each_language(house: House, campaigner: Campaigner) -> None:
    """Blocks, links and pictures of each."""
    page = campaigner.get(f"{house.base}/{house.mailing()}/check")
    assert "English: blocks 3, links 1, pictures 0" in page
    assert "Français: blocks 1, links 0, pictures 0" in page


def test_a_word_as_long_as_a_text_costs_no_seconds() -> None:
    """Tried from each of its letters, the pattern for stars within a word took five seconds of each check."""
    began = time.process_time()
    assert list(text_warnings("a" * 20_000)) == []
    assert time.process_time() - began < 1
