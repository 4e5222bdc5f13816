"""/<org>/events/<slug>/register: asking for a seat, without a script and without a cookie.

The answer is the same for every address. With a script the page answers a challenge; without one, a second page asks
for one more press, under stricter limits (see ``mobilize.visitors``).
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from mobilize.core import clock
from mobilize.core.errors import Conflict
from mobilize.core.forms import Form
from mobilize.core.i18n import _, text_in
from mobilize.core.permissions import public
from mobilize.events import showing
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import published_event
from mobilize.events.registrations import forms, service
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.models import RegistrationForm
from mobilize.events.registrations.queries import form_of, held_seats
from mobilize.events.registrations.rules import choices, door, has_seat
from mobilize.organisations.queries import Brand, brand_by_slug
from mobilize.visitors.challenges import new_challenge
from mobilize.visitors.language import speak, with_language
from mobilize.visitors.limits import POSTS_AN_HOUR, count_client
from mobilize.visitors.proof import Proof, judge
from mobilize.visitors.second_press import press_token

blueprint = Blueprint("registering", __name__)


@dataclass(frozen=True)
class Asked:
    """The page that was asked for."""

    house: Brand
    event: Event
    form: RegistrationForm | None
    language: str

    @property
    def path(self) -> str:
        return f"/{self.house.slug}/events/{self.event.slug}/register"

    @property
    def wording(self) -> str:
        """What the page says of the visitor's data."""
        own = text_in(self.form.wordings, self.language, self.house.default_language) if self.form else ""
        days = self.form.keep_days if self.form else 0
        kept = _("Who came is forgotten %(days)d days after the event; the numbers stay.", days=days)
        return f"{own}\n{kept}" if own else kept

    def text(self, texts: dict[str, str]) -> str:
        return text_in(texts, self.language, self.house.default_language)


@blueprint.get("/<org>/events/<event_slug>/register")
@public
def show(org: str, event_slug: str) -> str:
    """The form, or why there is none."""
    return _page(_asked(org, event_slug), forms.AskForm(formdata=None))


@blueprint.post("/<org>/events/<event_slug>/register")
@public
def ask(org: str, event_slug: str) -> Response | str | tuple[str, int]:
    """Take a registration, ask for a second press, or show what has to change."""
    asked, typed = _asked(org, event_slug), forms.AskForm()
    _offer(asked, typed)
    count_client("visitors.client", POSTS_AN_HOUR)
    found = forms.place(typed, choices(asked.event), asked.wording) if typed.validate() else None
    if found is None:
        return _page(asked, typed), 422
    address, place = found
    if typed.homepage.data:
        return _sent(asked)
    proof = judge(typed.proof.data or "", typed.press.data or "", form=asked.event.uid, address=address)
    if proof is not Proof.ENOUGH:
        return _second_page(asked, typed, address, place, proof)
    try:
        service.ask(asked.event, asked.house, address, asked.language, place)
    except Conflict as conflict:
        typed.form_errors.append(conflict.message)
        return _page(asked, typed), 409
    return _sent(asked)


@blueprint.get("/<org>/events/<event_slug>/register/sent")
@public
def sent(org: str, event_slug: str) -> str:
    """What happens next, the same for everyone."""
    asked = _asked(org, event_slug)
    return render_template("events/registering_sent.html", organisation=asked.house, asked=asked)


def _asked(org: str, slug: str) -> Asked:
    """Raises NotFound: no such organisation or event."""
    house = brand_by_slug(org)
    g.organisation = house
    language = speak(house)
    event = published_event(house.id, slug)
    return Asked(house, event, form_of(event.id), language)


def _offer(asked: Asked, form: forms.AskForm) -> None:
    words = {Attendance.VENUE: _("In the room"), Attendance.ONLINE: _("Online")}
    offered = choices(asked.event)
    form.attendance.choices = [SelectChoice(one.value, words[one]) for one in offered if len(offered) > 1]


def _page(asked: Asked, form: forms.AskForm) -> str:
    _offer(asked, form)
    now, capacity = clock.now(), asked.form.capacity if asked.form else None
    held = held_seats(asked.event.id, now)
    return render_template(
        "events/registering.html",
        organisation=asked.house,
        asked=asked,
        form=form,
        door=door(asked.event, asked.form, now),
        has_seat=any(has_seat(capacity, held, one) for one in choices(asked.event)),
        showing=showing,
        challenge=new_challenge(asked.event.uid, now),
    )


def _second_page(asked: Asked, form: forms.AskForm, address: str, place: Place, proof: Proof) -> str:
    """Without a proof: the same values again, for one more press after a moment."""
    values = [
        ("email", address),
        ("first_name", place.first_name),
        ("last_name", place.last_name),
        ("attendance", place.attendance.value),
        ("sure", form.sure.data or ""),
        ("press", press_token(asked.event.uid, address, form.press.data or "")),
    ]
    return render_template(
        "events/registering_press.html",
        organisation=asked.house,
        form=Form(formdata=None),
        values=values,
        proof=proof.value,
    )


def _sent(asked: Asked) -> Response:
    return redirect(with_language(f"{asked.path}/sent"), code=303)
