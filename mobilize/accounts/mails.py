"""Mail about accounts: through the ledger, like all mail; its links are made when it is rendered.

It belongs to the installation, so it leaves over the installation's server whatever the organisations have set.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from mobilize.accounts.models import Invitation, User
from mobilize.accounts.purposes import INVITATION, RESET
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.settings import Settings
from mobilize.delivery import service as delivery
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.delivery.recipients import find_or_create_recipient
from mobilize.delivery.service import PersonalLink
from mobilize.organisations.installation import installation_row
from mobilize.organisations.queries import brand


def recipient_for(organisation_id: int, address: str, name: str, language: str) -> int:
    """The id of the recipient through which an organisation mails one of its people."""
    organisation = brand(organisation_id)
    return find_or_create_recipient(
        organisation.id, organisation.uid, RecipientKind.USER, address, language, first_name=name
    ).id


def language_of(recipient_id: int) -> str:
    """The language in which one of an organisation's people is mailed."""
    return session.scalars(select(Recipient.language).where(Recipient.id == recipient_id)).one()


def require_server(settings: Settings) -> None:
    """Mail about accounts never leaves over an organisation's server: whoever owns that could read its links.

    Raises:
        Refused: the installation has no mail server; the same answer for every address.
    """
    if not settings.mails_accounts:
        raise Refused(
            "email",
            _("This service cannot send emails about accounts yet. Whoever runs it has to set a mail server first"),
        )


def send_invitation(invitation: Invitation, language: str) -> None:
    """The link that accepts an invitation; it names only the invitation."""
    organisation = brand(invitation.organisation_id)
    _send(
        "accounts/invitation",
        invitation.email,
        language,
        invitation_anchor(invitation.uid),
        PersonalLink(INVITATION, (invitation.id,)),
        {"organisation": organisation.name_in(language) or organisation.slug},
    )


def send_reset(user: User) -> None:
    """The link that sets a new password; the next password spoils it."""
    link = PersonalLink(RESET, (user.id, user.password_version))
    _send("accounts/reset", user.email, user.language, f"user:{user.uid}", link)


def send_notice(template: str, user: User, fixed: Mapping[str, str] = delivery.NO_FACTS) -> None:
    """What changed about an account; the mail has no link."""
    _send(template, user.email, user.language, f"user:{user.uid}", None, fixed)


def invitation_anchor(uid: str) -> str:
    """What the mail of an invitation hangs on."""
    return f"invitation:{uid}"


def _send(
    template: str,
    address: str,
    language: str,
    anchor: str,
    link: PersonalLink | None,
    fixed: Mapping[str, str] = delivery.NO_FACTS,
) -> None:
    """A mail of the installation's own: its sender, its server, and recipients that no organisation sees."""
    organisation = installation_row()
    recipient = find_or_create_recipient(organisation.id, organisation.uid, RecipientKind.USER, address, language)
    delivery.send(
        template,
        organisation=organisation,
        language=language,
        recipient=recipient,
        anchor=anchor,
        fixed=fixed,
        personal_links={"action_url": link} if link else {},
    )
