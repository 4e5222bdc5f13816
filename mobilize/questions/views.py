"""/studio/<org>/people/fields: what an organisation asks people beside their name, in its own fields."""

from __future__ import annotations

from flask import Blueprint, current_app
from werkzeug.wrappers import Response

from mobilize.core.i18n import lazy
from mobilize.core.permissions import organisation, requires
from mobilize.core.settings import Settings
from mobilize.questions import queries, staff_pages
from mobilize.questions.downloads import sent_file
from mobilize.questions.rules import own_fields
from mobilize.questions.staff_pages import Page, Pages, QuestionWords

blueprint = Blueprint("fields", __name__, url_prefix="/studio/<org>/people/fields")

WORDS = QuestionWords(
    title=lazy("Fields"),
    make=lazy("Make a field"),
    make_now=lazy("Make the field"),
    save=lazy("Save the field"),
    new_one=lazy("New field: %(kind)s"),
    empty=lazy("No fields yet"),
    empty_text=lazy(
        "A field asks people something beside their name, such as a postal code or what they care about. "
        "Sign-up forms ask it, and people see and change their answers."
    ),
    withdrawn=lazy("Withdrawn fields"),
    withdraw=lazy("Withdraw this field"),
    withdraw_text=lazy(
        "No form asks it any more. What people answered stays readable, until it is deleted by its own rule or with "
        "the person."
    ),
    withdraw_now=lazy("Withdraw the field"),
    made=lazy("The field is made. Sign-up forms ask it once you choose it there."),
    ended=lazy("The field is asked no more. Answers stay."),
    again=lazy("The field is asked again."),
)


@blueprint.get("")
@requires("fields.read")
def index(org: str) -> str:
    """The fields that are asked, in their order, and those that were withdrawn."""
    return staff_pages.index(_pages(org))


@blueprint.get("/kinds")
@requires("fields.change")
def choose(org: str) -> str:
    """Which kind of answer a new field takes."""
    return staff_pages.choose(_pages(org))


@blueprint.get("/new")
@requires("fields.change")
def new(org: str) -> str:
    """A field of the kind that was chosen, with nothing in it yet."""
    return staff_pages.new(_pages(org))


@blueprint.post("/new")
@requires("fields.change")
def create(org: str) -> Response | Page:
    """Make a field."""
    return staff_pages.create(_pages(org))


@blueprint.get("/files/<answer_uid>")
@requires("fields.read")
def answered_file(answer_uid: str, **_org: str) -> Response:
    """A file that somebody gave as an answer, from their page in the studio."""
    settings: Settings = current_app.config["SETTINGS"]
    return sent_file(settings.answers_dir, queries.answered_file(organisation().id, answer_uid))


@blueprint.get("/<field_slug>")
@requires("fields.change")
def edit(org: str, field_slug: str) -> str:
    """A field with its words, choices and rules."""
    return staff_pages.edit(_pages(org), field_slug)


@blueprint.post("/<field_slug>")
@requires("fields.change")
def change(org: str, field_slug: str) -> Response | Page:
    """Change a field; a button that moves a choice saves the page too."""
    return staff_pages.change(_pages(org), field_slug)


@blueprint.post("/<field_slug>/place")
@requires("fields.change")
def place(org: str, field_slug: str) -> Response:
    """Show a field one place earlier or later."""
    return staff_pages.place(_pages(org), field_slug)


@blueprint.post("/<field_slug>/end")
@requires("fields.change")
def end(org: str, field_slug: str) -> Response:
    """Ask a field no more."""
    return staff_pages.end(_pages(org), field_slug)


@blueprint.post("/<field_slug>/again")
@requires("fields.change")
def again(org: str, field_slug: str) -> Response:
    """Ask a withdrawn field again."""
    return staff_pages.again(_pages(org), field_slug)


def _pages(org: str) -> Pages:
    return Pages(own_fields(organisation().id), "fields", {"org": org}, "fields.change", WORDS, is_named=True)
