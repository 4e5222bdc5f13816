"""Forms that change something stored: nobody overwrites a colleague unknowingly, and links of the page save first.

stored values -> EditForm.of -> page (its version; links as buttons ``then``) -> POST -> EditForm.of -> validate
    version unchanged -> the view saves -> saved_redirect: to the link that was pressed, else to the view's own page
    version changed   -> refused: the typed values stay in the fields, a colleague's stand beside them (``theirs``)

A feature gets all of this by making its form with ``of`` and answering a save with ``saved_redirect``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Self

from flask import redirect, request
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.fields import Field

from mobilize.core.forms import Form
from mobilize.core.i18n import _
from mobilize.core.links import inside

THEN = "then"
"""The name of the buttons that lead elsewhere; the value is a path of the studio."""


class EditForm(Form):
    """A form with the version of what it was opened with. Make it with ``of``, never directly."""

    # A page may hold several forms, and an id only once (HTML, 3.2.6).
    form_version = HiddenField(render_kw={"id": False})
    stored: Mapping[str, Any]
    is_outdated = False

    @classmethod
    def of(cls, stored: Mapping[str, Any], *, is_posted: bool) -> Self:
        """The form of ``stored`` (field name -> value); if ``is_posted``, with what the request brought in its fields.

        A name in ``stored`` without a field is part of the version too.
        """
        form = cls() if is_posted else cls(formdata=None, data=dict(stored))
        form.stored = stored
        if not is_posted:
            form.form_version.data = version_of(stored)
        return form

    @property
    def is_untouched(self) -> bool:
        """A link was pressed and nothing was changed: there is nothing to save."""
        posted = {name: self._fields[name].data if name in self._fields else old for name, old in self.stored.items()}
        return bool(pressed_way()) and self.form_version.data == version_of(posted)

    def validate(self, extra_validators: Any = None) -> bool:
        """As usual, and false if somebody saved other values after the page was opened (then ``is_outdated``)."""
        is_valid: bool = super().validate(extra_validators)
        return not self.refuse_outdated() and is_valid

    def refuse_outdated(self) -> bool:
        """Whether somebody saved meanwhile. If so, say it, and let the next save of this page replace what they saved.

        A request without a version comes from a program, which means to replace.
        """
        current = version_of(self.stored)
        if not self.form_version.data or self.form_version.data == current:
            return False
        self.form_version.data = current
        self.is_outdated = True
        self.form_errors.append(outdated_words())
        for name, value in self.stored.items():
            if name in self._fields and _plain(value) != _plain(self._fields[name].data):
                self._fields[name].theirs = shown(self._fields[name], value)
        return True


def outdated_words() -> str:
    return _("Somebody else saved this page meanwhile. Your version is below, not saved yet; theirs stands beside it.")


def version_of(stored: Mapping[str, Any]) -> str:
    """The same for the same values; line ends and the order of choices do not matter."""
    text = json.dumps({name: _plain(value) for name, value in stored.items()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def shown(field: Field, value: Any) -> str:
    """A stored value as the field shows it: choices by their labels."""
    labels = {str(choice.value): str(choice.label) for choice in _choices(field)}
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(labels.get(str(one), _word(one)) for one in values) or "–"


def saved_redirect(default: str) -> Response:
    """To the link that was pressed to save and go on, else to ``default``."""
    return redirect(pressed_way() or default, code=303)


def pressed_way() -> str | None:
    """The link of the page that was pressed to save and go on; None if the form was sent by its own button."""
    return inside(request.form.get(THEN), "/studio/")


def _choices(field: Field) -> Sequence[Any]:
    return list(field.iter_choices()) if hasattr(field, "iter_choices") else ()


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return value.isoformat()[:16].replace("T", " ")
    return "–" if value in (None, "") else str(value)


def _plain(value: Any) -> Any:
    """A value as it is compared: None is an empty text, as in a form."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        plain = [_plain(one) for one in value]
        return sorted(plain) if all(isinstance(one, str) for one in plain) else plain
    if isinstance(value, date):
        return str(value.isoformat()[:16])
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
