"""/<org>/events/<slug>/register: asking for a seat, without a script and without a cookie.

The answer is the same for every address. With a script the page answers a challenge; without one, a second page asks
for one more press, under stricter limits (see ``mobilize.visitors``).
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from mobilize.core import clock
from mobilize.core.errors import Conflict
from mobilize.core.even_answers import answer_evenly
from mobilize.core.forms import Form
from mobilize.core.i18n import _, text_in
from mobilize.core.permissions import public
from mobilize.events import showing
from mobilize.events.models import Attendance, Event
from mobilize.events.queries import published_event
from mobilize.events.registrations import forms, service
from mobilize.events.registrations.answers import questions_of
from mobilize.events.registrations.asking import Place
from mobilize.events.registrations.groups import groups_offered
from mobilize.events.registrations.models import RegistrationForm, RegistrationGroup
from mobilize.events.registrations.queries import form_of
from mobilize.events.registrations.rooms import room_of
from mobilize.events.registrations.rules import choices, door
from mobilize.events.registrations.words import WHERE
from mobilize.organisations.queries import Brand, brand_by_slug
from mobilize.questions.forms import Words, field_name, question_fields, typed_in, with_questions
from mobilize.questions.rules import Asked as Question
from mobilize.visitors.challenges import new_challenge
from mobilize.visitors.language import speak, with_language
from mobilize.visitors.limits import POSTS_AN_HOUR, count_client
from mobilize.visitors.proof import Proof, judge
from mobilize.visitors.second_press import press_token

blueprint = Blueprint("registering", __name__)


@dataclass(frozen=True)
class Asked:
    """The page that was asked for. ``groups`` are those to choose among: of a group's own link, that one."""

    house: Brand
    event: Event
    form: RegistrationForm | None
    language: str
    questions: list[Question]
    groups: list[RegistrationGroup]
    group_slug: str

    @property
    def path(self) -> str:
        return f"/{self.house.slug}/events/{self.event.slug}/register"

    @property
    def own_path(self) -> str:
        """The page's path with the group of its link."""
        return with_language(self.path, group=self.group_slug) if self.group_slug else with_language(self.path)

    @property
    def largest_party(self) -> int:
        return self.form.largest_party if self.form else 1

    @property
    def introduction(self) -> str:
        """What the group of the link is told."""
        return self.text(self.groups[0].introductions) if self.group_slug else ""

    @property
    def ask_form(self) -> type[forms.AskForm]:
        """The form with a field for each question of the event."""
        return with_questions(forms.AskForm, self.questions, Words(self.language, self.house.default_language))

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
    asked = _asked(org, event_slug)
    return _page(asked, asked.ask_form(formdata=None))


@blueprint.post("/<org>/events/<event_slug>/register")
@public
def ask(org: str, event_slug: str) -> Response | str | tuple[str, int]:
    """Take a registration, ask for a second press, or show what has to change."""
    asked = _asked(org, event_slug)
    typed = asked.ask_form()
    _offer(asked, typed)
    count_client("visitors.client", POSTS_AN_HOUR)
    found = _place(asked, typed) if typed.validate() else None
    if found is None:
        return _page(asked, typed), 422
    address, place = found
    if typed.homepage.data:
        return _sent(asked)
    proof = judge(typed.proof.data or "", typed.press.data or "", form=asked.event.uid, address=address)
    if proof is not Proof.ENOUGH:
        return _second_page(asked, typed, address, place, proof)
    answer_evenly()
    try:
        service.ask(asked.event, asked.house, address, asked.language, place)
    except Conflict as conflict:
        typed.form_errors.append(conflict.message)
        return _page(asked, typed), 409
    return _sent(asked, waits=place.wait)


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
    offered, wanted = groups_offered(event.id), request.args.get("group", "")
    own = [one for one in offered if one.slug == wanted]
    groups = own or (offered if len(offered) > 1 else [])
    return Asked(house, event, form_of(event.id), language, questions_of(event.id), groups, wanted if own else "")


def _place(asked: Asked, typed: forms.AskForm) -> tuple[str, Place] | None:
    groups = [one.uid for one in asked.groups]
    return forms.place(typed, choices(asked.event), asked.wording, groups, asked.questions, asked.largest_party)


def _offer(asked: Asked, form: forms.AskForm) -> None:
    offered = choices(asked.event)
    form.attendance.choices = [SelectChoice(one.value, WHERE[one]) for one in offered if len(offered) > 1]
    groups = asked.groups if len(asked.groups) > 1 else []
    form.group.choices = [SelectChoice(one.uid, asked.text(one.names)) for one in groups]


def _page(asked: Asked, form: forms.AskForm) -> str:
    _offer(asked, form)
    now, room = clock.now(), room_of(asked.event, asked.form, clock.now(), form.party.data or 1)
    form.wait.data = "y" if room.waits else ""
    return render_template(
        "events/registering.html",
        organisation=asked.house,
        asked=asked,
        form=form,
        door=door(asked.event, asked.form, now),
        room=room,
        room_hints={Attendance.VENUE.value: room.hint} if room.is_full else {},
        showing=showing,
        challenge=new_challenge(asked.event.uid, now),
        fields=question_fields(form, asked.questions),
        about={one.uid: asked.text(one.introductions) for one in asked.groups if one.introductions},
    )


def _second_page(asked: Asked, form: forms.AskForm, address: str, place: Place, proof: Proof) -> str:
    """Without a proof: the same values again, for one more press after a moment."""
    values = [
        ("email", address),
        ("first_name", place.first_name),
        ("last_name", place.last_name),
        ("attendance", place.attendance.value),
        ("group", place.group),
        ("party", str(place.party)),
        ("wait", "y" if place.wait else ""),
        ("entry", place.entry.value),
        *((field_name(one), value) for one in asked.questions for value in typed_in(form, one)),
        ("sure", form.sure.data or ""),
        ("press", press_token(asked.event.uid, address, form.press.data or "")),
    ]
    return render_template(
        "visitors/second_press.html",
        press=_("Yes, register me"),
        organisation=asked.house,
        form=Form(formdata=None),
        values=values,
        proof=proof.value,
    )


def _sent(asked: Asked, *, waits: bool = False) -> Response:
    more = {"group": asked.group_slug} if asked.group_slug else {}
    more |= {"waits": "yes"} if waits else {}
    return redirect(with_language(f"{asked.path}/sent", **more), code=303)
