"""Time an action many times and print it beside a limit measured in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Sorted durations of one action, in microseconds."""

    name: str
    durations: list[float]

    @property
    def p50(self) -> float:
        return self.durations[len(self.durations) // 2]

    @property
    def p95(self) -> float:
        return self.durations[int(len(self.durations) * 0.95)]


def timed(name: str, action: Callable[[], object], n: int) -> Timing:
    """Run an action n times, after a tenth as many to warm up."""
    for _number in range(n // 10):
        action()
    return Timing(name, sorted(_duration(action) for _number in range(n)))


def report(timing: Timing, limit: Timing) -> str:
    """One line: name, n, unit, p50, p95, and how near it comes to the limit (1.00 is the limit itself)."""
    ratio = limit.p50 / timing.p50
    return (
        f"{timing.name:<28} n={len(timing.durations):<6} us  p50={timing.p50:9.1f}  p95={timing.p95:9.1f}  "
        f"{ratio:.2f} of {limit.name} ({limit.p50:.1f})"
    )


def _duration(action: Callable[[], object]) -> float:
    start = time.perf_counter_ns()
    action()
    return (time.perf_counter_ns() - start) / 1000
