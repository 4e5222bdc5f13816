"""Who may do what: permissions, roles, and the guard that refuses every route without a declaration.

Every view declares ``@public``, ``@signed_in`` or ``@requires("mailing.read")``, a permission that some feature names.
Staff URLs name their organisation (``/studio/<org>/…``); whoever is not a member of it gets 404, a member without the
permission 403. A view that is also marked ``@confirmed`` asks for the password first.
Who is asking is an ``Identity`` (``core.identities``): a colleague's session, a personal link, or a kind that a feature
adds; the guard asks each for permissions in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

from flask import Flask, g, request
from werkzeug.wrappers import Response

from mobilize.core import audit
from mobilize.core.bodies import SAFE_METHODS
from mobilize.core.errors import MobilizeError, NotAllowed, NotFound
from mobilize.core.identities import Identify, Identity, Link, permissions_known
from mobilize.core.identities import granted as granted
from mobilize.core.roles import OrganisationRef as OrganisationRef
from mobilize.core.roles import Role as Role
from mobilize.core.security_events import SecurityEvent, note

View = TypeVar("View", bound=Callable[..., Any])
_MARK: Final = "__mobilize_permission__"
_CONFIRMED: Final = "__mobilize_confirmed__"


class Access(Enum):
    """Declarations that name no permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


@dataclass(frozen=True)
class Member:
    """A colleague's session: a user, and their role in the organisation of the URL (``None`` outside any).

    ``is_confirmed``: they typed their password a short while ago. ``here`` are permissions for the one thing that the
    URL names, beside those of their role (``Feature.grants``).
    """

    user_id: int
    user_uid: str
    organisation: OrganisationRef | None
    role: Role | None
    is_confirmed: bool = True
    here: frozenset[str] = frozenset()
    kind = "user"

    @property
    def actor(self) -> str:
        return f"user:{self.user_uid}"

    def may(self, permission: str) -> bool:
        """Raises MobilizeError: no feature declares such a permission."""
        if permission not in permissions_known():
            raise MobilizeError(f"no feature declares the permission {permission!r}")
        return self.role is not None and (permission in granted(self.role) or permission in self.here)


def public(view: View) -> View:
    """Anyone may open this."""
    setattr(view, _MARK, Access.PUBLIC)
    return view


def signed_in(view: View) -> View:
    """Any signed-in user may open this; it shows nothing of an organisation."""
    setattr(view, _MARK, Access.SIGNED_IN)
    return view


def requires(permission: str) -> Callable[[View], View]:
    """Whoever has ``permission`` may open this: in the URL's organisation, or by the personal link that the URL is."""

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
    known = permissions_known()
    return sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not _is_known(declared(app.view_functions[rule.endpoint]), known)
    )


def _is_known(wanted: Access | str | None, permissions: frozenset[str]) -> bool:
    return isinstance(wanted, Access) or wanted in permissions


def guard(
    app: Flask,
    identifiers: Sequence[Identify],
    logged_out: Callable[[], Response],
    confirm: Callable[[], Response],
) -> None:
    """Check every request before its view runs; sets ``g.identity``, ``g.organisation`` and a colleague's ``g.member``.

    The first of ``identifiers`` that knows who is asking decides.

    ``logged_out`` answers in place of a view where none of them does; ``confirm`` in place of a view marked
    ``confirmed`` until the password has been typed.
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
        asking = next((found for one in identifiers if (found := one(slug)) is not None), None)
        if asking is None:
            return logged_out()
        _admit(asking, wanted)
        if needs_confirmation(view) and request.method not in SAFE_METHODS and not asking.is_confirmed:
            return confirm()
        return None


def identity() -> Identity:
    """Who is asking, in a view that is not public."""
    found: Identity = g.identity
    return found


def member() -> Member:
    """The colleague who is asking.

    Raises:
        NotAllowed: whoever asks is not signed in, but of another kind.
    """
    return _colleague(identity())


def link() -> Link:
    """The personal link by which the view was opened; only its permissions lead there."""
    asking = identity()
    if not isinstance(asking, Link):
        raise NotAllowed("this is opened by a link")
    return asking


def organisation() -> OrganisationRef:
    """The organisation of the URL, in a view that requires a permission."""
    found: OrganisationRef = g.organisation
    return found


def _admit(asking: Identity, wanted: Access | str | None) -> None:
    if isinstance(wanted, str):
        _refuse_without(wanted, asking)
        g.organisation = asking.organisation
    else:
        g.organisation = _colleague(asking).organisation
    g.identity = asking
    if isinstance(asking, Member):
        g.member = asking
    audit.set_actor(asking.actor)


def _refuse_without(permission: str, asking: Identity) -> None:
    """Raises NotFound: the URL names an organisation that is not theirs. NotAllowed: they have no such permission."""
    names_none = "org" not in (request.view_args or {})
    if asking.may(permission) and (asking.organisation is not None or names_none):
        return
    note(SecurityEvent.PERMISSION_REFUSED, permission=permission, actor=asking.actor)
    if asking.organisation is None:
        raise NotFound("page")
    raise NotAllowed("your role does not include this")


def _colleague(asking: Identity) -> Member:
    if not isinstance(asking, Member):
        raise NotAllowed("sign in first")
    return asking
