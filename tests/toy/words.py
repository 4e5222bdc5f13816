"""What the trail calls changes of fairs, and why mail about one was stopped."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from mobilize.core.db import session
from mobilize.core.feature import Confirmation
from mobilize.core.i18n import lazy
from tests.toy.models import Fair

AUDIT = {"fair.created": lazy("Fair written"), "fair.registered": lazy("Somebody registered for the fair")}


def names(fair_ids: Collection[int]) -> Mapping[int, str]:
    """What fairs are called, by id."""
    return dict(session.execute(select(Fair.id, Fair.title).where(Fair.id.in_(fair_ids))).all())


CONFIRMATION = Confirmation(lazy("A visit to a fair"), names)
REASONS = {"fair-over": lazy("The fair was over")}
