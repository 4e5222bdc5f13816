"""What the processes of a rehearsal do, each a Python of its own: ``python -m tests.core.rehearsed <step>``."""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from mobilize import bootstrap, tick
from mobilize.audiences.audience import Audience
from mobilize.core import clock, db, feature, startup
from mobilize.core.db import session
from mobilize.core.rehearsal import Rehearsal
from mobilize.core.settings import load
from mobilize.delivery.models import Claim
from mobilize.delivery.sending.upkeep import reap_expired_leases
from mobilize.features import FEATURES
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.queries import mailing_anywhere
from tests.crowd import make_list, make_people
from tests.delivery.engine_world import FakeTransport, drain
from tests.factories import make_organisation

LATER = timedelta(days=30)
_settings = load(os.environ)


def prepare() -> object:
    """An organisation with a reader, and a mailing to them in thirty days."""
    bootstrap.prepare(_settings)
    content = {"name": "N", "languages": {"en": {"subject": "N", "blocks": [{"type": "text", "markdown": "Hello"}]}}}
    with db.writing():
        city = make_organisation()
        newsletter = make_list(city)
        make_people(city, 1, [newsletter])
        uid = service.create_mailing(Audience.of(city.id, [newsletter.id]), parse_content_file(json.dumps(content))).uid
    with db.writing():
        service.send_mailing(mailing_anywhere(uid), at=clock.now() + LATER)
    return clock.now().isoformat()


class MovingTransport(FakeTransport):
    """While a mail is on its way, the clock goes on by a day and a pass of it looks for leases that have ended."""

    leases: tuple[object, ...] = ()

    def send(self, messages, permit, meanwhile):  # type: ignore[no-untyped-def]
        def permitted(keys):  # type: ignore[no-untyped-def]
            self._move()
            return permit(keys)

        yield from super().send(messages, permitted, meanwhile)

    def _move(self) -> None:
        rehearsal = Rehearsal(os.environ, Path(os.environ["MOBILIZE_REHEARSAL"]))
        rehearsal.move_to(rehearsal.now() + timedelta(days=1))
        with db.writing():
            (until,) = session.scalars(select(Claim.lease_until))
            self.leases = (until.isoformat(), reap_expired_leases(clock.now()))


def passes() -> object:
    """A pass of the clock and a drain by a worker: the process's time, how many mails left, and what became of leases.

    Of these, when the lease of the one claim ends, and how many rows were taken away while they were sent.
    """
    transport = MovingTransport()
    now = clock.now()
    assert tick.run(now, _settings)
    drain(transport)
    return [now.isoformat(), len(transport.sent), *transport.leases]


if __name__ == "__main__":
    feature.use(FEATURES)
    step = globals()[sys.argv[1]]
    if sys.argv[1] != "prepare":
        startup.connect(_settings)
    else:
        clock.rehearse(_settings.rehearsal)
        feature.load_models(FEATURES)
    print(json.dumps(step()))
