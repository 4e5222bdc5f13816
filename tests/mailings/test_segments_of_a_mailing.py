"""A mailing to the people of a list who are in a segment, and to nobody of another segment."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from mobilize.audiences.audience import Audience
from mobilize.audiences.models import Segment
from mobilize.audiences.segments import segment
from mobilize.audiences.service import create_segment, end_segment
from mobilize.core import clock, db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.delivery.models import BasisKind, Delivery, DeliveryState, Message, Recipient, RecipientKind
from mobilize.delivery.recipients import contact_of
from mobilize.mailings import launch, service
from mobilize.mailings.checks import errors_of
from mobilize.mailings.content import SenderText
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import MailingState
from mobilize.mailings.queries import mailing_anywhere
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.service import leave
from tests.factories import make_organisation
from tests.mailings.conftest import Campaigner, House

FRENCH = {"condition": "language", "facts": {"languages": ["fr"]}}


def made(house: House, tree: object = FRENCH, name: str = "French") -> Segment:
    with db.writing():
        return create_segment(house.row.id, name, tree)


def narrowed(house: House, *segments: int, without: tuple[int, ...] = ()) -> str:
    """A draft to the newsletter's readers in these segments; its uid."""
    uid = house.mailing()
    with db.writing():
        row = mailing_anywhere(uid)
        row.to_whom = Audience.of(house.row.id, [house.newsletter.id], (), segments, without)
    return uid


def sent(uid: str) -> None:
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
    launch_due()


def languages(uid: str) -> list[str]:
    """Of everybody in the mailing's ledger."""
    with db.reading():
        row = mailing_anywhere(uid)
        found = select(Recipient.language).join(Delivery, Delivery.recipient_id == Recipient.id)
        return sorted(session.scalars(found.where(Delivery.message_id == row.message_id)))


def test_it_is_chosen_where_the_mailing_says_who_gets_it(house: House, campaigner: Campaigner):
    """The number follows, the words name it; chosen and left out at once is refused."""
    french, uid = made(house), house.mailing()
    here = f"{house.base}/{uid}/audience"
    values = {
        "name": "December letter",
        "lists": [str(house.newsletter.id)],
        "sender_address": f"news@{house.row.slug}.example.org",
        "default_language": "en",
    }
    assert campaigner.post(here, **values, segments=[str(french.id)]).status_code == 303
    page = campaigner.get(here)
    assert "2 people" in page
    assert "Newsletter; only “French”" in page
    answer = campaigner.post(here, **values, segments=[str(french.id)], without_segments=[str(french.id)])
    assert answer.status_code == 422
    assert "A segment cannot be both chosen and left out" in answer.text
    assert campaigner.post(here, **values, without_segments=[str(french.id)]).status_code == 303
    assert "Newsletter; nobody of “French”" in campaigner.get(here)
    assert "3 people" in campaigner.get(f"{here}/count")


def test_only_people_with_a_basis_who_are_in_it_get_it(house: House):
    """Whoever is in the segment and not on the list gets nothing; the basis is the list, and leaving ends it."""
    french = made(house)
    uid = narrowed(house, french.id)
    with db.writing():
        reader = session.scalars(select(Recipient).where(Recipient.language == "fr")).one()
        leave(reader.id, [house.newsletter.id], Evidence("preferences"))
    sent(uid)
    assert languages(uid) == ["fr-BE"]
    with db.reading():
        row = session.scalars(select(Delivery)).one()
        assert (row.basis_kind, row.basis_id) == (BasisKind.LIST, house.newsletter.id)


def test_nobody_of_a_segment_that_is_left_out_gets_it(house: House):
    uid = narrowed(house, without=(made(house).id,))
    sent(uid)
    assert languages(uid) == ["en", "en", "en"]


