"""Changes to lists, subscriptions and what is known of a person. Nothing here commits.

Every change of a subscription leaves a consent row. Leaving holds the person (``hold``), updates the subscription, and
then revokes what the ledger still has: a launch holds its people before it reads, so one of the two always sees the
other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from mobilize.core import audit, clock, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.i18n import _
from mobilize.core.roles import OrganisationRef
from mobilize.delivery import pausing
from mobilize.delivery.bases import Leaving, list_basis
from mobilize.delivery.models import BasisKind, Recipient, SuppressionReason
from mobilize.delivery.recipients import change_contact, contact_of, hold
from mobilize.delivery.service import PersonalLink, send
from mobilize.delivery.suppression.service import revoke_for, suppress, unsuppress
from mobilize.organisations.queries import brand
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.models import (
    Consent,
    ConsentAction,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from mobilize.subscribers.purposes import PREFERENCES
from mobilize.subscribers.queries import has_withdrawn, left_at, lists_by_id, lists_of, person_of
from mobilize.subscribers.rules import NAME_LENGTH

OWN_HAND_LIFTS = tuple(reason for reason in SuppressionReason if reason is not SuppressionReason.MANUAL)
"""What ends when the person acts through a link mailed to them: they want mail, and the address works."""


def create_list(
    organisation_id: int,
    slug: str,
    names: Mapping[str, str],
    descriptions: Mapping[str, str] | None = None,
    *,
    is_public: bool = True,
) -> MailingList:
    """A new list, after the others; names and descriptions by language.

    Raises:
        Conflict: the slug is taken in this organisation.
        Refused: a slug or a text that does not hold.
    """
    slug = text.slug("slug", slug)
    others = select(MailingList.slug).where(MailingList.organisation_id == organisation_id)
    taken = session.scalars(others).all()
    if slug in taken:
        raise Conflict(_("There is a list with this short name already"))
    row = MailingList(
        organisation_id=organisation_id,
        slug=slug,
        names=text.required_line_each("names", names, at_most=100),
        descriptions=text.one_line_each("descriptions", descriptions or {}, at_most=400),
        is_public=is_public,
        position=len(taken),
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    audit.record("list.created", organisation_id=organisation_id, subject=f"list:{row.uid}", slug=slug)
    return row


def change_list(
    row: MailingList, names: Mapping[str, str], descriptions: Mapping[str, str], *, is_public: bool
) -> None:
    """Other texts, or another reach; subscriptions stay as they are.

    Raises:
        Refused: a text that does not hold.
    """
    row.names = text.required_line_each("names", names, at_most=100)
    row.descriptions = text.one_line_each("descriptions", descriptions, at_most=400)
    row.is_public = is_public
    audit.record("list.changed", organisation_id=row.organisation_id, subject=f"list:{row.uid}", public=is_public)


def subscribe(recipient_id: int, list_ids: Sequence[int], evidence: Evidence) -> list[MailingList]:
    """Put a recipient on lists of their organisation; the lists they were not on before. Repeating changes nothing.

    Every list asked for gets a consent row, also one the person is on already: they said it again.
    """
    recipient = hold(recipient_id)
    _ensure_subscriber(recipient)
    wanted = lists_by_id(list_ids, recipient.organisation_id)
    joined = [row for row in wanted if _join(recipient_id, row.id)]
    _record(recipient, ConsentAction.GIVEN, [row.id for row in wanted], evidence)
    _trail("subscription.given", recipient, method=evidence.method, lists=[row.slug for row in wanted])
    return joined


def welcome_back(recipient_id: int) -> None:
    """Lift what kept mail away: the person signed up anew through a mailed link. A block set by staff stays."""
    _lift(recipient_id)
    resume_mail(recipient_id)


def pause_mail(recipient_id: int) -> None:
    """Take a break of a month from newsletters and appeals; the person stays on their lists.

    Raises:
        NotFound: the person was erased.
    """
    until = pausing.pause(recipient_id)
    _trail("person.paused", session.get_one(Recipient, recipient_id), until=until.date().isoformat())


def resume_mail(recipient_id: int) -> None:
    """End a break, if there is one.

    Raises:
        NotFound: the person was erased.
    """
    if pausing.end_pause(recipient_id):
        _trail("person.resumed", session.get_one(Recipient, recipient_id))


def leave(recipient_id: int, list_ids: Iterable[int], evidence: Evidence) -> list[int]:
    """Take a recipient off lists and revoke what is pending through them; the ids they were really on.

    All of them at one moment: ``undo_leaving`` takes back what was left together.
    """
    recipient = hold(recipient_id)
    now = clock.now()
    left = [list_id for list_id in list_ids if _leave(recipient_id, list_id, now)]
    if left:
        _record(recipient, ConsentAction.WITHDRAWN, left, evidence)
        _trail("subscription.withdrawn", recipient, method=evidence.method, lists=len(left))
        remaining = [list_basis(list_id) for list_id in lists_of(recipient_id)]
        for list_id in left:
            revoke_for(recipient_id, list_basis(list_id), remaining)
    return left


def leave_everything(recipient_id: int, evidence: Evidence) -> list[int]:
    """Take a recipient off every list, and hold back bulk and urgent mail until they come back themselves; the ids.

    The withdrawal is kept by address: it outlives the person's data, and an import never undoes it.
    """
    recipient = hold(recipient_id)
    left = leave(recipient_id, lists_of(recipient_id), evidence)
    suppress(recipient.organisation_id, recipient.address_index, SuppressionReason.WITHDRAWAL, evidence.method)
    return left


def leave_as_told(leaving: Leaving, method: str) -> None:
    """Follow a mail program: leave the list of the link, or everything where the mail hung on no list that is there.

    What waits through another basis (a registration, an act) ends with it.

    Raises:
        NotFound: the person was erased.
    """
    recipient, basis = person_of(leaving.recipient_id).recipient, leaving.basis
    evidence = Evidence(method, language=recipient.language)
    found = lists_by_id(leaving.list_ids, recipient.organisation_id)
    if found:
        leave(recipient.id, [row.id for row in found], evidence)
        return
    leave_everything(recipient.id, evidence)
    if basis is not None and basis.kind is not BasisKind.LIST:
        revoke_for(recipient.id, basis, ())


def undo_leaving(recipient_id: int, moment: datetime, list_ids: Iterable[int], evidence: Evidence) -> list[int]:
    """Restore those of the lists that were left at ``moment`` and not touched since; their ids."""
    recipient = hold(recipient_id)
    wanted = set(list_ids) & set(left_at(recipient_id, moment))
    if wanted:
        subscribe(recipient_id, sorted(wanted), evidence)
        unsuppress(recipient.organisation_id, recipient.address_index, (SuppressionReason.WITHDRAWAL,))
    return sorted(wanted)


def moment_of_leaving(recipient_id: int, list_ids: Sequence[int]) -> datetime:
    """When lists were left that were left together; now, if there are none."""
    wanted = select(func.max(Subscription.changed_at))
    moment = session.scalar(wanted.where(Subscription.recipient_id == recipient_id, Subscription.list_id.in_(list_ids)))
    return moment or clock.now()


def mail_fresh_link(organisation: OrganisationRef, recipient: Recipient) -> None:
    """Mail a link that opens the person's page, in their language."""
    send(
        "subscribers/preferences",
        organisation=organisation,
        language=recipient.language,
        recipient=recipient,
        anchor=f"recipient:{recipient.uid}",
        personal_links={"action_url": PersonalLink(PREFERENCES, (recipient.id,))},
    )


