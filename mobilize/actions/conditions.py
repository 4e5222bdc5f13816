"""What segments ask about calls to action: who acted under one, or for what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from wtforms import Form, SelectChoice, SelectField

from mobilize.actions import queries
from mobilize.actions.about import about
from mobilize.actions.models import CallToAction
from mobilize.core.errors import Refused
from mobilize.core.feature import Asking, Condition
from mobilize.core.i18n import _, lazy
from mobilize.core.json_fields import Fields
from mobilize.organisations.queries import brand


@dataclass(frozen=True)
class Acted:
    """``what`` is the ref of a call (``action:<uid>``), or of what calls are about (``appeal:<uid>``)."""

    what: str


class ActedForm(Form):
    what = SelectField(lazy("What they did"))


def _read(fields: Fields) -> Acted:
    return Acted(fields.line("what", at_most=60, required=True))


def _people(facts: Acted, asking: Asking) -> Select[int]:
    """Raises Refused: there is no such call, or who acted is not kept any more."""
    _meant(asking.organisation_id, facts.what)
    if queries.has_forgotten_doers(asking.organisation_id, facts.what):
        raise Refused("what", _("Who signed is not kept any more: only the numbers are"))
    return queries.doers(asking.organisation_id, facts.what)


def _meant(organisation_id: int, ref: str) -> Sequence[CallToAction]:
    found = queries.actions_meant(organisation_id, ref)
    if not found:
        raise Refused("what", _("Choose a petition of this organisation"))
    return found


def _words(facts: Acted, organisation_id: int) -> str:
    (row, *_others), house = _meant(organisation_id, facts.what), brand(organisation_id)
    if facts.what == row.ref:
        return _("signed “%(action)s”", action=queries.title_of(row))
    found = about(facts.what, house)
    return _("signed for “%(case)s”", case=found.title if found else "?")


def _offer(form: Any, organisation_id: int) -> None:
    offered = queries.acts_to_choose(brand(organisation_id), also_closed=True)
    form.what.choices = [SelectChoice(ref, words) for ref, words in offered]


ACTED = Condition("acted", lazy("Signed a petition"), ActedForm, _read, _people, _words, _offer)
