"""Staff pages of people. Addresses are masked; a search is posted, so that no address stands in a log."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.core import feature, i18n
from mobilize.core.errors import NotFound
from mobilize.core.feature import Address, Value
from mobilize.core.forms import Form
from mobilize.core.i18n import _, text_in
from mobilize.core.permissions import organisation, requires
from mobilize.core.text import mail_address, masked_address
from mobilize.organisations.queries import brand
from mobilize.people import service as people
from mobilize.people.erasing import BY_STAFF, begin_erasure
from mobilize.people.export import shown
from mobilize.people.queries import find_person, held_about
from mobilize.people.queries import person as person_by_uid
from mobilize.subscribers import queries, service
from mobilize.subscribers.forms import ReasonForm, SearchForm
from mobilize.subscribers.models import MailingList, SubscriptionState
from mobilize.subscribers.timeline import timeline

blueprint = Blueprint("people", __name__, url_prefix="/studio/<org>/people")

kept = Blueprint("kept", __name__, url_prefix="/studio/<org>/settings")

Page = str | tuple[str, int]

ELSEWHERE = {"person", "do_not_mail", "subscriptions", "consents"}
"""Sections that the page shows in ways of its own."""
AT_MOST = 50
"""Rows of a section on the page; the export has them all."""
TYPES = {people.JSON: "application/json", people.HTML: "text/html; charset=utf-8"}


@blueprint.get("/")
@requires("people.read")
def index(org: str) -> str:
    """People, the newest first: all, or those on one list."""
    return _people(org, SearchForm(formdata=None))


@blueprint.post("/")
@requires("people.read")
def search(org: str) -> Response | Page:
    """Open the page of the person with exactly this address."""
    form = SearchForm()
    if form.validate():
        with form.refusals():
            address = mail_address("address", form.address.data or "")
            found = find_person(organisation(), address)
            if found is not None:
                return redirect(url_for(".person", org=org, person_uid=found.uid), code=303)
            return _people(org, form, nobody=True)
    return _people(org, form), 422


@blueprint.get("/<person_uid>")
@requires("people.read")
def person(org: str, person_uid: str) -> str:
    """One person: what they receive, what they agreed to, and whatever else features hold."""
    return _person(org, person_uid, None, None)


@blueprint.post("/<person_uid>/export")
@requires("people.export")
def export(org: str, person_uid: str) -> Response | Page:
    """Everything held about one person, as a file; the trail keeps that it was asked for."""
    found = person_by_uid(organisation().id, person_uid)
    if not Form().validate():
        return _person(org, person_uid, None, None), 422
    kind = people.HTML if request.form.get("as") == people.HTML else people.JSON
    text = people.export_person(brand(organisation().id), found, kind, i18n.current_language())
    name = f"{org}-{found.uid}.{kind}"
    return Response(text, content_type=TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.post("/<person_uid>/lists")
@requires("people.change")
def add(org: str, person_uid: str) -> Response | Page:
    """Put a person on a list, for a reason."""
    found = queries.person(organisation().id, person_uid)
    form = ReasonForm(prefix="add")
    form.list.choices = _choices(_open_lists(found))
    if form.validate():
        with form.refusals(conflicts="list"):
            row = queries.list_by_slug(organisation().id, form.list.data)
            service.add_by_staff(found.recipient.id, row.id, form.reason.data or "")
            flash(_("Added to “%(list)s”", list=_name(row)))
            return redirect(url_for(".person", org=org, person_uid=person_uid), code=303)
    return _person(org, person_uid, form, None), 422


@blueprint.post("/<person_uid>/leave")
@requires("people.change")
def remove(org: str, person_uid: str) -> Response | Page:
    """Take a person off a list, for a reason."""
    found = queries.person(organisation().id, person_uid)
    form = ReasonForm(prefix="remove")
    form.list.choices = _choices(_joined_lists(found))
    if form.validate():
        with form.refusals():
            row = queries.list_by_slug(organisation().id, form.list.data)
            service.remove_by_staff(found.recipient.id, row.id, form.reason.data or "")
            flash(_("Removed from “%(list)s”", list=_name(row)))
            return redirect(url_for(".person", org=org, person_uid=person_uid), code=303)
    return _person(org, person_uid, None, form), 422


@blueprint.get("/<person_uid>/erase")
@requires("people.erase")
def confirm_erasure(org: str, person_uid: str) -> str:
    """What erasing means; changes nothing."""
    return _erase_page(org, person_uid, SearchForm(formdata=None))


@blueprint.post("/<person_uid>/erase")
@requires("people.erase")
def erase(org: str, person_uid: str) -> Response | Page:
    """Erase the person whose whole address is typed: it tells that somebody else's page is not open by mistake."""
    found = person_by_uid(organisation().id, person_uid)
    form = SearchForm()
    if form.validate():
        with form.refusals(conflicts="address"):
            people.require_address(found, form.address.data or "")
            begin_erasure(organisation().id, found.recipient_ids, BY_STAFF)
            flash(_("Erased. What is left of their data goes within minutes"))
            return redirect(url_for(".index", org=org), code=303)
    return _erase_page(org, person_uid, form), 422


