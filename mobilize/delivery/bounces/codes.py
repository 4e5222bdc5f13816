"""Codes and words of a refusal to what it means: RFC 3463 through the engine's own reading, else words.

Only "there is no such mailbox" is hard. A domain that is not found (5.1.2, 5.4.4) is soft: our own resolver may be the
cause. What blames sender, route or content is policy, and never charged to the person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mobilize.delivery.bounces import words
from mobilize.delivery.models import ReturnKind
from mobilize.delivery.sending.classify import why
from mobilize.delivery.smtp.replies import scrubbed
from mobilize.delivery.smtp.transport import Phase, Rejected

_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-#])")
_GENERIC = re.compile(r"5\.(0\.\d+|1\.0|1\.350|2\.0|3\.0|4\.[01]|5\.\d+)\Z")
_OURS = re.compile(r"5\.(1\.[78]|2\.3|3\.4|6\.\d+)\Z|[45]\.7\.\d+\Z")
_ADDRESS = re.compile(r"([^\s<>@\"'()\[\]:;,]{1,128})@[^\s<>@\"'()\[\],;]{1,255}")
_SHOWN = 1_000


def enhanced_in(text: str) -> str:
    """The first enhanced code in a text, or ""."""
    found = _ENHANCED.search(text)
    return found[1] if found else ""


def reply_in(text: str) -> int | None:
    """The first reply code of a refusal in a text."""
    found = _REPLY.search(text)
    return int(found[1]) if found else None


def exact(status: str, diagnostic: str) -> str:
    """The code that says most: the reporting server's own, unless it says nothing and the quoted one does."""
    own = enhanced_in(status)
    quoted = enhanced_in(diagnostic)
    return quoted if quoted and (not own or own[1:] == ".0.0") else own


def kind_of_failure(status: str, code: int | None, text: str) -> ReturnKind:
    """What a final failure means; ``text`` is the other server's words."""
    if _OURS.match(status):
        return ReturnKind.POLICY
    reason, suppress = why(Rejected(0, Phase.RCPT, code or 0, status, ""))
    if suppress is not None:
        return ReturnKind.HARD
    if reason == "policy":
        return ReturnKind.POLICY
    if status and not _GENERIC.match(status):
        return ReturnKind.SOFT
    return _kind_by_words(" ".join(text.lower().split()), is_final=code is None or code >= 500)


def without_people(text: str, addresses: Iterable[str] = ()) -> str:
    """A diagnostic fit to be kept: scrubbed, and without the names of the mailboxes that it or the report names."""
    shown = text[:_SHOWN]
    named = {found[1] for found in _ADDRESS.finditer(shown)}
    named |= {address.rpartition("@")[0] for address in addresses}
    shown = scrubbed(shown)
    for name in sorted((name for name in named if len(name) > 2), key=len, reverse=True):
        shown = re.sub(re.escape(name), "(address)", shown, flags=re.IGNORECASE)
    return shown[:300]


def _kind_by_words(text: str, *, is_final: bool) -> ReturnKind:
    if words.has(words.FULL, text):
        return ReturnKind.SOFT
    if words.has(words.POLICY, text):
        return ReturnKind.POLICY
    return ReturnKind.HARD if is_final and words.has(words.NOBODY, text) else ReturnKind.SOFT
