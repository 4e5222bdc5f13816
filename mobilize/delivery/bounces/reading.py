"""From the octets of a mail to what it says. Pure; any input gives an answer, within bounded time and memory."""

from __future__ import annotations

from mobilize.delivery.bounces.arf import read_feedback, read_old_junk_report
from mobilize.delivery.bounces.automatic import is_automatic, is_challenge
from mobilize.delivery.bounces.disposition import read_disposition
from mobilize.delivery.bounces.dsn import read_status
from mobilize.delivery.bounces.freetext import is_called_a_return, is_from_a_machine, read_by_library, read_words
from mobilize.delivery.bounces.parts import Mail, open_mail
from mobilize.delivery.bounces.report import Report
from mobilize.delivery.models import ReturnKind


def read_report(raw: bytes) -> Report:
    """What a mail to a return path says; ``OTHER`` where it is no report of ours to act on.

    Structured reports come first (RFC 3464, 5965, 8098), then what mail systems write for people, then automatic
    answers, since bounces carry their marks too, and last what flufl.bounce knows of older servers.
    """
    mail = open_mail(raw)
    return _structured(mail) or _written(mail)


def _structured(mail: Mail) -> Report | None:
    status = mail.first("text/x-delivery-status")
    if status is not None:
        found = read_status(status, mail.words)
        if found is not None:
            return found
    feedback = mail.first("text/x-feedback-report")
    if feedback is not None:
        return read_feedback(feedback, mail)
    disposition = mail.first("text/x-disposition-notification")
    if disposition is not None:
        return read_disposition(disposition, mail.words)
    return read_old_junk_report(mail)


def _written(mail: Mail) -> Report:
    if is_from_a_machine(mail) and not _only_answers(mail):
        return read_words(mail)
    if is_challenge(mail):
        return Report(ReturnKind.CHALLENGE)
    if is_automatic(mail):
        return Report(ReturnKind.AUTOMATIC)
    if is_called_a_return(mail):
        return read_words(mail)
    return read_by_library(mail) or Report(ReturnKind.OTHER)


def _only_answers(mail: Mail) -> bool:
    """Whether a mail system's own address merely answers, and says of nothing that it came back."""
    return is_automatic(mail) and not is_called_a_return(mail) and "x-failed-recipients" not in mail.headers
