"""Calendar entries and pictures for tests of mail that carries them, and how a receiver reads them."""

from __future__ import annotations

import base64
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import icalendar

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def entry(method: str = "REQUEST", sequence: int = 0, *lines: str, summary: str = "Réunion des défenseurs") -> str:
    """What a feature would give: one event with its time zone and an alarm."""
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Mobilize//EN",
            f"METHOD:{method}",
            "BEGIN:VTIMEZONE",
            "TZID:Europe/Brussels",
            "BEGIN:STANDARD",
            "DTSTART:20261025T030000",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0100",
            "END:STANDARD",
            "END:VTIMEZONE",
            "BEGIN:VEVENT",
            "UID:6f1c@example.org",
            "DTSTAMP:20261120T090000Z",
            "DTSTART;TZID=Europe/Brussels:20261205T180000",
            f"SEQUENCE:{sequence}",
            "ORGANIZER:mailto:news@example.org",
            f"SUMMARY:{summary}",
            *lines,
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            "DESCRIPTION:Soon",
            "TRIGGER:-PT1H",
            "END:VALARM",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


def parsed(raw: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(raw)  # type: ignore[return-value]


def part_of(mail: EmailMessage, content_type: str) -> EmailMessage:
    (found,) = [part for part in mail.walk() if part.get_content_type() == content_type]
    return found  # type: ignore[return-value]


def calendar_text(mail: EmailMessage) -> bytes:
    """The octets of the calendar part, decoded."""
    payload = part_of(mail, "text/calendar").get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def event_in(mail: EmailMessage) -> Any:
    """The one event of a mail, as another implementation reads it."""
    (event,) = icalendar.Calendar.from_ical(calendar_text(mail)).walk("VEVENT")
    return event
