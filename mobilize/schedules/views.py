"""Staff pages of rules: those of one event, and one rule."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.audiences.queries import list_choices
from mobilize.audiences.segments import segments
from mobilize.core import clock, feature
from mobilize.core.db import session
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.feature import Anchored
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import member, organisation, requires
from mobilize.events.queries import event_by_slug
from mobilize.mailings.content import MailingText, SenderText
from mobilize.mailings.models import Mailing
from mobilize.mailings.sample_version import sample_version
from mobilize.organisations.queries import Brand, brand
from mobilize.schedules import queries, service, sets, showing
from mobilize.schedules.forms import RuleForm, stored_rule
from mobilize.schedules.models import Rule

blueprint = Blueprint("schedules", __name__, url_prefix="/studio/<org>")

BEGUN = {"unit": "days", "side": "before", "moment": "start", "late_hours": 12, "overtakes": True}
"""What a new rule's form holds when it is opened; what is posted is compared with the same."""
COUNTED_WITHIN = 3.0
"""Seconds that a page waits for how many people it is."""
Page = str | tuple[str, int] | Response


@blueprint.get("/calendar/<event_slug>/mail")
@requires("rule.read")
def of_event(org: str, event_slug: str) -> Page:
    """What is sent about one event, when and to whom; what was sent; and sets to begin with."""
    house = brand(organisation().id)
    event = event_by_slug(house.id, event_slug)
    thing = _thing(f"event:{event.uid}")
    rules = queries.rules_of(house.id, thing.ref)
    return render_template(
        "schedules/of_event.html",
        org=org,
        brand=house,
        event=event,
        thing=thing,
        planned=queries.planned(house.id, rules),
        past=queries.past(house.id, event.created_at, thing.ref),
        sets=sets.SETS,
        showing=showing,
        button_form=Form(formdata=None),
    )


@blueprint.post("/calendar/<event_slug>/mail/set")
@requires("rule.change")
def add_set(org: str, event_slug: str) -> Page:
    """Make the rules of a ready-made set, all switched off."""
    house = brand(organisation().id)
    thing = _thing(f"event:{event_by_slug(house.id, event_slug).uid}")
    wanted = sets.SETS.get(request.form.get("set", ""))
    if wanted is None:
        flash(_("Choose one of the sets that are offered"), "error")
    elif Form().validate():
        try:
            sets.add(wanted, thing, house)
            flash(_("The rules are made. They send nothing until you switch them on."))
        except (Conflict, Refused) as refusal:
            flash(refusal.message, "error")
    return _to_event(org, event_slug)


@blueprint.get("/calendar/<event_slug>/mail/new")
@requires("rule.change")
def new(org: str, event_slug: str) -> Page:
    """A rule with nothing chosen yet."""
    house = brand(organisation().id)
    thing = _thing(f"event:{event_by_slug(house.id, event_slug).uid}")
    return _form_page(org, house, thing, _form(house, thing, BEGUN, is_posted=False), event_slug)


@blueprint.post("/calendar/<event_slug>/mail/new")
@requires("rule.change")
def create(org: str, event_slug: str) -> Page:
    """Make a rule, switched off, with a sample text to write over."""
    house = brand(organisation().id)
    thing = _thing(f"event:{event_by_slug(house.id, event_slug).uid}")
    form = _form(house, thing, BEGUN, is_posted=True)
    if form.validate():
        with form.refusals(conflicts="name"):
            facts = form.facts(house.id, thing)
            words = {tag: sample_version(tag) for tag in thing.languages}
            rule = service.create_rule(thing, facts, MailingText(facts.name, SenderText(), words))
            flash(_("The rule is made. Write what it sends, then switch it on."))
            return redirect(url_for("mailings.content", org=org, uid=queries.template_of(rule).uid), code=303)
    return _form_page(org, house, thing, form, event_slug), 422


@blueprint.get("/rules/<rule_uid>")
@requires("rule.read")
def rule(org: str, rule_uid: str) -> Page:
    """When a rule sends and to whom, and what it has done."""
    row, house = queries.rule_by_uid(organisation().id, rule_uid), brand(organisation().id)
    thing, template = _thing(row.anchor), queries.template_of(row)
    form = _form(house, thing, stored_rule(row, template.to_whom), is_posted=False)
    return _rule_page(org, house, row, thing, form)


