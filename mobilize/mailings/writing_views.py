"""/studio/<org>/mailings/<uid>/write/<language>: the blocks of one language, in a form that needs no script.

Moving, adding and removing show the page anew and save nothing; the button that saves does.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.core.edit_forms import THEN, EditForm, saved_redirect
from mobilize.core.errors import Conflict, NotFound, Refused
from mobilize.core.forms import Form
from mobilize.core.i18n import _, direction
from mobilize.core.permissions import organisation, requires
from mobilize.mailings import service
from mobilize.mailings.block_forms import (
    Piece,
    offer_choices,
    offer_pictures,
    opened,
    posted,
    rearranged,
    refuse,
    written,
)
from mobilize.mailings.blocks import as_json, block_kinds
from mobilize.mailings.checks import language_name
from mobilize.mailings.content import Version, read_languages
from mobilize.mailings.models import Mailing
from mobilize.mailings.queries import mailing, state_of
from mobilize.mailings.rules import Verb, require
from mobilize.mailings.steps import steps_of
from mobilize.media.queries import newest_pictures

blueprint = Blueprint("writing", __name__, url_prefix="/studio/<org>/mailings/<uid>/write/<language>")

Page = str | tuple[str, int] | Response
OFFERED_PICTURES = 12


@blueprint.get("")
@requires("mailing.change")
def edit(org: str, uid: str, language: str) -> Page:
    """The blocks as they are stored."""
    row = mailing(organisation().id, uid)
    require(Verb.CHANGE, state_of(row))
    return _page(org, row, language, opened(_version(row, language).blocks))


@blueprint.post("")
@requires("mailing.change")
def save(org: str, uid: str, language: str) -> Page:
    """A press on a block shows the page anew; the press on the page's own button saves."""
    row = service.locked(mailing(organisation().id, uid))
    form = _form(row, language, is_posted=True)
    pieces = posted(request.form)
    if press := request.form.get("block", ""):
        changed, at = rearranged(pieces, press)
        return _page(org, row, language, changed, at=at, form=form)
    done = url_for("mailings.content", org=org, uid=uid, language=language)
    if THEN in request.form and written(pieces) == _version(row, language).blocks:
        return saved_redirect(done)
    if form.validate() and _saved(row, language, pieces, form):
        flash(_("Saved. Nobody has received it yet."))
        return saved_redirect(done)
    return _page(org, row, language, pieces, form=form), 422


def _form(row: Mailing, language: str, *, is_posted: bool) -> EditForm:
    return EditForm.of({"blocks": _stored(row, language)}, is_posted=is_posted)


def _stored(row: Mailing, language: str) -> list[dict[str, Any]]:
    return [as_json(block) for block in _version(row, language).blocks]


def _saved(row: Mailing, language: str, pieces: list[Piece], form: Form) -> bool:
    """Whether it was; if not, what is wrong stands beside its field or above the page."""
    blocks = written(pieces)
    if blocks is None:
        return False
    try:
        service.change_blocks(row, language, blocks)
    except Conflict as conflict:
        form.form_errors.append(conflict.message)
    except Refused as refusal:
        refuse(pieces, refusal)
    else:
        return True
    return False


def _version(row: Mailing, language: str) -> Version:
    languages = read_languages(row.content)
    if language not in languages:
        raise NotFound("language")
    return languages[language]


def _page(
    org: str, row: Mailing, language: str, pieces: list[Piece], *, at: int | None = None, form: EditForm | None = None
) -> str:
    """``at``: the block that was just moved or added, which means that something is not saved yet."""
    pictures = {one.name: one for one in newest_pictures(row.organisation_id, at_most=OFFERED_PICTURES)}
    offer_pictures(pieces, pictures)
    offer_choices(pieces, row.organisation_id)
    return render_template(
        "mailings/write.html",
        org=org,
        row=row,
        state=state_of(row),
        steps=steps_of(row, org, "mailings.content"),
        form=form or _form(row, language, is_posted=False),
        theirs=_stored(row, language) if form and form.is_outdated else [],
        pieces=pieces,
        pictures=pictures,
        kinds=block_kinds(),
        at=at,
        language=language,
        language_direction=direction(language),
        language_name=language_name,
    )
