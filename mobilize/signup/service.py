"""Changes to forms, and the way of a sign-up: asked, confirmed, forgotten. Nothing here commits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from mobilize.core import audit, clock, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.i18n import _, show_list, text_in
from mobilize.core.tokens import Purpose
from mobilize.delivery.forgetting import forget_recipients
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.delivery.recipients import change_contact, find_or_create_recipient
from mobilize.delivery.service import PersonalLink, send
from mobilize.delivery.suppression.service import suppression_of
from mobilize.organisations.queries import Brand, brand
from mobilize.organisations.rules import lines
from mobilize.signup.challenges import forget_used
from mobilize.signup.models import ConsentWording, SignupForm, SignupRequest
from mobilize.signup.queries import newest_wording
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.models import MailingList, Subscriber
from mobilize.subscribers.queries import lists_by_id, lists_of
from mobilize.subscribers.rules import EVERYTHING
from mobilize.subscribers.service import hold, subscribe, welcome_back

CONFIRM_WITHIN = timedelta(days=7)
MOST_MAILS = 5
"""Mails to one address through one form in seven days, however often somebody asks."""
FORGET_AT_ONCE = 500


@dataclass(frozen=True)
class FormFacts:
    """What a form asks; texts by language, ``list_ids`` in the order shown."""

    wording: Mapping[str, str]
    list_ids: Sequence[int]
    titles: Mapping[str, str] = field(default_factory=dict)
    introductions: Mapping[str, str] = field(default_factory=dict)
    thanks: Mapping[str, str] = field(default_factory=dict)
    asks_first_name: bool = True
    asks_last_name: bool = False


@dataclass(frozen=True)
class Submission:
    """What a visitor typed, checked; ``wording_id`` is the version that their page showed."""

    address: str
    first_name: str
    last_name: str
    list_ids: Sequence[int]
    language: str
    wording_id: int


def create_form(organisation_id: int, slug: str, facts: FormFacts) -> SignupForm:
    """A new form with the first version of its wording.

    Raises:
        Conflict: the slug is taken in this organisation.
        Refused: a text that does not hold, no list, or no wording.
    """
    slug = text.slug("slug", slug)
    taken = select(SignupForm.id).where(SignupForm.organisation_id == organisation_id, SignupForm.slug == slug)
    if session.scalar(taken) is not None:
        raise Conflict(_("There is a form with this short name already"))
    row = SignupForm(organisation_id=organisation_id, slug=slug, created_at=clock.now())
    _set(row, facts)
    session.add(row)
    session.flush()
    _word(row, facts.wording, version=1)
    audit.record("form.created", organisation_id=organisation_id, subject=f"form:{row.uid}", slug=slug)
    return row


def change_form(row: SignupForm, facts: FormFacts) -> None:
    """Other texts or lists; another wording becomes a new version, and older consents keep theirs.

    Raises:
        Refused: a text that does not hold, no list, or no wording.
    """
    _set(row, facts)
    newest = newest_wording(row.id)
    if _lines("wording", facts.wording) != newest.texts:
        newest = _word(row, facts.wording, version=newest.version + 1)
    subject = f"form:{row.uid}"
    audit.record("form.changed", organisation_id=row.organisation_id, subject=subject, wording_version=newest.version)


def ask(form: SignupForm, organisation: Brand, submission: Submission) -> int:
    """Keep a sign-up until it is confirmed and mail its link; the id of the request.

    The same rows are written for a known and an unknown address. After ``MOST_MAILS`` in seven days nothing is
    mailed and nothing changes: whoever got a link can still use it.
    """
    recipient = find_or_create_recipient(
        organisation.id, organisation.uid, RecipientKind.SUBSCRIBER, submission.address, submission.language
    )
    hold(recipient.id)
    request = _request(form, recipient)
    if request.mails_sent < MOST_MAILS:
        request.wording_id = submission.wording_id
        request.list_ids = list(submission.list_ids)
        request.language = submission.language
        request.names = json.dumps({"first_name": submission.first_name, "last_name": submission.last_name})
        request.confirmed_at = None
        _mail(request, recipient, organisation)
    return request.id


def ask_again(request_id: int) -> None:
    """Mail the link of a waiting sign-up once more; silently nothing if it is forgotten or was mailed too often."""
    request = session.get(SignupRequest, request_id)
    if request is None or request.ends_at <= clock.now():
        return
    recipient = hold(request.recipient_id)
    session.refresh(request)
    if request.mails_sent < MOST_MAILS and request.confirmed_at is None:
        _mail(request, recipient, brand(request.organisation_id))


def confirm(request_id: int) -> None:
    """Subscribe the person: consent rows, names, language, what held mail back, and the welcome. Repeating is nothing.

    Raises:
        NotFound: the sign-up is forgotten.
    """
    request = session.get(SignupRequest, request_id)
    if request is None:
        raise NotFound("sign-up")
    recipient = hold(request.recipient_id)
    session.refresh(request)
    if request.confirmed_at is not None:
        return
    request.confirmed_at = clock.now()
    organisation = brand(request.organisation_id)
    subscribe(recipient.id, request.list_ids, _evidence(request))
    welcome_back(recipient.id)
    names = {name: value for name, value in json.loads(request.names).items() if value}
    change_contact(recipient, organisation.uid, language=request.language, **names)
    _welcome(request, recipient, organisation)


def forget_expired(now: datetime) -> int:
    """Forget sign-ups that nobody confirmed in time, with the addresses typed there, and used answers; how many.

    For the tick: at most 500 at once, the rest the next time.
    """
    forget_used(now)
    expired = select(SignupRequest.id, SignupRequest.recipient_id).where(SignupRequest.ends_at <= now)
    rows = session.execute(expired.order_by(SignupRequest.ends_at).limit(FORGET_AT_ONCE)).all()
    if not rows:
        return 0
    session.execute(delete(SignupRequest).where(SignupRequest.id.in_([request_id for request_id, _person in rows])))
    people = {recipient_id for _request, recipient_id in rows}
    kept = set(session.scalars(select(Subscriber.recipient_id).where(Subscriber.recipient_id.in_(people))))
    kept |= set(session.scalars(select(SignupRequest.recipient_id).where(SignupRequest.recipient_id.in_(people))))
    forget_recipients(sorted(people - kept))
    return len(rows)


def list_names(lists: Sequence[MailingList], language: str, default: str) -> str:
    """The lists' names in one phrase of the language: "Newsletter, Events and Urgent actions"."""
    return show_list((text_in(row.names, language, default) for row in lists), language)


