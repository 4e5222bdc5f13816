"""What is done with everything held about a person. Nothing here commits."""

from __future__ import annotations

from mobilize.core import audit, crypto
from mobilize.core.errors import Refused
from mobilize.core.i18n import _, using
from mobilize.core.text import mail_address
from mobilize.organisations.queries import Brand
from mobilize.people.export import as_html, as_json
from mobilize.people.queries import FoundPerson, held_about

JSON, HTML = "json", "html"


def export_person(organisation: Brand, found: FoundPerson, kind: str, language: str) -> str:
    """The file of one kind, its words in ``language``; the trail keeps that it was made."""
    audit.record("person.exported", organisation_id=organisation.id, subject=f"recipient:{found.uid}")
    with using(language):
        sections = held_about(found)
        return as_html(organisation, sections) if kind == HTML else as_json(organisation, sections)


def require_address(found: FoundPerson, typed: str) -> None:
    """Raises Refused: what was typed is not the whole address of this person."""
    if crypto.normalised_address(mail_address("address", typed)) != crypto.normalised_address(found.contact.email):
        raise Refused("address", _("This is not the address of this person"))
