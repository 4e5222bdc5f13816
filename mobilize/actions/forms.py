"""Untrusted input of the public pages of calls to action to typed values."""

from __future__ import annotations

from wtforms import BooleanField, EmailField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from mobilize.actions.acting import Agreed, Asked, Given
from mobilize.actions.models import CallToAction, Shown
from mobilize.actions.rules import initials_of
from mobilize.core.countries import country_names
from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, current_language, lazy
from mobilize.core.text import lines, required_line
from mobilize.core.text_fields import REQUIRED
from mobilize.subscribers.rules import NAME_LENGTH
from mobilize.visitors.checked_fields import checked, checked_address

MOST_INITIALS = 12
FIELDS = {
    Shown.NOTHING: (),
    Shown.INITIALS: ("initials", "country"),
    Shown.NAME: ("name",),
    Shown.ADDRESS: ("name", "place"),
}
"""What a page asks of the person, by what the target sees: nothing that nobody sees is asked."""


class GivenForm(Form):
    """What the target sees of the person; ``limited`` takes away the rest."""

    name = StringField(lazy("Your name"), [Optional()])
    initials = StringField(lazy("Your initials"), [Optional()], description=lazy("Such as A. B."))
    country = SelectField(lazy("Your country"), choices=[], validate_choice=False)
    place = TextAreaField(lazy("Your postal address"), [Optional()])


class AskForm(GivenForm):
    """What a visitor types. ``homepage`` is a trap; ``sure`` is the address about which a hint was shown.

    ``seen`` and ``version`` are what the page said of the list and of what the target sees, when it was opened.
    """

    email = EmailField(lazy("Email address"), [REQUIRED])
    agrees = BooleanField(lazy("Yes, also send me emails"))
    homepage = StringField(lazy("Leave this empty"), [Optional()])
    proof = HiddenField()
    press = HiddenField()
    sure = HiddenField()
    version = HiddenField()


def limited(form: GivenForm, row: CallToAction) -> None:
    """Leave only the fields whose values the target sees, with the countries to choose from."""
    for name in ("name", "initials", "country", "place"):
        if name not in FIELDS[row.shows]:
            delattr(form, name)
    if "country" in form:
        form.country.choices = [("", _("Choose one")), *country_names(current_language()).items()]


def without_known(form: GivenForm, known_name: str) -> None:
    """Ask whoever is recognised by their link for nothing that their known name tells."""
    for name in ("name", "initials"):
        if known_name and name in form:
            delattr(form, name)


def given(form: GivenForm, row: CallToAction, wording: str, known_name: str | None = None) -> Given | None:
    """What the target will see; ``None`` when a field was refused, which then stands beside it.

    ``known_name`` is that of somebody who is recognised by their link (empty: they gave none). It is used where the
    page asks for no name, and they may leave out their country: one press is enough.
    """
    asked = FIELDS[row.shows]
    name = _name(form, known_name or "") if "name" in asked else _initials(form, known_name or "")
    place = checked(form, "place", _place) if "place" in asked else ""
    country = _country(form, needed=known_name is None) if "country" in asked else ""
    return None if form.errors else Given(name if asked else "", place, country, wording)


def asked(form: AskForm, row: CallToAction, wording: str, list_words: str) -> tuple[str, Asked] | None:
    """The checked address and what is asked for; ``None`` when a field was refused.

    ``list_words`` is what stood beside the box for mail, empty where the page had none.
    """
    address, seen = checked_address(form), given(form, row, wording)
    if form.errors or seen is None:
        return None
    wants = bool(list_words) and form.agrees.data and row.list_id is not None
    agreed = Agreed(row.list_id or 0, list_words, row.wording_version) if wants else None
    return address, Asked(seen, agreed)


def _name(form: GivenForm, known_name: str) -> str:
    if "name" not in form:
        return known_name
    return checked(form, "name", lambda field, value: required_line(field, value, at_most=2 * NAME_LENGTH))


def _initials(form: GivenForm, known_name: str) -> str:
    if "initials" not in form:
        return initials_of(known_name)
    return checked(form, "initials", lambda field, value: required_line(field, value, at_most=MOST_INITIALS))


def _country(form: GivenForm, *, needed: bool) -> str:
    chosen = form.country.data or ""
    if chosen not in country_names("en") and (needed or chosen):
        form.refuse(Refused("country", _("Choose one")))
    return chosen


def _place(field: str, value: str) -> str:
    found = lines(field, value, at_most=300)
    if not found:
        raise Refused(field, _("Fill this in"))
    return found
