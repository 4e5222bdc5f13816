"""Untrusted input of registration pages to typed values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    EmailField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import Optional

from mobilize.core.edit_forms import EditForm
from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, lazy
from mobilize.core.text import one_line
from mobilize.core.text_fields import REQUIRED, text_values, texts_beside, with_texts
from mobilize.core.when import instant
from mobilize.core.whole_numbers import IntegerField
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.models import EntryChoice, RegistrationForm
from mobilize.events.registrations.service import FormFacts
from mobilize.events.registrations.words import ENTRY
from mobilize.questions.forms import answers_of
from mobilize.questions.pending import to_pending
from mobilize.questions.rules import Asked
from mobilize.subscribers.rules import NAME_LENGTH
from mobilize.visitors.checked_fields import checked, checked_address

_NUMBERS = ("offer_hours", "offer_stop_hours", "largest_party")


def entry_field() -> SelectField:
    """What the person's calendar will show."""
    return SelectField(
        lazy("Entry in your calendar"),
        choices=[SelectChoice(one.value, words) for one, words in ENTRY.items()],
        default=EntryChoice.EVENT.value,
        description=lazy(
            "Others may see your calendar. An entry with a neutral name holds that name and the time, not the event."
        ),
    )


class AskForm(Form):
    """What a visitor types. ``homepage`` is a trap; ``sure`` is the address about which a hint was shown.

    ``wait`` stands on a page that said that the room is full and offered its waiting list.
    """

    email = EmailField(lazy("Email address"), [REQUIRED])
    first_name = StringField(lazy("First name"), [Optional()])
    last_name = StringField(lazy("Last name"), [Optional()])
    attendance = RadioField(lazy("How will you take part?"), choices=[], validate_choice=False)
    party = IntegerField(
        lazy("For how many people?"),
        [Optional()],
        description=lazy("With you. There are seats for all of you or for none. Nobody else’s name is asked."),
    )
    group = RadioField(lazy("Which group are you in?"), choices=[], validate_choice=False)
    entry = entry_field()
    homepage = StringField(lazy("Leave this empty"), [Optional()])
    proof = HiddenField()
    press = HiddenField()
    sure = HiddenField()
    wait = HiddenField()


class SettingsForm(EditForm):
    """How people register; the words about their data are added by ``settings_form``."""

    is_open = BooleanField(lazy("People can register"))
    capacity = IntegerField(
        lazy("Seats in the room"), [Optional()], description=lazy("Leave it empty if there is room for everybody.")
    )
    opens_at = DateTimeLocalField(
        lazy("Opens"), [Optional()], description=lazy("Leave it empty to open with the event’s page.")
    )
    closes_at = DateTimeLocalField(
        lazy("Closes"), [Optional()], description=lazy("Leave it empty to close when the event is over.")
    )
    has_waiting_list = BooleanField(
        lazy("A full room has a waiting list"),
        description=lazy("Seats that become free are offered by email, in the order in which people asked."),
    )
    offer_hours = IntegerField(
        lazy("Hours to take an offered seat"),
        [Optional()],
        description=lazy("Then it goes to the next. 24 if left empty."),
    )
    offer_stop_hours = IntegerField(
        lazy("No offers in the last hours before the start"),
        [Optional()],
        description=lazy("Free seats then go to whoever registers first. 48 if left empty."),
    )
    largest_party = IntegerField(
        lazy("Most people in one registration"),
        [Optional()],
        description=lazy("1 if left empty: everybody registers alone."),
    )
    keep_days = IntegerField(
        lazy("Days after the event until who came is forgotten"),
        [REQUIRED],
        description=lazy("The numbers stay. Visitors read this on the form."),
    )


class RemoveForm(Form):
    """Why staff take somebody off."""

    reason = StringField(lazy("Reason"), [REQUIRED], description=lazy("Kept in the activity log, without a name."))
    told = BooleanField(lazy("Tell them by email"))


def settings_form(languages: Sequence[str]) -> type[SettingsForm]:
    texts = {"wordings": (_("What happens to the data"), 2000)}
    return with_texts(SettingsForm, languages, texts, required="")


def stored_settings(row: RegistrationForm | None, zone: str, languages: Sequence[str]) -> dict[str, Any]:
    """A form as the values of its fields, times on the event's clock; where there is none, what it would begin with."""
    if row is None:
        first = FormFacts()
        return {"is_open": True, "keep_days": first.keep_days, **_room(first), **text_values("wordings", {}, languages)}
    return {
        "is_open": row.is_open,
        "capacity": row.capacity,
        "opens_at": _wall(row.opens_at, zone),
        "closes_at": _wall(row.closes_at, zone),
        "keep_days": row.keep_days,
        **_room(row),
        **text_values("wordings", row.wordings, languages),
    }


def form_facts(form: SettingsForm, event: Event, row: RegistrationForm | None, languages: Sequence[str]) -> FormFacts:
    """What staff typed; times are those of the event's clock.

    Raises:
        Refused: a time that cannot be meant, with its field.
    """
    return FormFacts(
        is_open=form.is_open.data,
        opens_at=_instant(form.opens_at, event.timezone),
        closes_at=_instant(form.closes_at, event.timezone),
        capacity=form.capacity.data,
        wordings=texts_beside(form, "wordings", languages, row.wordings if row is not None else {}),
        keep_days=form.keep_days.data or 0,
        has_waiting_list=form.has_waiting_list.data,
        **{name: typed for name in _NUMBERS if (typed := form[name].data) is not None},
    )


def place(
    form: AskForm,
    offered: Sequence[Attendance],
    wording: str,
    groups: Collection[str] = (),
    asked: Sequence[Asked] = (),
    largest_party: int = 1,
) -> tuple[str, Place] | None:
    """The checked address and what is asked for; ``None`` when a field was refused, which then stands beside it.

    ``groups`` are the uids of those that the page offers, ``asked`` the questions whose fields the form has.
    """
    attendance, group, party = _attendance(form, offered), _group(form, groups), _party(form, largest_party)
    address = checked_address(form)
    first, last = (checked(form, name, _name) for name in ("first_name", "last_name"))
    answers = to_pending(asked, answers_of(form, asked))
    entry, wait = EntryChoice(form.entry.data), bool(form.wait.data)
    found = Place(first, last, attendance, wording, group, entry, answers, party, wait)
    return None if form.errors else (address, found)


def _attendance(form: AskForm, offered: Sequence[Attendance]) -> Attendance:
    if len(offered) == 1:
        return offered[0]
    chosen = next((one for one in offered if one.value == form.attendance.data), None)
    if chosen is None:
        form.refuse(Refused("attendance", _("Choose one")))
    return chosen or offered[0]


def _group(form: AskForm, groups: Collection[str]) -> str:
    chosen = form.group.data or ""
    if len(groups) == 1:
        return next(iter(groups))
    if groups and chosen not in groups:
        form.refuse(Refused("group", _("Choose one")))
    return chosen if chosen in groups else ""


def _party(form: AskForm, largest: int) -> int:
    party = 1 if form.party.data is None else form.party.data
    if not 1 <= party <= largest:
        form.refuse(Refused("party", _("Choose from %(least)d to %(most)d", least=1, most=largest)))
    return party


def _room(row: RegistrationForm | FormFacts) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("has_waiting_list", *_NUMBERS)}


def _name(field: str, value: str) -> str:
    return one_line(field, value, at_most=NAME_LENGTH)


def _wall(moment: datetime | None, zone: str) -> datetime | None:
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _instant(field: DateTimeLocalField, zone: str) -> datetime | None:
    return None if field.data is None else instant(field.name, zone, field.data)
