"""What an owner types about how mail leaves."""

from __future__ import annotations

from wtforms import BooleanField, EmailField, PasswordField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from mobilize.core.edit_forms import EditForm
from mobilize.core.forms import Form
from mobilize.core.i18n import lazy
from mobilize.core.whole_numbers import IntegerField
from mobilize.delivery.caps import LONGEST

_REQUIRED = InputRequired(lazy("Fill this in"))
_LEFT_TO_RIGHT = {"dir": "ltr", "spellcheck": "false", "autocomplete": "off"}
_LONG = Length(max=254, message=lazy("This is too long"))
ENCRYPTED = [
    SelectChoice("starttls", lazy("STARTTLS, mostly on port 587")),
    SelectChoice("tls", lazy("TLS from the start, mostly on port 465")),
]
IN_THE_CLEAR = SelectChoice("none", lazy("None, inside a network of one's own"))


class RatesForm(EditForm):
    sender_rate = StringField(
        lazy("Emails a second in all"),
        [Length(max=20, message=lazy("This is too long"))],
        description=lazy("Leave it empty to send as fast as the mail server takes them."),
        render_kw={**_LEFT_TO_RIGHT, "inputmode": "decimal"},
    )
    domain_rates = TextAreaField(
        lazy("Emails a second to single domains"),
        [Length(max=20_000, message=lazy("This is too long"))],
        description=lazy("One domain a line, with its number: example.net 20. The others are not held up."),
        render_kw={**_LEFT_TO_RIGHT, "rows": 5},
    )


class CapForm(EditForm):
    most_mails = IntegerField(
        lazy("Newsletters and appeals to one person at most"),
        [Optional(), NumberRange(1, 100, lazy("Enter a number from 1 to 100"))],
        description=lazy("Leave it empty to set no limit. What is above it is not sent, and the report counts it."),
        render_kw={"dir": "ltr", "min": 1, "max": 100},
    )
    most_mails_days = IntegerField(
        lazy("In how many days"),
        [_REQUIRED, NumberRange(1, LONGEST, lazy("Enter a number from 1 to 90"))],
        render_kw={"dir": "ltr", "min": 1, "max": LONGEST},
    )


class ServerForm(EditForm):
    host = StringField(lazy("Mail server"), [_REQUIRED, _LONG], render_kw=_LEFT_TO_RIGHT)
    port = IntegerField(
        lazy("Port"),
        [_REQUIRED, NumberRange(1, 65535, lazy("The port is a number from 1 to 65535"))],
        render_kw={"dir": "ltr", "min": 1, "max": 65535},
    )
    security = RadioField(lazy("Encryption"), [_REQUIRED], choices=ENCRYPTED)
    user = StringField(lazy("User name"), [_LONG], render_kw=_LEFT_TO_RIGHT)
    password = PasswordField(
        lazy("Password"),
        [_LONG],
        description=lazy("It is kept encrypted and never shown. Leave it empty to keep the one that is set."),
        render_kw={"dir": "ltr", "autocomplete": "new-password"},
    )


class TrialForm(Form):
    address = EmailField(lazy("Send a test email to"), [_REQUIRED, _LONG], render_kw=_LEFT_TO_RIGHT)


class ActivateForm(Form):
    anyway = BooleanField(lazy("Activate it even if DNS does not show its record yet"))
