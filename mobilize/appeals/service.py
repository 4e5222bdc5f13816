"""Changes to defenders. Nothing here commits.

Every verb locks the defender first, then messages, as a launch does. Whatever changes a review, a limit or the hold
calls ``apply_gate``: messages that name the person are held, or sent on, in the same transaction. What a page or a mail
may show raises the version, which holds what waits with an older one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import delete, select

from mobilize.appeals import queries, rules
from mobilize.appeals.appeal.models import AppealDefender
from mobilize.appeals.models import CaseEvent, Defender, DefenderPicture, DefenderReview, GateLimits
from mobilize.appeals.queries import SOURCE, Details
from mobilize.appeals.rules import Limits, PartialDate, Reviewed, ReviewKind
from mobilize.campaigns.service import release
from mobilize.core import audit, clock, text
from mobilize.core.countries import country_names
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _
from mobilize.core.json_fields import checked_url
from mobilize.core.text import one_line, required_line
from mobilize.delivery.exchange import locked_message
from mobilize.delivery.messages import hold_message, lift_hold
from mobilize.delivery.models import HoldCause
from mobilize.delivery.source_holds import hold_for_source
from mobilize.organisations.queries import brand

LONGEST_ABOUT = 20_000
LONGEST_NOTES = 20_000


class SourceKind(StrEnum):
    LINK = "link"
    DOCUMENT = "document"
    TOLD = "told"


@dataclass(frozen=True)
class Source:
    """Where a fact is from, and in which language.

    ``copy`` is the source's own text, where it is given; ``hash`` is the SHA-256 of its file, where that is given.
    """

    kind: SourceKind
    name: str
    language: str
    url: str = ""
    copy: str = ""
    hash: str = ""


def create_defender(organisation_id: int, details: Details, slug: str = "") -> Defender:
    """A defender whose gate is closed until three reviews are entered; without a slug there is no public page.

    Raises:
        Conflict: the slug is taken in this organisation.
        Refused: a value that does not hold, with its field.
    """
    now = clock.now()
    row = Defender(organisation_id=organisation_id, created_at=now, changed_at=now)
    row.details = _checked(details)
    row.slug = _free_slug(row, slug)
    session.add(row)
    session.flush()
    _record("defender.created", row)
    return row


def change_details(row: Defender, details: Details, slug: str = "") -> None:
    """Other details; without a slug there is no public page.

    Raises:
        Conflict: the slug is taken in this organisation.
        Refused: a value that does not hold, with its field.
    """
    session.refresh(row, with_for_update=True)
    row.details = _checked(details)
    row.slug = _free_slug(row, slug)
    _touch(row)
    _record("defender.changed", row)


def change_risk_notes(row: Defender, words: str) -> None:
    """Empty words delete them. The activity log says that they changed, never what they say.

    Raises:
        Refused: they are too long.
    """
    if len(words) > LONGEST_NOTES:
        raise Refused("notes", _("Use at most %(count)s characters", count=LONGEST_NOTES))
    row.risk_notes = words.strip()
    session.flush()
    _record("defender.risk_notes_changed", row)


def read_risk_notes(row: Defender) -> str:
    """The notes; the reading is logged, so this is called by a press and never by opening a page."""
    _record("defender.risk_notes_read", row)
    return row.risk_notes


def add_review(row: Defender, kind: ReviewKind, review: Reviewed, words: str) -> DefenderReview:
    """A newer review of a kind takes the place of the earlier ones, which stay.

    Raises:
        Refused: a date in the future, an end before it, or no word of who agreed to what and what was checked.
    """
    if review.on > queries.today_in(row.organisation_id):
        raise Refused("on", _("Choose today or an earlier day"))
    if review.until is not None and review.until < review.on:
        raise Refused("until", _("Choose a day after the review"))
    session.refresh(row, with_for_update=True)
    scope = queries.gate_of(row).scope
    added = DefenderReview(
        defender_id=row.id,
        kind=kind,
        reviewed_on=review.on,
        until=review.until,
        passed=review.passed,
        scope=sorted(review.scope) if kind is ReviewKind.CONSENT else [],
        created_at=clock.now(),
    )
    added.words = required_line("words", " ".join(words.split()), at_most=2000)
    session.add(added)
    session.flush()
    _record("defender.reviewed", row, what=kind.value, passed=review.passed)
    if queries.gate_of(row).scope != scope:
        _touch(row)
    apply_gate(row)
    return added


def hold_everything(row: Defender) -> list[int]:
    """Stop whatever waits in messages that name the person, until staff end it; the messages that were stopped."""
    session.refresh(row, with_for_update=True)
    if row.held_at is None:
        row.held_at = clock.now()
        session.flush()
        _record("defender.held", row)
    return apply_gate(row)


def end_hold(row: Defender) -> None:
    """What only the hold stopped goes on; what a lapsed review stops stays."""
    session.refresh(row, with_for_update=True)
    if row.held_at is not None:
        row.held_at = None
        session.flush()
        _record("defender.hold_ended", row)
    apply_gate(row)


def follow_clock(defender_id: int) -> list[int]:
    """Hold, or send on, what time alone made due; the messages that are newly held."""
    row = session.get(Defender, defender_id)
    if row is None:
        return []
    session.refresh(row, with_for_update=True)
    held = apply_gate(row)
    if held:
        _record("defender.lapsed", row, held=len(held))
    return held


def apply_gate(row: Defender) -> list[int]:
    """Hold or send on the messages that name the person, as the gate says now; the messages that it newly holds.

    A message that names several people is sent on only when the gate is open for each of them. It is locked before the
    others are read: a hold on one of them that commits meanwhile is then seen here, or waits and holds it anew.
    """
    messages = queries.messages_about(row)
    if not queries.gate_of(row).is_open:
        return [one for one in messages if hold_message(one, HoldCause.GATE)]
    for message_id in messages:
        locked_message(message_id)
        others = queries.others_named_in(message_id, row)
        if all(queries.gate_of(other).is_open for other in others):
            lift_hold(message_id, HoldCause.GATE)
    return []


def change_limits(organisation_id: int, limits: Limits) -> None:
    """Other limits, for every defender in the same transaction.

    Raises:
        Refused: a limit that is not between a day and ten years.
    """
    for kind in ReviewKind:
        if not 1 <= limits.days(kind) <= rules.LONGEST_LIMIT:
            raise Refused(kind.value, _("Choose between 1 and %(count)s days", count=rules.LONGEST_LIMIT))
    own = select(Defender).where(Defender.organisation_id == organisation_id).order_by(Defender.id)
    rows = session.scalars(own.with_for_update(), execution_options={"populate_existing": True}).all()
    stored = session.scalar(select(GateLimits).where(GateLimits.organisation_id == organisation_id))
    if stored is None:
        stored = GateLimits(organisation_id=organisation_id)
        session.add(stored)
    stored.consent, stored.verification, stored.risk = limits.consent, limits.verification, limits.risk
    session.flush()
    subject = f"organisation:{brand(organisation_id).uid}"
    audit.record("defenders.limits_changed", organisation_id=organisation_id, subject=subject, **asdict(limits))
    for row in rows:
        apply_gate(row)


def add_event(row: Defender, when: PartialDate, texts: Mapping[str, str], source: Source) -> CaseEvent:
    """One event with its source; one that contradicts another stands beside it.

    Raises:
        Refused: no text, no name of the source, or a link that is none.
    """
    if not any(words.strip() for words in texts.values()):
        raise Refused("texts", _("Fill this in"))
    required_line("name", source.name, at_most=300)
    if source.kind is SourceKind.LINK or source.url:
        checked_url("url", required_line("url", source.url, at_most=2000))
    session.refresh(row, with_for_update=True)
    added = CaseEvent(defender_id=row.id, happened_on=when.first, precision=when.precision, created_at=clock.now())
    added.texts = json.dumps(dict(texts), ensure_ascii=False)
    added.source = json.dumps({**asdict(source), "copy": "", "hash": ""}, ensure_ascii=False)
    added.copy = plain_copy(source.copy)
    added.source_hash = hash_of(added.copy) if added.copy else source.hash or None
    session.add(added)
    _touch(row)
    _record("defender.event_added", row)
    return added


def remove_event(row: Defender, event: CaseEvent) -> None:
    """Take an event off the timeline: entered by mistake, or its source took it back."""
    session.refresh(row, with_for_update=True)
    session.delete(event)
    _touch(row)
    _record("defender.event_removed", row)


def check_source(row: Defender, event: CaseEvent, *, copy: str = "", file_hash: str = "") -> bool:
    """Look at a source again: its text or its file as it is now; whether it is the same as it was when it was entered.

    Raises:
        Conflict: neither its text nor its file was kept as a hash.
        Refused: nothing to compare was given.
    """
    if event.source_hash is None:
        raise Conflict(_("No copy of this source was kept, so there is nothing to compare it with"))
    found = hash_of(plain_copy(copy)) if plain_copy(copy) else file_hash
    if not found:
        raise Refused("copy", _("Paste the text, or choose the file, as it is now"))
    event.checked_at, event.checked_hash = clock.now(), found
    _record("defender.source_checked", row, what="same" if found == event.source_hash else "changed")
    return found == event.source_hash


def delete_defender(row: Defender) -> None:
    """Forget a defender with their timeline, reviews and notes.

    Raises:
        Conflict: a mailing that names them has not ended, or an appeal does.
    """
    session.refresh(row, with_for_update=True)
    if queries.messages_about(row):
        raise Conflict(_("A mailing that names this person has not ended. Cancel it first"))
    if session.scalar(select(AppealDefender.id).where(AppealDefender.defender_id == row.id).limit(1)) is not None:
        raise Conflict(_("An appeal names this person. Delete it, or take them off it, first"))
    for table in (CaseEvent, DefenderReview, DefenderPicture):
        session.execute(delete(table).where(table.defender_id == row.id))
    release("defender", row.uid)
    _record("defender.deleted", row)
    session.delete(row)


def plain_copy(copy: str) -> str:
    """A source's text as it is kept and compared: line ends and spaces around lines do not matter."""
    return "\n".join(line.strip() for line in copy.strip().splitlines())


