"""The encoding of a CSV file: stated, marked, UTF-8, or found where every plausible reading gives the same letters.

A single-byte file decodes without an error in dozens of encodings. A wrong one stores other letters and nobody
notices. So each candidate reads the words that are not ASCII; readings that no name looks like are dropped; if those
left differ, the file is refused with the readings side by side, and ``--encoding`` says which.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import BinaryIO

from charset_normalizer import from_bytes

from mobilize.core.errors import Refused
from mobilize.core.i18n import _
from mobilize.core.text import normal_form

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_SINGLE_BYTE = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "mac-roman")
"""What spreadsheet programs of Europe and the Middle East write when they do not write UTF-8."""
_WORD = re.compile(rb"[A-Za-z'\x80-\xff-]*[\x80-\xff][A-Za-z'\x80-\xff-]*")
_WORDS_READ, _WORDS_SHOWN, _WAYS_SHOWN, _DETECTED_IN = 2000, 3, 4, 100_000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Found:
    """The encoding of a file (Python's name), and some of its words that are not ASCII as it reads them."""

    encoding: str
    samples: tuple[str, ...] = ()


def find_encoding(file: BinaryIO, stated: str = "") -> Found:
    """The encoding of a CSV file: the ``stated`` one, or the one that is found; the whole file can be read in it.

    Raises:
        Refused: an unknown encoding, one in which the file cannot be read, or letters that depend on the encoding.
    """
    if stated:
        return _checked(file, _known(stated))
    start = _start(file)
    mark = next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), "")
    if mark:
        return _checked(file, mark)
    if b"\0" in start:
        raise Refused("file", _("The encoding is not known. Save the file as UTF-8"))
    try:
        return _checked(file, "utf-8")
    except Refused:
        raw = _whole(file)
        _refuse_mixed(raw)
        return _checked(file, _only_reading(raw))


def _known(stated: str) -> str:
    try:
        name = codecs.lookup(stated).name
        codecs.getincrementaldecoder(name)
        "a".encode(name)  # refuses what Python calls a codec and is no encoding of text: base64, zip
    except LookupError:
        raise Refused("encoding", _("This encoding is not known. Name one like utf-8 or windows-1252")) from None
    return name


def _start(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(4096)


def _whole(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def _checked(file: BinaryIO, encoding: str) -> Found:
    """The encoding, if the file can be read in it to the end; a file in UTF-8 is never in memory as a whole."""
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            lines += decoder.decode(chunk).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        line = lines + error.object[: error.start].count(b"\n")
        problem = _("Line %(line)d cannot be read as %(encoding)s", line=line, encoding=encoding)
        raise Refused("file", problem) from None
    words = () if encoding.startswith("utf") else _readings(_whole(file), encoding)
    return Found(encoding, tuple(words[:_WORDS_SHOWN]))


def _refuse_mixed(raw: bytes) -> None:
    """Refuse a file of which some lines are UTF-8 beyond ASCII and others are not."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if not raw.decode("utf-8", "ignore").isascii():
            line = raw.count(b"\n", 0, error.start) + 1
            problem = _("Line %(line)d is not UTF-8 while others are. Save the file as UTF-8", line=line)
            raise Refused("file", problem) from None


def _only_reading(raw: bytes) -> str:
    """The encoding, if all plausible ones read the same letters.

    Raises:
        Refused: none is plausible, or they differ; names the readings.
    """
    found = _plausible(raw, _SINGLE_BYTE) or _plausible(raw, _detected(raw))
    if not found:
        raise Refused("file", _("The encoding is not known. Save the file as UTF-8"))
    if len(found) > 1:
        raise Refused("encoding", _differing(found))
    return next(iter(found.values()))


def _plausible(raw: bytes, encodings: Iterable[str]) -> dict[tuple[str, ...], str]:
    """The different plausible readings of the file's words, each with the first encoding that gives it."""
    found: dict[tuple[str, ...], str] = {}
    for encoding in encodings:
        words = _readings(raw, encoding)
        if words and all(map(_is_plausible, words)):
            found.setdefault(tuple(words), encoding)
    return found


def _detected(raw: bytes) -> list[str]:
    """What a statistical detector thinks of (East Asian encodings, too), the likeliest first."""
    return [match.encoding for match in from_bytes(raw[:_DETECTED_IN])]


def _readings(raw: bytes, encoding: str) -> list[str]:
    """The first distinct words that are not ASCII; empty where one cannot be read."""
    words: dict[bytes, None] = {}
    for found in _WORD.finditer(raw):
        words[found.group()] = None
        if len(words) == _WORDS_READ:
            break
    try:
        return [normal_form("NFC", word.decode(encoding)) for word in words]
    except UnicodeDecodeError:
        return []


def _is_plausible(word: str) -> bool:
    """True if a name may look like this: letters of one script, no capital after a small letter beyond ASCII."""
    letters = [one for one in word if one not in "'-\u2019"]
    if not all(unicodedata.category(one)[0] in "LM" for one in letters) or unicodedata.combining(letters[0]):
        return False
    if any(second.isupper() and not second.isascii() and first.islower() for first, second in pairwise(word)):
        return False
    return len(set(_scripts(letters))) == 1


def _scripts(letters: Iterable[str]) -> Iterator[str]:
    """The first word of each letter's Unicode name: LATIN, ARABIC, CYRILLIC; marks belong to any."""
    return (unicodedata.name(one, "?").partition(" ")[0] for one in letters if unicodedata.category(one)[0] == "L")


def _differing(readings: dict[tuple[str, ...], str]) -> str:
    """The first word that is read in two ways, each way with its encoding."""
    columns = list(zip(*readings, strict=True))
    shown = next(column for column in columns if len(set(column)) > 1)
    ways = dict(zip(shown, readings.values(), strict=True))
    listed = "; ".join(f"{encoding}: {word}" for word, encoding in islice(ways.items(), _WAYS_SHOWN))
    return _("The letters depend on the encoding (%(ways)s). Say which one it is with --encoding", ways=listed)
