"""A person's consents as entries of a timeline, in words."""

from __future__ import annotations

from collections.abc import Sequence

from mobilize.core.i18n import _, current_language, lazy, show_datetime, text_in
from mobilize.organisations.queries import Brand
from mobilize.subscribers.models import Consent, ConsentAction, MailingList
from mobilize.subscribers.queries import consent_history

HOW = {
    "double-opt-in": lazy("by the sign-up form, confirmed by email"),
    "import": lazy("by an import"),
    "preferences": lazy("through their preferences page"),
    "staff": lazy("by a colleague"),
    "undo": lazy("undid unsubscribing"),
    "one-click": lazy("in their email program"),
    "leave-mail": lazy("in their email program"),
    "unsubscribe-page": lazy("by the link in an email"),
}


def timeline(recipient_id: int, lists: Sequence[MailingList], organisation: Brand) -> list[dict[str, str]]:
    """``{"when", "at", "title", "text", "tone"}`` for each consent row, the newest first."""
    language, default = current_language(), organisation.default_language
    names = {row.id: text_in(row.names, language, default) for row in lists}
    return [
        _entry(row, names.get(row.list_id or 0, ""), organisation.timezone) for row in consent_history(recipient_id)
    ]


def _entry(row: Consent, name: str, zone: str) -> dict[str, str]:
    given = row.action is ConsentAction.GIVEN
    title = _("Joined “%(list)s”", list=name) if given else _("Unsubscribed from “%(list)s”", list=name)
    return {
        "when": show_datetime(row.at, zone),
        "at": row.at.isoformat(timespec="seconds"),
        "title": title,
        "text": _text(row),
        "tone": "done" if given else "stopped",
    }


def _text(row: Consent) -> str:
    """How, and the words that were agreed to with their version."""
    parts = [str(HOW.get(row.method, row.method))]
    if row.wording:
        parts.append(f"\u2068“{row.wording}”\u2069")  # isolated: its language may run the other way
    if row.wording_version is not None:
        parts.append(_("version %(number)d of the wording", number=row.wording_version))
    return ", ".join(parts)