def hash_of(copy: str) -> str:
    return hashlib.sha256(copy.encode()).hexdigest()


def touch_and_record(action: str, row: Defender, **facts: object) -> None:
    """Something that pages or mails show has changed; the row is locked."""
    _touch(row)
    _record(action, row, **facts)


def _touch(row: Defender) -> None:
    row.version += 1
    row.changed_at = clock.now()
    session.flush()
    hold_for_source(SOURCE + row.uid, row.version)


def _free_slug(row: Defender, typed: str) -> str | None:
    if not typed.strip():
        return None
    wanted = text.slug("slug", typed)
    same = select(Defender.id).where(Defender.organisation_id == row.organisation_id, Defender.slug == wanted)
    if row.id is not None:
        same = same.where(Defender.id != row.id)
    if session.scalar(same) is not None:
        raise Conflict(_("Another page has this name"))
    return wanted


def _checked(details: Details) -> str:
    for name in details.names:
        required_line("name" if name == details.name else "aliases", name)
    if details.country and details.country not in country_names("en"):
        raise Refused("country", _("Choose a country from the list"))
    for adoption in details.adoptions:
        required_line("adoptions", adoption.organisation)
        if adoption.since:
            rules.partial_date("adoptions", adoption.since)
    for right in details.rights:
        required_line("rights", right)
    for words in details.pronouns.values():
        one_line("pronouns", words, at_most=60)
    _require_short("about", details.about.values())
    return json.dumps(asdict(details), ensure_ascii=False)


def _require_short(field: str, texts: Collection[str]) -> None:
    if any(len(words) > LONGEST_ABOUT for words in texts):
        raise Refused(field, _("Use at most %(count)s characters", count=LONGEST_ABOUT))


def _record(action: str, row: Defender, **facts: object) -> None:
    audit.record(action, organisation_id=row.organisation_id, subject=f"defender:{row.uid}", **facts)
