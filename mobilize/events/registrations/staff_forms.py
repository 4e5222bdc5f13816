"""What staff type when they act for a registrant, to typed values."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import BooleanField, EmailField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import Optional

from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, lazy, text_in
from mobilize.core.text_fields import REQUIRED
from mobilize.core.whole_numbers import IntegerField
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import RegistrationForm
from mobilize.events.registrations.rules import choices
from mobilize.events.registrations.staff import Entered
from mobilize.events.registrations.words import WHERE
from mobilize.events.showing import show_when


class ActForm(Form):
    """Why staff act for somebody, and whether that person reads of it."""

    reason = StringField(lazy("Reason"), [REQUIRED], description=lazy("Kept in the activity log, without a name."))
    told = BooleanField(lazy("Tell them by email"))


class PlaceForm(ActForm):
    attendance = RadioField(lazy("Takes part"), [REQUIRED])
    language = SelectField(lazy("Language of their emails"), [REQUIRED])


class AddForm(PlaceForm):
    """Somebody who asked staff to be registered."""

    address = EmailField(lazy("Email address"), [REQUIRED])
    first_name = StringField(lazy("First name"), [Optional()])
    last_name = StringField(lazy("Last name"), [Optional()])
    party = IntegerField(lazy("How many people?"), [REQUIRED])

    def entered(self) -> Entered:
        """Whom staff add; the form is valid."""
        return Entered(
            self.address.data or "",
            self.first_name.data or "",
            self.last_name.data or "",
            self.language.data,
            Attendance(self.attendance.data),
            self.party.data or 0,
        )


class MoveForm(ActForm):
    to = SelectField(lazy("Event"), [REQUIRED])
    attendance = RadioField(lazy("Takes part"), [REQUIRED])


def offer_places(form: PlaceForm | MoveForm, ways: Sequence[Attendance]) -> None:
    """The ways of taking part that can be chosen."""
    form.attendance.choices = [SelectChoice(one.value, str(WHERE[one])) for one in ways]


def offer_languages(form: PlaceForm, languages: Sequence[str], known: str = "") -> None:
    """The organisation's languages, and the one that somebody has already."""
    every = [*languages, *([known] if known and known not in languages else [])]
    form.language.choices = [SelectChoice(one, LANGUAGES.get(one, one)) for one in every]


def offer_targets(form: MoveForm, events: Sequence[Event], language: str, default: str) -> None:
    """The other events, with their dates; and every way of taking part that one of them has."""
    form.to.choices = [
        SelectChoice(one.slug, f"{text_in(one.titles, language, default)} – {show_when(one.when)}") for one in events
    ]
    ways = {way for one in events for way in choices(one)}
    offer_places(form, [one for one in WHERE if one in ways])


def has_party(form: RegistrationForm | None) -> bool:
    """Whether one registration may be for several people."""
    return form is not None and form.largest_party > 1
