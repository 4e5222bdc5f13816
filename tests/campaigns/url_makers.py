"""Rows that stand for the parameters of campaigns' URLs (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select

from mobilize.campaigns.models import Campaign
from mobilize.campaigns.service import Facts, add_document, create_campaign, publish
from mobilize.core.db import session
from mobilize.core.when import unknown
from mobilize.media.documents import StoredDocument
from mobilize.media.documents import add_document as add_file
from mobilize.media.models import Traces
from mobilize.organisations.models import Organisation

_numbers = count(1)


def make_campaign(house: Organisation) -> str:
    row = create_campaign(house.id, f"campaign-{next(_numbers)}", Facts({"en": "A fortnight"}), unknown(house.timezone))
    publish(row)
    return row.slug


def make_document(house: Organisation) -> str:
    """A document of the campaign that ``make_campaign`` made last."""
    newest = select(Campaign).where(Campaign.organisation_id == house.id).order_by(Campaign.id.desc())
    row = session.scalars(newest).first()
    assert row is not None
    name = f"{next(_numbers):040}.pdf"
    return add_document(row, add_file(house.id, StoredDocument(name, "pdf", 10, Traces.NONE)), "Programme", "en").uid


MAKERS = {"campaign_slug": make_campaign, "document_uid": make_document}