@blueprint.post("/rules/<rule_uid>")
@requires("rule.change")
def change(org: str, rule_uid: str) -> Page:
    """Save when it sends and to whom."""
    row, house = queries.rule_by_uid(organisation().id, rule_uid), brand(organisation().id)
    session.refresh(row, with_for_update=True)
    thing, template = _thing(row.anchor), queries.template_of(row)
    form = _form(house, thing, stored_rule(row, template.to_whom), is_posted=True)
    if form.is_untouched:
        return saved_redirect(url_for(".rule", org=org, rule_uid=rule_uid))
    if form.validate():
        with form.refusals(conflicts="name"):
            service.change_rule(row, thing, form.facts(house.id, thing))
            flash(_("Saved"))
            return saved_redirect(url_for(".rule", org=org, rule_uid=rule_uid))
    return _rule_page(org, house, row, thing, form), 422


@blueprint.post("/rules/<rule_uid>/on")
@requires("rule.change")
def arm(org: str, rule_uid: str) -> Page:
    """Switch it on; where its date is past, only for as many people as the page said."""
    row = queries.rule_by_uid(organisation().id, rule_uid)
    if Form().validate():
        try:
            service.arm(row, _thing(row.anchor), _seen())
        except (Conflict, Refused) as refusal:
            flash(refusal.message, "error")
        else:
            flash(_("It is switched on"))
    return redirect(url_for(".rule", org=org, rule_uid=rule_uid), code=303)


@blueprint.post("/rules/<rule_uid>/off")
@requires("rule.change")
def disarm(org: str, rule_uid: str) -> Page:
    row = queries.rule_by_uid(organisation().id, rule_uid)
    if Form().validate():
        service.disarm(row)
        flash(_("It is switched off: it sends nothing"))
    return redirect(url_for(".rule", org=org, rule_uid=rule_uid), code=303)


@blueprint.post("/rules/<rule_uid>/delete")
@requires("rule.change")
def delete(org: str, rule_uid: str) -> Page:
    """Remove a rule that never sent anything."""
    row = queries.rule_by_uid(organisation().id, rule_uid)
    thing = _thing(row.anchor)
    if Form().validate():
        try:
            service.delete_rule(row)
        except Conflict as conflict:
            flash(conflict.message, "error")
            return redirect(url_for(".rule", org=org, rule_uid=rule_uid), code=303)
        flash(_("The rule is deleted"))
    return _to_event(org, thing.slug)


def _seen() -> int | None:
    """How many people the page named, if it named any."""
    people = request.form.get("people", "")
    return int(people) if people.isdecimal() and len(people) < 10 else None


def _to_event(org: str, event_slug: str) -> Response:
    return redirect(url_for(".of_event", org=org, event_slug=event_slug), code=303)


def _thing(ref: str) -> Anchored:
    """Raises NotFound: what it hung on is gone."""
    found = feature.anchored(organisation().id, ref)
    if found is None:
        raise NotFound("event")
    return found


def _form(house: Brand, thing: Anchored, values: dict[str, Any], *, is_posted: bool) -> RuleForm:
    form = RuleForm.of(values, is_posted=is_posted)
    kind, lists = feature.anchor_kinds()[thing.kind], list_choices(house.id)
    form.offer(kind, lists, segments(house.id), house.default_language)
    return form


def _form_page(org: str, house: Brand, thing: Anchored, form: RuleForm, event_slug: str) -> str:
    return render_template(
        "schedules/new.html", org=org, brand=house, thing=thing, form=form, event_slug=event_slug, showing=showing
    )


def _rule_page(org: str, house: Brand, row: Rule, thing: Anchored, form: RuleForm) -> str:
    (plan,) = queries.planned(house.id, [row])
    template: Mailing = plan.template
    now = clock.now()
    is_past = plan.due_at is not None and plan.due_at <= now and not plan.is_done and not row.offset.is_before
    return render_template(
        "schedules/rule.html",
        org=org,
        brand=house,
        row=row,
        thing=thing,
        plan=plan,
        template=template,
        people=template.to_whom.numbers() if is_past else template.to_whom.numbers_within(COUNTED_WITHIN),
        problem=template.to_whom.segment_problem(),
        form=form,
        is_past=is_past,
        past=[one for one in queries.past(house.id, row.created_at, row.anchor) if one.rule.id == row.id],
        may_change=member().may("rule.change"),
        showing=showing,
        button_form=Form(formdata=None),
    )
