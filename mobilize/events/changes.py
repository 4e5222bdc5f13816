"""What becomes of an announced event, and whoever is registered told in the same commit. The pages call these.

change -> events.service (moment, status, sequence) -> one message to everybody; it ends what waits of earlier ones

Who is on the waiting list, or is offered a seat, gets words without a calendar part in the same commit.
"""

from __future__ import annotations

from mobilize.core import clock
from mobilize.core.when import When
from mobilize.delivery.messages import revoke
from mobilize.events import service
from mobilize.events.calendar import cancellation, invitation
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations import mails, offers, waiting_mails
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.queries import last_sequence, people
from mobilize.events.service import Texts
from mobilize.organisations.queries import Brand, brand

REASON = "event-cancelled"
"""Why the ledger revoked a link to confirm: there is nothing to confirm any more."""


def move(event: Event, when: When, reasons: Texts) -> None:
    """Another moment; everybody who is registered gets the new date with the old one, once. See ``service.move``."""
    service.move(event, when, reasons)
    _tell(event, "events/moved")
    _tell_waiting(event, "events/moved_waiting")


def postpone(event: Event, reasons: Texts) -> None:
    """No moment for now; entries in calendars are taken back until there is one. See ``service.postpone``."""
    service.postpone(event, reasons)
    _tell(event, "events/postponed", taken_back=True)
    offers.withdraw(event)
    _tell_waiting(event, "events/postponed_waiting")


def move_online(event: Event, reasons: Texts) -> None:
    """Online for everybody; who waits for a seat can take part without one. See ``service.move_online``."""
    service.move_online(event, reasons)
    for row in _tell(event, "events/online"):
        row.attendance = Attendance.ONLINE
    offers.withdraw(event)
    _tell_waiting(event, "events/online_waiting")


def cancel(event: Event, reasons: Texts) -> None:
    """It does not take place: apologies to whoever is registered, waits or asked to be. See ``service.cancel``."""
    service.cancel(event, reasons)
    # First, as everywhere: messages are locked before rows, and calendar mail locks rows of earlier messages.
    revoke(mails.request_anchor(event), REASON)
    pending = people(event.id, [RegistrationState.PENDING])
    registered = _tell(event, "events/cancelled", taken_back=True)
    mails.send_change("events/cancelled_pending", event, _house(event), pending, None)
    waiting = _tell_waiting(event, "events/cancelled_waiting")
    for row in (*registered, *pending, *waiting):
        row.state, row.held_until, row.changed_at = RegistrationState.EVENT_CANCELLED, None, clock.now()


def _tell(event: Event, template: str, *, taken_back: bool = False) -> list[Registration]:
    """Who was told. The event's sequence is over that of every entry that somebody has."""
    event.sequence = max(event.sequence, last_sequence(event.id) + 1)
    registered = [*people(event.id, [RegistrationState.REGISTERED])]
    mails.send_change(template, event, _house(event), registered, cancellation if taken_back else invitation)
    return registered


def _tell_waiting(event: Event, template: str) -> list[Registration]:
    """Who was told, in the order in which they wait."""
    rows = offers.waiting(event.id)
    waiting_mails.send_change(template, event, _house(event), rows)
    return rows


def _house(event: Event) -> Brand:
    return brand(event.organisation_id)
