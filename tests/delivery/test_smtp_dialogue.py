"""What a server says means the same, however its octets arrive."""

from __future__ import annotations

import pytest

from mobilize.delivery.smtp.dialogue import Dialogue, Extensions
from mobilize.delivery.smtp.replies import NotSmtp
from mobilize.delivery.smtp.supply import Supply
from mobilize.delivery.smtp.transport import Accepted, Deferred, Outgoing, Phase, Rejected, Result

MAILS = 3
ENVELOPE = b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go ahead\r\n"
TAKEN = b"250 2.0.0 queued\r\n"


def conversation(answers: list[bytes], size: int) -> tuple[list[bytes], list[Result]]:
    """What is written between the answers, each read in pieces of ``size`` octets, and what becomes of the mails."""
    dialogue = Dialogue(Extensions(pipelining=True))
    mails = (Outgoing(key, "a@example.org", f"b{key}@example.net", b"Subject: x\r\n\r\nx\r\n") for key in range(MAILS))
    dialogue.start(Supply(mails).draw)
    written, results = [written_by(dialogue)], []
    for answer in answers:
        for at in range(0, len(answer), size):
            results += dialogue.receive(answer[at : at + size])
            dialogue.go_on()
        written.append(written_by(dialogue))
    return written, results


def written_by(dialogue: Dialogue) -> bytes:
    octets = dialogue.outbound()
    dialogue.sent(len(octets))
    return octets


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param([ENVELOPE, TAKEN + ENVELOPE, TAKEN + ENVELOPE, TAKEN], [Accepted] * 3, id="all-well"),
        pytest.param(
            [ENVELOPE, b"250-2.0.0 queued\r\n250 as x\r\n" + ENVELOPE, TAKEN + ENVELOPE, TAKEN],
            [Accepted] * 3,
            id="lines",
        ),
        pytest.param(
            [ENVELOPE, b"451 4.3.0 later\r\n" + ENVELOPE, TAKEN + ENVELOPE, TAKEN],
            [Deferred, Accepted, Accepted],
            id="deferred",
        ),
        pytest.param(
            [
                ENVELOPE,
                TAKEN + b"250 2.1.0 Ok\r\n550 5.1.1 nobody\r\n503 5.5.1 no recipient\r\n",
                b"250 2.0.0 Ok\r\n" + ENVELOPE,
                TAKEN,
            ],
            [Accepted, Rejected, Accepted],
            id="nobody",
        ),
        pytest.param(
            [ENVELOPE, TAKEN + b"250 2.1.0 Ok\r\n550 5.1.1 nobody\r\n354 go ahead\r\n", TAKEN, TAKEN + ENVELOPE, TAKEN],
            None,
            id="data-after-nobody",
        ),
        pytest.param(
            [ENVELOPE, TAKEN + b"250 Ok\r\n250 Ok\r\n452 4.3.1 full\r\n", b"250 Ok\r\n" + ENVELOPE, TAKEN],
            [Accepted, Deferred, Accepted],
            id="no-data",
        ),
        pytest.param([ENVELOPE, TAKEN + b"421 4.3.2 closing\r\n"], [Accepted, Deferred], id="closing"),
    ],
)
def test_answers_mean_the_same_in_one_piece_or_octet_by_octet(
    answers: list[bytes], expected: list[type[Result]] | None
) -> None:
    """A group of answers is followed in one step only if nothing else would have come of it."""
    whole = conversation(answers, 4096)
    assert whole == conversation(answers, 1) == conversation(answers, 7)
    if expected is not None:
        assert [type(result) for result in whole[1]] == expected


@pytest.mark.parametrize("answer", [TAKEN + b"250 Ok\r\n250 Ok\r\n250 Ok\r\n", TAKEN + b"250 Ok\r\n250 Ok\r\nwhat\r\n"])
def test_an_answer_that_cannot_be_is_nonsense_in_one_piece_or_in_many(answer: bytes) -> None:
    """250 to DATA, and words instead of a code, are out of step whichever way they are read."""
    for size in (4096, 1):
        with pytest.raises(NotSmtp):
            conversation([ENVELOPE, answer], size)


def test_a_reply_that_came_half_is_read_to_its_end() -> None:
    """The first line of an answer lies in the buffer when four more come."""
    assert conversation([ENVELOPE, b"250-queued\r\n" + TAKEN + ENVELOPE], 12)[1] == [Accepted(0)]
    dialogue = Dialogue(Extensions(pipelining=True))
    dialogue.start(Supply([Outgoing(0, "a@example.org", "b@example.net", b"x\r\n")]).draw)
    dialogue.receive(ENVELOPE)
    dialogue.go_on()
    assert dialogue.receive(b"550-5.7.1 no\r\n") == []
    (refused,) = dialogue.receive(b"550 5.7.1 really\r\n")
    assert isinstance(refused, Rejected)
    assert refused.phase is Phase.DOT
