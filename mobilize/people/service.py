"""What is done with everything held about a person. Nothing here commits."""

from __future__ import annotations

from mobilize.core import audit
from mobilize.core.i18n import using
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
