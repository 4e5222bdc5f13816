"""The whole service with its demonstration, in a temporary folder, as ``mobilize up`` runs it."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from mobilize.core import clock
from mobilize.core.settings import Settings, load
from mobilize.demo import content
from tests.browser.chromium import Visitor
from tests.browser.mailbox import until
from tests.browser.pages import ORGANISATION
from tests.browser.staging import account, stage_mails

READY_WITHIN = 300.0


@dataclass(frozen=True)
class Demonstration:
    """A running demonstration, where it answers, and the file with everything that it printed."""

    base: str
    settings: Settings
    log: Path

    def printed_password(self, address: str) -> str:
        """The password that was printed beside an address when the service was ready."""
        return until(lambda: self._beside(address), f"the password of {address}")

    def sign_in(self, reader: Visitor, organisation: str) -> None:
        """Log a visitor in as the owner of an organisation, through the form; nothing if they are already."""
        if reader.context.cookies(self.base):
            return
        owner = account(self.settings, organisation)
        tab = reader.open("/studio/login")
        tab.locator("[name=email]").fill(owner.address)
        tab.locator("[name=password]").fill(owner.password)
        tab.locator("main form button").click()
        tab.wait_for_url(lambda url: not url.split("?")[0].endswith("/login"))
        tab.close()

    def _beside(self, address: str) -> str:
        lines = (line.split() for line in self.log.read_text().splitlines())
        return next((words[1] for words in lines if len(words) == 2 and words[0] == address), "")


@contextmanager
def demonstration() -> Iterator[Demonstration]:
    """A demonstration of its own, ready and with a mail of every kind; it ends with the block.

    Raises:
        RuntimeError: it was not ready in time.
    """
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile("wb") as log:
        environ = {
            "MOBILIZE_DATA_DIR": folder,
            "MOBILIZE_BIND": f"127.0.0.1:{_free_port()}",
            "MOBILIZE_INBOX_SMTP_PORT": str(_free_port()),
        }
        settings = load(environ)
        _command(environ, "demo")
        with tempfile.TemporaryDirectory() as papers:
            _stage(environ, Path(papers))
        process = subprocess.Popen(_line("up"), env={**os.environ, **environ}, stdout=log, stderr=subprocess.STDOUT)
        place = Demonstration(settings.base_url, settings, Path(log.name))
        try:
            _wait_for(place, "/readyz", b"")
            _wait_for(place, "/inbox/messages.json", b'"id"')
            stage_mails(place.base, settings, ORGANISATION)
            until(lambda: _left_in_doubt(settings), "a mailing that was sent")
            yield place
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _left_in_doubt(settings: Settings) -> int:
    """Make two copies of the oldest mailing unclear, as a dead worker does; how many: none before it is sent."""
    path = settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
        return connection.execute(
            """
            UPDATE deliveries SET state = 'unknown', reason = 'worker-lost' WHERE id IN (
                SELECT deliveries.id FROM deliveries JOIN mailings ON mailings.message_id = deliveries.message_id
                JOIN organisations ON organisations.id = mailings.organisation_id
                JOIN messages ON messages.id = mailings.message_id
                WHERE organisations.slug = ? AND deliveries.state = 'accepted' AND messages.state = 'finished'
                ORDER BY mailings.id, deliveries.id LIMIT 2)
            """,
            (ORGANISATION,),
        ).rowcount


def _stage(environ: dict[str, str], folder: Path) -> None:
    """Beside the demonstration: a draft, a mailing that leaves the day after tomorrow, and addresses held back.

    ``folder`` takes the files that the commands read; it is none of the service's.
    """
    held = folder / "held-back.csv"
    held.write_text(
        "email,reason\ngone@example.org,hard-bounce\njunk@example.org,complaint\nasked@example.org,manual\n"
    )
    _command(environ, "suppressions", "import", str(held), "--org", ORGANISATION)
    pictures = {
        name: _command(environ, "media", "add", str(content.FOLDER / "pictures" / name), "--org", ORGANISATION).strip()
        for name in content.pictures(ORGANISATION)
    }
    newsletter = content.newsletter(ORGANISATION, pictures, lambda path: f"https://example.org{path}")
    for name, days in (("Fortnight: the programme", 2), ("Call for projects: last days", None)):
        file = folder / "newsletter.json"
        file.write_text(json.dumps({**newsletter, "name": name}))
        arguments = ("--org", ORGANISATION, "--list", "newsletter", "--content", str(file))
        uid = _command(environ, "mailing", "create", *arguments).strip()
        if days:
            at = clock.now().replace(hour=8, minute=30, second=0) + timedelta(days=days)
            _command(environ, "mailing", "send", uid, "--at", at.isoformat())


def _command(environ: dict[str, str], *arguments: str) -> str:
    """What a ``mobilize`` command prints."""
    run = subprocess.run(
        _line(*arguments), env={**os.environ, **environ}, check=True, stdout=subprocess.PIPE, text=True
    )
    return run.stdout


def _line(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from mobilize.cli import main; main()", *arguments]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(place: Demonstration, path: str, words: bytes) -> None:
    """Ask until the answer holds ``words``."""
    last = time.monotonic() + READY_WITHIN
    while time.monotonic() < last:
        try:
            with urllib.request.urlopen(place.base + path, timeout=5) as answer:
                if words in answer.read():
                    return
        except OSError:
            pass
        time.sleep(0.5)
    raise RuntimeError(f"{path} was not ready after {READY_WITHIN:.0f} s:\n{place.log.read_text()[-4000:]}")
