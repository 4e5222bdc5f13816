"""A test of a mailing: one language, composed as the launch composes it, mailed to the campaigner who asks for it.

source_in -> "[Test]" before the subject -> a transactional message of the organisation -> the worker, like all mail

It names the reader that was chosen instead of the recipient. Its links are not counted, and those of a reader's own (to
unsubscribe, to sign) lead to ``links_lead_to``: nobody is unsubscribed and nothing is signed by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mobilize.accounts.mails import recipient_for
from mobilize.accounts.queries import profile
from mobilize.core import audit, db
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.text import one_line
from mobilize.delivery.composing.blocks import own_links
from mobilize.delivery.composing.sources import PERSONAL_LINKS, Source
from mobilize.delivery.contents import composed
from mobilize.delivery.models import Recipient
from mobilize.delivery.service import send_source
from mobilize.mailings.models import Mailing
from mobilize.mailings.previews import source_in
from mobilize.organisations.queries import brand, require_own_domain

MARK = "[Test]"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a test is written to; empty names show what people get who gave none."""

    first_name: str = ""
    last_name: str = ""


def send_trial(
    row: Mailing, language: str, reader: Reader, *, user_id: int, links_lead_to: str, request_key: str
) -> str:
    """Mail one language of the mailing to the account's own address, which is returned.

    The same ``request_key`` twice is one mail. It is composed while nothing is locked: call it while the unit has
    only read.

    Raises:
        NotFound: the mailing has no such language.
        Refused: nothing is written in this language, or it cannot be sent.
    """
    source = _marked(row, language)
    require_own_domain("language", row.organisation_id, row.sender_address)
    db.release()
    composed(source)
    account = profile(user_id)
    recipient_id = recipient_for(row.organisation_id, account.email, account.name, account.language)
    send_source(
        source,
        organisation=brand(row.organisation_id),
        recipient=session.get_one(Recipient, recipient_id),
        anchor=f"mailing-test:{row.uid}",
        facts=_facts(source, reader, links_lead_to),
        dedupe_key=f"mailing-test:{request_key}",
    )
    audit.record("mailing.tested", organisation_id=row.organisation_id, subject=f"mailing:{row.uid}", language=language)
    return account.email


def _marked(row: Mailing, language: str) -> Source:
    source = source_in(row, language)
    if not source.subject or not source.blocks:
        raise Refused("language", _("There is no subject or no text in this language yet"))
    return replace(source, subject=f"{MARK} {source.subject}")


def _facts(source: Source, reader: Reader, links_lead_to: str) -> Mapping[str, str]:
    return {
        **dict.fromkeys((*PERSONAL_LINKS, *own_links(source.blocks)), links_lead_to),
        "first_name": one_line("first_name", reader.first_name),
        "last_name": one_line("last_name", reader.last_name),
    }
