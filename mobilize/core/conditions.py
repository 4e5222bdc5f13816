"""What features let segments ask about people, one ``Condition`` each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Asking:
    """Of which organisation's people, and when, a condition is asked."""

    organisation_id: int
    now: datetime


@dataclass(frozen=True, eq=False)
class Condition:
    """One thing that segments ask about people.

    ``read`` makes its facts, a frozen dataclass, of ``core.json_fields.Fields``; ``form`` is the WTForms form of the
    same fields, and ``offer(form, organisation_id)`` fills in what they offer. ``people`` gives an SQL select of the
    ids of the organisation's recipients of whom it is true, each once or more often; it raises ``Refused`` at the fact
    that cannot be asked, such as a row of another organisation. ``words(facts, organisation_id)`` ends the sentence "A
    person who …": "speaks French".
    """

    name: str
    label: object
    form: type[Any]
    read: Callable[[Any], Any]
    people: Callable[[Any, Asking], Any]
    words: Callable[[Any, int], str]
    offer: Callable[[Any, int], None] | None = None


@dataclass(frozen=True)
class SegmentUse:
    """Something that is not done yet and asks segments who it is for.

    ``subject`` is the ``feature.AuditSubject`` that names and links it.
    """

    subject: Any
    segment_ids: frozenset[int]
