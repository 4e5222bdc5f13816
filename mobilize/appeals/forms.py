"""Untrusted input of the pages of defenders to typed values."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import (
    DateField,
    FileField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from mobilize.appeals import showing
from mobilize.appeals.models import Defender
from mobilize.appeals.queries import Adoption, Details, details_of
from mobilize.appeals.rules import LONGEST_LIMIT, Limits, Publish, Reviewed, ReviewKind
from mobilize.appeals.service import LONGEST_NOTES, Source, SourceKind
from mobilize.core.countries import country_names
from mobilize.core.edit_forms import EditForm
from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import LEFT_TO_RIGHT, _, current_language, lazy
from mobilize.core.text_fields import REQUIRED, text_values, texts_beside, texts_of, with_texts
from mobilize.core.whole_numbers import IntegerField

TEXTS = ("pronouns", "aliases", "abouts")
ANY_LANGUAGE = "und"
"""Spellings in other languages than the organisation's (BCP 47: undetermined)."""
SEPARATOR = ";"
MOST_COPIED = 200_000


class DefenderForm(EditForm):
    """A defender; texts by language are added by ``defender_form``."""

    name = StringField(lazy("Name"), [REQUIRED, Length(max=200)], render_kw={"dir": "auto"})
    slug = StringField(
        lazy("Short name of the public page"),
        [Optional()],
        description=lazy(
            "Leave it empty for no public page. It stands in addresses, which are not encrypted: choose one without "
            "the name if that matters. Lower-case letters, digits and hyphens."
        ),
        render_kw=LEFT_TO_RIGHT,
    )
    aliases_und = TextAreaField(
        lazy("Spellings and aliases in other languages"),
        [Optional()],
        description=lazy("One a line. The search finds the person by each."),
        render_kw={"dir": "auto"},
    )
    country = SelectField(lazy("Country"), [Optional()])
    rights = TextAreaField(lazy("Rights concerned"), [Optional()], description=lazy("One a line."))
    adoptions = TextAreaField(
        lazy("Adopted by"),
        [Optional()],
        description=lazy(
            "One a line: who, then a semicolon and since when, as far as you know it: City of Brussels; 2021-01"
        ),
    )


class ReviewForm(Form):
    """A review of a case; ``review_form`` puts the labels of its kind."""

    on = DateField(lazy("Date of the review"), [InputRequired(lazy("Choose a day"))])
    passed = RadioField(lazy("Result"), [InputRequired(lazy("Choose the result"))])
    scope = SelectMultipleField(
        lazy("What may be published"),
        [Optional()],
        description=lazy("Without the name there is neither a page nor a block about the person."),
    )
    words = TextAreaField("", [REQUIRED, Length(max=2000)])
    until = DateField(
        lazy("Valid until"),
        [Optional()],
        description=lazy("Only if it ends earlier than your organisation’s limit. This day still counts."),
    )


class EventForm(Form):
    """An event of a timeline; texts by language are added by ``event_form``."""

    when = StringField(
        lazy("When"),
        [REQUIRED],
        description=lazy("A day, a month or a year, as far as it is known: 2021-02-10, 2021-02 or 2021."),
        render_kw=LEFT_TO_RIGHT,
    )
    kind = RadioField(lazy("Source"), [InputRequired(lazy("Choose what the source is"))])
    name = StringField(
        lazy("Name of the source"),
        [REQUIRED, Length(max=300)],
        description=lazy("Who says so, and where: the family by phone; a newspaper with its date."),
    )
    language = SelectField(lazy("Language of the source"), [Optional()])
    url = StringField(lazy("Link"), [Optional(), Length(max=2000)], render_kw={**LEFT_TO_RIGHT, "inputmode": "url"})
    copy = TextAreaField(
        lazy("Text of the source"),
        [Optional(), Length(max=MOST_COPIED)],
        description=lazy(
            "It is kept encrypted with a fingerprint, so that a later look shows whether the source changed."
        ),
        render_kw={"dir": "auto"},
    )
    file = FileField(
        lazy("Or its file"),
        [Optional()],
        description=lazy("Only its fingerprint is kept, not the file itself."),
    )


class SourceForm(Form):
    """A source as it is now, to compare with what was kept."""

    copy = TextAreaField(
        lazy("Text of the source as it is now"), [Optional(), Length(max=MOST_COPIED)], render_kw={"dir": "auto"}
    )
    file = FileField(lazy("Or its file as it is now"), [Optional()])


class NotesForm(EditForm):
    notes = TextAreaField(lazy("Risk notes"), [Optional(), Length(max=LONGEST_NOTES)], render_kw={"dir": "auto"})


