"""The keys of a sender's domain: made, activated once receivers can find them, retired by their successor.

make_dkim_key -> waiting (its record is published meanwhile) -> activate_key -> active, and the one before retired

The first key of a domain is active at once: unsigned mail would not be better received than a signature whose record
is still missing. Nothing here commits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from sqlalchemy import select

from mobilize.core import audit, clock
from mobilize.core.db import new_uid, session
from mobilize.core.errors import Conflict, NotFound
from mobilize.core.i18n import _
from mobilize.organisations.domain_keys import dated_selector, new_private_key
from mobilize.organisations.models import DkimKey

_spare: deque[str] = deque()


def prepare_key() -> None:
    """Make the private half of the next key now: it takes a tenth of a second and more, so hold no lock meanwhile."""
    if not _spare:
        _spare.append(new_private_key())


def _private_key() -> str:
    try:
        return _spare.pop()
    except IndexError:
        return new_private_key()


def make_dkim_key(organisation_id: int, domain: str) -> str:
    """A new key (RSA-2048, sealed) for ``domain``; its selector. While one waits already, that one's."""
    keys = _locked(organisation_id, domain)
    waiting = next((key for key in keys if key.activated_at is None and key.retired_at is None), None)
    if waiting is not None:
        return waiting.selector
    # Others may send from the domain too; DNS has one record for a name.
    taken = set(session.scalars(select(DkimKey.selector).where(DkimKey.domain == domain)))
    is_first = all(key.retired_at is not None for key in keys)
    now = clock.now()
    key = DkimKey(
        uid=new_uid(),
        organisation_id=organisation_id,
        domain=domain,
        selector=dated_selector(now.date(), taken),
        private_key=_private_key(),
        created_at=now,
        activated_at=now if is_first else None,
    )
    session.add(key)
    session.flush()
    audit.record(
        "organisation.key-made",
        organisation_id=organisation_id,
        subject=f"dkim-key:{key.uid}",
        domain=domain,
        selector=key.selector,
    )
    return key.selector


def activate_key(organisation_id: int, uid: str) -> None:
    """Sign with this key from now on; the domain's former one is retired in the same commit. Twice is once.

    Raises:
        NotFound: the organisation has no such key.
        Conflict: it was retired; its private half may be old.
    """
    key = next(key for key in _locked(organisation_id, key_domain(organisation_id, uid)) if key.uid == uid)
    if key.retired_at is not None:
        raise Conflict(_("This key was retired. Make a new one"))
    if key.activated_at is not None:
        return
    now = clock.now()
    for former in _locked(organisation_id, key.domain):
        if former.activated_at is not None and former.retired_at is None:
            former.retired_at = now
            session.flush()
            _record("organisation.key-retired", former)
    key.activated_at = now
    session.flush()
    _record("organisation.key-activated", key)


def key_domain(organisation_id: int, uid: str) -> str:
    """The domain that a key signs for.

    Raises:
        NotFound: the organisation has no such key.
    """
    domain = session.scalar(
        select(DkimKey.domain).where(DkimKey.organisation_id == organisation_id, DkimKey.uid == uid)
    )
    if domain is None:
        raise NotFound("key")
    return domain


def _locked(organisation_id: int, domain: str) -> Sequence[DkimKey]:
    """Every key of the domain, held until the commit: two activations at once come one after the other."""
    keys = select(DkimKey).where(DkimKey.organisation_id == organisation_id, DkimKey.domain == domain)
    return session.scalars(keys.order_by(DkimKey.id).with_for_update().execution_options(populate_existing=True)).all()


def _record(action: str, key: DkimKey) -> None:
    subject = f"dkim-key:{key.uid}"
    audit.record(action, organisation_id=key.organisation_id, subject=subject, domain=key.domain, selector=key.selector)
