"""How often races are run."""

from __future__ import annotations

import pytest


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """A thousand times on SQLite and a hundred on PostgreSQL: on one of them is enough to meet what is rare."""
    return 100 if request.config.getoption("--database") == "postgresql" else 1000
