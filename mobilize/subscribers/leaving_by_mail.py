"""``leave+<token>@…``: leaving by an empty mail (RFC 2369), for mail programs that offer no other button.

List-Unsubscribe names it beside the address of the one-click POST, which does the same. Whatever reaches a verified
address leaves, also what a program wrote for its reader (RFC 3834, ``auto-generated``). Nothing is answered, so
nothing can go round in circles; and since nobody sends from such an address, no absence or bounce comes back to it.
"""

from __future__ import annotations

from datetime import datetime

from mobilize.core.errors import NotFound, TokenRefused
from mobilize.core.links import LEAVE, LEAVE_BY_MAIL
from mobilize.core.token_addresses import ids_in
from mobilize.delivery.bases import Leaving
from mobilize.delivery.bounces.mailboxes import Mailbox
from mobilize.delivery.bounces.report import Report
from mobilize.delivery.bounces.service import STALE, tally
from mobilize.subscribers.service import leave_as_told

LEFT = "left"


def take(address: str, _report: Report, now: datetime) -> None:
    """Let the person that a verified ``address`` names leave, and count it; twice is once."""
    leaving = Leaving.of(ids_in(address, LEAVE, LEAVE_BY_MAIL))
    try:
        leave_as_told(leaving, "leave-mail")
    except NotFound:
        tally(STALE, now.date())
    else:
        tally(LEFT, now.date())


def _knows(address: str) -> bool:
    try:
        Leaving.of(ids_in(address, LEAVE, LEAVE_BY_MAIL))
    except TokenRefused:
        return False
    return True


LEAVING = Mailbox(_knows, take)
