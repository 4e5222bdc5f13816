"""Reads: forms with their newest wording."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.errors import NotFound
from mobilize.questions.models import QuestionKind
from mobilize.questions.queries import questions
from mobilize.questions.rules import Asked, own_fields
from mobilize.signup.models import ConsentWording, SignupForm

DEFAULT_FORM = "subscribe"


def forms(organisation_id: int) -> Sequence[SignupForm]:
    """Every form of an organisation, the oldest first."""
    wanted = select(SignupForm).where(SignupForm.organisation_id == organisation_id)
    return session.scalars(wanted.order_by(SignupForm.id)).all()


def form_by_slug(organisation_id: int, slug: str) -> SignupForm:
    """Raises NotFound: no form of the organisation has this slug."""
    wanted = select(SignupForm).where(SignupForm.organisation_id == organisation_id, SignupForm.slug == slug)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("form")
    return found


def offered_fields(organisation_id: int) -> list[Asked]:
    """The fields that a form can ask. A file is asked on people's own page only: anybody could fill the disk here."""
    return [one for one in questions(own_fields(organisation_id)) if one.kind is not QuestionKind.FILE]


def fields_of(row: SignupForm) -> list[Asked]:
    """What the form asks beside names, in the organisation's order; a withdrawn field is left out."""
    return [one for one in offered_fields(row.organisation_id) if one.id in row.question_ids]


def newest_wording(form_id: int) -> ConsentWording:
    """What visitors of a form agree to now; a form is made with its first version."""
    wanted = select(ConsentWording).where(ConsentWording.form_id == form_id)
    return session.scalars(wanted.order_by(ConsentWording.version.desc()).limit(1)).one()


def wording(form_id: int, version: int) -> ConsentWording | None:
    """The version that a page showed, if the form has it."""
    wanted = select(ConsentWording).where(ConsentWording.form_id == form_id, ConsentWording.version == version)
    return session.scalar(wanted)
