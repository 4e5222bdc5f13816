"""Users and their passwords. Nothing here commits."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobilize.accounts import mails, notices, passwords, sessions
from mobilize.accounts.models import Membership, User
from mobilize.accounts.purposes import RESET
from mobilize.accounts.queries import organisation_words, places_of, user_by_address, user_row
from mobilize.core import audit, clock, crypto, db, i18n, text, tokens
from mobilize.core.db import session
from mobilize.core.errors import Conflict, Refused, TokenRefused
from mobilize.core.i18n import _
from mobilize.core.roles import Role
from mobilize.core.security_events import SecurityEvent, note


def create_user(
    address: str, password: str, *, name: str = "", language: str = i18n.DEFAULT, is_demonstration: bool = False
) -> User:
    """A new user, without any membership; hashing takes long, so see ``add_user`` for whoever holds the lock already.

    Raises:
        Conflict: the address has an account.
        Refused: ``email``, ``name`` or ``password`` does not hold.
    """
    email = text.mail_address("email", address)
    made = new_hash("password", password, email)
    return add_user(email, made, name=name, language=language, is_demonstration=is_demonstration)


def new_hash(field: str, password: str, address: str, organisation_words: Iterable[str] = ()) -> str:
    """The hash of a new password for the account of ``address``; takes a tenth of a second, so hold no lock meanwhile.

    The password holds none of the words by which their organisations are known (``queries.organisation_words``).

    Raises:
        Refused: ``password`` is not usable; names ``field``.
    """
    return passwords.hashed(passwords.usable(field, password, address, organisation_words))


def add_user(
    address: str, password_hash: str, *, name: str = "", language: str = i18n.DEFAULT, is_demonstration: bool = False
) -> User:
    """A new user with this hash of a password (see ``new_hash``), without any membership.

    Raises:
        Conflict: the address has an account.
        Refused: ``email`` or ``name`` does not hold.
    """
    email = text.mail_address("email", address)
    _settle_index(email)
    user = User(
        email=email,
        login_index=crypto.login_index(email),
        name=text.one_line("name", name, at_most=100),
        language=i18n.supported(language),
        password_hash=password_hash,
        is_demonstration=is_demonstration,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise Conflict(_("This address has an account already")) from None
    return user


def _settle_index(address: str) -> None:
    """Give users whom an earlier version stored under this address's index that of their own address.

    It made no difference between ``straße.de`` and ``strasse.de``: the second of the two could not be added.
    """
    if not crypto.is_ambiguous(address):
        return
    for user in session.scalars(select(User).where(User.login_index == crypto.login_index(address))):
        user.login_index = crypto.login_index(user.email)
    session.flush()


def add_member(user: User, organisation_id: int, role: Role) -> None:
    """Give a user a role in an organisation; mail of that organisation reaches them from now on.

    Raises:
        Conflict: they have one there.
    """
    recipient_id = mails.recipient_for(organisation_id, user.email, user.name, user.language)
    place = Membership(
        user_id=user.id,
        organisation_id=organisation_id,
        recipient_id=recipient_id,
        role=role,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(place)
    except IntegrityError:
        raise Conflict(_("This person works here already")) from None
    audit.record("member.added", organisation_id=organisation_id, subject=f"user:{user.uid}", role=role.value)


def sign_in(address: str, password: str) -> User | None:
    """The user with this address and password; ``None`` for either being wrong, after the same work."""
    user = user_by_address(address)
    stored = user.password_hash if user else None
    db.release()
    if not passwords.matches(stored, password) or user is None or stored is None:
        return None
    better = passwords.hashed(password) if passwords.needs_new_hash(stored) else None
    if better is not None and user.password_hash == stored:
        user.password_hash = better
    audit.record("user.signed-in", organisation_id=None, subject=f"user:{user.uid}")
    return user


def confirm_session(user_id: int, session_id: int, password: str) -> None:
    """The user typed their password again in this session.

    Raises:
        Refused: ``confirm_password`` is wrong.
    """
    stored = user_row(user_id).password_hash
    db.release()
    if not passwords.matches(stored, password) or user_row(user_id).password_hash != stored:
        note(SecurityEvent.PASSWORD_REFUSED)
        raise Refused("confirm_password", _("This is not your password"))
    sessions.confirm(session_id, clock.now())


def change_profile(user_id: int, *, name: str, language: str) -> None:
    """Raises Refused: ``name`` or ``language`` does not hold."""
    change_language(user_id, language)
    user_row(user_id).name = text.one_line("name", name, at_most=100)


def change_language(user_id: int, language: str) -> None:
    """Raises Refused: the studio does not speak ``language``."""
    if language not in i18n.LANGUAGES:
        raise Refused("language", _("Choose one of the languages"))
    user_row(user_id).language = language


def change_password(user_id: int, *, current: str, new: str) -> None:
    """Set a new password and end every session of the user.

    Raises:
        Refused: ``current`` is wrong, or ``new`` is not usable.
    """
    user = user_row(user_id)
    stored, address, words = user.password_hash, user.email, _organisation_words(user_id)
    db.release()
    if not passwords.matches(stored, current):
        note(SecurityEvent.PASSWORD_REFUSED)
        raise Refused("current", _("This is not your password"))
    made = new_hash("new", new, address, words)
    user = user_row(user_id)
    if user.password_hash != stored:
        raise Refused("current", _("This is not your password"))
    store_hash(user, made)
    notices.password_changed(user)


def user_of_reset(token: str) -> User:
    """Whom a reset link is for.

    Raises:
        TokenRefused: altered, expired, or made before the password was last changed (used links are spoiled by that).
    """
    user_id, version = _two(tokens.read(RESET, token))
    user = session.get(User, user_id)
    if user is None or user.password_version != version:
        raise TokenRefused(expired=True)
    return user


def reset_password(token: str, password: str) -> None:
    """Set a new password by a reset link, once, and end every session.

    Raises:
        TokenRefused: as ``user_of_reset``.
        Refused: ``password`` is not usable.
    """
    user = user_of_reset(token)
    address, words = user.email, _organisation_words(user.id)
    db.release()
    made = new_hash("password", password, address, words)
    user = user_of_reset(token)
    session.refresh(user, with_for_update=True)
    store_hash(user_of_reset(token), made)
    notices.password_changed(user)


def store_hash(user: User, password_hash: str) -> None:
    """Replace the password and end every session of the user; whoever calls has made sure that they may."""
    user.password_hash = password_hash
    user.password_version += 1
    sessions.end_sessions(user.id)
    audit.record("user.password-changed", organisation_id=None, subject=f"user:{user.uid}")


def _organisation_words(user_id: int) -> tuple[str, ...]:
    return organisation_words(place.organisation.id for place in places_of(user_id))


def _two(numbers: tuple[int, ...]) -> tuple[int, int]:
    if len(numbers) != 2:
        raise TokenRefused
    return numbers[0], numbers[1]
