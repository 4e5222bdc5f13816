"""Receipts (RFC 8098). Dovecot rejects through one, too: a full mailbox, or a filter of the reader's own (RFC 5429)."""

from __future__ import annotations

from mobilize.delivery.bounces.codes import enhanced_in, kind_of_failure, reply_in, without_people
from mobilize.delivery.bounces.parts import fields
from mobilize.delivery.bounces.report import Report
from mobilize.delivery.models import ReturnKind

_REJECTED = ("automatically rejected", "was rejected", "could not be delivered", "quota exceeded")


def read_disposition(text: str, words: str) -> Report:
    """What a receipt says: nothing that counts, unless a program deleted the mail and says that it was rejected."""
    disposition = fields(text).get("disposition", "").lower()
    said = " ".join(words.split())
    if "automatic-action" not in disposition or not any(one in said.lower() for one in _REJECTED):
        return Report(ReturnKind.AUTOMATIC)
    status, code = enhanced_in(said), reply_in(said)
    kind = kind_of_failure(status, code, said)
    # Who rejects by a filter of their own is there: a receipt tells of a mailbox that exists.
    kind = ReturnKind.SOFT if kind is ReturnKind.HARD else kind
    return Report(kind, status, code, without_people(said))