def test_each_page_of_the_launch_asks_anew(house: House, monkeypatch: pytest.MonkeyPatch):
    """Who stops being in the segment between two pages gets nothing: nobody is promised a mail by an earlier look."""
    monkeypatch.setattr(launch, "page_size", lambda _prepared: 1)
    uid = narrowed(house, made(house).id)
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
        people = list(session.scalars(select(Recipient.id).order_by(Recipient.id)))
    added = launch._add_next_page

    def one_page(mailing_id: int) -> bool:
        more = added(mailing_id)
        last = update(Recipient).where(Recipient.id == people[-1])
        session.execute(last.values(language="en"))
        return more

    monkeypatch.setattr(launch, "_add_next_page", one_page)
    launch_due()
    assert languages(uid) == ["fr"]
    with db.reading():
        assert mailing_anywhere(uid).audience == 1


def test_a_segment_that_cannot_be_asked_stops_the_mailing(house: House, campaigner: Campaigner):
    """Instead of mailing everybody on the list, or nobody without a word; the check says why."""
    french = made(house)
    uid = narrowed(house, french.id)
    with db.writing():
        session.get_one(Segment, french.id).tree = {"condition": "subscribed", "facts": {"list": "gone"}}
    words = "The segment “French” cannot be asked: Choose lists of this organisation"
    assert words in campaigner.get(f"{house.base}/{uid}/check")
    assert campaigner.get(f"{house.base}/{uid}/audience")
    with db.writing(), pytest.raises(Refused, match="cannot be asked"):
        service.send_mailing(mailing_anywhere(uid))
    with db.writing(), pytest.raises(Refused, match="cannot be asked"):
        mailing_anywhere(uid).to_whom.page(0)


def test_a_segment_that_breaks_under_way_stops_the_launch_until_it_is_mended(
    house: House, campaigner: Campaigner, monkeypatch: pytest.MonkeyPatch
):
    """Staff read why; nobody else is added meanwhile, and nobody twice once it goes on."""
    monkeypatch.setattr(launch, "page_size", lambda _prepared: 1)
    french = made(house)
    uid = narrowed(house, french.id)
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
        mailing_id = mailing_anywhere(uid).id
    while not languages(uid):
        launch._step(mailing_id, clock.now())
    break_segment(french.id, {"condition": "subscribed", "facts": {"list": "gone"}})
    for _tick in range(2):
        launch_due()
    assert len(languages(uid)) == 1
    why = "The segment “French” cannot be asked: Choose lists of this organisation"
    assert why in campaigner.get(f"{house.base}/{uid}/send")
    assert f"Stopped on the way: {why}" in campaigner.get(f"/studio/{house.row.slug}/")
    with db.reading():
        wanted = select(func.count(AuditEntry.id)).where(AuditEntry.action == "mailing.launch-waits")
        assert session.scalar(wanted) == 1
    break_segment(french.id, FRENCH)
    launch_due()
    assert languages(uid) == ["fr", "fr-BE"]
    assert "Stopped on the way" not in campaigner.get(f"{house.base}/{uid}/send")


def test_a_mailing_that_stopped_on_the_way_can_be_cancelled(house: House, campaigner: Campaigner):
    french = made(house)
    uid = narrowed(house, french.id)
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
        mailing_id = mailing_anywhere(uid).id
    launch._is_started(mailing_id, clock.now())
    break_segment(french.id, {"condition": "subscribed", "facts": {"list": "gone"}})
    launch_due()
    with db.writing():
        row = mailing_anywhere(uid)
        assert row.problem
        service.cancel(row)
        assert (row.problem, row.launch_cursor) == ("", None)
    assert launch_due() == 0
    assert "Stopped on the way" not in campaigner.get(f"{house.base}/{uid}/send")


def break_segment(segment_id: int, tree: object) -> None:
    """Let a segment ask something else; what it names may be gone, as after a deletion."""
    with db.writing():
        session.get_one(Segment, segment_id).tree = tree


