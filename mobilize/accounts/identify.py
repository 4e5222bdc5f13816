"""Who is asking: from the cookie to a ``Member``, for the guard of ``core.permissions``."""

from __future__ import annotations

from flask import current_app, g, request

from mobilize.accounts import cookies, seen, sessions
from mobilize.accounts.queries import membership_in
from mobilize.core import clock, feature, i18n
from mobilize.core.clients import is_on_this_machine
from mobilize.core.permissions import Member
from mobilize.core.settings import Settings


def identify(slug: str | None) -> Member | None:
    """The signed-in user, and their role in the organisation with this slug; nobody without a live session."""
    secret = cookies.session_secret()
    now, settings = clock.now(), _settings()
    found = sessions.signed_in(secret, now, settings.idle_limit) if secret else None
    if found is None or (found.is_demonstration and not demonstration_is_open()):
        return None
    g.session_key, g.session_id = found.session_key, found.session_id
    seen.note(found.session_id, found.last_seen_at, now)
    i18n.set_language(request.args.get("lang") or found.language)
    place = membership_in(slug, found.user_id) if slug else None
    return Member(
        user_id=found.user_id,
        user_uid=found.user_uid,
        organisation=place.organisation if place else None,
        role=place.role if place else None,
        is_confirmed=found.is_confirmed,
        here=_granted_here(found.user_id, place.organisation.id) if place else frozenset(),
    )


def _granted_here(user_id: int, organisation_id: int) -> frozenset[str]:
    """What the colleague may do with the one thing that the URL names, whatever their role."""
    parts = [one.grants for one in feature.used() if one.grants]
    return frozenset().union(*(feature.load(part)(user_id, organisation_id, request.view_args or {}) for part in parts))


def demonstration_is_open() -> bool:
    """Whether accounts whose passwords are printed may be used: this request never left the machine."""
    return _settings().inbox_enabled and is_on_this_machine()


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
