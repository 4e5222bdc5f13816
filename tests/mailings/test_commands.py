"""The contract's commands, as a script would use them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from mobilize.cli import main
from mobilize.core import crypto, db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.messages import hold_message
from mobilize.delivery.models import Delivery, DeliveryState, HoldCause
from mobilize.delivery.sending.endings import halt_message
from mobilize.mailings.launch import launch_due
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations.queries import may_send_from, organisation_by_slug
from tests.mailings.conftest import CONTENT

Run = Callable[..., Result]
NEW = ("create", "--org", "city", "--list", "newsletter", "--content", "content.json")
KEYS = {"state", "audience", "pending", "accepted", "deferred", "failed", "suppressed", "revoked", "unknown"}


@pytest.fixture
def run(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Commands on an installation with a list of two people and a content file ``content.json``."""
    monkeypatch.setenv("MOBILIZE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MOBILIZE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MOBILIZE_REDIS_URL", settings.redis_url)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "content.json").write_text(json.dumps(CONTENT))
    (tmp_path / "people.csv").write_text("email,language\na@example.org,en\nb@example.org,fr\n")
    runner = CliRunner()

    def invoke(*words: str) -> Result:
        return runner.invoke(main, list(words))

    for line in (
        ("org", "create", "--slug", "city", "--name", "City", "--language", "en", "--language", "fr"),
        ("list", "create", "--org", "city", "--slug", "newsletter", "--name", "News"),
        ("import", "people.csv", "--org", "city", "--list", "newsletter", "--consent", "On paper"),
    ):
        assert (result := invoke(*line)).exit_code == 0, result.output
    yield invoke
    db.disconnect()
    crypto.use(None)


def created(run: Run, *options: str) -> str:
    result = run("mailing", *NEW, "--json", *options)
    assert result.exit_code == 0, result.output
    found: str = json.loads(result.stdout)["id"]
    return found


def status(run: Run, uid: str) -> dict[str, object]:
    result = run("mailing", "status", uid, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_unknown_lists_every_copy_in_doubt(run: Run) -> None:
    """As CSV, by the Message-ID that a server's log knows; masked, or with addresses, which the trail keeps."""
    uid = created(run)
    assert run("mailing", "send", uid).exit_code == 0
    launch_due()
    assert len(run("mailing", "unknown", uid).stdout.splitlines()) == 1
    with db.writing():
        session.execute(update(Delivery).values(state=DeliveryState.UNKNOWN, reason="worker-lost"))
    rows = list(csv.DictReader(run("mailing", "unknown", uid).stdout.splitlines()))
    assert [(row["reason"], row["person"]) for row in rows] == [
        ("worker-lost", "a•••@e•••.org"),
        ("worker-lost", "b•••@e•••.org"),
    ]
    assert len({row["message_id"] for row in rows if "@" in row["message_id"]}) == 2
    whole = list(csv.DictReader(run("mailing", "unknown", uid, "--addresses").stdout.splitlines()))
    assert [row["person"] for row in whole] == ["a@example.org", "b@example.org"]
    with db.reading():
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == "mailing.unclear-listed")) is not None


def test_a_sender_without_proof_is_refused_until_the_operator_allows_it(run: Run, tmp_path: Path) -> None:
    """The sender named when the organisation was made is allowed with it; another one with ``sender allow``."""
    assert run("org", "create", "--slug", "own", "--name", "Own", "--sender", "news@own.test").exit_code == 0
    (tmp_path / "content.json").write_text(json.dumps({**CONTENT, "sender": {"address": "mayor@bücher.test"}}))
    uid = created(run)
    refused = run("mailing", "send", uid)
    assert refused.exit_code == 1
    assert "not proven that you may send from xn--bcher-kva.test" in refused.output
    assert run("sender", "allow", "mayor@xn--bcher-kva.test", "--org", "city").exit_code == 0
    assert run("mailing", "send", uid).exit_code == 0
    with db.reading():
        assert may_send_from(organisation_by_slug("own").id, "news@own.test")


