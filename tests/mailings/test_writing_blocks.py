"""Writing the blocks of a mailing in a form without scripts: move, add, remove, save, refuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from mobilize.core import db
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.mailings.queries import mailing_anywhere
from mobilize.media.service import add_picture, store_picture
from tests.mailings.conftest import CONTENT, Campaigner, House

Signed = Callable[[Role], Campaigner]
_KIND = re.compile(r'name="b\d+-kind" value="(\w+)"')
BLOCKS = {
    "b0-kind": "heading",
    "b0-text": "Two weeks of peace",
    "b0-level": "3",
    "b1-kind": "text",
    "b1-markdown": "Dear **friends**",
    "b2-kind": "links",
    "b2-title": "Read on",
    "b2-items-0-text": "Programme",
    "b2-items-0-url": "https://example.org/programme",
    "b2-items-0-note": "",
    "b2-items-1-text": "",
    "b2-items-1-url": "",
    "b2-items-1-note": "",
}


def _png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 20), "navy").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def draft(house: House) -> str:
    """The form of the English text of a draft."""
    return f"{house.base}/{house.mailing()}/write/en"


def stored(page: str) -> list[dict[str, Any]]:
    with db.reading():
        blocks: list[dict[str, Any]] = mailing_anywhere(page.split("/")[-3]).content["en"]["blocks"]
        return blocks


def test_every_stored_block_can_be_changed(draft: str, campaigner: Campaigner) -> None:
    """The form holds each block in order, with the words that were written."""
    page = campaigner.get(draft)
    assert _KIND.findall(page) == ["heading", "text", "button"]
    assert "Two weeks of peace" in page
    assert "https://example.org/read" in page


def test_saving_keeps_what_was_typed_and_leaves_the_other_language(draft: str, campaigner: Campaigner) -> None:
    """Blank fields and blank lines of a list are left out; French stays as it was."""
    answer = campaigner.post(draft, **BLOCKS)
    assert answer.status_code == 303
    assert "language=en" in answer.headers["Location"]
    assert stored(draft) == [
        {"type": "heading", "text": "Two weeks of peace", "level": 3},
        {"type": "text", "markdown": "Dear **friends**"},
        {
            "type": "links",
            "items": [{"text": "Programme", "url": "https://example.org/programme"}],
            "title": "Read on",
        },
    ]
    with db.reading():
        row = mailing_anywhere(draft.split("/")[-3])
        assert row.content["fr"] == CONTENT["languages"]["fr"]
        assert row.content["en"]["subject"] == CONTENT["languages"]["en"]["subject"]


@pytest.mark.parametrize(
    ("press", "kinds"),
    [
        ("up:1", ["text", "heading", "links"]),
        ("down:1", ["heading", "links", "text"]),
        ("remove:0", ["text", "links"]),
        ("add:image", ["heading", "text", "links", "image"]),
        ("up:0", ["heading", "text", "links"]),
        ("down:2", ["heading", "text", "links"]),
        ("up:99", ["heading", "text", "links"]),
        ("add:script", ["heading", "text", "links"]),
        ("rubbish", ["heading", "text", "links"]),
    ],
)
def test_a_press_on_a_block_moves_it_and_saves_nothing(
    draft: str, campaigner: Campaigner, press: str, kinds: list[str]
) -> None:
    """The page comes back in the new order with every word typed so far; the mailing is as before."""
    before = stored(draft)
    answer = campaigner.post(draft, **BLOCKS, block=press)
    assert answer.status_code == 200
    assert _KIND.findall(answer.text) == kinds
    assert "Dear **friends**" in answer.text
    assert stored(draft) == before


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"b0-kind": "heading", "b0-text": ""}, "Fill this in"),
        ({"b0-kind": "button", "b0-text": "Read", "b0-url": "javascript:alert(1)"}, "Write a whole address"),
        ({"b0-kind": "image", "b0-media": "0" * 64 + ".png", "b0-alt": "A crowd"}, "There is no picture named"),
        ({"b0-kind": "links", "b0-items-0-text": "x", "b0-items-0-url": "x"}, "Write a whole address"),
        ({"b0-kind": "links", "b0-title": "None"}, "Fill this in"),
        ({"b0-kind": "text", "b0-markdown": "x" * 20_001}, "Use at most"),
    ],
    ids=["blank", "script", "picture", "link", "no link", "too long"],
)
def test_a_refusal_stands_beside_its_field(
    draft: str, campaigner: Campaigner, typed: dict[str, str], words: str
) -> None:
    """Nothing is saved, the block is named at the top, the field says what to do."""
    before = stored(draft)
    answer = campaigner.post(draft, **typed)
    assert answer.status_code == 422
    assert "Nothing was saved" in answer.text
    assert 'href="#block-0"' in answer.text
    assert words in answer.text
    assert stored(draft) == before


def test_a_picture_is_chosen_by_looking_at_it(
    house: House, draft: str, campaigner: Campaigner, installation: Settings
) -> None:
    """A picture of the organisation is offered with its size in words, and saved under its name."""
    with db.writing():
        name = add_picture(house.row.id, store_picture(_png(), installation.media_dir)).name
    offered = campaigner.post(draft, block="add:image").text
    assert f'name="b0-media" value="{name}"' in offered
    assert "40 × 20 pixels" in offered
    answer = campaigner.post(draft, **{"b0-kind": "image", "b0-media": name, "b0-alt": "A crowd"})
    assert answer.status_code == 303
    assert stored(draft) == [{"type": "image", "media": name, "alt": "A crowd"}]


def test_what_was_typed_is_never_markup(draft: str, campaigner: Campaigner) -> None:
    """Quotes and tags come back as characters."""
    answer = campaigner.post(draft, **{"b0-kind": "heading", "b0-text": '"><script>x</script>'}, block="add:text")
    assert "<script>x" not in answer.text
    assert "&lt;script&gt;x" in answer.text


def test_only_who_may_change_a_draft_writes_it(house: House, sign: Signed, campaigner: Campaigner) -> None:
    """A viewer is refused, a language that the mailing lacks is not found, a sent one stays."""
    uid = house.mailing()
    page, changed = f"{house.base}/{uid}/write/en", {"b0-kind": "divider"}
    before = stored(page)
    campaigner.get(f"{house.base}/{uid}/write/nl", 404)
    campaigner.post(f"{house.base}/{uid}/send", f"{house.base}/{uid}/cancel")
    campaigner.get(page, 409)
    late = campaigner.post(f"{house.base}/", page, **changed)
    assert (late.status_code, "it cannot be changed now" in late.text) == (422, True)
    viewer = sign(Role.VIEWER)
    viewer.get(page, 403)
    assert viewer.post(f"{house.base}/", page, **changed).status_code == 403
    assert stored(page) == before
