"""Acts: asked for on a page, confirmed by mail, or made at once from a mailing. Nothing here commits.

ask -> a request that waits + mail to confirm -> confirm (a press) -> an act
mailed link -> act_from_mail (a press) -> an act: the mailbox had the link already

An act locks its call (shared), then its person: closing the call waits for it or comes before it, and a launch that
writes rows for the person finds the act, or its rows are found and ended here.
"""

from __future__ import annotations

from sqlalchemy import select, update

from mobilize.actions import mails
from mobilize.actions.acting import KIND, Agreed, Asked, Given, asked_in
from mobilize.actions.models import Act, ActionState, ActOrigin, CallToAction
from mobilize.actions.queries import door_of, taken_seats
from mobilize.actions.rules import Door, free_seat
from mobilize.actions.showing import Call, call_of
from mobilize.core import clock, crypto, feature
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound
from mobilize.core.i18n import _
from mobilize.delivery.bases import Basis
from mobilize.delivery.forgetting import forget_recipients
from mobilize.delivery.models import BasisKind, Recipient, RecipientKind, SuppressionReason
from mobilize.delivery.recipients import contact_of, find_or_create_recipient, hold
from mobilize.delivery.suppression.service import end_for, revoke_for, unsuppress
from mobilize.organisations.queries import Brand, brand
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.service import subscribe, welcome_back
from mobilize.visitors import requests
from mobilize.visitors.limits import may_mail
from mobilize.visitors.models import VisitorRequest
from mobilize.visitors.sealed_ids import NOBODY
from mobilize.visitors.undoing import may_undo

WORKING_ADDRESS_LIFTS = (SuppressionReason.HARD_BOUNCE, SuppressionReason.SOFT_BOUNCES)
"""Opening the mailed link shows that the address works. It says nothing of mail that the person declined."""


def ask(row: CallToAction, house: Brand, address: str, language: str, asked: Asked) -> int:
    """Keep an act until it is confirmed and mail its link; the id of the request, ``NOBODY`` if nothing is mailed.

    The page has found the call open; whether it still is, is asked again when the link is pressed. The same rows are
    written, and the same mail goes out, for a known and an unknown address; the page behind the link says to whoever
    acted before that they did.
    """
    if not may_mail(address, house.uid):
        return NOBODY
    recipient = find_or_create_recipient(house.id, house.uid, RecipientKind.PERSON, address, language)
    request = requests.keep(KIND, row.id, recipient, language, asked.payload())
    if request is None:
        return NOBODY
    mails.send_link(row, house, request, recipient)
    return request.id


def ask_again(request_id: int) -> None:
    """Mail the link of a waiting act once more; silently nothing if it is forgotten or was mailed too often."""
    waiting = requests.find(KIND, request_id)
    row = session.get(CallToAction, waiting.subject_id) if waiting is not None else None
    if waiting is None or row is None:
        return
    recipient, house = session.get_one(Recipient, waiting.recipient_id), brand(waiting.organisation_id)
    if door_of(row, house) is Door.OPEN and may_mail(contact_of(recipient).email, house.uid):
        request = requests.mail_again(KIND, request_id)
        if request is not None:
            mails.send_link(row, house, request, recipient)


def confirm(request_id: int, *, agrees: bool) -> None:
    """Count the act that waits. ``agrees``: the person also wants the mail that they asked for. Repeating is nothing.

    Raises:
        NotFound: the request is forgotten.
        Conflict: the call takes no acts any more.
    """
    waiting = requests.find(KIND, request_id)
    if waiting is None:
        raise NotFound("request")
    call = held_call(waiting.subject_id)
    row, house = call.row, call.house
    if waiting.confirmed_at is None:
        _require_open(call)
    request = requests.confirm_once(KIND, request_id)
    if request is None:
        return
    recipient, asked = session.get_one(Recipient, request.recipient_id), asked_in(request)
    unsuppress(house.id, recipient.address_index, WORKING_ADDRESS_LIFTS)
    _count(row, recipient, asked.given, request.language, ActOrigin.PAGE)
    if agrees and asked.agreed is not None:
        subscribe(recipient.id, [asked.agreed.list_id], _evidence(row, request, asked.agreed))
        welcome_back(recipient.id)


def act_from_mail(call: Call, recipient_id: int, given: Given) -> None:
    """Count an act of whoever got the link: their mailbox is known. Repeating is nothing. ``call`` is held.

    Raises:
        NotFound: the person was erased.
        Conflict: the call takes no acts any more.
    """
    _require_open(call)
    recipient = hold(recipient_id)
    _count(call.row, recipient, given, recipient.language, ActOrigin.MAIL)


