"""Complaints: abuse reports of feedback loops (RFC 5965), and Outlook's older form without fields."""

from __future__ import annotations

import re

from mobilize.delivery.bounces.parts import Mail, fields
from mobilize.delivery.bounces.report import Clues, Report
from mobilize.delivery.models import ReturnKind

_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "opt-out", "other"})
_LEAVE = re.compile(r"/u/([A-Za-z0-9_-]{16,200})")
_ANGLED = re.compile(r"<([^<>\s]{1,320})>")


def read_feedback(text: str, mail: Mail) -> Report:
    """What an abuse report says; one of another type (not-spam, auth-failure) complains of nothing."""
    said = fields(text)
    kind = said.get("feedback-type", "").strip().lower()
    if kind not in _COMPLAINTS:
        return Report(ReturnKind.OTHER)
    return Report(ReturnKind.COMPLAINT, clues=_clues(mail, said.get("original-mail-from", "")))


def read_old_junk_report(mail: Mail) -> Report | None:
    """Outlook's Junk Mail Reporting without fields: the complained-of mail enclosed under a fixed subject."""
    subject = mail.headers.get("subject", "").lower()
    if subject.startswith("complaint about message from") and mail.enclosed:
        return Report(ReturnKind.COMPLAINT, clues=_clues(mail, ""))
    return None


def _clues(mail: Mail, mail_from: str) -> Clues:
    ours = fields(mail.enclosed)
    paths = (mail_from, ours.get("return-path", ""), ours.get("x-hmxmroriginalsender", ""))
    leave = _LEAVE.search(ours.get("list-unsubscribe", ""))
    return Clues(
        return_paths=tuple(_bare(path) for path in paths if path),
        message_id=_bare(ours.get("message-id", "")),
        leave_token=leave[1] if leave else "",
    )


def _bare(value: str) -> str:
    found = _ANGLED.search(value)
    return found[1] if found else value.strip()
