"""An event for search engines (schema.org/Event): the same facts as its page shows.

Cancelled and postponed events keep their date; one that was moved says when it was to be before (Google's and
schema.org's rules for ``eventStatus`` and ``previousStartDate``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from mobilize.core.i18n import current_language, text_in
from mobilize.core.links import absolute
from mobilize.core.when import Precision, When
from mobilize.events.models import Attendance, Event, EventStatus, Speaker
from mobilize.events.showing import event_url
from mobilize.media.models import Picture
from mobilize.organisations.queries import Brand

_STATUS = {
    EventStatus.SCHEDULED: "EventScheduled",
    EventStatus.POSTPONED: "EventPostponed",
    EventStatus.RESCHEDULED: "EventRescheduled",
    EventStatus.MOVED_ONLINE: "EventMovedOnline",
    EventStatus.CANCELLED: "EventCancelled",
}
_MODE = {
    Attendance.VENUE: "OfflineEventAttendanceMode",
    Attendance.ONLINE: "OnlineEventAttendanceMode",
    Attendance.BOTH: "MixedEventAttendanceMode",
}


def structured_data(
    row: Event, organisation: Brand, speakers: Iterable[Speaker] = (), pictures: Iterable[Picture] = ()
) -> dict[str, Any] | None:
    """The event as JSON-LD; None while it has no date, which schema.org demands."""
    if row.when.precision is Precision.UNKNOWN:
        return None
    language, default = current_language(), organisation.default_language
    start, end = _shown(row.when)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": text_in(row.titles, language, default),
        "description": text_in(row.summaries, language, default),
        "url": event_url(row, organisation),
        "startDate": start,
        "endDate": end,
        "eventStatus": f"https://schema.org/{_STATUS[row.status]}",
        "eventAttendanceMode": f"https://schema.org/{_MODE[row.attendance]}",
        "location": _locations(row, organisation),
        "organizer": {"@type": "Organization", "name": organisation.label},
        "performer": _performers(speakers, default),
        "image": [absolute(f"/media/{one.name}") for one in pictures],
    }
    if row.status in (EventStatus.RESCHEDULED, EventStatus.MOVED_ONLINE) and row.previous is not None:
        data["previousStartDate"] = _shown(row.previous)[0] if row.previous.starts_at else ""
    return {name: value for name, value in data.items() if value}


def _performers(speakers: Iterable[Speaker], default: str) -> list[dict[str, Any]]:
    """Each once, however often they speak: a person with function and organisation, else an organisation."""
    found = []
    for one in speakers:
        texts = (one.names, one.functions, one.organisations)
        name, function, organisation = (text_in(words, current_language(), default) for words in texts)
        whose = {"@type": "Organization", "name": organisation}
        person = {"@type": "Person", "name": name, "jobTitle": function, "affiliation": organisation and whose}
        made = {key: value for key, value in person.items() if value} if name else whose
        if made not in found:
            found.append(made)
    return found


def _shown(when: When) -> tuple[str, str]:
    """Start and end as ISO 8601, local time with its offset; empty where not known."""
    if when.precision is Precision.DATE:
        return str(when.first_day or ""), str(when.last_day or "")
    moments = (when.starts_at, when.ends_at)
    start, end = ("" if at is None else at.astimezone(ZoneInfo(when.zone)).isoformat() for at in moments)
    return start, end


def _locations(row: Event, organisation: Brand) -> list[dict[str, Any]] | dict[str, Any]:
    online = {"@type": "VirtualLocation", "url": event_url(row, organisation)}
    name = text_in(row.venues, current_language(), organisation.default_language)
    address = ", ".join(row.venue_address.splitlines())
    venue = {"@type": "Place", "name": name or address, "address": address or name}
    if row.attendance is Attendance.ONLINE:
        return online
    return [venue, online] if row.attendance is Attendance.BOTH else venue
