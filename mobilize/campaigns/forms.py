"""Untrusted input of a campaign's staff pages to typed values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import DateField, FileField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional

from mobilize.campaigns.models import Campaign
from mobilize.campaigns.service import Facts
from mobilize.core.countries import country_code, show_country
from mobilize.core.edit_forms import EditForm
from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, LEFT_TO_RIGHT, _, lazy, show_language
from mobilize.core.text_fields import text_values, texts_beside, with_texts
from mobilize.core.when import When, dated, unknown
from mobilize.core.whole_numbers import IntegerField
from mobilize.organisations.queries import Brand

TEXTS = ("titles", "themes", "texts", "partners")


class CampaignForm(EditForm):
    """A campaign; texts by language are added by ``campaign_form``."""

    slug = StringField(lazy("Short name"), [Optional()], render_kw=LEFT_TO_RIGHT)
    first_day = DateField(
        lazy("First day"), [Optional()], description=lazy("Leave it empty while the dates are not known.")
    )
    last_day = DateField(lazy("Last day"), [Optional()], description=lazy("Only if it lasts longer than a day."))
    languages = SelectMultipleField(lazy("Languages"), [Optional()])
    budget = IntegerField(lazy("Budget"), [Optional()], description=lazy("A whole number, without cents."))
    currency = StringField(
        lazy("Currency"), [Optional()], description=lazy("Its code, such as EUR."), render_kw=LEFT_TO_RIGHT
    )
    countries = StringField(
        lazy("Countries"),
        [Optional()],
        description=lazy("Those that it works in, by name or by their code of two letters, with commas between them."),
    )


class DocumentForm(Form):
    """A document to add to a campaign."""

    file = FileField(
        lazy("File"),
        [InputRequired(lazy("Choose a file"))],
        description=lazy(
            "PDF, JPEG or PNG, at most 10 megabytes. Location data is removed from pictures, not from PDFs."
        ),
        render_kw={"accept": "application/pdf,image/jpeg,image/png"},
    )
    name = StringField(lazy("Name"), [InputRequired(lazy("Fill this in"))])
    language = SelectField(lazy("Language"))

    def data_of(self) -> bytes:
        """The uploaded bytes.

        Raises:
            Refused: no file was chosen.
        """
        chosen = self.file.data
        data: bytes = chosen.read() if isinstance(chosen, FileStorage) else b""
        if not data:
            raise Refused("file", _("Choose a file"))
        return data


class EditionForm(Form):
    """The short name of a new edition."""

    slug = StringField(lazy("Short name"), [InputRequired(lazy("Fill this in"))], render_kw=LEFT_TO_RIGHT)


def campaign_form(house_languages: Sequence[str]) -> type[Any]:
    texts = {
        "titles": (_("Title"), 200),
        "themes": (_("Topic of the campaign"), 200),
        "texts": (_("Text"), 20_000),
        "partners": (_("Partners, one a line"), 1000),
    }
    return with_texts(CampaignForm, house_languages, texts, required="titles")


def offer(form: Any) -> None:
    """Fill in the languages that can be chosen, by their names in the reader's language."""
    form.languages.choices = [(code, show_language(code)) for code in LANGUAGES]


def country_names(codes: Sequence[str]) -> str:
    """Countries by their names in the current language, as the field takes them."""
    return ", ".join(map(show_country, codes))


def country_codes(typed: str) -> list[str]:
    """What was typed as codes: names and codes are looked up, anything else stays for the service to refuse."""
    words = [word.strip() for word in typed.replace("،", ",").split(",")]
    return [country_code(word) or word for word in words if word]


def stored_campaign(row: Campaign, languages: Sequence[str]) -> dict[str, Any]:
    """A campaign as the values of its form's fields."""
    values: dict[str, Any] = {
        "first_day": row.when.first_day,
        "last_day": row.when.last_day if row.when.last_day != row.when.first_day else None,
        "languages": list(row.languages),
        "budget": row.budget,
        "currency": row.currency,
        "countries": country_names(row.countries),
    }
    for name in TEXTS:
        values |= text_values(name, getattr(row, name), languages)
    return values


def facts(form: Any, languages: Sequence[str], row: Campaign | None = None) -> Facts:
    """What a campaign is; texts of ``row`` in languages that the form does not show stay."""
    texts = {name: texts_beside(form, name, languages, getattr(row, name, {})) for name in TEXTS}
    return Facts(
        **texts,
        languages=form.languages.data or (),
        budget=form.budget.data,
        currency=form.currency.data or "",
        countries=country_codes(form.countries.data or ""),
    )


def moment(form: Any, organisation: Brand) -> When:
    """The days that were typed.

    Raises:
        Refused: a last day without a first, or before it.
    """
    first, last = form.first_day.data, form.last_day.data
    if first is None:
        if last is not None:
            raise Refused("first_day", _("Choose the first day, or leave both empty"))
        return unknown(organisation.timezone)
    try:
        return dated(organisation.timezone, first, last)
    except Refused as refusal:
        raise Refused("first_day" if refusal.field == "start" else "last_day", refusal.message) from refusal
