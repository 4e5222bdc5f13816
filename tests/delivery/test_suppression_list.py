"""The addresses that are not mailed: seen, added, lifted, brought in and taken out."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.cli import main
from mobilize.core import crypto, db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.permissions import Role
from mobilize.core.settings import Settings
from mobilize.delivery.models import SuppressionReason
from mobilize.delivery.suppression import listing as suppression_list
from mobilize.delivery.suppression.service import suppress
from tests.delivery.engine_world import World, index_of, make_world, states
from tests.delivery.returned_mail import suppressions
from tests.staff import COOKIE, sign_in


@pytest.fixture
def world(installation: Settings) -> World:
    return make_world(people=3)


@pytest.fixture
def place(world: World) -> str:
    return f"/studio/{world.organisation.slug}/people/suppressions"


@pytest.fixture
def owner(client: FlaskClient, world: World) -> FlaskClient:
    return signed_in(client, world, Role.OWNER)


def signed_in(client: FlaskClient, world: World, role: Role) -> FlaskClient:
    with db.writing():
        client.set_cookie(COOKIE, sign_in(world.organisation.id, role))
    return client


def post(client: FlaskClient, path: str, **values: str) -> tuple[int, str]:
    """Fill in the page's form and press its button; status and page."""
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert token is not None
    answer = client.post(path, data={"form_token": token[1], **values})
    return answer.status_code, answer.text


def hold(world: World, number: int, reason: SuppressionReason, source: str = "delivery:1") -> str:
    with db.writing():
        suppress(world.organisation.id, index_of(world, number), reason, source)
    return index_of(world, number).hex()


class Entry(NamedTuple):
    actor: str
    subject: str
    facts: dict[str, object]


def trail(action: str) -> list[Entry]:
    """What the audit trail keeps of an action, in order."""
    with db.reading():
        wanted = select(AuditEntry.actor, AuditEntry.subject, AuditEntry.facts).where(AuditEntry.action == action)
        return [Entry(*row) for row in session.execute(wanted.order_by(AuditEntry.id))]


def test_the_page_shows_reason_source_and_a_masked_address(owner: FlaskClient, world: World, place: str) -> None:
    """Never the address itself; one that nobody here has is shown as such."""
    hold(world, 0, SuppressionReason.HARD_BOUNCE)
    with db.writing():
        gone = crypto.address_index(world.organisation.uid, "gone@example.net")
        suppress(world.organisation.id, gone, SuppressionReason.WITHDRAWAL, "one-click")
    page = owner.get(place).text
    for words in ("r•••@e•••.net", "There is no such address", "An email that came back", "Nobody here has it"):
        assert words in page
    assert "reader-0@example.net" not in page
    assert "2 addresses are not mailed" in page


def test_an_address_added_by_hand_is_held_back(owner: FlaskClient, world: World, place: str) -> None:
    """With what waits for it; the reason is shown, the trail keeps it, and neither holds the address."""
    message_id = world.launch()
    status, _page = post(owner, place, address="Reader-1@example.net", why="Asked by phone, as me@example.org")
    assert status == 303
    assert states(message_id) == {"pending": 2, "suppressed": 1}
    assert "Asked by phone, as (address)" in owner.get(place).text
    (entry,) = trail("suppression.added")
    assert entry.actor.startswith("user:")
    assert "@" not in f"{entry.subject}{entry.facts}"


@pytest.mark.parametrize(
    ("address", "why", "words"),
    [
        ("not an address", "x", "Enter an email address"),
        ("reader-1@example.net", "", "Fill this in"),
        ("reader-0@example.net", "again", "under “Do not mail” already"),
    ],
)
def test_what_does_not_hold_is_refused(
    owner: FlaskClient, world: World, place: str, address: str, why: str, words: str
) -> None:
    """Beside its field; nothing is stored."""
    hold(world, 0, SuppressionReason.MANUAL, "Asked by phone")
    status, page = post(owner, place, address=address, why=why)
    assert status == 422
    assert words in page
    assert len(suppressions()) == 1


def test_a_lifted_address_is_mailed_again(owner: FlaskClient, world: World, place: str) -> None:
    """For a reason, which the trail keeps."""
    mark = hold(world, 0, SuppressionReason.HARD_BOUNCE)
    assert post(owner, f"{place}/{mark}", why="")[0] == 422
    assert post(owner, f"{place}/{mark}", why="They have a new server")[0] == 303
    assert suppressions() == []
    assert states(world.launch()) == {"pending": 3}
    (entry,) = trail("suppression.lifted")
    assert entry.facts == {"was": "hard-bounce", "why": "They have a new server"}


