"""The seeds' events once more, as if they were this week: with people registered, and reminders that leave soon.

service starts -> an event of ``EVENTS`` that is not ahead any more is made anew, its moments counted from now
    -> readers of the demonstration register, wait, or have not confirmed -> its rules to come are switched on

Everybody registered is made up and stands under example.org. Nothing of it is mailed but into the embedded inbox: the
caller asks for it only while that runs, and ``stop_rules`` ends it when it does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from mobilize.core import clock, db, feature
from mobilize.core.db import session
from mobilize.core.errors import MobilizeError
from mobilize.core.feature import Anchored
from mobilize.core.i18n import _, using
from mobilize.delivery.models import Recipient
from mobilize.delivery.recipients import contact_of
from mobilize.demo import content
from mobilize.demo.events import add_event
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import Registration, RegistrationState
from mobilize.events.registrations.service import FormFacts, change_form
from mobilize.events.registrations.staff import Entered, add
from mobilize.mailings.models import Mailing
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import Brand, brand
from mobilize.schedules.models import Rule
from mobilize.schedules.queries import Planned, planned, rules_of
from mobilize.schedules.service import arm, disarm
from mobilize.schedules.sets import SETS
from mobilize.schedules.sets import add as add_set
from mobilize.subscribers.models import MailingList, Subscription

log = structlog.get_logger(__name__)

SLUG = "this-week-"
STREAM = "https://stream.example.org/this-week"
PENDING_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Soon:
    """An event of a seed (``like``, its slug) that begins so long from now; ``rules`` is a set of ``schedules.sets``.

    How many people are registered for the room and online, wait for a seat, and have not confirmed yet. Known to the
    day only where the seed's event is.
    """

    org: str
    like: str
    begins: timedelta
    lasts: timedelta | None
    rules: str
    room: int
    online: int = 0
    waiting: int = 0
    pending: int = 0

    @property
    def people(self) -> list[tuple[RegistrationState, Attendance]]:
        """What each of them is to be, one after the other."""
        comes, venue, online = RegistrationState.REGISTERED, Attendance.VENUE, Attendance.ONLINE
        return [
            *[(comes, venue)] * self.room,
            *[(comes, online)] * self.online,
            *[(RegistrationState.PENDING, venue)] * self.pending,
            *[(RegistrationState.WAITING, venue)] * self.waiting,
        ]


EVENTS = (
    Soon(
        "kazerne-dossin", "civic-space-initiative", timedelta(hours=2, minutes=2), None, "hybrid",
        room=12, online=8, waiting=3,
    ),
    Soon(
        "leidenasiacentre", "partners-under-pressure", timedelta(hours=4), timedelta(hours=2), "hybrid",
        room=12, waiting=3, pending=2,
    ),
    Soon("brussels-platform", "annual-conference-2022", timedelta(days=3), None, "conference", room=10),
)  # fmt: skip
"""The first reminder leaves two minutes after the service began; the second event is one to cancel."""


def make() -> list[str]:
    """Make those events that are not ahead; the titles of all that are. Opens its own units: call it outside any.

    One that cannot be made (somebody changed what it needs) is logged, and keeps nobody from starting.
    """
    found = []
    for soon in EVENTS:
        try:
            found += _made(soon)
        except MobilizeError:
            log.exception("demonstration.this_week", organisation=soon.org)
    return found


def stop_rules() -> None:
    """Switch off every rule of the demonstration. Commits nothing."""
    wanted = select(Rule).join(Mailing, Mailing.id == Rule.template_id).where(Mailing.is_demonstration)
    for rule in session.scalars(wanted.where(Rule.armed_at.is_not(None)).order_by(Rule.id)):
        disarm(rule)


def _made(soon: Soon) -> list[str]:
    with db.writing():
        house = _house(soon.org)
        if house is None:
            return []
        row = _ahead(house)
        if row is not None:
            return [row.titles[house.default_language]]
        row = add_event(house.id, _source(soon, house))
        ref, title = f"event:{row.uid}", row.titles[house.default_language]
        _register(soon, row, house)
        add_set(SETS["event"][soon.rules], _thing(house.id, ref), house, demonstration=True)
        uids = [one.rule.uid for one in planned(house.id, rules_of(house.id, ref)) if _is_wanted(one, soon)]
    for uid in uids:
        with db.writing():
            arm(session.scalars(select(Rule).where(Rule.uid == uid)).one(), _thing(house.id, ref))
    return [title]


def _house(slug: str) -> Brand | None:
    """The demonstration's own organisation of this name; None where it is somebody else's, or not there."""
    own = select(Organisation.id).where(Organisation.slug == slug, Organisation.is_demonstration)
    found = session.scalar(own)
    return None if found is None else brand(found)


def _ahead(house: Brand) -> Event | None:
    """The event of this week that somebody can still look at, cancelled or not."""
    own = select(Event).where(Event.organisation_id == house.id, Event.slug.startswith(SLUG))
    return next((row for row in session.scalars(own.order_by(Event.id.desc())) if not row.is_over(clock.now())), None)


def _source(soon: Soon, house: Brand) -> dict[str, Any]:
    """The event of the file under another name, all its moments moved by the same time."""
    events = content.organisation(soon.org).features["events"]
    source = json.loads(json.dumps(next(one for one in events if one["slug"] == soon.like)))
    source.pop("campaign", None)
    source.pop("cancelled", None)
    begins = _local(clock.now() + soon.begins + timedelta(minutes=1), house.timezone)
    by = begins - datetime.fromisoformat(source["start"])
    for moments in (source, *source.get("programme", ())):
        moments |= {name: _moved(moments[name], by) for name in ("start", "end") if name in moments}
    if soon.lasts is not None:
        source["end"] = (begins + soon.lasts).isoformat(timespec="minutes")
    titles = {language: _titled(title, language) for language, title in source["titles"].items()}
    return {
        **source,
        "slug": f"{SLUG}{begins:%m%d-%H%M}",
        "titles": titles,
        "stream_url": STREAM if soon.online else "",
    }


def _titled(title: str, language: str) -> str:
    with using(language):
        # Translators: the title of an event of the demonstration, which is shown as if it took place this week.
        return _("%(title)s (as if it were this week)", title=title)


def _local(moment: datetime, zone: str) -> datetime:
    """What the clock on the wall shows, to the minute."""
    return moment.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0, tzinfo=None)


def _moved(told: str, by: timedelta) -> str:
    """A local time (or day) of a file, later by so much."""
    moved = datetime.fromisoformat(told) + by
    return moved.isoformat(timespec="minutes") if "T" in told else moved.date().isoformat()


def _register(soon: Soon, row: Event, house: Brand) -> None:
    """Readers of the newsletter, in turn by language; the room is full where somebody waits."""
    change_form(row, FormFacts(capacity=soon.room + soon.pending if soon.waiting else None))
    people = _readers(house, len(soon.people))
    for (state, attendance), recipient in zip(soon.people, people, strict=False):
        if state is RegistrationState.REGISTERED:
            contact = contact_of(recipient)
            entered = Entered(contact.email, contact.first_name, "", recipient.language, attendance)
            add(row, house, entered, "demonstration", told=False)
        else:
            _put(row, recipient, state, attendance)


def _put(row: Event, recipient: Recipient, state: RegistrationState, attendance: Attendance) -> None:
    """Somebody who has not confirmed yet, or waits for a seat: nothing is mailed for it."""
    now = clock.now()
    moments: Mapping[str, datetime] = (
        {"held_until": now + PENDING_FOR} if state is RegistrationState.PENDING else {"waiting_since": now}
    )
    session.add(
        Registration(
            event_id=row.id,
            recipient_id=recipient.id,
            state=state,
            attendance=attendance,
            language=recipient.language,
            changed_at=now,
            **moments,
        )
    )
    session.flush()


def _readers(house: Brand, number: int) -> Sequence[Recipient]:
    """So many readers, one of each language after the other."""
    wanted = (
        select(Recipient)
        .join(Subscription, Subscription.recipient_id == Recipient.id)
        .join(MailingList, MailingList.id == Subscription.list_id)
        .where(MailingList.organisation_id == house.id, MailingList.slug == "newsletter")
        .order_by(Recipient.id)
    )
    rows = list(session.scalars(wanted))
    spoken = [[one for one in rows if one.language == language] for language in house.languages]
    mixed = [one for together in zip(*spoken, strict=False) for one in together]
    return mixed[:number]


def _thing(organisation_id: int, ref: str) -> Anchored:
    found = feature.anchored(organisation_id, ref)
    if found is None:
        raise MobilizeError(f"no {ref}")
    return found


def _is_wanted(plan: Planned, soon: Soon) -> bool:
    """It is still to come, and there is somebody whom it is for."""
    is_for_online = plan.template.to_whom.group.endswith(":online")
    return plan.due_at is not None and plan.due_at > clock.now() and (soon.online > 0 or not is_for_online)
