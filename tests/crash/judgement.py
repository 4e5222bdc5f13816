"""What four witnesses say about a mailing: the server's record, the ledger, the command, and the page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from mobilize.app import create_app
from mobilize.core import db
from mobilize.core.db import session
from mobilize.delivery.models import Delivery, DeliveryState, Recipient
from mobilize.delivery.queries import GROUPS
from mobilize.delivery.recipients import contact_of
from mobilize.mailings.queries import mailing_anywhere
from mobilize.mailings.unclear import PAGE
from tests.crash.crew import environment_of
from tests.crash.ordeal import BULK_WORKERS, Kill, Ordeal, Size, installed
from tests.crash.workers import IN_DOUBT
from tests.mailings.conftest import Campaigner
from tests.staff import COOKIE, sign_in

_LEGEND = re.compile(r'class="swatch group-(\w+)".*?<dd>([\d,]+)</dd>')

Counts = tuple[Counter[str], int]
"""How many are in which group, and in all."""


@dataclass
class Witnesses:
    """All who can say what became of an ordeal's mailing, once it has ended."""

    ordeal: Ordeal
    campaigner: Campaigner

    @property
    def page(self) -> str:
        return f"/studio/{self.ordeal.slug}/mailings/{self.ordeal.uid}/send"

    @property
    def unclear_page(self) -> str:
        return f"/studio/{self.ordeal.slug}/mailings/{self.ordeal.uid}/unclear"

    def ledger(self) -> dict[str, str]:
        """The state of every row, by address."""
        with db.reading():
            message_id = mailing_anywhere(self.ordeal.uid).message_id
            rows = select(Recipient, Delivery.state).join(Delivery, Delivery.recipient_id == Recipient.id)
            found = session.execute(rows.where(Delivery.message_id == message_id))
            return {contact_of(person).email: state.value for person, state in found}

    def reasons(self) -> Counter[str]:
        """Why rows are in doubt."""
        with db.reading():
            rows = select(Delivery.reason).where(Delivery.state == DeliveryState.UNKNOWN)
            return Counter(session.scalars(rows))

    def command(self) -> Counts:
        """`mobilize mailing status --json`, in a process of its own."""
        words = (str(Path(sys.executable).parent / "mobilize"), "mailing", "status", self.ordeal.uid, "--json")
        said = json.loads(subprocess.check_output(words, env=environment_of(self.ordeal.crew.environ)))
        assert said["state"] == "finished"
        return Counter({name: said[name] for name in GROUPS}), said["audience"]

    def shown(self) -> Counts:
        """The progress page as a campaigner reads it; the page of unclear copies lists as many as it counts."""
        page = self.campaigner.get(self.page)
        groups = Counter({name: _number(count) for name, count in _LEGEND.findall(page)})
        listed = self.campaigner.get(self.unclear_page).partition("Whose copy is unclear</h2>")[2].count("<bdi>")
        assert listed == min(groups["unknown"], PAGE)
        return groups, sum(groups.values())

    def agree(self, people: int) -> dict[str, str]:
        """The ledger, after command and page have said the same; everyone is in it once."""
        ledger = self.ledger()
        counts = (Counter(ledger.values()), people)
        assert self.command() == counts
        assert self.shown() == counts
        return ledger

    def send_again(self) -> None:
        """Press the button for the copies in doubt."""
        answer = self.campaigner.post(self.unclear_page, which="all")
        assert answer.status_code == 303, answer.text


@dataclass(frozen=True)
class Figures:
    """What a run came to. Of the ``unknown``, ``arrived`` had their copy before all were sent again on purpose."""

    people: int
    kills: list[Kill]
    unknown: int
    arrived: int
    seconds: float

    def lines(self) -> Iterator[str]:
        yield f"{self.people} people, {self.seconds:.0f} s; server's record, ledger, command and page agreed"
        yield f"in doubt after each kill of {BULK_WORKERS} workers: {[kill.in_doubt for kill in self.kills]}"
        yield f"{self.unknown} were sent again on purpose, which gave {self.arrived} of them a second copy; nobody else"


def tried(folder: Path, size: Size, *, postgresql: bool) -> Figures:
    """Put an installation through the ordeal, and judge it.

    Raises:
        AssertionError: a promise was broken.
    """
    began = time.monotonic()
    with installed(folder, size, postgresql=postgresql) as ordeal:
        ordeal.go_through(size)
        witnesses = Witnesses(ordeal, _campaigner(ordeal))
        in_doubt, arrived = _judge_first(ordeal, witnesses, size)
        witnesses.send_again()
        ordeal.wait_until_ended()
        _judge_second(ordeal, witnesses, size, in_doubt)
        return Figures(size.people, ordeal.kills, len(in_doubt), arrived, time.monotonic() - began)


def _judge_first(ordeal: Ordeal, witnesses: Witnesses, size: Size) -> tuple[set[str], int]:
    """Nobody is missing, nobody has two copies; the ones in doubt, and how many of them have one."""
    ledger, copies = witnesses.agree(size.people), ordeal.server.copies()
    in_doubt = {address for address, state in ledger.items() if state == "unknown"}
    accepted = {address for address, state in ledger.items() if state == "accepted"}
    assert len(accepted) + len(in_doubt) == len(ledger) == size.people
    assert set(copies.values()) == {1}
    assert accepted <= copies.keys() <= accepted | in_doubt
    assert all(kill.in_doubt <= kill.windows * BULK_WORKERS * IN_DOUBT for kill in ordeal.kills)
    assert in_doubt
    assert len(in_doubt) == sum(kill.in_doubt for kill in ordeal.kills), witnesses.reasons()
    return in_doubt, len(in_doubt & copies.keys())


def _judge_second(ordeal: Ordeal, witnesses: Witnesses, size: Size, in_doubt: set[str]) -> None:
    """After the doubtful ones were sent again: everyone has a copy, and two only those who were in doubt."""
    ledger, copies = witnesses.agree(size.people), ordeal.server.copies()
    assert set(ledger.values()) == {"accepted"}
    assert copies.keys() == ledger.keys()
    assert {address for address, count in copies.items() if count > 1} <= in_doubt
    assert max(copies.values()) <= 2


def _campaigner(ordeal: Ordeal) -> Campaigner:
    client = create_app(ordeal.settings).test_client()
    with db.writing():
        client.set_cookie(COOKIE, sign_in(ordeal.house))
    return Campaigner(client)


def _number(text: str) -> int:
    return int(text.replace(",", ""))
