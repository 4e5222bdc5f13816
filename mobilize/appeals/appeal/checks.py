"""What appeals say of a mailing that shows them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from mobilize.appeals.appeal import queries, rules
from mobilize.appeals.appeal.models import Appeal
from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.feature import Checked, CheckLine
from mobilize.core.i18n import _, show_number

KIND = "appeal:"


def checks(mailing: Checked) -> Iterator[CheckLine]:
    """More people than were approved keep it here; an appeal that ended may be shown on purpose: its author judges."""
    shown = {source.removeprefix(KIND) for source, _version in mailing.live if source.startswith(KIND)}
    own = select(Appeal).where(Appeal.organisation_id == mailing.organisation_id, Appeal.uid.in_(shown))
    for row in session.scalars(own.order_by(Appeal.id)) if shown else ():
        yield from _lines(row, mailing)


def _lines(row: Appeal, mailing: Checked) -> Iterator[CheckLine]:
    title = queries.title_of(row)
    ceiling = queries.published_of(row).ceiling if row.published and row.outcome is None else None
    if ceiling is not None and mailing.people() > ceiling:
        words = _("“%(title)s” was approved for at most %(count)s people", title=title, count=show_number(ceiling))
        yield CheckLine(words, is_error=True)
    if row.outcome is not None:
        yield CheckLine(_("“%(title)s” is closed", title=title))
    elif rules.is_over(row.act_until, row.timezone, clock.now()):
        yield CheckLine(_("The last day to act on “%(title)s” is over", title=title))
