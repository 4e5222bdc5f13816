"""/p/<token>: what a person receives.

A link identifies, it never authenticates: the link at the foot of a newsletter (which people forward) never expires,
shows nothing but a masked address, and offers to leave or to mail a fresh link. Only that one opens the page where
topics, names, answers and language stand and change, for two days, or until the person unsubscribes in any other way.
Public, and reads its token itself: a link that is too old still offers to mail a fresh one; the guard would refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from mobilize.core import clock, limits, tokens
from mobilize.core.errors import NotFound, Refused, TokenRefused
from mobilize.core.forms import Form
from mobilize.core.i18n import LANGUAGES, text_in
from mobilize.core.permissions import public
from mobilize.core.settings import Settings
from mobilize.delivery.models import Recipient
from mobilize.delivery.purposes import FOOTER
from mobilize.organisations.queries import Brand, brand
from mobilize.questions.downloads import sent_file
from mobilize.questions.queries import answered_file
from mobilize.questions.rules import Value
from mobilize.subscribers import service, wordings
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.forms import PreferencesForm
from mobilize.subscribers.just_left import page_after
from mobilize.subscribers.models import MailingList
from mobilize.subscribers.own_answers import OwnAnswers, own_answers
from mobilize.subscribers.purposes import PREFERENCES
from mobilize.subscribers.queries import PersonOnLists, left_since, lists, person_of, withdrew_since
from mobilize.visitors.language import speak, with_language
from mobilize.visitors.limits import allow_client, may_mail

blueprint = Blueprint("preferences", __name__)

METHOD = "preferences"
PER_PERSON = ("3/hour", "8/day")
LINKS_AN_HOUR = 20
"""That one client can have mailed, to whomever."""

_BREAKS = {"pause": service.pause_mail, "resume": service.resume_mail}
"""What the buttons about a break do."""


@dataclass(frozen=True)
class Opened:
    """Who opened a link; only a ``fresh`` one shows and changes data."""

    person: PersonOnLists
    organisation: Brand
    language: str
    fresh: bool
    expired: bool
    left_since: bool = False
    """They unsubscribed after the link was mailed: it may have been forwarded, so it brings nobody back."""

    @property
    def recipient_id(self) -> int:
        return self.person.recipient.id

    @property
    def paused_until(self) -> datetime | None:
        """When the person's break ends; None where they take none."""
        until = self.person.recipient.paused_until
        return until if until is not None and until > clock.now() else None

    @cached_property
    def answers(self) -> OwnAnswers:
        return own_answers(self.recipient_id, self.organisation, self.language)

    @property
    def topics(self) -> list[MailingList]:
        """Public lists, and private ones the person is on."""
        return [row for row in lists(self.organisation.id) if row.is_public or row.id in self.person.list_ids]


@blueprint.get("/p/<token>")
@public
def show(token: str) -> str:
    """The page of a fresh link, or the way to one; changes nothing."""
    opened = open_link(token)
    return _fresh_page(opened, _form(opened, posted=False)) if opened.fresh else _footer_page(opened)


@blueprint.get("/p/<token>/files/<answer_uid>")
@public
def own_file(token: str, answer_uid: str) -> Response:
    """A file that the person gave, for the fresh link only."""
    opened = open_link(token)
    if not opened.fresh:
        raise NotFound("file")
    settings: Settings = current_app.config["SETTINGS"]
    file = answered_file(opened.organisation.id, answer_uid, opened.recipient_id)
    return sent_file(settings.answers_dir, file)


@blueprint.post("/p/<token>")
@public
def change(token: str) -> Response | tuple[str, int]:
    """Save, take or end a break, leave everything, or mail a fresh link, by the button that was pressed."""
    opened = open_link(token)
    form = _form(opened, posted=True)
    pressed = request.form.get("press", "")
    if opened.fresh and pressed == "save":
        return _save(opened, form)
    token_only = Form()
    if not token_only.validate():
        return _fresh_page(opened, form) if opened.fresh else _footer_page(opened, token_only), 422
    if pressed == "leave":
        return _leave(opened)
    if opened.fresh and pressed in _BREAKS:
        _BREAKS[pressed](opened.recipient_id)
        return redirect(with_language(request.path, saved="yes"), code=303)
    _mail_fresh_link(opened)
    return redirect(with_language(request.path, mailed="yes"), code=303)


