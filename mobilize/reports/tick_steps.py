"""What time alone makes due in reports, as steps of a pass of the clock."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery import retention
from mobilize.mailings.models import Mailing
from mobilize.reports.queries import mailing_report


def store_reports(now: datetime, _settings: Settings) -> None:
    """Store the reports of mailings whose ledger is about to go: from then on they are shown as final."""
    with db.reading():
        due = retention.ended_before(now)
        wanted = select(Mailing.id).where(Mailing.message_id.in_(due)).order_by(Mailing.id)
        mailing_ids = session.scalars(wanted).all() if due else ()
    for mailing_id in mailing_ids:
        db.in_steps(partial(_store, mailing_id))


def _store(mailing_id: int) -> bool:
    """One mailing; a second look finds it stored."""
    row = session.get_one(Mailing, mailing_id)
    assert row.message_id is not None  # noqa: S101 - found by it
    return retention.store_final(row.message_id, {"left": mailing_report(row).left})
