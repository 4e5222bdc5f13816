"""No address and no personal token reaches a log. Each test is a process of its own, as the product's are."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mobilize.core.tokens import mint
from mobilize.delivery.purposes import UNSUBSCRIBE

PREAMBLE = """
import logging, sys, structlog
from mobilize.core import feature, logs
from mobilize.features import FEATURES
feature.use(FEATURES)
logs.configure()
value, ours, theirs = sys.argv[1], structlog.get_logger("ours"), logging.getLogger("theirs")
"""


def logged(script: str, value: str) -> str:
    """What a process writes to standard error."""
    done = subprocess.run([sys.executable, "-c", PREAMBLE + script, value], capture_output=True, text=True, check=True)
    return done.stderr


EVERYWHERE = """
ours.info("mail.refused", to=value, all=[value], text=f"<{value}>")
theirs.warning("550 no such user %s", value)
try:
    raise ValueError(f"bad address {value}")
except ValueError as error:
    ours.error("http.fault", exc_info=error)
    theirs.exception("failed")
"""


@pytest.mark.parametrize(
    "address", ["amina@example.org", "a.b+c@sub.example.org", "é@bücher.example", "o'hara@example.org"]
)
def test_an_address_is_scrubbed_wherever_it_stands(address):
    """In an event, a value, a list, a library's own line, and a traceback."""
    written = logged(EVERYWHERE, address)
    assert written.count("\n") == 4
    assert written.count("ValueError") == 2
    assert address.partition("@")[2] not in written


def test_a_line_that_cannot_be_written_shows_nothing():
    """The standard library would print the line's raw arguments."""
    assert "amina" not in logged('theirs.warning("no place for it", value)', "amina@example.org")


@pytest.mark.parametrize("path", ["/c/", "/p/", "/u/", "/l/", "/studio/invitation/", "/studio/reset/"])
def test_a_personal_link_is_scrubbed(keyring, path):
    """A token in a log would let its reader act for the person."""
    token = mint(UNSUBSCRIBE, 12345, 678)
    written = logged('ours.info("http.request", path=value)', f"{path}{token}")
    assert token not in written
    assert f"{path}[token]" in written
