"""The end-to-end benchmark runs; what it prints is for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import bench_send, sending


@pytest.mark.skipif(not Path(sending.SINK).exists(), reason="smtp-sink (postfix) is not installed")
def test_send_bench_runs() -> None:
    """A tiny run sends every message and prints one line."""
    (line,) = bench_send.main(40, 1)
    assert "n=40" in line
