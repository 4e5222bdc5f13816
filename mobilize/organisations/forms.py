"""What an owner types into the settings."""

from __future__ import annotations

from zoneinfo import available_timezones

from wtforms import EmailField, SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField, URLField
from wtforms.validators import InputRequired, Length

from mobilize.core.edit_forms import EditForm
from mobilize.core.forms import LEFT_TO_RIGHT
from mobilize.core.i18n import LANGUAGES, lazy

_LANGUAGES = [SelectChoice(code, name) for code, name in LANGUAGES.items()]
_REQUIRED = InputRequired(lazy("Fill this in"))


def _at_most(count: int) -> Length:
    return Length(max=count * 4, message=lazy("This is too long"))


class SettingsForm(EditForm):
    name = StringField(lazy("Name of the organisation"), [_REQUIRED, _at_most(200)])
    website = URLField(lazy("Website"), [_at_most(300)])
    postal_address = TextAreaField(
        lazy("Postal address"),
        [_at_most(500)],
        description=lazy("It stands at the foot of every mail. Many countries require it."),
        render_kw={"rows": 3},
    )
    accent = StringField(
        lazy("Colour"),
        [_REQUIRED, _at_most(7)],
        description=lazy("Like #245c4f. It is made darker or lighter where it would be hard to read."),
        render_kw=LEFT_TO_RIGHT,
    )
    timezone = StringField(lazy("Time zone"), [_REQUIRED, _at_most(60)], render_kw=LEFT_TO_RIGHT)
    default_language = SelectField(lazy("First language"), choices=_LANGUAGES)
    languages = SelectMultipleField(lazy("Languages"), choices=_LANGUAGES)


class SenderForm(EditForm):
    sender_name = StringField(lazy("Name of the sender"), [_REQUIRED, _at_most(200)])
    sender_address = EmailField(
        lazy("Email address of the sender"),
        [_REQUIRED, _at_most(254)],
        description=lazy("Readers see it. Its domain has to publish some records."),
    )
    reply_to = EmailField(
        lazy("Reply-to address"),
        [_at_most(254)],
        description=lazy("Where it differs from the sender's."),
    )


ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
)