@pytest.mark.parametrize("reason", [SuppressionReason.WITHDRAWAL, SuppressionReason.COMPLAINT])
def test_who_asked_for_no_mail_is_not_brought_back(
    owner: FlaskClient, world: World, place: str, reason: SuppressionReason
) -> None:
    """Only they come back: the page offers no button, and a post is refused."""
    mark = hold(world, 0, reason)
    page = owner.get(f"{place}/{mark}").text
    assert "Only they can come back" in page
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', owner.get(place).text)
    assert token is not None
    answer = owner.post(f"{place}/{mark}", data={"form_token": token[1], "why": "please"})
    assert answer.status_code == 422
    assert suppressions() == [reason.value]


def test_the_list_comes_in_pages(owner: FlaskClient, world: World, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest first, there and back; a cursor of another organisation opens nothing."""
    monkeypatch.setattr(suppression_list, "PAGE", 2)
    for number in range(5):
        with db.writing():
            index = crypto.address_index(world.organisation.uid, f"gone-{number}@example.net")
            suppress(world.organisation.id, index, SuppressionReason.MANUAL, f"Reason {number}")
    first = owner.get(place).text
    assert re.findall(r"Reason \d", first) == ["Reason 4", "Reason 3"]
    second = owner.get(place + re.search(r"\?older=\w+", first)[0]).text  # type: ignore[index]
    assert re.findall(r"Reason \d", second) == ["Reason 2", "Reason 1"]
    back = owner.get(place + re.search(r"\?newer=\w+", second)[0]).text  # type: ignore[index]
    assert re.findall(r"Reason \d", back) == ["Reason 4", "Reason 3"]
    other = make_world(people=1)
    assert owner.get(f"{place}?older={hold(other, 0, SuppressionReason.MANUAL)}").status_code == 404
    assert owner.get(f"{place}?older=zz").status_code == 404


def run(settings: Settings, *words: str) -> Result:
    """A command on the test's installation."""
    environ = {
        "MOBILIZE_DATA_DIR": str(settings.data_dir),
        "MOBILIZE_DATABASE_URL": settings.database_url,
        "MOBILIZE_REDIS_URL": settings.redis_url,
    }
    return CliRunner().invoke(main, words, env=environ)


def test_a_list_is_brought_in(world: World, installation: Settings, tmp_path: Path) -> None:
    """New ones are held back, known ones keep the stronger reason, lines that cannot be read are named."""
    hold(world, 0, SuppressionReason.HARD_BOUNCE)
    file = tmp_path / "list.csv"
    file.write_text("Email;reason\nreader-0@example.net;manual\nnobody@example.net;complaint\nodd;\nx@example.net;\n")
    words = ("--org", world.organisation.slug, "--reason", "manual", "--json")
    found = run(installation, "suppressions", "import", str(file), *words)
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout) == {"added": 2, "known": 1, "rejected": [4]}
    assert suppressions() == ["hard-bounce", "complaint", "manual"]
    again = run(installation, "suppressions", "import", str(file), *words)
    assert json.loads(again.stdout) == {"added": 0, "known": 3, "rejected": [4]}
    assert trail("suppressions.imported")[0].facts == {"added": 2, "known": 1, "rejected": 1}


def test_a_bare_list_of_addresses_is_brought_in(world: World, installation: Settings, tmp_path: Path) -> None:
    """One a line, without a header."""
    file = tmp_path / "list.txt"
    file.write_text("a@example.net\n\nb@example.net\n")
    assert run(installation, "suppressions", "import", str(file), "--org", world.organisation.slug).exit_code == 0
    assert suppressions() == ["manual", "manual"]


def test_a_file_without_addresses_is_refused(world: World, installation: Settings, tmp_path: Path) -> None:
    """Its first line says why."""
    file = tmp_path / "list.csv"
    file.write_text("name,city\nAnn,Ghent\n")
    found = run(installation, "suppressions", "import", str(file), "--org", world.organisation.slug)
    assert found.exit_code == 1
    assert "line 1" in found.stderr


def test_a_list_is_taken_out_without_addresses(world: World, installation: Settings, tmp_path: Path) -> None:
    """And comes back into the same organisation as it was; addresses only where they were asked for."""
    hold(world, 0, SuppressionReason.HARD_BOUNCE)
    hold(world, 1, SuppressionReason.COMPLAINT, "=SUM(A1)")
    out = run(installation, "suppressions", "export", "--org", world.organisation.slug).stdout
    assert "@" not in out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["reason"] for row in rows] == ["hard-bounce", "complaint"]
    assert rows[1]["source"] == "'=SUM(A1)"
    with db.writing():
        for row in rows:
            session.delete(suppression_list._row(world.organisation.id, row["address_index"]))
    file = tmp_path / "export.csv"
    file.write_text(out)
    assert run(installation, "suppressions", "import", str(file), "--org", world.organisation.slug).exit_code == 0
    assert suppressions() == ["hard-bounce", "complaint"]
    known = run(installation, "suppressions", "export", "--org", world.organisation.slug, "--addresses").stdout
    assert "reader-0@example.net" in known
    assert [entry.facts["addresses"] for entry in trail("suppressions.exported")] == [False, True]
