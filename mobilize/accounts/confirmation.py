"""The password again before owners, signing keys, mail servers and the sender address change.

POST to a view marked ``confirmed`` -> typed within 15 minutes? the view : a page that asks, which holds what was sent
-> POST /studio/account/confirm -> right: the session is confirmed, committed -> 307: the browser sends the same again
The form's own token goes through all of it as it came: a form that a page of a neighbouring host had sent, with none
or a wrong one, is refused by its view after the password as it would have been before.
The answer is a redirect and not the view itself, because views may let go of their transaction (``db.release``).
"""

from __future__ import annotations

from flask import render_template, request
from werkzeug.wrappers import Response

from mobilize.accounts.forms import ConfirmForm

PATH = "confirm_path"
_OURS = frozenset({PATH, "confirm_password", "confirm_token"})


def ask(path: str, form: ConfirmForm | None = None) -> Response:
    """The page that asks; it holds what was meant for ``path``, so that nothing typed is lost."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in _OURS]
    page = render_template("accounts/confirm.html", form=form or ConfirmForm(formdata=None), path=path, kept=kept)
    return Response(page, 422 if form else 403, content_type="text/html; charset=utf-8")


def require() -> Response:
    """What ``core.permissions.guard`` answers in place of a view that the session is not confirmed for."""
    return ask(request.full_path.rstrip("?"))
