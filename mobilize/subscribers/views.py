"""Staff pages of people. Addresses are masked; a search is posted, so that no address stands in a log."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.core import i18n
from mobilize.core.i18n import _, text_in
from mobilize.core.permissions import organisation, requires
from mobilize.core.text import mail_address
from mobilize.organisations.queries import brand
from mobilize.subscribers import queries, service
from mobilize.subscribers.forms import ReasonForm, SearchForm
from mobilize.subscribers.models import MailingList, SubscriptionState
from mobilize.subscribers.timeline import timeline

blueprint = Blueprint("subscribers", __name__, url_prefix="/studio/<org>/people")

Page = str | tuple[str, int]


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
            uid = queries.find_person(organisation().id, organisation().uid, address)
            if uid is not None:
                return redirect(url_for(".person", org=org, person_uid=uid), code=303)
            return _people(org, form, nobody=True)
    return _people(org, form), 422


@blueprint.get("/<person_uid>")
@requires("people.read")
def person(org: str, person_uid: str) -> str:
    """One person: what they receive, and what they agreed to."""
    found = queries.person(organisation().id, person_uid)
    return _person(org, found, None, None)


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
    return _person(org, found, form, None), 422


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
    return _person(org, found, None, form), 422


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
        "subscribers/people.html",
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


def _person(org: str, found: queries.PersonOnLists, add: ReasonForm | None, remove: ReasonForm | None) -> str:
    house = brand(organisation().id)
    every = queries.lists(house.id)
    add_form, remove_form = add or _reason_form("add"), remove or _reason_form("remove")
    add_form.list.choices = _choices(_open_lists(found))
    remove_form.list.choices = _choices(_joined_lists(found))
    return render_template(
        "subscribers/person.html",
        org=org,
        brand=house,
        found=found,
        on=[row for row in every if row.id in found.list_ids],
        left=[row for row in every if found.states.get(row.id) is SubscriptionState.LEFT],
        withdrawn=queries.has_withdrawn(found),
        entries=timeline(found.recipient.id, every, house),
        add_form=add_form,
        remove_form=remove_form,
    )


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
