"""Keys on disk, and what they seal."""

from __future__ import annotations

import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobilize.core import crypto, keys
from mobilize.core.crypto import CannotOpen, associated_data, seal, unseal
from mobilize.core.errors import ConfigurationError
from mobilize.core.settings import Settings, load

PLACE = associated_data("users", "email_sealed", "a" * 26)
one_keyring = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def installed(keyring, tmp_path) -> Settings:
    return load({"MOBILIZE_DATA_DIR": str(tmp_path)})


@one_keyring
@given(st.text())
def test_what_was_sealed_opens_in_its_place(keyring, text):
    """Any text."""
    assert unseal(seal(text, PLACE), PLACE) == text


@one_keyring
@given(st.text(), st.data())
def test_an_altered_field_does_not_open(keyring, text, data):
    """Not one bit of version, key id, nonce, text or tag."""
    sealed = bytearray(seal(text, PLACE))
    bit = data.draw(st.integers(min_value=0, max_value=len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CannotOpen):
        unseal(bytes(sealed), PLACE)


@one_keyring
@given(st.text(max_size=30), st.text(max_size=30))
def test_the_length_of_a_short_text_does_not_show(keyring, one, other):
    """A column of sealed names would otherwise tell who is Al and who is Bartholomew."""
    lengths = {len(seal(text, PLACE)) for text in (one, other) if len(text.encode()) < 32}
    assert len(lengths) <= 1


def test_what_earlier_versions_sealed_still_opens(keyring):
    """Without padding, and under the same place."""
    secret, nonce = crypto.keyring().current, bytes(12)
    former = b"\x01" + secret.key_id + nonce + secret.cipher.encrypt(nonce, b"amina\0", PLACE)
    assert unseal(former, PLACE) == "amina\0"
    padded = seal("amina", PLACE)
    with pytest.raises(CannotOpen):
        unseal(b"\x01" + padded[1:], PLACE)


@pytest.mark.parametrize("length", range(34))
def test_a_field_that_was_cut_off_does_not_open(keyring, length):
    """Refused as such, whatever is left of it; under 13 octets the library itself complained about the nonce."""
    with pytest.raises(CannotOpen):
        unseal(seal("amina", PLACE)[:length], PLACE)


@pytest.mark.parametrize(
    "place",
    [("users", "name_sealed", "a" * 26), ("recipients", "email_sealed", "a" * 26), ("users", "email_sealed", "b" * 26)],
)
def test_a_field_opens_in_no_other_place(keyring, place):
    """Another column, table or row: a copied value is useless."""
    with pytest.raises(CannotOpen):
        unseal(seal("a@example.org", PLACE), associated_data(*place))


def test_one_text_is_sealed_differently_each_time(keyring):
    """Equal values do not show."""
    assert seal("a@example.org", PLACE) != seal("a@example.org", PLACE)


def test_indexes_find_within_their_scope_only(keyring):
    """One organisation's index says nothing in another, nor as a login; the case of an address does not matter."""
    own = crypto.address_index("one", "A@Example.org")
    assert own == crypto.address_index("one", " a@example.ORG ")
    others = {crypto.address_index("two", "a@example.org"), crypto.login_index("a@example.org")}
    assert own not in others
    assert crypto.domain_index("one", "a@example.org") == crypto.domain_index("one", "b@EXAMPLE.org")
    assert crypto.domain_index("one", "a@example.org") != crypto.domain_index("two", "a@example.org")
    assert crypto.client_index("192.0.2.1", "2026-11-22") != crypto.client_index("192.0.2.1", "2026-11-23")


def test_a_rotation_seals_anew_opens_the_old_and_keeps_the_indexes(installed):
    """Who asked not to be mailed stays recognisable."""
    before, index = seal("text", PLACE), crypto.address_index("one", "a@example.org")
    fingerprint = crypto.keyring().fingerprint
    keys.rotate(installed)
    crypto.use(keys.load(installed))
    after = seal("text", PLACE)
    assert unseal(before, PLACE) == unseal(after, PLACE) == "text"
    assert after[1:5] != before[1:5]
    assert crypto.address_index("one", "a@example.org") == index
    assert crypto.keyring().fingerprint == fingerprint


def test_keys_are_for_their_owner_only(installed):
    """Folder 0700, files 0600, also after a rotation."""
    keys.rotate(installed)
    assert stat.S_IMODE(installed.keys_dir.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in installed.keys_dir.iterdir()} == {0o600}


def test_keys_are_made_once(installed):
    """Making them again would orphan everything that was sealed."""
    with pytest.raises(FileExistsError):
        keys.make(installed)


@pytest.mark.parametrize("text", ["", "zz" * 32, "ab" * 31, "\u00e9" * 64])
def test_a_damaged_key_file_is_refused_by_name(installed, text):
    """Nothing is made or changed."""
    path = installed.keys_dir / "index.key"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"index\.key"):
        keys.load(installed)
    assert path.read_text(encoding="utf-8") == text


def test_a_key_never_shows_in_a_representation(installed):
    """A traceback that prints locals prints no key."""
    secret = (installed.keys_dir / "secret.keys").read_text().strip()
    shown = repr(crypto.keyring())
    assert secret not in shown
    assert repr(bytes.fromhex(secret)) not in shown
