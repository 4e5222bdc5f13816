"""A throw-away installation that really runs, and the clock that a rehearsal moves.

thrown_away() -> mobilize demo --org … -> mobilize up (web, workers, beat, Redis, inbox) -> ready
move_to(moment) -> passes of the clock, mail leaves -> settled -> what the inbox received since
However the block ends, the processes end first, by their ids, and then the folder goes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import URLError

from sqlalchemy import func, or_, select

from mobilize.core import clock, crypto, db, doorbell, feature, heartbeat, keys
from mobilize.core.db import session
from mobilize.core.errors import MobilizeError
from mobilize.core.rehearsal import Rehearsal, thrown_away
from mobilize.core.settings import Settings
from mobilize.delivery.models import Delivery, DeliveryState, Message, MessageState
from mobilize.demo.accounts import known_accounts
from mobilize.demo.received import Mail, mails_since
from mobilize.demo.visiting import Visitor
from mobilize.server.running import die_with

LONGEST = 100.0
"""Seconds of the machine's time that a rehearsal may take, from its first process to its last mail, unless told."""
ENDS_WITHIN = 60.0
_LOOK_EVERY = 0.2
_ON_THE_WAY = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.ATTEMPTING)


class Stage:
    """A running rehearsal: what a scenario's steps hold."""

    def __init__(self, rehearsal: Rehearsal, org: str, deadline: float) -> None:
        self.settings: Settings = rehearsal.settings
        self.org = org
        self._rehearsal = rehearsal
        self._deadline = deadline
        self._seen = ""
        self._has_moved = False

    def now(self) -> datetime:
        """The moment it is for all of its processes."""
        return self._rehearsal.now()

    def move_to(self, moment: datetime) -> None:
        """Make it this moment (aware)."""
        self._rehearsal.move_to(moment)
        self._has_moved = True

    def visitor(self) -> Visitor:
        """Somebody who opens public pages."""
        return Visitor(self.settings.base_url)

    def colleague(self, role: str = "owner") -> Visitor:
        """Somebody signed in to the studio; a login ends when the clock moves on for half a day."""
        account = next(
            one for one in known_accounts(self.settings) if one.organisation == self.org and one.role.value == role
        )
        who = self.visitor()
        who.press(who.open("/studio/login"), "password", email=account.address, password=account.password)
        return who

    def received(self) -> list[Mail]:
        """What the inbox got since the last look, the earliest first, once everything that is due has left."""
        self._settle()
        with db.reading():
            found = mails_since(self.settings, self._seen)
        self._seen = found[-1].id if found else self._seen
        return found

    def _settle(self) -> None:
        """No mail waits; after a move of the clock, two passes of it have begun (the second after the first ended)."""
        for _pass in range(2 if self._has_moved else 0):
            began = self.now() + timedelta(milliseconds=1)
            self._wait(lambda began=began: _has_ticked(began), "a pass of the clock")  # type: ignore[misc]
        self._has_moved = False
        self._wait(lambda: not _on_the_way(self.now()), "mail that is due")

    def _wait(self, met: Callable[[], bool], what: str) -> None:
        while not met():
            if time.monotonic() > self._deadline:
                raise MobilizeError(f"the rehearsal took too long: it waited for {what}")
            time.sleep(_LOOK_EVERY)


@contextmanager
def on_stage(org: str, begins: datetime, *, database_url: str = "", within: float = LONGEST) -> Iterator[Stage]:
    """An organisation of the demonstration in an installation of its own, which runs within the block.

    Raises:
        MobilizeError: it did not start, or it took too long.
    """
    deadline = time.monotonic() + within
    with thrown_away(begins, database_url) as rehearsal:
        log = rehearsal.settings.data_dir / "output.log"
        _prepare(rehearsal, org, log, deadline)
        with _running(rehearsal, log, deadline), _looked_into(rehearsal.settings):
            yield Stage(rehearsal, org, deadline)


def _prepare(rehearsal: Rehearsal, org: str, log: Path, deadline: float) -> None:
    with log.open("ab") as output:
        command = [sys.executable, "-m", "mobilize", "demo", "--org", org]
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            env=dict(rehearsal.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
            timeout=max(1.0, deadline - time.monotonic()),
            start_new_session=True,
            check=False,
        )
    if done.returncode:
        raise MobilizeError(f"the rehearsal's organisation was not made: {_last_words(log)}")


@contextmanager
def _running(rehearsal: Rehearsal, log: Path, deadline: float) -> Iterator[None]:
    """``mobilize up``, in a session of its own: a Ctrl-C of the terminal reaches us only, and we end it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mobilize", "up"],
            env=dict(rehearsal.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with(os.getpid()),
        )
    try:
        _wait_until_ready(rehearsal.settings, process, log, deadline)
        yield
    finally:
        _end(process)


def _wait_until_ready(settings: Settings, process: subprocess.Popen[bytes], log: Path, deadline: float) -> None:
    while not _is_ready(settings):
        if process.poll() is not None or time.monotonic() > deadline:
            raise MobilizeError(f"the rehearsal did not start: {_last_words(log)}")
        time.sleep(_LOOK_EVERY)


def _is_ready(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"{settings.base_url}/readyz", timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end; killed, it takes its children along: each asked the kernel to be told when it is gone."""
    process.terminate()
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _looked_into(settings: Settings) -> Iterator[None]:
    """This process reads the rehearsal's ledger and rings its bell; afterwards it is as it was."""
    crypto.use(keys.load(settings))  # titles of appeals are sealed
    feature.load_models(feature.used())
    db.connect(settings.database_url)
    doorbell.connect(settings)
    clock.rehearse(settings.rehearsal)
    try:
        yield
    finally:
        clock.rehearse(None)
        db.disconnect()
        crypto.use(None)


def _has_ticked(since: datetime) -> bool:
    doorbell.ring(doorbell.TICK, queue="background")
    with db.reading():
        last = heartbeat.last_tick()
    return last is not None and last >= since


def _on_the_way(now: datetime) -> int:
    """Rows that a worker has, or may take now."""
    due = or_(Delivery.state.in_(_ON_THE_WAY), (Delivery.state == DeliveryState.DEFERRED) & (Delivery.next_at <= now))
    wanted = select(func.count()).select_from(Delivery).join(Message, Message.id == Delivery.message_id)
    with db.reading():
        return session.scalar(wanted.where(due, Message.state == MessageState.SENDING)) or 0


def _last_words(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()
