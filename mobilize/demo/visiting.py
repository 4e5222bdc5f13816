"""Somebody with a browser, without a screen: opens pages, fills in their forms, works on their challenges, presses.

It follows redirects and keeps cookies. An answer that is an error ends the rehearsal with the page's words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

from altcha import Challenge, Payload, solve_challenge

from mobilize.core.errors import MobilizeError

ANSWERED_WITHIN = 60
_UNSEEN = ("script", "style", "template")


@dataclass
class PageForm:
    """A form as it would be sent untouched; ``names`` are those of all its fields and buttons.

    ``options`` are those of its lists, radio buttons and checkboxes to choose from, by their name: value by label.
    ``boxes`` are the values of radio buttons and checkboxes.
    """

    action: str = ""
    challenge: str = ""
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    boxes: dict[str, list[str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """What a field holds; empty if nothing."""
        return dict(self.values).get(name, "")


@dataclass(frozen=True)
class Page:
    """What came back."""

    url: str
    html: str

    @cached_property
    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.html)
        return reader

    @property
    def words(self) -> str:
        """What a reader sees, as one line."""
        return re.sub(r"\s+", " ", " ".join(self._read.words)).strip()

    def link(self, text: str) -> str:
        """The address of the link with this text.

        Raises:
            MobilizeError: there is none.
        """
        if text not in self._read.links:
            raise MobilizeError(f"no link {text!r} at {self.url}: {self.words[:300]}")
        return urljoin(self.url, self._read.links[text])

    def address(self, end: str) -> str:
        """The address of the first link that ends so, in the order of the page.

        Raises:
            MobilizeError: there is none.
        """
        for address in self._read.addresses:
            if address.endswith(end):
                return urljoin(self.url, address)
        raise MobilizeError(f"no link that ends with {end!r} at {self.url}: {self.words[:300]}")

    def form_to(self, path: str) -> PageForm:
        """Raises MobilizeError: no form of the page is sent there."""
        for form in self._read.forms:
            if urljoin(self.url, form.action) == urljoin(self.url, path):
                return form
        raise MobilizeError(f"no form to {path!r} at {self.url}: {self.words[:300]}")

    def actions(self, end: str) -> list[str]:
        """Where the forms are sent whose path ends so, in the order of the page."""
        return [urljoin(self.url, form.action) for form in self._read.forms if form.action.endswith(end)]

    def form_with(self, name: str) -> PageForm:
        """Raises MobilizeError: no form of the page has a field or button of this name."""
        for form in self._read.forms:
            if name in form.names:
                return form
        raise MobilizeError(f"no form with {name!r} at {self.url}: {self.words[:300]}")


class Visitor:
    """One browser."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def open(self, url: str) -> Page:
        """A page by its path or address."""
        return self._ask(Request(urljoin(self._base_url, url)))  # noqa: S310 - pages of the rehearsal

    def press(self, page: Page, by: str = "form_token", **values: str | Sequence[str]) -> Page:
        """Fill in the form that has the field ``by``, and send it; what is not named stays as the page has it.

        Several values of one name choose boxes; an empty sequence leaves all of them open.
        """
        return self._send(page, page.form_with(by), values)

    def press_at(self, page: Page, path: str, **values: str | Sequence[str]) -> Page:
        """The same for the form that is sent to ``path``."""
        return self._send(page, page.form_to(path), values)

    def _send(self, page: Page, form: PageForm, values: Mapping[str, str | Sequence[str]]) -> Page:
        if form.challenge:
            values = {"proof": _proof(form.challenge), **values}
        kept = [(name, value) for name, value in form.values if name not in values]
        given = [
            (name, one) for name, value in values.items() for one in ((value,) if isinstance(value, str) else value)
        ]
        body = urlencode([*kept, *given]).encode()
        return self._ask(Request(urljoin(page.url, form.action), data=body, method="POST"))  # noqa: S310

    def _ask(self, request: Request) -> Page:
        try:
            with self._opener.open(request, timeout=ANSWERED_WITHIN) as answer:
                return Page(answer.url, answer.read().decode())
        except HTTPError as error:
            with error:
                page = Page(error.url, error.read().decode(errors="replace"))
            raise MobilizeError(f"{error.code} at {error.url}: {page.words[:500]}") from error


def _proof(challenge: str) -> str:
    """What the page's script would find."""
    asked = Challenge.from_dict(json.loads(challenge))
    solution = solve_challenge(asked)
    return "" if solution is None else str(Payload(asked, solution).to_base64())


class _Reader(HTMLParser):
    """Forms and words of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.words: list[str] = []
        self._form: PageForm | None = None
        self._text: tuple[str, list[str]] | None = None
        self._select = ""
        self._is_multiple = self._has_choice = False
        self._option: tuple[str, str, list[str]] | None = None
        self._box = ("", "", "")
        self._unseen = 0
        self.links: dict[str, str] = {}
        self.addresses: list[str] = []
        self._link: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._unseen += tag in _UNSEEN
        # On pages that save first, what leads elsewhere is a button (core.edit_forms).
        leads = found.get("href" if tag == "a" else "value" if found.get("name") == "then" else "", "")
        if tag in ("a", "button") and leads:
            self._link = (leads, [])
            self.addresses.append(leads)
        if tag == "form" and found.get("method", "").lower() == "post":
            self._form = PageForm(found.get("action", ""), found.get("data-challenge", ""))
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, found)

    def _field(self, form: PageForm, tag: str, found: dict[str, str]) -> None:
        name = found.get("name", "")
        form.names.add(name)
        if tag == "input" and name:
            self._input(form, found)
        elif tag == "textarea" and name:
            self._text = (name, [])
        elif tag == "select":
            self._select, self._is_multiple = name, "multiple" in found
            self._has_choice = self._is_multiple
        elif tag == "label" and found.get("for", "") == self._box[0]:
            self._option = (*self._box[1:], [])
        elif tag == "option" and self._select:
            self._option = (self._select, found.get("value", ""), [])
            # A list that is no multiple one begins with its first option (HTML, 4.10.7).
            if "selected" in found or not self._has_choice:
                form.values = [one for one in form.values if one[0] != self._select or self._is_multiple]
                form.values.append((self._select, found.get("value", "")))
                self._has_choice = True

    def _input(self, form: PageForm, found: dict[str, str]) -> None:
        kind = found.get("type", "text")
        is_box = kind in {"checkbox", "radio"}
        if is_box:
            form.boxes.setdefault(found["name"], []).append(found.get("value", "on"))
            self._box = (found.get("id", ""), found["name"], found.get("value", "on"))
        if kind in {"submit", "file"} or (is_box and "checked" not in found):
            return
        form.values.append((found["name"], found.get("value", "on" if is_box else "")))

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN
        if tag in ("a", "button") and self._link is not None:
            self.links.setdefault(" ".join("".join(self._link[1]).split()), self._link[0])
            self._link = None
        if tag in ("option", "label") and self._option is not None and self._form is not None:
            name, value, words = self._option
            self._form.options.setdefault(name, {})["".join(words).strip()] = value
            self._option = None
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._text is not None and self._form is not None:
            name, parts = self._text
            # The first line break after the tag is markup (HTML, 13.2.6.4.7).
            self._form.values.append((name, "".join(parts).removeprefix("\n")))
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link[1].append(data)
        if self._option is not None:
            self._option[2].append(data)
        if self._text is not None:
            self._text[1].append(data)
        elif not self._unseen:
            self.words.append(data)
