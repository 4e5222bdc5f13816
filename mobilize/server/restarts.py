"""When a child that ended is started again, and when that has gone wrong too often."""

from __future__ import annotations

from collections.abc import Sequence

WITHIN_SECONDS = 60.0
LIMIT = 6
FIRST_DELAY = 0.25
LONGEST_DELAY = 8.0


def delay(ended: Sequence[float], now: float) -> float | None:
    """Seconds to wait before the next start, or None when it ended too often to go on.

    ``ended`` holds the monotonic times of its ends, the one just now included.
    """
    recent = sum(1 for moment in ended if now - moment < WITHIN_SECONDS)
    if recent >= LIMIT:
        return None
    return min(FIRST_DELAY * 2.0 ** (recent - 1), LONGEST_DELAY)
