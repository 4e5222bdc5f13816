"""/<org>/subscribe: asking to be put on lists, without a script and without a cookie.

The answer (page, status, size) is the same for a known, an unknown, a trapped and a limited address.
With a script the page answers a challenge; without one, a second page asks for one more press, under stricter limits.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from mobilize.core import clock, limits
from mobilize.core.even_answers import answer_evenly
from mobilize.core.forms import Form
from mobilize.core.i18n import _, text_in
from mobilize.core.permissions import public
from mobilize.organisations.queries import Brand, brand_by_slug
from mobilize.questions.forms import Words, field_name, question_fields, typed_in, with_questions
from mobilize.questions.rules import Asked
from mobilize.signup import service
from mobilize.signup.asking import KIND, Submission
from mobilize.signup.forms import AskForm, submission
from mobilize.signup.models import ConsentWording, SignupForm
from mobilize.signup.queries import DEFAULT_FORM, fields_of, form_by_slug, newest_wording, wording
from mobilize.subscribers.models import MailingList
from mobilize.subscribers.queries import lists_by_id
from mobilize.visitors.challenges import new_challenge
from mobilize.visitors.language import speak, with_language
from mobilize.visitors.limits import POSTS_AN_HOUR, count_client, may_mail
from mobilize.visitors.proof import Proof, judge
from mobilize.visitors.sealed_ids import NOBODY, open_id, seal_id
from mobilize.visitors.second_press import press_token

blueprint = Blueprint("signup", __name__)


@dataclass(frozen=True)
class Shown:
    """The page that was asked for."""

    organisation: Brand
    row: SignupForm
    lists: list[MailingList]
    fields: list[Asked]
    language: str

    @property
    def path(self) -> str:
        return f"/{self.organisation.slug}/subscribe/{self.row.slug}"

    @property
    def form(self) -> type[AskForm]:
        """The form with a field for each question that it asks."""
        return with_questions(AskForm, self.fields, Words(self.language, self.organisation.default_language))

    def text(self, texts: dict[str, str]) -> str:
        return text_in(texts, self.language, self.organisation.default_language)


@blueprint.get("/<org>/subscribe")
@blueprint.get("/<org>/subscribe/<form>")
@public
def show(org: str, form: str = DEFAULT_FORM) -> str:
    """The form."""
    asked = _asked(org, form)
    return _page(asked, asked.form(formdata=None), newest_wording(asked.row.id))


@blueprint.post("/<org>/subscribe")
@blueprint.post("/<org>/subscribe/<form>")
@public
def ask(org: str, form: str = DEFAULT_FORM) -> Response | str | tuple[str, int]:
    """Take a sign-up, ask for a second press, or show what has to change."""
    asked = _asked(org, form)
    typed = _form(asked, asked.form())
    shown = _wording(asked, typed)
    count_client("visitors.client", POSTS_AN_HOUR)
    if not typed.validate():
        return _page(asked, typed, shown), 422
    found = submission(typed, asked.row, asked.lists, asked.fields, shown, asked.text(shown.texts), asked.language)
    if found is None:
        return _page(asked, typed, shown), 422
    if typed.homepage.data:
        return _sent(asked, NOBODY)
    proof = judge(typed.proof.data or "", typed.press.data or "", form=asked.row.uid, address=found.address)
    if proof is not Proof.ENOUGH:
        return _second_page(asked, typed, found, proof)
    answer_evenly()
    return _sent(asked, _take(asked, found))


@blueprint.get("/<org>/subscribe/<form>/sent")
@public
def sent(org: str, form: str) -> str:
    """What happens next, the same for everyone; with a button to have the mail sent again."""
    asked = _asked(org, form)
    return render_template(
        "signup/sent.html",
        organisation=asked.organisation,
        asked=asked,
        form=Form(formdata=None),
        to=request.args.get("to", "")[:200],
    )


@blueprint.post("/<org>/subscribe/<form>/sent")
@public
def send_again(org: str, form: str) -> Response:
    """Mail the link once more, if there is anything to mail."""
    asked = _asked(org, form)
    sealed = request.form.get("to", "")[:200]
    count_client("visitors.client", POSTS_AN_HOUR)
    request_id = open_id(KIND, sealed)
    if Form().validate() and limits.allow("signup.again", str(request_id).encode(), "3/hour"):
        service.ask_again(request_id)
    return redirect(with_language(f"{asked.path}/sent", to=sealed, again="yes"), code=303)


def _take(asked: Shown, found: Submission) -> int:
    """Keep the sign-up unless its mailbox was mailed too often: the victim of a prank gets few mails."""
    if not may_mail(found.address, asked.organisation.uid):
        return NOBODY
    return service.ask(asked.row, asked.organisation, found)


def _asked(org: str, slug: str) -> Shown:
    """Raises NotFound: no such organisation or form."""
    organisation = brand_by_slug(org)
    row = form_by_slug(organisation.id, slug)
    lists = lists_by_id(row.list_ids, organisation.id)
    return Shown(organisation, row, lists, fields_of(row), speak(organisation))


def _form(asked: Shown, form: AskForm) -> AskForm:
    form.lists.choices = [(row.uid, asked.text(row.names)) for row in asked.lists]
    return form


def _wording(asked: Shown, form: AskForm) -> ConsentWording:
    """The version that the visitor's page showed; the newest for a version that never was."""
    version = form.wording.data or ""
    known = (
        wording(asked.row.id, int(version))
        if version.isascii() and version[:6].isdigit() and len(version) <= 6
        else None
    )
    return known or newest_wording(asked.row.id)


def _page(asked: Shown, form: AskForm, shown: ConsentWording) -> str:
    about = {row.uid: asked.text(row.descriptions) for row in asked.lists if row.descriptions}
    return render_template(
        "signup/subscribe.html",
        organisation=asked.organisation,
        asked=asked,
        form=_form(asked, form),
        fields=question_fields(form, asked.fields),
        about=about,
        wording=shown,
        challenge=new_challenge(asked.row.uid, clock.now()),
    )


def _second_page(asked: Shown, form: AskForm, found: Submission, proof: Proof) -> str:
    """Without a proof: the same values again, for one more press after a moment."""
    values = [
        ("email", found.address),
        ("first_name", found.asked.first_name),
        ("last_name", found.asked.last_name),
        *(("lists", row.uid) for row in asked.lists if row.id in found.asked.list_ids),
        *((field_name(one), typed) for one in asked.fields for typed in typed_in(form, one)),
        ("wording", form.wording.data or ""),
        ("sure", form.sure.data or ""),
        ("press", press_token(asked.row.uid, found.address, form.press.data or "")),
    ]
    return render_template(
        "visitors/second_press.html",
        press=_("Yes, subscribe me"),
        organisation=asked.organisation,
        form=Form(formdata=None),
        values=values,
        proof=proof.value,
    )


def _sent(asked: Shown, request_id: int) -> Response:
    return redirect(with_language(f"{asked.path}/sent", to=seal_id(KIND, request_id)), code=303)
