"""A rehearsal moves the clock of all processes of a throw-away installation, and of nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mobilize.core import clock
from mobilize.core.errors import ConfigurationError, MobilizeError
from mobilize.core.rehearsal import Rehearsal, thrown_away
from mobilize.core.settings import load

ROOT = Path(__file__).resolve().parent.parent.parent


def in_a_process(rehearsal: Rehearsal, step: str):
    command = [sys.executable, "-m", "tests.core.rehearsed", step]
    done = subprocess.run(command, env=dict(rehearsal.environ), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_scheduled_mailing_leaves_at_its_moved_time():
    """Processes of their own see the moved clock: before it the tick launches nothing, after it the mail leaves.

    While it leaves, the clock goes on by a day: the worker's lease, which counts real seconds, neither ends nor grows.
    (Three processes are started, each of which imports the service: that takes longer than other tests.)
    """
    with thrown_away() as rehearsal:
        began = datetime.fromisoformat(in_a_process(rehearsal, "prepare"))
        assert in_a_process(rehearsal, "passes")[1] == 0
        rehearsal.move_to(began + timedelta(days=31))
        seen, left, lease_until, taken_away = in_a_process(rehearsal, "passes")
        assert datetime.fromisoformat(seen) >= began + timedelta(days=31)
        assert (left, taken_away) == (1, 0)
        assert datetime.fromisoformat(lease_until) < datetime.now(UTC) + timedelta(hours=1)
    assert not rehearsal.offset_file.parent.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MOBILIZE_SMTP_URL", "smtp://mail.example.org:25"),
        ("MOBILIZE_DATABASE_URL", "postgresql://localhost/real"),
        ("MOBILIZE_REDIS_URL", "redis://localhost:6379"),
        ("MOBILIZE_DATA_DIR", "/somewhere/else"),
    ],
)
def test_no_other_part_is_used_in_a_rehearsal(name, value):
    """No mail server, database, Redis or folder but its own: what a moved clock does stays there."""
    with thrown_away() as rehearsal, pytest.raises(ConfigurationError, match="MOBILIZE_REHEARSAL"):
        load({**rehearsal.environ, name: value})


def test_nothing_of_a_configured_installation_reaches_it(monkeypatch: pytest.MonkeyPatch):
    """Its environment holds none of the settings of whoever starts it."""
    monkeypatch.setenv("MOBILIZE_SMTP_URL", "smtp://mail.example.org:25")
    with thrown_away() as rehearsal:
        assert rehearsal.settings.smtp_url is None
        assert rehearsal.settings.inbox_enabled


def test_its_clock_only_goes_forward():
    """A clock that goes back would find its own past in its future."""
    with thrown_away() as rehearsal:
        rehearsal.move_to(rehearsal.now() + timedelta(days=1))
        with pytest.raises(MobilizeError, match="forward"):
            rehearsal.move_to(datetime.now(UTC))


def test_without_a_rehearsal_the_clock_is_the_machines():
    """No installation has the setting unless it is given it."""
    assert load({}).rehearsal is None
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(hours=1)
