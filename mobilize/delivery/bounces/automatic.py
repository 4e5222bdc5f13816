"""Answers that no person wrote: absences (RFC 3834 and what came before it) and requests to prove oneself human."""

from __future__ import annotations

from mobilize.delivery.bounces import words
from mobilize.delivery.bounces.parts import Mail

_MARKS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response", "x-vacation", "x-mail-autoreply")
_CHALLENGERS = ("x-tmda-fingerprint", "x-boxtrapper", "x-spamarrest", "x-challenge-response")
_READ = 4_000


def is_challenge(mail: Mail) -> bool:
    """Whether it wants a person to press something before our mail is delivered."""
    if any(name in mail.headers for name in _CHALLENGERS):
        return True
    return words.has(words.CHALLENGE, _lower(mail.headers.get("subject", ""), mail.words[:_READ]))


def is_automatic(mail: Mail) -> bool:
    """Whether it was sent by a program in answer to ours."""
    submitted = mail.headers.get("auto-submitted", "no").split(";")[0].strip().lower()
    precedence = mail.headers.get("precedence", "").strip().lower()
    return (
        submitted not in {"", "no"}
        or precedence in {"auto_reply", "auto-reply", "autoreply"}
        or any(name in mail.headers for name in _MARKS)
        or words.has(words.AWAY, _lower(mail.headers.get("subject", "")))
    )


def _lower(*texts: str) -> str:
    return " ".join(" ".join(texts).lower().split())
