"""Every benchmark runs, small; what it prints is for people."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.bench import (
    bench_cancel,
    bench_far,
    bench_first,
    bench_import,
    bench_million,
    bench_render,
    bench_segments,
    bench_send,
    bench_sign,
    bench_signed,
    bench_start,
    bench_urgent,
    servers,
)

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path(servers.SINK).exists(), reason="smtp-sink (postfix) is not installed"),
]


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        pytest.param(lambda: bench_render.main(3), 6, id="render"),
        pytest.param(lambda: bench_sign.main(3), 5, id="sign"),
        pytest.param(lambda: bench_send.main(40, "sqlite"), 3, id="send"),
        pytest.param(lambda: bench_signed.main(40), 2, id="signed"),
        pytest.param(lambda: bench_far.main(40), 2, id="far"),
        pytest.param(lambda: bench_first.main(40, rounds=1), 1, id="first"),
        pytest.param(lambda: bench_import.main(60, small=20), 3, id="import"),
        pytest.param(lambda: bench_million.main(60, "sqlite", seconds=3.0), 3, id="million"),
        pytest.param(lambda: bench_segments.main(60, "sqlite"), 8, id="segments"),
        pytest.param(lambda: bench_start.main(1), 2, id="start"),
        pytest.param(lambda: bench_urgent.main(4_000, round_trip=0.05), 2, id="urgent"),
        pytest.param(lambda: bench_cancel.main(4_000, bench_cancel.Seats(40, 5, 3), round_trip=0.05), 3, id="cancel"),
    ],
)
def test_a_bench_runs(lines: object, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends every message that it speaks of (the benches assert that) and prints its lines."""
    assert callable(lines)
    for bench in (bench_send, bench_import):
        monkeypatch.setattr(bench, "ROUNDS", 1)
    found: Iterable[str] = lines()
    assert len(list(found)) == count


@pytest.mark.parametrize("name", ["bench_render", "bench_sign"])
def test_a_bench_without_an_installation_runs_in_a_process_of_its_own(name: str) -> None:
    """As people start it: no fixture has chosen the features there."""
    done = subprocess.run([sys.executable, "-m", f"tests.bench.{name}", "3"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
