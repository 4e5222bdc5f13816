"""What the trail calls changes of sending, and the ledger's reasons in the reader's words."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "organisation.mail-server-changed": lazy("Mail server changed"),
    "organisation.mail-server-removed": lazy("Mail server removed"),
    "organisation.cap-changed": lazy("Most emails a person changed"),
    "organisation.rates-changed": lazy("Sending limits changed"),
    "suppression.added": lazy("Address added to “Do not mail”"),
    "suppression.lifted": lazy("Address allowed again"),
    "suppressions.exported": lazy("“Do not mail” exported"),
    "suppressions.imported": lazy("“Do not mail” imported"),
    "fact:added": lazy("added"),
    "fact:days": lazy("days"),
    "fact:most": lazy("emails at most"),
    "fact:addresses": lazy("addresses"),
    "fact:host": lazy("server"),
    "fact:known": lazy("known already"),
    "fact:port": lazy("port"),
    "fact:rates": lazy("emails a second"),
    "fact:rejected": lazy("refused"),
    "fact:was": lazy("reason until then"),
    "fact:was:complaint": lazy("reported as spam"),
    "fact:was:hard-bounce": lazy("no such address"),
    "fact:was:manual": lazy("by a colleague"),
    "fact:was:soft-bounces": lazy("mailbox refused many times"),
    "fact:was:withdrawal": lazy("asked for no email"),
    "fact:why": lazy("reason"),
}
REASONS = {
    # Why a copy failed.
    "no-such-address": lazy("There is no such address; it is not mailed again"),
    "address": lazy("The address cannot be mailed to"),
    "policy": lazy("The receiver's rules refuse the sender or the content"),
    "mailbox": lazy("The mailbox is full or closed"),
    "refused": lazy("The receiver refused it"),
    "expired": lazy("The receiver did not take it for three days"),
    "unfit": lazy("It could not be put together for this person"),
    # Why a copy was stopped.
    "withdrawal": lazy("Not mailed: they asked for no email"),
    "complaint": lazy("Not mailed: they reported an email as spam"),
    "hard-bounce": lazy("Not mailed: there is no such address"),
    "soft-bounces": lazy("Not mailed: the mailbox refused many times"),
    "manual": lazy("Added by a colleague"),
    "paused": lazy("Not mailed: they pause what they receive"),
    "capped": lazy("Not mailed: they got as many emails as you allow"),
    "erased": lazy("Their data was erased before it was sent"),
    "withdrawn": lazy("Unsubscribed before it was sent"),
    "superseded": lazy("A newer email about the same event took its place"),
}
