"""What segments ask about fairs: who comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from wtforms import Form, SelectChoice, SelectField

from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Asking, Condition
from mobilize.core.i18n import _, lazy
from mobilize.core.json_fields import Fields
from tests.toy.models import Fair, Registration


@dataclass(frozen=True)
class Visits:
    """``fair`` is its uid."""

    fair: str


class VisitsForm(Form):
    fair = SelectField(lazy("Fair"))


def _read(fields: Fields) -> Visits:
    return Visits(fields.line("fair", at_most=26, required=True))


def _people(facts: Visits, asking: Asking) -> Select[int]:
    return select(Registration.recipient_id).where(Registration.fair_id == _fair(asking.organisation_id, facts).id)


def _fair(organisation_id: int, facts: Visits) -> Fair:
    found = session.scalar(select(Fair).where(Fair.organisation_id == organisation_id, Fair.uid == facts.fair))
    if found is None:
        raise Refused("fair", _("This fair is gone"))
    return found


def _words(facts: Visits, organisation_id: int) -> str:
    return _("visits “%(fair)s”", fair=_fair(organisation_id, facts).title)


def _offer(form: Any, organisation_id: int) -> None:
    rows = session.scalars(select(Fair).where(Fair.organisation_id == organisation_id).order_by(Fair.id))
    form.fair.choices = [SelectChoice(row.uid, row.title) for row in rows]


VISITS = Condition("fair", lazy("Visits a fair"), VisitsForm, _read, _people, _words, _offer)
