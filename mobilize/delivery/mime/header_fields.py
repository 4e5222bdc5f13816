"""Header fields as bytes: RFC 5322 lines, RFC 2047 words, RFC 6532 addresses; nothing that acts gets in."""

import re
from binascii import b2a_base64
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from mobilize.core.domains import canonical_domain
from mobilize.core.errors import Refused
from mobilize.core.i18n import _

_REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROL_RUN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]+@[^\s<>()\[\],;:\\\"@]+\Z")
_MESSAGE_ID = re.compile(r"[!#-'*+\-./0-9=?A-Z^-~]+@[A-Za-z0-9.\-]+\Z")
_IDENTIFIER = re.compile(r"[!-~]{1,900}\Z")
_URL = re.compile(r"https?://[!#-;=?-~]+\Z")
_PLAIN_MAILBOX = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9]+(?: [A-Za-z0-9]+)* <[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>\Z")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]*\Z")
_WORD_OCTETS = 39  # as base64 with its frame 64 characters: fits beside any field name within 76
_LINE = 76


def checked(field: str, value: str) -> str:
    """The value, if it may stand in a header.

    Raises:
        Refused: it holds CR, LF, NUL, another control or a bidirectional control.
    """
    if _REFUSED.search(value):
        raise Refused(field, _("Remove line breaks and invisible control characters"))
    return value


def flattened(value: str) -> str:
    """A personal value as one line of harmless text: controls become spaces, bidi controls go."""
    if not _REFUSED.search(value):
        return value
    return _REFUSED.sub("", _CONTROL_RUN.sub(" ", value))


def unstructured(field: str, value: str) -> bytes:
    """A line of free text, such as Subject."""
    return _field(field, _text(field, checked(field, value)))


def identifier(field: str, value: str) -> bytes:
    """A line with one word that programs compare: never encoded, and not folded (RFC 5322 allows 998 characters).

    Raises:
        Refused: it is longer, or holds more than visible ASCII.
    """
    if not _IDENTIFIER.match(value):
        raise Refused(field, _("Not a message identifier"))
    return _field(field, value)


def mailbox(field: str, name: str, address: str) -> bytes:
    """A line with one mailbox, such as From or To; a non-ASCII address stays UTF-8 (needs SMTPUTF8)."""
    if len(field) < 9 and _PLAIN_MAILBOX.match(f"{name} <{address}>"):
        return f"{field}: {name} <{address}>\r\n".encode("ascii")
    addr = wire_address(checked_address(field, address))
    checked(field, name)
    if not name:
        return _field(field, addr)
    phrase = _phrase(field, name)
    joint = "\r\n " if "\r\n" in phrase or len(field) + len(phrase) + len(addr) > _LINE - 5 else " "
    return _field(field, f"{phrase}{joint}<{addr}>")


def checked_address(field: str, address: str) -> str:
    """The address, if it can stand in a header or an SMTP envelope without quoting."""
    if len(address) > 320 or not _ADDRESS.match(checked(field, address)):
        raise Refused(field, _("Enter an email address like name@example.org"))
    return address


def wire_address(address: str) -> str:
    """The address with its domain in ASCII (RFC 5891) if that makes it one that needs no SMTPUTF8."""
    if address.isascii():
        return address
    local, _at, domain = address.rpartition("@")
    if not local.isascii():
        return address
    wire = canonical_domain(domain)
    return f"{local}@{wire}" if wire.isascii() else address


def message_id(value: str) -> bytes:
    """The Message-ID line of an identifier without angle brackets."""
    if len(value) > 250 or not _MESSAGE_ID.match(value):
        raise Refused("Message-ID", _("Not a message identifier"))
    return f"Message-ID: <{value}>\r\n".encode("ascii")


@lru_cache(maxsize=64)
def date(moment: datetime) -> bytes:
    """The Date line of an aware moment."""
    if moment.tzinfo is None:
        raise ValueError("The date of a message needs its time zone")
    return f"Date: {format_datetime(moment)}\r\n".encode("ascii")


def list_id(name: str, identifier: str) -> bytes:
    """The List-Id line (RFC 2919): a description and a dotted identifier."""
    if not re.match(r"[A-Za-z0-9._-]+\Z", identifier):
        raise Refused("List-Id", _("Not a list identifier"))
    phrase = _phrase("List-Id", checked("List-Id", name)) + "\r\n " if name else ""
    return _field("List-Id", f"{phrase}<{identifier}>")


def list_unsubscribe(url: str, address: str) -> bytes:
    """The List-Unsubscribe line (RFC 2369) of an https address and, unless empty, a mail address."""
    if len(url) > 900 or not _URL.match(url):
        raise Refused("List-Unsubscribe", _("Not a web address"))
    if not address:
        return f"List-Unsubscribe: <{url}>\r\n".encode("ascii")
    mail = checked_address("List-Unsubscribe", address)
    return f"List-Unsubscribe: <{url}>,\r\n <mailto:{mail}?subject=unsubscribe>\r\n".encode()


def _field(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()


def _text(field: str, value: str) -> str:
    plain = value.isascii() and "=?" not in value and "  " not in value and value == value.strip()
    if plain and len(field) + 2 + len(value) <= _LINE:
        return value
    if plain and all(len(word) <= _LINE - len(field) - 2 for word in value.split(" ")):
        return "\r\n ".join(_folded(value, _LINE - len(field) - 2))
    return "\r\n ".join(_encoded_words(value))


def _phrase(field: str, name: str) -> str:
    if not name.isascii() or "=?" in name or len(field) + len(name) > _LINE - 6:
        return "\r\n ".join(_encoded_words(name))
    if _ATOMS.match(name) and name == name.strip() and "  " not in name:
        return name
    escaped = re.sub(r'(["\\])', r"\\\1", name)
    return f'"{escaped}"'


def _folded(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _encoded_words(text: str) -> Iterator[str]:
    """RFC 2047 words, cut between characters."""
    octets = text.encode()
    while len(octets) > _WORD_OCTETS:
        cut = _WORD_OCTETS
        while octets[cut] & 0xC0 == 0x80:
            cut -= 1
        yield _word(octets[:cut])
        octets = octets[cut:]
    yield _word(octets)


def _word(octets: bytes) -> str:
    return f"=?utf-8?B?{b2a_base64(octets, newline=False).decode('ascii')}?="
