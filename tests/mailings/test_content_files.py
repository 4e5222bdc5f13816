"""Content files: what is read, and that every refusal names its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.core.errors import Refused
from mobilize.mailings.content import languages_as_json, read_languages
from mobilize.mailings.forms import content_file, parse_content_file

BLOCKS: list[dict[str, Any]] = [
    {"type": "heading", "text": "Two weeks of peace", "level": 3},
    {"type": "text", "markdown": "Dear {{first_name|friend}}, {{7*7}}"},
    {"type": "image", "media": "0f.png", "alt": "Rings", "caption": "A drawing", "url": "https://example.org/rings"},
    {"type": "button", "text": "Read it", "url": "https://example.org/a?b=c#d"},
    {"type": "quote", "text": "Two\nlines", "by": "A reader"},
    {"type": "links", "title": "More", "items": [{"text": "One", "url": "/nhc/archive/", "note": "Today"}]},
    {"type": "divider"},
]


def file_with(*blocks: object, language: str = "en", **version: object) -> str:
    whole = {"subject": "Hello", "preheader": "", "blocks": list(blocks), **version}
    return json.dumps({"name": "December", "languages": {language: whole}})


def refusal(text: str | bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        parse_content_file(text)
    return caught.value


def test_every_kind_of_block_is_read_and_written_back() -> None:
    """Reading and writing a content file loses nothing."""
    raw = {"name": "December", "languages": {"en": {"subject": "Hi", "preheader": "Look", "blocks": BLOCKS}}}
    text = parse_content_file(json.dumps(raw))
    assert languages_as_json(text.languages) == raw["languages"]
    again = parse_content_file(content_file(text.name, text.sender, dict(text.languages)))
    assert again == text


@pytest.mark.parametrize(
    ("block", "place"),
    [
        ({"type": "image", "media": "0f.png"}, "languages.fr.blocks[1].alt"),
        ({"type": "image", "media": "0f.png", "alt": "  "}, "languages.fr.blocks[1].alt"),
        ({"type": "button", "text": "Go", "url": "javascript:alert(1)"}, "languages.fr.blocks[1].url"),
        ({"type": "button", "text": "Go", "url": "java\tscript:alert(1)"}, "languages.fr.blocks[1].url"),
        ({"type": "button", "text": "Go", "url": "data:text/html,x"}, "languages.fr.blocks[1].url"),
        ({"type": "button", "text": "Go", "url": "//example.org/x"}, "languages.fr.blocks[1].url"),
        ({"type": "button", "text": "Go", "url": "/\\example.org"}, "languages.fr.blocks[1].url"),
        ({"type": "button", "text": "Go", "url": "https://"}, "languages.fr.blocks[1].url"),
        ({"type": "button", "text": "Go", "url": "https://host:port/"}, "languages.fr.blocks[1].url"),
        ({"type": "button", "text": "Go", "url": ""}, "languages.fr.blocks[1].url"),
        ({"type": "button", "text": "a\u202eb", "url": "https://example.org"}, "languages.fr.blocks[1].text"),
        ({"type": "heading", "text": "x", "level": 1}, "languages.fr.blocks[1].level"),
        ({"type": "heading", "text": "x", "level": True}, "languages.fr.blocks[1].level"),
        ({"type": "heading", "text": 7}, "languages.fr.blocks[1].text"),
        ({"type": "heading", "text": "x", "colour": "red"}, "languages.fr.blocks[1].colour"),
        ({"type": "text", "markdown": "x" * 1_000_000}, "languages.fr.blocks[1].markdown"),
        ({"type": "text", "markdown": "a\ud800b"}, "languages.fr.blocks[1].markdown"),
        ({"type": "links", "items": []}, "languages.fr.blocks[1].items"),
        ({"type": "links", "items": [{"text": "x", "url": "ftp://x"}]}, "languages.fr.blocks[1].items[0].url"),
        ({"type": "video"}, "languages.fr.blocks[1].type"),
        ({}, "languages.fr.blocks[1].type"),
        ("text", "languages.fr.blocks[1]"),
        (None, "languages.fr.blocks[1]"),
    ],
)
def test_a_wrong_block_is_refused_by_language_number_and_field(block: object, place: str) -> None:
    """Whoever wrote the file learns where to look."""
    refused = refusal(file_with({"type": "divider"}, block, language="fr"))
    assert refused.field == place
    assert refused.message


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "content"),
        ("[]", "content"),
        ('{"name": "x",\n}', "content"),
        ("[" * 100_000, "content"),
        ("1" * 5_000, "content"),
        (b"\xff\xfe", "content"),
        (" " * 2_000_001, "content"),
        ("{}", "name"),
        ('{"name": "x"}', "languages"),
        ('{"name": "x", "languages": {}}', "languages"),
        ('{"name": "x", "languages": {"../en": {}}}', "languages.../en"),
        ('{"name": "x", "languages": {"en": {}}}', "languages.en.blocks"),
        ('{"name": "x", "languages": {"en": {"blocks": {}}}}', "languages.en.blocks"),
        ('{"name": "x", "sender": "y", "languages": {"en": {"blocks": []}}}', "sender"),
        ('{"name": "x", "sender": {"address": "y"}, "languages": {"en": {"blocks": []}}}', "sender.address"),
        ('{"name": "x\\r\\nBcc: y", "languages": {"en": {"blocks": []}}}', "name"),
        ('{"name": "x", "lists": [1], "languages": {"en": {"blocks": []}}}', "lists"),
    ],
)
def test_a_file_that_cannot_be_used_names_the_field(text: str | bytes, field: str) -> None:
    """Nothing is guessed and nothing crashes."""
    assert refusal(text).field == field


@pytest.mark.parametrize("control", ["\r\nBcc: x@example.org", "\0", "\u202e", "\u2028"])
def test_a_subject_is_one_line(control: str) -> None:
    """What could act in a header never gets near one."""
    assert refusal(file_with(subject=f"Hello{control}you")).field == "languages.en.subject"


def test_a_mistake_in_json_names_line_and_column() -> None:
    """An editor can jump there."""
    message = refusal('{"name": "x",\n "languages": }').message
    assert "line 2" in message
    assert "column 15" in message


def test_quotes_and_angles_in_an_address_are_encoded() -> None:
    """An address cannot break out of the attribute it will stand in."""
    text = parse_content_file(file_with({"type": "button", "text": "x", "url": "https://example.org/\"'<b>é"}))
    (block,) = text.languages["en"].blocks
    assert block.url == "https://example.org/%22%27%3Cb%3Eé"  # type: ignore[union-attr]


def test_the_demonstrations_newsletters_are_content_files() -> None:
    """The five newsletters of the seeds are read as they stand."""
    folder = Path(__file__).parents[2] / "mobilize" / "demo" / "newsletters"
    files = sorted(folder.glob("*.json"))
    assert len(files) == 5
    for file in files:
        assert parse_content_file(file.read_bytes()).languages


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=20,
    )
)
def test_any_json_is_read_or_refused(raw: object) -> None:
    """No value of any shape is a fault of ours."""
    try:
        place = "languages" if read_languages({"en": {"subject": raw, "blocks": raw}})["en"].blocks == () else "read"
    except Refused as refused:
        place = refused.field
    assert place.startswith("languages")