@kept.get("/kept")
@requires("kept.read")
def what_is_kept(org: str) -> str:
    """What the whole service keeps about people, and until when."""
    lines = [line for lines in feature.retention().values() for line in lines]
    return render_template("people/kept.html", org=org, lines=lines)


def _erase_page(org: str, uid: str, form: SearchForm) -> str:
    one = person_by_uid(organisation().id, uid)
    return render_template("people/erase.html", org=org, one=one, form=form)


def _people(org: str, form: SearchForm, *, nobody: bool = False) -> str:
    house = brand(organisation().id)
    rows, counts = queries.lists(house.id), queries.list_counts(house.id)
    chosen = next((row for row in rows if row.slug == request.args.get("list")), None)
    page = queries.people(
        house.id,
        list_id=chosen.id if chosen else None,
        older_than=request.args.get("older", ""),
        newer_than=request.args.get("newer", ""),
    )
    return render_template(
        "people/index.html",
        org=org,
        brand=house,
        rows=rows,
        counts=counts,
        chosen=chosen,
        page=page,
        total=queries.subscriber_count(house.id),
        form=form,
        nobody=nobody,
    )


def _person(org: str, uid: str, add: ReasonForm | None, remove: ReasonForm | None) -> str:
    house = brand(organisation().id)
    one, on_lists = person_by_uid(house.id, uid), _on_lists(house.id, uid)
    sections = [section for section in held_about(one) if section.name not in ELSEWHERE]
    shared = {"org": org, "brand": house, "one": one, "sections": sections, "at_most": AT_MOST}
    return render_template(
        "people/person.html",
        **shared,
        found=on_lists,
        shown=lambda value: _masked(value, house.timezone),
        form=Form(formdata=None),
        **_list_parts(house.id, on_lists, add, remove),
    )


def _list_parts(
    organisation_id: int, found: queries.PersonOnLists | None, add: ReasonForm | None, remove: ReasonForm | None
) -> dict[str, Any]:
    """What the page of a subscriber shows beside everybody's; nothing for others."""
    if found is None:
        return {}
    every = queries.lists(organisation_id)
    add_form, remove_form = add or _reason_form("add"), remove or _reason_form("remove")
    add_form.list.choices = _choices(_open_lists(found))
    remove_form.list.choices = _choices(_joined_lists(found))
    return {
        "on": [row for row in every if row.id in found.list_ids],
        "left": [row for row in every if found.states.get(row.id) is SubscriptionState.LEFT],
        "withdrawn": queries.has_withdrawn(found),
        "entries": timeline(found.recipient.id, every, brand(organisation_id)),
        "add_form": add_form,
        "remove_form": remove_form,
    }


def _on_lists(organisation_id: int, uid: str) -> queries.PersonOnLists | None:
    try:
        return queries.person(organisation_id, uid)
    except NotFound:
        return None


def _masked(value: Value, zone: str) -> str:
    return masked_address(value) if isinstance(value, Address) else shown(value, zone)


def _open_lists(found: queries.PersonOnLists) -> list[MailingList]:
    """Lists the person was never on: who left one comes back only by themselves."""
    return [row for row in queries.lists(organisation().id) if row.id not in found.states]


def _joined_lists(found: queries.PersonOnLists) -> list[MailingList]:
    return [row for row in queries.lists(organisation().id) if row.id in found.list_ids]


def _reason_form(prefix: str) -> ReasonForm:
    return ReasonForm(formdata=None, prefix=prefix)


def _choices(rows: list[MailingList]) -> list[tuple[str, str]]:
    return [(row.slug, _name(row)) for row in rows]


def _name(row: MailingList) -> str:
    return text_in(row.names, i18n.current_language(), brand(organisation().id).default_language)
