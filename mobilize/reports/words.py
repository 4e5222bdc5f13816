"""The ledger's reasons in the reader's words."""

from __future__ import annotations

from mobilize.core.i18n import lazy

_FAILURES = {
    "no-such-address": lazy("There is no such address; it is not mailed again"),
    "address": lazy("The address cannot be mailed to"),
    "policy": lazy("The receiver's rules refuse the sender or the content"),
    "mailbox": lazy("The mailbox is full or closed"),
    "refused": lazy("The receiver refused it"),
    "expired": lazy("The receiver did not take it for three days"),
    "unfit": lazy("It could not be put together for this person"),
}
_STOPPED = {
    "withdrawal": lazy("Held back: they asked for no mail"),
    "complaint": lazy("Held back: they reported a mail as junk"),
    "hard-bounce": lazy("Held back: there is no such address"),
    "soft-bounces": lazy("Held back: the mailbox refused many times"),
    "manual": lazy("Held back by a colleague"),
    "withdrawn": lazy("Left before it went out"),
    "cancelled": lazy("The mailing was cancelled"),
}


def failure_words(reason: str) -> str:
    return str(_FAILURES.get(reason, reason))


def stopped_words(reason: str) -> str:
    return str(_STOPPED.get(reason, reason))
