"""What a bounce or complaint changes, once, and that nobody without our mail can cause any of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.core.tokens import mint
from mobilize.delivery.bounces import service
from mobilize.delivery.bounces.queries import NOTHING_RETURNED, Returned
from mobilize.delivery.bounces.reading import read_report
from mobilize.delivery.message_ids import message_id_of
from mobilize.delivery.messages import resume_message
from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState, SuppressionReason
from mobilize.delivery.purposes import LINK, UNSUBSCRIBE
from mobilize.delivery.retries import retry_unknown
from mobilize.delivery.smtp.transport import Lost, Outgoing, Phase, Result
from mobilize.delivery.suppression.service import suppress, unsuppress
from tests.delivery.engine_world import FakeTransport, World, drain, groups, index_of, make_world, message_row, states
from tests.delivery.returned_mail import (
    AWAY,
    COMPLAINT,
    DELAYED,
    HARD,
    POLICY,
    SOFT,
    come_back,
    counted,
    mail,
    path_of,
    returned,
    rows_of,
    sent_mailing,
    suppressions,
)


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every test here has a database, keys and Redis."""


@pytest.fixture
def world() -> World:
    return make_world(people=3)


def test_a_hard_bounce_ends_mail_to_the_address(world: World) -> None:
    """The row says so and still counts as accepted; the next mailing leaves the person out."""
    message_id, paths = sent_mailing(world)
    assert come_back(HARD, paths[0]) == "hard"
    assert rows_of(message_id)[0] == ("accepted", "returned", "5.1.1")
    assert suppressions() == ["hard-bounce"]
    assert groups(message_id).accepted == 3
    assert returned(message_id) == Returned(hard=1)
    second, paths = sent_mailing(world)
    assert states(second) == {"suppressed": 1, "accepted": 2}


def test_a_hard_bounce_holds_back_what_waits(world: World) -> None:
    """In the same commit, also of other mailings."""
    _first, paths = sent_mailing(world)
    second = world.launch()
    come_back(HARD, paths[1])
    assert states(second) == {"pending": 2, "suppressed": 1}


@pytest.mark.parametrize("name", [HARD, SOFT, POLICY, COMPLAINT])
def test_a_report_that_comes_twice_has_one_effect(world: World, name: str) -> None:
    """Its 250 was lost and the other server sent it again."""
    message_id, paths = sent_mailing(world)
    first = come_back(name, paths[0])
    with db.writing():
        unsuppress(world.organisation.id, index_of(world, 0))
    before = (rows_of(message_id), returned(message_id))
    assert come_back(name, paths[0]) == "repeated"
    assert suppressions() == []
    assert (rows_of(message_id), returned(message_id)) == before
    assert counted() == {first: 1, "repeated": 1}


def test_a_complaint_ends_newsletters_and_appeals(world: World) -> None:
    """The address is not mailed any more, and the report shows it."""
    message_id, paths = sent_mailing(world)
    assert come_back(COMPLAINT, paths[0]) == "complaint"
    assert suppressions() == ["complaint"]
    assert rows_of(message_id)[0][:2] == ("accepted", "complained")
    assert returned(message_id) == Returned(complaints=1)
    second, _paths = sent_mailing(world)
    assert states(second) == {"suppressed": 1, "accepted": 2}


@pytest.mark.parametrize("name", [DELAYED, AWAY, "challenge-tmda", "written-by-a-person"])
def test_what_says_nothing_of_the_mailbox_is_only_counted(world: World, name: str) -> None:
    """No row, no suppression, nothing that is tied to anyone."""
    message_id, paths = sent_mailing(world)
    before = rows_of(message_id)
    outcome = come_back(name, paths[0])
    assert rows_of(message_id) == before
    assert returned(message_id) == NOTHING_RETURNED
    assert suppressions() == []
    assert counted() == {outcome: 1}


