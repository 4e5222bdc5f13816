"""Mail to the people who work here: through the ledger, like all mail; their links are made when it is rendered."""

from __future__ import annotations

from mobilize.accounts.models import Invitation, Membership
from mobilize.accounts.purposes import INVITATION, RESET
from mobilize.core.db import session
from mobilize.core.roles import OrganisationRef
from mobilize.delivery import service as delivery
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.delivery.service import PersonalLink
from mobilize.organisations.queries import brand


def recipient_for(organisation_id: int, address: str, name: str, language: str) -> int:
    """The id of the recipient through which an organisation mails one of its people."""
    house = brand(organisation_id)
    return find_or_create_recipient(house.id, house.uid, RecipientKind.USER, address, language, first_name=name).id


def send_invitation(invitation: Invitation, language: str) -> None:
    """The link that accepts an invitation; it names only the invitation."""
    _send(
        "accounts/invitation",
        brand(invitation.organisation_id).ref,
        invitation.recipient_id,
        language,
        invitation_anchor(invitation.uid),
        PersonalLink(INVITATION, (invitation.id,)),
    )


def send_reset(place: Membership, password_version: int, language: str) -> None:
    """The link that sets a new password; the next password spoils it."""
    house = brand(place.organisation_id).ref
    link = PersonalLink(RESET, (place.user_id, password_version))
    _send("accounts/reset", house, place.recipient_id, language, f"membership:{place.id}", link)


def invitation_anchor(uid: str) -> str:
    """What the mail of an invitation hangs on."""
    return f"invitation:{uid}"


def _send(
    template: str, house: OrganisationRef, recipient_id: int, language: str, anchor: str, link: PersonalLink
) -> None:
    delivery.send(
        template,
        organisation=house,
        language=language,
        recipient=session.get_one(Recipient, recipient_id),
        anchor=anchor,
        personal_links={"action_url": link},
    )
