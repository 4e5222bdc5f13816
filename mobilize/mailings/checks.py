"""What is wrong with a mailing before anyone gets it: errors keep it here, warnings are for its author to judge."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mobilize.audiences.audience import Audience
from mobilize.audiences.queries import AudienceCount
from mobilize.core import feature, links
from mobilize.core.feature import Checked, CheckLine
from mobilize.core.i18n import LANGUAGES, _, ngettext, supported
from mobilize.delivery.composing.slots import MAY_BE_MISSING
from mobilize.mailings.blocks import kind_of, texts_of
from mobilize.mailings.composing import ComposedMailing, compose_mailing
from mobilize.mailings.content import Version, placed_blocks, placed_pictures, read_languages
from mobilize.mailings.models import Mailing
from mobilize.mailings.text_checks import field_in_address, text_warnings, unencrypted_links
from mobilize.mailings.version_checks import first_difference, samples_left
from mobilize.media.queries import known_names
from mobilize.questions.queries import merge_fields

LONG_SUBJECT = 78
_FIELD = re.compile(r"\{\{[^{}\r\n]{0,80}\}\}")
_MERGE_FIELD = re.compile(r"\{\{[ \t]*([a-z][a-z0-9_]{0,39})[ \t]*(\|[^{}|\r\n]{0,100})?\}\}\Z")


class Step(StrEnum):
    """The page on which a problem is solved."""

    AUDIENCE = "audience"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to look at; ``where`` is the language and block in words, ``""`` for the whole mailing."""

    is_error: bool
    step: Step
    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is true around a mailing: its audience, what features say, its pictures, and what it is composed to."""

    audience: AudienceCount
    has_group: bool
    features: Sequence[CheckLine]
    """What every feature says of it."""
    pictures: frozenset[str]
    fields: Mapping[str, bool]
    """The organisation's own fields, and whether mailings can show their answers."""
    composed: ComposedMailing
    names_segments: bool = False
    segment_problem: str = ""
    """Why a segment that decides who gets it cannot be asked."""


def problems_of(
    row: Mailing,
    composed: ComposedMailing | None = None,
    count: Callable[[Audience], AudienceCount] = Audience.numbers,
) -> tuple[Problem, ...]:
    """Everything to look at before this mailing leaves, errors first.

    It is composed unless that was done: in a unit that has only read so far (see ``compose_mailing``).
    """
    composed = composed or compose_mailing(row)
    languages = read_languages(row.content)
    pictures = {name for _tag, _number, _field, name in placed_pictures(languages)}
    around = Surroundings(
        audience=count(row.to_whom),
        has_group=bool(row.to_whom.group),
        features=[*feature.check_lines(_checked(row, composed))],
        pictures=frozenset(known_names(row.organisation_id, pictures)),
        fields=merge_fields(row.organisation_id),
        composed=composed,
        names_segments=row.to_whom.names_segments,
        segment_problem=row.to_whom.segment_problem(),
    )
    return problems(languages, row.default_language, around)


def _checked(row: Mailing, composed: ComposedMailing) -> Checked:
    return Checked(row.organisation_id, row.sender_address, composed.live, row.to_whom.count, row.send_at)


def problems(languages: Mapping[str, Version], default: str, around: Surroundings) -> tuple[Problem, ...]:
    """The decision itself, errors first, else in reading order."""
    found = [
        *_audience(languages, default, around),
        *(Problem(line.is_error, Step.CONTENT, "", line.words) for line in around.features),
        *_words(languages, around),
        *_samples(languages),
        *_differences(languages, default),
        *_composed(around.composed),
    ]
    return tuple(sorted(found, key=lambda problem: not problem.is_error))


def errors_of(row: Mailing, composed: ComposedMailing | None = None) -> tuple[Problem, ...]:
    """What keeps this mailing from leaving. Nobody is counted for it: a launch cannot wait for that."""
    return tuple(problem for problem in problems_of(row, composed, Audience.anyone) if problem.is_error)


def language_name(tag: str) -> str:
    """``"Français"``, or the tag itself where we have no name for it."""
    return LANGUAGES.get(supported(tag, LANGUAGES, ""), tag) if tag not in LANGUAGES else LANGUAGES[tag]


def _nobody(around: Surroundings) -> str:
    """Why a mailing would go to nobody at all."""
    if around.names_segments:
        return _("Nobody on these lists is in the segments chosen")
    return _("There is nobody whom this would go to") if around.has_group else _("Choose at least one list")


def _audience(languages: Mapping[str, Version], default: str, around: Surroundings) -> Iterator[Problem]:
    if around.segment_problem:
        yield Problem(True, Step.AUDIENCE, "", around.segment_problem)
    elif not around.audience.people:
        yield Problem(True, Step.AUDIENCE, "", _nobody(around))
    elif not around.audience.reached:
        yield Problem(
            True, Step.AUDIENCE, "", _("Everyone on these lists is under “Do not mail”: nobody would get this")
        )
    lacking: dict[str, int] = {}
    for tag, people in around.audience.by_language.items():
        if not supported(tag, languages, ""):
            lacking[language_name(tag)] = lacking.get(language_name(tag), 0) + people
    for name, people in lacking.items():
        words = ngettext(
            "%(num)s person chose %(language)s and will get %(default)s",
            "%(num)s people chose %(language)s and will get %(default)s",
            people,
            language=name,
            default=language_name(default),
        )
        yield Problem(False, Step.CONTENT, "", words)


