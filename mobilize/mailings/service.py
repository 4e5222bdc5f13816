"""What can be done with a mailing. Every verb checks the state, leaves an audit entry and commits nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from mobilize.audiences.audience import Audience
from mobilize.audiences.service import require_segments
from mobilize.campaigns.service import release
from mobilize.core import audit, clock, db, doorbell, live_sources
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.i18n import _
from mobilize.core.text import mail_address, one_line, required_line
from mobilize.delivery.contents import store_contents, store_links
from mobilize.delivery.messages import cancel_message, pause_message, resume_message
from mobilize.delivery.models import HoldCause
from mobilize.delivery.retries import retry_failed, retry_unknown
from mobilize.delivery.source_holds import send_on
from mobilize.mailings.blocks import Block
from mobilize.mailings.checks import errors_of
from mobilize.mailings.composing import ComposedMailing, compose_mailing
from mobilize.mailings.content import (
    MailingText,
    SenderText,
    Version,
    languages_as_json,
    placed_pictures,
    read_languages,
)
from mobilize.mailings.models import Mailing, MailingState
from mobilize.mailings.queries import holds_on, state_of
from mobilize.mailings.rules import Verb, departure, require, zone_named
from mobilize.media.queries import known_names
from mobilize.organisations.queries import Brand, brand, default_sender, require_own_domain
from mobilize.subscribers.queries import lists_by_id

LAUNCH_QUEUE = "background"


def create_mailing(
    to_whom: Audience,
    text: MailingText,
    *,
    is_urgent: bool = False,
    demonstration: bool = False,
) -> Mailing:
    """A draft of the audience's organisation (no list yet is possible: the check will say so).

    Raises:
        Refused: a list or a picture that is not the organisation's, or a sender that cannot be one.
    """
    organisation_id = to_whom.organisation_id
    organisation = brand(organisation_id)
    sender = _sender(organisation_id, text.sender)
    _require_pictures(organisation_id, text.languages)
    require_own_lists(to_whom)
    row = Mailing(
        organisation_id=organisation_id,
        name=required_line("name", text.name),
        sender_name=sender.name,
        sender_address=sender.address,
        default_language=_default_language(organisation, text.languages),
        content=languages_as_json(text.languages),
        selection=to_whom.to_json(),
        is_urgent=is_urgent,
        is_demonstration=demonstration,
        state=MailingState.DRAFT,
        send_zone=organisation.timezone,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    trail(row, "mailing.created", languages=list(text.languages))
    return row


def change_content(row: Mailing, text: MailingText) -> None:
    """Replace name, sender and every language by a content file's.

    Raises:
        Conflict: it has left already.
        Refused: as ``create_mailing``.
    """
    hold_for(row, Verb.CHANGE)
    sender = _sender(row.organisation_id, text.sender)
    _require_pictures(row.organisation_id, text.languages)
    row.name = required_line("name", text.name)
    row.sender_name, row.sender_address = sender.name, sender.address
    row.content = languages_as_json(text.languages)
    row.default_language = _default_language(brand(row.organisation_id), text.languages)
    changed(row, "content")


def change_words(row: Mailing, language: str, subject: str, preheader: str) -> None:
    """Another subject and preheader in one of its languages.

    Raises:
        Conflict: it has left already.
        NotFound: it has no such language.
        Refused: more than one line, or too long.
    """
    hold_for(row, Verb.CHANGE)
    languages = read_languages(row.content)
    if language not in languages:
        raise NotFound("language")
    version = Version(
        one_line("subject", subject), one_line("preheader", preheader, at_most=250), languages[language].blocks
    )
    row.content = languages_as_json({**languages, language: version})
    changed(row, "words")


def change_blocks(row: Mailing, language: str, blocks: Sequence[Block]) -> None:
    """Other blocks in one of its languages.

    Raises:
        Conflict: it has left already.
        NotFound: it has no such language.
        Refused: a picture that is not the organisation's; names the language, the block and the field.
    """
    hold_for(row, Verb.CHANGE)
    languages = read_languages(row.content)
    if language not in languages:
        raise NotFound("language")
    version = Version(languages[language].subject, languages[language].preheader, tuple(blocks))
    _require_pictures(row.organisation_id, {language: version})
    row.content = languages_as_json({**languages, language: version})
    changed(row, "blocks")


def change_audience(row: Mailing, name: str, sender: SenderText, to_whom: Audience, default_language: str) -> None:
    """Another name for colleagues, another sender, other people, another language for those whose own is missing.

    Raises:
        Conflict: it has left already.
        Refused: a value that does not hold.
    """
    hold_for(row, Verb.CHANGE)
    found = _sender(row.organisation_id, sender)
    if default_language not in row.content:
        raise Refused("default_language", _("Choose a language that this mailing has"))
    require_own_lists(to_whom)
    row.name = required_line("name", name)
    row.sender_name, row.sender_address = found.name, found.address
    row.to_whom, row.default_language = to_whom, default_language
    changed(row, "audience")


def duplicate_mailing(row: Mailing) -> Mailing:
    """A draft with the same words, lists and sender, whatever became of the mailing."""
    copy = copied(row, _("Copy of %(name)s", name=row.name))
    session.add(copy)
    session.flush()
    trail(copy, "mailing.duplicated", source=row.uid)
    return copy


def delete_draft(row: Mailing) -> None:
    """Delete a mailing that nobody has received. Raises Conflict: it is scheduled or was sent."""
    hold_for(row, Verb.DELETE)
    if row.origin:
        raise Conflict(_("A rule made this mailing: its history stays"))
    session.delete(row)
    release("mailing", row.uid)
    trail(row, "mailing.deleted", name=row.name)


def send_mailing(row: Mailing, *, at: datetime | None = None, zone: str = "", hold_seconds: int = 0) -> datetime:
    """Let it leave at ``at`` (aware; ``None``: now), after ``hold_seconds`` in which it can be taken back; the moment.

    Sending again before it left sets another moment. What is due now is launched by a bell after the commit, what is
    due later by the tick. The mailing is composed for its check while nothing is locked: call it while the unit has
    only read.

    Raises:
        Conflict: it has left already, was cancelled, or changed while it was checked.
        Refused: the moment cannot be used, or the check found an error.
    """
    require(Verb.SEND, state_of(row))
    composed = compose_mailing(row)
    hold_for(row, Verb.SEND)
    _require_sound(row, composed)
    moment = departure("at", at, hold_seconds, clock.now())
    row.send_zone = zone_named("zone", zone).key if zone else row.send_zone
    row.state, row.send_at, row.problem = MailingState.SCHEDULED, moment, ""
    trail(row, "mailing.scheduled", at=moment.isoformat(), zone=row.send_zone)
    if moment <= clock.now():
        db.after_commit(doorbell.LAUNCH, lambda: doorbell.ring(doorbell.LAUNCH, queue=LAUNCH_QUEUE))
    return moment


def take_back(row: Mailing) -> None:
    """Make a scheduled mailing a draft again.

    Raises:
        Conflict: it is not scheduled, or has left.
    """
    hold_for(row, Verb.TAKE_BACK)
    row.state, row.send_at = MailingState.DRAFT, None
    trail(row, "mailing.taken-back")


def pause(row: Mailing) -> None:
    """Let no further copy leave.

    Raises:
        Conflict: it is not going out.
    """
    hold_for(row, Verb.PAUSE)
    pause_message(_message(row))
    trail(row, "mailing.paused")


def resume(row: Mailing, cause: HoldCause | None = None) -> frozenset[HoldCause]:
    """Take away one cause that holds it: a pause, or else a refusal, unless told which; what still holds it.

    Raises:
        Conflict: it is not held by that.
    """
    hold_for(row, Verb.RESUME)
    left = resume_message(_message(row), cause)
    trail(row, "mailing.resumed")
    return left


def send_on_with_new_content(row: Mailing) -> int:
    """Freeze a mailing again whose live sources changed, and send those who wait what they say now; how many copies.

    It is composed while nothing is locked (see ``compose_mailing``). What left keeps its content.

    Raises:
        Conflict: nothing that it shows has changed, or it has changed once more meanwhile.
        Refused: it cannot be composed any more, such as when what it shows is gone.
    """
    require(Verb.RENEW, state_of(row))
    composed = compose_mailing(row)
    if frozenset(live_sources.versions_held({name for name, _version in composed.live}).items()) != composed.live:
        raise Conflict(_("What it shows has just changed again. Press once more"))
    hold_for(row, Verb.RENEW)
    if all(one.cause is not HoldCause.SOURCE for one in holds_on(row)):
        raise Conflict(_("Nothing that it shows has changed"))
    _require_composed(composed)
    ids = store_contents(row.organisation_id, [one.source for one in composed.contents.values()])
    frozen = dict(zip(composed.contents, ids, strict=True))
    message_id = _message(row)
    store_links(message_id, dict(zip(ids, composed.contents.values(), strict=True)))
    changed = {old: frozen[variant] for variant, old in row.frozen.items()}
    count = send_on(message_id, changed, dict(composed.live))
    row.frozen = frozen
    trail(row, "mailing.renewed", contents=ids, count=count)
    return count


def cancel(row: Mailing) -> int:
    """Stop for good; how many people who still waited will not get it.

    Raises:
        Conflict: everything has left already, or it is cancelled.
    """
    hold_for(row, Verb.CANCEL)
    revoked = 0
    if row.state is MailingState.LAUNCHED:
        revoked = cancel_message(_message(row))
        row.launch_cursor, row.problem = None, ""
    else:
        row.state, row.send_at = MailingState.CANCELLED, None
    trail(row, "mailing.cancelled", revoked=revoked)
    return revoked


def send_unclear_again(row: Mailing, only: Collection[int] | None = None) -> int:
    """Send copies whose arrival is unknown once more, or ``only`` these of them; how many.

    Most of them have arrived: whoever has theirs gets a second one.

    Raises:
        Conflict: it was cancelled, or has not left.
    """
    count = retry_unknown(_message(row), only)
    trail(row, "mailing.unclear-sent-again", count=count)
    return count


def send_refused_again(row: Mailing) -> int:
    """Send copies that servers refused once more, after the cause was mended; how many.

    Raises:
        Conflict: it was cancelled, or has not left.
    """
    count = retry_failed(_message(row))
    trail(row, "mailing.refused-sent-again", count=count)
    return count


def copied(row: Mailing, name: str) -> Mailing:
    """A draft with the same words, people and sender."""
    return Mailing(
        organisation_id=row.organisation_id,
        name=name[:200],
        sender_name=row.sender_name,
        sender_address=row.sender_address,
        default_language=row.default_language,
        content=row.content,
        selection=row.selection,
        is_urgent=row.is_urgent,
        is_demonstration=row.is_demonstration,
        state=MailingState.DRAFT,
        send_zone=row.send_zone,
        created_at=clock.now(),
    )


def _require_sound(row: Mailing, composed: ComposedMailing) -> None:
    """Refuse a mailing with an error, and one that somebody changed since it was composed."""
    if row.version != composed.version:
        raise Conflict(_("Somebody else changed this mailing meanwhile. Look at it once more"))
    errors = errors_of(row, composed)
    if errors:
        raise Refused("mailing", ": ".join(part for part in (errors[0].where, errors[0].words) if part))


def locked(row: Mailing) -> Mailing:
    """The mailing, locked until the unit ends and read anew: of two who save at once, the second sees the first."""
    session.refresh(row, with_for_update=True)
    return row


def hold_for(row: Mailing, verb: Verb) -> None:
    """Lock the mailing, read it anew and check that the verb is possible: a launch waits, or has been."""
    locked(row)
    require(verb, state_of(row))


def _require_composed(composed: ComposedMailing) -> None:
    """Raises Refused: a block shows what is gone, or a language cannot be composed."""
    for words in (composed.gone, *composed.refused.values()):
        if words:
            raise Refused("mailing", words)


def _message(row: Mailing) -> int:
    if row.message_id is None:
        raise Conflict(_("This mailing has not been sent yet"))
    return row.message_id


def changed(row: Mailing, what: str) -> None:
    """Another version of it: whoever composed the older one composes again."""
    row.version += 1
    row.problem = ""
    trail(row, "mailing.changed", what=what, version=row.version)


def trail(row: Mailing, action: str, **facts: Any) -> None:
    """Note in the trail what was done with a mailing."""
    session.flush()
    audit.record(action, organisation_id=row.organisation_id, subject=f"mailing:{row.uid}", **facts)


def _sender(organisation_id: int, wanted: SenderText) -> SenderText:
    """The sender asked for, else the organisation's usual address. Without a name it has the organisation's own."""
    name = one_line("sender_name", wanted.name)
    if not wanted.address:
        return SenderText(name, default_sender(organisation_id).address)
    address = mail_address("sender_address", wanted.address)
    require_own_domain("sender_address", organisation_id, address)
    return SenderText(name, address)


def require_own_lists(to_whom: Audience) -> None:
    """Raises Refused: a list that is not the organisation's, or one that is both chosen and left out."""
    for field, list_ids in (("lists", to_whom.lists), ("without", to_whom.without)):
        if len(lists_by_id(list_ids, to_whom.organisation_id)) != len(list_ids):
            raise Refused(field, _("Choose lists of this organisation"))
    if set(to_whom.lists) & set(to_whom.without):
        raise Refused("without", _("A list cannot be both chosen and left out"))
    require_segments(to_whom)


def _require_pictures(organisation_id: int, languages: Mapping[str, Version]) -> None:
    pictures = list(placed_pictures(languages))
    known = known_names(organisation_id, {name for _tag, _number, _field, name in pictures})
    for tag, number, field, name in pictures:
        if name not in known:
            place = f"languages.{tag}.blocks[{number}].{field}"
            raise Refused(place, _("There is no picture named %(name)s", name=name))


def _default_language(organisation: Brand, languages: Mapping[str, Version]) -> str:
    return organisation.default_language if organisation.default_language in languages else next(iter(languages))


def locked_mailing(mailing_id: int) -> Mailing:
    """A mailing by id, locked until the unit ends."""
    return session.scalars(select(Mailing).where(Mailing.id == mailing_id).with_for_update()).one()
