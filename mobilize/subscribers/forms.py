"""Untrusted input of preferences, leaving and staff pages to typed values."""

from __future__ import annotations

from wtforms import BooleanField, EmailField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from mobilize.core.edit_forms import EditForm
from mobilize.core.forms import Form
from mobilize.core.i18n import lazy
from mobilize.core.text_fields import REQUIRED


class LeaveForm(Form):
    """Leave one list, or everything."""

    what = RadioField(lazy("What do you want to unsubscribe from?"), choices=[])


class PreferencesForm(Form):
    """What a person receives and how they are addressed."""

    topics = SelectMultipleField(lazy("Topics"), choices=[])
    first_name = StringField(lazy("First name"), [Optional()])
    last_name = StringField(lazy("Last name"), [Optional()])
    language = SelectField(lazy("Language of the emails"), choices=[])


class SearchForm(Form):
    """One exact address, posted so that it stands in no log."""

    address = EmailField(lazy("Email address"), [REQUIRED])


class ReasonForm(Form):
    """Which list staff put somebody on or take them off, and why."""

    list = SelectField(lazy("List"), choices=[])
    reason = StringField(lazy("Reason"), [REQUIRED], description=lazy("Kept with the consent, for the person to read."))


class ListForm(Form):
    """A list; its texts are added by ``with_texts``."""

    slug = StringField(
        lazy("Short name"),
        [REQUIRED],
        description=lazy("Lower-case letters, digits and hyphens. It cannot be changed later."),
    )
    is_public = BooleanField(lazy("Show on public pages"))


class ChangeListForm(EditForm):
    """A list that exists; its texts are added by ``with_texts``."""

    is_public = BooleanField(lazy("Show on public pages"))
