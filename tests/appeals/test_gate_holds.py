"""What names a person is held while their gate is closed, and goes on when it opens, in the commit that did it."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from mobilize.appeals import service
from mobilize.appeals.models import Defender
from mobilize.appeals.queries import Adoption, Details, defenders_called, timeline
from mobilize.appeals.rules import Limits, Reviewed, ReviewKind, partial_date
from mobilize.appeals.service import Source, SourceKind
from mobilize.appeals.tick_steps import follow_gates
from mobilize.core import clock, db
from mobilize.core.audit import AuditEntry
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.settings import Settings
from mobilize.delivery.messages import add_page, close_message, hold_message, lift_hold
from mobilize.delivery.models import HoldCause, Message, MessageHold
from mobilize.delivery.retries import retry_unknown
from mobilize.delivery.smtp.transport import Lost, Phase
from mobilize.delivery.source_holds import depend_on
from tests.delivery.engine_world import FakeTransport, drain, make_world


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every test here has a database, keys and Redis."""


def reviewed(organisation_id: int, name: str) -> Defender:
    row = service.create_defender(organisation_id, Details(name))
    for kind in ReviewKind:
        service.add_review(row, kind, Reviewed(clock.now().date(), passed=True), "checked")
    return row


def world_about(*names: str) -> tuple[int, list[str]]:
    """A launched message to two people that names these defenders."""
    message_id = make_world(people=2).launch()
    with db.writing():
        organisation_id = session.scalar(select(Message.organisation_id).where(Message.id == message_id))
        assert organisation_id is not None
        rows = [reviewed(organisation_id, name) for name in names]
        depend_on(message_id, {f"defender:{row.uid}": row.version for row in rows})
        return message_id, [row.uid for row in rows]


def row_of(uid: str) -> Defender:
    return session.scalars(select(Defender).where(Defender.uid == uid)).one()


def sent() -> int:
    drain(transport := FakeTransport())
    return len(transport.sent)


def test_a_hold_stops_what_waits_and_its_end_sends_it_on() -> None:
    """Between the two nothing is sent."""
    message_id, (uid,) = world_about("A. Example")
    with db.writing():
        assert service.hold_everything(row_of(uid)) == [message_id]
    assert sent() == 0
    with db.writing():
        service.end_hold(row_of(uid))
    assert sent() == 2


def test_a_message_about_two_people_waits_for_both() -> None:
    """The end of one hold sends nothing while the other stands."""
    _message_id, (first, second) = world_about("A. Example", "B. Example")
    with db.writing():
        service.hold_everything(row_of(first))
        service.hold_everything(row_of(second))
    with db.writing():
        service.end_hold(row_of(first))
    assert sent() == 0
    with db.writing():
        service.end_hold(row_of(second))
    assert sent() == 2


def test_a_hold_that_commits_while_another_ends_stands() -> None:
    """The end of the first hold waits for the second's commit, sees it, and sends nothing on."""
    _message_id, (first, second) = world_about("A. Example", "B. Example")
    with db.writing():
        service.hold_everything(row_of(first))

    def end_first() -> None:
        with db.writing():
            service.end_hold(row_of(first))

    ending = threading.Thread(target=end_first)
    with db.writing():
        service.hold_everything(row_of(second))
        ending.start()
        ending.join(0.3)
        assert ending.is_alive()
    ending.join(20)
    assert not ending.is_alive()
    assert sent() == 0


def test_consent_that_is_withdrawn_holds_and_given_again_sends_on() -> None:
    """The newest consent counts."""
    _message_id, (uid,) = world_about("A. Example")
    for passed, count in ((False, 0), (True, 2)):
        with db.writing():
            review = Reviewed(clock.now().date(), passed=passed)
            service.add_review(row_of(uid), ReviewKind.CONSENT, review, "the family")
        assert sent() == count


def test_an_open_gate_does_not_lift_what_staff_paused() -> None:
    """Each cause is lifted by itself."""
    message_id, (uid,) = world_about("A. Example")
    with db.writing():
        hold_message(message_id, HoldCause.STAFF)
        service.hold_everything(row_of(uid))
    with db.writing():
        service.end_hold(row_of(uid))
    assert sent() == 0
    with db.writing():
        lift_hold(message_id, HoldCause.STAFF)
    assert sent() == 2


def test_names_notes_and_events_are_sealed_and_read_back() -> None:
    """One person under every spelling; reading the notes is logged; two sources may contradict each other."""
    _message_id, (uid,) = world_about("A. Example")
    with db.writing():
        row = row_of(uid)
        spellings = {"fr": ["Á. d'Exemple"], "ar": ["مثال"]}
        service.change_details(row, Details("A. Example", aliases=spellings, adoptions=[Adoption("X", "2022-12-05")]))
        service.change_risk_notes(row, "the brother is at risk")
        for words, when in (("Released", "2021"), ("Not released", "2021-02")):
            source = Source(SourceKind.TOLD, "a friend", "en", copy=words)
            service.add_event(row, partial_date("when", when), {"en": words}, source)
        assert [one.uid for one in defenders_called(row.organisation_id, "dexemple")] == [uid]
        assert [str(one.when) for one in timeline(row.id)] == ["2021", "2021-02"]
        assert service.read_risk_notes(row) == "the brother is at risk"
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"defender:{uid}")).all()
        assert actions[-1] == "defender.risk_notes_read"
        stored = b"".join(filter(None, (row.details_sealed, row.risk_notes_sealed)))
        assert b"Example" not in stored
        assert b"brother" not in stored


