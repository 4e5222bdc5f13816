"""An organisation's own mail server hangs: everybody else's mail goes on, also what is written meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import select

from mobilize.core import db
from mobilize.core.db import session
from mobilize.core.permissions import OrganisationRef
from mobilize.core.settings import Settings
from mobilize.delivery.models import Message, Stream
from mobilize.delivery.outgoing.trial import send_trial
from mobilize.delivery.sending import servers
from mobilize.delivery.sending.worker import Worker
from mobilize.organisations.models import Organisation
from mobilize.organisations.signing_keys import make_dkim_key
from tests.factories import make_organisation
from tests.smtp_server import SILENCE, SmtpServer, running

HANGS = 15.0
"""Seconds after which something that should go on counts as held up; the silence lasts longer."""


@contextmanager
def draining(worker: Worker, enough: Callable[[], bool]) -> Iterator[None]:
    """A drain that goes on beside the block, with no deadline, until there was enough."""
    options = {"deadline": time.monotonic() + 1000, "stop": enough}
    thread = threading.Thread(target=worker.drain, args=(Stream.TRANSACTIONAL,), kwargs=options, daemon=True)
    thread.start()
    yield
    thread.join(HANGS)
    assert not thread.is_alive(), "the drain waits for the server that hangs"


def until(happened: Callable[[], bool]) -> None:
    limit = time.monotonic() + HANGS
    while not happened():
        assert time.monotonic() < limit
        time.sleep(0.01)


def house(slug: str, own: SmtpServer | None = None) -> Organisation:
    with db.writing():
        made = make_organisation(slug=slug)
        make_dkim_key(made.id, f"{slug}.example.org")
        if own is not None:
            servers.use_server(made, servers.ServerFacts("127.0.0.1", own.port, "none"), private_allowed=True)
    return made


def write(one: Organisation) -> None:
    with db.writing():
        send_trial(OrganisationRef(one.id, one.uid, one.slug, one.slug), "me@example.net", "en")


def states_of(one: Organisation) -> list[str]:
    with db.reading():
        found = session.scalars(select(Message.state).where(Message.organisation_id == one.id))
        return [state.value for state in found]


@pytest.mark.parametrize("verb", ["GREETING", "RCPT", "DOT"])
def test_a_server_that_hangs_holds_up_nobody_else(installation: Settings, verb: str) -> None:
    """It accepts the connection and goes silent: in the same drain others' mail leaves, also what came later."""
    with running(SmtpServer()) as well, running(SmtpServer()) as common:
        allowing = replace(installation, smtp_url=f"{common.url}?starttls=off", private_mail_servers=True)
        with closing(Worker.of(allowing)) as worker, running(SmtpServer()) as hanging:
            hanging.will(verb, *[SILENCE] * 10)
            stuck, neighbour, other = house("stuck", hanging), house("neighbour", well), house("other")
            for one in (stuck, neighbour, other):
                write(one)
            with draining(worker, enough=lambda: len(common.messages) == len(well.messages) == 2):
                until(lambda: len(common.messages) == len(well.messages) == 1 and hanging.connections > 0)
                for one in (neighbour, other):
                    write(one)
            until(lambda: states_of(other) == states_of(neighbour) == ["finished", "finished"])
            assert states_of(stuck) == ["sending"]
