"""Staff pages of what an event's form asks beside the name: the pages of ``questions``, for this event."""

from __future__ import annotations

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from mobilize.core.i18n import _, lazy
from mobilize.core.permissions import organisation, requires
from mobilize.events.queries import event_by_slug
from mobilize.events.registrations.answers import KINDS, owner_of
from mobilize.questions import staff_pages
from mobilize.questions.staff_pages import Page, Pages, QuestionWords

blueprint = Blueprint(
    "event_questions", __name__, url_prefix="/studio/<org>/calendar/<event_slug>/registrations/questions"
)

WORDS = QuestionWords(
    title=lazy("Questions"),
    make=lazy("Add a question"),
    make_now=lazy("Add the question"),
    save=lazy("Save the question"),
    new_one=lazy("New question: %(kind)s"),
    empty=lazy("No questions yet"),
    empty_text=lazy(
        "The form asks for an email address and a name. Add what you need to prepare, such as an organisation, a diet "
        "or what helps somebody to take part, and mark as sensitive what could harm a person."
    ),
    withdrawn=lazy("Withdrawn questions"),
    withdraw=lazy("Withdraw this question"),
    withdraw_text=lazy(
        "The form asks it no more. What people answered stays readable until the registrations are deleted."
    ),
    withdraw_now=lazy("Withdraw the question"),
    made=lazy("The question is added. The form asks it from now on."),
    ended=lazy("The question is asked no more. Answers stay."),
    again=lazy("The question is asked again."),
    kept=lazy("Counted from each answer. Left empty, an answer is deleted with the list of who registered."),
)


@blueprint.get("")
@requires("registrations.read")
def index(org: str, event_slug: str) -> str:
    """The questions that are asked, in their order, and those that were withdrawn."""
    return staff_pages.index(_pages(org, event_slug))


@blueprint.get("/kinds")
@requires("event.change")
def choose(org: str, event_slug: str) -> str:
    """Which kind of answer a new question takes."""
    return staff_pages.choose(_pages(org, event_slug))


@blueprint.get("/new")
@requires("event.change")
def new(org: str, event_slug: str) -> str:
    """A question of the kind that was chosen, with nothing in it yet."""
    return staff_pages.new(_pages(org, event_slug))


@blueprint.post("/new")
@requires("event.change")
def create(org: str, event_slug: str) -> Response | Page:
    """Add a question."""
    return staff_pages.create(_pages(org, event_slug))


@blueprint.get("/<field_slug>")
@requires("event.change")
def edit(org: str, event_slug: str, field_slug: str) -> str:
    """A question with its words, choices and rules."""
    return staff_pages.edit(_pages(org, event_slug), field_slug)


@blueprint.post("/<field_slug>")
@requires("event.change")
def change(org: str, event_slug: str, field_slug: str) -> Response | Page:
    """Change a question."""
    return staff_pages.change(_pages(org, event_slug), field_slug)


@blueprint.post("/<field_slug>/place")
@requires("event.change")
def place(org: str, event_slug: str, field_slug: str) -> Response:
    """Show a question one place earlier or later."""
    return staff_pages.place(_pages(org, event_slug), field_slug)


@blueprint.post("/<field_slug>/end")
@requires("event.change")
def end(org: str, event_slug: str, field_slug: str) -> Response:
    """Ask a question no more."""
    return staff_pages.end(_pages(org, event_slug), field_slug)


@blueprint.post("/<field_slug>/again")
@requires("event.change")
def again(org: str, event_slug: str, field_slug: str) -> Response:
    """Ask a withdrawn question again."""
    return staff_pages.again(_pages(org, event_slug), field_slug)


def _pages(org: str, event_slug: str) -> Pages:
    event = event_by_slug(organisation().id, event_slug)
    values = {"org": org, "event_slug": event_slug}
    crumb = (_("Registrations"), url_for("registrations.index", org=org, event_slug=event_slug))
    return Pages(owner_of(event.id), "event_questions", values, "event.change", WORDS, KINDS, crumb)
