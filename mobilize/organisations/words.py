"""What the trail calls changes of an organisation."""

from __future__ import annotations

from mobilize.core.i18n import lazy

AUDIT = {
    "organisation.changed": lazy("Settings changed"),
    "organisation.created": lazy("Organisation made"),
    "organisation.key-activated": lazy("Signing key activated"),
    "organisation.key-made": lazy("Signing key made"),
    "organisation.key-retired": lazy("Signing key retired"),
    "organisation.sender-allowed": lazy("Sender allowed"),
    "organisation.sender-changed": lazy("Sender changed"),
}
