"""What the trail calls changes of sign-up forms."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.feature import AuditSubject, Confirmation
from mobilize.core.i18n import current_language, lazy, text_in
from mobilize.signup.models import SignupForm

AUDIT = {
    "form.changed": lazy("Sign-up form changed"),
    "form.created": lazy("Sign-up form made"),
    "fact:slug": lazy("short name"),
    "fact:wording_version": lazy("version of the wording"),
}


def subjects(organisation_id: int, uids: Collection[str]) -> Mapping[str, AuditSubject]:
    """The organisation's own forms among these."""
    wanted = select(SignupForm).where(SignupForm.organisation_id == organisation_id, SignupForm.uid.in_(uids))
    return {row.uid: _subject(row) for row in session.scalars(wanted)}


def names(form_ids: Collection[int]) -> Mapping[int, str]:
    """What forms are called, by id."""
    return {row.id: _name(row) for row in session.scalars(select(SignupForm).where(SignupForm.id.in_(form_ids)))}


def _subject(row: SignupForm) -> AuditSubject:
    return AuditSubject(_name(row), "forms.edit", {"form_slug": row.slug})


def _name(row: SignupForm) -> str:
    return text_in(row.titles, current_language(), "") or row.slug


SUBJECTS = {"form": subjects}
CONFIRMATION = Confirmation(lazy("A subscription"), names)
