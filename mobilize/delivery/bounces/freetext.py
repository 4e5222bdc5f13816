"""Bounces written for people only: the sender and subject that give them away, then codes and words."""

from __future__ import annotations

import re

from flufl.bounce import all_failures

from mobilize.delivery.bounces import words
from mobilize.delivery.bounces.codes import enhanced_in, kind_of_failure, reply_in, without_people
from mobilize.delivery.bounces.dsn import read_status
from mobilize.delivery.bounces.parts import ODD, Mail
from mobilize.delivery.bounces.report import Report
from mobilize.delivery.models import ReturnKind

_MACHINES = ("mailer-daemon", "maildaemon", "mail-daemon", "mdaemon", "postmaster", "mail delivery s", "mailerdaemon")
# Where the text ends and our own mail begins, in which words like "blocked" prove nothing.
_ENCLOSED = re.compile(
    r"^[ \t>]*(?:-{2,60}.{0,40}(?:copy|original|(?:returned|unsent|undelivered) message"
    r"|message (?:header|follows|text|body)|nachricht|bericht|origine|原文|الأصلية)"
    r"|(?:below|included|this) is a copy of|(?:your |the )?original message follows|message headers? follow"
    r"|(?:return-path|received|dkim-signature|list-unsubscribe|mime-version):)",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(r"^[ \t>]*(final-recipient|action|status|diagnostic-code|remote-mta):", re.IGNORECASE)
_LINES = 400


def is_from_a_machine(mail: Mail) -> bool:
    """Whether a mail system itself wrote it."""
    if "x-failed-recipients" in mail.headers:
        return True
    sender = mail.headers.get("from", "").lower()
    return any(name in sender for name in _MACHINES)


def is_called_a_return(mail: Mail) -> bool:
    """Whether its subject says that our mail came back, or is late."""
    subject = " ".join(mail.headers.get("subject", "").lower().split())
    return words.has(words.RETURNED, subject) or words.has(words.DELAY, subject)


def read_words(mail: Mail) -> Report:
    """What a bounce without a status part says."""
    text = _own_text(mail.words)
    flat = " ".join(text.lower().split())
    listed = _listed(text)
    if listed is not None:
        return listed
    subject = " ".join(mail.headers.get("subject", "").lower().split())
    if words.has(words.DELAY, subject) or words.has(words.DELAY, flat):
        return Report(ReturnKind.DELAYED, enhanced_in(text), reply_in(text))
    line = _line_with_code(text)
    status, code = enhanced_in(line), reply_in(line)
    said = (line if status else flat) or subject
    return Report(kind_of_failure(status, code, said, text), status, code, without_people(line))


def read_by_library(mail: Mail) -> Report | None:
    """What flufl.bounce recognises: forms of servers long gone."""
    try:
        temporary, permanent = all_failures(mail.message)
    except (*ODD, AssertionError):
        return None
    if permanent:
        return read_words(mail)
    return Report(ReturnKind.DELAYED) if temporary else None


def _own_text(text: str) -> str:
    found = _ENCLOSED.search(text)
    return text[: found.start()] if found else text


def _listed(text: str) -> Report | None:
    """Status fields that stand among the words, as some systems flatten their notifications."""
    lines = [line.strip(" \t>") for line in text.splitlines() if _FIELD.match(line)]
    return read_status("\n".join(lines), text) if len(lines) > 1 else None


def _line_with_code(text: str) -> str:
    """The first line with an enhanced code, else the first with a reply code, else nothing."""
    lines = text.splitlines()[:_LINES]
    for holds in (enhanced_in, reply_in):
        found = next((line for line in lines if holds(line[:1_000])), None)
        if found is not None:
            return " ".join(found[:1_000].split())
    return ""
