"""The dev inbox as a program reads it: mails as they came over the wire."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from mobilize.inbox import reading
from tests.browser.client import Client

FOUND_WITHIN = 180.0
FoundT = TypeVar("FoundT")


def until(ask: Callable[[], FoundT | None], what: str) -> FoundT:
    """Ask again and again until there is an answer that is not empty.

    Raises:
        TimeoutError: ``what`` never came.
    """
    last = time.monotonic() + FOUND_WITHIN
    while time.monotonic() < last:
        found = ask()
        if found:
            return found
        time.sleep(0.3)
    raise TimeoutError(f"{what} did not come within {FOUND_WITHIN:.0f} s")


@dataclass(frozen=True)
class Received:
    """One mail. ``to`` is the envelope's recipient."""

    id: str
    to: str
    subject: str
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @cached_property
    def parts(self) -> reading.Mail:
        return reading.take_apart(self.raw)

    @property
    def html(self) -> str:
        return self.parts.html or ""

    @property
    def text(self) -> str:
        return self.parts.text or ""

    def links(self, start: str = "/") -> list[str]:
        """The addresses in it whose path begins so."""
        return [link for link in self.parts.links if urlsplit(link).path.startswith(start)]

    @property
    def one_click(self) -> str:
        """The https (here: http) address of List-Unsubscribe (RFC 8058)."""
        found: str = self.message["List-Unsubscribe"]
        return found.split(">")[0].strip("< ")


class Mailbox:
    """All mail of an installation."""

    def __init__(self, base: str) -> None:
        self._client = Client(base)

    def entries(self, to: str = "") -> list[dict[str, Any]]:
        """Every mail to an address (or all), the newest first, without its content."""
        found: list[dict[str, Any]] = []
        before = ""
        while True:
            query = urlencode({"to": to, "before": before, "limit": 500})
            page = json.loads(self._client.get(f"/inbox/messages.json?{query}").body)
            found += page["messages"]
            before = page["older"]
            if not before:
                return found

    def all(self, to: str) -> list[Received]:
        """Every mail to an address, the newest first."""
        return [self._whole(entry) for entry in self.entries(to)]

    def newest(self, to: str, start: str, older: tuple[Received, ...] = ()) -> Received | None:
        """The newest mail to an address with a link whose path begins so, beyond those known already."""
        known = {mail.id for mail in older}
        return next((mail for mail in self.all(to) if mail.id not in known and mail.links(start)), None)

    def wait_for(self, to: str, start: str, older: tuple[Received, ...] = ()) -> Received:
        """The same, once it has come."""
        return until(lambda: self.newest(to, start, older), f"a mail to {to} with a link {start}…")

    def recipients(self, subject: str) -> list[str]:
        """Who got a mail with this subject, once for each copy."""
        return [entry["to"][0] for entry in self.entries() if entry["subject"] == subject]

    def _whole(self, entry: dict[str, Any]) -> Received:
        raw = self._client.get(entry["raw_url"]).body
        return Received(entry["id"], entry["to"][0], entry["subject"], raw)
