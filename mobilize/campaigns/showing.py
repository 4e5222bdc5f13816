"""A campaign in the reader's language, and what belongs to it."""

from __future__ import annotations

from babel.core import Locale
from babel.numbers import format_currency

from mobilize.campaigns import queries
from mobilize.campaigns.models import Campaign
from mobilize.core import feature
from mobilize.core.countries import show_country
from mobilize.core.feature import Entry, House
from mobilize.core.i18n import _, current_language, lazy, show_language, show_list, show_number
from mobilize.core.show_when import show_when as show_when
from mobilize.media.models import Document, Traces

TRACES = {
    Traces.NONE: lazy("It names nobody who made it."),
    Traces.FOUND: lazy("It names its author or program. Remove this first if it could harm somebody."),
    Traces.UNKNOWN: lazy("Parts of it are packed: it may name its author or program."),
}


def budget(row: Campaign) -> str:
    """``"€150,000"``; empty where none is known."""
    if row.budget is None:
        return ""
    language = current_language()
    whole = Locale.parse(language).currency_formats["standard"].pattern.replace("0.00", "0")
    return str(format_currency(row.budget, row.currency, whole, locale=language, currency_digits=False))


def countries(row: Campaign) -> str:
    """The countries by name."""
    return show_list(sorted(map(show_country, row.countries))) if row.countries else ""


def languages(row: Campaign) -> str:
    return show_list(show_language(code) for code in row.languages) if row.languages else ""


def about_file(file: Document, language: str) -> str:
    """``"PDF, 212.7 KB, in French"``."""
    size = show_number(round(file.size / 1000, 1))
    # Translators: of a document: its kind, its size, and the language it is written in: "PDF, 212.7 KB, in French".
    return _("%(kind)s, %(size)s KB, in %(tongue)s", kind=file.kind.upper(), size=size, tongue=show_language(language))


def belongings(row: Campaign, organisation: House, *, visitors: bool) -> list[Entry]:
    """What belongs to a campaign, the earliest first, then what has no date."""
    of_kind = {kind: part for one in feature.used() for kind, part in one.belongings.items()}
    found = [
        entry
        for kind, uids in queries.items(row.id).items()
        if kind in of_kind
        for entry in feature.load(of_kind[kind])(organisation, uids, visitors=visitors)
    ]
    dated = sorted((one for one in found if one.at is not None), key=lambda one: (one.at, one.uid))
    return [*dated, *(one for one in found if one.at is None)]
