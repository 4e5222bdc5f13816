"""The installation itself: an organisation row without members, pages or mail server, which mail about accounts is of.

Why: who can read such a mail can take the account over. Were it an organisation's, it would leave over the server that
the organisation's owner has set. ``queries.IS_TENANT`` keeps the row out of every list and every address.
"""

from __future__ import annotations

from sqlalchemy import select

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.roles import OrganisationRef
from mobilize.organisations import service
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import brand, sender_row
from mobilize.organisations.signing_keys import prepare_key

# No organisation can be called so (``rules.usable_slug``), and no address leads to it.
_SLUG, _NAME, _LANGUAGE = "_installation", "Mobilize", "en"


def installation_row() -> OrganisationRef:
    """The row that stands for this installation; ``keep`` has made it."""
    row = session.scalars(select(Organisation).where(Organisation.is_installation)).one()
    return brand(row.id).ref


def keep(sender_address: str) -> None:
    """Make the row where there is none, and let its mail come from this address from now on; commits by itself."""
    with db.reading():
        known = session.scalar(select(Organisation.id).where(Organisation.is_installation))
        if known is not None and sender_row(known).address == sender_address:
            return
    prepare_key()
    with db.writing():
        service.change_installation_sender(known or _make(), {_LANGUAGE: _NAME}, sender_address)


def _make() -> int:
    row = Organisation(
        slug=_SLUG,
        names={_LANGUAGE: _NAME},
        default_language=_LANGUAGE,
        languages=[_LANGUAGE],
        timezone="UTC",
        accent="#1f5f99",
        is_installation=True,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row.id
