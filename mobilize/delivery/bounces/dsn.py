"""Delivery status notifications: RFC 3464, and RFC 6533 for addresses beyond ASCII."""

from __future__ import annotations

import re
from dataclasses import replace

from mobilize.delivery.bounces.codes import enhanced_in, exact, kind_of_failure, reply_in, without_people
from mobilize.delivery.bounces.parts import fields
from mobilize.delivery.bounces.report import Report
from mobilize.delivery.models import ReturnKind

_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")
_NO_LETTER = re.compile(r"[^a-z]")
_FAILED = frozenset({"failed", "failure", "fail", "error"})
"""RFC 3464 knows ``failed`` only; the others are of OpenSMTPD and of gateways."""
_MAX_RECIPIENTS = 100
_WORDS_SHOWN = 4_000
_MILDEST_FIRST = (ReturnKind.OTHER, ReturnKind.DELAYED, ReturnKind.POLICY, ReturnKind.SOFT, ReturnKind.HARD)


def read_status(text: str, words: str) -> Report | None:
    """What the fields of a notification say, or None where they say nothing; ``words`` is what it says to people.

    A mail of ours has one recipient: of several in a notification (an alias with members) the mildest counts, since
    one of them may have got it.
    """
    blocks = (fields(block) for block in _EMPTY_LINE.split(text)[: _MAX_RECIPIENTS + 1])
    found = [_one(block, words) for block in blocks if "action" in block or "status" in block]
    return min(found, key=lambda report: _MILDEST_FIRST.index(report.kind), default=None)


def _one(block: dict[str, str], words: str) -> Report:
    diagnostic = _value(block.get("diagnostic-code", ""))
    status = exact(block.get("status", ""), diagnostic)
    code = reply_in(diagnostic)
    people = [_value(block.get(name, "")) for name in ("final-recipient", "original-recipient")]
    report = Report(ReturnKind.OTHER, status, code, without_people(diagnostic, people))
    action = _NO_LETTER.split(block.get("action", "").strip().lower(), maxsplit=1)[0]
    if action == "delayed":
        return replace(report, kind=ReturnKind.DELAYED)
    if action in _FAILED or (not action and enhanced_in(status)[:1] in {"4", "5"}):
        own = block.get("status", "")
        return replace(report, kind=kind_of_failure(own, code, diagnostic, words[:_WORDS_SHOWN]))
    return report


def _value(field: str) -> str:
    """What follows the type: ``rfc822; a@example.org`` or ``smtp; 550 …``."""
    kind, semicolon, value = field.partition(";")
    return value.strip() if semicolon and " " not in kind.strip() else field
