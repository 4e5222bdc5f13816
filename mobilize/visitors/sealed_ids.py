"""Ids in addresses of pages that follow a public form: only we read them, and all are of the same length.

A page that follows a form is the same for a known and an unknown address, for one that was limited and for a trapped
program: whoever gets no request gets ``NOBODY``, which looks like any other id.
"""

from __future__ import annotations

import base64
import binascii

from mobilize.core import crypto

NOBODY = 0


def seal_id(kind: str, number: int) -> str:
    """``number`` for the address of a page of the feature ``kind``."""
    return base64.urlsafe_b64encode(crypto.seal(f"{number:020}", _place(kind))).decode()


def open_id(kind: str, sealed: str) -> int:
    """The number; ``NOBODY`` for whatever we did not seal for this feature."""
    try:
        return int(crypto.unseal(base64.urlsafe_b64decode(sealed.encode()), _place(kind)))
    except (crypto.CannotOpen, binascii.Error, ValueError):
        return NOBODY


def _place(kind: str) -> bytes:
    return crypto.associated_data("pages", "sent", kind)
