"""Where no script ran: a second page whose button counts once the page has been open for two seconds.

The page carries a token made by us for one form and one address, so that a program has to wait for each address.
"""

from __future__ import annotations

import hmac
from enum import Enum

from mobilize.core import clock, crypto

PRESS_AFTER, PRESS_WITHIN = 2, 3600
"""Seconds that the second page has to be open, and may be."""


class Press(Enum):
    """What a posted press token says."""

    COUNTS = "counts"
    EARLY = "early"
    LATE = "late"
    NONE = "none"


def press_token(form: str, address: str, earlier: str = "") -> str:
    """What the second page carries. An ``earlier`` token that was pressed too soon goes on counting its seconds."""
    if judged(earlier, form, address) is Press.EARLY:
        return earlier
    moment = str(int(clock.now().timestamp()))
    return f"{moment}.{_mac(moment, form, address)}"


def judged(token: str, form: str, address: str) -> Press:
    """Whether the second page for this form and address was open long enough when its button was pressed."""
    moment, _dot, mac = token.partition(".")
    if not (moment.isascii() and moment.isdigit()):
        return Press.NONE
    if not hmac.compare_digest(mac.encode(), _mac(moment, form, address).encode()):
        return Press.NONE
    age = clock.now().timestamp() - int(moment[:15])
    if age < PRESS_AFTER:
        return Press.EARLY
    return Press.COUNTS if age <= PRESS_WITHIN else Press.LATE


def _mac(moment: str, form: str, address: str) -> str:
    message = f"{moment}|{form}|{crypto.normalised_address(address)}".encode()
    return hmac.digest(crypto.keyring().current.derived(b"press"), message, "sha256")[:16].hex()
