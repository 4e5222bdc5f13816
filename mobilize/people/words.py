"""What the trail calls what was done with a person's data."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mobilize.core.feature import AuditSubject
from mobilize.core.i18n import lazy
from mobilize.people.queries import masked_addresses

AUDIT = {
    "person.erased": lazy("A person erased"),
    "person.exported": lazy("A person’s data exported"),
}


def subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """People by their masked address, as tables show them."""
    found = masked_addresses(organisation_id, uids)
    return {uid: AuditSubject(masked, "people.person", {"person_uid": uid}) for uid, masked in found.items()}


SUBJECTS = {"recipient": subjects}
