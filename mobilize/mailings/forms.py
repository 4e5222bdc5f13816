"""Untrusted input to typed values: content files, and the forms of the studio."""

from __future__ import annotations

import json
from typing import Any

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.json_fields import Fields
from mobilize.core.text import mail_address
from mobilize.mailings.content import MailingText, SenderText, Version, languages_as_json, read_languages

MAX_FILE = 2_000_000


def parse_content_file(data: bytes | str) -> MailingText:
    """A content file (see the README for its shape).

    Raises:
        Refused: names the line and column where it stops being JSON, or the field that has to change.
    """
    fields = Fields(_json(_decoded(data)), "")
    text = MailingText(
        name=fields.line("name", required=True),
        sender=_sender(fields.value("sender")),
        languages=read_languages(fields.value("languages")),
    )
    fields.finish()
    return text


def content_file(name: str, sender: SenderText, languages: dict[str, Version]) -> str:
    """The content file of a mailing: ``parse_content_file`` reads the same values."""
    whole = {
        "name": name,
        "sender": {"name": sender.name, "address": sender.address},
        "languages": languages_as_json(languages),
    }
    return json.dumps(whole, ensure_ascii=False, indent=2)


def _decoded(data: bytes | str) -> str:
    if len(data) > MAX_FILE:
        raise Refused("content", _("Use at most %(count)d characters", count=MAX_FILE))
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("content", _("Save the file as UTF-8")) from None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        message = _("This is not JSON: look at line %(line)d, column %(column)d", line=error.lineno, column=error.colno)
        raise Refused("content", message) from None
    except (RecursionError, ValueError):  # a number of more than 4,300 digits is a ValueError of its own
        raise Refused("content", _("This is nested too deeply, or holds a number that is too long")) from None


def _sender(raw: object) -> SenderText:
    if raw is None:
        return SenderText()
    fields = Fields(raw, "sender")
    name = fields.line("name")
    address = fields.line("address", at_most=254)
    fields.finish()
    return SenderText(name, mail_address(fields.place("address"), address) if address else "")
