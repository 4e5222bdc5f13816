"""Who acts: a colleague's session, a personal link, and whatever kinds features add. The guard asks each the same way.

request -> each Identify in turn, until one knows who it is -> Identity -> may(permission) -> the view, and the trail

A link identifies and never authenticates: it holds the one role that its purpose names (``Purpose.role``), and that
role the permissions that a feature gives it (``Feature.roles``). No colleague has them, and it has none of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from flask import request

from mobilize.core import feature, tokens
from mobilize.core.errors import MobilizeError, TokenRefused
from mobilize.core.roles import OrganisationRef, Role


class Identity(Protocol):
    """Somebody who asks for a page.

    ``kind`` is one word; ``actor`` is what the trail keeps, ``kind:name``, of 40 characters at most and without an
    address. ``organisation`` is the one of the URL if they belong to it. ``is_confirmed``: they have just proved
    anew who they are, as views marked ``confirmed`` want it.
    """

    @property
    def kind(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def organisation(self) -> OrganisationRef | None: ...
    @property
    def is_confirmed(self) -> bool: ...

    def may(self, permission: str) -> bool:
        """Whether they have a permission."""
        ...


class Identify(Protocol):
    """Tells who asks, from the current request; ``None`` if it is nobody of its kind.

    ``slug`` names the organisation of the URL, if there is one.
    """

    def __call__(self, slug: str | None) -> Identity | None: ...


@dataclass(frozen=True)
class Link:
    """A personal link: what it is for, and the ids that it names. Whose rows they are is for its view to look up."""

    purpose: tokens.Purpose
    ids: tuple[int, ...]
    kind = "link"
    organisation = None
    is_confirmed = False

    @property
    def actor(self) -> str:
        return f"link:{self.purpose.label}"

    def may(self, permission: str) -> bool:
        return permission in granted(self.purpose.role)


def identify_link(_slug: str | None) -> Link | None:
    """The link of the current request, by the path of its purpose and the URL's ``token``.

    Raises:
        TokenRefused: not a link of ours, or too old.
    """
    token = str((request.view_args or {}).get("token", ""))
    every = tokens.purposes(feature.used()).values()
    here = [one for one in every if one.role and request.path == f"{one.path}{token}"]
    if not here:
        return None
    for purpose in here[:-1]:
        try:
            return Link(purpose, tokens.read(purpose, token))
        except TokenRefused as refusal:
            if refusal.expired:
                raise
    return Link(here[-1], tokens.read(here[-1], token))


def granted(role: str) -> frozenset[str]:
    """The permissions that a role includes, of every feature in use: a colleague's ``Role``, or one of a feature's.

    Raises:
        MobilizeError: no feature names such a role.
    """
    try:
        return _grants(feature.used())[role]
    except KeyError:
        raise MobilizeError(f"no feature names the role {role!r}") from None


def permissions_known() -> frozenset[str]:
    """Every permission that a feature in use names, of whatever role."""
    return frozenset().union(*_grants(feature.used()).values())


@lru_cache(maxsize=4)
def _grants(features: Sequence[feature.Feature]) -> Mapping[str, frozenset[str]]:
    """A colleague's role has the permissions that name it or a role after it as the least; others what they list."""
    least = {name: Role(role) for one in features for name, role in one.permissions.items()}
    order = list(Role)
    found: dict[str, frozenset[str]] = {
        role: frozenset(name for name, wanted in least.items() if order.index(wanted) >= order.index(role))
        for role in order
    }
    for one in features:
        for role, names in one.roles.items():
            if role in found or least.keys() & names:
                raise MobilizeError(f"the role {role!r} of the feature {one.name!r} is also a colleague's or another's")
            found[role] = frozenset(names)
    return found
