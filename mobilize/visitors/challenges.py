"""Proof that a request cost its sender something: the answer to an ALTCHA challenge, found by the page's script.

A challenge is stateless and signed and names the form it was made for and when it ends (in its data: the library
compares its own field with the machine's time, which a rehearsal moves not); an answer counts once (kept in SQL, so a
flushed Redis forgets nothing). The work: at most 160 derivations of PBKDF2 with 2,000 rounds, a fraction of a second
in a browser's worker.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime, timedelta

from altcha import Payload, create_challenge, verify_solution
from sqlalchemy import delete

from mobilize.core import crypto
from mobilize.core.db import session
from mobilize.delivery.upsert import insert_new
from mobilize.visitors.models import UsedChallenge

LIFETIME = timedelta(hours=2)
ROUNDS = 2000
FEWEST, MOST = 32, 160
LONGEST_ANSWER = 2000


def new_challenge(form: str, now: datetime) -> str:
    """A challenge as JSON, for the script of one form's page; ``form`` is the form's uid."""
    challenge = create_challenge(
        "PBKDF2/SHA-256",
        ROUNDS,
        counter=FEWEST + secrets.randbelow(MOST - FEWEST),
        data={"form": form, "until": int((now + LIFETIME).timestamp())},
        hmac_secret=_key(b"altcha"),
        hmac_key_secret=_key(b"altcha solution"),
    )
    return json.dumps(challenge.to_dict(), separators=(",", ":"))


def spend(answer: str, form: str, now: datetime) -> bool:
    """True if the answer solves an unexpired challenge of ours for this form; from now on it is used."""
    if not answer or len(answer) > LONGEST_ANSWER or not answer.isascii():
        return False
    result = verify_solution(answer, _key(b"altcha"), hmac_key_secret=_key(b"altcha solution"))
    if not result.verified:
        return False
    challenge = Payload.from_base64(answer).challenge
    signed = challenge.parameters.data or {}
    if signed.get("form") != form or signed.get("until", 0) <= now.timestamp():
        return False
    digest = hashlib.sha256((challenge.signature or "").encode()).digest()
    used = insert_new(UsedChallenge).values(digest=digest, ends_at=now + LIFETIME)
    return session.execute(used.returning(UsedChallenge.digest)).first() is not None


def forget_used(now: datetime) -> None:
    """Remove answers to challenges that have expired by themselves."""
    session.execute(delete(UsedChallenge).where(UsedChallenge.ends_at <= now))


def _key(purpose: bytes) -> bytes:
    return crypto.keyring().current.derived(purpose)
