"""Answers that take the same time whatever was found: the clock tells nobody whether an address is known.

view -> ``answer_evenly`` before an address is looked up -> commit -> what is left of ``SECONDS`` is waited for
A known address is less work than a new one (7 of 28 ms for a registration). No transaction is open while it waits. On a
machine so busy that the work itself takes longer, only the limits protect.
"""

from __future__ import annotations

from time import perf_counter, sleep

from flask import g

SECONDS = 0.3


def answer_evenly() -> None:
    """Have the answer to this request leave ``SECONDS`` from now, not earlier."""
    g.answer_at = perf_counter() + SECONDS


def wait_evenly() -> None:
    """Wait for the moment that ``answer_evenly`` set, if it did."""
    left = g.pop("answer_at", 0.0) - perf_counter()
    if left > 0:
        sleep(left)
