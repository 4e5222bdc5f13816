"""What the trail's actions are called."""

from __future__ import annotations

from mobilize.core.i18n import lazy

WORDS = {
    "form.changed": lazy("Sign-up form changed"),
    "form.created": lazy("Sign-up form made"),
    "list.changed": lazy("List changed"),
    "list.created": lazy("List made"),
    "mailing.cancelled": lazy("Mailing cancelled"),
    "mailing.changed": lazy("Mailing changed"),
    "mailing.created": lazy("Mailing written"),
    "mailing.launched": lazy("Mailing launched"),
    "mailing.paused": lazy("Mailing paused"),
    "mailing.resumed": lazy("Mailing resumed"),
    "mailing.launch-given-up": lazy("Launch given up"),
    "mailing.prepared": lazy("Audience complete"),
    "mailing.scheduled": lazy("Mailing scheduled"),
    "mailing.taken-back": lazy("Mailing taken back"),
    "mailing.unclear-sent-again": lazy("Unclear copies sent again"),
    "member.added": lazy("Colleague joined"),
    "member.invitation-withdrawn": lazy("Invitation withdrawn"),
    "member.invited": lazy("Colleague invited"),
    "member.removed": lazy("Colleague removed"),
    "member.role-changed": lazy("Role changed"),
    "organisation.changed": lazy("Settings changed"),
    "organisation.created": lazy("Organisation made"),
    "organisation.key-activated": lazy("Signing key activated"),
    "organisation.key-made": lazy("Signing key made"),
    "organisation.key-retired": lazy("Signing key retired"),
    "organisation.mail-server-changed": lazy("Mail server changed"),
    "organisation.mail-server-removed": lazy("Mail server removed"),
    "organisation.rates-changed": lazy("Sending limits changed"),
    "organisation.sender-changed": lazy("Sender changed"),
    "people.imported": lazy("People imported"),
    "person.changed": lazy("Person changed"),
    "picture.added": lazy("Picture added"),
    "subscription.given": lazy("Subscribed"),
    "subscription.withdrawn": lazy("Unsubscribed"),
}
