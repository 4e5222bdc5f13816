"""Who speaks at a point of a programme. Nothing here commits.

Each change raises the event's version, as one of its programme does: mailings that show it are held or frozen anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mobilize.core import audit, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.events import rules
from mobilize.events.models import AgendaPoint, Event, Speaker, SpeakerPart
from mobilize.events.ordering import change_places, positions
from mobilize.events.service import lock, touch

Texts = Mapping[str, str]

MOST_SPEAKERS = 40


@dataclass(frozen=True)
class SpeakerFacts:
    """Somebody at a point of a programme, as ``models.Speaker`` has them; texts by language."""

    names: Texts = field(default_factory=dict)
    functions: Texts = field(default_factory=dict)
    organisations: Texts = field(default_factory=dict)
    part: SpeakerPart = SpeakerPart.SPEAKER


def facts_of(speaker: Speaker) -> SpeakerFacts:
    return SpeakerFacts(speaker.names, speaker.functions, speaker.organisations, speaker.part)


def add_speaker(row: Event, point: AgendaPoint, facts: SpeakerFacts) -> Speaker:
    """One more at the end of a point of this event's programme.

    Raises:
        Conflict: the event is cancelled, or the point has as many as it may have.
        Refused: neither a name nor an organisation, or a text that does not hold.
    """
    _begin(row)
    number, last = positions(Speaker, Speaker.point_id == point.id)
    if number >= MOST_SPEAKERS:
        raise Conflict(_("A point of a programme has at most %(count)d speakers", count=MOST_SPEAKERS))
    made = Speaker(point_id=point.id, position=last + 1, **_columns(facts))
    session.add(made)
    _changed(row)
    return made


def change_speaker(row: Event, speaker: Speaker, facts: SpeakerFacts) -> None:
    """Other words for somebody at a point of this event's programme.

    Raises:
        Conflict: the event is cancelled.
        Refused: as ``add_speaker``.
    """
    _begin(row)
    for name, value in _columns(facts).items():
        setattr(speaker, name, value)
    _changed(row)


def remove_speaker(row: Event, speaker: Speaker) -> None:
    """Raises Conflict: the event is cancelled."""
    _begin(row)
    session.delete(speaker)
    _changed(row)


def move_speaker(row: Event, speaker: Speaker, *, up: bool) -> None:
    """Let somebody change places with their neighbour; at the end of the point they stay.

    Raises:
        Conflict: the event is cancelled.
    """
    _begin(row)
    if change_places(speaker, Speaker.point_id == speaker.point_id, up=up):
        _changed(row)


def _begin(row: Event) -> None:
    lock(row)
    rules.require_changeable(row.status)


def _changed(row: Event) -> None:
    session.flush()
    touch(row)
    audit.record("event.changed", organisation_id=row.organisation_id, subject=f"event:{row.uid}", slug=row.slug)


def _columns(facts: SpeakerFacts) -> dict[str, object]:
    found = {name: text.one_line_each(name, getattr(facts, name)) for name in ("names", "functions", "organisations")}
    if not found["names"] and not found["organisations"]:
        raise Refused("names", _("Write a name, or the organisation that takes part"))
    return {**found, "part": facts.part}
