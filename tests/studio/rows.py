"""Mailings and ledger rows in the states that the home page tells apart."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.delivery.models import (
    Content,
    Delivery,
    DeliveryState,
    HoldCause,
    Message,
    MessageHold,
    MessageState,
    Recipient,
    RecipientKind,
    Stream,
)
from mobilize.mailings.models import Mailing, MailingState

_CAUSES = {MessageState.PAUSED: HoldCause.STAFF, MessageState.HALTED: HoldCause.REFUSAL}


def make_mailing(organisation_id: int, **values: Any) -> Mailing:
    """A mailing, a draft unless told otherwise."""
    mailing = Mailing(
        **{
            "organisation_id": organisation_id,
            "name": "Letter of March",
            "sender_name": "City",
            "sender_address": "news@example.org",
            "default_language": "en",
            "content": {},
            "selection": {"lists": [], "without": []},
            "state": MailingState.DRAFT,
            "created_at": clock.now(),
            **values,
        }
    )
    session.add(mailing)
    session.flush()
    return mailing


def launch(mailing: Mailing, state: MessageState, counts: Mapping[DeliveryState, int], reason: str = "") -> Message:
    """Give the mailing a message in ``state`` with so many rows of each delivery state."""
    message = Message(
        organisation_id=mailing.organisation_id,
        stream=Stream.BULK,
        state=state,
        state_reason=reason,
        anchor=f"mailing:{mailing.uid}",
        sender_name="City",
        sender_address="news@example.org",
        audience=sum(counts.values()),
        created_at=clock.now(),
    )
    session.add(message)
    session.flush()
    if state in _CAUSES:
        session.add(MessageHold(message_id=message.id, cause=_CAUSES[state], reason=reason, since=clock.now()))
    mailing.state, mailing.message_id, mailing.launched_at = MailingState.LAUNCHED, message.id, clock.now()
    _add_rows(message, counts)
    return message


def _add_rows(message: Message, counts: Mapping[DeliveryState, int]) -> None:
    content = Content(
        organisation_id=message.organisation_id,
        digest=secrets.token_bytes(32),
        language="en",
        source={},
        created_at=clock.now(),
    )
    session.add(content)
    session.flush()
    for state in (state for state, number in counts.items() for _row in range(number)):
        session.add(
            Delivery(
                message_id=message.id,
                recipient_id=_recipient(message.organisation_id).id,
                content_id=content.id,
                stream=Stream.BULK,
                domain_index=b"domain",
                state=state,
                changed_at=clock.now(),
            )
        )
    session.flush()


def _recipient(organisation_id: int) -> Recipient:
    recipient = Recipient(
        organisation_id=organisation_id,
        kind=RecipientKind.PERSON,
        contact="{}",
        address_index=secrets.token_bytes(16),
        domain_index=b"domain",
        language="en",
        created_at=clock.now(),
    )
    session.add(recipient)
    session.flush()
    return recipient
