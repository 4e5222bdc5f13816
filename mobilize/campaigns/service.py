"""Changes to campaigns. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from babel.numbers import list_currencies
from sqlalchemy import delete, select

from mobilize.campaigns import queries
from mobilize.campaigns.models import Campaign, CampaignDocument, CampaignItem
from mobilize.core import audit, clock, feature, text
from mobilize.core.countries import country_names
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.i18n import LANGUAGES, _
from mobilize.core.when import When, unknown
from mobilize.delivery.composing import markdown
from mobilize.media.models import Document

Texts = Mapping[str, str]

MOST_BUDGET = 10**12
MOST_DOCUMENTS = 50


@dataclass(frozen=True)
class Facts:
    """What a campaign is, apart from its dates; texts by language, partners one a line, countries by their codes."""

    titles: Texts
    themes: Texts = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)
    partners: Texts = field(default_factory=dict)
    languages: Sequence[str] = ()
    budget: int | None = None
    currency: str = ""
    countries: Sequence[str] = ()


def create_campaign(organisation_id: int, slug: str, facts: Facts, when: When) -> Campaign:
    """A draft: only staff see it.

    Raises:
        Conflict: the slug is taken in this organisation.
        Refused: a value that does not hold, with its field.
    """
    now = clock.now()
    row = Campaign(
        organisation_id=organisation_id,
        slug=_free_slug(organisation_id, slug),
        created_at=now,
        changed_at=now,
        **_columns(facts, when),
    )
    session.add(row)
    session.flush()
    _record("campaign.created", row)
    return row


def change_campaign(row: Campaign, facts: Facts, when: When) -> None:
    """Other facts or dates.

    Raises:
        Refused: a value that does not hold, with its field.
    """
    for name, value in _columns(facts, when).items():
        setattr(row, name, value)
    _touch(row)
    _record("campaign.changed", row)


def publish(row: Campaign) -> None:
    """Show it to visitors. Repeating is nothing."""
    if row.published_at is None:
        row.published_at = clock.now()
        _touch(row)
        _record("campaign.published", row)


def delete_draft(row: Campaign) -> None:
    """Remove a campaign that was never published; what belonged to it stays and belongs to none.

    Raises:
        Conflict: it was published, or a later edition was made from it.
    """
    if row.published_at is not None:
        raise Conflict(_("This campaign was published: people may have its link"))
    if session.scalar(select(Campaign.id).where(Campaign.former_id == row.id).limit(1)) is not None:
        raise Conflict(_("A later edition was made from this campaign: it stays"))
    session.execute(delete(CampaignItem).where(CampaignItem.campaign_id == row.id))
    session.execute(delete(CampaignDocument).where(CampaignDocument.campaign_id == row.id))
    _record("campaign.deleted", row)
    session.delete(row)


def make_edition(row: Campaign, slug: str) -> Campaign:
    """A draft of the next edition: the same facts without dates, documents or anything that is to be sent.

    What belongs to this one is copied as drafts without a date by the features that can. Nothing is published, and no
    mailing is copied.

    Raises:
        Conflict: the slug is taken in this organisation.
        Refused: it is no short name.
    """
    made = create_campaign(row.organisation_id, slug, facts_of(row), unknown(row.timezone))
    made.former_id = row.id
    session.flush()
    copies = {kind: part for one in feature.used() for kind, part in one.editions.items()}
    for kind, uids in queries.items(row.id).items():
        if kind in copies:
            for uid in feature.load(copies[kind])(row.organisation_id, uids, made.slug):
                session.add(CampaignItem(campaign_id=made.id, kind=kind, subject_uid=uid))
    session.flush()
    return made


def assign(organisation_id: int, kind: str, uid: str, slug: str) -> Campaign | None:
    """Let something belong to the campaign of this slug, and to no other; to none if the slug is empty.

    The caller has looked it up in the organisation. Repeating is nothing.

    Raises:
        Refused: the organisation has no such campaign.
    """
    slug = text.one_line("campaign", slug, at_most=60)
    try:
        row = queries.campaign_by_slug(organisation_id, slug) if slug else None
    except NotFound:
        raise Refused("campaign", _("Choose one of your campaigns")) from None
    if queries.campaign_of(organisation_id, kind, uid) == row:
        return row
    release(kind, uid)
    if row is not None:
        session.add(CampaignItem(campaign_id=row.id, kind=kind, subject_uid=uid))
        session.flush()
        audit.record(
            "campaign.item", organisation_id=organisation_id, subject=f"campaign:{row.uid}", what=f"{kind}:{uid}"
        )
    return row


def release(kind: str, uid: str) -> None:
    """Let something belong to no campaign, because it is chosen so or is deleted."""
    session.execute(delete(CampaignItem).where(CampaignItem.kind == kind, CampaignItem.subject_uid == uid))


def add_document(row: Campaign, file: Document, name: str, language: str) -> CampaignDocument:
    """Put a stored document of the organisation at the end of a campaign's.

    Raises:
        Conflict: the campaign has as many as it can have.
        Refused: the name or the language does not hold.
    """
    name = text.required_line("name", name, at_most=200)
    if language not in LANGUAGES:
        raise Refused("language", _("Choose the language of the document"))
    positions = session.scalars(select(CampaignDocument.position).where(CampaignDocument.campaign_id == row.id)).all()
    if len(positions) >= MOST_DOCUMENTS:
        raise Conflict(_("A campaign has at most %(count)d documents", count=MOST_DOCUMENTS))
    made = CampaignDocument(
        campaign_id=row.id,
        document_id=file.id,
        position=max(positions, default=0) + 1,
        name=name,
        language=language,
    )
    session.add(made)
    session.flush()
    _touch(row)
    _record("campaign.changed", row)
    return made


def remove_document(row: Campaign, document: CampaignDocument) -> None:
    """Take a document off a campaign; its file stays, because links to it may be in mails."""
    session.delete(document)
    _touch(row)
    _record("campaign.changed", row)


def facts_of(row: Campaign) -> Facts:
    """A campaign's facts as ``change_campaign`` takes them."""
    return Facts(
        titles=row.titles,
        themes=row.themes,
        texts=row.texts,
        partners=row.partners,
        languages=row.languages,
        budget=row.budget,
        currency=row.currency,
        countries=row.countries,
    )


