"""Slips of the finger in a mail domain: ``gmail.con`` was hardly meant. A hint only; nothing is looked up."""

from __future__ import annotations

_DOMAINS = """
    aol.com btinternet.com email.com fastmail.com free.fr gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.fr gmx.net
    googlemail.com hey.com home.nl hotmail.be hotmail.co.uk hotmail.com hotmail.de hotmail.fr hotmail.it
    hotmail.nl icloud.com kpnmail.nl laposte.net live.be live.co.uk live.com live.fr live.nl mac.com mail.com
    mail.de mail.ru mailbox.org maktoob.com me.com msn.com orange.fr outlook.be outlook.com outlook.de outlook.fr
    outlook.nl planet.nl posteo.de posteo.net proton.me protonmail.com proximus.be quicknet.nl scarlet.be sfr.fr
    skynet.be t-online.de telenet.be telfort.nl tiscali.it tutanota.com upcmail.nl voo.be wanadoo.fr web.de
    xs4all.nl yahoo.be yahoo.ca yahoo.co.uk yahoo.com yahoo.de yahoo.es yahoo.fr yahoo.it yahoo.nl yandex.ru
    ymail.com ziggo.nl
"""
MAILBOXES = frozenset(_DOMAINS.split())
"""Where many people have their mailbox. Between any two of these nothing is a slip."""

_NO_ENDINGS = {"con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "comm": "com", "coom": "com",
               "nett": "net", "ogr": "org", "orgg": "org", "rog": "org"}  # fmt: skip
"""Endings that no domain has (the root zone holds none of them), and what was meant."""


def likely_address(address: str) -> str:
    """The address that was probably meant, "" if this one may well be right."""
    local, at, domain = address.rpartition("@")
    meant = _likely_domain(domain.lower())
    return f"{local}{at}{meant}" if meant else ""


def _likely_domain(domain: str) -> str:
    if domain in MAILBOXES:
        return ""
    name, dot, ending = domain.rpartition(".")
    if ending in _NO_ENDINGS:
        mended = f"{name}{dot}{_NO_ENDINGS[ending]}"
        return _neighbour(mended) or mended
    return _neighbour(domain)


def _neighbour(domain: str) -> str:
    """The one well-known domain that is one slip away; none if several are."""
    found = [known for known in MAILBOXES if len(known) > 6 and _is_one_slip(domain, known)]
    return found[0] if len(found) == 1 else ""


def _is_one_slip(typed: str, meant: str) -> bool:
    """Whether one letter is missing, added, another, or changed places with its neighbour."""
    if abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    same = next((at for at, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), len(meant))
    typed, meant = typed[same:], meant[same:]
    swapped = typed[1:2] + typed[:1] + typed[2:]
    return meant in (swapped, typed[1:]) or typed == meant[1:] or (typed[1:] == meant[1:] and len(typed) == len(meant))