def has_acted(row: CallToAction, recipient: Recipient) -> bool:
    """Whether an act of this mailbox counts under the call."""
    return bool(taken_seats(row.id, crypto.signer_index(row.uid, contact_of(recipient).email)))


def stop_mail(act: Act) -> None:
    """No more mail because of this act; what waits of it ends in the same commit. Repeating is nothing."""
    if act.quiet_since is None and act.recipient_id is not None:
        hold(act.recipient_id)
        revoke_for(act.recipient_id, Basis(BasisKind.ACT, act.id), ())
        act.quiet_since = clock.now()


def want_mail(act: Act) -> None:
    """From now on they get mail because of this act again.

    Raises:
        Conflict: it was stopped a while ago, and the link that was opened may have been forwarded.
    """
    if act.quiet_since is not None and not may_undo(act.quiet_since):
        raise Conflict(_("This cannot be changed any more"))
    act.quiet_since = None


def forget_people(action_id: int, at_most: int) -> bool:
    """Take the people away from some acts of a call; the acts still count. Whether there may be more."""
    wanted = select(Act.id, Act.recipient_id).where(Act.action_id == action_id, Act.recipient_id.is_not(None))
    rows = session.execute(wanted.order_by(Act.id).limit(at_most)).all()
    _without_person([row.id for row in rows])
    forget_recipients(sorted({row.recipient_id for row in rows if row.recipient_id is not None}))
    return len(rows) == at_most


def close_for(recipient_id: int, _address: str) -> None:
    """The person is being erased: their acts send them nothing any more."""
    quiet = update(Act).where(Act.recipient_id == recipient_id, Act.quiet_since.is_(None))
    session.execute(quiet.values(quiet_since=clock.now()))


def erase(recipient_id: int) -> bool:
    """Take an erased person away from their acts, which still count; false once there is nothing."""
    ids = list(session.scalars(select(Act.id).where(Act.recipient_id == recipient_id).limit(500)))
    _without_person(ids)
    return bool(ids)


def _without_person(act_ids: list[int]) -> None:
    nothing = {"recipient_id": None, "name_sealed": None, "place_sealed": None, "country": "", "quiet_since": None}
    session.execute(update(Act).where(Act.id.in_(act_ids)).values(nothing))


def _count(row: CallToAction, recipient: Recipient, given: Given, language: str, origin: ActOrigin) -> None:
    """One more act, unless it repeats one; what waits for the person and is ended by it ends."""
    address = contact_of(recipient).email
    signer, name = crypto.signer_index(row.uid, address), _folded(given.name)
    name_key = crypto.signer_index(row.uid, address, name)
    allows = row.allows_second_name and bool(name)
    seat = free_seat(taken_seats(row.id, signer), name_key, second_name=allows)
    if seat is None:
        return
    act = Act(
        action_id=row.id,
        recipient_id=recipient.id,
        signer_key=signer,
        name_key=name_key,
        seat=seat,
        language=language,
        origin=origin,
        wording=given.wording,
        country=given.country,
        acted_at=clock.now(),
    )
    act.name, act.place = given.name, given.place
    session.add(act)
    session.flush()
    end_for(recipient.id, *row.refs)


def held_call(action_id: int) -> Call:
    """The call, not to be changed before the unit ends; read anew. Acts do not wait for each other.

    What it is about is held first, as whoever changes that holds it before calls and messages.
    """
    about = session.scalar(select(CallToAction.about).where(CallToAction.id == action_id)) or ""
    kind, _colon, uid = about.partition(":")
    anchor = feature.anchor_kinds().get(kind)
    if anchor is not None:
        anchor.hold(uid, False)
        session.expire_all()
    wanted = select(CallToAction).where(CallToAction.id == action_id).with_for_update(read=True)
    row = session.scalars(wanted.execution_options(populate_existing=True)).one()
    return call_of(row, brand(row.organisation_id))


def _require_open(call: Call) -> None:
    if call.row.state is ActionState.DRAFT or not call.is_open:
        raise Conflict(_("This call to action takes no more acts"))


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _evidence(row: CallToAction, request: VisitorRequest, agreed: Agreed) -> Evidence:
    """The words that stood beside the box, and when they asked and confirmed: no network address."""
    return Evidence(
        method="double-opt-in",
        wording=agreed.words,
        wording_version=agreed.version,
        language=request.language,
        proof={
            "action": row.uid,
            "request": request.uid,
            "asked_at": request.asked_at.isoformat(),
            "confirmed_at": clock.now().isoformat(),
        },
    )
