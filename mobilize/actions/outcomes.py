"""What closing an appeal does to its calls: they close, mail for those who had not acted ends, who acted is told.

schedules.changes.apply -> appeals close -> carry_out, in the same transaction. Acts hold the appeal (``acts``), so each
comes wholly before it and is told, or after it and finds the call closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select

from mobilize.actions.about import appeal_of
from mobilize.actions.anchors import ABOUT_APPEALS
from mobilize.actions.models import ActionState, CallToAction
from mobilize.actions.purposes import OWN
from mobilize.actions.queries import actions_meant, title_of
from mobilize.actions.service import close
from mobilize.appeals.appeal import queries as appeals
from mobilize.appeals.appeal import showing
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import GOOD_NEWS
from mobilize.appeals.queries import versions_held
from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.effects import Effect, Outcome, PlannedChange
from mobilize.core.i18n import _, ngettext, show_language, show_number, using
from mobilize.delivery.bases import Basis
from mobilize.delivery.messages import cancel_message
from mobilize.delivery.models import BasisKind, Message, Recipient, Stream
from mobilize.delivery.rules import LIVE
from mobilize.delivery.service import Addressee, Common, PersonalLink, send_many
from mobilize.delivery.source_holds import depend_on
from mobilize.organisations.queries import Brand, brand

REASON = "appeal-closed"
"""Why the ledger revoked mail for people who had not acted."""


def effects(change: PlannedChange, _now: datetime) -> Iterator[Effect]:
    """Which calls close, what is withdrawn, and whom the outcome is mailed to, by language.

    Acts come in while the list is read, so the number of people is shown and not pressed on.
    """
    if not _closes(change):
        return
    calls = actions_meant(change.organisation_id, change.ref)
    for row in calls:
        if row.state is ActionState.OPEN:
            words = _("The petition “%(title)s” takes no more signatures", title=title_of(row))
            yield Effect(Outcome.STOPPED, row.ref, words)
    if _messages(change, calls):
        yield Effect(Outcome.STOPPED, "not-acted", _("Emails to people who have not signed, as far as they still wait"))
    for language, people in _told(change):
        words = ngettext(
            "%(count)s person who signed gets the outcome by email, in %(language)s",
            "%(count)s people who signed get the outcome by email, in %(language)s",
            people,
            count=show_number(people),
            language=show_language(language),
        )
        yield Effect(Outcome.TOLD, f"acted:{language}", words, people, is_leaving=True)


def carry_out(change: PlannedChange) -> None:
    """Close the calls of an appeal that was closed, end what waits for those who had not acted, tell who acted."""
    appeal = appeal_of(change.ref, change.organisation_id) if _closes(change) else None
    if appeal is None:
        return
    versions = versions_held(appeals.defender_uids(appeal))  # sources are locked before messages, as everywhere
    calls = actions_meant(change.organisation_id, change.ref)
    for waiting_id in _messages(change, calls):
        cancel_message(waiting_id, REASON)
    for row in calls:
        if row.state is ActionState.OPEN:
            close(row)
    message_id = _tell(appeal, brand(change.organisation_id))
    if message_id is not None:
        depend_on(message_id, {f"defender:{uid}": version for uid, version in versions.items()})


def _closes(change: PlannedChange) -> bool:
    return change.ref.startswith("appeal:") and change.verb == "closed"


def _messages(change: PlannedChange, calls: Sequence[CallToAction]) -> Sequence[int]:
    """The messages that an act for the appeal would end and that are not over, held in their order."""
    acts = [change.ref, *(row.ref for row in calls)]
    live = (Message.organisation_id == change.organisation_id, Message.ended_by.in_(acts), Message.state.in_(LIVE))
    return session.scalars(select(Message.id).where(*live).order_by(Message.id)).all()


def _told(change: PlannedChange) -> Iterator[tuple[str, int]]:
    """How many people who acted are told, by language, the most first."""
    people = _people(change.organisation_id, change.ref).subquery()
    counted = (
        select(Recipient.language, func.count())
        .join(people, people.c.recipient_id == Recipient.id)
        .group_by(Recipient.language)
        .order_by(func.count().desc(), Recipient.language)
    )
    yield from ((row[0], row[1]) for row in session.execute(counted))


def _people(organisation_id: int, ref: str) -> Select[int, int]:
    return ABOUT_APPEALS["acted"].people(organisation_id, ref.removeprefix("appeal:"))


def _tell(appeal: Appeal, house: Brand) -> int | None:
    """One message to everybody who acted; its id, None where nobody did."""
    people = _people(house.id, f"appeal:{appeal.uid}").subquery()
    wanted = select(Recipient.id, Recipient.language, people.c.basis_id)
    found = session.execute(wanted.join(people, people.c.recipient_id == Recipient.id).order_by(Recipient.id)).all()
    if not found:
        return None
    rows = [
        Addressee(
            row.id,
            row.language,
            personal_links={"own_url": PersonalLink(OWN, (row.basis_id,))},
            basis=Basis(BasisKind.ACT, row.basis_id),
        )
        for row in found
    ]
    uid = send_many(
        "actions/outcome",
        rows,
        organisation=house,
        anchor=f"appeal:{appeal.uid}",
        common=lambda language: _common(appeal, house, language),
        dedupe_key=f"appeal-outcome:{appeal.uid}",
        stream=Stream.URGENT,
    )
    return session.scalars(select(Message.id).where(Message.uid == uid)).one()


def _common(appeal: Appeal, house: Brand, language: str) -> Common:
    """What the mail says in a language: how it ended, in the words of the appeal's own page; no ask and no number."""
    with using(language):
        may, words = showing.standing_in_mail(appeal, clock.now()), appeals.published_of(appeal)
        title = showing.text(words.titles, house) if may.tells else ""
        return Common({
            "heading": may.banner.title if may.banner else "",
            "title": title or appeals.reference_of(appeal),
            "news": showing.text(words.news, house) if may.tells else "",
            "good": "yes" if appeal.outcome in GOOD_NEWS else "",
            "page_url": f"{showing.appeal_url(appeal, house)}?lang={language}",
        })  # fmt: skip
