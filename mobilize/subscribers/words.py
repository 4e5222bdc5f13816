"""What the trail calls changes of people and lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.feature import AuditSubject
from mobilize.core.i18n import current_language, lazy, text_in
from mobilize.subscribers.models import MailingList
from mobilize.subscribers.timeline import HOW

AUDIT = {
    "list.changed": lazy("List changed"),
    "list.created": lazy("List made"),
    "people.imported": lazy("People imported"),
    "person.changed": lazy("Person changed"),
    "person.paused": lazy("Emails paused by the person"),
    "person.resumed": lazy("Pause of emails ended"),
    "subscription.given": lazy("Subscribed"),
    "subscription.withdrawn": lazy("Unsubscribed"),
    "fact:created": lazy("added"),
    "fact:lists": lazy("lists"),
    "fact:method": lazy("how"),
    **{f"fact:method:{method}": words for method, words in HOW.items()},
    "fact:public": lazy("on public pages"),
    "fact:rejected": lazy("refused"),
    "fact:slug": lazy("short name"),
    "fact:suppressed": lazy("under “Do not mail”"),
    "fact:unchanged": lazy("unchanged"),
    "fact:until": lazy("until"),
    "fact:updated": lazy("changed"),
}


def subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """The organisation's own lists among these."""
    wanted = select(MailingList).where(MailingList.organisation_id == organisation_id, MailingList.uid.in_(uids))
    return {row.uid: _subject(row) for row in session.scalars(wanted)}


def _subject(row: MailingList) -> AuditSubject:
    return AuditSubject(text_in(row.names, current_language(), ""), "lists.edit_list", {"list_slug": row.slug})


SUBJECTS = {"list": subjects}
