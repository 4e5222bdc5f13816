"""Confirm by mail: keep what a visitor asked for until the owner of the mailbox confirms it. Nothing here commits.

The feature that asks mails the link (its own token purpose, naming ``request.id``), opens it on its own page, and acts
on what ``confirm_once`` gives back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select

from mobilize.core import clock, feature
from mobilize.core.db import session
from mobilize.core.errors import MobilizeError, NotFound
from mobilize.delivery.models import Recipient
from mobilize.delivery.recipients import hold
from mobilize.visitors.models import VisitorRequest

CONFIRM_WITHIN = timedelta(days=7)
MOST_MAILS = 5
"""Mails to one person about one subject in seven days, however often somebody asks."""


def keep(
    kind: str, subject_id: int, recipient: Recipient, language: str, payload: Mapping[str, Any]
) -> VisitorRequest | None:
    """A new request, to be mailed by the caller now; ``None`` (and nothing is kept) after ``MOST_MAILS``.

    Raises:
        MobilizeError: no feature confirms requests of this kind (``Feature.confirmations``).
    """
    if feature.confirmation(kind) is None:
        raise MobilizeError(f"no feature confirms requests of the kind {kind!r}")
    hold(recipient.id)
    if _mails_to(kind, subject_id, recipient.id) >= MOST_MAILS:
        return None
    now = clock.now()
    request = VisitorRequest(
        organisation_id=recipient.organisation_id,
        kind=kind,
        subject_id=subject_id,
        recipient_id=recipient.id,
        language=language,
        mails_sent=1,
        asked_at=now,
        ends_at=now + CONFIRM_WITHIN,
    )
    request.payload = json.dumps(dict(payload))
    session.add(request)
    session.flush()
    return request


def mail_again(kind: str, request_id: int) -> VisitorRequest | None:
    """The request, to be mailed by the caller once more; ``None`` if it ended or its person had ``MOST_MAILS``."""
    request = find(kind, request_id)
    if request is None or request.ends_at <= clock.now():
        return None
    hold(request.recipient_id)
    session.refresh(request)
    mails = _mails_to(kind, request.subject_id, request.recipient_id)
    if mails >= MOST_MAILS or request.confirmed_at is not None:
        return None
    request.mails_sent += 1
    request.ends_at = clock.now() + CONFIRM_WITHIN
    session.flush()
    return request


def find(kind: str, request_id: int) -> VisitorRequest | None:
    """A request that waits, or was confirmed in the last days; ``None`` once it is forgotten."""
    request = session.get(VisitorRequest, request_id)
    return request if request is not None and request.kind == kind else None


def payload_of(request: VisitorRequest) -> dict[str, Any]:
    """What the feature kept with the request."""
    found: dict[str, Any] = json.loads(request.payload)
    return found


def confirm_once(kind: str, request_id: int) -> VisitorRequest | None:
    """The request, confirmed by this call, its person held; ``None`` if it was confirmed before.

    Raises:
        NotFound: the request is forgotten.
    """
    request = find(kind, request_id)
    if request is None:
        raise NotFound("request")
    hold(request.recipient_id)
    session.refresh(request)
    if request.confirmed_at is not None:
        return None
    request.confirmed_at = clock.now()
    session.flush()
    return request


def forget_expired(now: datetime, at_most: int) -> tuple[int, list[int]]:
    """Delete requests that ended, at most so many; how many, and the recipients who have no request left."""
    ended = select(VisitorRequest.id, VisitorRequest.recipient_id).where(VisitorRequest.ends_at <= now)
    rows = session.execute(ended.order_by(VisitorRequest.ends_at).limit(at_most)).all()
    session.execute(delete(VisitorRequest).where(VisitorRequest.id.in_([request_id for request_id, _person in rows])))
    people = {recipient_id for _request, recipient_id in rows}
    waiting = select(VisitorRequest.recipient_id).where(VisitorRequest.recipient_id.in_(people))
    return len(rows), sorted(people - set(session.scalars(waiting)))


def _mails_to(kind: str, subject_id: int, recipient_id: int) -> int:
    """How many mails went to a person about a subject in the last seven days."""
    counted = select(func.coalesce(func.sum(VisitorRequest.mails_sent), 0)).where(
        VisitorRequest.recipient_id == recipient_id,
        VisitorRequest.kind == kind,
        VisitorRequest.subject_id == subject_id,
        VisitorRequest.ends_at > clock.now(),
    )
    return int(session.scalar(counted) or 0)
