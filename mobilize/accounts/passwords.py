"""Passwords: kept as argon2id hashes (RFC 9106), refused where one would guess them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mobilize.core.domains import readable_domain
from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.text import normal_form

SHORTEST = 12
LONGEST = 200

# Above the least that OWASP asks for (19 MiB, 2 passes). One lane: a login must not take every core of a small machine.
_hasher = PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)
# A hash of nothing anyone knows, with the same cost: checking it takes as long for an address that has no account.
NOBODY = "$argon2id$v=19$m=19456,t=3,p=1$3a7ygi+g+h03j6QGIZ7UqA$SD8htGA65LOJUPj5XsdwOKpQ2obhP6JC/BfOBhqd4g0"

# What people choose first, in the languages we serve, and what is under their fingers.
_ONLY_COMMON = re.compile(
    r"(?:password|passwort|passw|pass|wachtwoord|motdepasse|welcome|welkom|bienvenue|bonjour|hello|letmein|login|admin"
    r"|administrator|root|user|guest|test|testing|demo|changeme|default|secret|geheim|azerty|azertyuiop|qwerty|qwertz"
    r"|qwertyuiop|asdf|asdfghjkl|zxcvbnm|wxcvbn|iloveyou|jetaime|ikhouvanjou|soleil|sunshine|princess|princesse|dragon"
    r"|monkey|football|voetbal|master|superman|batman|shadow|freedom|liberte|vrijheid|human|rights|mobilize|newsletter"
    r"|campaign|organisation|organization|spring|summer|autumn|winter|january|december|printemps|hiver|zomer|abc|xyz"
    r"|one|two|three|four|five|six|seven|eight|nine|zero)+"
)
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "01234567890123456789012345",
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
)
_LOOKS_LIKE = str.maketrans("01345@$!", "oleasasi")


def hashed(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; takes as long when nothing is stored."""
    try:
        right = _hasher.verify(stored or NOBODY, _normal(password[: LONGEST * 4]))
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def needs_new_hash(stored: str) -> bool:
    """Whether the hash was made at a lower cost than today's."""
    return _hasher.check_needs_rehash(stored)


def usable(field: str, password: str, address: str, organisation_words: Iterable[str] = ()) -> str:
    """The password, if it may protect the account of this address, in organisations that are known by these words.

    Raises:
        Refused: too short, too long, holds what everybody knows of the account, or is among the first to be tried.
    """
    if len(password) < SHORTEST:
        raise Refused(field, _("Use at least %(count)d characters", count=SHORTEST))
    if len(password) > LONGEST:
        raise Refused(field, _("Use at most %(count)d characters", count=LONGEST))
    local, _at, domain = address.rpartition("@")
    if _holds(password, (local, *domain_labels(domain))):
        raise Refused(field, _("Choose one that does not hold your email address"))
    if _holds(password, organisation_words):
        raise Refused(field, _("Choose one that does not hold the name of your organisation, nor its domain"))
    if is_common(password):
        raise Refused(
            field,
            _("This is among the first that anyone would try. A few words that do not belong together are better"),
        )
    return password


def is_common(password: str) -> bool:
    """Few characters repeated, a run of the keyboard, one of the list, or common words with digits around them."""
    folded = _normal(password).casefold()
    if len(set(folded)) < 5 or _is_repeated(folded):
        return True
    if any(folded in run or folded in run[::-1] for run in _RUNS):
        return True
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    if not _listed().isdisjoint((folded, bare)):
        return True
    spellings = (folded, bare.translate(_LOOKS_LIKE))
    return any(_is_only_common(re.sub(r"[\W\d_]+", "", spelling)) for spelling in spellings)


def _is_only_common(letters: str) -> bool:
    return not letters or _ONLY_COMMON.fullmatch(letters) is not None or any(letters in run for run in _RUNS)


def _is_repeated(text: str) -> bool:
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))


def domain_labels(domain: str) -> list[str]:
    """The labels of a domain but the last, in the letters that people read."""
    return readable_domain(domain).split(".")[:-1]


def _holds(password: str, words: Iterable[str]) -> bool:
    """Whether one of the words stands in the password, also with other marks between, or digits for letters."""
    spellings = {_squeezed(password), _squeezed(password.translate(_LOOKS_LIKE))}
    wanted = {_squeezed(word) for word in words}
    return any(len(word) >= 4 and word in spelling for word in wanted for spelling in spellings)


def _squeezed(text: str) -> str:
    """Letters and digits only."""
    return re.sub(r"[\W_]+", "", _normal(text).casefold())


@lru_cache(maxsize=1)
def _listed() -> frozenset[str]:
    """The 10,000 commonest passwords of 12 characters and more, in lower case (``vendor/VENDOR.json`` says whence)."""
    return frozenset((Path(__file__).parent / "vendor" / "common_passwords.txt").read_text("utf-8").splitlines())


def _normal(password: str) -> str:
    """The same bytes for the same characters, whichever keyboard typed them (RFC 8265, 4.2)."""
    return normal_form("NFC", password)
