"""Lists of the demonstration, and their readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.feature import Demonstrated
from mobilize.delivery.recipients import Contact
from mobilize.demo import content
from mobilize.demo.content import OrganisationSource
from mobilize.demo.fields import answer_as_told
from mobilize.demo.readers import Reader, readers
from mobilize.organisations.queries import Brand, brand
from mobilize.subscribers.bulk import Basis, add_people
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.models import MailingList, Subscriber
from mobilize.subscribers.rules import Person
from mobilize.subscribers.service import create_list

TOGETHER = 20


def prepare(shown: Demonstrated) -> Callable[[int], None]:
    """Every list, and readers who agreed in the words of the form."""
    source = content.organisation(shown.slug)

    def add(organisation_id: int) -> None:
        organisation = brand(organisation_id)
        lists = {
            one.slug: create_list(organisation.id, one.slug, one.name, one.description, is_public=one.public)
            for one in source.lists
        }
        _add_readers(organisation, source, lists)
        everyone = select(Subscriber.recipient_id).where(Subscriber.organisation_id == organisation.id)
        people = list(session.scalars(everyone.order_by(Subscriber.id)))
        answer_as_told(organisation.id, source.features.get("questions", ()), people)

    return add


def _add_readers(organisation: Brand, source: OrganisationSource, lists: Mapping[str, MailingList]) -> None:
    """Everyone, a few of each language at a time: a page of people shows them mixed."""
    everyone = list(enumerate(readers(source), start=1))
    for start in range(0, len(everyone), TOGETHER):
        _join(organisation, source, lists["newsletter"], everyone[start : start + TOGETHER])
    for slug, row in lists.items():
        if slug != "newsletter":
            _join(organisation, source, row, [(number, one) for number, one in everyone if slug in one.lists])


def _join(
    organisation: Brand, source: OrganisationSource, row: MailingList, people: Sequence[tuple[int, Reader]]
) -> None:
    """Onto a list, with a consent row that says it is part of the demonstration, in the words of each language."""
    for language in source.languages:
        evidence = Evidence("demonstration", source.form.consent[language], source.form.consent_version, language)
        speakers = [_person(number, one) for number, one in people if one.language == language]
        if speakers:
            add_people(Basis(organisation, row.id, row.uid, evidence), speakers)


def _person(number: int, reader: Reader) -> Person:
    return Person(number, Contact(reader.address, reader.first_name, ""), reader.language)
