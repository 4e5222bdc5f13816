"""Reads: campaigns of one organisation, what belongs to them, their documents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Select, select

from mobilize.campaigns.models import Campaign, CampaignDocument, CampaignItem
from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.core.feature import AuditSubject
from mobilize.core.i18n import current_language, text_in
from mobilize.media.models import Document


def campaign_by_slug(organisation_id: int, slug: str) -> Campaign:
    """Raises NotFound: no campaign of the organisation has this slug."""
    return _one(_campaigns(organisation_id).where(Campaign.slug == slug))


def published_campaign(organisation_id: int, slug: str) -> Campaign:
    """Raises NotFound: no published campaign of the organisation has this slug."""
    return _one(_campaigns(organisation_id).where(Campaign.slug == slug, Campaign.published_at.is_not(None)))


def published_campaigns(organisation_id: int) -> list[Campaign]:
    """Those that visitors see, in the order of ``campaigns``."""
    return [row for row in campaigns(organisation_id) if row.published_at is not None]


def campaigns(organisation_id: int) -> Sequence[Campaign]:
    """All, those without dates first, then the latest first."""
    order = (Campaign.starts_at.is_not(None), Campaign.starts_at.desc(), Campaign.id.desc())
    return session.scalars(_campaigns(organisation_id).order_by(*order)).all()


def campaign_choices(organisation_id: int) -> list[tuple[str, str]]:
    """Slug and title of each, as a page that asks for a campaign offers them."""
    language = current_language()
    return [(one.slug, text_in(one.titles, language, next(iter(one.titles)))) for one in campaigns(organisation_id)]


def campaign_of(organisation_id: int, kind: str, uid: str) -> Campaign | None:
    """The campaign that something belongs to; None if it belongs to none."""
    item = (CampaignItem.kind == kind) & (CampaignItem.subject_uid == uid)
    own = _campaigns(organisation_id).join(CampaignItem, CampaignItem.campaign_id == Campaign.id)
    return session.scalar(own.where(item))


def items(campaign_id: int) -> Mapping[str, Sequence[str]]:
    """What belongs to a campaign: the uids of each kind, in the order in which they were added."""
    wanted = select(CampaignItem.kind, CampaignItem.subject_uid).where(CampaignItem.campaign_id == campaign_id)
    found: dict[str, list[str]] = {}
    for kind, uid in session.execute(wanted.order_by(CampaignItem.id)):
        found.setdefault(kind, []).append(uid)
    return found


def documents(campaign_id: int) -> Sequence[tuple[CampaignDocument, Document]]:
    """A campaign's documents with their files, in their order."""
    wanted = select(CampaignDocument, Document).join(Document, Document.id == CampaignDocument.document_id)
    wanted = wanted.where(CampaignDocument.campaign_id == campaign_id).order_by(CampaignDocument.position)
    return [(row, file) for row, file in session.execute(wanted)]


def document_of(campaign_id: int, uid: str) -> CampaignDocument:
    """Raises NotFound: the campaign has no such document."""
    wanted = select(CampaignDocument).where(CampaignDocument.campaign_id == campaign_id, CampaignDocument.uid == uid)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("document")
    return found


def _campaigns(organisation_id: int) -> Select[Campaign]:
    return select(Campaign).where(Campaign.organisation_id == organisation_id)


def _one(wanted: Select[Campaign]) -> Campaign:
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("campaign")
    return found


def _audit_subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """Campaigns as the activity log names and links them."""
    found = session.scalars(_campaigns(organisation_id).where(Campaign.uid.in_(uids)))
    return {
        row.uid: AuditSubject(
            text_in(row.titles, current_language(), next(iter(row.titles))),
            "campaigns.show",
            {"campaign_slug": row.slug},
        )
        for row in found
    }


AUDIT_SUBJECTS = {"campaign": _audit_subjects}
