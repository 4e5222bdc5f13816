"""Workers, Redis and PostgreSQL killed again and again while one mailing leaves; `make crash` does more of it."""

from __future__ import annotations

import pytest

from mobilize.core import db
from mobilize.core.settings import Settings
from tests.crash.judgement import tried
from tests.crash.ordeal import SMALL

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]


def test_everything_is_killed_and_nobody_is_left_out(installation: Settings) -> None:
    """One copy each or listed as unknown; two only to those sent again on purpose; all four witnesses agree."""
    figures = tried(installation.data_dir / "ordeal", SMALL, postgresql=not db.is_sqlite())

    assert len(figures.kills) == SMALL.workers
