"""What defenders say of a mailing that names them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from mobilize.appeals import queries, showing
from mobilize.appeals.queries import SOURCE
from mobilize.core.feature import Checked, CheckLine
from mobilize.core.i18n import _, show_date, show_list
from mobilize.organisations.queries import brand


def checks(mailing: Checked) -> Iterator[CheckLine]:
    """A mailing waits while a gate is closed, so its author is told, and nothing is lost."""
    named = [name.removeprefix(SOURCE) for name, _version in mailing.live if name.startswith(SOURCE)]
    sends_on = _sends_on(mailing)
    for row in queries.defenders_by_uid(mailing.organisation_id, named) if named else ():
        gate, name = queries.gate_of(row), showing.name_of(row)
        if not gate.is_open:
            why = show_list(showing.reasons(gate))
            yield CheckLine(_("The case of %(name)s is being checked, so this will wait: %(why)s", name=name, why=why))
        elif gate.until is not None and sends_on is not None and gate.until < sends_on:
            day = show_date(gate.until)
            words = _("Email about %(name)s is sent until %(day)s only. This sends later and will wait, unless the "
                      "reviews are renewed.", name=name, day=day)  # fmt: skip
            yield CheckLine(words)


def _sends_on(mailing: Checked) -> date | None:
    """The day on which it is to be sent, where that is known."""
    if mailing.sends_at is None:
        return None
    return mailing.sends_at.astimezone(ZoneInfo(brand(mailing.organisation_id).timezone)).date()
