"""What time alone makes due for defenders: reviews lapse."""

from __future__ import annotations

from datetime import datetime

from mobilize.appeals import queries, service
from mobilize.core import db
from mobilize.core.settings import Settings


def follow_gates(_now: datetime, _settings: Settings) -> None:
    """Hold what names somebody whose review has lapsed, each person in a transaction of their own.

    A message that the gate holds without need, such as when the day of a review has come, goes on in the same way.
    """
    with db.reading():
        due = _due()
    for defender_id in due:
        with db.writing():
            service.follow_clock(defender_id)


def _due() -> list[int]:
    """The defenders of messages that are held and should not be, or the other way round."""
    named = queries.defenders_in_live_messages()
    everyone = {row.id: row for rows in named.values() for row in rows}
    is_open = {number: queries.gate_of(row).is_open for number, row in everyone.items()}
    held = queries.held_by_gate(named)
    due = set[int]()
    for message_id, rows in named.items():
        closed = [row.id for row in rows if not is_open[row.id]]
        if bool(closed) != (message_id in held):
            due.update(closed or [rows[0].id])
    return sorted(due)
