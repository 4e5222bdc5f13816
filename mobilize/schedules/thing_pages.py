"""What pages about the mail of one thing show, whatever its kind: its rules, a new rule, ready-made sets.

Each kind has a module of its own with the routes (``event_rule_views``, ``appeal_rule_views``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.actions.queries import acts_to_choose
from mobilize.audiences.queries import list_choices
from mobilize.audiences.segments import segments
from mobilize.core import feature
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.feature import Anchored
from mobilize.core.forms import Form
from mobilize.core.i18n import _, lazy
from mobilize.core.permissions import organisation
from mobilize.mailings.content import MailingText, SenderText
from mobilize.mailings.sample_version import sample_version
from mobilize.organisations.queries import Brand, brand
from mobilize.schedules import queries, service, sets, showing
from mobilize.schedules.forms import RuleForm

Page = str | tuple[str, int] | Response


@dataclass(frozen=True)
class Kind:
    """The pages and words of one kind of thing. ``blueprint`` has ``show``, ``add_set``, ``new`` and ``create``.

    ``slug`` names the parameter of its URLs; ``begun`` is what a new rule's form holds when it is opened: what is
    posted is compared with the same.
    """

    name: str
    blueprint: str
    slug: str
    tabs: Any
    title: Any
    nothing: Any
    off: Any
    begun: Mapping[str, Any]

    def url(self, org: str, page: str, slug: str) -> str:
        """The address of one of the pages of a thing."""
        values: dict[str, Any] = {"org": org, self.slug: slug}
        return url_for(f"{self.blueprint}.{page}", **values)


_BEGUN = {"unit": "days", "side": "before", "late_hours": 12, "overtakes": True}
KINDS = {
    "event": Kind(
        name="event",
        blueprint="event_rules",
        slug="event_slug",
        tabs=lazy("Event"),
        title=lazy("Email about the event"),
        nothing=lazy("No email hangs on this event yet"),
        off=lazy("The event does not take place as announced: its rules wait until there is a new date."),
        begun={**_BEGUN, "moment": "start"},
    ),
    "appeal": Kind(
        name="appeal",
        blueprint="appeal_rules",
        slug="appeal_slug",
        tabs=lazy("Appeal"),
        title=lazy("Email about the appeal"),
        nothing=lazy("No email hangs on this appeal yet"),
        off=lazy("The appeal is closed: its rules send nothing any more."),
        begun={**_BEGUN, "moment": "act_until"},
    ),
}


def mail_url(org: str, thing: Anchored) -> str:
    """The page of all mail that is tied to a thing."""
    return KINDS[thing.kind].url(org, "show", thing.slug)


def thing_of(ref: str) -> Anchored:
    """Raises NotFound: what it hung on is gone."""
    found = feature.anchored(organisation().id, ref)
    if found is None:
        raise NotFound(ref.partition(":")[0])
    return found


def show(org: str, ref: str, since: datetime) -> str:
    """What is sent about a thing, when and to whom; what was sent since it was made; and sets to begin with."""
    house, thing = brand(organisation().id), thing_of(ref)
    rules = queries.rules_of(house.id, thing.ref)
    return render_template(
        "schedules/of_thing.html",
        org=org,
        brand=house,
        kind=KINDS[thing.kind],
        thing=thing,
        planned=queries.planned(house.id, rules),
        past=queries.past(house.id, since, thing.ref),
        sets=sets.SETS[thing.kind],
        showing=showing,
        button_form=Form(formdata=None),
    )


def add_set(org: str, ref: str) -> Response:
    """Make the rules of a ready-made set, all switched off."""
    thing = thing_of(ref)
    wanted = sets.SETS[thing.kind].get(request.form.get("set", ""))
    if wanted is None:
        flash(_("Choose one of the sets that are offered"), "error")
    elif Form().validate():
        try:
            sets.add(wanted, thing, brand(organisation().id))
            flash(_("The rules are made. They send nothing until you switch them on."))
        except (Conflict, Refused) as refusal:
            flash(refusal.message, "error")
    return redirect(mail_url(org, thing), code=303)


def new(org: str, ref: str) -> str:
    """A rule with nothing chosen yet."""
    house, thing = brand(organisation().id), thing_of(ref)
    return _new_page(org, house, thing, rule_form(house, thing, KINDS[thing.kind].begun, is_posted=False))


def create(org: str, ref: str) -> Page:
    """Make a rule, switched off, with a sample text to write over."""
    house, thing = brand(organisation().id), thing_of(ref)
    form = rule_form(house, thing, KINDS[thing.kind].begun, is_posted=True)
    if form.validate():
        with form.refusals(conflicts="name"):
            facts = form.facts(house.id, thing)
            words = {tag: sample_version(tag) for tag in thing.languages}
            rule = service.create_rule(thing, facts, MailingText(facts.name, SenderText(), words))
            flash(_("The rule is made. Write what it sends, then switch it on."))
            return redirect(url_for("mailings.content", org=org, uid=queries.template_of(rule).uid), code=303)
    return _new_page(org, house, thing, form), 422


def rule_form(house: Brand, thing: Anchored, values: Mapping[str, Any], *, is_posted: bool) -> RuleForm:
    """The form of a rule of this thing, with what the organisation offers to choose from."""
    form = RuleForm.of(values, is_posted=is_posted)
    kind, lists = feature.anchor_kinds()[thing.kind], list_choices(house.id)
    form.offer(kind, lists, segments(house.id), house.default_language)
    form.offer_acts(acts_to_choose(house), str(values.get("ended_by", "")))
    return form


def _new_page(org: str, house: Brand, thing: Anchored, form: RuleForm) -> str:
    return render_template(
        "schedules/new.html", org=org, brand=house, thing=thing, form=form, back=mail_url(org, thing), showing=showing
    )
