"""Changes to defenders. Nothing here commits.

Whatever changes a review, a limit or the hold calls ``apply_gate``: messages that name the person are held, or sent on,
in the same transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum

from mobilize.appeals import queries, rules
from mobilize.appeals.models import CaseEvent, Defender, DefenderReview
from mobilize.appeals.queries import Details
from mobilize.appeals.rules import Limits, PartialDate, Reviewed, ReviewKind
from mobilize.core import audit, clock
from mobilize.core.countries import country_names
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.json_fields import checked_url
from mobilize.core.text import required_line
from mobilize.delivery.exchange import locked_message
from mobilize.delivery.messages import hold_message, lift_hold
from mobilize.delivery.models import HoldCause


class SourceKind(StrEnum):
    LINK = "link"
    DOCUMENT = "document"
    TOLD = "told"


@dataclass(frozen=True)
class Source:
    """Where a fact is from, and in which language; ``copy`` is the source's own text, where it is given."""

    kind: SourceKind
    name: str
    language: str
    url: str = ""
    copy: str = ""


def create_defender(organisation_id: int, details: Details) -> Defender:
    """A defender without a public page, whose gate is closed until three reviews are entered.

    Raises:
        Refused: a value that does not hold, with its field.
    """
    now = clock.now()
    row = Defender(organisation_id=organisation_id, created_at=now, changed_at=now)
    row.details = _checked(details)
    session.add(row)
    session.flush()
    _record("defender.created", row)
    return row


def change_details(row: Defender, details: Details) -> None:
    """Raises Refused: a value that does not hold, with its field."""
    session.refresh(row, with_for_update=True)
    row.details = _checked(details)
    row.version += 1
    row.changed_at = clock.now()
    _record("defender.changed", row)


def change_risk_notes(row: Defender, words: str) -> None:
    """Empty words delete them. The activity log says that they changed, never what they say."""
    row.risk_notes = words.strip()
    _record("defender.risk_notes_changed", row)


def read_risk_notes(row: Defender) -> str:
    """The notes; the reading is logged, so this is called by a press and never by opening a page."""
    _record("defender.risk_notes_read", row)
    return row.risk_notes


def add_review(row: Defender, kind: ReviewKind, review: Reviewed, words: str, limits: Limits) -> DefenderReview:
    """A newer review of a kind takes the place of the earlier ones, which stay.

    Raises:
        Refused: a date in the future, an end before it, or no word of who agreed to what and what was checked.
    """
    if review.on > _today():
        raise Refused("on", _("Choose today or an earlier day"))
    if review.until is not None and review.until < review.on:
        raise Refused("until", _("Choose a day after the review"))
    added = DefenderReview(
        defender_id=row.id,
        kind=kind,
        reviewed_on=review.on,
        until=review.until,
        passed=review.passed,
        created_at=clock.now(),
    )
    session.refresh(row, with_for_update=True)
    added.words = required_line("words", words, at_most=2000)
    session.add(added)
    session.flush()
    _record("defender.reviewed", row, what=kind.value, passed=review.passed)
    apply_gate(row, limits)
    return added


def hold_everything(row: Defender, limits: Limits) -> list[int]:
    """Stop whatever waits in messages that name the person, until staff end it; the messages that were stopped."""
    session.refresh(row, with_for_update=True)
    if row.held_at is None:
        row.held_at = clock.now()
        _record("defender.held", row)
    return apply_gate(row, limits)


def end_hold(row: Defender, limits: Limits) -> None:
    """What only the hold stopped goes on; what a lapsed review stops stays."""
    session.refresh(row, with_for_update=True)
    if row.held_at is not None:
        row.held_at = None
        _record("defender.hold_ended", row)
    apply_gate(row, limits)


def apply_gate(row: Defender, limits: Limits) -> list[int]:
    """Hold or send on the messages that name the person, as the gate says now; the messages that it newly holds.

    A message that names several people is sent on only when the gate is open for each of them. It is locked before the
    others are read: a hold on one of them that commits meanwhile is then seen here, or waits and holds it anew.
    """
    messages = sorted(queries.messages_about(row))
    if is_closed(row, limits):
        return [one for one in messages if hold_message(one, HoldCause.GATE)]
    for message_id in messages:
        locked_message(message_id)
        if not any(is_closed(other, limits) for other in queries.others_named_in(message_id, row)):
            lift_hold(message_id, HoldCause.GATE)
    return []


def is_closed(row: Defender, limits: Limits) -> bool:
    """Whether mail about the person may not be sent now."""
    reviews = queries.newest_reviews(row.id)
    return bool(rules.gate(reviews, limits, held=row.held_at is not None, today=_today()))


def add_event(row: Defender, when: PartialDate, texts: Mapping[str, str], source: Source) -> CaseEvent:
    """One event with its source; one that contradicts another stands beside it.

    Raises:
        Refused: no text, no name of the source, or a link that is none.
    """
    if not any(words.strip() for words in texts.values()):
        raise Refused("texts", _("Fill this in"))
    required_line("name", source.name, at_most=300)
    if source.kind is SourceKind.LINK:
        checked_url("url", required_line("url", source.url, at_most=2000))
    added = CaseEvent(defender_id=row.id, happened_on=when.first, precision=when.precision, created_at=clock.now())
    added.texts = json.dumps(dict(texts), ensure_ascii=False)
    added.source = json.dumps({**asdict(source), "copy": ""}, ensure_ascii=False)
    added.copy = source.copy
    added.source_hash = hashlib.sha256(source.copy.encode()).hexdigest() if source.copy else None
    session.add(added)
    row.version += 1
    row.changed_at = clock.now()
    session.flush()
    _record("defender.event_added", row)
    return added


def _checked(details: Details) -> str:
    for name in details.names:
        required_line("name" if name == details.name else "aliases", name)
    if details.country and details.country not in country_names("en"):
        raise Refused("country", _("Choose a country from the list"))
    for adoption in details.adoptions:
        required_line("adoptions", adoption.organisation)
        if adoption.since:
            rules.partial_date("adoptions", adoption.since)
    return json.dumps(asdict(details), ensure_ascii=False)


def _today() -> date:
    return clock.now().date()


def _record(action: str, row: Defender, **facts: object) -> None:
    audit.record(action, organisation_id=row.organisation_id, subject=f"defender:{row.uid}", **facts)
