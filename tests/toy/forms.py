"""What staff and visitors type."""

from __future__ import annotations

from wtforms import DateTimeLocalField, EmailField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from mobilize.core.forms import Form
from mobilize.core.i18n import lazy
from mobilize.core.whole_numbers import IntegerField

_REQUIRED = InputRequired(lazy("Fill this in"))


class FairForm(Form):
    slug = StringField(lazy("Short name"), [_REQUIRED, Length(max=60)])
    title_text = StringField(lazy("Title"), [_REQUIRED, Length(max=200)])
    begins_at = DateTimeLocalField(lazy("Begins on"), [_REQUIRED], format=["%Y-%m-%dT%H:%M"])


class RegisterForm(Form):
    email = EmailField(lazy("Email address"), [_REQUIRED])
    guests = IntegerField(lazy("How many people come with you?"), [NumberRange(0, 9)], default=0)