def _free_slug(organisation_id: int, slug: str) -> str:
    slug = text.slug("slug", slug)
    taken = select(Campaign.id).where(Campaign.organisation_id == organisation_id, Campaign.slug == slug)
    if session.scalar(taken) is not None:
        raise Conflict(_("There is a campaign with this short name already"))
    return slug


def _touch(row: Campaign) -> None:
    row.version += 1
    row.changed_at = clock.now()


def _columns(facts: Facts, when: When) -> dict[str, object]:
    return {
        "titles": text.required_line_each("titles", facts.titles),
        "themes": text.lines_each("themes", facts.themes, at_most=200),
        "texts": markdown.clean_each("texts", facts.texts),
        "partners": text.lines_each("partners", facts.partners, at_most=1000),
        "languages": [code for code in LANGUAGES if code in facts.languages],
        "countries": _countries(facts.countries),
        **_money(facts.budget, facts.currency),
        "precision": when.precision,
        "timezone": when.zone,
        "starts_at": when.starts_at,
        "ends_at": when.ends_at,
    }


def _countries(codes: Sequence[str]) -> list[str]:
    wrong = next((code for code in codes if code not in country_names("en")), None)
    if wrong is not None:
        raise Refused("countries", _("%(name)s is not a country we know: write its name or its code", name=wrong))
    return list(dict.fromkeys(codes))


def _money(budget: int | None, currency: str) -> dict[str, object]:
    if budget is None:
        return {"budget": None, "currency": ""}
    if not 0 < budget <= MOST_BUDGET:
        raise Refused("budget", _("Choose from 1 to %(most)d", most=MOST_BUDGET))
    code = currency.strip().upper()
    if code not in list_currencies():
        raise Refused("currency", _("Write the code of a currency, such as EUR"))
    return {"budget": budget, "currency": code}


def _record(action: str, row: Campaign) -> None:
    audit.record(action, organisation_id=row.organisation_id, subject=f"campaign:{row.uid}", slug=row.slug)
