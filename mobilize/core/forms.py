"""Untrusted form input to typed values: one base for all forms, with a signed token that needs no cookie.

A public form's token is bound to its path and its age; a staff form's to the login session and its age, so that a
page may hold buttons that post elsewhere in the studio.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from markupsafe import Markup
from werkzeug.datastructures import CombinedMultiDict
from wtforms import EmailField, URLField, ValidationError
from wtforms.csrf.core import CSRF
from wtforms.fields import Field

from mobilize.core import clock, crypto
from mobilize.core.bodies import SAFE_METHODS
from mobilize.core.errors import Conflict, Refused
from mobilize.core.i18n import LEFT_TO_RIGHT, _
from mobilize.core.security_events import SecurityEvent, note

LIFETIME_SECONDS = 24 * 3600


class SignedToken(CSRF):
    """``time.mac`` over the login session (without one: the path) and the time; nothing is stored on either side."""

    def generate_csrf_token(self, _csrf_token_field: Any) -> str:
        moment = str(int(_seconds()))
        return f"{moment}.{_mac(moment)}"

    def validate_csrf_token(self, _form: Any, field: Any) -> None:
        moment, _dot, mac = (field.data or "").partition(".")
        fresh = moment.isascii() and moment.isdigit() and 0 <= _seconds() - int(moment[:15]) <= LIFETIME_SECONDS
        is_ours = hmac.compare_digest(mac.encode(), _mac(moment).encode())
        if fresh and not is_ours:
            note(SecurityEvent.FORM_FORGED, endpoint=request.endpoint)
        if not fresh or not is_ours:
            raise ValidationError(_("This page was open for too long. Nothing was lost: press the button again"))


class Form(FlaskForm):
    """Parent of every form. ``refuse`` puts a service's refusal at its field.

    ``first_language`` is that of a text's first field, in a form with texts in several (``core.text_fields``).
    """

    first_language = ""

    class Meta(FlaskForm.Meta):
        csrf = True
        csrf_class = SignedToken
        csrf_field_name = "form_token"

        def wrap_formdata(self, _form: Any, formdata: Any) -> Any:
            """Read form bodies only; flask-wtf also takes JSON, whose values are of any type and depth."""
            if formdata is not _Auto:
                return formdata
            if request.method in SAFE_METHODS or not (request.form or request.files):
                return None
            return CombinedMultiDict((request.files, request.form))

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Markup:
            """Addresses read from left to right, on Arabic pages too."""
            shape = LEFT_TO_RIGHT if isinstance(field, EmailField | URLField) else {}
            shown: Markup = super().render_field(field, {**shape, **render_kw})
            return shown

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        token = self._fields.get(self.meta.csrf_field_name)
        if token is not None:
            # A page may hold several forms, and an id only once (HTML, 3.2.6).
            token.render_kw = {"id": False}

    @contextmanager
    def refusals(self, conflicts: str | None = None) -> Iterator[None]:
        """Show beside its field what a service refuses within the block; a conflict beside the field ``conflicts``.

        A conflict stands above the form if that is empty, and is not caught if it is ``None``. ``errors`` then tells
        whether there was anything.
        """
        try:
            yield
        except Refused as refusal:
            self.refuse(refusal)
        except Conflict as conflict:
            if conflicts is None:
                raise
            self.refuse(Refused(conflicts, conflict.message))

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal beside the field it names, or above the form; of a text, beside its first language's."""
        names = (refusal.field, f"{refusal.field}_{self.first_language}")
        field = next((self._fields[name] for name in names if name in self._fields), None)
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


def form_age_seconds(token: str) -> float:
    """How long ago a form was made; robots answer within a second."""
    moment = token.partition(".")[0]
    return _seconds() - int(moment[:15]) if moment.isascii() and moment.isdigit() else 0.0


def _seconds() -> float:
    return clock.now().timestamp()


def _mac(moment: str) -> str:
    session_key: str = g.get("session_key", "")
    bound_to = ("session", session_key) if session_key else ("path", request.path)
    message = "|".join((*bound_to, moment)).encode()
    key = crypto.keyring().current.derived(b"forms")
    return hmac.digest(key, message, "sha256")[:16].hex()
