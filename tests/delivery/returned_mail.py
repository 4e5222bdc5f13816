"""Mails that come back, for tests of what they change."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.delivery.bounces import queries, service
from mobilize.delivery.bounces.reading import read_report
from mobilize.delivery.models import Delivery, Suppression
from mobilize.delivery.sending.return_path import return_path
from tests.delivery.engine_world import FakeTransport, World, drain

CORPUS = Path(__file__).parent / "corpus"
HARD, SOFT, POLICY = "postfix-unknown-user", "postfix-mailbox-full", "postfix-blocked-by-list"
COMPLAINT, DELAYED, AWAY = "arf-yahoo", "postfix-delayed", "out-of-office-english"


def mail(name: str) -> bytes:
    """A mail of the corpus as it comes over the wire."""
    return (CORPUS / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")


def sent_mailing(world: World) -> tuple[int, list[str]]:
    """A mailing that everyone got: its id and its return paths by recipient."""
    message_id = world.launch()
    transport = FakeTransport()
    drain(transport)
    return message_id, [one.sender for one in sorted(transport.sent, key=lambda one: one.key)]


def come_back(name: str, address: str) -> str:
    """Let a mail of the corpus come back to a return path; what became of it."""
    with db.writing():
        return service.record(address, read_report(mail(name)), clock.now())


def rows_of(message_id: int) -> list[tuple[str, str, str]]:
    """State, reason and enhanced code of every row, by id."""
    with db.reading():
        columns = (Delivery.state, Delivery.reason, Delivery.reply_status)
        found = session.execute(select(*columns).where(Delivery.message_id == message_id).order_by(Delivery.id))
        return [(state.value, reason, status) for state, reason, status in found]


def suppressions() -> list[str]:
    """Why addresses are not mailed, in the order in which that began."""
    with db.reading():
        return [reason.value for reason in session.scalars(select(Suppression.reason).order_by(Suppression.id))]


def returned(message_id: int) -> queries.Returned:
    with db.reading():
        return queries.returned_of(message_id)


def counted() -> dict[str, int]:
    """Everything that was counted today."""
    with db.reading():
        return queries.counts_on(clock.now().date())


def path_of(delivery_id: int) -> str:
    return return_path(delivery_id, "example.org")
