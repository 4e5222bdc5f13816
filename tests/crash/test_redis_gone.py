"""The whole service loses its Redis in the middle of a mailing: everyone has one copy, and sign-ups go on meanwhile."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from mobilize import bootstrap
from mobilize.audiences.audience import Audience
from mobilize.core import db, startup
from mobilize.core.settings import load
from mobilize.mailings import service as mailings
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.progress import Progress, progress_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.signup.service import FormFacts, create_form
from tests.browser.client import Answer
from tests.browser.staging import sign_up
from tests.crash.own_redis import OwnRedis
from tests.crowd import make_list, make_people
from tests.factories import make_organisation
from tests.mailings.conftest import CONTENT
from tests.server.conftest import environment, start, stop, wait_until
from tests.smtp_server import SmtpServer, running

pytestmark = [pytest.mark.crash, pytest.mark.timeout(240)]

PEOPLE = 1000
AWAY = 5.0


@dataclass
class Standing:
    """A service with an organisation ``city``, its list of PEOPLE and its form; ``server`` takes all mail."""

    base: str
    redis: OwnRedis
    server: SmtpServer
    organisation_id: int
    list_id: int

    def mailing(self) -> str:
        """A mailing to everyone, sent now; its uid."""
        with db.writing():
            text = parse_content_file(json.dumps(CONTENT))
            uid = mailings.create_mailing(Audience.of(self.organisation_id, [self.list_id]), text).uid
        with db.writing():
            mailings.send_mailing(mailing_anywhere(uid))
        return uid

    def interrupted(self, interrupt: Callable[[], object]) -> Progress:
        """How a mailing ends after ``interrupt`` in the middle of it."""
        self.server.messages.clear()
        uid = self.mailing()
        wait_until(lambda: len(self.server.messages) >= PEOPLE // 4)
        assert len(self.server.messages) < PEOPLE
        interrupt()
        wait_until(lambda: progress(uid).has_ended)
        return progress(uid)

    def confirmation_arrived(self, address: str) -> bool:
        return any(f"To: {address}".encode() in one and b"/c/" in one for one in list(self.server.messages))


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """``mobilize up`` on a Redis that a test may take away, and on a server slow enough to be interrupted."""
    folder = tmp_path_factory.mktemp("gone")
    redis = OwnRedis()
    redis.start()
    with running(SmtpServer(delay=0.01)) as server:
        own = {"MOBILIZE_REDIS_URL": redis.url, "MOBILIZE_SMTP_URL": f"{server.url}?starttls=off"}
        environ = {**environment(folder / "var"), **own}
        settings = load(environ)
        bootstrap.prepare(settings)
        startup.connect(settings)
        organisation_id, list_id = make_city()
        service = start(environ, folder / "output")
        yield Standing(settings.base_url, redis, server, organisation_id, list_id)
        stop(service)
    db.disconnect()
    redis.remove()


def make_city() -> tuple[int, int]:
    """The organisation and its list, in the database that is connected."""
    with db.writing():
        city = make_organisation(slug="city")
        one = make_list(city)
        make_people(city, PEOPLE, [one])
        create_form(city.id, "subscribe", FormFacts(wording={"en": "I agree to receive this."}, list_ids=[one.id]))
        return city.id, one.id


def progress(uid: str) -> Progress:
    with db.reading():
        return progress_of(mailing_anywhere(uid))


def words(answer: Answer) -> str:
    """A page without what is sealed into its fields and links."""
    return re.sub(r'value="[^"]*"|to=[A-Za-z0-9_%-]+', "", answer.text)


def test_an_emptied_redis_in_the_middle_of_a_mailing(standing: Standing) -> None:
    """FLUSHALL while it leaves: it is completed, and the server took one copy for each person."""
    found = standing.interrupted(standing.redis.flush)
    copies = standing.server.copies()

    assert (found.accepted, found.audience) == (PEOPLE, PEOPLE)
    assert len(copies) == PEOPLE
    assert set(copies.values()) == {1}


def test_a_redis_killed_in_the_middle_of_a_mailing(standing: Standing) -> None:
    """Away for seconds: the mailing is completed without a second copy; a sign-up is answered as ever and kept."""
    before = sign_up(standing.base, "city", "early@example.org", "Amina")
    answers: list[Answer] = []

    def away() -> None:
        standing.redis.kill()
        back = time.monotonic() + AWAY
        answers.append(sign_up(standing.base, "city", "meanwhile@example.org", "Amina"))
        assert not standing.redis.answers()
        time.sleep(max(0.0, back - time.monotonic()))
        standing.redis.start()

    wait_until(lambda: standing.confirmation_arrived("early@example.org"))
    found = standing.interrupted(away)
    wait_until(lambda: standing.confirmation_arrived("meanwhile@example.org"))
    copies = standing.server.copies()

    assert (answers[0].status, words(answers[0])) == (before.status, words(before))
    assert copies.pop("meanwhile@example.org") == 1
    assert (found.accepted, found.audience) == (PEOPLE, PEOPLE)
    assert len(copies) == PEOPLE
    assert set(copies.values()) == {1}
