"""What events say of a mailing that shows them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.feature import Checked, CheckLine
from mobilize.core.i18n import _
from mobilize.events.models import Event, EventStatus
from mobilize.events.queries import name_of

KIND = "event:"


def checks(mailing: Checked) -> Iterator[CheckLine]:
    """An event that does not take place, or is over, may be shown on purpose: its author judges."""
    shown = {source.removeprefix(KIND) for source, _version in mailing.live if source.startswith(KIND)}
    own = select(Event).where(Event.organisation_id == mailing.organisation_id, Event.uid.in_(shown))
    now = clock.now()
    for row in session.scalars(own.order_by(Event.id)) if shown else ():
        if row.status is EventStatus.CANCELLED:
            yield CheckLine(_("“%(event)s” is cancelled", event=name_of(row)))
        elif row.is_over(now):
            yield CheckLine(_("“%(event)s” is over", event=name_of(row)))
