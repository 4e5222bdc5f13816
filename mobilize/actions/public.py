"""/<org>/act/<slug>: acting as a stranger, without a script and without a cookie.

The answer is the same for every address; what differs goes by mail, to its owner only. With a script the page answers a
challenge; without one, a second page asks for one more press, under stricter limits (see ``mobilize.visitors``).
"""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response

from mobilize.actions import acts, forms
from mobilize.actions.acting import KIND, Asked
from mobilize.actions.queries import published_action
from mobilize.actions.showing import Call, call_of
from mobilize.core import clock, limits
from mobilize.core.even_answers import answer_evenly
from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.permissions import public
from mobilize.organisations.queries import brand_by_slug
from mobilize.visitors.challenges import new_challenge
from mobilize.visitors.language import speak, with_language
from mobilize.visitors.limits import POSTS_AN_HOUR, count_client
from mobilize.visitors.proof import Proof, judge
from mobilize.visitors.sealed_ids import NOBODY, open_id, seal_id
from mobilize.visitors.second_press import press_token

blueprint = Blueprint("acting", __name__)


@blueprint.get("/<org>/act/<action_slug>")
@public
def show(org: str, action_slug: str) -> str:
    """The call with its form, or kind words where it takes no acts."""
    call, _language = _call(org, action_slug)
    form = forms.AskForm(formdata=None)
    forms.limited(form, call.row)
    return _page(call, form)


@blueprint.post("/<org>/act/<action_slug>")
@public
def ask(org: str, action_slug: str) -> Response | str | tuple[str, int]:
    """Take an act, ask for a second press, or show what has to change."""
    call, language = _call(org, action_slug)
    form = forms.AskForm()
    forms.limited(form, call.row)
    count_client("visitors.client", POSTS_AN_HOUR)
    if not call.is_open:
        return _page(call, form), 409
    found = forms.asked(form, call.row, call.seen, call.list_words) if form.validate() else None
    if found is None:
        return _page(call, form), 422
    address, asked = found
    if form.homepage.data:
        return _sent(call, NOBODY)
    proof = judge(form.proof.data or "", form.press.data or "", form=call.row.uid, address=address)
    if proof is not Proof.ENOUGH:
        return _second_page(call, form, address, asked, proof)
    answer_evenly()
    return _sent(call, acts.ask(call.row, call.house, address, language, asked))


@blueprint.get("/<org>/act/<action_slug>/sent")
@public
def sent(org: str, action_slug: str) -> str:
    """What happens next, the same for everyone; with a button to have the mail sent again."""
    call, _language = _call(org, action_slug)
    to = request.args.get("to", "")[:200]
    return render_template(
        "actions/acting_sent.html", organisation=call.house, call=call, form=Form(formdata=None), to=to
    )


@blueprint.post("/<org>/act/<action_slug>/sent")
@public
def send_again(org: str, action_slug: str) -> Response:
    """Mail the link once more, if there is anything to mail."""
    call, _language = _call(org, action_slug)
    sealed = request.form.get("to", "")[:200]
    count_client("visitors.client", POSTS_AN_HOUR)
    request_id = open_id(KIND, sealed)
    if Form().validate() and limits.allow("act.again", str(request_id).encode(), "3/hour"):
        acts.ask_again(request_id)
    return redirect(with_language(f"{call.path}/sent", to=sealed, again="yes"), code=303)


def _call(org: str, slug: str) -> tuple[Call, str]:
    """Raises NotFound: no such organisation, or no call that visitors see."""
    house = brand_by_slug(org)
    g.organisation = house
    language = speak(house)
    return call_of(published_action(house.id, slug), house), language


def _page(call: Call, form: forms.AskForm) -> str:
    return render_template(
        "actions/acting.html",
        organisation=call.house,
        call=call,
        form=form,
        challenge=new_challenge(call.row.uid, clock.now()) if call.is_open else "",
    )


def _second_page(call: Call, form: forms.AskForm, address: str, asked: Asked, proof: Proof) -> str:
    """Without a proof: the same values again, for one more press after a moment."""
    name = "initials" if "initials" in form else "name"
    values = [
        ("email", address),
        (name, asked.given.name),
        ("place", asked.given.place),
        ("country", asked.given.country),
        ("agrees", "y" if asked.agreed else ""),
        ("sure", form.sure.data or ""),
        ("press", press_token(call.row.uid, address, form.press.data or "")),
    ]
    return render_template(
        "visitors/second_press.html",
        press=_("Yes, sign the petition"),
        organisation=call.house,
        form=Form(formdata=None),
        values=[(field, value) for field, value in values if value],
        proof=proof.value,
    )


def _sent(call: Call, request_id: int) -> Response:
    return redirect(with_language(f"{call.path}/sent", to=seal_id(KIND, request_id)), code=303)
