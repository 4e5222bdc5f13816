"""What time alone makes due for rules, as steps of a pass of the clock."""

from __future__ import annotations

from datetime import datetime

import structlog

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.settings import Settings
from mobilize.mailings import launch
from mobilize.mailings import service as mailings
from mobilize.mailings.models import Mailing
from mobilize.schedules.firing import fire_due
from mobilize.schedules.queries import held_for_new_content

log = structlog.get_logger(__name__)


def fire_rules(now: datetime, settings: Settings) -> None:
    """Fire what is due and let it leave in the same pass: the step that launches mailings has run already."""
    if fire_due(now, demonstration=settings.inbox_enabled):
        launch.launch_due(now, demonstration=settings.inbox_enabled)


def send_new_content(_now: datetime, _settings: Settings) -> None:
    """Give those who wait for a rule's mail its new text, once what it shows has changed: nobody has to press."""
    with db.reading():
        waiting = held_for_new_content()
    for mailing_id in waiting:
        _renew(mailing_id)


def _renew(mailing_id: int) -> None:
    try:
        with db.writing():
            mailings.send_on_with_new_content(session.get_one(Mailing, mailing_id))
    except (Conflict, Refused) as refusal:
        # It changed once more meanwhile, or cannot be composed: it stays held, and the home page says so.
        log.info("schedules.not_renewed", mailing=mailing_id, why=refusal.message)