def _save(opened: Opened, form: PreferencesForm) -> Response | tuple[str, int]:
    answers = _answers(opened, form) if form.validate() else {}
    if form.errors:
        return _fresh_page(opened, form), 422
    try:
        service.set_person(opened.recipient_id, form.first_name.data, form.last_name.data, form.language.data)
    except Refused as refusal:
        form.refuse(refusal)
        return _fresh_page(opened, form), 422
    by_uid = {row.uid: row.id for row in opened.topics}
    evidence = Evidence(METHOD, wordings.choosing_topics(opened.organisation), language=opened.language)
    wanted = [by_uid[uid] for uid in form.topics.data or ()]
    service.set_topics(opened.recipient_id, wanted, by_uid.values(), evidence)
    opened.answers.save(answers)
    return redirect(with_language(request.path, saved="yes"), code=303)


def _answers(opened: Opened, form: PreferencesForm) -> dict[int, Value | None]:
    """What was answered. Files are taken before anything is written: decoding a picture must hold no lock."""
    settings: Settings = current_app.config["SETTINGS"]
    found = opened.answers.typed(form)
    if form.errors:
        return found
    return {**found, **opened.answers.uploaded(form, settings.answers_dir, settings.media_megabytes)}


def _leave(opened: Opened) -> Response:
    """Leave everything; the page that follows has the way back."""
    evidence = Evidence(METHOD, wordings.everything(), language=opened.language)
    left = service.leave_everything(opened.recipient_id, evidence)
    return redirect(with_language(page_after(opened.recipient_id, left)), code=303)


def _mail_fresh_link(opened: Opened) -> None:
    """Few to one person and to one mailbox, and twenty an hour for one client; the page says the same either way."""
    index = opened.person.recipient.address_index
    if (
        allow_client("preferences.client", LINKS_AN_HOUR)
        and all(limits.allow("preferences.person", index, limit) for limit in PER_PERSON)
        and may_mail(opened.person.contact.email, opened.organisation.uid)
    ):
        service.mail_fresh_link(opened.organisation.ref, opened.person.recipient)


def open_link(token: str) -> Opened:
    """Who a link of these pages names, and whether it is fresh.

    Raises:
        TokenRefused: not a link of ours.
        NotFound: the person was erased.
    """
    recipient_id, fresh, expired = _read(token)
    person = person_of(recipient_id)
    organisation = brand(person.recipient.organisation_id)
    language = speak(organisation, person.recipient.language)
    left = fresh and _left_since(person.recipient, tokens.minted_before(PREFERENCES, token))
    return Opened(person, organisation, language, fresh and not left, expired, left)


def _read(token: str) -> tuple[int, bool, bool]:
    """Whose link it is, whether it is fresh, and whether it once was."""
    try:
        ids, is_expired = tokens.read_of_any_age(PREFERENCES, token)
    except TokenRefused:
        return tokens.read(FOOTER, token)[0], False, False
    return ids[0], not is_expired, is_expired


def _left_since(recipient: Recipient, moment: datetime) -> bool:
    """Saving the page itself ends no link: whoever unticked a topic may tick it again."""
    return withdrew_since(recipient, moment) or any(
        method != METHOD for _list, method in left_since(recipient.id, moment)
    )


def _form(opened: Opened, *, posted: bool) -> PreferencesForm:
    contact, on = opened.person.contact, opened.person.list_ids
    known = {
        "topics": [row.uid for row in opened.topics if row.id in on],
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "language": opened.person.recipient.language,
    }
    if not opened.fresh:
        form = PreferencesForm(formdata=None)
    else:
        made, values = opened.answers.form_class(PreferencesForm), {**known, **opened.answers.values()}
        form = made(data=values) if posted else made(formdata=None, data=values)
    default = opened.organisation.default_language
    form.topics.choices = [(row.uid, text_in(row.names, opened.language, default)) for row in opened.topics]
    form.language.choices = [(code, LANGUAGES[code]) for code in opened.organisation.languages]
    return form


def _fresh_page(opened: Opened, form: PreferencesForm) -> str:
    default = opened.organisation.default_language
    about = {row.uid: text_in(row.descriptions, opened.language, default) for row in opened.topics if row.descriptions}
    return render_template(
        "subscribers/preferences.html",
        token=(request.view_args or {})["token"],
        organisation=opened.organisation,
        opened=opened,
        form=form,
        fields=opened.answers.fields(form),
        shown_only=opened.answers.shown_only(form),
        about=about,
        consent=wordings.choosing_topics(opened.organisation),
        everything=wordings.everything(),
    )


def _footer_page(opened: Opened, form: Form | None = None) -> str:
    shown = form or Form(formdata=None)
    return render_template(
        "subscribers/footer.html",
        organisation=opened.organisation,
        opened=opened,
        form=shown,
        everything=wordings.everything(),
    )
