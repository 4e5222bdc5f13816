"""How many connections are worth while, by how long answers take and how long a mail takes us."""

from __future__ import annotations

import pytest

from mobilize.delivery.smtp.reach import Reach


def wanted_after(answer: float, making: float, mails: int = 100) -> int:
    """A worker that makes a mail in ``making`` seconds and sees each answer after ``answer`` seconds."""
    reach, now = Reach(), 1000.0
    reach.waited(now, now)
    for _number in range(mails):
        now += making
        reach.answered(answer)
        reach.waited(now, now + making)
        now += making
    return reach.wanted


def test_nothing_is_known_before_the_first_answer() -> None:
    """One connection is where it begins."""
    assert Reach().wanted == 1


@pytest.mark.parametrize(("answer", "wanted"), [(0.0002, 33), (0.0015, 34), (0.0495, 82)])
def test_a_way_that_is_longer_takes_more_connections(answer: float, wanted: int) -> None:
    """A window's worth, and as many mails of a millisecond as fit into one answer."""
    assert wanted_after(answer, making=0.001) == wanted


def test_the_queue_of_a_server_is_not_taken_for_its_distance() -> None:
    """Among slow answers the quickest one counts."""
    reach, now = Reach(), 1000.0
    reach.waited(now, now)
    for number in range(100):
        reach.answered(0.0005 if number % 20 == 0 else 0.02)
        now += 0.001
        reach.waited(now, now)
    assert reach.wanted == 33
