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
    "fact:by": lazy("proof"),
    "fact:by:dns": lazy("DNS record"),
    "fact:by:operator": lazy("the operator’s word"),
    "fact:domain": lazy("domain"),
    "fact:fields": lazy("changed"),
    "fact:fields:accent": lazy("colour"),
    "fact:fields:default_language": lazy("first language"),
    "fact:fields:descriptions": lazy("description"),
    "fact:fields:languages": lazy("languages"),
    "fact:fields:names": lazy("name"),
    "fact:fields:postal_addresses": lazy("postal address"),
    "fact:fields:timezone": lazy("time zone"),
    "fact:fields:website": lazy("website"),
    "fact:selector": lazy("selector"),
}