def test_soft_bounces_over_days_end_mail(world: World) -> None:
    """The fifth, on the third day or later; the others changed nothing but the report."""
    start = clock.now()
    for day in range(5):
        assert suppressions() == []
        with clock.frozen(start + timedelta(days=day)):
            _message_id, paths = sent_mailing(world)
            assert come_back(SOFT, paths[0]) == "soft"
    assert suppressions() == ["soft-bounces"]


def test_soft_bounces_around_a_mail_that_stayed_are_forgiven(world: World) -> None:
    """The third mail arrived: the count began again after it."""
    start = clock.now()
    for week in range(6):
        with clock.frozen(start + timedelta(days=7 * week)):
            _message_id, paths = sent_mailing(world)
            if week != 2:
                come_back(SOFT, paths[0])
    assert suppressions() == []


def test_a_storm_of_policy_makes_the_mailing_wait() -> None:
    """Nobody is charged for it; whoever resumes it is stopped only by as many again."""
    world = make_world(people=60)
    message_id, paths = sent_mailing(world)
    reopen(message_id)
    for address in paths[:19]:
        come_back(POLICY, address)
    assert message_row(message_id).state is MessageState.SENDING
    come_back(POLICY, paths[19])
    halted = message_row(message_id)
    assert halted.state is MessageState.HALTED
    assert halted.state_reason.startswith("20 came back, refused by policy: 554 5.7.1 Service unavailable")
    assert suppressions() == []
    assert returned(message_id) == Returned(policy=20)
    with db.writing():
        resume_message(message_id)
    come_back(POLICY, paths[20])
    assert message_row(message_id).state is MessageState.SENDING


def reopen(message_id: int) -> None:
    """A mailing in its middle: its last rows have not left yet."""
    with db.writing():
        session.execute(
            update(Delivery)
            .where(Delivery.message_id == message_id, Delivery.id > 58)
            .values(state=DeliveryState.PENDING),
            execution_options={"synchronize_session": False},
        )
        session.get_one(Message, message_id).state = MessageState.SENDING


def test_a_bounce_settles_an_unknown_row(world: World) -> None:
    """A server had it after all: it is not sent again."""

    def lose(outgoing: Outgoing) -> Result:
        return Lost(outgoing.key, Phase.DOT, "no answer")

    message_id = world.launch()
    transport = FakeTransport(lose)
    drain(transport)
    assert states(message_id) == {"unknown": 3}
    assert come_back(HARD, transport.sent[0].sender) == "hard"
    assert states(message_id) == {"unknown": 2, "accepted": 1}
    with db.writing():
        assert retry_unknown(message_id) == 2


def test_a_bounce_that_overtakes_its_record_comes_again(world: World) -> None:
    """The relay was faster than our commit: the answer is later, and nothing changed."""
    message_id, paths = sent_mailing(world)
    with db.writing():
        session.execute(
            update(Delivery).where(Delivery.message_id == message_id).values(state=DeliveryState.ATTEMPTING),
            execution_options={"synchronize_session": False},
        )
    with pytest.raises(service.TooEarly):
        come_back(HARD, paths[0])
    assert suppressions() == []
    assert counted() == {}


@pytest.mark.parametrize(
    "forge",
    [
        lambda path: path.replace("bounces+", "bounces+a"),
        lambda path: path.replace("bounces+", "bounces-"),
        lambda path: path[:12] + ("b" if path[12] == "a" else "a") + path[13:],
        lambda _path: "bounces+aaaa@example.org",
        lambda _path: "bounces+@example.org",
        lambda _path: "bounces@example.org",
        lambda _path: f"bounces+{mint(LINK, 1)}@example.org",
        lambda _path: "bounces+ünïcode@example.org",
        lambda _path: "",
    ],
)
def test_forged_ones_are_ignored_and_counted(world: World, forge: object) -> None:
    """An address without our token's MAC changes nothing."""
    message_id, paths = sent_mailing(world)
    before = rows_of(message_id)
    for name in (HARD, COMPLAINT, POLICY):
        assert come_back(name, forge(paths[0])) == "forged"  # type: ignore[operator]
    assert rows_of(message_id) == before
    assert suppressions() == []
    assert counted() == {"forged": 3}


