"""What pages and calendars say of an event, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mobilize.core.i18n import _, current_language, lazy, text_in
from mobilize.core.links import organisation_url
from mobilize.core.show_when import show_time as show_time
from mobilize.core.show_when import show_when as show_when
from mobilize.core.when import Precision
from mobilize.events.calendar import CalendarEntry
from mobilize.events.models import Attendance, Event, EventStatus, Speaker, SpeakerPart
from mobilize.events.rules import OFF
from mobilize.organisations.queries import Brand

STATUS = {
    EventStatus.SCHEDULED: lazy("As planned"),
    EventStatus.POSTPONED: lazy("Postponed"),
    EventStatus.RESCHEDULED: lazy("Moved to another date"),
    EventStatus.MOVED_ONLINE: lazy("Moved online"),
    EventStatus.CANCELLED: lazy("Cancelled"),
}
TONE = {
    EventStatus.SCHEDULED: "done",
    EventStatus.POSTPONED: "needs",
    EventStatus.RESCHEDULED: "going",
    EventStatus.MOVED_ONLINE: "going",
    EventStatus.CANCELLED: "stopped",
}
ATTENDANCE = {
    Attendance.VENUE: lazy("At a place"),
    Attendance.ONLINE: lazy("Online"),
    Attendance.BOTH: lazy("At a place and online"),
}

PARTS = {
    SpeakerPart.SPEAKER: lazy("Speaker"),
    SpeakerPart.PANELLIST: lazy("Panellist"),
    SpeakerPart.MODERATOR: lazy("Moderator"),
}


@dataclass(frozen=True)
class Banner:
    """What stands above an event's own text: ``tone`` is one of ``templates/ui/card.html``."""

    tone: str
    title: str
    text: str


def show_status(row: Event) -> str:
    return str(STATUS[row.status])


def banner(row: Event, organisation: Brand, now: datetime) -> Banner | None:
    """What became of the event since it was announced; None while it is to take place as announced."""
    reason = text_in(row.reasons, current_language(), organisation.default_language)
    if row.status is EventStatus.CANCELLED:
        past = _("Its date is past.") if row.is_over(now) else ""
        return Banner("stopped", _("This event is cancelled."), _joined(reason, past))
    if row.is_over(now):
        return Banner("draft", _("This event is over."), "")
    if row.status is EventStatus.POSTPONED:
        was = _("It was to take place on %(when)s. The new date is not known yet.", when=show_when(row.when))
        return Banner("needs", _("This event is postponed."), _joined(was, reason))
    if row.status is EventStatus.MOVED_ONLINE:
        return Banner("going", _("This event takes place online."), _joined(_moved_words(row), reason))
    if row.status is EventStatus.RESCHEDULED:
        return Banner("going", _("This event has a new date."), _joined(_moved_words(row), reason))
    return None


def place(row: Event, organisation: Brand) -> str:
    """Where it is, on one line; empty where nothing is known."""
    if row.attendance is Attendance.ONLINE:
        return _("Online")
    name = text_in(row.venues, current_language(), organisation.default_language)
    return ", ".join(part for part in (name, *row.venue_address.splitlines()) if part)


def speaker_line(speaker: Speaker, default: str) -> str:
    """Who it is, on one line: "Pascal Smet, state secretary"; a part that is not speaking stands behind it."""
    texts = (speaker.names, speaker.functions, speaker.organisations)
    words = [text_in(one, current_language(), default) for one in texts]
    who = ", ".join(word for word in words if word)
    if speaker.part is SpeakerPart.SPEAKER:
        return who
    # Translators: somebody in a programme, and as what they take part: "Amina Benali, ACODEV (Moderator)".
    return _("%(who)s (%(part)s)", who=who, part=str(PARTS[speaker.part]))


def event_url(row: Event, organisation: Brand) -> str:
    return organisation_url(organisation.slug, f"/events/{row.slug}")


def calendar_entry(row: Event, organisation: Brand) -> CalendarEntry:
    """The event in the reader's language, as a calendar holds it."""
    language, default = current_language(), organisation.default_language
    title = text_in(row.titles, language, default)
    if row.status in OFF:
        # Translators: in front of an event's title: "Cancelled: Partners under Pressure".
        title = _("%(status)s: %(title)s", status=show_status(row), title=title)
    return CalendarEntry(
        uid=row.uid,
        sequence=row.sequence,
        stamp=row.changed_at,
        when=row.when,
        title=title,
        description=text_in(row.summaries, language, default),
        location=place(row, organisation),
        url=event_url(row, organisation),
        is_off=row.status in OFF,
    )


def _moved_words(row: Event) -> str:
    previous = row.previous
    if previous is None or previous.precision is Precision.UNKNOWN:
        return ""
    return _("It was to take place on %(when)s.", when=show_when(previous))


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
