"""An organisation of random people as rows, and the same people as plain Python values, to compare the two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from mobilize.actions.models import Act, ActOrigin, CallToAction
from mobilize.actions.service import Facts as ActionFacts
from mobilize.actions.service import create_action
from mobilize.appeals.appeal.models import Appeal
from mobilize.audiences.service import create_segment
from mobilize.core.db import new_uid, session
from mobilize.core.when import unknown
from mobilize.delivery.messages import open_message
from mobilize.delivery.models import Delivery, DeliveryState, MessageSource, Recipient, Stream
from mobilize.events.models import Attendance, Event
from mobilize.events.registrations.models import DoorLink, DoorScan, Registration, RegistrationState
from mobilize.events.service import Facts, create_event
from mobilize.mailings.models import Mailing, MailingState
from mobilize.organisations.models import Organisation
from mobilize.questions.models import Answer, AnswerChoice, Question, QuestionChoice, QuestionKind
from mobilize.questions.rules import WITH_CHOICES, own_fields
from mobilize.questions.service import ChoiceFacts, QuestionFacts, create_question
from mobilize.schedules.models import Occurrence, OccurrenceState, Rule
from mobilize.subscribers.models import Consent, ConsentAction, MailingList, Subscriber, Subscription, SubscriptionState
from tests.appeals.writing import make_draft
from tests.crowd import make_list, make_people
from tests.factories import make_organisation

NOW = datetime(2027, 3, 10, 12, tzinfo=UTC)
LANGUAGES = ("en", "fr", "fr-BE", "nl", "ar")
COUNTRIES = ("BE", "FR", "MA")
METHODS = ("double-opt-in", "import", "preferences", "staff")
MODES = (Attendance.VENUE, Attendance.ONLINE)


@dataclass
class Person:
    """What is known of one person, by the uids of what it is about."""

    id: int
    language: str
    known_since: datetime
    lists: dict[str, datetime] = field(default_factory=dict)
    consents: set[tuple[str, str]] = field(default_factory=set)
    answers: dict[str, Any] = field(default_factory=dict)
    choices: set[str] = field(default_factory=set)
    registrations: dict[str, tuple[RegistrationState, Attendance]] = field(default_factory=dict)
    came: set[str] = field(default_factory=set)
    acted: set[str] = field(default_factory=set)
    received: set[str] = field(default_factory=set)
    told_of: set[str] = field(default_factory=set)
    """Appeals that a mailing they got shows."""
    sent_by: set[str] = field(default_factory=set)


@dataclass
class World:
    """An organisation, everybody in it, and what conditions can name."""

    house: Organisation
    people: dict[int, Person]
    lists: list[MailingList]
    questions: dict[QuestionKind, Question]
    choices: list[QuestionChoice]
    events: list[Event]
    mailings: list[Mailing]
    actions: list[CallToAction]
    appeals: list[Appeal]
    rules: dict[str, list[str]]
    """By uid, the uids of the mailings that each has sent."""
    segments: dict[str, dict[str, Any]] = field(default_factory=dict)
    segment_ids: dict[str, int] = field(default_factory=dict)

    def in_tree(self, tree: Mapping[str, Any]) -> set[int]:
        """Whom the tree is true of, by the model alone."""
        return {one.id for one in self.people.values() if self.holds(tree, one)}

    def holds(self, tree: Mapping[str, Any], one: Person) -> bool:
        if "all" in tree:
            return all(self.holds(part, one) for part in tree["all"])
        if "any" in tree:
            return any(self.holds(part, one) for part in tree["any"])
        if "not" in tree:
            return not self.holds(tree["not"], one)
        if "segment" in tree:
            return self.holds(self.segments[tree["segment"]], one)
        return TRUE_OF[tree["condition"]](tree["facts"], one)


def _joined(facts: Mapping[str, Any], one: Person) -> bool:
    at = one.lists.get(facts["list"]) if "list" in facts else one.known_since
    if at is None:
        return False
    if "day" in facts:
        begins = datetime.combine(date.fromisoformat(facts["day"]), time(), ZoneInfo("Europe/Brussels"))
        return at >= begins if facts["how"] == "since" else at < begins
    ago = NOW - timedelta(days=facts["days"])
    return at >= ago if facts["how"] == "within" else at < ago


def _number(facts: Mapping[str, Any], one: Person) -> bool:
    said = one.answers.get(facts["field"])
    wanted = float(facts["number"])
    return said is not None and {
        "at-least": said >= wanted, "at-most": said <= wanted, "exactly": said == wanted
    }[facts["how"]]  # fmt: skip


def _day(facts: Mapping[str, Any], one: Person) -> bool:
    said, wanted = one.answers.get(facts["field"]), date.fromisoformat(facts["day"])
    return said is not None and {"from": said >= wanted, "until": said <= wanted, "on": said == wanted}[facts["how"]]


def _registered(facts: Mapping[str, Any], one: Person) -> bool:
    state, mode = one.registrations.get(facts["event"], (None, None))
    return state == facts["state"] and facts.get("attendance", mode) == mode


TRUE_OF: dict[str, Callable[[Mapping[str, Any], Person], bool]] = {
    "subscribed": lambda facts, one: facts["list"] in one.lists,
    "language": lambda facts, one: any(
        one.language == tag or one.language.startswith(f"{tag}-") for tag in facts["languages"]
    ),
    "joined": _joined,
    "consent": lambda facts, one: any(
        method == facts["method"] and facts.get("list", where) == where for where, method in one.consents
    ),
    "answered": lambda facts, one: facts["field"] in one.answers,
    "number": _number,
    "day": _day,
    "yes-no": lambda facts, one: one.answers.get(facts["field"]) is (facts["said"] == "yes"),
    "country": lambda facts, one: one.answers.get(facts["field"]) in facts["countries"],
    "choice": lambda facts, one: bool(one.choices & set(facts["choices"])),
    "registered": _registered,
    "acted": lambda facts, one: facts["what"] in one.acted,
    "came": lambda facts, one: facts["event"] in one.came,
    "received": lambda facts, one: facts["mailing"] in one.received,
    "appeal": lambda facts, one: facts["appeal"] in one.told_of,
    "rule": lambda facts, one: facts["rule"] in one.sent_by,
}
"""Each condition once more, as plain Python."""


def make_world(seed: int, number: int = 30) -> World:
    """So many random people in one organisation, as many in another one. Call it inside a writing unit."""
    random = Random(seed)
    _filled(make_organisation(), random, number)
    return _filled(make_organisation(), random, number)


def _filled(house: Organisation, random: Random, number: int) -> World:
    lists = [make_list(house, slug) for slug in ("news", "urgent")]
    questions = {
        kind: create_question(house.id, own_fields(house.id), kind.value.replace("-", "_"), kind, _facts(kind))
        for kind in (QuestionKind.NUMBER, QuestionKind.DATE, QuestionKind.YES_NO, QuestionKind.COUNTRY,
                     QuestionKind.CHOICE, QuestionKind.SEVERAL)
    }  # fmt: skip
    asked = QuestionChoice.question_id.in_([row.id for row in questions.values()])
    choices = list(session.scalars(select(QuestionChoice).where(asked)))
    mailings = _mailings(house)
    events, appeals = [_event(house, n) for n in range(2)], _appeals(house, mailings[0])
    actions = [_action(house, n) for n in range(3)]
    world = World(house, {}, lists, questions, choices, events, mailings, actions, appeals, _rules(events[0], mailings))
    for person_id in make_people(house, number, []):
        world.people[person_id] = _person(world, person_id, random)
    session.flush()
    for name, tree in _segments(world).items():
        row = create_segment(house.id, name, tree)
        world.segments[row.uid], world.segment_ids[row.uid] = tree, row.id
    return world


def _segments(world: World) -> dict[str, dict[str, Any]]:
    french = {"condition": "language", "facts": {"languages": ["fr"]}}
    news = {"condition": "subscribed", "facts": {"list": world.lists[0].uid}}
    return {"French": french, "News, not French": {"all": [news, {"not": french}]}}


def _person(world: World, person_id: int, random: Random) -> Person:
    one = Person(person_id, random.choice(LANGUAGES), _moment(random))
    session.execute(update(Recipient).where(Recipient.id == person_id).values(language=one.language))
    known = update(Subscriber).where(Subscriber.recipient_id == person_id)
    session.execute(known.values(created_at=one.known_since))
    for row in world.lists:
        _subscribe(one, row, random)
    for question in world.questions.values():
        if random.random() < 0.6:
            _answer(world, one, question, random)
    for event in world.events:
        _register(one, event, random)
    for mailing in world.mailings:
        _deliver(world, one, mailing, random)
    for action in world.actions:
        _act(one, action, random)
    one.sent_by = {rule for rule, sent in world.rules.items() if one.received & set(sent)}
    return one


def _subscribe(one: Person, row: MailingList, random: Random) -> None:
    drawn, at, method = random.random(), _moment(random), random.choice(METHODS)
    if drawn > 0.8:
        return
    state = SubscriptionState.SUBSCRIBED if drawn < 0.6 else SubscriptionState.LEFT
    session.add(Subscription(recipient_id=one.id, list_id=row.id, state=state, changed_at=at))
    if state is SubscriptionState.SUBSCRIBED:
        one.lists[row.uid] = at
    one.consents.add((row.uid, method))
    for action in (ConsentAction.GIVEN, *([ConsentAction.WITHDRAWN] if state is SubscriptionState.LEFT else [])):
        session.add(
            Consent(
                organisation_id=row.organisation_id,
                recipient_id=one.id,
                person_hash=b"x" * 16,
                list_id=row.id,
                action=action,
                method=method,
                language="en",
                at=at,
            )
        )


def _answer(world: World, one: Person, question: Question, random: Random) -> None:
    value: Any = {
        QuestionKind.NUMBER: float(random.randint(0, 5)),
        QuestionKind.DATE: date(2027, 1, random.randint(1, 5)),
        QuestionKind.YES_NO: random.random() < 0.5,
        QuestionKind.COUNTRY: random.choice(COUNTRIES),
    }.get(question.kind)
    column = {QuestionKind.NUMBER: "number", QuestionKind.DATE: "day", QuestionKind.YES_NO: "yes",
              QuestionKind.COUNTRY: "country"}.get(question.kind)  # fmt: skip
    row = Answer(
        organisation_id=world.house.id, question_id=question.id, recipient_id=one.id, answered_at=NOW,
        **({column: value} if column else {}),
    )  # fmt: skip
    session.add(row)
    session.flush()
    offered = [choice for choice in world.choices if choice.question_id == question.id]
    at_most = {QuestionKind.CHOICE: 1, QuestionKind.SEVERAL: 2}.get(question.kind, 0)
    for choice in random.sample(offered, min(at_most, len(offered))):
        session.add(AnswerChoice(answer_id=row.id, choice_id=choice.id))
        one.choices.add(choice.uid)
    one.answers[question.uid] = value


def _register(one: Person, event: Event, random: Random) -> None:
    if random.random() < 0.4:
        return
    state, mode = random.choice(list(RegistrationState)), random.choice(MODES)
    one.registrations[event.uid] = state, mode
    row = Registration(
        event_id=event.id, recipient_id=one.id, state=state, attendance=mode, language="en", changed_at=NOW
    )
    session.add(row)
    session.flush()
    for _scan in range(random.randint(0, 2)):
        undone = random.random() < 0.5
        session.add(_scanned(event, row, undone=undone))
        one.came |= set() if undone else {event.uid}


def _action(house: Organisation, number: int) -> CallToAction:
    """The last two are about one thing."""
    about = "campaign:case" if number else ""
    return create_action(house.id, f"action-{number}", ActionFacts({"en": f"Action {number}"}, about=about))


def _act(one: Person, action: CallToAction, random: Random) -> None:
    if random.random() < 0.6:
        return
    one.acted |= set(action.refs)
    key = one.id.to_bytes(16, "big")
    session.add(
        Act(action_id=action.id, recipient_id=one.id, signer_key=key, name_key=key, language="en",
            origin=ActOrigin.PAGE, acted_at=NOW)
    )  # fmt: skip


def _scanned(event: Event, row: Registration, *, undone: bool) -> DoorScan:
    link = session.scalars(select(DoorLink.id).where(DoorLink.event_id == event.id)).one()
    times = {"scanned_at": NOW, "undone_at": NOW if undone else None}
    return DoorScan(event_id=event.id, door_link_id=link, registration_id=row.id, nonce=new_uid(), **times)


def _deliver(world: World, one: Person, mailing: Mailing, random: Random) -> None:
    if mailing.message_id is None or random.random() < 0.3:
        return
    state = random.choice([DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.PENDING,
                           DeliveryState.SUPPRESSED])  # fmt: skip
    session.add(
        Delivery(
            message_id=mailing.message_id,
            content_id=1,
            recipient_id=one.id,
            stream=Stream.BULK,
            domain_index=b"d" * 16,
            state=state,
            changed_at=NOW,
        )
    )
    if state in (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN):
        one.received.add(mailing.uid)
        one.told_of.add(world.appeals[0].uid)


def _moment(random: Random) -> datetime:
    return NOW - timedelta(hours=random.randint(1, 24 * 20))


def _facts(kind: QuestionKind) -> QuestionFacts:
    labels = [ChoiceFacts({"en": label}) for label in "ABC"] if kind in WITH_CHOICES else []
    return QuestionFacts(labels={"en": f"Asked as {kind.value}"}, choices=labels)


def _event(house: Organisation, number: int) -> Event:
    """With a door where tickets are scanned."""
    row = create_event(house.id, f"event-{number}", Facts({"en": f"Event {number}"}), unknown(house.timezone))
    session.add(DoorLink(event_id=row.id, label="Door", created_at=NOW))
    session.flush()
    return row


def _mailings(house: Organisation) -> list[Mailing]:
    """One that was sent, and one that was not."""
    message = open_message(
        organisation_id=house.id, stream=Stream.BULK, anchor="mailing:sent", anchor_version=1,
        dedupe_key=f"sent {house.id}", sender_name="", sender_address="news@example.org", reply_to="", list_header="",
        bases=[],
    )  # fmt: skip
    found = [
        Mailing(
            organisation_id=house.id,
            name=f"Mailing {state.value}",
            sender_name="",
            sender_address="news@example.org",
            default_language="en",
            content={},
            selection={"lists": [], "without": []},
            state=state,
            message_id=message_id,
            created_at=NOW,
        )
        for state, message_id in ((MailingState.LAUNCHED, message), (MailingState.DRAFT, None))
    ]
    session.add_all(found)
    session.flush()
    return found


def _appeals(house: Organisation, sent: Mailing) -> list[Appeal]:
    """One that the sent mailing shows, and one that nothing shows."""
    found = [make_draft(house.id), make_draft(house.id)]
    session.add(MessageSource(message_id=sent.message_id, source=f"appeal:{found[0].uid}", version=1))
    session.flush()
    return found


def _rules(event: Event, mailings: list[Mailing]) -> dict[str, list[str]]:
    """One that sent each mailing, and was missed once; one that sent nothing yet."""
    sent = {}
    for name, copies in (("Invitation", mailings), ("Thank you", [])):
        rule = Rule(
            organisation_id=event.organisation_id, anchor=f"event:{event.uid}", moment="start", name=name, lateness=60,
            template_id=mailings[-1].id, armed_at=NOW, created_at=NOW, changed_at=NOW,
        )  # fmt: skip
        session.add(rule)
        session.flush()
        for number, copy in enumerate([*copies, None], start=1):
            state = OccurrenceState.SENT if copy else OccurrenceState.MISSED
            session.add(
                Occurrence(
                    rule_id=rule.id,
                    number=number,
                    moment_at=NOW,
                    due_at=NOW,
                    state=state,
                    at=NOW,
                    mailing_id=copy.id if copy else None,
                )
            )
        sent[rule.uid] = [copy.uid for copy in copies]
    session.flush()
    return sent