def test_people_on_a_list_are_left_out(run: Run, tmp_path: Path) -> None:
    """``--without`` names a list whose people do not get it; one that is not there is refused by the option's name."""
    (tmp_path / "one.csv").write_text("email\na@example.org\n")
    assert run("list", "create", "--org", "city", "--slug", "press", "--name", "Press").exit_code == 0
    imported = run("import", "one.csv", "--org", "city", "--list", "press", "--consent", "On paper")
    assert imported.exit_code == 0, imported.output
    assert status(run, created(run, "--without", "press"))["audience"] == 1
    refused = run("mailing", *NEW, "--without", "nowhere")
    assert refused.exit_code == 1
    assert "--without: city has no list 'nowhere'" in refused.output


def test_create_send_pause_resume_cancel(run: Run) -> None:
    """Each verb does its one thing; status prints every group."""
    uid = created(run)
    before = status(run, uid)
    assert set(before) == KEYS
    assert (before["state"], before["audience"]) == ("draft", 2)
    assert run("mailing", "send", uid).exit_code == 0
    assert status(run, uid)["state"] == "scheduled"
    launch_due()
    assert {name: status(run, uid)[name] for name in ("state", "pending")} == {"state": "sending", "pending": 2}
    assert run("mailing", "pause", uid).exit_code == 0
    assert status(run, uid)["state"] == "paused"
    assert run("mailing", "resume", uid).exit_code == 0
    assert run("mailing", "cancel", uid).stdout.strip() == "2"
    assert {name: status(run, uid)[name] for name in ("state", "revoked")} == {"state": "cancelled", "revoked": 2}
    assert "cancelled" in run("mailing", "status", uid).stdout


def test_every_cause_that_holds_a_mailing_is_said(run: Run) -> None:
    """``status`` lists them, ``resume`` ends the pause first, then a refusal, and says what is left."""
    uid = created(run)
    run("mailing", "send", uid)
    launch_due()
    run("mailing", "pause", uid)
    with db.writing():
        message_id = mailing_anywhere(uid).message_id
        assert message_id
        halt_message(session.connection(), message_id, "550 5.7.1 no relay")
        hold_message(message_id, HoldCause.GATE, "The hall is not confirmed")
    held = status(run, uid)["held_by"]
    assert isinstance(held, list)
    assert [(one["cause"], one["reason"]) for one in held] == [
        ("staff", ""),
        ("refusal", "550 5.7.1 no relay"),
        ("gate", "The hall is not confirmed"),
    ]
    assert run("mailing", "status", uid).stdout.count("held by") == 3
    left = run("mailing", "resume", uid).stdout.splitlines()
    assert [line.split()[2] for line in left] == ["refusal", "gate"]
    assert "550 5.7.1 no relay" in left[0]
    left = run("mailing", "resume", uid).stdout.splitlines()
    assert [line.split()[2] for line in left] == ["gate"]


def test_sent_at_a_moment_with_its_offset(run: Run) -> None:
    """The moment comes back in UTC; without an offset it is refused, for nobody knows whose clock it is."""
    uid = created(run)
    bare = run("mailing", "send", uid, "--at", "2030-01-01T12:00")
    assert (bare.exit_code, "error: --at:" in bare.output) == (1, True)
    assert run("mailing", "send", uid, "--at", "soon").exit_code == 1
    assert run("mailing", "send", uid, "--at", "2001-01-01T12:00+01:00").exit_code == 1
    assert status(run, uid)["state"] == "draft"
    assert run("mailing", "send", uid, "--hold", "60").exit_code == 0
    assert launch_due() == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("create", "--org", "none", "--list", "newsletter", "--content", "content.json"),
            "organisation was not found",
        ),
        (("create", "--org", "city", "--list", "none", "--content", "content.json"), "city has no list 'none'"),
        (("create", "--org", "city", "--list", "newsletter", "--content", "people.csv"), "This is not JSON"),
        (("status", "none", "--json"), "mailing was not found"),
        (("pause", "none"), "mailing was not found"),
    ],
)
def test_refusals_are_one_line(run: Run, words: tuple[str, ...], message: str) -> None:
    """Names what is wrong; exit status 1; nothing half-done."""
    result = run("mailing", *words)
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if line.startswith("error: ")]
    assert message in line
