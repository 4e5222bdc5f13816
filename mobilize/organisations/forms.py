"""What an owner types into the settings."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import available_timezones

from wtforms import EmailField, SelectChoice, SelectField, SelectMultipleField, StringField, URLField
from wtforms.validators import Length

from mobilize.core.edit_forms import EditForm
from mobilize.core.i18n import LANGUAGES, LEFT_TO_RIGHT, _, lazy
from mobilize.core.text_fields import REQUIRED, with_texts

_LANGUAGES = [SelectChoice(code, name) for code, name in LANGUAGES.items()]


def _at_most(count: int) -> Length:
    return Length(max=count * 4, message=lazy("This is too long"))


class SettingsForm(EditForm):
    """Everything but the texts, which ``settings_form`` adds in each language."""

    website = URLField(lazy("Website"), [_at_most(300)])
    accent = StringField(
        lazy("Colour"),
        [REQUIRED, _at_most(7)],
        description=lazy("Like #245c4f. It is made darker or lighter where it would be hard to read."),
        render_kw=LEFT_TO_RIGHT,
    )
    timezone = StringField(lazy("Time zone"), [REQUIRED, _at_most(60)], render_kw=LEFT_TO_RIGHT)
    default_language = SelectField(lazy("First language"), choices=_LANGUAGES)
    languages = SelectMultipleField(lazy("Languages"), choices=_LANGUAGES)


class SenderForm(EditForm):
    """Everything but the sender's name, which ``sender_form`` adds in each language."""

    sender_address = EmailField(
        lazy("Email address of the sender"),
        [REQUIRED, _at_most(254)],
        description=lazy("Readers see it. Its domain has to publish some records."),
    )
    reply_to = EmailField(
        lazy("Reply-to address"),
        [_at_most(254)],
        description=lazy("Where it differs from the sender's."),
    )


def settings_form(languages: Sequence[str]) -> type[SettingsForm]:
    """The form with a name and a postal address in each of ``languages``, the default first."""
    texts = {"names": (_("Name of the organisation"), 200), "postal_addresses": (_("Postal address"), 500)}
    return with_texts(SettingsForm, languages, texts, required="names")


def sender_form(languages: Sequence[str]) -> type[SenderForm]:
    """The form with the sender's name in each of ``languages``, the default first."""
    return with_texts(SenderForm, languages, {"sender_names": (_("Name of the sender"), 200)}, required="sender_names")


ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
)
