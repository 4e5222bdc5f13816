"""What mailings show of appeals: the case and the ask while people can act, and no ask once it ended."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlalchemy import select

from mobilize.appeals import service as of_defenders
from mobilize.appeals.appeal import changes, queries, service
from mobilize.appeals.appeal.models import Appeal
from mobilize.appeals.appeal.rules import SILENT, Outcome
from mobilize.audiences.audience import Audience
from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Freezing, Frozen
from mobilize.core.settings import Settings
from mobilize.delivery.composing.composition import Preview, compose
from mobilize.delivery.composing.sources import Brand, Sender, Source
from mobilize.delivery.models import MessageSource
from mobilize.mailings import service as mailings
from mobilize.mailings.blocks import freeze, read_block
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.queries import mailing_anywhere, state_of
from mobilize.organisations.models import Organisation
from mobilize.subscribers.models import MailingList
from tests.appeals.writing import WRITER, approve, make_draft, make_published, words
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.factories import make_organisation

_numbers = count(1)
ASKS = ("Release A. Example", "Read the appeal and act", "Act until 31 Jan 2027", "Act now")


@pytest.fixture
def city(installation: Settings) -> Organisation:
    with db.writing():
        return make_organisation(slug="city", timezone="Europe/Brussels")


def frozen(row: Appeal, language: str = "en", **fields: str) -> Frozen:
    block = read_block({"type": "appeal", "appeal": row.uid, **fields}, "blocks[0]")
    return freeze(block, Freezing(row.organisation_id, language, clock.now()))


def shown(found: Frozen, language: str = "en") -> Preview:
    source = Source("mailings/newsletter", language, Brand("City"), Sender("City", "news@city.example.org"),
                    blocks=(found.fields,))  # fmt: skip
    return compose(source, str).preview({})


def both(found: Frozen, language: str = "en") -> str:
    mail = shown(found, language)
    return mail.html + mail.text


def end(row: Appeal, outcome: Outcome, **fields: object) -> None:
    service.change_draft(row, words(outcome=outcome, **fields), WRITER)
    if fields:
        approve(row)
    changes.close(row)


def test_an_appeal_asks_while_people_can_act(city: Organisation) -> None:
    """In the reader's language, with the way to its page in that language; it depends on the appeal and the person."""
    with clock.frozen(datetime(2026, 12, 1, 12, tzinfo=UTC)), db.writing():
        row = make_published(city.id, act_until="2027-01-31")
        (defender,) = queries.defenders_of(row)
        found, mail = frozen(row), both(frozen(row))
        for words_ in ("Free A. Example", "A. Example · UA 1/2026", *ASKS[:3], f"/city/appeals/{row.slug}?lang=en"):
            assert words_ in mail
        assert found.live == {f"appeal:{row.uid}": row.version, f"defender:{defender.uid}": defender.version}
        assert "Libérez A. Example" in both(frozen(row, "fr"), "fr")
        assert "Act now" in both(frozen(row, text="Act now"))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_closed_appeal_asks_nothing(city: Organisation, outcome: Outcome) -> None:
    """Not even by the words on its button; one that was stopped does not name the person either."""
    with db.writing():
        row = make_published(city.id, act_until="2027-01-31")
        end(row, outcome)
        mail = both(frozen(row, text="Act now"))
        for ask in ASKS:
            assert ask not in mail
        assert ("Good news" in mail) == (outcome in (Outcome.RELEASED, Outcome.IMPROVED))
        assert ("Free A. Example" in mail) == (outcome not in SILENT)
        assert ("A. Example" in mail) == (outcome is not Outcome.STOPPED)


def test_words_about_the_outcome_stand_in_place_of_the_case(city: Organisation) -> None:
    """They are what readers wait for."""
    with db.writing():
        row = make_published(city.id)
        end(row, Outcome.RELEASED, news={"en": "A. Example is home."})
        mail = both(frozen(row))
        assert "A. Example is home." in mail
        assert "arrested" not in mail


def test_what_is_not_public_is_refused(city: Organisation) -> None:
    """A draft, an appeal of somebody else, one that is gone."""
    with db.writing():
        draft = make_draft(city.id)
        for uid in (draft.uid, make_published(make_organisation(slug="other").id).uid, "nobody"):
            block = read_block({"type": "appeal", "appeal": uid}, "blocks[0]")
            with pytest.raises(Refused):
                freeze(block, Freezing(city.id, "en", clock.now()))


def scheduled(city: Organisation, row: Appeal, people: int = 3) -> str:
    """A mailing that shows the appeal, to so many people; its uid."""
    newsletter = make_list(city, f"list-{next(_numbers)}")
    make_people(city, people, [newsletter])
    block = {"type": "appeal", "appeal": row.uid}
    languages = {"en": {"subject": "Urgent", "preheader": "", "blocks": [block]}}
    text = parse_content_file(json.dumps({"name": "Urgent", "languages": languages}))
    return mailings.create_mailing(Audience(city.id, (newsletter.id,)), text).uid


def sent() -> int:
    drain(transport := FakeTransport())
    return len(transport.sent)


def test_the_gate_and_the_closing_reach_a_mailing_that_waits(city: Organisation) -> None:
    """A hold on the person stops it, its end sends it on; once the appeal is closed, no copy with an ask is sent."""
    with db.writing():
        row = make_published(city.id)
        uid = scheduled(city, row)
    with db.writing():
        mailings.send_mailing(mailing_anywhere(uid))
    launch_due(clock.now())
    with db.writing():
        sources = set(session.scalars(select(MessageSource.source)))
        (defender,) = queries.defenders_of(queries.appeal_by_uid(city.id, row.uid))
        assert sources == {f"appeal:{row.uid}", f"defender:{defender.uid}"}
        of_defenders.hold_everything(defender)
    assert sent() == 0
    with db.writing():
        (defender,) = queries.defenders_of(queries.appeal_by_uid(city.id, row.uid))
        of_defenders.end_hold(defender)
        end(queries.appeal_by_uid(city.id, row.uid), Outcome.DIED)
    assert sent() == 0
    with db.reading():
        assert state_of(mailing_anywhere(uid)) == "halted"


def test_a_mailing_to_more_people_than_approved_is_not_sent(city: Organisation) -> None:
    """The ceiling is approved with the text; an audience that grows past it before the launch is given back."""
    with db.writing():
        row = make_published(city.id, ceiling=3)
        too_many, grows = scheduled(city, row, 4), scheduled(city, row, 3)
    with pytest.raises(Refused, match="at most 3 people"), db.writing():
        mailings.send_mailing(mailing_anywhere(too_many))
    with db.writing():
        mailings.send_mailing(mailing_anywhere(grows))
        newest = session.scalars(select(MailingList).order_by(MailingList.id.desc())).first()
        assert newest is not None
        make_people(city, 1, [newest])
    launch_due(clock.now())
    with db.reading():
        given_back = mailing_anywhere(grows)
        assert state_of(given_back) == "draft"
        assert "at most 3 people" in given_back.problem
