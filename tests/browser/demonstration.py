"""The whole service with its demonstration, in a temporary folder, as ``mobilize up`` runs it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mobilize.core.permissions import Role
from mobilize.core.settings import Settings, load
from mobilize.demo.accounts import known_accounts
from tests.browser.chromium import Visitor

READY_WITHIN = 120.0


@dataclass(frozen=True)
class Demonstration:
    """A running demonstration and where it answers."""

    base: str
    settings: Settings

    def sign_in(self, reader: Visitor, organisation: str) -> None:
        """Log a visitor in as the owner of an organisation, through the form; nothing if they are already."""
        if reader.context.cookies(self.base):
            return
        accounts = known_accounts(self.settings)
        account = next(one for one in accounts if one.organisation == organisation and one.role is Role.OWNER)
        tab = reader.open("/studio/login")
        tab.locator("[name=email]").fill(account.address)
        tab.locator("[name=password]").fill(account.password)
        tab.locator("main form button").click()
        tab.wait_for_url("**/studio/**")
        tab.close()


@contextmanager
def demonstration() -> Iterator[Demonstration]:
    """A demonstration of its own, ready; it ends with the block. Its log goes to standard error.

    Raises:
        RuntimeError: it was not ready in time.
    """
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "MOBILIZE_DATA_DIR": folder,
            "MOBILIZE_BIND": f"127.0.0.1:{_free_port()}",
            "MOBILIZE_INBOX_SMTP_PORT": str(_free_port()),
        }
        settings = load(environ)
        _command("demo", environ)
        process = subprocess.Popen(_line("up"), env={**os.environ, **environ}, stdout=sys.stderr)
        try:
            _wait_until_ready(settings.base_url)
            yield Demonstration(settings.base_url, settings)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _command(name: str, environ: dict[str, str]) -> None:
    subprocess.run(_line(name), env={**os.environ, **environ}, check=True, stdout=subprocess.DEVNULL)


def _line(name: str) -> list[str]:
    return [sys.executable, "-c", "from mobilize.cli import main; main()", name]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_ready(base: str) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"the demonstration was not ready after {READY_WITHIN:.0f} s")