def set_topics(recipient_id: int, list_ids: Iterable[int], shown: Iterable[int], evidence: Evidence) -> None:
    """Make a person's subscriptions among the lists they were shown exactly ``list_ids``."""
    person = person_of(recipient_id)
    wanted = set(list_ids) & set(shown)
    leave(recipient_id, sorted((set(shown) & person.list_ids) - wanted), evidence)
    added = sorted(wanted - person.list_ids)
    if added:
        subscribe(recipient_id, added, evidence)
        _lift(recipient_id)


def set_person(recipient_id: int, first_name: str, last_name: str, language: str) -> None:
    """Replace the names (blank removes one) and the language.

    Raises:
        Refused: a name with line breaks or invisible controls, or too long.
    """
    recipient = hold(recipient_id)
    known = contact_of(recipient)
    wanted = known._replace(first_name=_name("first_name", first_name), last_name=_name("last_name", last_name))
    if (wanted, language) != (known, recipient.language):
        uid = brand(recipient.organisation_id).uid
        change_contact(recipient, uid, first_name=wanted.first_name, last_name=wanted.last_name, language=language)
        _trail("person.changed", recipient)


def add_by_staff(recipient_id: int, list_id: int, reason: str) -> None:
    """Put a person on a list for a stated reason.

    Raises:
        Conflict: they left this list, or asked not to be mailed: only they can come back.
        Refused: no reason.
    """
    wording = text.required_line("reason", reason, at_most=300)
    person = person_of(recipient_id)
    if has_withdrawn(person) or person.states.get(list_id) is SubscriptionState.LEFT:
        raise Conflict(_("This person unsubscribed. Only they can come back, by signing up again"))
    subscribe(recipient_id, [list_id], Evidence("staff", wording, language=person.recipient.language))