def test_what_does_not_hold_is_refused_at_its_field() -> None:
    """Nothing is entered."""
    _message_id, (uid,) = world_about("A. Example")
    with db.writing():
        row = row_of(uid)
        with pytest.raises(Refused) as future:
            service.add_review(row, ReviewKind.RISK, Reviewed(date(2199, 1, 1), passed=True), "x")
        source = Source(SourceKind.LINK, "a page", "en", "javascript:alert(1)")
        with pytest.raises(Refused) as link:
            service.add_event(row, partial_date("when", "2021"), {"en": "Arrested"}, source)
        assert timeline(row.id) == []
    assert (future.value.field, link.value.field) == ("on", "url")


def test_a_lapse_holds_with_the_clocks_next_pass_and_a_renewal_sends_on(installation: Settings) -> None:
    """The last day counts whole, by the organisation's own calendar; a renewed review goes on in its own commit."""
    message_id, (uid,) = world_about("A. Example")
    now = clock.now()
    with clock.frozen(now + timedelta(days=30)):
        follow_gates(clock.now(), installation)
        assert not holds_of(message_id)
    with clock.frozen(now + timedelta(days=31)):
        follow_gates(clock.now(), installation)
        assert holds_of(message_id) == {HoldCause.GATE}
        follow_gates(clock.now(), installation)
        assert [entry for entry in actions_on(uid) if entry == "defender.lapsed"] == ["defender.lapsed"]
        assert sent() == 0
        with db.writing():
            for kind in (ReviewKind.VERIFICATION, ReviewKind.RISK):
                today = clock.now().date()
                service.add_review(row_of(uid), kind, Reviewed(today, passed=True), "checked")
        assert sent() == 2


def test_the_organisations_own_limits_hold_and_send_on_at_once() -> None:
    """Shorter limits close the gate in the commit that sets them, longer ones open it again."""
    message_id, (uid,) = world_about("A. Example")
    with db.writing():
        organisation_id = row_of(uid).organisation_id
    with clock.frozen(clock.now() + timedelta(days=10)):
        for days, held in ((7, {HoldCause.GATE}), (14, set())):
            with db.writing():
                service.change_limits(organisation_id, Limits(verification=days))
            assert holds_of(message_id) == held
        with db.writing(), pytest.raises(Refused) as refused:
            service.change_limits(organisation_id, Limits(risk=0))
    assert refused.value.field == "risk"


def test_a_message_that_names_somebody_whose_gate_is_closed_begins_held() -> None:
    """It waits from its first row on, and goes on when the gate opens."""
    world = make_world(people=2)
    message_id = world.open()
    with db.writing():
        row = service.create_defender(world.organisation.id, Details("A. Example"))
        depend_on(message_id, {f"defender:{row.uid}": row.version})
        add_page(message_id, world.page())
        close_message(message_id)
    assert holds_of(message_id) == {HoldCause.GATE}
    assert sent() == 0
    with db.writing():
        for kind in ReviewKind:
            service.add_review(row_of(row.uid), kind, Reviewed(clock.now().date(), passed=True), "checked")
    assert sent() == 2


def test_copies_are_not_sent_again_while_the_gate_is_closed() -> None:
    """A finished message has ended for the hold; what is sent again of it later asks the gate first."""
    message_id, (uid,) = world_about("A. Example")
    drain(FakeTransport(answer=lambda outgoing: Lost(outgoing.key, Phase.DOT, "reset")))
    with db.writing():
        service.hold_everything(row_of(uid))
    with db.writing():
        assert retry_unknown(message_id) == 2
    assert sent() == 0
    with db.writing():
        service.end_hold(row_of(uid))
    assert sent() == 2


def test_new_words_about_a_person_hold_what_waits_with_the_old_ones() -> None:
    """A changed name, event or scope of consent is a new version of what a mailing shows."""
    message_id, (uid,) = world_about("A. Example")
    with db.writing():
        service.change_details(row_of(uid), Details("B. Example"))
    assert holds_of(message_id) == {HoldCause.SOURCE}
    assert sent() == 0


def holds_of(message_id: int) -> set[HoldCause]:
    with db.reading():
        return set(session.scalars(select(MessageHold.cause).where(MessageHold.message_id == message_id)))


def actions_on(uid: str) -> list[str]:
    with db.reading():
        return list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"defender:{uid}")))
