"""Facts of a condition, read from untrusted JSON or from what a form sent: choices, days, numbers."""

from __future__ import annotations

import re
from datetime import date

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.json_fields import Fields

MOST_DAYS = 36_500
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,2})?\Z")


def chosen(fields: Fields, name: str, *, at_most: int) -> tuple[str, ...]:
    """One or more choices, each once.

    Raises:
        Refused: none, too many, or something else than short texts.
    """
    if fields.value(name) in (None, []):
        raise Refused(fields.place(name), _("Choose at least one"))
    found = []
    for item, place in fields.items(name, at_most=at_most):
        if not isinstance(item, str) or not 0 < len(item) <= 80 or not item.isprintable():
            raise Refused(place, _("Choose among what is offered"))
        found.append(item)
    return tuple(dict.fromkeys(found))


def day(fields: Fields, name: str, *, required: bool) -> date | None:
    """A day written as year-month-day.

    Raises:
        Refused: it is missing where it is required, or no day that can be meant.
    """
    typed = fields.line(name, at_most=10, required=required)
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        raise Refused(fields.place(name), _("Write a date as year-month-day, like 2024-02-29"))
    return found


def number_of_days(fields: Fields, name: str, *, required: bool) -> int | None:
    """Raises Refused: it is missing where it is required, or not a whole number from 1 to a hundred years."""
    value = fields.value(name)
    if value is None and not required:
        return None
    if type(value) is not int or not 1 <= value <= MOST_DAYS:
        raise Refused(fields.place(name), _("Use a number from 1 to %(most)d", most=MOST_DAYS))
    return value


def number(fields: Fields, name: str) -> float:
    """A number, or one as it is typed: a comma is a decimal point.

    Raises:
        Refused: it is missing, or no number.
    """
    value = fields.value(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = format(value, "f").rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    plain = value.strip().replace("٫", ".").replace(",", ".").replace("−", "-") if isinstance(value, str) else ""
    if not _NUMBER.match(plain):
        raise Refused(fields.place(name), _("Write a number like 12 or 3.5, without spaces or signs between thousands"))
    return float(plain)
