"""Rows for tests, made the way the product makes them; call them inside a writing unit."""

from __future__ import annotations

from itertools import count
from typing import Any

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.organisations.models import Organisation, SendingIdentity

_numbers = count(1)


def make_organisation(**values: Any) -> Organisation:
    """An organisation in four languages with a default sender; ``name`` is its name in the default language."""
    number = next(_numbers)
    slug = values.pop("slug", f"organisation-{number}")
    language = values.get("default_language", "en")
    names = {language: values.pop("name", f"Organisation {number}")}
    organisation = Organisation(
        **{
            "slug": slug,
            "names": names,
            "default_language": "en",
            "languages": ["en", "fr", "nl", "ar"],
            "timezone": "Europe/Brussels",
            "accent": "#0b5f8a",
            "postal_addresses": {language: "Demonstration street 1, 1000 Brussels"},
            "created_at": clock.now(),
            **values,
        }
    )
    session.add(organisation)
    session.flush()
    session.add(
        SendingIdentity(
            organisation_id=organisation.id,
            names=organisation.names,
            address=f"news@{slug}.example.org",
            is_default=True,
            created_at=clock.now(),
        )
    )
    session.flush()
    return organisation
