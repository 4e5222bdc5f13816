"""/door/<token>: the page of a steward. It works without a script; with one it scans, and goes on without a network.

The identity is the link (role ``door``): it may let people into one event and nothing else. Every act is a POST with a
nonce, so that a page that is sent twice, or a phone that was without a network, changes nothing twice.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Blueprint, Response, g, jsonify, make_response, render_template, request, send_file
from wtforms import HiddenField, StringField
from wtforms.validators import Optional

from mobilize.core import clock
from mobilize.core.assets import FOLDER, asset_url
from mobilize.core.db import new_uid, session
from mobilize.core.errors import NotFound
from mobilize.core.forms import Form
from mobilize.core.i18n import _, current_language, lazy, text_in
from mobilize.core.permissions import link, public, requires
from mobilize.events import showing
from mobilize.events.door import queries, service
from mobilize.events.door.rules import Verdict, is_open, moment_of
from mobilize.events.door.service import Answer
from mobilize.events.door.snapshots import snapshot
from mobilize.events.door.words import TONE, VERDICT
from mobilize.events.models import Event
from mobilize.events.registrations.models import DoorLink
from mobilize.organisations.queries import Brand, brand
from mobilize.visitors.language import speak

blueprint = Blueprint("door", __name__)

CAMERA = "camera=(self), geolocation=(), microphone=(), browsing-topics=()"
"""This page alone may ask for the camera; what it sees stays in the browser."""


class DoorForm(Form):
    """One act at the door."""

    code = StringField(lazy("Ticket code"), [Optional()])
    nonce = HiddenField()
    at = HiddenField()


@blueprint.get("/door-worker.js")
@public
def worker() -> Response:
    """The script that keeps the page on a phone. A browser lets it stand only before pages below its own path."""
    sent = send_file(FOLDER / "js" / "door-worker.js", mimetype="text/javascript")
    sent.headers["Cache-Control"] = "no-cache"
    return sent


@blueprint.get("/door/<token>")
@requires("door.scan")
def show(token: str) -> Response:
    """The page, or what a phone needs to go on without a network (``?snapshot=yes``)."""
    organisation, event, row = _opened()
    if not is_open(event, row.revoked_at, clock.now()):
        return _ended(organisation, event)
    if request.args.get("snapshot"):
        return jsonify({"sealed": _sealed(snapshot(event, clock.now()), token)})
    return _page(organisation, event, None, "")


@blueprint.post("/door/<token>")
@requires("door.scan")
def act(**_token: str) -> Response:
    """Check a ticket, count somebody without one, or take one back."""
    organisation, event, row = _opened()
    if not is_open(event, row.revoked_at, clock.now()):
        return _ended(organisation, event)
    form = DoorForm()
    if not form.validate():
        return _refused(organisation, event, form)
    nonce, what = form.nonce.data or "", request.form.get("act", "")
    with form.refusals():
        if what == "undo":
            service.undo(event, nonce)
            return _answered(organisation, event, None, nonce)
        at = moment_of(form.at.data or "", clock.now())
        answer = (
            service.walk_in(event, row, nonce, at)
            if what == "walk_in"
            else service.let_in(event, row, form.code.data or "", nonce, at)
        )
        return _answered(organisation, event, answer, nonce)
    return _refused(organisation, event, form)


def _opened() -> tuple[Brand, Event, DoorLink]:
    """Raises NotFound: the link went with the event's people."""
    row = session.get(DoorLink, link().ids[0])
    if row is None:
        raise NotFound("door link")
    event = session.get_one(Event, row.event_id)
    organisation = brand(event.organisation_id)
    g.organisation = organisation
    speak(organisation)
    return organisation, event, row


def _answered(organisation: Brand, event: Event, answer: Answer | None, nonce: str) -> Response:
    if request.accept_mimetypes.best == "application/json":
        said = (
            {"verdict": answer.verdict.value, **_words(organisation, event, answer)}
            if answer
            else {"verdict": "undone"}
        )
        return jsonify({**said, "nonce": nonce, "counts": _counts(event)})
    return _page(organisation, event, answer, nonce)


def _refused(organisation: Brand, event: Event, form: DoorForm) -> Response:
    """A page that was open for too long, or an act without a proper nonce: nothing was done."""
    words = next((error for field in form for error in field.errors), _("Open the page again and repeat this"))
    if request.accept_mimetypes.best == "application/json":
        refused = jsonify({"error": str(words)})
    else:
        refused = _page(organisation, event, None, "", error=str(words))
    refused.status_code = 422
    return refused


def _page(organisation: Brand, event: Event, answer: Answer | None, nonce: str, error: str = "") -> Response:
    form = DoorForm(formdata=None)
    form.nonce.data = new_uid()
    page = make_response(
        render_template(
            "events/door.html",
            organisation=organisation,
            event=event,
            form=form,
            next_nonce=new_uid(),
            answer=answer,
            said=_words(organisation, event, answer) if answer else None,
            done=nonce if answer and answer.verdict in (Verdict.VALID, Verdict.WALK_IN) else "",
            error=error,
            counts=queries.counts(event.id),
            showing=showing,
            script=_script_data(event),
        )
    )
    page.headers["Permissions-Policy"] = CAMERA
    return page


def _words(organisation: Brand, event: Event, answer: Answer) -> dict[str, str]:
    """Heading, explanation and tone of an answer."""
    more = ""
    if answer.verdict is Verdict.USED and answer.at is not None:
        more = _("Came in at %(time)s", time=showing.show_time(answer.at, event.timezone))
    if answer.event is not None:
        more = text_in(answer.event.titles, current_language(), organisation.default_language)
    return {"title": str(VERDICT[answer.verdict]), "name": answer.name, "more": more, "tone": TONE[answer.verdict]}


def _counts(event: Event) -> dict[str, int]:
    found = queries.counts(event.id)
    return {"inside": found.inside, "walk_ins": found.walk_ins, "expected": found.expected}


def _script_data(event: Event) -> dict[str, Any]:
    """What the page's script needs to know; nothing of a person."""
    return {
        "event": event.uid,
        "decoder": asset_url("js/door-decode.js"),
        "library": asset_url("vendor/jsqr/jsQR.js"),
        "words": {verdict.value: str(words) for verdict, words in VERDICT.items()},
        "tones": {verdict.value: tone for verdict, tone in TONE.items()},
        "undone": _("Taken back"),
        "waiting": _("Waiting to be sent: {count}"),
        "offline": _("No network: this phone decides from its list."),
        "nolist": _("No network and no list: write the code down."),
        "nocamera": _("The camera cannot be used. Type the code instead."),
        "inside": _("{count} inside"),
    }


def _sealed(plain: dict[str, Any], token: str) -> str:
    """Encrypted under a key made from the link itself: what a phone stores tells nothing to who has only the phone."""
    nonce = os.urandom(12)
    key = hashlib.sha256(f"door|{token}".encode()).digest()
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, json.dumps(plain).encode(), None)).decode()


def _ended(organisation: Brand, event: Event) -> Response:
    if request.accept_mimetypes.best == "application/json" or request.args.get("snapshot"):
        return make_response(jsonify({"ended": True}), 410)
    return make_response(render_template("events/door_ended.html", organisation=organisation, event=event), 410)
