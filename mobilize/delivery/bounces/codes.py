"""Codes and words of a refusal to the kind of a bounce; what they mean together is decided in ``delivery/refusals/``.

Only "there is no such mailbox" is hard. A domain that is not found (5.1.2, 5.4.4) is soft: our own resolver may be the
cause. What blames sender, route or content is policy, and never charged to the person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mobilize.delivery.models import ReturnKind
from mobilize.delivery.refusals.judging import Blame, is_about_the_session, judge, says_nothing
from mobilize.delivery.smtp.replies import scrubbed

_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-#])")
_ADDRESS = re.compile(r"([^\s<>@\"'()\[\]:;,]{1,128})@[^\s<>@\"'()\[\],;]{1,255}")
_SHOWN = 1_000
_READ = 4_000
_KINDS = {
    Blame.SENDER: ReturnKind.POLICY,
    Blame.MAILBOX: ReturnKind.SOFT,
    Blame.UNCLEAR: ReturnKind.SOFT,
    Blame.PERSON: ReturnKind.HARD,
}


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


def kind_of_failure(status: str, code: int | None, text: str, around: str = "") -> ReturnKind:
    """What a final failure means; ``status`` is the reporting server's code, ``text`` the other server's words.

    ``around`` is what the report says to people. It is read only where the other server's words say nothing, or where
    it names the command that was refused: the rest of it is advice.
    """
    if is_about_the_session(around):
        return ReturnKind.POLICY
    said = f"{text} {around}" if says_nothing(text) else text
    return _KINDS[judge({enhanced_in(status), *_ENHANCED.findall(said[:_READ])}, code, said)]


def without_people(text: str, addresses: Iterable[str] = ()) -> str:
    """A diagnostic fit to be kept: scrubbed, and without the names of the mailboxes that it or the report names."""
    shown = text[:_SHOWN]
    named = {found[1] for found in _ADDRESS.finditer(shown)}
    named |= {address.rpartition("@")[0] for address in addresses}
    shown = scrubbed(shown)
    for name in sorted((name for name in named if len(name) > 2), key=len, reverse=True):
        shown = re.sub(re.escape(name), "(address)", shown, flags=re.IGNORECASE)
    return shown[:300]
