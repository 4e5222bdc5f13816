"""A person takes a break: for a while they get no newsletters and no appeals, and stay on their lists."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_

from mobilize.core import clock
from mobilize.delivery.blocking import pausable
from mobilize.delivery.ledger import stop_rows
from mobilize.delivery.models import Delivery, DeliveryState
from mobilize.delivery.recipients import hold
from mobilize.delivery.rules import PAUSED

PAUSE = timedelta(days=30)


def pause(recipient_id: int) -> datetime:
    """Hold back what waits and whatever is launched until the moment that is given back.

    The person is held first, as for leaving: a launch waits, or its rows are found.

    Raises:
        NotFound: the person was erased.
    """
    person = hold(recipient_id)
    until = person.paused_until = clock.now() + PAUSE
    theirs = and_(
        Delivery.recipient_id == recipient_id, pausable(Delivery.basis_kind, Delivery.basis_id, Delivery.stream)
    )
    stop_rows(theirs, DeliveryState.SUPPRESSED, PAUSED)
    return until


def end_pause(recipient_id: int) -> bool:
    """Mail what is launched from now on; whether there was a pause. What was held back meanwhile is not sent later.

    Raises:
        NotFound: the person was erased.
    """
    person = hold(recipient_id)
    was_paused = person.paused_until is not None and person.paused_until > clock.now()
    person.paused_until = None
    return was_paused
