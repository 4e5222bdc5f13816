"""What stands in the public archive. Nothing here commits.

A mailing is put there by a press of a colleague, never by itself: what was written to members may not be for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mobilize.core import audit, clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.core.links import organisation_url
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.previews import preview_of, source_in
from mobilize.organisations.queries import brand
from mobilize.site.models import ArchivedMailing, ArchivedPage
from mobilize.site.queries import archive_of

OPEN_SOURCES = ("event",)
"""Kinds of live sources that a page may show for good; what others show may have to be taken back later."""


def composed_pages(row: Mailing, media_url: Callable[[str], str]) -> dict[str, ArchivedPage]:
    """The pages of a sent mailing, by language: written to nobody, personal links lead to the organisation's page.

    It is composed while nothing is locked: call it while the unit has only read.

    Raises:
        Conflict: it was not sent.
        Refused: it was for people of one thing only, or shows what may have to be taken back.
    """
    if row.state is not MailingState.LAUNCHED:
        raise Conflict(_("Only what was sent can stand in the archive"))
    if row.to_whom.group:
        raise Refused("mailing", _("It was for registered people only, and may hold what only they may see"))
    sources = {language: source_in(row, language) for language in row.content}
    kinds = {name.partition(":")[0] for source in sources.values() for name in source.live}
    if kinds - set(OPEN_SOURCES):
        raise Refused("mailing", _("It shows what may have to be taken back later, so it cannot stay public"))
    home = organisation_url(brand(row.organisation_id).slug, "/")
    return {language: _page(row, language, media_url, home) for language in row.content}


def archive(row: Mailing, pages: Mapping[str, ArchivedPage]) -> ArchivedMailing:
    """Show a mailing to everybody, as it was sent. Repeating is nothing."""
    found = archive_of(row.id)
    if found is None:
        sent_at, now = row.launched_at or clock.now(), clock.now()
        found = ArchivedMailing(
            organisation_id=row.organisation_id, mailing_id=row.id, pages=dict(pages), sent_at=sent_at, archived_at=now
        )
        session.add(found)
        _record("mailing.archived", row)
    return found


def withdraw(row: Mailing) -> None:
    """Take a mailing out of the archive. Repeating is nothing."""
    found = archive_of(row.id)
    if found is not None:
        session.delete(found)
        _record("mailing.withdrawn", row)


def _page(row: Mailing, language: str, media_url: Callable[[str], str], home: str) -> ArchivedPage:
    shown = preview_of(row, language, media_url, named=False, lead_to=home, at=row.launched_at)
    return {"subject": shown.subject, "summary": shown.preheader, "html": shown.html}


def _record(action: str, row: Mailing) -> None:
    session.flush()
    audit.record(action, organisation_id=row.organisation_id, subject=f"mailing:{row.uid}", name=row.name)
