"""/studio/<org>/calendar/<event>/registrations/<uid>: what one person asked for and answered."""

from __future__ import annotations

from flask import Blueprint, render_template

from mobilize.core import clock, feature
from mobilize.core.audit import AuditEntry
from mobilize.core.i18n import current_language, show_datetime
from mobilize.core.permissions import organisation, requires
from mobilize.events import showing
from mobilize.events.models import Event
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations import queries, words
from mobilize.events.registrations.answers import shown_of
from mobilize.events.registrations.groups import group_of
from mobilize.events.registrations.listing import history
from mobilize.events.registrations.models import RegistrationState
from mobilize.events.rules import is_ahead
from mobilize.organisations.queries import brand

blueprint = Blueprint("registration", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/registrations")


@blueprint.get("/<registration_uid>")
@requires("registrations.read")
def show(org: str, event_slug: str, registration_uid: str) -> str:
    """One registration with its answers."""
    house = brand(organisation().id)
    event = event_by_slug(house.id, event_slug)
    who = queries.registrant(queries.registration_by_uid(event.id, registration_uid))
    return render_template(
        "events/registration_one.html",
        org=org,
        brand=house,
        row=event,
        who=who,
        group=group_of(who.row),
        answers=shown_of(event.id, who.row.recipient_id, current_language(), house.default_language),
        history=[_told(entry, event) for entry in history(who.row)],
        may_change=who.row.state is RegistrationState.REGISTERED and is_ahead(event, clock.now()),
        words=words,
        showing=showing,
    )


def _told(entry: AuditEntry, event: Event) -> dict[str, str]:
    """What staff did, with their reason, as a timeline shows it. Who did it stands in the activity log, for owners."""
    return {
        "when": show_datetime(entry.at, event.timezone),
        "at": entry.at.isoformat(),
        "title": str(feature.words("audit_words", entry.action)),
        "text": str(entry.facts.get("reason", "")),
    }
