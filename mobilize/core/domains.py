"""One form of a domain: what DNS is asked for. Everything that compares, hashes or signs for domains uses it."""

from __future__ import annotations

from functools import lru_cache

import idna


def domain_of(address: str) -> str:
    """The domain of an email address in its canonical form."""
    return canonical_domain(address.rpartition("@")[2])


@lru_cache(maxsize=4096)
def canonical_domain(domain: str) -> str:
    """The domain in ASCII and lower case: IDNA 2008 (RFC 5891) after the mapping of UTS 46, non-transitional.

    ``bücher.de``, ``BÜCHER.de`` and ``xn--bcher-kva.de`` are one domain; ``straße.de`` and ``strasse.de``, which case
    folding and IDNA 2003 make equal, are two. What is no valid domain stays as it is, in lower case.
    """
    lowered = domain.lower()
    if lowered.isascii() and "xn--" not in lowered:
        return lowered
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return lowered


@lru_cache(maxsize=4096)
def readable_domain(domain: str) -> str:
    """The domain in the letters that people read."""
    try:
        return idna.decode(canonical_domain(domain))
    except idna.IDNAError:
        return domain
