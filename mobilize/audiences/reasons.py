"""Why a person is in a segment, or not: the conditions that decide it, each asked of this person alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, literal, select

from mobilize.actions.queries import doers, title_of_act
from mobilize.audiences.audience import Audience
from mobilize.audiences.compiling import everybody, matches
from mobilize.audiences.models import Segment
from mobilize.audiences.segments import asking_now, segments_by_id, tree_of, words_of
from mobilize.audiences.trees import AllOf, AnyOf, Node, Not, Within, parts_of
from mobilize.core.db import session
from mobilize.core.errors import Refused
from mobilize.core.feature import Asking
from mobilize.core.i18n import _
from mobilize.delivery.bases import Basis
from mobilize.delivery.models import Recipient


@dataclass(frozen=True)
class Reason:
    """A condition in words, and whether it is true of the person."""

    words: str
    holds: bool


@dataclass(frozen=True)
class Verdict:
    """Whether somebody is in, and the conditions that decide it."""

    is_in: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class AudienceVerdict:
    """Why somebody gets a mailing (``basis``) or not (None), with the conditions that decide it."""

    basis: Basis | None
    reasons: tuple[Reason, ...]


def verdict(row: Segment, recipient_id: int) -> Verdict:
    """Whether a person of the organisation is in a segment, and why.

    Raises:
        Refused: the segment asks what cannot be asked (any more).
    """
    asking = asking_now(row.organisation_id)
    known = session.scalar(everybody(row.organisation_id).where(Recipient.id == recipient_id))
    if known is None:
        return Verdict(False, (Reason(_("is one of the organisation's people"), False),))
    return _judged(tree_of(row), recipient_id, asking)


def why(audience: Audience, recipient_id: int) -> AudienceVerdict:
    """Whether somebody gets a mailing to this audience now, and what decides it: a list, or a segment's conditions."""
    basis = audience.why(recipient_id)
    whole = Audience(audience.organisation_id, audience.lists, group=audience.group)
    is_entitled = basis is not None or whole.why(recipient_id) is not None
    own = _among(whole, holds=is_entitled)
    left_out = Audience(audience.organisation_id, audience.without)
    if not is_entitled:
        return AudienceVerdict(None, (own,))
    if audience.without and left_out.why(recipient_id) is not None:
        return AudienceVerdict(None, (own, _among(left_out, holds=True)))
    if audience.ended_by and _has_acted(audience, recipient_id):
        return AudienceVerdict(None, (own, Reason(_acted_words(audience), True)))
    return AudienceVerdict(basis, (own, *_of_segments(audience, recipient_id, is_in=basis is not None)))


def _has_acted(audience: Audience, recipient_id: int) -> bool:
    acted = doers(audience.organisation_id, audience.ended_by, literal(recipient_id, BigInteger))
    return session.scalar(acted.limit(1)) is not None


def _acted_words(audience: Audience) -> str:
    return _("signed: %(title)s", title=title_of_act(audience.organisation_id, audience.ended_by))


def _among(people: Audience, *, holds: bool) -> Reason:
    return Reason(_("is among: %(people)s", people=people.describe()), holds)


def _of_segments(audience: Audience, recipient_id: int, *, is_in: bool) -> list[Reason]:
    """The conditions of segments that let somebody in, or that keep them out."""
    wanted = [_safe(row, recipient_id) for row in segments_by_id(audience.organisation_id, audience.segments)]
    others = [_safe(row, recipient_id) for row in segments_by_id(audience.organisation_id, audience.without_segments)]
    if wanted and not any(one.is_in for one in wanted):
        return [reason for one in wanted for reason in one.reasons]
    deciding = [one for one in others if one.is_in] if not is_in else [one for one in wanted if one.is_in][:1]
    return [reason for one in deciding for reason in one.reasons]


def _safe(row: Segment, recipient_id: int) -> Verdict:
    """Nobody is in a segment that cannot be asked."""
    try:
        return verdict(row, recipient_id)
    except Refused as refusal:
        return Verdict(False, (Reason(refusal.message, False),))


def _judged(node: Node, recipient_id: int, asking: Asking) -> Verdict:
    match node:
        case Not(part):
            return _turned(_judged(part, recipient_id, asking))
        case Within(name=name):
            inner = [_judged(part, recipient_id, asking) for part in parts_of(node)]
            own = Reason(_("is in the segment “%(name)s”", name=name), inner[0].is_in)
            return Verdict(inner[0].is_in, (own, *inner[0].reasons))
        case AllOf(parts):
            return _joined([_judged(part, recipient_id, asking) for part in parts], decides=False)
        case AnyOf(parts):
            return _joined([_judged(part, recipient_id, asking) for part in parts], decides=True)
    person = literal(recipient_id, BigInteger)
    holds = bool(session.scalar(select(matches(node, person, asking))))
    return Verdict(holds, (Reason(words_of(node, asking.organisation_id), holds),))


def _joined(found: Sequence[Verdict], *, decides: bool) -> Verdict:
    """One part decides alone if it is ``decides`` (true in "any", false in "all"); else all of them do together."""
    alone = next((one for one in found if one.is_in is decides), None)
    if alone is not None:
        return alone
    return Verdict(not decides, tuple(reason for one in found for reason in one.reasons))


def _turned(found: Verdict) -> Verdict:
    return Verdict(not found.is_in, found.reasons)
