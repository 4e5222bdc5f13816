"""What stands of mailings on the studio's home page, and which of them a search finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mobilize.core.feature import Entry, House, Spot
from mobilize.core.i18n import _, ngettext, show_number
from mobilize.delivery.models import HoldCause, MessageState
from mobilize.delivery.queries import Held
from mobilize.mailings import home_queries as queries

_MOVING = frozenset({MessageState.PREPARING, MessageState.SENDING})


def entries(spot: Spot, organisation: House, now: datetime) -> Iterator[Entry]:
    """The entries of one spot, in the order in which they are shown."""
    if spot is Spot.NEXT:
        yield from _next(organisation)
    elif spot is Spot.NOW:
        yield from _now(organisation)
    elif spot is Spot.DONE:
        yield from _done(organisation)
    else:
        yield from _needs(organisation, now)


def search(organisation: House, words: str) -> Iterator[Entry]:
    """Mailings whose name holds the words, the newest first."""
    for uid, name in queries.named(organisation.id, words):
        yield Entry(
            uid=uid, title=name, url=_url(organisation, uid), text=_("Mailing"), icon="mail", permission="mailing.read"
        )


def _url(organisation: House, uid: str) -> str:
    return f"/studio/{organisation.slug}/mailings/{uid}"


def _next(organisation: House) -> Iterator[Entry]:
    for one in queries.upcoming(organisation.id):
        yield Entry(
            uid=one.uid,
            title=one.name,
            url=_url(organisation, one.uid),
            at=one.at,
            zone=one.zone,
            text=_("to everyone on %(lists)s", lists=one.to_whom),
            figure=ngettext("%(count)s person", "%(count)s people", one.people, count=show_number(one.people)),
        )


def _now(organisation: House) -> Iterator[Entry]:
    for one in queries.leaving(organisation.id):
        yield Entry(
            uid=one.uid,
            title=one.name,
            url=_url(organisation, one.uid),
            state=one.state.value,
            counts=one.counts,
            total=one.total,
            moves=one.state in _MOVING,
        )


def _done(organisation: House) -> Iterator[Entry]:
    for one in queries.sent(organisation.id):
        yield Entry(
            uid=one.uid,
            title=one.name,
            url=_url(organisation, one.uid),
            at=one.at,
            zone=one.zone,
            figure=_(
                "%(delivered)s of %(all)s delivered",
                delivered=show_number(one.delivered),
                all=show_number(one.audience),
            ),
        )


def _needs(organisation: House, now: datetime) -> Iterator[Entry]:
    under_way = queries.leaving(organisation.id)
    for one in under_way:
        if one.problem:
            yield _todo(
                organisation,
                one.uid,
                one.name,
                _("Stopped on the way: %(problem)s", problem=one.problem),
                "stopped",
                "stopped",
            )
    for state, tone, icon in ((MessageState.HALTED, "stopped", "stopped"), (MessageState.PAUSED, "needs", "pause")):
        for one in under_way:
            if one.state is state:
                words = " ".join(map(_why_held, one.held))
                yield _todo(organisation, one.uid, one.name, words, tone, icon)
    for sent in queries.sent(organisation.id):
        if sent.most_failed:
            yield _todo(organisation, sent.uid, sent.name, _refused(sent.refused), "stopped", "stopped")
    for unclear in queries.unclear(organisation.id, now):
        yield _todo(organisation, unclear.uid, unclear.name, _unclear(unclear.people), "unclear", "question")
    for draft in queries.drafts(organisation.id):
        yield _draft(organisation, draft)


def _draft(organisation: House, one: queries.Draft) -> Entry:
    if one.problem:
        words, tone = _("It was not sent: %(problem)s", problem=one.problem), "stopped"
    else:
        words, tone = _("A draft. Nobody has received it."), "draft"
    return _todo(organisation, one.uid, one.name, words, tone, tone, permission="mailing.change")


def _todo(organisation: House, uid: str, name: str, words: str, tone: str, icon: str, permission: str = "") -> Entry:
    return Entry(
        uid=uid, title=name, url=_url(organisation, uid), text=words, tone=tone, icon=icon, permission=permission
    )


def _why_held(one: Held) -> str:
    if one.cause is HoldCause.REFUSAL:
        return _("Stopped by itself: %(reason)s", reason=one.reason) if one.reason else _("Stopped by itself")
    if one.cause is HoldCause.SOURCE:
        return _("Something it shows has changed: those who wait get the new text once you say so.")
    if one.cause is HoldCause.GATE:
        return one.reason or _("Not released yet. Nobody gets it until then.")
    return _("Paused. Nobody gets it until you resume.")


def _refused(people: int) -> str:
    return ngettext(
        "%(count)s person did not get it: most copies were refused",
        "%(count)s people did not get it: most copies were refused",
        people,
        count=show_number(people),
    )


def _unclear(people: int) -> str:
    return ngettext(
        "%(count)s copy may or may not have arrived",
        "%(count)s copies may or may not have arrived",
        people,
        count=show_number(people),
    )
