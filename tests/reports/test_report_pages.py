"""A mailing's report: sums only, and they add up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, Link
from mobilize.delivery.smtp.transport import Accepted, Outgoing, Phase, Rejected, Result
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import Mailing
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations.models import Organisation
from mobilize.reports.queries import latest_lines, mailing_report
from mobilize.reports.views import short_address
from mobilize.subscribers.service import Evidence, leave
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.factories import make_organisation
from tests.staff import COOKIE, sign_in

CONTENT = """{"name": "Letter", "languages": {"en": {"subject": "Hi", "blocks": [
  {"type": "button", "text": "Read", "url": "https://example.org/read"},
  {"type": "button", "text": "Act", "url": "https://example.org/act"}]}}}"""


def no_such_mailbox(outgoing: Outgoing) -> Result:
    return Rejected(outgoing.key, Phase.RCPT, 550, "5.1.1", "no such user")


def sent_mailing(count: int = 11) -> tuple[Organisation, str, list[int], int]:
    """A mailing to people of whom one's server refused; house, uid, people (the refused one first), list."""
    with db.writing():
        house = make_organisation()
        one = make_list(house)
        people = make_people(house, count, [one])
        row = service.create_mailing(Audience.of(house.id, [one.id]), parse_content_file(CONTENT))
    with db.writing():
        service.send_mailing(mailing_anywhere(row.uid))
    launch_due()
    refused: list[int] = []

    def answer(outgoing: Outgoing) -> Result:
        if not refused:
            refused.append(outgoing.key)
            return no_such_mailbox(outgoing)
        return Accepted(outgoing.key)

    drain(FakeTransport(answer))
    with db.reading():
        failed = session.scalars(select(Delivery.recipient_id).where(Delivery.id.in_(refused))).one()
    return house, row.uid, sorted(people, key=lambda person: person != failed), one.id


def test_the_report_adds_up(client: FlaskClient) -> None:
    """Delivered, failed with its reason and code, left through it, clicks a link."""
    house, uid, people, list_id = sent_mailing()
    with db.writing():
        leave(people[3], [list_id], Evidence("one-click"))
        leave(people[2], [list_id], Evidence("staff", "asked by phone"))
        leave(people[0], [list_id], Evidence("one-click"))
        session.execute(update(Link).where(Link.url == "https://example.org/read").values(clicks=7))
        client.set_cookie(COOKIE, sign_in(house.id))
    with db.reading():
        found = mailing_report(mailing_anywhere(uid))
        assert (found.progress.accepted, found.progress.failed, found.progress.audience) == (10, 1, 11)
        assert [(one.reason, one.status, one.people) for one in found.failures] == [("no-such-address", "5.1.1", 1)]
        assert (found.left, found.all_clicks) == (1, 7)
        (line,) = latest_lines(house.id)
        assert (line.audience, line.accepted, line.failed, line.clicks) == (11, 10, 1, 7)
    page = client.get(f"/studio/{house.slug}/mailings/{uid}/report").text
    for words in (
        "There is no such address",
        "5.1.1",
        "https://example.org/read",
        "Scanners included",
        "same as a table",
    ):
        assert words in page
    assert "Letter" in client.get(f"/studio/{house.slug}/insights/").text


@pytest.mark.parametrize(("audience", "shows"), [(2, False), (10, False), (11, True)])
def test_what_few_readers_did_is_not_shown(client: FlaskClient, audience: int, shows: bool) -> None:
    """Below ten delivered copies: no count and no order of links, nobody who left, on no page; stored counts stay."""
    house, uid, people, list_id = sent_mailing(audience)
    with db.writing():
        leave(people[1], [list_id], Evidence("one-click"))
        session.execute(update(Link).where(Link.url == "https://example.org/read").values(clicks=7351))
        client.set_cookie(COOKIE, sign_in(house.id))
    with db.reading():
        found = mailing_report(mailing_anywhere(uid))
        assert found.progress.accepted == audience - 1
        assert (found.left, found.all_clicks) == ((1, 7351) if shows else (None, None))
        assert [url[-4:] for url, _count in found.links] == (["read", "/act"] if shows else ["/act", "read"])
        assert session.scalar(select(func.sum(Link.clicks))) == 7351
    for place in (f"mailings/{uid}/report", "insights/"):
        assert ("7,351" in client.get(f"/studio/{house.slug}/{place}").text) is shows


def test_leaving_counts_for_a_week(installation: Settings) -> None:
    """What happens later has other causes."""
    _house, uid, people, list_id = sent_mailing()
    with clock.frozen(clock.now() + timedelta(days=8)), db.writing():
        leave(people[3], [list_id], Evidence("one-click"))
    with db.reading():
        assert mailing_report(mailing_anywhere(uid)).left == 0


def test_before_it_left_there_is_nothing_to_report(client: FlaskClient) -> None:
    """The page says what it will tell; insights offer nothing yet."""
    with db.writing():
        house = make_organisation()
        uid = service.create_mailing(Audience.of(house.id, []), parse_content_file(CONTENT)).uid
        client.set_cookie(COOKIE, sign_in(house.id))
    assert "Nothing to report yet" in client.get(f"/studio/{house.slug}/mailings/{uid}/report").text
    assert "Nothing to compare yet" in client.get(f"/studio/{house.slug}/insights/").text


def test_another_organisations_mailings_are_not_counted(installation: Settings) -> None:
    """Sums stay in their house."""
    sent_mailing()
    with db.writing():
        other = make_organisation()
    with db.reading():
        assert latest_lines(other.id) == []
        assert session.scalars(select(Mailing).where(Mailing.organisation_id == other.id)).all() == []


def test_addresses_are_shortened_to_what_tells_them_apart() -> None:
    """The end of the path, else the host."""
    assert short_address("https://example.org/") == "example.org"
    assert short_address("https://example.org/act") == "act"
    assert short_address("https://example.org/a/letter?lang=fr") == "…ter?lang=fr"
    assert short_address("https://example.org/a/2024/") == "2024"
