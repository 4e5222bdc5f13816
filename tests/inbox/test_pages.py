"""Reading the mail that stayed on this machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mobilize.inbox import store

Put = Callable[..., str]


def test_an_empty_inbox_says_what_it_is_for(client: FlaskClient) -> None:
    """Before the first mail there is one sentence and no table."""
    page = client.get("/inbox/").text

    assert "No email yet" in page
    assert "<table" not in page


def test_the_newest_mail_comes_first(client: FlaskClient, put: Put) -> None:
    """Mails are listed against the order of their arrival, with subject and recipient."""
    older, newer = put("one@example.org"), put("two@example.org")

    page = client.get("/inbox/").text

    assert page.index(newer) < page.index(older)
    assert "one@example.org" in page


def test_search_by_recipient_shows_only_theirs(client: FlaskClient, put: Put) -> None:
    """Part of an address is enough, in either case; others are left out."""
    wanted, other = put("Amina@example.org"), put("bram@example.org")

    page = client.get("/inbox/?to=aMINA").text

    assert wanted in page
    assert other not in page
    assert "No email for that recipient" in client.get("/inbox/?to=nobody").text


def test_pages_show_every_mail_exactly_once(client: FlaskClient, put: Put) -> None:
    """Following "Next page" to the end meets each mail once."""
    sent = {put(f"p{number}@example.org") for number in range(120)}
    met: list[str] = []
    address: str | None = "/inbox/"
    while address:
        page = client.get(address).text
        met += re.findall(r'href="/inbox/([0-9]+-[0-9a-f]{8})/"', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else None

    assert len(met) == len(sent)
    assert set(met) == sent


def test_html_is_shown_under_a_policy_that_runs_nothing(client: FlaskClient, mail_id: str) -> None:
    """The frame's document may load pictures and styles; scripts and forms are off, twice over."""
    page = client.get(f"/inbox/{mail_id}/").text
    framed = client.get(f"/inbox/{mail_id}/html")
    policy = framed.headers["Content-Security-Policy"]

    assert f'<iframe src="/inbox/{mail_id}/html" sandbox=' in page
    assert "<script" not in page
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy + page
    assert "allow-forms" not in policy + page


def test_an_embedded_picture_is_taken_from_the_mail(client: FlaskClient, mail_id: str) -> None:
    """A cid: address becomes that of the part, which is offered as a file with the sender's bytes."""
    framed = client.get(f"/inbox/{mail_id}/html").text
    address = re.search(r'<img src="([^"]+)"', framed)
    assert address is not None

    picture = client.get(address[1])

    assert picture.data == b"\x89PNG\r\n\x1a\n"
    assert picture.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("view", "shown"), [("text", "Bonjour, voir"), ("headers", "multipart/mixed"), ("source", "--outer--")]
)
def test_text_headers_and_source_have_a_view_each(client: FlaskClient, mail_id: str, view: str, shown: str) -> None:
    """Each view shows its part of the mail."""
    assert shown in client.get(f"/inbox/{mail_id}/?show={view}").text


def test_every_link_of_the_mail_is_listed(client: FlaskClient, mail_id: str) -> None:
    """Links of the HTML and of the text can be followed without the frame."""
    page = client.get(f"/inbox/{mail_id}/").text

    assert 'href="https://example.org/act"' in page
    assert 'href="https://example.org/plain"' in page


def test_the_download_is_what_was_received(client: FlaskClient, mail_id: str, mail: bytes) -> None:
    """Byte for byte, so that signatures can be verified."""
    assert client.get(f"/inbox/{mail_id}/raw").data == mail


def test_programs_read_the_same_list(client: FlaskClient, put: Put) -> None:
    """The JSON listing has envelope and subject, searches, and pages."""
    first, second = put("one@example.org"), put("two@example.org")

    everything = client.get("/inbox/messages.json").json
    page = client.get("/inbox/messages.json?limit=1").json

    assert [mail["id"] for mail in everything["messages"]] == [second, first]
    assert everything["messages"][0]["to"] == ["two@example.org"]
    assert everything["older"] is None
    assert page["older"] == second
    assert [m["id"] for m in client.get("/inbox/messages.json?to=one@").json["messages"]] == [first]


@pytest.mark.parametrize("name", ["nothing", "../mobilize", "0000000000000000000-00000000", "..%2F..%2Fkeys"])
def test_an_unknown_mail_is_not_found(client: FlaskClient, name: str) -> None:
    """Only ids that the inbox gave are looked for; none leads out of its folder."""
    assert client.get(f"/inbox/{name}/").status_code == 404


def test_clearing_takes_a_press_on_the_page(client: FlaskClient, mail_id: str, folder: Path) -> None:
    """A POST without the page's token is refused and removes nothing; with it, the inbox is empty."""
    assert client.post("/inbox/").status_code == 422
    assert store.count(folder) == 1
    token = re.search(r'name="form_token"[^>]* value="([^"]+)"', client.get("/inbox/").text)
    assert token is not None

    answer = client.post("/inbox/", data={"form_token": token[1]})

    assert answer.status_code == 303
    assert store.count(folder) == 0


def test_looking_changes_nothing(client: FlaskClient, mail_id: str, folder: Path) -> None:
    """Every page, by GET and HEAD, leaves the folder as it was."""
    before = sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir())
    for path in ("", f"{mail_id}/", f"{mail_id}/html", f"{mail_id}/raw", f"{mail_id}/parts/2", "messages.json"):
        assert client.get(f"/inbox/{path}").status_code == 200
        assert client.head(f"/inbox/{path}").status_code == 200

    assert sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir()) == before
