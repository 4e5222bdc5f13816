"""What segments ask about subscribers: their lists, their language, since when, and how they agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from wtforms import DateField, Form, SelectChoice, SelectField, SelectMultipleField
from wtforms.validators import Optional

from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.fact_fields import chosen, day, number_of_days
from mobilize.core.feature import Asking, Condition
from mobilize.core.i18n import LANGUAGES, _, current_language, lazy, ngettext, show_date, show_language, text_in
from mobilize.core.json_fields import Fields
from mobilize.core.whole_numbers import IntegerField
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.organisations.queries import brand
from mobilize.subscribers.models import Consent, ConsentAction, MailingList, Subscriber, Subscription, SubscriptionState
from mobilize.subscribers.queries import lists
from mobilize.subscribers.timeline import HOW

GIVES_CONSENT = ("double-opt-in", "import", "preferences", "staff", "undo")
"""The methods by which people agree; the others only withdraw."""


class How(StrEnum):
    """Where a moment lies: at a day or by the days that passed."""

    SINCE = "since"
    BEFORE = "before"
    WITHIN = "within"
    LONGER = "longer"


@dataclass(frozen=True)
class OnList:
    """``list`` is its uid."""

    list: str


@dataclass(frozen=True)
class Speaks:
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Joined:
    """``list`` is a uid, or blank: on any; ``day`` goes with since and before, ``days`` with the others."""

    how: str
    list: str = ""
    day: date | None = None
    days: int | None = None


@dataclass(frozen=True)
class Agreed:
    """``method`` is how; ``list`` is a uid, or blank: to any."""

    method: str
    list: str = ""


class ListForm(Form):
    list = SelectField(lazy("List"))


class LanguageForm(Form):
    languages = SelectMultipleField(lazy("Languages"))


class JoinedForm(Form):
    list = SelectField(lazy("List"))
    how = SelectField(
        lazy("When"),
        choices=[
            SelectChoice(How.SINCE.value, lazy("On a day or later")),
            SelectChoice(How.BEFORE.value, lazy("Before a day")),
            SelectChoice(How.WITHIN.value, lazy("In the last days")),
            SelectChoice(How.LONGER.value, lazy("Longer ago than some days")),
        ],
    )
    day = DateField(lazy("Day"), [Optional()])
    days = IntegerField(lazy("Number of days"), [Optional()])


class AgreedForm(Form):
    method = SelectField(lazy("How"), choices=[SelectChoice(one, HOW[one]) for one in GIVES_CONSENT])
    list = SelectField(lazy("List"))


def _read_on_list(fields: Fields) -> OnList:
    return OnList(fields.line("list", at_most=26, required=True))


def _read_speaks(fields: Fields) -> Speaks:
    return Speaks(chosen(fields, "languages", at_most=50))


def _read_joined(fields: Fields) -> Joined:
    how = _one_of(fields, "how", tuple(How))
    by_day = how in (How.SINCE, How.BEFORE)
    found = Joined(
        how,
        fields.line("list", at_most=26),
        day(fields, "day", required=by_day),
        number_of_days(fields, "days", required=not by_day),
    )
    return Joined(how, found.list, day=found.day) if by_day else Joined(how, found.list, days=found.days)


def _read_agreed(fields: Fields) -> Agreed:
    return Agreed(_one_of(fields, "method", GIVES_CONSENT), fields.line("list", at_most=26))


def _one_of(fields: Fields, name: str, choices: Sequence[str]) -> str:
    value = fields.line(name, at_most=40, required=True)
    if value not in choices:
        raise Refused(fields.place(name), _("Choose among what is offered"))
    return value


def _on_list(facts: OnList, asking: Asking) -> Select[int]:
    row = _list(asking.organisation_id, facts.list)
    return select(Subscription.recipient_id).where(Subscription.list_id == row.id, _IS_SUBSCRIBED)


def _speakers(facts: Speaks, asking: Asking) -> Select[int]:
    """Whoever chose one of the languages, or a variety of one (fr-BE is French)."""
    spoken = [or_(Recipient.language == tag, Recipient.language.startswith(f"{tag}-", autoescape=True)) for tag in
              facts.languages]  # fmt: skip
    return select(Recipient.id).where(
        Recipient.organisation_id == asking.organisation_id,
        Recipient.kind == RecipientKind.PERSON,
        Recipient.erased_at.is_(None),
        or_(*spoken),
    )


def _joined(facts: Joined, asking: Asking) -> Select[int]:
    """Of a list, since when they are on it; of none, since when they are known."""
    if facts.list:
        row = _list(asking.organisation_id, facts.list)
        on_it = select(Subscription.recipient_id).where(Subscription.list_id == row.id, _IS_SUBSCRIBED)
        return on_it.where(_lies(Subscription.changed_at, facts, asking))
    known = select(Subscriber.recipient_id).where(Subscriber.organisation_id == asking.organisation_id)
    return known.where(_lies(Subscriber.created_at, facts, asking))


def _lies(column: InstrumentedAttribute[datetime], facts: Joined, asking: Asking) -> ColumnElement[bool]:
    if facts.day is not None:
        zone = ZoneInfo(brand(asking.organisation_id).timezone)
        begins = datetime.combine(facts.day, time(), zone)
        return column >= begins if facts.how == How.SINCE else column < begins
    ago = asking.now - timedelta(days=facts.days or 0)
    return column >= ago if facts.how == How.WITHIN else column < ago


def _agreed(facts: Agreed, asking: Asking) -> Select[int | None]:
    given = select(Consent.recipient_id).where(
        Consent.organisation_id == asking.organisation_id,
        Consent.recipient_id.is_not(None),
        Consent.action == ConsentAction.GIVEN,
        Consent.method == facts.method,
    )
    return given.where(Consent.list_id == _list(asking.organisation_id, facts.list).id) if facts.list else given


_IS_SUBSCRIBED = Subscription.state == SubscriptionState.SUBSCRIBED


def _list(organisation_id: int, uid: str) -> MailingList:
    """Raises Refused: no list of the organisation has this uid."""
    wanted = select(MailingList).where(MailingList.organisation_id == organisation_id, MailingList.uid == uid)
    found = session.scalar(wanted)
    if found is None:
        raise Refused("list", _("Choose lists of this organisation"))
    return found


def _list_name(organisation_id: int, uid: str) -> str:
    return _shown(_list(organisation_id, uid))


def _shown(row: MailingList) -> str:
    return text_in(row.names, current_language(), brand(row.organisation_id).default_language)


def _words_on_list(facts: OnList, organisation_id: int) -> str:
    return _("is on “%(list)s”", list=_list_name(organisation_id, facts.list))


def _words_speaks(facts: Speaks, _organisation_id: int) -> str:
    return _("gets emails in %(languages)s", languages=_or(show_language(tag) for tag in facts.languages))


def _words_joined(facts: Joined, organisation_id: int) -> str:
    what = _moment(facts)
    if facts.list:
        return _("subscribed to “%(list)s” %(when)s", list=_list_name(organisation_id, facts.list), when=what)
    return _("subscribed for the first time %(when)s", when=what)


def _moment(facts: Joined) -> str:
    if facts.day is not None:
        shown = show_date(facts.day)
        return _("on %(day)s or later", day=shown) if facts.how == How.SINCE else _("before %(day)s", day=shown)
    days = facts.days or 0
    if facts.how == How.WITHIN:
        return ngettext("in the last %(num)s day", "in the last %(num)s days", days)
    return ngettext("more than %(num)s day ago", "more than %(num)s days ago", days)


def _words_agreed(facts: Agreed, organisation_id: int) -> str:
    how = str(HOW[facts.method])
    if facts.list:
        return _("agreed to “%(list)s” %(how)s", list=_list_name(organisation_id, facts.list), how=how)
    return _("agreed to some list %(how)s", how=how)


def _or(words: Any) -> str:
    return _(" or ").join(words)


def _offer_list(form: Any, organisation_id: int) -> None:
    form.list.choices = [SelectChoice(row.uid, _shown(row)) for row in lists(organisation_id)]


def _offer_any_list(form: Any, organisation_id: int) -> None:
    _offer_list(form, organisation_id)
    form.list.choices = [SelectChoice("", _("Any list")), *form.list.choices]


def _offer_languages(form: Any, organisation_id: int) -> None:
    """Those of the organisation, and those that were chosen before."""
    tags = dict.fromkeys((*brand(organisation_id).languages, *LANGUAGES, *(form.languages.data or ())))
    form.languages.choices = [SelectChoice(tag, show_language(tag)) for tag in tags]


ON_LIST = Condition("subscribed", lazy("Is on a list"), ListForm, _read_on_list, _on_list, _words_on_list, _offer_list)
SPEAKS = Condition("language", lazy("Language"), LanguageForm, _read_speaks, _speakers, _words_speaks, _offer_languages)
JOINED = Condition(
    "joined", lazy("Subscribed since"), JoinedForm, _read_joined, _joined, _words_joined, _offer_any_list
)
AGREED = Condition(
    "consent", lazy("How they agreed"), AgreedForm, _read_agreed, _agreed, _words_agreed, _offer_any_list
)
