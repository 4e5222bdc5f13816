"""The language that a public page speaks."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request

from mobilize.core import i18n, pages
from mobilize.organisations.queries import Brand


def speak(organisation: Brand, own: str = "") -> str:
    """Choose and set the page's language: asked for in the URL, else the person's ``own``, else the browser's."""
    available, default = list(organisation.languages), organisation.default_language
    asked = "lang" in request.args or not own
    language = pages.choose_language(available, default) if asked else i18n.supported(own, available, default)
    i18n.set_language(language)
    return language


def with_language(path: str, **query: str) -> str:
    """``path`` in the language that the visitor asked for, if they did."""
    asked = {"lang": request.args["lang"]} if "lang" in request.args else {}
    together = urlencode({**asked, **query})
    return f"{path}?{together}" if together else path
