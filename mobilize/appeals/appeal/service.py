"""Changes to appeals. Nothing here commits.

``draft`` is edited freely. ``publish``, and the verbs of ``changes``, change what is public and raise ``version``:
mailings that show the older one are held in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import delete, select

from mobilize.appeals.appeal import checked, queries, rules
from mobilize.appeals.appeal.gates import is_checked_now, may_name
from mobilize.appeals.appeal.models import Appeal, AppealDefender
from mobilize.appeals.appeal.numbers import give_number
from mobilize.appeals.appeal.rules import AppealState, Words
from mobilize.appeals.models import Defender
from mobilize.campaigns.service import release
from mobilize.core import audit, clock, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.delivery.source_holds import hold_for_source
from mobilize.organisations.queries import brand


def create_appeal(
    organisation_id: int, slug: str, words: Words, defenders: Collection[str], by: str, supersedes: str = ""
) -> Appeal:
    """A draft. ``by`` is the actor who wrote it, ``defenders`` uids, ``supersedes`` the slug of an earlier appeal.

    Raises:
        Conflict: the slug is taken in this organisation.
        Refused: a value that does not hold, with its field.
    """
    slug = text.slug("slug", slug)
    taken = select(Appeal.id).where(Appeal.organisation_id == organisation_id, Appeal.slug == slug)
    if session.scalar(taken) is not None:
        raise Conflict(_("There is an appeal with this short name already"))
    now, house = clock.now(), brand(organisation_id)
    row = Appeal(
        organisation_id=organisation_id,
        slug=slug,
        timezone=house.timezone,
        created_at=now,
        changed_at=now,
        writers=[by],
    )
    row.draft = rules.to_json(checked.words(words))
    row.supersedes_id = checked.superseded(organisation_id, supersedes)
    session.add(row)
    session.flush()
    _name(row, defenders)
    record("appeal.created", row)
    return row


def change_draft(row: Appeal, words: Words, by: str) -> None:
    """Other words. What is public stays as it is until they are approved and published; the approval is void.

    Raises:
        Conflict: the appeal is closed.
        Refused: a value that does not hold, with its field.
    """
    lock(row)
    _require_open_or_draft(row)
    stored = rules.to_json(checked.words(words))
    if stored == row.draft:
        return
    row.draft = stored
    _edited(row, by)


def change_defenders(row: Appeal, defenders: Collection[str], by: str, supersedes: str = "") -> None:
    """Whom it is for, and which appeal it takes the place of.

    Raises:
        Conflict: it was published: whoever got it knows whom it names.
        Refused: somebody who is no defender of the organisation, or no earlier appeal.
    """
    lock(row)
    earlier = checked.superseded(row.organisation_id, supersedes, row)
    if set(defenders) == set(queries.defender_uids(row)) and earlier == row.supersedes_id:
        return
    if row.published_at is not None:
        raise Conflict(_("Whom a published appeal is for cannot change. Make one that takes its place"))
    session.execute(delete(AppealDefender).where(AppealDefender.appeal_id == row.id))
    _name(row, defenders)
    row.supersedes_id = earlier
    _edited(row, by)


def ask_for_approval(row: Appeal, by: str) -> None:
    """Let a second person look at the draft.

    Raises:
        Conflict: the appeal is closed.
        Refused: something that has to be there before it can be public.
    """
    lock(row)
    _require_open_or_draft(row)
    _require_whole(row)
    row.asked_by = by
    if row.state is AppealState.DRAFT:
        row.state = AppealState.IN_REVIEW
    record("appeal.approval_asked", row)


def why_not_approve(row: Appeal, by: str, seen: str) -> str:
    """Why this actor cannot approve what they saw, in words; empty if they can.

    ``seen`` is the fingerprint of what stood on the page. The caller holds the appeal.
    """
    if row.asked_by is None or row.state is AppealState.CLOSED:
        return _("Nobody has asked for an approval of this appeal")
    if by in (row.asked_by, *row.writers):
        return _("Somebody else has to approve this: you wrote it or asked for the approval")
    if seen != queries.fingerprint_of(row):
        return _("Something changed while you read this. Read it once more")
    return ""


def approve(row: Appeal, by: str, seen: str) -> str:
    """Approve what was seen. Why it is refused, in words; empty if it is approved. Both are in the activity log."""
    lock(row)
    refusal = why_not_approve(row, by, seen)
    if refusal:
        record("appeal.approval_refused", row)
        return refusal
    row.approved_by, row.approved_fingerprint = by, seen
    record("appeal.approved", row, fingerprint=seen)
    return ""


def send_back(row: Appeal) -> None:
    """The second person does not approve: the draft is written on."""
    lock(row)
    void(row)
    record("appeal.sent_back", row)


def publish(row: Appeal) -> None:
    """Show an approved appeal to visitors, under the next number of the year.

    Raises:
        Conflict: it is public already, not approved as it is now, or the case of somebody it names is being checked.
    """
    lock(row)
    if row.state is not AppealState.IN_REVIEW:
        raise Conflict(_("This appeal does not wait to be published"))
    require_approved(row)
    give_number(row)
    row.state, row.published_at = AppealState.ACTIVE, clock.now()
    show_draft(row)
    record("appeal.published", row, reference=queries.reference_of(row))


def delete_draft(row: Appeal) -> None:
    """Remove an appeal that was never published.

    Raises:
        Conflict: it was published: it has a number. Close it instead.
    """
    lock(row)
    if row.published_at is not None:
        raise Conflict(_("This appeal was published: people may have its link. Close it instead"))
    session.execute(delete(AppealDefender).where(AppealDefender.appeal_id == row.id))
    release("appeal", row.uid)
    record("appeal.deleted", row)
    session.delete(row)
    session.flush()


def lock(row: Appeal) -> None:
    """Read it anew and let others wait; before messages and mailings, in the order in which a launch takes them."""
    session.flush()
    session.refresh(row, with_for_update=True)


def touch(row: Appeal) -> None:
    """Raise the version of a locked appeal; mailings that wait and show an older one are held from this commit on."""
    row.version += 1
    row.changed_at = clock.now()
    session.flush()
    hold_for_source(f"appeal:{row.uid}", row.version)


def show_draft(row: Appeal) -> None:
    """Make the draft of a locked appeal public, without what prepares a closing; further information is kept apart."""
    words = queries.draft_of(row)
    shown = replace(words, further={}, outcome=None, news={})
    row.published = row.draft = rules.to_json(shown)
    row.act_until = words.last_day
    house = brand(row.organisation_id)
    row.published_additions = {one.ref: one.fingerprint for one in queries.additions_of(row, house)}
    void(row)
    row.writers = []
    touch(row)


def _edited(row: Appeal, by: str) -> None:
    void(row)
    row.writers = [*row.writers, by] if by not in row.writers else row.writers
    row.changed_at = clock.now()
    session.flush()
    record("appeal.changed", row)


def void(row: Appeal) -> None:
    """No approval holds any more, and none is asked for."""
    row.asked_by = row.approved_by = row.approved_fingerprint = None
    if row.state is AppealState.IN_REVIEW:
        row.state = AppealState.DRAFT


def _name(row: Appeal, uids: Collection[str]) -> None:
    own = select(Defender).where(Defender.organisation_id == row.organisation_id, Defender.uid.in_(uids))
    found = session.scalars(own.order_by(Defender.id)).all()
    if len(found) != len(set(uids)):
        raise Refused("defenders", _("Choose among your defenders"))
    session.add_all(AppealDefender(appeal_id=row.id, defender_id=one.id) for one in found)
    session.flush()


def _require_open_or_draft(row: Appeal) -> None:
    if row.state is AppealState.CLOSED:
        raise Conflict(_("This appeal is closed. Make a new one instead"))


def _require_whole(row: Appeal) -> None:
    if not queries.defender_uids(row):
        raise Refused("defenders", _("Choose whom the appeal is for"))
    for name in ("happened", "demands"):
        if not getattr(queries.draft_of(row), name):
            raise Refused(name, _("Fill this in before somebody approves it"))


def require_approved(row: Appeal) -> None:
    """Raises Conflict: the draft was not approved as it is, or the case of somebody it names is being checked."""
    if not queries.is_approved(row):
        raise Conflict(_("A second person has to approve the appeal as it is now"))
    if is_checked_now(row):
        raise Conflict(_("The case is being checked: nothing about it is published until its reviews are renewed"))
    if not may_name(row):
        raise Conflict(_("No consent allows naming this person. Enter it on their page first"))


def record(action: str, row: Appeal, **facts: object) -> None:
    audit.record(action, organisation_id=row.organisation_id, subject=f"appeal:{row.uid}", **facts)
