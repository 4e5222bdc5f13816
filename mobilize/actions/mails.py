"""Mail about acts: the link that confirms one."""

from __future__ import annotations

from mobilize.actions.models import CallToAction
from mobilize.actions.purposes import CONFIRM
from mobilize.core.i18n import text_in
from mobilize.delivery.models import Recipient
from mobilize.delivery.service import PersonalLink, send
from mobilize.organisations.queries import Brand
from mobilize.visitors.models import VisitorRequest


def request_anchor(row: CallToAction) -> str:
    """What mail to people who have not confirmed yet hangs on."""
    return f"act-request:{row.uid}"


def send_link(row: CallToAction, house: Brand, request: VisitorRequest, recipient: Recipient) -> None:
    """The link that confirms an act; it holds nothing that the visitor typed."""
    send(
        "actions/confirm",
        organisation=house,
        language=request.language,
        recipient=recipient,
        anchor=request_anchor(row),
        fixed={"title": text_in(row.titles, request.language, house.default_language)},
        personal_links={"action_url": PersonalLink(CONFIRM, (request.id, house.id))},
    )
