"""Proof that a sign-up cost its sender something: an ALTCHA answer, or a second press where no script ran.

A challenge is stateless and signed; an answer counts once (kept in SQL, so a flushed Redis forgets nothing).
The work: at most 160 derivations of PBKDF2 with 2,000 rounds, a fraction of a second in a browser's worker.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from datetime import datetime, timedelta

from altcha import Payload, create_challenge, verify_solution
from sqlalchemy import delete

from mobilize.core import crypto
from mobilize.core.db import session
from mobilize.delivery.upsert import insert_new
from mobilize.signup.models import UsedChallenge

LIFETIME = timedelta(hours=2)
ROUNDS = 2000
FEWEST, MOST = 32, 160
LONGEST_ANSWER = 2000
PRESS_AFTER, PRESS_WITHIN = 2, 3600


def new_challenge(now: datetime) -> str:
    """A challenge as JSON, for the page's script."""
    challenge = create_challenge(
        "PBKDF2/SHA-256",
        ROUNDS,
        counter=FEWEST + secrets.randbelow(MOST - FEWEST),
        expires_at=now + LIFETIME,
        hmac_secret=_key(b"altcha"),
        hmac_key_secret=_key(b"altcha solution"),
    )
    return json.dumps(challenge.to_dict(), separators=(",", ":"))


def spend(answer: str, now: datetime) -> bool:
    """Whether the answer solves a challenge of ours that has not expired; from now on it is used."""
    if not answer or len(answer) > LONGEST_ANSWER or not answer.isascii():
        return False
    result = verify_solution(answer, _key(b"altcha"), hmac_key_secret=_key(b"altcha solution"))
    if not result.verified:
        return False
    signature = Payload.from_base64(answer).challenge.signature or ""
    used = insert_new(UsedChallenge).values(digest=hashlib.sha256(signature.encode()).digest(), ends_at=now + LIFETIME)
    return session.execute(used.returning(UsedChallenge.digest)).first() is not None


def forget_used(now: datetime) -> None:
    """Remove answers to challenges that have expired by themselves."""
    session.execute(delete(UsedChallenge).where(UsedChallenge.ends_at <= now))


def press_token(address: str, earlier: str = "") -> str:
    """What the second page carries: it was made by us, for this address, now.

    An ``earlier`` one, whose button was pressed too soon, goes on counting: impatience does not begin anew.
    """
    age = _age(earlier, address)
    if age is not None and 0 <= age < PRESS_AFTER:
        return earlier
    moment = str(int(time.time()))
    return f"{moment}.{_press_mac(moment, address)}"


def pressed(token: str, address: str) -> bool:
    """Whether a second page for this address was open for at least two seconds and at most an hour."""
    age = _age(token, address)
    return age is not None and PRESS_AFTER <= age <= PRESS_WITHIN


def _age(token: str, address: str) -> float | None:
    """Seconds since a token was made; ``None`` for one that is not ours or not for this address."""
    moment, _dot, mac = token.partition(".")
    if not (moment.isascii() and moment.isdigit()) or not hmac.compare_digest(
        mac.encode(), _press_mac(moment, address).encode()
    ):
        return None
    return time.time() - int(moment[:15])


def _press_mac(moment: str, address: str) -> str:
    message = f"{moment}|{crypto.normalised_address(address)}".encode()
    return hmac.digest(_key(b"press"), message, "sha256")[:16].hex()


def _key(purpose: bytes) -> bytes:
    return crypto.keyring().current.derived(purpose)
