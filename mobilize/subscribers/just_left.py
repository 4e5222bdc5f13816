"""/u/left/<token>: the page that follows unsubscribing, with the only way to undo it, for fifteen minutes.

The address is made when the button was pressed and stands in no mail: whoever gets a forwarded newsletter can open its
unsubscribe link, but cannot bring back a person who left. It names the person, the moment and the lists.
Public, and reads its token itself: after the fifteen minutes it still says what was left, which the guard would refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from mobilize.core import tokens
from mobilize.core.errors import NotFound, TokenRefused
from mobilize.core.forms import Form
from mobilize.core.permissions import public
from mobilize.core.security_events import note_token
from mobilize.delivery.purposes import UNSUBSCRIBE
from mobilize.organisations.queries import Brand, brand
from mobilize.subscribers import service, wordings
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.models import MailingList
from mobilize.subscribers.purposes import UNDO
from mobilize.subscribers.queries import PersonOnLists, left_at, lists_by_id, person_of
from mobilize.subscribers.rules import EVERYTHING
from mobilize.visitors.language import speak, with_language

blueprint = Blueprint("just_left", __name__)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class JustLeft:
    """Who left when, and which lists; ``over``: the fifteen minutes have passed."""

    person: PersonOnLists
    organisation: Brand
    language: str
    moment: datetime
    list_ids: Sequence[int]
    over: bool

    @property
    def still_left(self) -> list[MailingList]:
        """The lists that can be had back: left at that moment, and not joined or left again since."""
        return self._lists(left_at(self.person.recipient.id, self.moment))

    @property
    def joined(self) -> list[MailingList]:
        """The lists that the person is on again."""
        return self._lists(sorted(self.person.list_ids))

    def _lists(self, ids: Sequence[int]) -> list[MailingList]:
        return [row for row in lists_by_id(self.list_ids, self.organisation.id) if row.id in ids]


def page_after(recipient_id: int, left: Sequence[int]) -> str:
    """The address of this page for somebody who unsubscribed just now."""
    moment = service.moment_of_leaving(recipient_id, left)
    return UNDO.path + tokens.mint(UNDO, recipient_id, (moment - _EPOCH) // timedelta(microseconds=1), *left)


@blueprint.get("/u/left/<token>")
@public
def show(token: str) -> str:
    """What was left, or what the person gets again; changes nothing."""
    return _page(_opened(token), Form(formdata=None))


@blueprint.post("/u/left/<token>")
@public
def undo(token: str) -> Response | tuple[str, int]:
    """Bring back what was left; pressing again changes nothing."""
    opened, form = _opened(token), Form()
    if opened.over or not form.validate():
        return _page(opened, form), 422
    evidence = Evidence("undo", wordings.by_mistake(), language=opened.language)
    service.undo_leaving(opened.person.recipient.id, opened.moment, opened.list_ids, evidence)
    return redirect(with_language(request.path), code=303)


def _opened(token: str) -> JustLeft:
    """Raises NotFound: not an address of ours, or the person was erased."""
    (recipient_id, microseconds, *list_ids), over = _read(token)
    person = person_of(recipient_id)
    organisation = brand(person.recipient.organisation_id)
    language = speak(organisation, person.recipient.language)
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return JustLeft(person, organisation, language, moment, list_ids, over)


def _read(token: str) -> tuple[tuple[int, ...], bool]:
    try:
        return tokens.read_of_any_age(UNDO, token)
    except TokenRefused as refusal:
        note_token(refusal, request.endpoint)
        raise NotFound("page") from refusal


def _page(opened: JustLeft, form: Form) -> str:
    more = tokens.mint(UNSUBSCRIBE, opened.person.recipient.id, EVERYTHING) if opened.person.list_ids else ""
    assert UNDO.lifetime is not None  # noqa: S101 - declared with one
    return render_template(
        "subscribers/just_left.html",
        organisation=opened.organisation,
        opened=opened,
        form=form,
        more=with_language(UNSUBSCRIBE.path + more) if more else "",
        until=opened.moment + UNDO.lifetime,
        mistake=wordings.by_mistake(),
    )
