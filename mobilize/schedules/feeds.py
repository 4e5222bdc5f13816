"""What goes out as an iCalendar feed (RFC 5545, 5546 3.2.1) for a colleague, by a link that can be revoked.

make_link -> /outgoing/<token> -> the link's row, and whether its owner may still read rules here -> PUBLISH

It names nobody: titles, moments, states and numbers of people. What was not sent stays in it with STATUS:CANCELLED.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from mobilize.accounts.queries import membership_in, profile
from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.i18n import _, ngettext, show_number
from mobilize.core.links import absolute
from mobilize.core.permissions import granted
from mobilize.core.when import Precision, When
from mobilize.events.calendar import CalendarEntry, calendar
from mobilize.organisations.queries import Brand
from mobilize.schedules.models import CalendarLink
from mobilize.schedules.outgoing import Outgoing, State, between

BEFORE, AHEAD = timedelta(days=60), timedelta(days=400)
"""What the feed holds: what calendar programs show of it, and no more."""
READS = "rule.feed"


def link_of(organisation_id: int, user_id: int) -> CalendarLink | None:
    """A colleague's link that works; None if they have none."""
    wanted = select(CalendarLink).where(
        CalendarLink.organisation_id == organisation_id,
        CalendarLink.user_id == user_id,
        CalendarLink.revoked_at.is_(None),
    )
    return session.scalar(wanted.order_by(CalendarLink.id.desc()).limit(1))


def make_link(organisation_id: int, user_id: int) -> CalendarLink:
    """The colleague's link; a second press gives the one there is."""
    row = link_of(organisation_id, user_id)
    if row is None:
        row = CalendarLink(organisation_id=organisation_id, user_id=user_id, created_at=clock.now())
        session.add(row)
        session.flush()
        audit.record("calendar-link.made", organisation_id=organisation_id, subject=f"calendar-link:{row.uid}")
    return row


def revoke_links(organisation_id: int, user_id: int) -> None:
    """End a colleague's link; repeating is nothing."""
    row = link_of(organisation_id, user_id)
    if row is not None:
        row.revoked_at = clock.now()
        audit.record("calendar-link.revoked", organisation_id=organisation_id, subject=f"calendar-link:{row.uid}")


def opened(link_id: int) -> CalendarLink:
    """Raises NotFound: the link is revoked, or went with its colleague."""
    row = session.get(CalendarLink, link_id)
    if row is None or row.revoked_at is not None:
        raise NotFound("calendar")
    return row


def language_of(link: CalendarLink) -> str:
    """The language in which its colleague reads the studio."""
    return profile(link.user_id).language


def feed(organisation: Brand, link: CalendarLink, now: datetime) -> bytes:
    """What goes out in the next year, and what the last two months brought.

    Raises:
        NotFound: whoever has the link does not work here any more, or may not read it.
    """
    place = membership_in(organisation.slug, link.user_id)
    if place is None or READS not in granted(place.role):
        raise NotFound("calendar")
    entries = [_entry(one) for one in between(organisation, now - BEFORE, now + AHEAD)]
    return calendar(entries, _("What goes out: %(organisation)s", organisation=organisation.label))


def _entry(one: Outgoing) -> CalendarEntry:
    # Translators: what stands in a calendar: "Planned: Reminder".
    title = _("%(status)s: %(title)s", status=one.state_words, title=one.name)
    count = one.people
    reach = "" if count is None else ngettext("%(count)s person", "%(count)s people", count, count=show_number(count))
    return CalendarEntry(
        uid=one.key,
        sequence=0,
        stamp=one.changed_at,
        when=When(Precision.TIME, one.zone, one.at),
        title=title,
        description="\n".join(line for line in (one.why, reach) if line),
        location="",
        url=absolute(one.path),
        is_off=one.state in (State.MISSED, State.STOPPED),
    )
