"""/u/<token>: leaving by button, and by the one-click POST of a mail program (RFC 8058).

The link never expires and names a recipient and a list. A GET only asks; the page that
follows (``just_left``) can undo.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from mobilize.core.errors import NotFound
from mobilize.core.forms import Form
from mobilize.core.permissions import link, requires
from mobilize.delivery import bases
from mobilize.organisations.queries import Brand, brand
from mobilize.subscribers import service, wordings
from mobilize.subscribers.evidence import Evidence
from mobilize.subscribers.forms import LeaveForm
from mobilize.subscribers.just_left import page_after
from mobilize.subscribers.models import MailingList
from mobilize.subscribers.queries import PersonOnLists, lists_by_id, person_of
from mobilize.subscribers.rules import EVERYTHING
from mobilize.visitors.language import speak, with_language

blueprint = Blueprint("unsubscribe", __name__)

ONE_CLICK = ("List-Unsubscribe", "One-Click")


@dataclass(frozen=True)
class Leaving:
    """Who opened the link, and the list it names (``None``: the mail hung on no single list)."""

    person: PersonOnLists
    organisation: Brand
    this: MailingList | None
    language: str

    @property
    def recipient_id(self) -> int:
        return self.person.recipient.id

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What there is to leave: this list, and everything if there is more."""
        found = []
        if self.this is not None and self.this.id in self.person.list_ids:
            found.append(("list", wordings.this_list(self.this, self.organisation, self.language)))
        if self.person.list_ids - {self.this.id if self.this else EVERYTHING}:
            found.append(("all", wordings.everything_from(self.organisation)))
        return found


@blueprint.get("/u/<token>")
@requires("subscription.leave")
def ask(token: str) -> str:  # noqa: ARG001 - the guard has read it
    """What the link would leave, or what was left; changes nothing."""
    leaving = _leaving()
    return _page(leaving, LeaveForm(formdata=None))


@blueprint.post("/u/<token>")
@requires("subscription.leave")
def leave(token: str) -> AnyResponse | str | tuple[str, int]:  # noqa: ARG001 - the guard has read it
    """Leave. A mail program's POST has neither cookie nor form token and gets a plain 200 without redirect."""
    if request.form.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        return _one_click()
    leaving = _leaving()
    if request.form.get("press") == "pause":
        return _paused(leaving)
    form = LeaveForm()
    form.what.choices = leaving.choices
    form.what.validate_choice = False
    if not form.validate() or form.what.data not in ("list", "all"):
        return _page(leaving, form), 422
    left = _leave(leaving, everything=form.what.data == "all")
    # Whoever pressed twice has left nothing by the second press: the link's own page says that they are unsubscribed.
    return redirect(with_language(page_after(leaving.recipient_id, left) if left else request.path), code=303)


def _one_click() -> Response:
    leaving = bases.Leaving.of(link().ids)
    with suppress(NotFound):
        service.leave_as_told(leaving, "one-click")
    return Response("", mimetype="text/plain")


def _paused(leaving: Leaving) -> AnyResponse | tuple[str, int]:
    """Take a break instead. Only the person's own page ends it: this link may be in a mail that was forwarded."""
    if not Form().validate():
        return _page(leaving, LeaveForm(formdata=None)), 422
    service.pause_mail(leaving.recipient_id)
    return redirect(with_language(request.path, paused="yes"), code=303)


def _leave(leaving: Leaving, *, everything: bool) -> list[int]:
    if everything or leaving.this is None:
        wording = wordings.everything_from(leaving.organisation)
        evidence = Evidence("unsubscribe-page", wording, language=leaving.language)
        return service.leave_everything(leaving.recipient_id, evidence)
    wording = wordings.this_list(leaving.this, leaving.organisation, leaving.language)
    evidence = Evidence("unsubscribe-page", wording, language=leaving.language)
    return service.leave(leaving.recipient_id, [leaving.this.id], evidence)


def _leaving() -> Leaving:
    """Raises NotFound: the person was erased."""
    told = bases.Leaving.of(link().ids)
    person = person_of(told.recipient_id)
    organisation = brand(person.recipient.organisation_id)
    this = next(iter(lists_by_id(told.list_ids, organisation.id)), None)
    return Leaving(person, organisation, this, speak(organisation, person.recipient.language))


def _page(leaving: Leaving, form: LeaveForm) -> str:
    form.what.choices = leaving.choices
    if not form.what.data and leaving.choices:
        form.what.data = leaving.choices[0][0]
    return render_template(
        "subscribers/unsubscribe.html", organisation=leaving.organisation, leaving=leaving, form=form
    )