def _words(languages: Mapping[str, Version], around: Surroundings) -> Iterator[Problem]:
    for tag, version in languages.items():
        yield from _version(tag, version, _known(version, around.fields))
    for tag, number, block in placed_blocks(languages):
        where = _place(tag, number)
        for _field, picture in kind_of(block).pictures(block):
            if picture not in around.pictures:
                yield Problem(True, Step.CONTENT, where, _("There is no picture named %(name)s", name=picture))
        for field, text in texts_of(block):
            yield from _merge_fields(where, text, _known(languages[tag], around.fields))
            if field == "markdown":
                yield from (Problem(False, Step.CONTENT, where, warning) for warning in text_warnings(text))
                yield from _unencrypted(where, unencrypted_links(text))
        urls = [url for _field, url in kind_of(block).urls(block)]
        yield from _unencrypted(where, urls)
        yield from (Problem(False, Step.CONTENT, where, field_in_address(url)) for url in urls if "{{" in url)


def _unencrypted(where: str, urls: Sequence[str]) -> Iterator[Problem]:
    for url in urls:
        if url.lower().startswith("http://") and not url.startswith(links.absolute("/")):
            yield Problem(False, Step.CONTENT, where, _("%(url)s is not encrypted: use https://", url=url))


def _samples(languages: Mapping[str, Version]) -> Iterator[Problem]:
    for tag, version in languages.items():
        for number, sample in samples_left(version):
            words = _("“%(sample)s” is still the sample: replace it", sample=sample)
            yield Problem(True, Step.CONTENT, _place(tag, number), words)


def _differences(languages: Mapping[str, Version], default: str) -> Iterator[Problem]:
    """Languages whose blocks are of other kinds than those of the default: something was forgotten in one of them."""
    model = languages.get(default)
    for tag, version in languages.items():
        number = None if model is None else first_difference(model, version)
        if number is not None and version.blocks:
            words = _("From here on the blocks differ from those in %(language)s", language=language_name(default))
            yield Problem(False, Step.CONTENT, _place(tag, number), words)


def _place(tag: str, number: int) -> str:
    return _("%(language)s, block %(number)s", language=language_name(tag), number=number + 1)


def _known(version: Version, fields: Mapping[str, bool]) -> Mapping[str, bool | None]:
    """The organisation's fields, and those that the blocks of a version bring: nobody lacks these."""
    given = {name for block in version.blocks for name in kind_of(block).merge_fields}
    return {**dict.fromkeys(given), **fields}


def _version(tag: str, version: Version, fields: Mapping[str, bool | None]) -> Iterator[Problem]:
    where = language_name(tag)
    if not version.subject:
        yield Problem(True, Step.CONTENT, where, _("The subject is empty"))
    if len(version.subject) > LONG_SUBJECT:
        yield Problem(False, Step.CONTENT, where, _("The subject is long: phones show only its beginning"))
    if not version.blocks:
        yield Problem(True, Step.CONTENT, where, _("There is nothing to read yet"))
    yield from _merge_fields(where, version.subject, fields)
    yield from _merge_fields(where, version.preheader, fields)


def _merge_fields(where: str, text: str, fields: Mapping[str, bool | None]) -> Iterator[Problem]:
    for field in dict.fromkeys(_FIELD.findall(text)):
        words = _field_words(field, fields)
        if words:
            yield Problem(False, Step.CONTENT, where, words)


def _field_words(typed: str, fields: Mapping[str, bool | None]) -> str:
    """What to say about something that was typed as a merge field; nothing if it is as it should be."""
    found = _MERGE_FIELD.match(typed)
    name = found[1] if found else ""
    if name not in fields and name not in MAY_BE_MISSING:
        return _("%(field)s is not a field we know: it goes out as these characters", field=typed)
    if name in fields and fields[name] is None:
        return ""
    if not fields.get(name, True):
        return _("%(field)s cannot stand in a mailing, it is long or sensitive: it goes out as these characters",
                 field=typed)  # fmt: skip
    if name == "organisation" or (found and found[2]):
        return ""
    if name in fields:
        return _("%(field)s stays empty for people who did not answer; write {{%(name)s|…}} with other words for them",
                 field=typed, name=name)  # fmt: skip
    return _("%(field)s stays empty for people who gave no name; write {{first_name|friend}}", field=typed)


def _composed(composed: ComposedMailing) -> Iterator[Problem]:
    """What only composing shows: limits of the mail's own form, and what a block shows being gone."""
    if composed.gone:
        yield Problem(True, Step.CONTENT, "", composed.gone)
    for variant, words in composed.refused.items():
        yield Problem(True, Step.CONTENT, language_name(variant.language), words)
