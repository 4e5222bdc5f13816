"""Who may do what: permissions, roles, and the guard that refuses every route without a declaration.

Every view declares ``@public``, ``@signed_in`` or ``@requires("mailing.read")``, a permission that some feature names.
Staff URLs name their organisation (``/studio/<org>/…``); whoever is not a member of it gets 404, a member without the
permission 403. A view that is also marked ``@confirmed`` asks for the password first.
``accounts`` fills in who is asking through the ``Identify`` given to ``guard``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Protocol, TypeVar

from flask import Flask, g, redirect, request
from werkzeug.wrappers import Response

from mobilize.core import audit, feature
from mobilize.core.bodies import SAFE_METHODS
from mobilize.core.errors import MobilizeError, NotAllowed, NotFound
from mobilize.core.roles import OrganisationRef as OrganisationRef
from mobilize.core.roles import Role as Role
from mobilize.core.security_events import SecurityEvent, note

View = TypeVar("View", bound=Callable[..., Any])
_MARK: Final = "__mobilize_permission__"
_CONFIRMED: Final = "__mobilize_confirmed__"


def granted(role: Role) -> frozenset[str]:
    """The permissions that a role includes, of every feature in use."""
    return _grants(feature.used())[role]


@lru_cache(maxsize=4)
def _grants(features: Sequence[feature.Feature]) -> dict[Role, frozenset[str]]:
    """Each role has the permissions that name it or a role after it as the least."""
    least = {name: Role(role) for one in features for name, role in one.permissions.items()}
    order = list(Role)
    return {
        role: frozenset(name for name, wanted in least.items() if order.index(wanted) >= order.index(role))
        for role in order
    }


class Access(Enum):
    """Declarations that name no permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


@dataclass(frozen=True)
class Member:
    """Who is asking: a user, and their role in the organisation of the URL (``None`` outside any).

    ``is_confirmed``: they typed their password a short while ago.
    """

    user_id: int
    user_uid: str
    organisation: OrganisationRef | None
    role: Role | None
    is_confirmed: bool = True

    def may(self, permission: str) -> bool:
        """Raises MobilizeError: no feature declares such a permission."""
        if permission not in granted(Role.OWNER):
            raise MobilizeError(f"no feature declares the permission {permission!r}")
        return self.role is not None and permission in granted(self.role)


class Identify(Protocol):
    """Tells who is signed in, and their membership in the organisation with this slug if one is named."""

    def __call__(self, slug: str | None) -> Member | None: ...


def public(view: View) -> View:
    """Anyone may open this."""
    setattr(view, _MARK, Access.PUBLIC)
    return view


def signed_in(view: View) -> View:
    """Any signed-in user may open this; it shows nothing of an organisation."""
    setattr(view, _MARK, Access.SIGNED_IN)
    return view


def requires(permission: str) -> Callable[[View], View]:
    """A member of the URL's organisation whose role includes ``permission`` may open this."""

    def declare(view: View) -> View:
        setattr(view, _MARK, permission)
        return view

    return declare


def confirmed(view: View) -> View:
    """What this view changes could lock others out or let mail be read: whoever asks has just typed their password.

    Stands under ``requires``; a GET of the view only shows, and needs no password.
    """
    setattr(view, _CONFIRMED, True)
    return view


def needs_confirmation(view: Callable[..., Any]) -> bool:
    """Whether a view function is marked ``confirmed``."""
    return bool(getattr(view, _CONFIRMED, False))


def declared(view: Callable[..., Any]) -> Access | str | None:
    """What a view function declares, if anything."""
    found: Access | str | None = getattr(view, _MARK, None)
    return found


def undeclared_routes(app: Flask) -> list[str]:
    """Endpoints whose view declares nothing or a permission of no feature; ``create_app`` refuses to start with any."""
    known = granted(Role.OWNER)
    return sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not _is_known(declared(app.view_functions[rule.endpoint]), known)
    )


def _is_known(wanted: Access | str | None, permissions: frozenset[str]) -> bool:
    return isinstance(wanted, Access) or wanted in permissions


def guard(app: Flask, identify: Identify, login_endpoint: str, confirm: Callable[[], Response]) -> None:
    """Check every request before its view runs; sets ``g.member`` and ``g.organisation``.

    ``confirm`` answers in place of a view marked ``confirmed`` until the password has been typed.
    """

    @app.before_request
    def check() -> Response | None:
        if request.endpoint is None or request.endpoint == "static":
            return None
        view = app.view_functions[request.endpoint]
        wanted = declared(view)
        if wanted is Access.PUBLIC:
            return None
        slug = (request.view_args or {}).get("org") if isinstance(wanted, str) else None
        member = identify(slug)
        if member is None:
            return _to_login(app, login_endpoint)
        _admit(member, wanted)
        if needs_confirmation(view) and request.method not in SAFE_METHODS and not member.is_confirmed:
            return confirm()
        return None


def member() -> Member:
    """Who is asking, in a view that is not public."""
    found: Member = g.member
    return found


def organisation() -> OrganisationRef:
    """The organisation of the URL, in a view that requires a permission."""
    found: OrganisationRef = g.organisation
    return found


def _admit(member: Member, wanted: Access | str | None) -> None:
    if isinstance(wanted, str) and not (member.organisation and member.may(wanted)):
        note(SecurityEvent.PERMISSION_REFUSED, permission=wanted, user=member.user_uid)
        if member.organisation is None:
            raise NotFound("page")
        raise NotAllowed("your role does not include this")
    g.member = member
    g.organisation = member.organisation
    audit.set_actor(f"user:{member.user_uid}")


def _to_login(app: Flask, endpoint: str) -> Response:
    """Sign in first, then come back (only to a path of our own)."""
    return redirect(app.url_for(endpoint, next=request.full_path.rstrip("?")), code=303)
