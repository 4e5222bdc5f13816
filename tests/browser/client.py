"""A visitor without a browser: cookies and forms, no scripts; it crawls, and posts what a mail program posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import cached_property
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request, build_opener

import lxml.html
from lxml.html import FormElement, HtmlElement

ANSWERED_WITHIN = 120


@dataclass(frozen=True)
class Answer:
    """What came back, redirects not followed unless the client does."""

    url: str
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @cached_property
    def document(self) -> HtmlElement:
        """The page, its links made absolute."""
        return lxml.html.document_fromstring(self.body, base_url=self.url)

    @property
    def title(self) -> str:
        return str(self.document.findtext(".//h1") or "").strip()

    def form_with(self, field: str) -> FormElement:
        """The posting form that has a field of this name.

        Raises:
            LookupError: there is none.
        """
        for form in self.document.forms:
            if form.method == "POST" and (field in form.fields or form.xpath(".//button[@name=$name]", name=field)):
                return form
        raise LookupError(f"no form with {field!r} at {self.url} ({self.status})")


class Client:
    """One visitor; ``follow`` goes where a 303 points, as browsers do."""

    def __init__(self, base: str, *, follow: bool = True) -> None:
        self._base = base
        handlers: list[Any] = [HTTPCookieProcessor(CookieJar())]
        self._opener: OpenerDirector = build_opener(*handlers, *([] if follow else [_Stay()]))

    def get(self, url: str, method: str = "GET") -> Answer:
        """Ask for a path or an address; errors are answers too."""
        return self._ask(Request(urljoin(self._base, url), method=method))

    def post(self, url: str, fields: Mapping[str, str] | list[tuple[str, str]]) -> Answer:
        return self._ask(Request(urljoin(self._base, url), data=urlencode(fields).encode(), method="POST"))

    def press(self, page: Answer, by: str = "form_token", **values: str | list[str]) -> Answer:
        """Fill in the form that has the field ``by`` and send it; what is not named stays as the page has it.

        A list chooses checkboxes; a value for a name that is no field is the pressed button's.
        """
        form = page.form_with(by)
        kept = [(name, value) for name, value in form.form_values() if name not in values]
        given = [
            (name, one) for name, value in values.items() for one in (value if isinstance(value, list) else [value])
        ]
        return self.post(urljoin(page.url, form.get("action") or page.url), [*kept, *given])

    def sign_in(self, address: str, password: str) -> Answer:
        """Log in to the studio through its form."""
        return self.press(self.get("/studio/login"), "password", email=address, password=password)

    def _ask(self, request: Request) -> Answer:
        try:
            with self._opener.open(request, timeout=ANSWERED_WITHIN) as found:
                return Answer(found.url, found.status, found.headers, found.read())
        except HTTPError as error:
            with error:
                return Answer(error.url, error.code, error.headers, error.read())


class _Stay(HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None
