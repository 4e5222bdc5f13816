"""The bench of service mail to many runs, small; it needs no mail server."""

from __future__ import annotations

from tests.bench import bench_many


def test_it_writes_for_everybody_and_claims_the_first() -> None:
    """It prints one line for its database."""
    (line,) = bench_many.main(40, "sqlite")
    assert "n=40" in line
