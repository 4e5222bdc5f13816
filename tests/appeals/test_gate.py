"""The do-no-harm gate is open only while consent, verification and risk review are fresh."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mobilize.appeals.rules import Closed, Limits, Reviewed, ReviewKind, gate, open_until

TODAY = date(2026, 3, 1)
LIMITS = Limits(consent=365, verification=30, risk=14)
FRESH = {kind: Reviewed(TODAY, passed=True) for kind in ReviewKind}


def test_fresh_reviews_open_the_gate_until_the_first_of_them_lapses() -> None:
    """The risk review lapses first; its last day still counts."""
    assert gate(FRESH, LIMITS, held=False, today=TODAY) == {}
    last = open_until(FRESH, LIMITS)
    assert last == TODAY + timedelta(days=14)
    assert gate(FRESH, LIMITS, held=False, today=last) == {}
    assert gate(FRESH, LIMITS, held=False, today=last + timedelta(days=1)) == {ReviewKind.RISK: Closed.LAPSED}


@pytest.mark.parametrize("kind", ReviewKind)
def test_each_review_is_needed(kind: ReviewKind) -> None:
    """One that is missing, dated in the future, or failed closes the gate by itself."""
    without = {other: review for other, review in FRESH.items() if other is not kind}
    later = FRESH | {kind: Reviewed(TODAY + timedelta(days=1), passed=True)}
    failed = FRESH | {kind: Reviewed(TODAY, passed=False)}
    assert gate(without, LIMITS, held=False, today=TODAY) == {kind: Closed.MISSING}
    assert gate(later, LIMITS, held=False, today=TODAY) == {kind: Closed.MISSING}
    assert gate(failed, LIMITS, held=False, today=TODAY) == {kind: Closed.FAILED}
    assert open_until(without, LIMITS) is None
    assert open_until(failed, LIMITS) is None


def test_a_consent_that_names_an_end_lapses_there() -> None:
    """The family's own date comes before the organisation's limit, and never after it."""
    soon, far = TODAY + timedelta(days=3), TODAY + timedelta(days=3650)
    reviews = FRESH | {ReviewKind.CONSENT: Reviewed(TODAY, passed=True, until=soon)}
    assert open_until(reviews, LIMITS) == soon
    long = FRESH | {ReviewKind.RISK: Reviewed(TODAY, passed=True, until=far)}
    assert open_until(long, LIMITS) == TODAY + timedelta(days=14)


def test_the_hold_of_staff_closes_whatever_is_fresh() -> None:
    """It stands beside what has lapsed, so that ending it does not open a gate that time has closed."""
    assert gate(FRESH, LIMITS, held=True, today=TODAY) == {None: Closed.HELD}
    assert gate({}, LIMITS, held=True, today=TODAY)[None] is Closed.HELD
    assert len(gate({}, LIMITS, held=True, today=TODAY)) == 4