class LimitsForm(EditForm):
    """For how many days each kind of review counts."""

    consent = IntegerField(lazy("Consent, in days"), [REQUIRED])
    verification = IntegerField(lazy("Verification, in days"), [REQUIRED])
    risk = IntegerField(lazy("Risk review, in days"), [REQUIRED])

    def limits(self) -> Limits:
        """Raises Refused: what was typed is not a number of days; the field says it."""
        for name in ("consent", "verification", "risk"):
            if not 1 <= (self[name].data or 0) <= LONGEST_LIMIT:
                raise Refused(name, _("Choose between 1 and %(count)s days", count=LONGEST_LIMIT))
        return Limits(self.consent.data, self.verification.data, self.risk.data)


class ReadersForm(EditForm):
    readers = SelectMultipleField(lazy("Who may read risk notes"), [Optional()])


def defender_form(languages: Sequence[str]) -> type[Any]:
    texts = {
        "pronouns": (_("Pronouns"), 60),
        "aliases": (_("Spellings and aliases, one a line"), 1000),
        "abouts": (_("About the person"), 20_000),
    }
    return with_texts(DefenderForm, languages, texts, required="")


def offer_countries(form: Any) -> None:
    names = country_names(current_language())
    form.country.choices = [("", "–"), *names.items()]


def event_form(languages: Sequence[str]) -> type[Any]:
    return with_texts(EventForm, languages, {"texts": (_("What happened"), 2000)}, required="")


def offer_source(form: Any, languages: Sequence[tuple[str, str]]) -> None:
    form.kind.choices = [SelectChoice(one.value, label) for one, label in showing.SOURCE.items()]
    form.language.choices = [("", "–"), *languages]


def review_form(kind: ReviewKind, **values: Any) -> ReviewForm:
    """The form of one kind of review; only a consent has a scope."""
    form = ReviewForm(**values)
    form.passed.choices = [SelectChoice(value, showing.RESULT[kind, value == "yes"]) for value in ("yes", "no")]
    form.words.label.text = showing.ASKED[kind]
    form.scope.choices = [SelectChoice(one.value, label) for one, label in showing.PUBLISH.items()]
    if kind is not ReviewKind.CONSENT:
        del form.scope
    return form


def review_of(form: ReviewForm) -> Reviewed:
    chosen = form.scope.data or [] if "scope" in form else []
    return Reviewed(
        form.on.data,
        form.passed.data == "yes",
        form.until.data,
        frozenset(Publish(one) for one in chosen),
    )


def stored_defender(row: Defender, languages: Sequence[str]) -> dict[str, Any]:
    """A defender as the values of the form's fields."""
    details = details_of(row)
    spellings = {language: "\n".join(names) for language, names in details.aliases.items()}
    return {
        "name": details.name,
        "slug": row.slug or "",
        "country": details.country,
        "rights": "\n".join(details.rights),
        "adoptions": "\n".join(_adoption_line(one) for one in details.adoptions),
        "aliases_und": spellings.get(ANY_LANGUAGE, ""),
        **text_values("pronouns", details.pronouns, languages),
        **text_values("aliases", spellings, languages),
        **text_values("abouts", details.about, languages),
    }


def details(form: Any, languages: Sequence[str], row: Defender | None = None) -> Details:
    """What was typed; texts of ``row`` in languages that the form does not show stay."""
    stored = details_of(row) if row is not None else Details("")
    spellings = {tag: lines(words) for tag, words in texts_of(form, "aliases", languages).items()}
    kept = {tag: names for tag, names in stored.aliases.items() if tag not in (*languages, ANY_LANGUAGE)}
    other = lines(form.aliases_und.data or "")
    return Details(
        name=" ".join((form.name.data or "").split()),
        pronouns=texts_beside(form, "pronouns", languages, stored.pronouns),
        aliases={**kept, **spellings, **({ANY_LANGUAGE: other} if other else {})},
        country=form.country.data or "",
        rights=lines(form.rights.data or ""),
        adoptions=[_adoption(line) for line in lines(form.adoptions.data or "")],
        about=texts_beside(form, "abouts", languages, stored.about),
    )


def source(form: Any) -> Source:
    return Source(
        SourceKind(form.kind.data),
        " ".join((form.name.data or "").split()),
        form.language.data or "",
        (form.url.data or "").strip(),
        form.copy.data or "",
        file_hash(form.file.data),
    )


def file_hash(chosen: object) -> str:
    """The SHA-256 of an uploaded file; "" where none was chosen."""
    data = chosen.read() if isinstance(chosen, FileStorage) else b""
    return hashlib.sha256(data).hexdigest() if data else ""


def lines(typed: str) -> list[str]:
    return [" ".join(line.split()) for line in typed.splitlines() if line.strip()]


def _adoption(line: str) -> Adoption:
    who, _semicolon, since = line.rpartition(SEPARATOR) if SEPARATOR in line else (line, "", "")
    return Adoption(who.strip(), since.strip())


def _adoption_line(one: Adoption) -> str:
    return f"{one.organisation}{SEPARATOR} {one.since}" if one.since else one.organisation
