"""Codes of tickets: how they are spelled, typed and stored. Decisions only: no I/O, no clock.

octets of a MAC -> eleven letters and digits and one to check them -> ``ABCD-EFGH-JKMN`` in mail and in the QR code
stored is only a hash; the phone at the door can make it from a scanned code and needs no key
"""

from __future__ import annotations

import hashlib

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without signs that look like others (0 and O, 1, I and L). Their number is prime, which the check needs."""
LENGTH = 12
HASH_OCTETS = 16
_GROUP = 4


def spelled(octets: bytes) -> str:
    """The code that stands for the first octets of a MAC; eleven of its signs are 54 bits."""
    number, signs = int.from_bytes(octets[:10], "big"), ""
    for _sign in range(LENGTH - 1):
        number, at = divmod(number, len(ALPHABET))
        signs += ALPHABET[at]
    return signs + _check(signs)


def shown(code: str) -> str:
    """A code in groups that can be read out."""
    return "-".join(code[at : at + _GROUP] for at in range(0, LENGTH, _GROUP))


def read(typed: str) -> str:
    """The code that somebody typed or scanned, small letters and any spaces allowed; empty where it is none.

    One wrong sign, or two neighbours exchanged, is always found: the weights are all different modulo a prime.
    """
    code = "".join(sign for sign in typed.upper() if sign.isalnum())
    is_one = len(code) == LENGTH and set(code) <= set(ALPHABET) and _check(code[:-1]) == code[-1]
    return code if is_one else ""


def hashed(event_uid: str, code: str) -> bytes:
    """What is stored of a code; another one in each event."""
    return hashlib.sha256(f"ticket|{event_uid}|{code}".encode()).digest()[:HASH_OCTETS]


def _check(signs: str) -> str:
    """The sign that makes the weighted sum a multiple of the alphabet's length, as in an ISBN."""
    total = sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(signs, start=2))
    return ALPHABET[-total % len(ALPHABET)]