def remove_by_staff(recipient_id: int, list_id: int, reason: str) -> None:
    """Take a person off a list for a stated reason.

    Raises:
        Refused: no reason.
    """
    wording = text.required_line("reason", reason, at_most=300)
    leave(recipient_id, [list_id], Evidence("staff", wording))


def _lift(recipient_id: int) -> None:
    recipient = session.get_one(Recipient, recipient_id)
    unsuppress(recipient.organisation_id, recipient.address_index, OWN_HAND_LIFTS)


def _name(field_name: str, value: str) -> str:
    return text.one_line(field_name, value, at_most=NAME_LENGTH)


def _ensure_subscriber(recipient: Recipient) -> None:
    known = select(Subscriber.id).where(Subscriber.recipient_id == recipient.id)
    if session.scalar(known) is None:
        session.add(
            Subscriber(organisation_id=recipient.organisation_id, recipient_id=recipient.id, created_at=clock.now())
        )
        session.flush()


def _join(recipient_id: int, list_id: int) -> bool:
    """Whether the subscription is new or was left before."""
    wanted = select(Subscription).where(Subscription.recipient_id == recipient_id, Subscription.list_id == list_id)
    row = session.scalar(wanted)
    if row is None:
        row = Subscription(recipient_id=recipient_id, list_id=list_id, state=SubscriptionState.LEFT)
        session.add(row)
    elif row.state is SubscriptionState.SUBSCRIBED:
        return False
    row.state = SubscriptionState.SUBSCRIBED
    row.changed_at = clock.now()
    session.flush()
    return True


def _leave(recipient_id: int, list_id: int, now: datetime) -> bool:
    changed = session.execute(
        update(Subscription)
        .where(
            Subscription.recipient_id == recipient_id,
            Subscription.list_id == list_id,
            Subscription.state == SubscriptionState.SUBSCRIBED,
        )
        .values(state=SubscriptionState.LEFT, changed_at=now)
        .returning(Subscription.id)
    )
    return changed.first() is not None


def _record(recipient: Recipient, action: ConsentAction, list_ids: Sequence[int], evidence: Evidence) -> None:
    """One append-only row a list."""
    now = clock.now()
    session.add_all(
        Consent(
            organisation_id=recipient.organisation_id,
            recipient_id=recipient.id,
            person_hash=recipient.address_index,
            list_id=list_id,
            action=action,
            method=evidence.method,
            wording=evidence.wording,
            wording_version=evidence.wording_version,
            language=evidence.language or recipient.language,
            proof=dict(evidence.proof),
            at=now,
        )
        for list_id in list_ids
    )
    session.flush()


def _trail(action: str, recipient: Recipient, **facts: Any) -> None:
    audit.record(action, organisation_id=recipient.organisation_id, subject=f"recipient:{recipient.uid}", **facts)
