"""Static files carry a mark of their content and are kept by browsers."""

from __future__ import annotations

import gzip
import hashlib
import json
import re

import pytest
from flask.testing import FlaskClient

from mobilize.core import assets

PHYSICAL = re.compile(
    r"\b(?:margin|padding|border|(?<!area-)inset)-(?:left|right|top|bottom)\b"
    r"|[{;]\s*(?:left|right|top|bottom|width|height|max-width|min-width|float)\s*:"
)


def test_a_marked_file_is_kept_for_ever(client: FlaskClient) -> None:
    """The address that templates use may be kept; it changes when the file does."""
    with client.get(assets.asset_url("css/core.css")) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("query", ["", "?v=000000000000"])
def test_a_file_without_its_mark_is_asked_for_again(client: FlaskClient, query: str) -> None:
    """An old or missing mark gets the file of today, and no promise about tomorrow."""
    with client.get(f"/static/css/core.css{query}") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


def test_a_missing_file_is_a_mistake_of_the_template() -> None:
    """A wrong name fails while the page is made, not in the reader's browser."""
    with pytest.raises(FileNotFoundError):
        assets.asset_url("css/missing.css")


def test_public_pages_stay_light() -> None:
    """A visitor loads at most 15 KB of style sheets (gzip)."""
    sheets = [(assets.FOLDER / "css" / name).read_bytes() for name in ("core.css", "public.css")]
    assert sum(len(gzip.compress(sheet)) for sheet in sheets) <= 15 * 1024


@pytest.mark.parametrize("sheet", ["core.css", "public.css", "studio.css"])
def test_sheets_turn_with_the_direction(sheet: str) -> None:
    """Only logical properties: nothing names left or right, except what CSS has no logical word for."""
    text = (assets.FOLDER / "css" / sheet).read_text()
    assert PHYSICAL.findall(text) == []


def test_vendored_files_are_the_ones_noted() -> None:
    """Each third-party script matches the hash beside it and comes with its licence."""
    folder = assets.FOLDER / "vendor"
    entries = json.loads((folder / "VENDOR.json").read_text())
    assert {entry["file"] for entry in entries} == {path.name for path in folder.glob("*.js")}
    for entry in entries:
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
        assert (folder / f"{entry['file']}.LICENSE").read_text()
