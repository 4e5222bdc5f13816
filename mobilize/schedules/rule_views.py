"""Staff pages of one rule: when it sends, to whom, and what it has done."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for

from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.errors import Conflict, Refused
from mobilize.core.feature import Anchored
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import member, organisation, requires
from mobilize.mailings.models import Mailing
from mobilize.organisations.queries import Brand, brand
from mobilize.schedules import queries, service, showing
from mobilize.schedules.forms import RuleForm, stored_rule
from mobilize.schedules.models import Rule
from mobilize.schedules.thing_pages import Page, mail_url, rule_form, thing_of

blueprint = Blueprint("schedules", __name__, url_prefix="/studio/<org>/rules/<rule_uid>")

COUNTED_WITHIN = 3.0
"""Seconds that a page waits for how many people it is."""


@blueprint.get("")
@requires("rule.read")
def rule(org: str, rule_uid: str) -> Page:
    """When a rule sends and to whom, and what it has done."""
    row, house = queries.rule_by_uid(organisation().id, rule_uid), brand(organisation().id)
    thing, template = thing_of(row.anchor), queries.template_of(row)
    form = rule_form(house, thing, stored_rule(row, template.to_whom), is_posted=False)
    return _rule_page(org, house, row, thing, form)


@blueprint.post("")
@requires("rule.change")
def change(org: str, rule_uid: str) -> Page:
    """Save when it sends and to whom."""
    row, house = queries.rule_by_uid(organisation().id, rule_uid), brand(organisation().id)
    session.refresh(row, with_for_update=True)
    thing, template = thing_of(row.anchor), queries.template_of(row)
    form = rule_form(house, thing, stored_rule(row, template.to_whom), is_posted=True)
    if form.is_untouched:
        return saved_redirect(url_for(".rule", org=org, rule_uid=rule_uid))
    if form.validate():
        with form.refusals(conflicts="name"):
            service.change_rule(row, thing, form.facts(house.id, thing))
            flash(_("Saved"))
            return saved_redirect(url_for(".rule", org=org, rule_uid=rule_uid))
    return _rule_page(org, house, row, thing, form), 422


@blueprint.post("/on")
@requires("rule.change")
def arm(org: str, rule_uid: str) -> Page:
    """Switch it on; where its date is past, only for as many people as the page said."""
    row = queries.rule_by_uid(organisation().id, rule_uid)
    if Form().validate():
        try:
            service.arm(row, thing_of(row.anchor), _seen())
        except (Conflict, Refused) as refusal:
            flash(refusal.message, "error")
        else:
            flash(_("It is switched on"))
    return redirect(url_for(".rule", org=org, rule_uid=rule_uid), code=303)


@blueprint.post("/off")
@requires("rule.change")
def disarm(org: str, rule_uid: str) -> Page:
    row = queries.rule_by_uid(organisation().id, rule_uid)
    if Form().validate():
        service.disarm(row)
        flash(_("It is switched off: it sends nothing"))
    return redirect(url_for(".rule", org=org, rule_uid=rule_uid), code=303)


@blueprint.post("/delete")
@requires("rule.change")
def delete(org: str, rule_uid: str) -> Page:
    """Remove a rule that never sent anything."""
    row = queries.rule_by_uid(organisation().id, rule_uid)
    thing = thing_of(row.anchor)
    if Form().validate():
        try:
            service.delete_rule(row)
        except Conflict as conflict:
            flash(conflict.message, "error")
            return redirect(url_for(".rule", org=org, rule_uid=rule_uid), code=303)
        flash(_("The rule is deleted"))
    return redirect(mail_url(org, thing), code=303)


def _seen() -> int | None:
    """How many people the page named, if it named any."""
    people = request.form.get("people", "")
    return int(people) if people.isdecimal() and len(people) < 10 else None


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
        back=mail_url(org, thing),
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
