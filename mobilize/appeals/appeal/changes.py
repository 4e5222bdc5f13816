"""Changes of what is public about an appeal. ``schedules`` alone calls these: it shows first what they do to mail."""

from __future__ import annotations

import json
from dataclasses import replace

from mobilize.appeals.appeal import queries, rules, service
from mobilize.appeals.appeal.models import Appeal, FurtherInformation
from mobilize.appeals.appeal.rules import OPEN, AppealState, Outcome
from mobilize.core import clock
from mobilize.core.db import session
from mobilize.core.errors import Conflict
from mobilize.core.i18n import _


def publish_update(row: Appeal) -> None:
    """Show the approved draft in place of what is public; further information gets the next number.

    Raises:
        Conflict: the appeal asks nothing now, its draft is not approved, or a case is being checked.
    """
    service.lock(row)
    require_updatable(row)
    further = queries.draft_of(row).further
    if further:
        row.furthers += 1
        _keep_further(row, further)
    row.state = AppealState.UPDATED
    service.show_draft(row)
    service.record("appeal.updated", row, further=row.furthers if further else 0)


def require_updatable(row: Appeal) -> None:
    """Raises Conflict: see ``publish_update``."""
    if row.state not in OPEN:
        raise Conflict(_("Only an appeal that visitors see and can act on is updated"))
    service.require_approved(row)


def close(row: Appeal) -> None:
    """End the appeal with the outcome that its draft names; its other edits are dropped. This is final.

    The case of a defender goes on. Words about the outcome need a second person's approval. The outcome alone needs
    none: nothing keeps staff from stopping at once.

    Raises:
        Conflict: it is not public, closed already, names no outcome, or words about it that nobody approved.
    """
    service.lock(row)
    require_closable(row)
    words = queries.draft_of(row)
    row.state, row.outcome, row.closed_at = AppealState.CLOSED, words.outcome, clock.now()
    closed = replace(queries.published_of(row), outcome=words.outcome, news=words.news)
    row.published = row.draft = rules.to_json(closed)
    service.void(row)
    row.writers = []
    service.touch(row)
    service.record("appeal.closed", row, outcome=row.outcome.value if row.outcome else "")


def require_closable(row: Appeal) -> Outcome:
    """The outcome that the draft names. Raises Conflict: see ``close``."""
    if row.state not in OPEN:
        raise Conflict(_("Only an appeal that visitors see and can act on is closed"))
    words = queries.draft_of(row)
    if words.outcome is None:
        raise Conflict(_("Choose first how the appeal ended"))
    if words.news and not queries.is_approved(row):
        raise Conflict(_("A second person has to approve the words about the outcome first"))
    return words.outcome


def _keep_further(row: Appeal, texts: rules.Texts) -> None:
    kept = FurtherInformation(appeal_id=row.id, number=row.furthers, published_at=clock.now())
    kept.texts = json.dumps(dict(texts), ensure_ascii=False)
    session.add(kept)
