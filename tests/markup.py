"""What was once wrong in our pages and mails: what the Nu HTML checker finds, and addresses that ran backwards."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

_BOOLEAN = """
    allowfullscreen async autofocus autoplay checked controls defer disabled formnovalidate hidden inert ismap itemscope
    loop multiple muted nomodule novalidate open playsinline readonly required reversed selected
"""
BOOLEAN = frozenset(_BOOLEAN.split())
TABLE_PARTS = ("table", "thead", "tbody", "tfoot", "tr", "th", "td")
ROLES = ("table", "rowgroup", "row", "columnheader", "rowheader", "cell")
_TIME = r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?"
_MOMENT = re.compile(rf"\d{{4}}-\d\d(-\d\d([T ]{_TIME}(Z|[+-]\d\d:?\d\d)?)?)?|{_TIME}")
_HIDDEN = re.compile(r"display:\s*none|max-height:\s*0|opacity:\s*0|font-size:\s*[01]px")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if len(values) < len(attrs):
            self.found.append(f"<{tag}> has an attribute twice")
        for name, value in attrs:
            self._attribute(tag, name, value or "")
        if _HIDDEN.search(values.get("style") or "") and "color:" in (values.get("style") or ""):
            self.found.append(f"<{tag}> is hidden and has a colour")

        if tag == "input" and _is_address(values) and values.get("dir") != "ltr":
            self.found.append(f'<input name="{values.get("name")}"> holds an address that does not run left to right')

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name in BOOLEAN and value not in ("", name) and not (name == "hidden" and value == "until-found"):
            self.found.append(f'<{tag} {name}="{value}">')
        if name == "datetime" and not _MOMENT.fullmatch(value):
            self.found.append(f'<{tag} datetime="{value}">')
        if name == "id":
            self.ids[value] += 1


def _is_address(values: dict[str, str | None]) -> bool:
    """Whether a field is for an email address or the address of a page, as a block's ``b2-url`` is."""
    return values.get("type") in ("email", "url") or (values.get("name") or "").endswith("url")


def faults(html: str) -> list[str]:
    """One line a fault. A table's own roles go without saying (layout tables of mails say that they are none)."""
    reader = _Reader()
    reader.feed(html)
    roles = re.findall(rf"<(?:{'|'.join(TABLE_PARTS)})\b[^>]*\srole=.(?:{'|'.join(ROLES)})\b[^>]*>", html)
    twice = [f'id="{name}" stands there {count} times' for name, count in reader.ids.items() if count > 1]
    return [*reader.found, *roles, *twice]
