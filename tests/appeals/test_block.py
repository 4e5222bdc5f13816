"""A mailing that names a defender: the card, the check page, and the launch."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from mobilize.appeals import queries, service
from mobilize.appeals.checks import checks
from mobilize.appeals.queries import Details
from mobilize.appeals.rules import Publish
from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Checked, Freezing, Frozen
from mobilize.delivery.composing.composition import compose
from mobilize.delivery.composing.sources import Brand as MailBrand
from mobilize.delivery.composing.sources import Sender, Source
from mobilize.delivery.models import HoldCause, MessageHold
from mobilize.mailings import service as mailings
from mobilize.mailings.blocks import freeze, read_block
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.models import Mailing
from mobilize.organisations.queries import Brand
from tests.appeals.conftest import NAME, review_all
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain


def frozen(house: Brand, uid: str) -> Frozen:
    with db.reading():
        block = read_block({"type": "defender", "defender": uid}, "blocks[0]")
        return freeze(block, Freezing(house.id, "en", clock.now()))


def mailing_about(house: Brand, uid: str) -> int:
    """A mailing to two people with a card of the defender, due now."""
    with db.writing():
        newsletter = make_list(house)  # type: ignore[arg-type]
        make_people(house, 2, [newsletter])  # type: ignore[arg-type]
        blocks = [{"type": "defender", "defender": uid}]
        content = {"name": "News", "languages": {"en": {"subject": "News", "preheader": "", "blocks": blocks}}}
        row = mailings.create_mailing(Audience.of(house.id, [newsletter.id]), parse_content_file(json.dumps(content)))
    with db.writing():
        mailings.send_mailing(session.get_one(Mailing, row.id))
        return row.id


def sent() -> int:
    drain(transport := FakeTransport())
    return len(transport.sent)


def test_a_card_shows_what_consent_allows(house: Brand, defender: str) -> None:
    """As HTML and as text, with the way to the page; it names the defender's version."""
    found = frozen(house, defender)
    source = Source("mailings/newsletter", "en", MailBrand("The City"), Sender("The City", "news@city.example.org"),
                    blocks=(found.fields,))  # fmt: skip
    shown = compose(source, str).preview({})
    for text in (shown.html, shown.text):
        for words in (NAME, "Belgium", "writes", "/city/defenders/case-1?lang=en"):
            assert words in text, words
    with db.reading():
        assert found.live == {f"defender:{defender}": queries.defender_by_uid(house.id, defender).version}


def test_nobody_is_named_without_consent(house: Brand) -> None:
    """Nor somebody who is gone, or another organisation's."""
    with db.writing():
        unnamed = service.create_defender(house.id, Details("A. Example"))
        review_all(unnamed, frozenset({Publish.ABOUT}))
    for uid, words in ((unnamed.uid, "No consent allows naming"), ("gone", "This defender is gone")):
        with pytest.raises(Refused, match=words):
            frozen(house, uid)


def test_a_mailing_is_held_from_its_launch_while_the_case_is_checked(house: Brand, defender: str) -> None:
    """Nothing is lost: it goes on by itself when the hold ends."""
    with db.writing():
        service.hold_everything(queries.defender_by_uid(house.id, defender))
    mailing_about(house, defender)
    launch_due(clock.now())
    with db.reading():
        assert session.scalars(select(MessageHold.cause)).all() == [HoldCause.GATE]
    assert sent() == 0
    with db.writing():
        service.end_hold(queries.defender_by_uid(house.id, defender))
    assert sent() == 2


def test_the_check_page_tells_of_a_gate_that_is_closed_or_will_be(house: Brand, defender: str) -> None:
    """Neither keeps the mailing from being sent: it waits."""
    now = clock.now()
    with db.reading():
        live = frozenset({(f"defender:{defender}", 1)})
        named = Checked(house.id, "news@city.example.org", live)
        assert list(checks(named)) == []
        later = Checked(house.id, "news@city.example.org", live, sends_at=now + timedelta(days=40))
        (line,) = checks(later)
        assert "sends later and will wait" in line.words
        assert not line.is_error
    with db.writing():
        service.hold_everything(queries.defender_by_uid(house.id, defender))
        (line,) = checks(named)
        assert "put everything about this person on hold" in line.words
