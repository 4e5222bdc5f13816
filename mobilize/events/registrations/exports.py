"""The organiser's list as a file with cells that are safe in spreadsheets; the trail says how long it is.

People are read in steps; what stays in memory is the file itself, a few megabytes at ``MOST_ROWS``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from mobilize.core import audit
from mobilize.core.cells import safe, safe_in_lists
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _, current_language, show_number, text_in
from mobilize.delivery.models import Recipient
from mobilize.delivery.recipients import contact_of
from mobilize.events.door.queries import entered
from mobilize.events.models import Event
from mobilize.events.registrations.answers import owner_of
from mobilize.events.registrations.groups import groups_of
from mobilize.events.registrations.listing import Chosen, listed, total
from mobilize.events.registrations.queries import Registrant
from mobilize.events.registrations.words import STATE
from mobilize.events.showing import ATTENDANCE
from mobilize.organisations.queries import Brand
from mobilize.questions.queries import answers_of_many, every_question
from mobilize.questions.rules import Asked, shown

STEP = 500
MOST_ROWS = 20_000
"""Of one file: it is made in memory, and its transaction holds SQLite's write lock meanwhile."""

Row = Sequence[str]


class Kind(StrEnum):
    """What the list is exported as."""

    CSV = "csv"
    XLSX = "xlsx"


TYPES = {
    Kind.CSV: "text/csv; charset=utf-8",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def export(event: Event, house: Brand, wanted: Chosen, kind: Kind) -> BinaryIO:
    """A part of the list as a file, at its beginning; the trail says so.

    Raises:
        Refused: more people than a file holds.
    """
    number = total(event.id, wanted)
    if number > MOST_ROWS:
        raise Refused(
            "kind",
            _("A file holds at most %(count)s people. Choose fewer with the filters", count=show_number(MOST_ROWS)),
        )
    audit.record(
        "registrations.exported",
        organisation_id=event.organisation_id,
        subject=f"event:{event.uid}",
        file=kind.value,
        people=number,
        **wanted.as_query,
    )
    file = io.BytesIO()
    (_write_csv if kind is Kind.CSV else _write_xlsx)(file, _table(event, house, wanted))
    file.seek(0)
    return file


def _table(event: Event, house: Brand, wanted: Chosen) -> Iterator[Row]:
    """The header, then a row for everybody, in words of the reader's language and times of the event's zone."""
    asked, default = every_question(owner_of(event.id)), house.default_language
    groups = {one.uid: text_in(one.names, current_language(), default) for one in groups_of(event.id)}
    yield [*_header(), *(one.label(current_language(), default) for one in asked)]
    after = ""
    while found := listed(event.id, wanted, after=after, at_most=STEP):
        yield from _step(event, found, asked, groups, default)
        after = found[-1].row.uid


def _header() -> list[str]:
    return [
        _("First name"),
        _("Last name"),
        _("Email address"),
        _("Language"),
        _("State"),
        _("Takes part"),
        _("People"),
        _("Group"),
        _("Registered"),
        _("Came in"),
    ]


def _step(
    event: Event, found: Sequence[Registrant], asked: Sequence[Asked], groups: dict[str, str], default: str
) -> Iterator[Row]:
    given = answers_of_many([who.row.recipient_id for who in found], asked)
    came = entered([who.row.id for who in found])
    for who in found:
        row, answers = who.row, given.get(who.row.recipient_id, {})
        contact = contact_of(session.get_one(Recipient, row.recipient_id))
        words = (shown(one, answers[one.id], current_language(), default) if one.id in answers else "" for one in asked)
        yield [
            contact.first_name,
            contact.last_name,
            contact.email,
            row.language,
            str(STATE[row.state]),
            str(ATTENDANCE[row.attendance]),
            show_number(row.party),
            groups.get(row.group_uid, ""),
            _wall(row.registered_at, event.timezone),
            _wall(came.get(row.id), event.timezone),
            *words,
        ]


def _wall(moment: datetime | None, zone: str) -> str:
    return "" if moment is None else moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _write_csv(file: BinaryIO, rows: Iterator[Row]) -> None:
    """With a byte-order mark, by which spreadsheets recognise UTF-8."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    out = csv.writer(text)
    for row in rows:
        out.writerow([safe_in_lists(cell) for cell in row])
    text.detach()


def _write_xlsx(file: BinaryIO, rows: Iterator[Row]) -> None:
    """In write-only mode, in which openpyxl keeps no row in memory."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("registrations")
    for row in rows:
        sheet.append([safe(cell) for cell in row])
    book.save(file)
