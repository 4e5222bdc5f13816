"""A defender in the reader's words: dates as far as they are known, the gate, sources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from babel.dates import format_date, format_skeleton

from mobilize.appeals.models import CaseEvent, Defender
from mobilize.appeals.queries import Details, Gate, details_of
from mobilize.appeals.rules import Closed, DatePrecision, PartialDate, ReviewKind
from mobilize.appeals.rules import Publish as Publish
from mobilize.appeals.service import SourceKind
from mobilize.core.countries import show_country
from mobilize.core.i18n import _, current_language, lazy, show_date, show_language, show_list, text_in
from mobilize.core.links import organisation_url
from mobilize.organisations.queries import Brand

REVIEW = {
    ReviewKind.CONSENT: lazy("Consent"),
    ReviewKind.VERIFICATION: lazy("Verification"),
    ReviewKind.RISK: lazy("Risk review"),
}
RESULT = {
    (ReviewKind.CONSENT, True): lazy("Consent is given"),
    (ReviewKind.CONSENT, False): lazy("Consent is refused or withdrawn"),
    (ReviewKind.VERIFICATION, True): lazy("The facts are verified"),
    (ReviewKind.VERIFICATION, False): lazy("The facts could not be verified"),
    (ReviewKind.RISK, True): lazy("Publicity does not harm the person"),
    (ReviewKind.RISK, False): lazy("Publicity could harm the person"),
}
ASKED = {
    ReviewKind.CONSENT: lazy("Who agreed, to what, and how you know"),
    ReviewKind.VERIFICATION: lazy("What was checked, and with whom"),
    ReviewKind.RISK: lazy("What was considered"),
}
PUBLISH = {
    Publish.NAME: lazy("The name, its spellings and pronouns"),
    Publish.ABOUT: lazy("Who the person is: text, country, rights, who adopted them"),
    Publish.TIMELINE: lazy("The timeline with its sources"),
    Publish.PICTURE: lazy("Pictures"),
}
SOURCE = {
    SourceKind.LINK: lazy("A link"),
    SourceKind.DOCUMENT: lazy("A document"),
    SourceKind.TOLD: lazy("Told to us"),
}
_NAMED = {
    SourceKind.LINK: lazy("Source"),
    SourceKind.DOCUMENT: lazy("Document"),
    SourceKind.TOLD: lazy("Told to us"),
}
_CLOSED = {
    (ReviewKind.CONSENT, Closed.MISSING): lazy("No consent is entered"),
    (ReviewKind.CONSENT, Closed.FAILED): lazy("Consent is refused or withdrawn"),
    (ReviewKind.CONSENT, Closed.LAPSED): lazy("The consent is too old"),
    (ReviewKind.VERIFICATION, Closed.MISSING): lazy("No verification is entered"),
    (ReviewKind.VERIFICATION, Closed.FAILED): lazy("The facts could not be verified"),
    (ReviewKind.VERIFICATION, Closed.LAPSED): lazy("The verification is too old"),
    (ReviewKind.RISK, Closed.MISSING): lazy("No risk review is entered"),
    (ReviewKind.RISK, Closed.FAILED): lazy("Publicity could harm the person"),
    (ReviewKind.RISK, Closed.LAPSED): lazy("The risk review is too old"),
    (None, Closed.HELD): lazy("A colleague put everything about this person on hold"),
}


@dataclass(frozen=True)
class ShownSource:
    """A source as a page shows it; ``changed`` is what a later look found, None where nobody looked again."""

    name: str
    kind: str
    language: str
    url: str
    changed: bool | None


def name_of(row: Defender) -> str:
    return details_of(row).name


def show_partial(when: PartialDate) -> str:
    """``"10 Feb 2021"``, ``"February 2021"`` or ``"2021"``: no more than is known."""
    if when.precision is DatePrecision.DAY:
        return show_date(when.first)
    if when.precision is DatePrecision.MONTH:
        return str(format_skeleton("yMMMM", when.first, locale=current_language()))
    return str(format_date(when.first, "y", locale=current_language()))


def show_since(typed: str) -> str:
    """A stored partial date in words."""
    lengths = {4: DatePrecision.YEAR, 7: DatePrecision.MONTH, 10: DatePrecision.DAY}
    first = date.fromisoformat(f"{typed}-01-01"[:10])
    return show_partial(PartialDate(first, lengths[len(typed)]))


def reasons(gate: Gate) -> list[str]:
    """Why the gate is closed, in words."""
    return [str(_CLOSED[kind, closed]) for kind, closed in gate.closed.items()]


def gate_words(gate: Gate) -> str:
    """The state of the gate in one line."""
    if not gate.is_open or gate.until is None:
        return _("Email waits: %(reasons)s", reasons=show_list(reasons(gate)))
    return _("Email is sent until %(day)s", day=show_date(gate.until))


def adoptions(details: Details) -> list[str]:
    """``"City of Brussels, since January 2021"``."""
    return [
        _("%(organisation)s, since %(since)s", organisation=isolated(one.organisation), since=show_since(one.since))
        if one.since
        else one.organisation
        for one in details.adoptions
    ]


def isolated(name: str) -> str:
    """A name that may run in another direction than the sentence around it (Unicode, UAX 9: isolates)."""
    return f"\u2068{name}\u2069"


def country(details: Details) -> str:
    return show_country(details.country) if details.country else ""


def aliases(details: Details) -> str:
    """Every other spelling, once."""
    other = dict.fromkeys(one for one in details.names if one != details.name)
    return show_list(other) if other else ""


def words_in(texts: dict[str, str], house: Brand) -> str:
    """In the reader's language, else in the organisation's, else in one that there is."""
    return text_in(texts, current_language(), house.default_language)


def texts_of(event: CaseEvent) -> dict[str, str]:
    found: dict[str, str] = json.loads(event.texts)
    return found


def source_of(event: CaseEvent) -> ShownSource:
    stored: dict[str, Any] = json.loads(event.source)
    changed = None if event.checked_hash is None else event.checked_hash != event.source_hash
    kind = str(_NAMED[SourceKind(stored["kind"])])
    tongue = show_language(stored["language"]) if stored["language"] else ""
    return ShownSource(stored["name"], kind, tongue, stored["url"], changed)


def by_date(events: Iterable[CaseEvent]) -> list[tuple[PartialDate, Sequence[CaseEvent]]]:
    """A timeline with the events of one date together: what sources say of it stands side by side."""
    return [(when, list(group)) for when, group in groupby(events, key=lambda event: event.when)]


def page_url(row: Defender, house: Brand) -> str:
    """The address of the public page; "" where there is deliberately none."""
    return organisation_url(house.slug, f"/defenders/{row.slug}") if row.slug else ""
