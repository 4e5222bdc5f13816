"""The staff pages of any owner's questions: an organisation's own fields, the questions of an event's form.

A feature makes ``Pages`` for one owner and calls these functions from its own views, which say who may open them.
Its blueprint has the endpoints ``index, choose, new, create, edit, change, place, end, again``; those of one question
take ``field_slug``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from mobilize.core.edit_forms import saved_redirect
from mobilize.core.errors import Conflict, NotAllowed, NotFound, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, current_language, text_in
from mobilize.core.permissions import organisation
from mobilize.core.text_fields import ordered, text_fields
from mobilize.organisations.queries import brand
from mobilize.questions import queries, service
from mobilize.questions.models import QuestionKind
from mobilize.questions.rules import KIND_WORDS, WITH_CHOICES, Asked, Owner, mergeable, slug_from
from mobilize.questions.staff_forms import (
    ChangeFieldForm,
    FieldForm,
    choice_rows,
    facts_of,
    form_class,
    stored_values,
)

Page = str | tuple[str, int]


@dataclass(frozen=True)
class QuestionWords:
    """What the pages call the questions; lazy strings. ``new_one`` takes the ``kind``, ``kept`` may be empty."""

    title: str
    make: str
    make_now: str
    save: str
    new_one: str
    empty: str
    empty_text: str
    withdrawn: str
    withdraw: str
    withdraw_text: str
    withdraw_now: str
    made: str
    ended: str
    again: str
    kept: str = ""


@dataclass(frozen=True)
class Pages:
    """One owner's questions. ``values`` fill the URLs of the blueprint ``endpoint``; ``permission`` is to change them.

    ``crumb`` is the page above, text and path. ``is_named``: staff choose short names, which files and mailings use.
    """

    owner: Owner
    endpoint: str
    values: Mapping[str, str]
    permission: str
    words: QuestionWords
    kinds: Collection[QuestionKind] = tuple(QuestionKind)
    crumb: tuple[str, str] | None = None
    is_named: bool = False

    def url(self, name: str, **values: str) -> str:
        """The path of one of these pages."""
        filled: dict[str, Any] = {**self.values, **values}
        return url_for(f"{self.endpoint}.{name}", **filled)

    def kind_words(self) -> dict[QuestionKind, str]:
        return {kind: words for kind, words in KIND_WORDS.items() if kind in self.kinds}


def index(pages: Pages) -> str:
    """The questions that are asked, in their order, and those that were withdrawn."""
    every = queries.every_question(pages.owner)
    return _render(
        "questions/fields.html",
        pages,
        asked=[one for one in every if not one.ended],
        ended=[one for one in every if one.ended],
        kinds=KIND_WORDS,
        counts=queries.answer_counts(pages.owner),
        press=Form(formdata=None),
    )


def choose(pages: Pages) -> str:
    """Which kind of answer a new question takes."""
    return _render("questions/kinds.html", pages, kinds=pages.kind_words())


def new(pages: Pages) -> str:
    """A question of the kind that was chosen, with nothing in it yet."""
    kind = _kind(pages)
    return _new_page(pages, kind, form_class(FieldForm, _languages(), kind)(formdata=None))


def create(pages: Pages) -> Response | Page:
    """Make a question."""
    kind = _kind(pages)
    form = form_class(FieldForm, _languages(), kind)()
    if form.validate():
        try:
            facts = facts_of(form, _languages(), kind)
            slug = _slug(pages, form, facts.labels.get(_languages()[0], ""))
            service.create_question(organisation().id, pages.owner, slug, kind, facts)
        except (Refused, Conflict) as refusal:
            _refuse(form, refusal)
        else:
            flash(pages.words.made)
            return redirect(pages.url("index"), code=303)
    return _new_page(pages, kind, form), 422


def edit(pages: Pages, slug: str) -> str:
    """A question with its words, choices and rules."""
    one = _question(pages, slug)
    return _edit_page(pages, one, _change_form(pages, one, one.kind, is_posted=False), one.kind)


def change(pages: Pages, slug: str) -> Response | Page:
    """Change a question; a button that moves a choice saves the page too."""
    one = _question(pages, slug)
    kind = _posted_kind(pages, one)
    form = _change_form(pages, one, kind, is_posted=True)
    if form.is_untouched:
        return saved_redirect(pages.url("index"))
    move = request.form.get("choice", "")
    if form.validate():
        try:
            service.change_question(one.id, facts_of(form, _languages(), kind, one, move), kind)
        except (Refused, Conflict) as refusal:
            _refuse(form, refusal)
        else:
            flash(_("Saved"))
            return saved_redirect(pages.url("edit", field_slug=one.slug) if move else pages.url("index"))
    return _edit_page(pages, one, form, kind), 422


def place(pages: Pages, slug: str) -> Response:
    """Show a question one place earlier or later."""
    _require_own_press()
    service.move_question(_question(pages, slug).id, 1 if request.form.get("to") == "down" else -1)
    return redirect(pages.url("index"), code=303)


def end(pages: Pages, slug: str) -> Response:
    """Ask a question no more."""
    _require_own_press()
    service.end_question(_question(pages, slug).id)
    flash(pages.words.ended)
    return redirect(pages.url("index"), code=303)


def again(pages: Pages, slug: str) -> Response:
    """Ask a withdrawn question again."""
    _require_own_press()
    service.ask_again(_question(pages, slug).id)
    flash(pages.words.again)
    return redirect(pages.url("index"), code=303)


def _question(pages: Pages, slug: str) -> Asked:
    return queries.as_asked([queries.question_row(pages.owner, slug)])[0]


def _slug(pages: Pages, form: FieldForm, label: str) -> str:
    """What was typed, else one made from the label; where staff see no short names, one that is free."""
    if pages.is_named:
        return (form.slug.data or "").strip() or slug_from(label)
    taken = {row.slug for row in queries.question_rows(pages.owner)}
    stem = (slug_from(label) or "question")[:36].rstrip("_")
    return next(slug for slug in (stem, *(f"{stem}_{n}" for n in range(2, 1000))) if slug not in taken)


def _kind(pages: Pages) -> QuestionKind:
    """The kind that the address names; without one, a short text."""
    wanted = request.args.get("kind", QuestionKind.SHORT_TEXT.value)
    if wanted not in set(pages.kinds):
        raise NotFound("kind")
    return QuestionKind(wanted)


def _posted_kind(pages: Pages, one: Asked) -> QuestionKind:
    """The kind that the page sent, while nobody has answered; a program that sends none keeps it."""
    typed = request.form.get("kind", "")
    return QuestionKind(typed) if typed in set(pages.kinds) else one.kind


def _languages() -> list[str]:
    house = brand(organisation().id)
    return ordered(house.languages, house.default_language)


def _change_form(pages: Pages, one: Asked, kind: QuestionKind, *, is_posted: bool) -> ChangeFieldForm:
    made = form_class(ChangeFieldForm, _languages(), kind, one)
    form = made.of(stored_values(one, _languages()), is_posted=is_posted)
    form.kind.choices = [choice for choice in form.kind.choices if choice.value in set(pages.kinds)]
    return form


def _new_page(pages: Pages, kind: QuestionKind, form: FieldForm) -> str:
    return _render(
        "questions/field.html",
        pages,
        form=form,
        row=None,
        kind=KIND_WORDS[kind],
        groups=text_fields(form, ("labels", "hints"), _languages()),
        choices=choice_rows(form, _languages(), kind),
    )


def _edit_page(pages: Pages, one: Asked, form: ChangeFieldForm, kind: QuestionKind) -> str:
    house = brand(organisation().id)
    return _render(
        "questions/field.html",
        pages,
        form=form,
        row=one,
        name=text_in(dict(one.labels), current_language(), house.default_language),
        kind=KIND_WORDS[one.kind],
        count=queries.answer_count(one.id),
        merges=pages.is_named and mergeable(one) and not one.ended,
        groups=text_fields(form, ("labels", "hints"), _languages()),
        choices=choice_rows(form, _languages(), kind, one) if kind in WITH_CHOICES else [],
        press=Form(formdata=None),
    )


def _render(template: str, pages: Pages, **values: Any) -> str:
    made: str | Markup = render_template(
        template, org=organisation().slug, brand=brand(organisation().id), pages=pages, words=pages.words, **values
    )
    return made


def _refuse(form: Form, refusal: Refused | Conflict) -> None:
    """A conflict is about the name, and what is wrong with choices stands beside the first."""
    named = refusal.field if isinstance(refusal, Refused) else "slug" if "slug" in form else ""
    if named == "choices":
        named = next((name for name in form.data if name.startswith("choice_")), "")
    form.refuse(Refused(named, refusal.message))


def _require_own_press() -> None:
    if not Form().validate():
        raise NotAllowed(_("This page was open for too long. Go back and try again"))
