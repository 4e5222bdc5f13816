"""Personal tokens: what was minted is read back, everything else is refused."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobilize.core import crypto, keys, tokens
from mobilize.core.errors import TokenRefused
from mobilize.core.settings import load
from mobilize.core.tokens import mint, read, read_of_any_age
from mobilize.delivery.purposes import UNSUBSCRIBE
from mobilize.features import FEATURES

pytestmark = pytest.mark.usefixtures("keyring")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
IDS = st.lists(st.integers(min_value=0, max_value=2**63 - 1), min_size=1, max_size=4)
EVERY_PURPOSE = list(tokens.purposes(FEATURES).values())
PURPOSES = st.sampled_from(EVERY_PURPOSE)
one_keyring = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@one_keyring
@given(PURPOSES, IDS)
def test_ids_come_back_as_they_went_in(purpose, ids):
    """For every purpose and any ids."""
    assert read(purpose, mint(purpose, *ids, now=NOW), now=NOW) == tuple(ids)


@one_keyring
@given(PURPOSES, IDS, st.data())
def test_one_altered_bit_is_refused(purpose, ids, data):
    """Wherever it is."""
    token = mint(purpose, *ids, now=NOW)
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    bit = data.draw(st.integers(min_value=0, max_value=len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(TokenRefused):
        read(purpose, base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), now=NOW)


@one_keyring
@given(PURPOSES, PURPOSES, IDS)
def test_a_token_serves_its_own_purpose_only(made_for, used_for, ids):
    """An unsubscribe link opens no preferences."""
    token = mint(made_for, *ids, now=NOW)
    if made_for is used_for:
        assert read(used_for, token, now=NOW) == tuple(ids)
    else:
        with pytest.raises(TokenRefused):
            read(used_for, token, now=NOW)


@one_keyring
@given(st.text(max_size=200))
def test_whatever_else_is_typed_is_refused(text):
    """And never a fault."""
    for purpose in EVERY_PURPOSE:
        with pytest.raises(TokenRefused):
            read(purpose, text, now=NOW)


@one_keyring
@given(IDS)
def test_only_the_one_spelling_is_accepted(ids):
    """Padding, spaces, the other alphabet and loose last bits spell the same bytes and are refused."""
    token = mint(UNSUBSCRIBE, *ids)
    spare = {0: 0, 2: 4, 3: 2}[len(token) % 4]
    others = {token + "=", f" {token}", f"{token}\n", token.replace("-", "+").replace("_", "/")} - {token}
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    if spare:
        others.add(token[:-1] + alphabet[alphabet.index(token[-1]) + 1])
    for other in others:
        with pytest.raises(TokenRefused):
            read(UNSUBSCRIBE, other)


@pytest.mark.parametrize("purpose", [one for one in EVERY_PURPOSE if one.lifetime])
def test_an_expiring_token_lives_as_long_as_its_purpose(purpose):
    """To the second, and says that it expired."""
    token = mint(purpose, 7, now=NOW)
    assert read(purpose, token, now=NOW + purpose.lifetime - timedelta(seconds=1)) == (7,)
    with pytest.raises(TokenRefused) as refused:
        read(purpose, token, now=NOW + purpose.lifetime)
    assert refused.value.expired


@pytest.mark.parametrize("purpose", [one for one in EVERY_PURPOSE if one.lifetime])
def test_a_page_may_read_a_token_that_has_expired_and_no_other(purpose):
    """So that it can offer a fresh link to whom the old one names."""
    assert read_of_any_age(purpose, mint(purpose, 7, 8)) == ((7, 8), False)
    assert read_of_any_age(purpose, mint(purpose, 7, 8, now=NOW - timedelta(days=3650))) == ((7, 8), True)
    for other in ("", "nothing", mint(UNSUBSCRIBE, 7)):
        with pytest.raises(TokenRefused):
            read_of_any_age(purpose, other)


def test_leaving_a_list_works_for_ever():
    """An unsubscribe link outlives its mailing (RFC 8058)."""
    assert read(UNSUBSCRIBE, mint(UNSUBSCRIBE, 1, 2, now=NOW), now=NOW + timedelta(days=36_500)) == (
        1,
        2,
    )


def test_after_a_rotation_older_tokens_work_and_those_of_a_removed_key_do_not(tmp_path):
    """Links in mails that were sent stay good until their key is taken away."""
    installation = load({"MOBILIZE_DATA_DIR": str(tmp_path)})
    older = mint(UNSUBSCRIBE, 5)
    keys.rotate(installation)
    crypto.use(keys.load(installation))
    assert read(UNSUBSCRIBE, older) == (5,)
    assert mint(UNSUBSCRIBE, 5) != older
    path = installation.keys_dir / "secret.keys"
    path.write_text(path.read_text().split()[0])
    crypto.use(keys.load(installation))
    with pytest.raises(TokenRefused):
        read(UNSUBSCRIBE, older)
