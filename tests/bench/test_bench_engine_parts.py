"""The benchmarks of the engine's parts run; what they print is for people."""

from __future__ import annotations

from tests.bench import bench_render, bench_sign


def test_render_bench_runs() -> None:
    """A tiny run prints a line for each path."""
    assert len(bench_render.main(3)) == 6


def test_sign_bench_runs() -> None:
    """A tiny run prints a line for each path."""
    assert len(bench_sign.main(3)) == 5
