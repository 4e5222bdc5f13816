"""Events of the demonstration, as the organisations' own pages tell them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from mobilize.campaigns.service import assign
from mobilize.core import clock
from mobilize.core.feature import Demonstrated
from mobilize.core.when import When, dated, timed, unknown
from mobilize.events.models import Attendance, Event, SpeakerPart
from mobilize.events.service import Facts, Point, add_point, cancel, create_event, publish
from mobilize.events.speakers import SpeakerFacts, add_speaker

_TEXTS = ("titles", "summaries", "texts", "audiences", "organisers", "partners", "venues")
CANCELLED_BEFORE = timedelta(hours=4)
_POINT_TEXTS = ("titles", "details")
_SPEAKER_TEXTS = ("names", "functions", "organisations")


def prepare(shown: Demonstrated) -> Callable[[int], None]:
    """What the organisation's file says of events; nothing is mailed for them."""

    def add(organisation_id: int) -> None:
        for facts in shown.facts or ():
            add_event(organisation_id, facts)

    return add


def add_event(organisation_id: int, source: Mapping[str, Any]) -> Event:
    """An event as a file tells it, published; nothing is mailed for it."""
    texts = {name: source.get(name, {}) for name in _TEXTS}
    facts = Facts(
        **texts,
        attendance=Attendance(source["attendance"]),
        venue_address="\n".join(source.get("venue_address", ())),
        stream_url=source.get("stream_url", ""),
    )
    row = create_event(organisation_id, source["slug"], facts, _when(source))
    for point in source.get("programme", ()):
        words = {name: point.get(name, {}) for name in _POINT_TEXTS}
        when = _when({"zone": source["zone"], **point})
        made = add_point(row, Point(**words, when=when, room=point.get("room", "")))
        for one in point.get("speakers", ()):
            said = {name: one.get(name, {}) for name in _SPEAKER_TEXTS}
            add_speaker(row, made, SpeakerFacts(**said, part=SpeakerPart(one.get("part", "speaker"))))
    publish(row)
    if "campaign" in source:
        assign(organisation_id, "event", row.uid, source["campaign"])
    if "cancelled" in source and row.starts_at is not None:
        cancelled_at = row.starts_at - CANCELLED_BEFORE
        # What is over cannot be cancelled any more: as it was done then, before the start. A rehearsal of the days
        # before it finds the event as it was.
        if clock.now() >= cancelled_at:
            with clock.frozen(cancelled_at):
                cancel(row, source["cancelled"])
    return row


def _when(source: Mapping[str, Any]) -> When:
    """``start`` and ``end`` are local times or days (ISO 8601); neither is there while they are not known."""
    zone, start, end = source["zone"], source.get("start", ""), source.get("end", "")
    if not start:
        return unknown(zone)
    if "T" in start:
        return timed(zone, datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)
    return dated(zone, date.fromisoformat(start), date.fromisoformat(end) if end else None)
