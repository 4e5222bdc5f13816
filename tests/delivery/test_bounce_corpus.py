"""Refusals in the words of many servers and the shapes of many mail systems are read for what they mean."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from mobilize.delivery.bounces.reading import read_report
from mobilize.delivery.models import ReturnKind
from mobilize.delivery.refusals.judging import Blame, judge
from mobilize.delivery.sending.classify import why
from mobilize.delivery.smtp.transport import Phase, Rejected
from tests.delivery.bounce_shapes import BEFORE_THE_RECIPIENT, SHAPES, Refusal, Shape, octets, refusals

RIGHT = 0.97
TABLE = refusals()


def test_the_corpus_is_read_right() -> None:
    """At least 97 in 100 of every kind of refusal in every shape, and nobody is held for gone who is not."""
    wrong: list[str] = []
    kinds: Counter[str] = Counter()
    for one in TABLE:
        for shape in SHAPES:
            kinds[one.kind] += 1
            found = read_report(octets(shape, one)).kind
            if found != one.kind:
                assert found is not ReturnKind.HARD, (shape.__name__, one)
                wrong.append(f"{shape.__name__}: {one.kind} read as {found}: {one.status} {one.reply}")
    assert kinds.total() >= 1_000
    assert min(kinds.values()) >= 250
    assert len(wrong) <= (1 - RIGHT) * kinds.total(), "\n".join(wrong)


@pytest.mark.parametrize("shape", BEFORE_THE_RECIPIENT)
@pytest.mark.parametrize("command", ["MAIL FROM", "EHLO", "HELO"])
def test_a_command_before_the_recipient_blames_the_sender(shape: Shape, command: str) -> None:
    """Even in the words of a missing mailbox: no recipient was named yet."""
    words = "Requested action not taken: mailbox unavailable"
    one = Refusal("policy", "5.0.0", 550, words, command)
    assert read_report(octets(shape, one)).kind is ReturnKind.POLICY
    assert read_report(octets(shape, replace(one, command="RCPT TO"))).kind is ReturnKind.HARD


@pytest.mark.parametrize("one", TABLE, ids=lambda one: f"{one.status} {one.reply}"[:60])
def test_a_live_answer_means_what_a_bounce_of_it_means(one: Refusal) -> None:
    """A refusal at RCPT suppresses an address only where its bounce would, and is then said to be about it."""
    first, _, rest = one.words.partition(" ")
    enhanced, text = (first, rest) if first[:2] in {"4.", "5."} else ("", one.words)
    reason, suppress = why(Rejected(0, Phase.RCPT, one.code, enhanced, text))
    if one.code >= 500 and suppress is not None:
        assert one.kind == "hard"
    if one.kind == "hard":
        assert reason == "no-such-address"


def test_contradictory_evidence_is_read_mildly() -> None:
    """For every pair of a code and words that speak of different things, the milder one counts."""
    codes = {Blame.SENDER: "5.7.1", Blame.MAILBOX: "5.2.2", Blame.PERSON: "5.1.1"}
    words = {Blame.SENDER: "your ip is blocked", Blame.MAILBOX: "mailbox full", Blame.PERSON: "no such user"}
    order = [*codes]
    for by_code, status in codes.items():
        for by_words, text in words.items():
            assert judge([status], 550, text) is min(by_code, by_words, key=order.index)
    assert judge(["5.1.1"], 450, "no such user") is Blame.UNCLEAR
    assert judge(["5.1.1", "4.4.7"], 550, "no such user") is Blame.UNCLEAR
