"""What the receiver takes in: mailboxes, each of which knows its addresses by their token.

Returned mail is this package's own. Upper features have theirs; the command that starts the receiver hands them in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from mobilize.core import clock, db
from mobilize.delivery.bounces import service
from mobilize.delivery.bounces.naming import verified
from mobilize.delivery.bounces.reading import read_report
from mobilize.delivery.bounces.report import Report


@dataclass(frozen=True)
class Mailbox:
    """``knows`` verifies an address without looking anything up; ``take`` gives a mail to it its effect, once.

    ``take`` runs in a writing unit, counts what became of the mail, and may raise ``TooEarly``.
    """

    knows: Callable[[str], bool]
    take: Callable[[str, Report, datetime], object]


RETURNS = Mailbox(knows=lambda address: verified(address) is not None, take=service.record)


def take(addresses: Collection[str], raw: bytes, others: Sequence[Mailbox] = ()) -> None:
    """Record one mail for each of its envelope recipients, all in one commit.

    What none of the ``others`` knows is for the returns: a feedback address has no token.

    Raises:
        TooEarly: it overtook the record of its own mail.
        SQLAlchemyError: the database is away.
    """
    report = read_report(raw)
    with db.writing():
        for address in sorted(addresses):
            mailbox = next((one for one in others if one.knows(address)), RETURNS)
            mailbox.take(address, report, clock.now())
