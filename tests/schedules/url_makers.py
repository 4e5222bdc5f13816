"""Rows that stand for the parameters of URLs of rules (see tests/test_permissions.py)."""

from __future__ import annotations

from itertools import count

from mobilize.audiences.audience import Audience
from mobilize.core import feature
from mobilize.events.queries import event_by_slug
from mobilize.mailings.content import MailingText, SenderText
from mobilize.mailings.sample_version import sample_version
from mobilize.organisations.models import Organisation
from mobilize.schedules.offsets import Offset
from mobilize.schedules.service import RuleFacts, create_rule
from tests.events.url_makers import make_event

_numbers = count(1)


def make_rule(house: Organisation) -> str:
    """A rule of an event of its own, switched off."""
    event = event_by_slug(house.id, make_event(house))
    thing = feature.anchored(house.id, f"event:{event.uid}")
    assert thing is not None
    people = Audience(house.id, group=f"{thing.ref}:registered")
    facts = RuleFacts(f"Rule {next(_numbers)}", "start", Offset(minutes=-60), people)
    return create_rule(thing, facts, MailingText("Rule", SenderText(), {"en": sample_version("en")})).uid


MAKERS = {"rule_uid": make_rule}
