"""How many connections are worth while: as many mails as we can make while one answer is on its way (Little's law).

A relay 50 ms away gets as many as are allowed; one on the same machine gets what keeps it busy while we make a window.
"""

from __future__ import annotations

import math

_A_WINDOW = 32
"""Mails are made and committed by the window: meanwhile the server lives on what it has."""

_JUDGED_OVER = 0.02
_FORGOTTEN_AFTER = 10.0


class Reach:
    """Judged again every moment by what happened since; all times are of the monotonic clock, in seconds."""

    def __init__(self) -> None:
        self.wanted = 1
        self._since = self._waited = self._quickest_since = 0.0
        self._answers = 0
        self._quickest = self._quickest_before = math.inf

    def waited(self, before: float, after: float) -> None:
        """Nothing could be done between these two moments."""
        self._waited += after - before
        if after - self._since >= _JUDGED_OVER:
            self._judge(after)

    def answered(self, took: float) -> None:
        """A server took so long for its answer; the quickest one tells the way, the others also tell its queue."""
        self._answers += 1
        self._quickest = min(self._quickest, took)

    def _judge(self, now: float) -> None:
        if self._answers:
            making = max(now - self._since - self._waited, 1e-6) / self._answers
            self.wanted = _A_WINDOW + math.ceil(min(self._quickest, self._quickest_before) / making)
        if now - self._quickest_since >= _FORGOTTEN_AFTER:
            self._quickest_before, self._quickest, self._quickest_since = self._quickest, math.inf, now
        self._since, self._waited, self._answers = now, 0.0, 0
