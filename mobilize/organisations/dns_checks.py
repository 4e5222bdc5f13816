"""Whether the records that a sender's domain should publish are there, and what to do where they are not.

dns_records -> check_records (a Resolver asks DNS, all at once) -> judge (pure) -> Check with plain advice
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import dns.exception
import dns.resolver

from mobilize.core.i18n import _
from mobilize.organisations.domain_keys import DnsRecord

LIFETIME = 4.0
"""Seconds in which DNS has to answer."""


class CannotAsk(Exception):
    """DNS gave no answer, so nothing is known about the record."""


class Resolver(Protocol):
    """Where DNS records come from."""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each in one piece; none if there are none. Raises CannotAsk."""
        ...

    def exchangers(self, name: str) -> list[str]:
        """The hosts that take a name's mail, the preferred first; none if no MX says so. Raises CannotAsk."""
        ...


class SystemResolver:
    """The name servers that this machine is set to."""

    def texts(self, name: str) -> list[str]:
        return [b"".join(row.strings).decode("ascii", "replace") for row in _asked(name, "TXT")]

    def exchangers(self, name: str) -> list[str]:
        """A null MX (RFC 7505) is none."""
        rows = sorted(_asked(name, "MX"), key=lambda row: row.preference)
        return [host for host in (row.exchange.to_text(omit_final_dot=True) for row in rows) if host != "."]


def _asked(name: str, kind: str) -> list[Any]:
    try:
        return list(dns.resolver.resolve(name, kind, lifetime=LIFETIME))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise CannotAsk(type(error).__name__) from error


class Seen(StrEnum):
    """``unsure``: there is one that refers elsewhere, which we do not follow."""

    PUBLISHED = "published"
    UNSURE = "unsure"
    MISSING = "missing"
    DIFFERENT = "different"
    SEVERAL = "several"
    UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Check:
    """What DNS says about one record."""

    record: DnsRecord
    seen: Seen

    @property
    def good(self) -> bool:
        return self.seen in {Seen.PUBLISHED, Seen.UNSURE}


def check_records(records: Sequence[DnsRecord], resolver: Resolver) -> list[Check]:
    """Ask for all of them at once; no answer of one keeps the others waiting."""
    if not records:
        return []
    with ThreadPoolExecutor(min(len(records), 8), thread_name_prefix="dns") as threads:
        return list(threads.map(lambda record: _check(record, resolver), records))


def judge(record: DnsRecord, texts: Sequence[str]) -> Seen:
    """What the TXT records found under the record's name mean for it."""
    found = [text for text in texts if _kind(text) == _kind(record.value)]
    if not found:
        return Seen.MISSING
    if record.purpose == "DKIM":
        return Seen.PUBLISHED if any(_key(text) == _key(record.value) for text in found) else Seen.DIFFERENT
    if len(found) > 1:
        return Seen.SEVERAL
    return _spf(record, found[0]) if record.purpose == "SPF" else Seen.PUBLISHED


def advice(check: Check) -> str:
    """What a person does about it, or that nothing is left to do."""
    name, value, purpose = check.record.name, check.record.value, check.record.purpose
    if check.seen is Seen.PUBLISHED:
        return _("It is published.")
    if check.seen is Seen.UNANSWERED:
        return _("DNS did not answer. Check again in a few minutes.")
    if check.seen is Seen.UNSURE:
        return _("There is a record that refers to others. See that they allow %(part)s.", part=_middle(value))
    if check.seen is Seen.SEVERAL:
        return _(
            "%(name)s has several %(purpose)s records, so receivers use none. Keep one.", name=name, purpose=purpose
        )
    if check.seen is Seen.DIFFERENT and purpose == "SPF":
        return _(
            "The record at %(name)s does not allow our server. Add %(part)s to it.", name=name, part=_middle(value)
        )
    if check.seen is Seen.DIFFERENT:
        return _("The record at %(name)s holds another key. Replace it by the one shown.", name=name)
    return _("Nothing is published at %(name)s yet. It can take some hours until DNS shows a new record.", name=name)


def _check(record: DnsRecord, resolver: Resolver) -> Check:
    try:
        return Check(record, judge(record, resolver.texts(record.name)))
    except CannotAsk:
        return Check(record, Seen.UNANSWERED)


def _kind(text: str) -> str:
    """``v=spf1``, ``v=DKIM1`` or ``v=DMARC1``: what a record is; a key may leave it out (RFC 6376, 3.6.1)."""
    first = text.partition(";")[0].strip().partition(" ")[0].lower()
    return "v=dkim1" if first.startswith(("k=", "p=")) else first


def _key(text: str) -> str:
    """The ``p=`` tag of a key record, without the blanks that may stand in it."""
    tags = (part.partition("=") for part in text.split(";"))
    return next(("".join(value.split()) for name, _equals, value in tags if name.strip() == "p"), "")


def _middle(spf: str) -> str:
    return " ".join(spf.split()[1:-1])


def _spf(record: DnsRecord, found: str) -> Seen:
    """Whether our mechanism is in the record; what ``include`` and ``redirect`` lead to is not followed."""
    terms = [term.lower().lstrip("+") for term in found.split()]
    if all(part.lower() in terms for part in _middle(record.value).split()):
        return Seen.PUBLISHED
    refers = any(term.startswith(("include:", "redirect=", "ip4:", "ip6:")) for term in terms)
    return Seen.UNSURE if refers else Seen.DIFFERENT
