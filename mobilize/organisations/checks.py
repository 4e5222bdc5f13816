"""What the organisation itself lacks for a mailing: a postal address, a proven domain, a key to sign with."""

from __future__ import annotations

from collections.abc import Iterator

from mobilize.core.domains import domain_of
from mobilize.core.feature import Checked, CheckLine
from mobilize.core.i18n import _
from mobilize.organisations.queries import brand, may_send_from, signing_key


def checks(mailing: Checked) -> Iterator[CheckLine]:
    """Its lines of a mailing's check page."""
    domain = domain_of(mailing.sender_address)
    if not brand(mailing.organisation_id).postal_address:
        yield CheckLine(_("The organisation has no postal address; the law asks for one in mailings"))
    if not may_send_from(mailing.organisation_id, mailing.sender_address):
        words = _(
            "It is not proven that you may send from %(domain)s. Publish its DKIM record and check it under Settings,"
            " Email sending. Or ask the operator of this service, who can run “mobilize sender allow”",
            domain=domain,
        )
        yield CheckLine(words, is_error=True)
    if signing_key(mailing.organisation_id, domain) is None:
        words = _("There is no signing key for %(domain)s: many receivers will take this for spam", domain=domain)
        yield CheckLine(words)
