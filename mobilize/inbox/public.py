"""The inbox's pages, under ``/inbox/``: for whoever sits at this machine, and for nobody else."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mobilize.core.clients import is_on_this_machine
from mobilize.core.errors import NotFound, Refused
from mobilize.core.forms import Form
from mobilize.core.permissions import public
from mobilize.core.settings import Settings
from mobilize.inbox import reading, store

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")

PAGE = 50
LONGEST_LISTING = 500
# The frame may open links beside itself and nothing else: no scripts, no forms, no moving of the page around it.
# Its own origin lets embedded pictures through; without scripts that gives a mail no power.
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
_PARTS_OF_A_MAIL = ("html", "text", "headers", "source")


@blueprint.before_request
def only_on_this_machine() -> None:
    """404 unless BIND, BASE_URL and the request's Host are loopback and no SMTP server is set."""
    if not (_settings().inbox_enabled and is_on_this_machine()):
        raise NotFound("page")


@blueprint.get("/")
@public
def listing() -> str:
    """Mails, newest first; ``to`` searches the recipients, ``before`` is where the last page ended."""
    to, before = request.args.get("to", ""), request.args.get("before", "")
    mails, more = store.newest(_settings().inbox_dir, to=to, before=before, limit=PAGE)
    return render_template(
        "inbox/list.html",
        mails=mails,
        to=to,
        before=before,
        older=mails[-1].id if more else None,
        kept=store.LIMIT,
        total=store.count(_settings().inbox_dir),
        form=Form(),
    )


@blueprint.post("/")
@public
def clear() -> AnyResponse:
    """Remove every mail.

    Raises:
        Refused: the press did not come from this page.
    """
    form = Form()
    if not form.validate_on_submit():
        raise Refused("form_token", *form.form_token.errors)
    store.clear(_settings().inbox_dir)
    return redirect(url_for("inbox.listing"), code=303)


@blueprint.get("/messages.json")
@public
def messages() -> Response:
    """The same as the list, for programs: ``to``, ``before`` and ``limit`` (at most 500)."""
    limit = min(request.args.get("limit", PAGE, type=int), LONGEST_LISTING)
    mails, more = store.newest(
        _settings().inbox_dir, to=request.args.get("to", ""), before=request.args.get("before", ""), limit=max(limit, 1)
    )
    return jsonify(messages=[_described(mail) for mail in mails], older=mails[-1].id if more else None)


@blueprint.get("/<mail_id>/")
@public
def one(mail_id: str) -> str:
    """One mail: as HTML in a frame, as text, its headers, its source."""
    entry, content = _mail(mail_id)
    mail = reading.take_apart(content)
    there = [part for part in _PARTS_OF_A_MAIL if part not in {"html", "text"} or getattr(mail, part) is not None]
    asked = request.args.get("show", "")
    return render_template(
        "inbox/mail.html",
        entry=entry,
        mail=mail,
        there=there,
        shown=asked if asked in there else there[0],
        source=content.decode("utf-8", errors="replace"),
        sandbox=SANDBOX,
    )


@blueprint.get("/<mail_id>/html")
@public
def html(mail_id: str) -> Response:
    """The HTML of a mail, for the frame, under a policy of its own."""
    mail = reading.take_apart(_mail(mail_id)[1])
    if mail.html is None:
        raise NotFound("page")
    framed = reading.framed(mail.html, mail.parts, url_for("inbox.part", mail_id=mail_id, number=0)[:-1])
    response = Response(framed, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _frame_policy()
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@blueprint.get("/<mail_id>/raw")
@public
def raw(mail_id: str) -> Response:
    """The message, byte for byte as it was received."""
    _entry, content = _mail(mail_id)
    return _download(content, f"{mail_id}.eml", "message/rfc822")


@blueprint.get("/<mail_id>/parts/<int:number>")
@public
def part(mail_id: str, number: int) -> Response:
    """One attachment or embedded picture; always offered as a file, never shown as a page."""
    mail = reading.take_apart(_mail(mail_id)[1])
    found = next((part for part in mail.parts if part.number == number), None)
    if found is None:
        raise NotFound("page")
    return _download(found.content, found.filename, found.content_type)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _mail(mail_id: str) -> tuple[store.Entry, bytes]:
    found = store.read(_settings().inbox_dir, mail_id)
    if found is None:
        raise NotFound("mail")
    return found


def _download(content: bytes, filename: str, content_type: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def _frame_policy() -> str:
    pictures = f"img-src 'self' data: {_settings().base_url}"
    return (
        f"default-src 'none'; {pictures}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
        f"frame-ancestors 'self'; sandbox {SANDBOX}"
    )


def _described(mail: store.Entry) -> dict[str, object]:
    return {
        "id": mail.id,
        "at": mail.at,
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "size": mail.size,
        "url": url_for("inbox.one", mail_id=mail.id),
        "raw_url": url_for("inbox.raw", mail_id=mail.id),
    }
