"""Untrusted input of sign-up pages and of the staff's form editor to typed values."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import BooleanField, EmailField, HiddenField, SelectMultipleField, StringField
from wtforms.validators import Optional

from mobilize.core.errors import Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, lazy
from mobilize.core.text import one_line
from mobilize.core.text_fields import REQUIRED, texts_of
from mobilize.questions.forms import answers_of
from mobilize.questions.pending import to_pending
from mobilize.questions.rules import Asked
from mobilize.signup.asking import AskedFor, Submission
from mobilize.signup.models import ConsentWording, SignupForm
from mobilize.signup.service import FormFacts
from mobilize.subscribers.models import MailingList
from mobilize.subscribers.rules import NAME_LENGTH
from mobilize.visitors.checked_fields import checked, checked_address

TEXTS = ("titles", "introductions", "wording", "thanks")


class AskForm(Form):
    """What a visitor types. ``homepage`` is a trap: people do not see it, programs fill it in.

    ``sure`` is the address about which a hint was shown: sent again unchanged, it is meant as it stands.
    """

    email = EmailField(lazy("Email address"), [REQUIRED])
    first_name = StringField(lazy("First name"), [Optional()])
    last_name = StringField(lazy("Last name"), [Optional()])
    lists = SelectMultipleField(lazy("What would you like to receive?"), choices=[])
    homepage = StringField(lazy("Leave this empty"), [Optional()])
    wording = HiddenField()
    proof = HiddenField()
    press = HiddenField()
    sure = HiddenField()


class EditForm(Form):
    """A sign-up form as staff see it; texts by language are added by ``with_texts``."""

    lists = SelectMultipleField(lazy("Lists that people can choose"), choices=[])
    asks_first_name = BooleanField(lazy("Ask for the first name"))
    asks_last_name = BooleanField(lazy("Ask for the last name"))
    questions = SelectMultipleField(lazy("Fields that the form asks"), choices=[])


class NewForm(EditForm):
    """A form that does not exist yet."""

    slug = StringField(
        lazy("Short name"),
        [REQUIRED],
        description=lazy("“subscribe” makes it the main form. It cannot be changed later."),
    )


def submission(
    form: AskForm,
    row: SignupForm,
    offered: Sequence[MailingList],
    asked: Sequence[Asked],
    wording: ConsentWording,
    words: str,
    language: str,
) -> Submission | None:
    """The checked submission; ``None`` when a field was refused, which then stands beside it.

    ``words`` are what the visitor's page showed of the ``wording``.
    """
    chosen = set(form.lists.data or ())
    list_ids = [one.id for one in offered if len(offered) == 1 or one.uid in chosen]
    if not list_ids:
        form.refuse(Refused("lists", _("Choose at least one")))
    address = checked_address(form)
    first = checked(form, "first_name", _name) if row.asks_first_name else ""
    last = checked(form, "last_name", _name) if row.asks_last_name else ""
    answers = to_pending(asked, answers_of(form, asked))
    if form.errors:
        return None
    return Submission(address, language, AskedFor(first, last, list_ids, wording.id, words, answers))


def form_facts(
    form: EditForm, lists: Sequence[MailingList], fields: Sequence[Asked], languages: Sequence[str]
) -> FormFacts:
    """What staff typed."""
    chosen, questions = set(form.lists.data or ()), set(form.questions.data or ())
    return FormFacts(
        wording=texts_of(form, "wording", languages),
        list_ids=[one.id for one in lists if one.uid in chosen],
        titles=texts_of(form, "titles", languages),
        introductions=texts_of(form, "introductions", languages),
        thanks=texts_of(form, "thanks", languages),
        asks_first_name=form.asks_first_name.data,
        asks_last_name=form.asks_last_name.data,
        question_ids=[one.id for one in fields if one.uid in questions],
    )


def _name(field: str, value: str) -> str:
    return one_line(field, value, at_most=NAME_LENGTH)
