"""The calendar part of a mail: what it takes, how the recipient stands in it, and that any name is read back."""

from __future__ import annotations

from urllib.parse import unquote

import icalendar
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mobilize.core.errors import Refused
from mobilize.delivery.mime.calendar import attendee, read_calendar
from mobilize.delivery.mime.header_fields import checked_address, flattened, wire_address
from tests.delivery.calendar_mail import calendar_text, entry, event_in, parsed, part_of
from tests.delivery.sample_mail import AT, VALUES, compiled

HOSTILE = (
    'Anna "the ^lion^" O\'Neill; CN=x:mailto:evil@example.org, Jr.',
    "x\r\nATTENDEE:mailto:evil@example.org\r\nEND:VEVENT",
    "^n^'^^",
    "\N{ARABIC LETTER NOON}" * 90,
    "\N{FAMILY}\N{ZERO WIDTH JOINER}" * 40,
    "a" * 74 + "é" * 40,
    "\u202e evil \u2028 line",
)
LOCAL = st.text(st.sampled_from("abz09.+-_!#$%&'*/=?^`{|}~éж漢\N{ARABIC LETTER BEH}"), min_size=1, max_size=60)
DOMAIN = st.sampled_from(["example.org", "bücher.example", "a" * 60 + ".example.net", "مثال.example"])


def mail(name: str = "", address: str = "amina@example.org", calendar: str = "") -> bytes:
    message = compiled(calendar=calendar or entry())
    return message.render(VALUES, to_name=name, to_address=address, message_id="1.2@example.org", date=AT).as_bytes()


def test_it_is_the_last_alternative_and_no_attachment() -> None:
    """Text, HTML, calendar; the method parameter equals the body's METHOD (RFC 6047)."""
    found = parsed(mail(calendar=entry("CANCEL")))
    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    part = part_of(found, "text/calendar")
    assert part["Content-Type"] == 'text/calendar; method="CANCEL"; charset="utf-8"'
    assert part.get("Content-Disposition") is None
    assert b"\r\nMETHOD:CANCEL\r\n" in calendar_text(found)


def test_what_the_feature_gave_arrives_as_it_was() -> None:
    """Only the attendee is added, among the event's own properties and before its alarm."""
    text = calendar_text(parsed(mail("Amina"))).decode()
    added = 'ATTENDEE;CN="Amina";RSVP=FALSE:mailto:amina@example.org\r\n'
    assert text == entry().replace("BEGIN:VEVENT\r\n", f"BEGIN:VEVENT\r\n{added}")


@settings(deadline=None, max_examples=150)
@given(name=st.text(max_size=200) | st.sampled_from(HOSTILE), local=LOCAL, domain=DOMAIN)
@example(name=HOSTILE[0], local="a%40b&c=d?e#f/g", domain="example.org")
def test_any_name_and_address_is_read_back(name: str, local: str, domain: str) -> None:
    """One attendee, whose name and address are the recipient's; no line of the entry is longer than 75 octets.

    Controls never come as far: they are refused where names are typed, and in every header.
    """
    name, address = flattened(name), checked_address("To", f"{local}@{domain}")
    found = parsed(mail(name, address))
    text = calendar_text(found)
    assert max(map(len, text.split(b"\r\n"))) <= 75
    assert b"\n" not in text.replace(b"\r\n", b"")
    text.decode("utf-8")
    event = event_in(found)
    who = event["ATTENDEE"]
    assert isinstance(who, icalendar.vCalAddress)
    assert unquote(str(who).removeprefix("mailto:")) == wire_address(address)
    assert who.params.get("CN", "") == (name if name.strip() else "")
    assert who.params["RSVP"] == "FALSE"
    assert str(event["SUMMARY"]) == "Réunion des défenseurs"


@settings(deadline=None, max_examples=100)
@given(name=st.text(max_size=300), address=st.builds("{}@{}".format, LOCAL, DOMAIN))
def test_an_attendee_is_one_folded_line(name: str, address: str) -> None:
    """Whatever is in it: lines of at most 75 octets, each but the first begun by a space, cut between characters."""
    lines = attendee(name, address).encode().split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 for line in lines)
    assert all(line.startswith(b" ") for line in lines[1:])
    assert lines[0].startswith(b"ATTENDEE")
    for line in lines:
        line.decode("utf-8")


