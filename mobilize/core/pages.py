"""What every page has: its language and direction, the words, and how moments and numbers are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from flask import Flask, g, request
from markupsafe import Markup

from mobilize.core import assets, audit, edit_forms, i18n
from mobilize.core.permissions import Member


def install(app: Flask) -> None:
    """Choose the language of each request and give templates their globals and filters."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(i18n._, i18n.plural_form, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.filters.update(
        moment=i18n.show_datetime,
        machine=machine_datetime,
        xmlattr=attributes,
        day=i18n.show_date,
        number=i18n.show_number,
        city=i18n.show_city,
        language_shown=i18n.show_language,
        phrase=i18n.show_list,
        text_in=_text_in,
    )
    app.jinja_env.globals["language_choices"] = language_choices
    app.jinja_env.globals["unsaved_way"] = edit_forms.pressed_way
    assets.install(app)
    app.before_request(_begin)
    app.context_processor(_context)


def machine_datetime(moment: datetime) -> str:
    """A moment for a ``datetime`` attribute: HTML takes three digits of a second at most (HTML, 2.3.5.8)."""
    return moment.isoformat(timespec="seconds")


def attributes(values: Mapping[str, object]) -> Markup:
    """In place of Jinja's own ``xmlattr``, which writes ``hidden="True"``: a boolean one stands alone."""
    found = [(name, value) for name, value in values.items() if value is not None and value is not False]
    return Markup("").join(
        Markup(" {}").format(name) if value is True else Markup(' {}="{}"').format(name, value) for name, value in found
    )


def choose_language(available: list[str], default: str) -> str:
    """The reader's language among ``available``: asked for in the URL, else the browser's, else ``default``."""
    asked = request.args.get("lang")
    if asked:
        return i18n.supported(asked, available, default)
    return request.accept_languages.best_match(available) or default


def language_choices(codes: Iterable[str] | None = None) -> list[dict[str, object]]:
    """This page in each of ``codes`` (default: all of ours) that the product speaks: code, name, url, current.

    The address is the query alone (RFC 3986, 5.2.2): a path of the request may begin with ``//`` or ``/\\``, which a
    browser takes for the name of another site.
    """
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    current = i18n.current_language()
    return [
        {
            "code": code,
            "name": i18n.LANGUAGES[code],
            "url": f"?{urlencode([*kept, ('lang', code)])}",
            "current": code == current,
        }
        for code in (codes or i18n.LANGUAGES)
        if code in i18n.LANGUAGES
    ]


def _begin() -> None:
    """Threads serve one request after another: nothing of the last one may remain."""
    audit.set_actor("visitor")
    i18n.set_language(choose_language(list(i18n.LANGUAGES), i18n.DEFAULT))


def _context() -> dict[str, object]:
    language = i18n.current_language()
    member: Member | None = g.get("member")
    return {
        "lang": language,
        "dir": i18n.direction(language),
        "languages": i18n.LANGUAGES,
        "member": member,
    }


def _text_in(texts: dict[str, str], default: str = i18n.DEFAULT) -> str:
    return i18n.text_in(texts, i18n.current_language(), default)
