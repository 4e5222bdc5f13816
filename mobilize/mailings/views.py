"""/studio/<org>/mailings/: the list, and writing one: audience and content."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mobilize.actions.queries import acts_to_choose
from mobilize.audiences.audience import Audience
from mobilize.audiences.counting import AT_ONCE, LATER
from mobilize.audiences.queries import list_choices
from mobilize.audiences.reasons import AudienceVerdict
from mobilize.audiences.reasons import why as why_of
from mobilize.audiences.segments import segments
from mobilize.audiences.studio_forms import WhyForm
from mobilize.campaigns.queries import campaign_choices, campaign_of
from mobilize.campaigns.service import assign
from mobilize.core.edit_forms import saved_redirect
from mobilize.core.errors import NotFound, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, current_language, direction
from mobilize.core.permissions import member, organisation, requires
from mobilize.core.text import mail_address
from mobilize.delivery.models import RecipientKind
from mobilize.delivery.recipients import find_recipient
from mobilize.mailings import service
from mobilize.mailings.checks import language_name
from mobilize.mailings.content import SenderText, read_languages
from mobilize.mailings.forms import content_file
from mobilize.mailings.models import Mailing
from mobilize.mailings.previews import POLICY, in_theme, preview_of, sender_of
from mobilize.mailings.queries import mailing, newest_page, origin_of, state_of
from mobilize.mailings.rules import Shown, Verb, is_allowed, opened_language
from mobilize.mailings.samples import sample_file
from mobilize.mailings.steps import steps_of
from mobilize.mailings.studio_forms import AudienceForm, ContentForm, NewForm, WordsForm
from mobilize.organisations.queries import brand

blueprint = Blueprint("mailings", __name__, url_prefix="/studio/<org>/mailings")

Page = str | tuple[str, int] | AnyResponse


@blueprint.app_context_processor
def _for_the_frame() -> dict[str, object]:
    """What every page of a mailing shows in its frame."""
    return {"origin_of": origin_of}


@blueprint.get("/")
@requires("mailing.read")
def index(org: str) -> Page:
    """Every mailing, newest first."""
    page = newest_page(
        organisation().id, older_than=request.args.get("older", ""), newer_than=request.args.get("newer", "")
    )
    return render_template("mailings/index.html", org=org, page=page, may_write=member().may("mailing.change"))


@blueprint.get("/new")
@requires("mailing.change")
def new(org: str) -> Page:
    """Where a draft begins: a content file to write over, and who gets it."""
    house = brand(organisation().id)
    form = _new_form(filled=False)
    form.content.data = sample_file(house.languages, house.default_language)
    return render_template("mailings/new.html", org=org, form=form)


@blueprint.post("/new")
@requires("mailing.change")
def create(org: str) -> Page:
    form = _new_form(filled=True)
    if form.validate() and (text := form.text()) is not None:
        with form.refusals():
            row = service.create_mailing(Audience.of(organisation().id, map(int, form.lists.data)), text)
            return _saved("mailings.content", org, row.uid)
    return render_template("mailings/new.html", org=org, form=form), 422


@blueprint.get("/<uid>")
@requires("mailing.read")
def show(org: str, uid: str) -> AnyResponse:
    """The step that matters now."""
    state = state_of(mailing(organisation().id, uid))
    endpoint = {
        Shown.DRAFT: "mailings.content",
        Shown.TEMPLATE: "mailings.content",
        Shown.FINISHED: "reports.mailing_page",
    }.get(state, "sending.send")
    return redirect(url_for(endpoint, org=org, uid=uid))


@blueprint.get("/<uid>/audience")
@requires("mailing.read")
def audience(org: str, uid: str) -> Page:
    """Who gets it, from whom; and what colleagues call it."""
    row = mailing(organisation().id, uid)
    return _audience_page(org, row, _audience_form(row, is_posted=False))


@blueprint.post("/<uid>/audience")
@requires("mailing.change")
def change_audience(org: str, uid: str) -> Page:
    row = service.locked(mailing(organisation().id, uid))
    form = _audience_form(row, is_posted=True)
    if form.is_untouched:
        return saved_redirect(request.path)
    if form.validate():
        sender = SenderText(form.sender_name.data or "", form.sender_address.data)
        with form.refusals():
            to_whom = replace(form.to_whom(row.organisation_id), group=row.to_whom.group)
            service.change_audience(row, form.name.data, sender, to_whom, form.default_language.data)
    if form.errors:
        return _audience_page(org, row, form), 422
    return _saved("mailings.audience", org, uid)


@blueprint.get("/<uid>/audience/count")
@requires("mailing.read")
def count_audience(org: str, uid: str) -> Page:
    """The numbers alone, for a page that says "counting"; without scripts a page that waits for them."""
    row = mailing(organisation().id, uid)
    if "HX-Request" not in request.headers:
        return _audience_page(org, row, _audience_form(row, is_posted=False), LATER)
    count = row.to_whom.numbers_within(LATER)
    return render_template("mailings/recipients.html", row=row, count=count, language_name=language_name, later_url="")


@blueprint.post("/<uid>/audience/why")
@requires("people.read")
def why(org: str, uid: str) -> Page:
    """Whether one person gets it, and what decides that; changes nothing."""
    row, form = mailing(organisation().id, uid), WhyForm()
    verdict, nobody = None, False
    if form.validate():
        with form.refusals():
            address = mail_address("address", form.address.data or "")
            found = find_recipient(organisation().id, organisation().uid, RecipientKind.PERSON, address)
            nobody = found is None
            verdict = why_of(row.to_whom, found.id) if found else None
    page = _audience_page(org, row, _audience_form(row, is_posted=False), asked=form, verdict=verdict, nobody=nobody)
    return (page, 422) if form.errors else page


@blueprint.get("/<uid>/content")
@requires("mailing.read")
def content(org: str, uid: str) -> Page:
    """The mail as it is received, and what replaces it."""
    row = mailing(organisation().id, uid)
    return _content_page(org, row, _content_form(row, is_posted=False))


@blueprint.post("/<uid>/content")
@requires("mailing.change")
def change_content(org: str, uid: str) -> Page:
    row = service.locked(mailing(organisation().id, uid))
    form = _content_form(row, is_posted=True)
    if form.is_untouched and not form.file.data:
        return saved_redirect(url_for("mailings.content", org=org, uid=uid))
    if form.validate() and (text := form.text()) is not None:
        with form.refusals():
            service.change_content(row, text)
    if form.errors:
        return _content_page(org, row, form), 422
    return _saved("mailings.content", org, uid)


@blueprint.post("/<uid>/content/<language>")
@requires("mailing.change")
def words(org: str, uid: str, language: str) -> Page:
    """Another subject and preheader."""
    row = service.locked(mailing(organisation().id, uid))
    form = _words_form(row, language, is_posted=True)
    if form.is_untouched:
        return saved_redirect(url_for("mailings.content", org=org, uid=uid, language=language))
    if form.validate():
        with form.refusals():
            service.change_words(row, language, form.subject.data, form.preheader.data or "")
    if form.errors:
        whole = _content_form(row, is_posted=False)
        return _content_page(org, row, whole, words_form=form, language=language), 422
    return _saved("mailings.content", org, uid, language=language)


@blueprint.post("/<uid>/campaign")
@requires("mailing.change")
def set_campaign(org: str, uid: str) -> AnyResponse:
    """Let it belong to a campaign, or to none; at any time, because no copy shows it."""
    row = mailing(organisation().id, uid)
    if Form().validate():
        assign(row.organisation_id, "mailing", row.uid, request.form.get("campaign", ""))
        flash(_("Saved"))
    return redirect(url_for("mailings.audience", org=org, uid=uid), code=303)


@blueprint.get("/<uid>/content.json")
@requires("mailing.read")
def download(uid: str, **_org: str) -> Response:
    """The content file."""
    row = mailing(organisation().id, uid)
    headers = {"Content-Disposition": 'attachment; filename="mailing.json"'}
    return Response(_file_of(row), mimetype="application/json", headers=headers)


@blueprint.get("/<uid>/preview/<language>")
@requires("mailing.read")
def preview(uid: str, language: str, **_org: str) -> Response:
    """The HTML of the mail, for the frame of the content page: it may do nothing but be looked at."""
    row = mailing(organisation().id, uid)
    view = _view()
    shown = preview_of(row, language, _picture_url, named=view["reader"] != "unnamed")
    return Response(
        in_theme(shown.html, view["theme"]),
        mimetype="text/html",
        headers={"Content-Security-Policy": POLICY, "X-Frame-Options": "SAMEORIGIN"},
    )


def _picture_url(name: str) -> str:
    return url_for("media.show", name=name)


def _saved(endpoint: str, org: str, uid: str, language: str | None = None) -> AnyResponse:
    flash(_("Saved. Nobody has received it yet."))
    return saved_redirect(url_for(endpoint, org=org, uid=uid, language=language))


def _new_form(*, filled: bool) -> NewForm:
    house = brand(organisation().id)
    form = NewForm.of({}, is_posted=filled)
    form.offer_lists(list_choices(house.id), house.default_language)
    return form


def _content_form(row: Mailing, *, is_posted: bool) -> ContentForm:
    return ContentForm.of({"content": _file_of(row)}, is_posted=is_posted)


def _words_form(row: Mailing, language: str, *, is_posted: bool) -> WordsForm:
    version = read_languages(row.content).get(language)
    if version is None:
        raise NotFound("language")
    return WordsForm.of({"subject": version.subject, "preheader": version.preheader}, is_posted=is_posted)


def _audience_form(row: Mailing, *, is_posted: bool) -> AudienceForm:
    house = brand(row.organisation_id)
    values = {
        "name": row.name,
        "lists": [str(list_id) for list_id in row.to_whom.lists],
        "without": [str(list_id) for list_id in row.to_whom.without],
        "segments": [str(one) for one in row.to_whom.segments],
        "without_segments": [str(one) for one in row.to_whom.without_segments],
        "ended_by": row.to_whom.ended_by,
        "sender_name": row.sender_name,
        "sender_address": row.sender_address,
        "default_language": row.default_language,
    }
    form = AudienceForm.of(values, is_posted=is_posted)
    form.offer_lists(list_choices(house.id), house.default_language)
    form.offer_segments(segments(house.id))
    form.offer_acts(acts_to_choose(house), row.to_whom.ended_by)
    form.offer_languages(list(row.content))
    return form


def _audience_page(
    org: str,
    row: Mailing,
    form: AudienceForm,
    seconds: float = AT_ONCE,
    *,
    asked: WhyForm | None = None,
    verdict: AudienceVerdict | None = None,
    nobody: bool = False,
) -> str:
    return render_template(
        "mailings/audience.html",
        org=org,
        row=row,
        form=form,
        state=state_of(row),
        steps=steps_of(row, org, "mailings.audience"),
        may_change=_may_change(row),
        may_see_people=member().may("people.read"),
        count=row.to_whom.numbers_within(seconds),
        later_url=url_for("mailings.count_audience", org=org, uid=row.uid) if seconds == AT_ONCE else "",
        language_name=language_name,
        asked=asked or WhyForm(formdata=None),
        verdict=verdict,
        nobody=nobody,
        button_form=Form(formdata=None),
        campaigns=campaign_choices(row.organisation_id),
        campaign=campaign_of(row.organisation_id, "mailing", row.uid),
    )


def _content_page(
    org: str, row: Mailing, form: ContentForm, words_form: WordsForm | None = None, language: str = ""
) -> str:
    chosen = opened_language(
        language or request.args.get("language"), current_language(), row.content, row.default_language
    )
    view = _view()
    return render_template(
        "mailings/content.html",
        org=org,
        row=row,
        form=form,
        words_form=words_form or _words_form(row, chosen, is_posted=False),
        state=state_of(row),
        steps=steps_of(row, org, "mailings.content"),
        may_change=_may_change(row),
        language=chosen,
        language_direction=direction(chosen),
        language_name=language_name,
        view=view,
        has_subject=bool(row.content[chosen]["subject"]),
        sender_name=sender_of(row, chosen),
        shown=_shown(row, chosen, view["reader"]),
    )


def _shown(row: Mailing, language: str, reader: str) -> object:
    """The mail, or the refusal that keeps it from being composed."""
    try:
        return preview_of(row, language, _picture_url, named=reader != "unnamed")
    except Refused as refusal:
        return {"refusal": str(refusal)}


def _view() -> dict[str, str]:
    """How the mail is looked at: each choice in the address, so that it works without scripts and can be shared."""
    choices = {
        "part": ("html", "text"),
        "width": ("wide", "phone"),
        "theme": ("light", "dark"),
        "reader": ("named", "unnamed"),
    }
    asked = {name: request.args.get(name) for name in choices}
    return {name: str(asked[name]) if asked[name] in allowed else allowed[0] for name, allowed in choices.items()}


def _may_change(row: Mailing) -> bool:
    return member().may("mailing.change") and is_allowed(Verb.CHANGE, state_of(row))


def _file_of(row: Mailing) -> str:
    return content_file(row.name, SenderText(row.sender_name, row.sender_address), read_languages(row.content))