TYPED = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]) | st.just("\n"), max_size=300)


@settings(deadline=None, max_examples=100)
@given(title=TYPED, description=TYPED)
def test_what_the_library_writes_is_taken(title: str, description: str) -> None:
    """Features write entries with icalendar: whatever is typed into an event arrives as that library reads it."""
    made, event = icalendar.Calendar(), icalendar.Event()
    for name, value in {"prodid": "-//x//EN", "version": "2.0", "method": "REQUEST"}.items():
        made.add(name, value)
    facts = {"uid": "1@example.org", "dtstamp": AT, "dtstart": AT, "sequence": 3, "organizer": "mailto:a@example.org"}
    for name, value in {**facts, "summary": title, "description": description}.items():
        event.add(name, value)
    made.add_component(event)
    written = made.to_ical().decode()
    (own,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
    found = event_in(parsed(mail("Amina", calendar=written)))
    assert (found["SUMMARY"], found["DESCRIPTION"]) == (own["SUMMARY"], own["DESCRIPTION"])


def test_what_may_end_a_line_elsewhere_becomes_a_space() -> None:
    """U+2028 and its like are text in an entry, but not to every program that reads it."""
    text = calendar_text(parsed(mail(calendar=entry(summary="One\u2028METHOD:CANCEL\x85x")))).decode()
    assert "SUMMARY:One METHOD:CANCEL x\r\n" in text


@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_long_lines_are_folded_anew(break_: str) -> None:
    """However the feature folded them, and whichever line ends it used."""
    summary = "Réunion " * 30
    text = entry(summary=summary).replace("\r\n", break_)
    folded = text.replace("Réunion Réunion", f"Réunion{break_}  Réunion")
    read = read_calendar(folded)
    assert read == read_calendar(text)
    assert all(len(line.encode()) <= 75 for line in (read.head + read.tail).split("\r\n"))
    assert str(event_in(parsed(mail(calendar=folded)))["SUMMARY"]) == summary.strip() + " "


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "calendar.METHOD"),
        ("BEGIN:VEVENT\r\nEND:VEVENT\r\n", "calendar.METHOD"),
        (entry("PUBLISH"), "calendar.METHOD"),
        (entry().replace("METHOD:REQUEST\r\n", ""), "calendar.METHOD"),
        (entry().replace("METHOD:REQUEST\r\n", "METHOD:REQUEST\r\nMETHOD:CANCEL\r\n"), "calendar.METHOD"),
        (entry("REQUEST", 0, "ATTENDEE:mailto:a@example.org"), "calendar.ATTENDEE"),
        (entry("REQUEST", 0, "attendee;CN=x:mailto:a@example.org"), "calendar.ATTENDEE"),
        (entry("REQUEST", 0, "RRULE:FREQ=DAILY"), "calendar.RRULE"),
        (entry("REQUEST", 0, "UID:2"), "calendar.UID"),
        (entry().replace("SEQUENCE:0\r\n", ""), "calendar.SEQUENCE"),
        (entry().replace("ORGANIZER:mailto:news@example.org\r\n", ""), "calendar.ORGANIZER"),
        (entry("REQUEST", 0, "END:VEVENT", "BEGIN:VEVENT"), "calendar.VEVENT"),
        (entry().replace("END:VALARM\r\n", ""), "calendar.VEVENT"),
        (entry().removesuffix("END:VCALENDAR\r\n"), "calendar.VCALENDAR"),
        (entry() + entry(), "calendar.METHOD"),
        (entry("REQUEST", 0, "no property"), "calendar"),
        (entry("REQUEST", 0, "X-A:a\x00b"), "calendar"),
        (entry("REQUEST", 0, "X-A:" + "a" * 100_000), "calendar"),
    ],
)
def test_another_thing_is_refused(text: str, field: str) -> None:
    """When it is written, with the property at fault: a worker would fail every copy of it."""
    with pytest.raises(Refused) as refused:
        read_calendar(text)
    assert refused.value.field == field
