"""What the doctor says about DNS, with name servers of the test's own."""

from __future__ import annotations

from dataclasses import replace

from mobilize.core import clock, db
from mobilize.core.db import session
from mobilize.core.settings import Settings
from mobilize.delivery.sending import servers
from mobilize.doctor import Finding, examine
from mobilize.organisations.models import Organisation
from mobilize.organisations.queries import signing_key
from mobilize.organisations.signing_keys import make_dkim_key
from tests.factories import make_organisation
from tests.organisations.test_dns_checks import FakeDns
from tests.smtp_server import SmtpServer, running


def test_the_doctor_asks_dns_for_every_sender(installation: Settings) -> None:
    """The records of the house's own server where it has one; what is wrong says what to publish."""
    with db.writing():
        house = make_organisation(slug="house")
        make_dkim_key(house.id, "house.example.org")
        facts = servers.ServerFacts("mail.example.net", 587, "starttls")
        servers.use_server(session.get_one(Organisation, house.id), facts, private_allowed=False)
        key = signing_key(house.id, "house.example.org")
    assert key is not None
    texts = {"house.example.org": ["v=spf1 a:mail.example.net ~all"], "_dmarc.house.example.org": ["v=DMARC1"]}
    found = dns_findings(installation, FakeDns(texts, mail={"house.example.org": ["mx.example.net"]}))
    assert [(one.part, one.good) for one in found] == [
        ("DNS DKIM", False),
        ("DNS SPF", True),
        ("DNS DMARC", True),
        ("DNS MX", True),
    ]
    assert f"({key.selector}._domainkey.house.example.org TXT v=DKIM1; k=rsa; p=MII" in found[0].seen


def test_dns_that_does_not_answer_is_no_good(installation: Settings) -> None:
    """And the doctor says so instead of waiting."""
    with db.writing():
        make_organisation(slug="house")
    silent = frozenset({"house.example.org", "_dmarc.house.example.org"})
    assert [one.good for one in dns_findings(installation, FakeDns(silent=silent))] == [False, False, False]


def test_the_doctor_asks_where_mail_comes_back_to(installation: Settings) -> None:
    """For every sender, whose bounces are lost otherwise, and for the domain that people write to who leave."""
    with db.writing():
        make_organisation(slug="house")
        make_organisation(slug="other")
    dns = FakeDns(mail={"house.example.org": ["mx1.example.net", "mx2.example.net"]})
    found = [
        (one.good, one.seen)
        for one in dns_findings(replace(installation, leave_domain="leave.example.org"), dns)
        if one.part == "DNS MX"
    ]
    to_do = "Publish one that leads to a server which hands it to mobilize bounces."
    assert found == [
        (True, "house.example.org: mail goes to mx1.example.net"),
        (False, f"other.example.org has no MX record, so bounces of its mail are lost. {to_do}"),
        (False, f"leave.example.org has no MX record, so people who leave by mail go on getting mail. {to_do}"),
    ]


def test_the_doctor_knocks_where_returned_mail_is_received(installation: Settings) -> None:
    """At the address in MOBILIZE_BOUNCES; where none is set it does not ask."""
    with running(SmtpServer()) as there:
        pass
    with running(SmtpServer()) as receiver:
        urls = (None, f"lmtp://127.0.0.1:{receiver.port}", f"lmtp://127.0.0.1:{there.port}")
        found = [examine(replace(installation, bounces_url=url), clock.now()) for url in urls]
        seen = [[one.good for one in findings if one.part == "returned mail"] for findings in found]
    assert seen == [[], [True], [False]]


def dns_findings(installation: Settings, dns: FakeDns) -> list[Finding]:
    with running(SmtpServer()) as server:
        findings = list(examine(replace(installation, smtp_url=server.url), clock.now(), dns))
    return [one for one in findings if one.part.startswith("DNS")]