def test_a_launch_is_given_up_where_nobody_is_in_the_segment(house: House):
    """Between scheduling and sending the last one left it."""
    uid = narrowed(house, made(house).id)
    with db.writing():
        service.send_mailing(mailing_anywhere(uid))
        session.execute(update(Recipient).values(language="en"))
    launch_due()
    with db.reading():
        row = mailing_anywhere(uid)
        assert (row.state, row.problem) == (MailingState.DRAFT, "Nobody on these lists is in the segments chosen")


def test_a_segment_of_a_mailing_that_is_to_be_sent_is_not_deleted(house: House):
    """Once it was sent, the segment goes, and the mailing still says to whom it went; a copy of it is stopped."""
    french = made(house)
    uid = narrowed(house, french.id)
    with db.writing(), pytest.raises(Conflict, match="December letter"):
        end_segment(segment(house.row.id, french.uid))
    sent(uid)
    with db.writing():
        end_segment(segment(house.row.id, french.uid))
        assert mailing_anywhere(uid).to_whom.describe() == "Newsletter; only “French”"
        copied = service.duplicate_mailing(mailing_anywhere(uid)).uid
    with db.reading():
        assert "was deleted" in errors_of(mailing_anywhere(copied))[0].words


def test_segments_of_another_organisation_are_refused(house: House):
    """By whatever way they are named."""
    with db.writing():
        theirs = create_segment(make_organisation().id, "Theirs", FRENCH)
    uid = house.mailing()
    with db.writing():
        mailing = mailing_anywhere(uid)
        to_whom = Audience.of(house.row.id, [house.newsletter.id], (), [theirs.id])
        with pytest.raises(Refused) as refused:
            service.change_audience(mailing, "Spies", SenderText("", mailing.sender_address), to_whom, "en")
    assert refused.value.field == "segments"


def test_the_audience_page_says_why_a_person_gets_it(house: House, campaigner: Campaigner):
    """The list that entitles them and the conditions; or the condition that keeps them out."""
    uid = narrowed(house, made(house).id)
    with db.reading():
        people = session.scalars(select(Recipient).where(Recipient.kind == RecipientKind.PERSON)).all()
        addresses = {one.language: contact_of(one).email for one in people}
    here = f"{house.base}/{uid}/audience"
    page = campaigner.post(here, f"{here}/why", address=addresses["fr"]).text
    assert "This person gets it" in page
    assert "True: gets emails in French" in page
    page = campaigner.post(here, f"{here}/why", address=addresses["en"]).text
    assert "This person does not get it" in page
    assert "Not true: gets emails in French" in page
    assert "Nobody here has this address" in campaigner.post(here, f"{here}/why", address="x@example.org").text
    assert campaigner.post(here, f"{here}/why", address="nonsense").status_code == 422


def test_rows_that_earlier_versions_stored_name_no_segments(house: House):
    stored = {"lists": [house.newsletter.id], "without": []}
    assert Audience.from_json(house.row.id, stored) == Audience.of(house.row.id, [house.newsletter.id])
    assert Audience.of(house.row.id, [house.newsletter.id]).to_json() == stored


def test_who_had_an_earlier_mailing_can_be_left_out(house: House):
    """Until its rows go with their retention: then the segment is refused, and nobody is mailed by mistake."""
    first = narrowed(house, made(house).id)
    sent(first)
    with db.writing():
        row = mailing_anywhere(first)
        session.execute(update(Delivery).values(state=DeliveryState.ACCEPTED))
    had = made(house, {"condition": "received", "facts": {"mailing": row.uid}}, "Had the first")
    with db.reading():
        assert Audience.of(house.row.id, [house.newsletter.id], (), (), [had.id]).count() == 3
    with db.writing():
        session.get_one(Message, row.message_id).final = {"groups": {}}
    with db.reading():
        narrow = Audience.of(house.row.id, [house.newsletter.id], (), (), [had.id])
        assert narrow.count() == 0
        assert "is not kept any more" in narrow.segment_problem()