def _request(form: SignupForm, recipient: Recipient) -> SignupRequest:
    """The person's waiting sign-up through this form, or a new one; seven days start anew once they are over."""
    now = clock.now()
    wanted = select(SignupRequest).where(SignupRequest.form_id == form.id, SignupRequest.recipient_id == recipient.id)
    row = session.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        row = SignupRequest(
            form_id=form.id, organisation_id=form.organisation_id, recipient_id=recipient.id, mails_sent=0
        )
    elif row.ends_at <= now:
        row.mails_sent = 0
    return row


def _mail(request: SignupRequest, recipient: Recipient, organisation: Brand) -> None:
    """The link to confirm; or, to somebody who is on every list already, the link to their page."""
    now = clock.now()
    request.asked_at, request.ends_at = now, now + CONFIRM_WITHIN
    request.mails_sent += 1
    session.add(request)
    session.flush()
    lists = lists_by_id(request.list_ids, organisation.id)
    known = _nothing_to_add(recipient, request.list_ids)
    link = (Purpose.PREFERENCES, (recipient.id,)) if known else (Purpose.CONFIRM, (request.id, organisation.id))
    send(
        "signup/already" if known else "signup/confirm",
        organisation=organisation,
        language=request.language,
        recipient=recipient,
        anchor=f"signup:{request.uid}",
        facts={"lists": list_names(lists, request.language, organisation.default_language)},
        personal_links={"action_url": PersonalLink(*link)},
    )


def _nothing_to_add(recipient: Recipient, list_ids: Sequence[int]) -> bool:
    on_all = set(list_ids) <= set(lists_of(recipient.id))
    return on_all and suppression_of(recipient.organisation_id, recipient.address_index) is None


def _welcome(request: SignupRequest, recipient: Recipient, organisation: Brand) -> None:
    lists = lists_by_id(request.list_ids, organisation.id)
    only = lists[0].id if len(lists) == 1 else EVERYTHING
    send(
        "signup/welcome",
        organisation=organisation,
        language=request.language,
        recipient=recipient,
        anchor=f"recipient:{recipient.uid}",
        facts={"lists": list_names(lists, request.language, organisation.default_language)},
        personal_links={
            "preferences_url": PersonalLink(Purpose.FOOTER, (recipient.id,)),
            "unsubscribe_url": PersonalLink(Purpose.UNSUBSCRIBE, (recipient.id, only)),
        },
        dedupe_key=f"welcome:{request.uid}:{int(request.asked_at.timestamp())}",
    )


def _evidence(request: SignupRequest) -> Evidence:
    """The wording they saw, and when they asked and confirmed: no network address."""
    shown = session.get_one(ConsentWording, request.wording_id)
    form = session.get_one(SignupForm, request.form_id)
    return Evidence(
        method="double-opt-in",
        wording=text_in(shown.texts, request.language, brand(request.organisation_id).default_language),
        wording_version=shown.version,
        language=request.language,
        proof={
            "form": form.uid,
            "request": request.uid,
            "asked_at": request.asked_at.isoformat(),
            "confirmed_at": clock.now().isoformat(),
        },
    )


def _set(row: SignupForm, facts: FormFacts) -> None:
    titles = {code: text.one_line("titles", words, at_most=120) for code, words in facts.titles.items()}
    row.titles = {code: words for code, words in titles.items() if words}
    row.introductions = _lines("introductions", facts.introductions)
    row.thanks = _lines("thanks", facts.thanks)
    row.list_ids = [found.id for found in lists_by_id(facts.list_ids, row.organisation_id)]
    row.asks_first_name, row.asks_last_name = facts.asks_first_name, facts.asks_last_name
    if not row.list_ids:
        raise Refused("lists", _("Choose at least one list"))
    if not _lines("wording", facts.wording):
        raise Refused("wording", _("Write what people agree to"))


def _word(row: SignupForm, texts: Mapping[str, str], version: int) -> ConsentWording:
    made = ConsentWording(form_id=row.id, version=version, texts=_lines("wording", texts), created_at=clock.now())
    session.add(made)
    session.flush()
    return made


def _lines(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    checked = {code: lines(name, words, at_most=2000) for code, words in texts.items()}
    return {code: words for code, words in checked.items() if words}
