"""Codes and words of a refusal to whom it is about. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import cache

from mobilize.core.text import normal_form
from mobilize.delivery.refusals import mailbox_words, sender_words


class Blame(StrEnum):
    """Whom a refusal is about, the mildest for the reader first."""

    SENDER = "sender"
    MAILBOX = "mailbox"
    UNCLEAR = "unclear"
    PERSON = "person"


_NOBODY = re.compile(r"5\.1\.(1|6|10|351)\Z")
_OURS = re.compile(r"5\.(1\.[78]|2\.3|3\.4|6\.\d+)\Z|[45]\.7\.\d+\Z")
_CLOSED = re.compile(r"5\.7\.13\Z")
_GENERIC = re.compile(r"5\.(0\.\d+|1\.0|1\.3|1\.350|2\.0|3\.0|4\.[01]|5\.\d+)\Z")

_ADDRESS = re.compile(r"[<(\[\"']?[^\s<>@\"'()\[\]:;,]{1,128}@[^\s<>@\"'()\[\],;]{1,255}[>)\]\"']?")
_SCRUBBED = re.compile(r"[<(\[]?\(address\)[>)\]]?")
_EMPTY = re.compile(r"<\s*>|\(\s*\)|\"\s*\"")
_CODE = re.compile(
    r"(?<![\d.])[245]\d\d[ \-](?:#?[245]\.\d{1,3}\.\d{1,3})?|#?(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])"
)
_MACHINE = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_THEIR_MACHINE = re.compile(r"(?:host|server) \S{1,255} ?\[[0-9a-f.:]{2,45}\]")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_READ = 4_000


def judge(statuses: Iterable[str], code: int | None, text: str) -> Blame:
    """Whom a final refusal is about.

    ``statuses`` are the enhanced codes that were given for it, ``code`` the reply code, ``text`` the words of servers.
    """
    codes = [code_says(status) for status in statuses if status and not _GENERIC.match(status)]
    said = words_say(text)
    if Blame.SENDER in {said, *codes}:
        return Blame.SENDER
    if Blame.MAILBOX in {said, *codes}:
        return Blame.MAILBOX
    if code is not None and code < 500:
        return Blame.UNCLEAR
    if not codes:
        return said
    if said is Blame.UNCLEAR and _MACHINE.search(_THEIR_MACHINE.sub(" ", plain(text))):
        return Blame.UNCLEAR  # it names a machine, most often ours, and no mailbox
    return Blame.PERSON if set(codes) == {Blame.PERSON} else Blame.UNCLEAR


def code_says(status: str) -> Blame:
    """What an enhanced code says by itself (RFC 3463 and the registry of RFC 5248)."""
    if _CLOSED.match(status):
        return Blame.MAILBOX
    if _OURS.match(status):
        return Blame.SENDER
    if status.startswith("5.2."):
        return Blame.MAILBOX
    return Blame.PERSON if _NOBODY.match(status) else Blame.UNCLEAR


def words_say(text: str) -> Blame:
    """What the words say by themselves."""
    said = plain(text)
    if _has(sender_words.ABOUT_THE_SESSION, said) or _has(sender_words.SENT_TOO_MUCH, said):
        return Blame.SENDER
    if _has(mailbox_words.CLOSED, said) or _has(mailbox_words.FULL, said):
        return Blame.MAILBOX
    if _has(sender_words.ABOUT_THE_SENDER, said) or _has(sender_words.POLICY, said):
        return Blame.SENDER
    if _has(mailbox_words.UNDECIDED, said):
        return Blame.MAILBOX
    return Blame.PERSON if _has(mailbox_words.NOBODY, said) or _has(mailbox_words.NO_DOMAIN, said) else Blame.UNCLEAR


def is_about_the_session(text: str) -> bool:
    """Whether the words tell of a command before any recipient was named (RFC 5321, 3.3)."""
    return _has(sender_words.ABOUT_THE_SESSION, plain(text))


def is_lasting(text: str) -> bool:
    """Whether waiting mends nothing: the words blame our set-up (no relay, no login, no reverse name)."""
    said = plain(text)
    return _has(sender_words.ABOUT_THE_SENDER, said) and not _has(sender_words.PASSING, said)


def says_nothing(text: str) -> bool:
    """Whether a text has no words besides codes: fewer than two."""
    return len(_LETTERS.findall(_CODE.sub(" ", plain(text)))) < 2


def plain(text: str) -> str:
    """A text as phrases are compared with it: lower case, no accents, no addresses, no codes, single spaces."""
    found = text[:_READ].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    found = _SCRUBBED.sub(" ", _ADDRESS.sub(" ", found))
    found = _EMPTY.sub(" ", _CODE.sub(" ", found))
    return " ".join(_without_accents(found).split())


def _without_accents(text: str) -> str:
    apart = normal_form("NFKD", text.lower())
    return "".join(one for one in apart if not unicodedata.combining(one))


def _has(phrases: tuple[str, ...], text: str) -> bool:
    return any(phrase in text for phrase in _plain_phrases(phrases))


@cache
def _plain_phrases(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_without_accents(phrase) for phrase in phrases)
