"""Who is not logged in: to the log-in page. What somebody typed before their session ended is not lost with it.

GET -> the log-in page, and back
POST with text in it -> a page that holds the text: log in in another tab, and send it again
The form's token is left out, and one of the old session would not do: the view refuses the form once more, with every
field filled in, so that somebody looks at it before it counts.
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mobilize.accounts.origin import is_from_other_site
from mobilize.core.bodies import SAFE_METHODS

_NOT_TYPED = frozenset({"form_version", "then"})
SECRETS = frozenset({"password", "current", "new", "confirm_password"})
"""Fields of passwords. No form shows one again, so holding it would only leave it in the page of a shared machine."""


def answer() -> Response:
    """What ``core.permissions.guard`` answers in place of a view, to somebody whom nothing identifies."""
    path = request.full_path.rstrip("?")
    kept = [] if request.method in SAFE_METHODS or is_from_other_site() else _typed()
    if not kept:
        return redirect(url_for("accounts.login", next=path), code=303)
    page = render_template("accounts/logged_out.html", path=path, kept=kept, has_files=any(request.files.values()))
    return Response(page, 403, content_type="text/html; charset=utf-8")


def _typed() -> list[tuple[str, str]]:
    """The fields of the form that was sent, passwords left out; nothing where all else was pressed, not typed."""
    left_out = SECRETS | {"form_token"}
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in left_out]
    return kept if any(value.strip() for name, value in kept if name not in _NOT_TYPED) else []
