"""Changes to forms, and the way of a sign-up: asked, confirmed, forgotten. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from mobilize.core import audit, clock, text
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import _, show_list, text_in
from mobilize.delivery.forgetting import forget_recipients
from mobilize.delivery.models import Recipient, RecipientKind
from mobilize.delivery.purposes import UNSUBSCRIBE
from mobilize.delivery.recipients import change_contact, contact_of, find_or_create_recipient
from mobilize.delivery.service import PersonalLink, send
from mobilize.delivery.suppression.service import suppression_of
from mobilize.organisations.queries import Brand, brand
from mobilize.questions.answering import answer
from mobilize.questions.pending import from_pending
from mobilize.questions.queries import answers_of, questions_by_id
from mobilize.signup.asking import KIND, AskedFor, Submission, asked_for
from mobilize.signup.models import ConsentWording, SignupForm
from mobilize.signup.purposes import CONFIRM
from mobilize.signup.queries import newest_wording, offered_fields
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.models import MailingList
from mobilize.subscribers.purposes import PREFERENCES
from mobilize.subscribers.queries import lists_by_id, lists_of
from mobilize.subscribers.rules import EVERYTHING
from mobilize.subscribers.service import subscribe, welcome_back
from mobilize.visitors import requests
from mobilize.visitors.challenges import forget_used
from mobilize.visitors.limits import may_mail
from mobilize.visitors.models import VisitorRequest
from mobilize.visitors.sealed_ids import NOBODY

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
    question_ids: Sequence[int] = ()


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
    """Keep a sign-up until it is confirmed and mail its link; the id of the request, ``NOBODY`` if nothing is mailed.

    The same rows are written for a known and an unknown address. Each sign-up is a row of its own: a stranger who
    types somebody's address later changes nothing of what an earlier link confirms.
    """
    recipient = find_or_create_recipient(
        organisation.id, organisation.uid, RecipientKind.PERSON, submission.address, submission.language
    )
    request = requests.keep(KIND, form.id, recipient, submission.language, submission.payload())
    if request is None:
        return NOBODY
    _mail(request, recipient, organisation)
    return request.id


def ask_again(request_id: int) -> None:
    """Mail the link of a waiting sign-up once more; silently nothing if it is forgotten or was mailed too often."""
    waiting = requests.find(KIND, request_id)
    if waiting is None:
        return
    recipient, organisation = session.get_one(Recipient, waiting.recipient_id), brand(waiting.organisation_id)
    if may_mail(contact_of(recipient).email, organisation.uid):
        request = requests.mail_again(KIND, request_id)
        if request is not None:
            _mail(request, recipient, organisation)


def confirm(request_id: int) -> None:
    """Subscribe the person: consent rows, names, answers, language, what held mail back, and the welcome.

    Repeating is nothing. Names and answers that are known already stay: whoever types an address into a form is not
    known to be its owner, and the confirmation page, which forwards could reach, does not show what was typed. The
    owner changes them on their page.

    Raises:
        NotFound: the sign-up is forgotten.
    """
    request = requests.confirm_once(KIND, request_id)
    if request is None:
        return
    recipient, organisation = session.get_one(Recipient, request.recipient_id), brand(request.organisation_id)
    asked = asked_for(request)
    subscribe(recipient.id, asked.list_ids, _evidence(request, asked))
    welcome_back(recipient.id)
    known = contact_of(recipient)
    change_contact(
        recipient,
        organisation.uid,
        first_name=known.first_name or asked.first_name,
        last_name=known.last_name or asked.last_name,
        language=request.language,
    )
    _answer(asked, recipient)
    _welcome(request, asked, recipient, organisation)


def forget_expired(now: datetime) -> int:
    """Forget requests that nobody confirmed in time, with people whom nothing else holds, and used answers; how many.

    For the tick: at most 500 at once, the rest the next time.
    """
    forget_used(now)
    ended, people = requests.forget_expired(now, FORGET_AT_ONCE)
    forget_recipients(sorted(people))
    return ended


def list_names(lists: Sequence[MailingList], language: str, default: str) -> str:
    """The lists' names in one phrase of the language: "Newsletter, Events and Urgent actions"."""
    return show_list((text_in(row.names, language, default) for row in lists), language)


def _mail(request: VisitorRequest, recipient: Recipient, organisation: Brand) -> None:
    """The link to confirm; or, to somebody who is on every list already, the link to their page."""
    asked = asked_for(request)
    lists = lists_by_id(asked.list_ids, organisation.id)
    known = _nothing_to_add(recipient, asked.list_ids)
    link = (PREFERENCES, (recipient.id,)) if known else (CONFIRM, (request.id, organisation.id))
    send(
        "signup/already" if known else "signup/confirm",
        organisation=organisation,
        language=request.language,
        recipient=recipient,
        anchor=f"signup:{request.uid}",
        facts={"lists": list_names(lists, request.language, organisation.default_language)},
        personal_links={"action_url": PersonalLink(*link)},
    )


def _answer(asked: AskedFor, recipient: Recipient) -> None:
    """Keep what was answered, as far as the fields still take it and the person has not answered them before."""
    fields = questions_by_id((one["id"] for one in asked.answers), recipient.organisation_id)
    known = answers_of(recipient.id, fields)
    answer(recipient.id, {key: one for key, one in from_pending(asked.answers, fields).items() if key not in known})


def _nothing_to_add(recipient: Recipient, list_ids: Sequence[int]) -> bool:
    on_all = set(list_ids) <= set(lists_of(recipient.id))
    return on_all and suppression_of(recipient.organisation_id, recipient.address_index) is None


def _welcome(request: VisitorRequest, asked: AskedFor, recipient: Recipient, organisation: Brand) -> None:
    lists = lists_by_id(asked.list_ids, organisation.id)
    only = lists[0].id if len(lists) == 1 else EVERYTHING
    send(
        "signup/welcome",
        organisation=organisation,
        language=request.language,
        recipient=recipient,
        anchor=f"recipient:{recipient.uid}",
        facts={"lists": list_names(lists, request.language, organisation.default_language)},
        personal_links={
            "preferences_url": PersonalLink(PREFERENCES, (recipient.id,)),
            "unsubscribe_url": PersonalLink(UNSUBSCRIBE, (recipient.id, only)),
        },
        dedupe_key=f"welcome:{request.uid}",
    )


def _evidence(request: VisitorRequest, asked: AskedFor) -> Evidence:
    """The words that stood on their page, and when they asked and confirmed: no network address."""
    shown = session.get_one(ConsentWording, asked.wording_id)
    form = session.get_one(SignupForm, request.subject_id)
    return Evidence(
        method="double-opt-in",
        wording=asked.words,
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
    row.titles = text.one_line_each("titles", facts.titles, at_most=120)
    row.introductions = _lines("introductions", facts.introductions)
    row.thanks = _lines("thanks", facts.thanks)
    row.list_ids = [found.id for found in lists_by_id(facts.list_ids, row.organisation_id)]
    row.asks_first_name, row.asks_last_name = facts.asks_first_name, facts.asks_last_name
    offered = {one.id for one in offered_fields(row.organisation_id)}
    row.question_ids = [one for one in facts.question_ids if one in offered]
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
    return text.lines_each(name, texts, at_most=2000)
