"""Further information about an appeal, mailed to whoever had an email about it: one press, no text to write.

What is published was approved by a second person; the mailing shows it as a block and is checked at its launch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from mobilize.appeals.appeal import queries, service
from mobilize.appeals.appeal.block import FURTHER, AppealCard
from mobilize.appeals.appeal.models import Appeal
from mobilize.audiences.audience import Audience
from mobilize.audiences.models import Segment
from mobilize.audiences.service import create_segment
from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.i18n import LANGUAGES, _, text_in, using
from mobilize.delivery.models import MessageSource
from mobilize.mailings.content import MAX_SUBJECT, MailingText, SenderText, Version
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.service import create_mailing, trail
from mobilize.organisations.queries import Brand, brand

TO_TAKE_BACK = timedelta(minutes=5)
"""After the press, before anything is sent."""


def mailings_about(row: Appeal) -> Sequence[Mailing]:
    """The launched mailings whose text shows the appeal, the newest first."""
    source = MessageSource.source == f"appeal:{row.uid}"
    shown = select(Mailing).join(MessageSource, MessageSource.message_id == Mailing.message_id).where(source)
    own = shown.where(Mailing.organisation_id == row.organisation_id)
    return session.scalars(own.order_by(Mailing.id.desc())).all()


def mailing_of_newest(row: Appeal) -> Mailing | None:
    """The one that was made for the newest further information, unless it was cancelled."""
    named = select(Mailing).where(Mailing.organisation_id == row.organisation_id, Mailing.name == _name(row))
    return session.scalars(named.where(Mailing.state != MailingState.CANCELLED).order_by(Mailing.id.desc())).first()


def send_further(row: Appeal) -> Mailing:
    """Schedule the newest further information for whoever had an email about the appeal and is still on its lists.

    Raises:
        Conflict: there is none, it was mailed already, nobody had an email, or the appeal is closed.
    """
    service.lock(row)
    if not row.furthers or row.outcome is not None:
        raise Conflict(_("There is no further information to send about an open appeal"))
    if mailing_of_newest(row) is not None:
        raise Conflict(_("There is a mailing with this further information already"))
    lists = sorted({one for mailing in mailings_about(row) for one in mailing.to_whom.lists})
    if not lists:
        raise Conflict(_("No mailing to a list has shown this appeal yet. Write one instead"))
    to_whom = Audience.of(row.organisation_id, lists, segments=[_segment(row).id])
    made = create_mailing(to_whom, _text(row, brand(row.organisation_id)), is_urgent=True)
    made.state, made.send_at = MailingState.SCHEDULED, clock.now() + TO_TAKE_BACK
    trail(made, "mailing.scheduled", at=made.send_at.isoformat(), zone=made.send_zone)
    return made


def _segment(row: Appeal) -> Segment:
    """Whoever had an email about the appeal; made once."""
    tree = {"condition": "appeal", "facts": {"appeal": row.uid}}
    own = select(Segment).where(Segment.organisation_id == row.organisation_id)
    found = next((one for one in session.scalars(own) if one.tree == tree), None)
    if found is not None:
        return found
    with using(brand(row.organisation_id).default_language):
        name = _("Had an email about %(reference)s", reference=queries.reference_of(row))
    made = create_segment(row.organisation_id, name, tree)
    session.flush()
    return made


def _text(row: Appeal, house: Brand) -> MailingText:
    titles = dict(queries.published_of(row).titles)
    tags = [tag for tag in house.languages if tag in titles and tag in LANGUAGES]
    return MailingText(_name(row), SenderText(), {tag: _version(row, tag, titles, house) for tag in tags})


def _version(row: Appeal, tag: str, titles: dict[str, str], house: Brand) -> Version:
    with using(tag):
        reference = queries.further_reference(row, row.furthers)
        # Translators: the subject of further information: "FU 2 to UA 12/2026: Free the teachers".
        subject = _("%(reference)s: %(title)s", reference=reference, title=text_in(titles, tag, house.default_language))
    return Version(subject[:MAX_SUBJECT], "", (AppealCard(row.uid, shows=FURTHER),))


def _name(row: Appeal) -> str:
    with using(brand(row.organisation_id).default_language):
        return queries.further_reference(row, row.furthers)
