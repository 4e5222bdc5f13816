"""What DNS answers, and what people are told about it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from mobilize.core import i18n
from mobilize.organisations.dns_checks import CannotAsk, Seen, advice, check_records, judge
from mobilize.organisations.domain_keys import dkim_record, dmarc_record, new_private_key, spf_record

DKIM = dkim_record("city.example.org", "m20260302", new_private_key())
SPF = spf_record("city.example.org", "mail.example.net")
DMARC = dmarc_record("city.example.org")


@dataclass
class FakeDns:
    """Answers with ``records`` (TXT) and ``mail`` (MX); names in ``silent`` get no answer at all."""

    records: dict[str, list[str]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    mail: dict[str, list[str]] = field(default_factory=dict)

    def texts(self, name: str) -> list[str]:
        if name in self.silent:
            raise CannotAsk("LifetimeTimeout")
        return self.records.get(name, [])

    def exchangers(self, name: str) -> list[str]:
        if name in self.silent:
            raise CannotAsk("LifetimeTimeout")
        return self.mail.get(name, [])


@pytest.mark.parametrize(
    ("record", "texts", "seen"),
    [
        (DKIM, [DKIM.value], Seen.PUBLISHED),
        (DKIM, [DKIM.value.replace("p=MIIB", "p=MI IB").replace("; k=rsa", ";k=rsa; t=s")], Seen.PUBLISHED),
        (DKIM, [DKIM.value.removeprefix("v=DKIM1; ")], Seen.PUBLISHED),
        (DKIM, ["v=DKIM1; k=rsa; p=MIIBother"], Seen.DIFFERENT),
        (DKIM, ["v=DKIM1; p="], Seen.DIFFERENT),
        (DKIM, ["something else"], Seen.MISSING),
        (DKIM, [], Seen.MISSING),
        (SPF, ["verification=1", "v=spf1 mx a:MAIL.example.net -all"], Seen.PUBLISHED),
        (SPF, ["v=spf1 +a:mail.example.net ~all"], Seen.PUBLISHED),
        (SPF, ["v=spf1 include:_spf.example.com ~all"], Seen.UNSURE),
        (SPF, ["v=spf1 mx -all"], Seen.DIFFERENT),
        (SPF, ["v=spf1 mx -all", "v=spf1 a:mail.example.net ~all"], Seen.SEVERAL),
        (SPF, ["v=spf10 a:mail.example.net"], Seen.MISSING),
        (DMARC, ["v=DMARC1; p=reject; rua=mailto:d@example.org"], Seen.PUBLISHED),
        (DMARC, ["v=DMARC1; p=none", "v=DMARC1; p=reject"], Seen.SEVERAL),
        (DMARC, [], Seen.MISSING),
    ],
)
def test_records_are_judged_by_what_they_do(record, texts, seen):
    """Blanks, order, other tags and case do not matter; another key or a second record does."""
    assert judge(record, texts) is seen


def test_all_are_asked_and_one_silent_server_spoils_nothing_else():
    """In the order given; no answer is not the same as no record."""
    dns = FakeDns({SPF.name: [SPF.value]}, frozenset({DMARC.name}))
    checks = check_records([DKIM, SPF, DMARC], dns)
    assert [(one.record, one.seen) for one in checks] == [
        (DKIM, Seen.MISSING),
        (SPF, Seen.PUBLISHED),
        (DMARC, Seen.UNANSWERED),
    ]
    assert [one.good for one in checks] == [False, True, False]


def test_advice_says_what_to_do():
    """Plainly, with the name and the part to add."""
    answers = {
        DKIM.name: ["v=DKIM1; p=MIIBother"],
        SPF.name: ["v=spf1 mx -all"],
        DMARC.name: ["v=DMARC1; p=none", "v=DMARC1; p=none"],
    }
    with i18n.using("en"):
        told = [advice(one) for one in check_records([DKIM, SPF, DMARC], FakeDns(answers))]
    assert "holds another key" in told[0]
    assert "Add a:mail.example.net to it" in told[1]
    assert "several DMARC records" in told[2]