def test_a_relay_may_change_the_case(world: World) -> None:
    """Local parts are folded by some: the token still verifies."""
    _message_id, paths = sent_mailing(world)
    assert come_back(HARD, paths[0].upper()) == "hard"


def test_stale_ones_are_ignored_and_counted(world: World) -> None:
    """A month after its acceptance no server gives a mail back; a token for a row that never was is as old."""
    _message_id, paths = sent_mailing(world)
    with clock.frozen(clock.now() + timedelta(days=31)):
        assert come_back(HARD, paths[0]) == "stale"
        assert counted() == {"stale": 1}
    assert come_back(HARD, path_of(999_999)) == "stale"
    assert suppressions() == []


def test_what_has_not_left_can_not_come_back(world: World) -> None:
    """Rows that wait, were held back or failed."""
    message_id = world.launch()
    with db.writing():
        suppress(world.organisation.id, index_of(world, 0), SuppressionReason.MANUAL, "staff")
    for row in (1, 2, 3):
        assert come_back(HARD, path_of(row)) == "stale"
    assert suppressions() == ["manual"]
    assert states(message_id) == {"pending": 2, "suppressed": 1}


def test_a_complaint_at_the_feedback_address_needs_a_token_of_ours(world: World) -> None:
    """Its enclosed mail's return path; one that does not verify changes nothing."""
    _message_id, paths = sent_mailing(world)
    raw = mail(COMPLAINT)
    with db.writing():
        assert service.record("fbl@example.org", read_report(raw), clock.now()) == "forged"
    ours = raw.replace(b"bounces+aeaq2mzd@example.org", paths[1].encode())
    with db.writing():
        assert service.record("fbl@example.org", read_report(ours), clock.now()) == "complaint"
    assert suppressions() == ["complaint"]


def test_a_message_id_counts_only_with_a_leave_token(world: World) -> None:
    """Another reader of the same mailing can compute our Message-ID, but not the link for leaving."""
    message_id, _paths = sent_mailing(world)
    ours = message_id_of(message_row(message_id).uid, 1, "example.org")
    raw = mail("arf-outlook-jmrp").replace(b"k2m4c5@example.org", ours.encode())
    leave = mint(UNSUBSCRIBE, world.people[0], 0)
    another = mint(UNSUBSCRIBE, world.people[1], 0)
    for token, outcome in (("AbCdEfGhIjKlMnOpQrSt", "forged"), (another, "forged"), (leave, "complaint")):
        report = read_report(raw.replace(b"AbCdEfGhIjKlMnOpQrSt", token.encode()))
        with db.writing():
            assert service.record("fbl@example.org", report, clock.now()) == outcome
    assert suppressions() == ["complaint"]


def test_a_bounce_is_never_told_by_what_it_encloses(world: World) -> None:
    """Only complaints come to one address for all."""
    _message_id, paths = sent_mailing(world)
    raw = mail(HARD).replace(b"bounces+aeaq2mzd@example.org", paths[0].encode())
    with db.writing():
        assert service.record("fbl@example.org", read_report(raw), clock.now()) == "forged"
    assert suppressions() == []


def test_a_person_who_is_forgotten_takes_along_what_came_back(world: World) -> None:
    """What came back goes with its row; the suppression stays, by blind index."""
    message_id, paths = sent_mailing(world)
    come_back(HARD, paths[0])
    with db.writing():
        session.execute(delete(Delivery).where(Delivery.recipient_id == world.people[0]))
    assert returned(message_id) == NOTHING_RETURNED
    assert suppressions() == ["hard-bounce"]
