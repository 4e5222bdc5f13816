"""An installation full of readers, and mailings to them, made as the product makes them."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mobilize import bootstrap
from mobilize.audiences.audience import Audience
from mobilize.core import clock, crypto, db, feature, startup
from mobilize.core.settings import Settings, load
from mobilize.delivery.models import Stream
from mobilize.delivery.sending import upkeep
from mobilize.delivery.sending.worker import Worker
from mobilize.delivery.smtp.transport import Accepted, Outgoing
from mobilize.features import FEATURES
from mobilize.mailings import service
from mobilize.mailings.forms import parse_content_file
from mobilize.mailings.launch import launch_due
from mobilize.mailings.progress import Progress, progress_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.organisations.signing_keys import make_dkim_key
from tests.bench import servers
from tests.crowd import make_list, make_people
from tests.factories import make_organisation

PAGE = 10_000
_TEXT = (
    "Dear {{first_name|friend}}, "
    + "the [programme](https://example.org/programme) takes shape in every district. " * 3
)
_BLOCKS = [{"type": "heading", "text": "A fortnight"}, *[{"type": "text", "markdown": _TEXT}] * 8]
_LANGUAGES = {"en": {"subject": "A fortnight", "preheader": "", "blocks": _BLOCKS}}


@dataclass(frozen=True)
class House:
    """One organisation with a list; its readers are ``person<n>@reader<n mod 7>.example.org``."""

    organisation_id: int
    list_id: int
    domain: str

    def sign(self) -> None:
        """Sign its mail from now on, with RSA-2048."""
        with db.writing():
            make_dkim_key(self.organisation_id, self.domain)

    def schedule(self, *, urgent: bool = False) -> str:
        """A mailing of about 20 KB to all of them, due now; its uid."""
        sender = {"name": "Example", "address": f"news@{self.domain}"}
        text = parse_content_file(json.dumps({"name": "Fortnight", "sender": sender, "languages": _LANGUAGES}))
        with db.writing():
            uid = service.create_mailing(Audience.of(self.organisation_id, [self.list_id]), text, is_urgent=urgent).uid
        with db.writing():
            service.send_mailing(mailing_anywhere(uid))
        return uid

    def launch(self) -> str:
        """The same, and every reader in the ledger."""
        uid = self.schedule()
        launch_due()
        return uid


@contextmanager
def installed(database_url: str | None = None) -> Iterator[Settings]:
    """A fresh installation with a Redis of its own; which server it hands its mail to is for the workers."""
    folder = Path(tempfile.mkdtemp())
    with servers.redis() as redis_url:
        environ = {"MOBILIZE_DATA_DIR": str(folder), "MOBILIZE_REDIS_URL": redis_url}
        if database_url:
            environ["MOBILIZE_DATABASE_URL"] = database_url
        settings = load(environ)
        try:
            feature.use(FEATURES)
            bootstrap.prepare(settings)
            startup.connect(settings)
            yield settings
        finally:
            db.disconnect()
            crypto.use(None)
            shutil.rmtree(folder)


def make_house(readers: int) -> House:
    """An organisation with so many readers on its list."""
    with db.writing():
        organisation = make_organisation()
        newsletter = make_list(organisation)
        house = House(organisation.id, newsletter.id, f"{organisation.slug}.example.org")
    for first in range(0, readers, PAGE):
        with db.writing():
            make_people(organisation, min(PAGE, readers - first), [newsletter])
    return house


def finished(uid: str) -> Progress:
    """What the mailing's page shows after a pass of the clock.

    Raises:
        AssertionError: not every reader's copy was accepted.
    """
    upkeep.finish(clock.now())
    with db.reading():
        progress = progress_of(mailing_anywhere(uid))
    assert progress.state.value == "finished", progress
    assert progress.accepted == progress.audience, progress
    return progress


def one_message() -> Outgoing:
    """A mail as a reader gets it: the canned message that everything is compared with."""
    found: list[Outgoing] = []

    class Taking:
        def send(self, messages, permit, meanwhile):  # type: ignore[no-untyped-def]
            for outgoing in messages:
                permit([outgoing.key])
                found.append(outgoing)
                yield Accepted(outgoing.key)

        def close(self) -> None:
            """Nothing is open."""

    Worker(Taking(), "bench").drain(Stream.BULK, deadline=time.monotonic() + 60, stop=lambda: bool(found))
    return found[0]
