"""Rows that stand for the parameters of mailings' URLs (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from mobilize.audiences.audience import Audience
from mobilize.core import clock
from mobilize.core.db import session
from mobilize.mailings.models import Mailing, MailingState
from mobilize.organisations.models import Organisation
from tests.crowd import make_list

_numbers = count(1)


def make_mailing(house: Organisation) -> str:
    text = {"subject": "December", "preheader": "", "blocks": [{"type": "text", "markdown": "Dear friend"}]}
    mailing = Mailing(
        organisation_id=house.id,
        name="December",
        sender_name="News",
        sender_address=f"news@{house.slug}.example.org",
        default_language="en",
        content={"en": text},
        selection=Audience(house.id, (make_list(house, f"of-a-mailing-{next(_numbers)}").id,)).to_json(),
        state=MailingState.DRAFT,
        created_at=clock.now(),
    )
    session.add(mailing)
    session.flush()
    return mailing.uid


MAKERS = {"uid": make_mailing, "language": lambda _house: "en"}
