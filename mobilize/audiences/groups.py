"""People tied to a thing, such as those who are registered for an event: named in an audience as ``kind:uid:group``."""

from __future__ import annotations

from sqlalchemy import Select

from mobilize.core import feature
from mobilize.core.errors import NotFound
from mobilize.core.feature import Group
from mobilize.core.i18n import _
from mobilize.delivery.models import BasisKind


def group_people(organisation_id: int, name: str) -> tuple[BasisKind, Select[int, int]]:
    """What entitles the people of a group, and ``recipient_id`` and ``basis_id`` of each.

    Raises:
        NotFound: no feature in use has such a group.
    """
    found, _kind, uid = _group(name)
    return BasisKind(found.basis), found.people(organisation_id, uid)


def describe_group(organisation_id: int, name: str) -> str:
    """In words of the current language: ``"Launch of the initiative: registered to take part online"``."""
    found, kind, uid = _group(name)
    thing = feature.anchored(organisation_id, f"{kind}:{uid}")
    return _("%(title)s: %(group)s", title=thing.title if thing else "?", group=str(found.label))


def footer_of(organisation_id: int, name: str) -> str:
    """What tells the people of a group why they get a mail, in the current language."""
    found, kind, uid = _group(name)
    thing = feature.anchored(organisation_id, f"{kind}:{uid}")
    return str(found.footer) % {"title": thing.title if thing else "?"}


def own_page_of(name: str) -> str:
    """What the footer calls the page of their own about what entitles them; empty for the usual words."""
    found, _kind, _uid = _group(name)
    return str(found.own_page)


def basis_has_page(name: str) -> bool:
    """Whether people of a group have a page of their own about what entitles them."""
    found, _kind, _uid = _group(name)
    return feature.basis_link(found.basis) is not None


def _group(name: str) -> tuple[Group, str, str]:
    kind, _colon, rest = name.partition(":")
    uid, _colon, group = rest.partition(":")
    anchor = feature.anchor_kinds().get(kind)
    if anchor is None or group not in anchor.groups:
        raise NotFound("group")
    return anchor.groups[group], kind, uid
